//! Cleanup: values, and the engine over a local gateway: what it reads, plans, writes, and takes back.

mod apply;
mod care;
mod check;
mod copies;
mod damage;
mod decisions;
mod duplicates;
#[cfg(feature = "postgres")]
mod engines;
mod fills;
mod filters;
mod findings;
mod interrupted;
mod leases;
mod merge;
mod news;
mod normalize;
mod phones;
mod plan;
mod relatives;
mod reports;
mod search;
mod sync;
mod undo;
mod unreadable;
mod upgrade;

use std::collections::BTreeMap;

use imbrace_contacts_mcp::cleanup::{
    ApplyReport, ApplyRequest, Change, CleanupError, OpenGate, PlanReport, PlanRequest, StateLocation, Step,
    SyncReport, SyncRequest, UndoReport, UndoRequest, Watch, Workspace,
};
use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, Settings};
use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, LocalGateway, Options, Population};
use imbrace_contacts_mcp::model::{Prefix, PrefixChoice};
use serde_json::{Map, Value, json};

/// The document's first contacts, which every population has.
pub const MEI: &str = "con_66d67483-8982-43d6-acbe-139568688add";

/// A local gateway and an engine with a state of its own.
pub struct TestWorkspace {
    pub gateway: LocalGateway,
    pub directory: tempfile::TempDir,
    pub workspace: Workspace,
}

pub fn client(gateway: &LocalGateway) -> Client {
    client_of(&gateway.base_url())
}

/// A client of a local gateway in any process.
pub fn client_of(base_url: &str) -> Client {
    let settings = Settings {
        base_url: base_url.parse().unwrap(),
        prefix: PrefixChoice::Fixed(Prefix::ChannelService),
        credential: Credential::parse(ACCESS_TOKEN.into(), None).unwrap(),
        deadlines: Deadlines::default(),
    };
    Client::new(settings).unwrap()
}

pub fn fields(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

impl TestWorkspace {
    pub async fn with(contacts: usize) -> Self {
        Self::start(Options { people: Population { contacts, ..Population::default() }, ..Options::default() }).await
    }

    pub async fn start(options: Options) -> Self {
        let gateway = LocalGateway::start(options).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let workspace = Workspace::new(home(&directory), client(&gateway));
        Self { gateway, directory, workspace }
    }

    /// An engine of another process on the same state.
    pub fn another(&self) -> Workspace {
        Workspace::new(home(&self.directory), client(&self.gateway))
    }

    pub async fn sync(&self, full: bool) -> SyncReport {
        let request =
            SyncRequest { full, max_seconds: None, requests_per_second: Some(f64::INFINITY), ..SyncRequest::default() };
        self.workspace.sync(request, &Watch::default()).await.unwrap()
    }

    pub async fn plan(&self, changes: &[(&str, &str, Value)]) -> PlanReport {
        self.workspace.plan(request(changes)).await.unwrap()
    }

    pub async fn try_apply(&self, plan: &PlanReport) -> Result<ApplyReport, CleanupError> {
        let (plan, fingerprint) = (plan.id.clone(), plan.fingerprint.clone());
        let request = ApplyRequest { plan, fingerprint, max_writes: None, max_seconds: None };
        self.workspace.apply(request, &OpenGate::UNPACED, &Watch::default()).await
    }

    pub async fn apply(&self, plan: &PlanReport) -> ApplyReport {
        self.try_apply(plan).await.unwrap()
    }

    /// Applies until there is nothing left.
    pub async fn apply_all(&self, plan: &PlanReport) -> ApplyReport {
        let mut sum = ApplyReport::default();
        loop {
            let report = self.apply(plan).await;
            (sum.writes, sum.requests) = (sum.writes + report.writes, sum.requests + report.requests);
            if report.remaining == 0 {
                return ApplyReport { writes: sum.writes, requests: sum.requests, ..report };
            }
        }
    }

    pub async fn undo(&self, plan: &PlanReport, dry_run: bool) -> UndoReport {
        let request = UndoRequest { plan: plan.id.clone(), dry_run, ..UndoRequest::default() };
        self.workspace.undo(request, &OpenGate::UNPACED, &Watch::default()).await.unwrap()
    }

    pub async fn steps(&self, plan: &PlanReport) -> Vec<Step> {
        self.workspace.steps(&plan.id).await.unwrap()
    }

    /// Every contact by id, byte for byte save `updated_at`.
    pub fn contacts(&self) -> BTreeMap<String, String> {
        let documents = self.gateway.contacts_json().unwrap();
        documents.into_iter().map(|document| (id(&document), without_moment(&document))).collect()
    }

    pub fn value(&self, contact: &str, field: &str) -> Value {
        let document = self.gateway.contact_json(contact).unwrap().unwrap();
        serde_json::from_str::<Value>(&document).unwrap()[field].clone()
    }

    pub fn edit(&self, contact: &str, changes: Value) {
        assert!(self.gateway.edit_contact(contact, &fields(changes)).unwrap());
    }

    pub fn ids(&self, count: usize) -> Vec<String> {
        self.contacts().into_keys().take(count).collect()
    }
}

pub fn home(directory: &tempfile::TempDir) -> StateLocation {
    home_in(directory.path())
}

pub fn home_in(directory: &std::path::Path) -> StateLocation {
    StateLocation { directory: directory.join("state"), place: "local, test".to_owned(), tenant: String::new() }
}

pub fn request(changes: &[(&str, &str, Value)]) -> PlanRequest {
    let change = |(contact, field, value): &(&str, &str, Value)| Change {
        contact: (*contact).to_owned(),
        field: (*field).to_owned(),
        value: value.clone(),
    };
    PlanRequest { changes: changes.iter().map(change).collect(), ..PlanRequest::default() }
}

fn id(document: &str) -> String {
    serde_json::from_str::<Value>(document).unwrap()["id"].as_str().unwrap().to_owned()
}

/// The bytes of a contact without the value of `updated_at`.
fn without_moment(document: &str) -> String {
    let Some((head, rest)) = document.split_once("\"updated_at\":") else { return document.to_owned() };
    let end = rest.find([',', '}']).unwrap();
    format!("{head}{}", &rest[end..])
}

/// As many changes of one field as there are contacts given.
pub fn remarks(ids: &[String]) -> Vec<(&str, &'static str, Value)> {
    ids.iter().enumerate().map(|(number, id)| (id.as_str(), "remark", json!(format!("cleaned {number}")))).collect()
}
