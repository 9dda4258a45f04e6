//! Everyday jobs for an assistant, and what each costs.
//!
//! `cargo run -p evals` runs the reference solutions against the built server and compares the table with `evals/RESULTS.md`;
//! `--write` keeps a new one. `--command`, `--openai` and `--anthropic` let a model do the jobs instead.

mod job;
mod judge;
mod model;
mod reference;
mod table;
mod world;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;

use job::Job;
use model::{Endpoint, Model};
use reference::Solved;
use table::{Cost, Outcome};
use world::World;

/// Runs everyday jobs, by their reference solutions or by a model, and prints what each cost.
#[derive(Parser)]
struct Arguments {
    /// Only jobs whose name contains this
    #[arg(long, default_value = "")]
    only: String,
    /// The built server [default: beside this program]
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// Keep the table in evals/RESULTS.md
    #[arg(long)]
    write: bool,
    /// Print calls and answers, as a transcript
    #[arg(long)]
    transcript: bool,
    /// Put the transcripts of some jobs into docs/jobs.md
    #[arg(long)]
    document: bool,
    /// A command that plays the model, one turn a run
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["openai", "anthropic"])]
    command: Option<String>,
    /// A model behind an endpoint of OpenAI's shape
    #[arg(long, value_name = "URL", requires = "model", conflicts_with = "anthropic")]
    openai: Option<String>,
    /// A model behind an endpoint of Anthropic's shape
    #[arg(long, value_name = "URL", requires = "model")]
    anthropic: Option<String>,
    /// The model's name
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// The endpoint's key
    #[arg(long, env = "EVALS_API_KEY", hide_env_values = true, default_value = "")]
    key: String,
    /// Calls that a model may make for one job
    #[arg(long, default_value_t = 40)]
    most_calls: usize,
}

impl Arguments {
    fn model(&self) -> Option<Model> {
        let endpoint = |url: &String| Endpoint {
            url: url.clone(),
            model: self.model.clone().unwrap_or_default(),
            key: self.key.clone(),
        };
        let command = self.command.clone().map(Model::Command);
        command
            .or_else(|| self.openai.as_ref().map(|url| Model::OpenAi(endpoint(url))))
            .or_else(|| self.anthropic.as_ref().map(|url| Model::Anthropic(endpoint(url))))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    let server = arguments.server.clone().map_or_else(world::built_server, Ok)?;
    let model = arguments.model();
    let mut jobs = job::read_all(&directory.join("jobs"))?;
    jobs.retain(|job| job.id.contains(&arguments.only));
    anyhow::ensure!(!jobs.is_empty(), "no job is called so");

    let mut out = std::io::stdout();
    let mut outcomes = Vec::with_capacity(jobs.len());
    let mut transcripts = Vec::new();
    for job in &jobs {
        let (outcome, said) = run(job, &server, model.as_ref(), arguments.most_calls).await;
        if arguments.transcript {
            writeln!(out, "## {}\n\n> {}\n\n{said}\n", job.id, job.sentence)?;
        }
        if let Some(place) = job.shown {
            transcripts.push((place, format!("### {}\n\n```text\n{said}\n```\n", job.sentence)));
        }
        for wrong in &outcome.wrong {
            writeln!(out, "{}: {wrong}", job.id)?;
        }
        outcomes.push(outcome);
    }
    let text = format!("{}\n{}", table::table(&outcomes), table::medians(&outcomes));
    writeln!(out, "{text}")?;
    let failed = outcomes.iter().filter(|outcome| !outcome.wrong.is_empty()).count();
    writeln!(out, "{} of {} jobs came out right (goal: all)", outcomes.len() - failed, outcomes.len())?;

    let is_whole = model.is_none() && arguments.only.is_empty();
    let file = directory.join("RESULTS.md");
    if is_whole && arguments.write {
        std::fs::write(&file, format!("{HEAD}{text}"))?;
    }
    if is_whole && arguments.document {
        document(&directory.join("../docs/jobs.md"), transcripts)?;
    }
    let dearer = if is_whole { dearer(&file, &outcomes)? } else { Vec::new() };
    for line in &dearer {
        writeln!(out, "{line}")?;
    }
    Ok(if failed == 0 && dearer.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

const HEAD: &str = "# What everyday jobs cost\n\nCalls and tokens (`o200k_base`; arguments and answers) of the reference solutions. Made by `cargo run -p evals -- --write`;\nCI runs them and fails where a job needs more calls, or a quarter more tokens, than stands here.\n\n";

/// Where the transcripts begin in docs/jobs.md; they end with the page.
const TRANSCRIPTS: &str = "<!-- generated: transcripts -->\n";

/// Puts the transcripts into a page, behind its mark.
fn document(file: &Path, mut transcripts: Vec<(u32, String)>) -> anyhow::Result<()> {
    transcripts.sort();
    let page = std::fs::read_to_string(file)?;
    let (text, _) = page.split_once(TRANSCRIPTS).context("the page has no mark for transcripts")?;
    let texts: Vec<String> = transcripts.into_iter().map(|(_, text)| text).collect();
    Ok(std::fs::write(file, format!("{text}{TRANSCRIPTS}\n{}", texts.join("\n")))?)
}

/// Does a job from its starting state, and judges it. An error is a job that came out wrong.
async fn run<'a>(job: &'a Job, server: &Path, model: Option<&Model>, most_calls: usize) -> (Outcome<'a>, String) {
    match attempt(job, server, model, most_calls).await {
        Ok((cost, wrong, said)) => (Outcome { job, cost, wrong }, said),
        Err(error) => (Outcome { job, cost: Cost::default(), wrong: vec![format!("{error:#}")] }, String::new()),
    }
}

async fn attempt(
    job: &Job,
    server: &Path,
    model: Option<&Model>,
    most_calls: usize,
) -> anyhow::Result<(Cost, Vec<String>, String)> {
    let world = World::begin(&job.state, server).await?;
    let (cost, said, transcript) = match model {
        None => {
            let Solved { cost, said, transcript } = reference::solve(job, &world).await?;
            (cost, said, transcript)
        }
        Some(model) => {
            let (cost, said) = model::work(model, job, &world, most_calls).await?;
            (cost, said.clone(), said)
        }
    };
    let wrong = judge::judge(job, &world, &said)?;
    world.end().await?;
    Ok((cost, wrong, transcript))
}

/// The jobs that cost more than the table that was kept says.
fn dearer(file: &Path, outcomes: &[Outcome<'_>]) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let kept = table::kept(&text);
    let mut lines = Vec::new();
    for Outcome { job, cost, .. } in outcomes {
        match kept.get(&job.id) {
            None => lines.push(format!("{}: not in the table; run with --write", job.id)),
            Some((calls, tokens)) if cost.calls > *calls || cost.tokens * 4 > tokens * 5 => {
                lines.push(format!(
                    "{}: {} calls and {} tokens, were {calls} and {tokens}",
                    job.id, cost.calls, cost.tokens
                ));
            }
            Some(_) => {}
        }
    }
    Ok(lines)
}
