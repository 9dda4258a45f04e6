//! A whole cleanup by the library: read the list, audit it, plan the safe fixes, apply them, audit again, take them back.
//!
//! `cargo run --example cleanup_workflow` works on a local gateway with 400 made-up people and writes to nobody else.

use std::io::{self, Write};

use imbrace_contacts_mcp::cleanup::findings::{Fixability, Kind};
use imbrace_contacts_mcp::cleanup::{
    ApplyRequest, AuditRequest, DuplicatesRequest, OpenGate, PlanRequest, StateLocation, SyncRequest, UndoRequest,
    Watch, Workspace,
};
use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, Settings};
use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, LocalGateway, Options, Population};
use imbrace_contacts_mcp::model::{Prefix, PrefixChoice};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = io::stdout();
    let people = Population { contacts: 400, ..Population::default() };
    let local = LocalGateway::start(Options { people, ..Options::default() }).await?;
    let gateway = Client::new(Settings {
        base_url: local.base_url().parse()?,
        prefix: PrefixChoice::Auto(Prefix::ChannelService),
        credential: Credential::parse(ACCESS_TOKEN.into(), None)?,
        deadlines: Deadlines::default(),
    })?;

    // The state: a snapshot of the list, plans, and a journal of every write.
    let directory = std::env::temp_dir().join(format!("cleanup_workflow_{}", std::process::id()));
    let home = StateLocation { directory: directory.clone(), place: "local".to_owned(), tenant: String::new() };
    let workspace = Workspace::new(home, gateway);
    let (watch, gate) = (Watch::default(), OpenGate::UNPACED);

    let sync = workspace.sync(SyncRequest::default(), &watch).await?;
    writeln!(out, "read {} contacts by {} requests", sync.contacts, sync.requests)?;
    let before = workspace.audit(AuditRequest::default()).await?;
    writeln!(out, "score {} of 100, {} kinds of findings", before.score(), before.kinds.len())?;
    let duplicates = workspace.duplicates(DuplicatesRequest { limit: 1, ..DuplicatesRequest::default() }).await?;
    writeln!(out, "{} sure groups, {} questions", duplicates.clusters_auto, duplicates.questions)?;

    let fix = Kind::ALL.iter().copied().filter(|kind| kind.fixability() == Fixability::Safe).collect();
    let plan = workspace.plan(PlanRequest { fix, ..PlanRequest::default() }).await?;
    writeln!(out, "{}: {} changes to {} contacts", plan.id, plan.steps, plan.contacts)?;
    for step in &plan.examples {
        writeln!(out, "  {}: {} -> {}", step.field, step.before, step.after)?;
    }

    // The first call of a plan writes 20 contacts; the next ones go on until nothing remains.
    let request = ApplyRequest { plan: plan.id.clone(), fingerprint: plan.fingerprint, ..ApplyRequest::default() };
    loop {
        let applied = workspace.apply(request.clone(), &gate, &watch).await?;
        writeln!(out, "wrote {}, {} remain", applied.written, applied.remaining)?;
        if applied.remaining == 0 || applied.writes == 0 {
            break;
        }
    }
    writeln!(out, "score {} of 100", workspace.audit(AuditRequest::default()).await?.score())?;

    let undone = workspace.undo(UndoRequest { plan: plan.id, ..UndoRequest::default() }, &gate, &watch).await?;
    writeln!(out, "took back {} changes, kept {}", undone.undone, undone.kept.len())?;
    local.stop().await;
    std::fs::remove_dir_all(directory)?;
    Ok(())
}
