//! What the page reads and decides. Each handler is one question to the engine.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, Answered, Refused};
use super::{Shared, views};
use crate::cleanup::duplicates::{Tier, Verdict};
use crate::cleanup::findings::{Fixability, Kind};
use crate::cleanup::{
    self, AuditRequest, Change, CleanupError, CountKey, CountRequest, Decided, DecisionsRequest, DuplicatesRequest,
    Filter, Gate as _, Merge, PlanRequest, SharedValuesRequest, Sharing, StepFilter, StepPage, StepStatus,
    StepsRequest,
};

/// Rows of a list at a time.
const ROWS: usize = 200;

/// Values of a field that the overview counts.
const CHANNELS: usize = 12;
/// Months that the overview counts.
const MONTHS: usize = 600;

/// Examples of each kind of finding.
const EXAMPLES: usize = 3;

/// The word that stands for every kind whose fix changes the form and not the meaning.
const SAFE: &str = "safe";

/// Which part of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    skip: usize,
    limit: Option<usize>,
}

impl Page {
    fn limit(&self) -> usize {
        self.limit.unwrap_or(20).min(ROWS)
    }
}

/// Where this is, how old the list is, and what is at work.
pub(super) async fn state(State(shared): State<Arc<Shared>>) -> Answered {
    let review = &shared.review;
    let workspace = &review.workspace;
    let at_work = workspace.at_work().await?.map(|at_work| at_work.to_string());
    Ok(Answer(json!({
        "place": review.place, "read_only": review.read_only || review.gate.check().is_err(),
        "synced_at": workspace.synced_at().await?.map(|at| at.to_string()), "paused_since": workspace.paused().await?,
        "at_work": at_work, "job": shared.jobs.shown(), "version": env!("CARGO_PKG_VERSION"),
    })))
}

/// Score, findings, duplicates, and where the contacts come from.
pub(super) async fn overview(State(shared): State<Arc<Shared>>) -> Answered {
    let workspace = &shared.review.workspace;
    let audit = workspace.audit(AuditRequest { examples: EXAMPLES, ..AuditRequest::default() }).await?;
    let duplicates = workspace.duplicates(DuplicatesRequest::default()).await?;
    let count = async |key: &str, limit: usize| {
        let count_by = CountKey::parse(key).map_err(|error| Refused::argument(error.to_string()))?;
        let report = workspace.count(CountRequest { filter: Filter::default(), count_by, limit, skip: 0 }).await?;
        let values: Vec<Value> = report
            .values
            .iter()
            .map(|(value, count)| json!({ "value": super::answer::shown(value, 60), "count": count }))
            .collect();
        Ok::<_, Refused>(values)
    };
    Ok(Answer(json!({
        "audit": views::audit(&audit), "duplicates": views::totals(&duplicates),
        "weeks": views::weeks(&workspace.weeks().await?), "channels": count("channel", CHANNELS).await?, "months": count("created_at:month", MONTHS).await?,
    })))
}

/// Which groups.
#[derive(Debug, Deserialize)]
pub(super) struct Groups {
    tier: Option<String>,
    contact: Option<String>,
    #[serde(flatten)]
    page: Flat,
}

/// A page as text: what is flattened out of a query is not a number yet.
#[derive(Debug, Deserialize)]
pub(super) struct Flat {
    skip: Option<String>,
    limit: Option<String>,
}

impl Flat {
    fn page(&self) -> Result<Page, Refused> {
        let number = |text: &Option<String>, name: &str| {
            let number = text.as_deref().map(str::parse).transpose();
            number.map_err(|_| Refused::argument(format!("{name} is a number")))
        };
        Ok(Page { skip: number(&self.skip, "skip")?.unwrap_or_default(), limit: number(&self.limit, "limit")? })
    }
}

/// Groups of contacts that are one person.
pub(super) async fn duplicates(State(shared): State<Arc<Shared>>, Query(asked): Query<Groups>) -> Answered {
    let page = asked.page.page()?;
    let tier = match asked.tier.as_deref() {
        None | Some("" | "all") => None,
        Some("sure") => Some(Tier::Auto),
        Some("review") => Some(Tier::Review),
        Some(_) => return Err(Refused::argument("tier is sure or review")),
    };
    let workspace = &shared.review.workspace;
    let request = DuplicatesRequest {
        tier,
        contact: whole(&shared, asked.contact).await?,
        limit: page.limit(),
        skip: page.skip,
        ..DuplicatesRequest::default()
    };
    let report = workspace.duplicates(request).await?;
    let decisions = workspace.decisions(DecisionsRequest::default()).await?;
    Ok(Answer(views::groups(&report, &decisions)))
}

/// Which questions.
#[derive(Debug, Deserialize)]
pub(super) struct Questions {
    pattern: Option<String>,
    #[serde(flatten)]
    page: Flat,
}

/// Pairs that a person should decide.
pub(super) async fn questions(State(shared): State<Arc<Shared>>, Query(asked): Query<Questions>) -> Answered {
    let page = asked.page.page()?;
    let pattern = asked.pattern.filter(|pattern| !pattern.is_empty());
    let (limit, skip) = (page.limit(), page.skip);
    let request =
        DuplicatesRequest { questions: pattern.is_none(), pattern, limit, skip, ..DuplicatesRequest::default() };
    let report = shared.review.workspace.duplicates(request).await?;
    Ok(Answer(views::questions(&report)))
}

/// Which shared values.
#[derive(Debug, Deserialize)]
pub(super) struct SharedValues {
    sharing: Option<String>,
    contact: Option<String>,
    #[serde(flatten)]
    page: Flat,
}

/// Phone numbers and mailboxes of different people.
pub(super) async fn shared(State(shared): State<Arc<Shared>>, Query(asked): Query<SharedValues>) -> Answered {
    let page = asked.page.page()?;
    let named = |word: &String| Sharing::ALL.into_iter().find(|sharing| sharing.words() == word);
    let sharing = match asked.sharing.filter(|word| !word.is_empty()) {
        None => None,
        Some(word) => Some(named(&word).ok_or_else(|| Refused::argument("sharing is no way to share a value"))?),
    };
    let contact = whole(&shared, asked.contact).await?;
    let workspace = &shared.review.workspace;
    let (limit, skip) = (page.limit(), page.skip);
    let request = SharedValuesRequest { contact, sharing, limit, skip, ..SharedValuesRequest::default() };
    let report = workspace.shared_values(request).await?;
    let decisions = workspace.decisions(DecisionsRequest::default()).await?;
    Ok(Answer(views::shared_values(&report, &decisions)))
}

/// Which decisions.
#[derive(Debug, Deserialize)]
pub(super) struct Decisions {
    verdict: Option<String>,
    contact: Option<String>,
    #[serde(flatten)]
    page: Flat,
}

/// Decisions, the newest first.
pub(super) async fn decisions(State(shared): State<Arc<Shared>>, Query(asked): Query<Decisions>) -> Answered {
    let page = asked.page.page()?;
    let verdict = asked.verdict.filter(|word| !word.is_empty());
    let verdict = verdict.as_deref().map(verdict_of).transpose()?;
    let contact = whole(&shared, asked.contact).await?;
    let request =
        DecisionsRequest { verdict, contact, limit: page.limit(), skip: page.skip, ..DecisionsRequest::default() };
    Ok(Answer(views::decisions(&shared.review.workspace.decisions(request).await?)))
}

fn verdict_of(word: &str) -> Result<Verdict, Refused> {
    let found = Verdict::ALL.into_iter().find(|verdict| verdict.word() == word);
    found.ok_or_else(|| Refused::argument("a verdict is same, different or unsure"))
}

/// Answers, and the verdicts that were shown beside what they are about.
#[derive(Debug, Deserialize)]
pub(super) struct Deciding {
    answers: Vec<OneAnswer>,
    #[serde(default)]
    seen: Vec<(String, String, String)>,
}

/// About what, and what is said of it; without a verdict the decision is taken back.
#[derive(Debug, Deserialize)]
pub(super) struct OneAnswer {
    subject: String,
    verdict: Option<String>,
    #[serde(default)]
    note: String,
}

/// Keeps decisions, all or none, and none that would overwrite what somebody else has said meanwhile.
pub(super) async fn decide(State(shared): State<Arc<Shared>>, Json(given): Json<Deciding>) -> Answered {
    let no_subject = || Refused::argument("an answer is about a pair, a group, a shared value or a pattern");
    let mut answers = Vec::with_capacity(given.answers.len());
    for answer in &given.answers {
        answers.push(match &answer.verdict {
            Some(word) => {
                let about = Decided::read(&answer.subject).ok_or_else(no_subject)?;
                cleanup::Answer::new(about, verdict_of(word)?).with_note(&answer.note)
            }
            None => cleanup::Answer::reopen(Decided::read_taken_back(&answer.subject).ok_or_else(no_subject)?),
        });
    }
    let seen = given.seen.into_iter().map(|(first, second, word)| Ok((first, second, verdict_of(&word)?)));
    let seen: Vec<_> = seen.collect::<Result<_, Refused>>()?;
    let report = shared.review.workspace.decide_as_seen(answers, seen).await?;
    Ok(Answer(json!({
        "settled": report.settled, "unsure": report.unsure, "reopened": report.reopened, "questions_left": report.questions_left,
    })))
}

/// Plans that were written, and when.
pub(super) async fn history(State(shared): State<Arc<Shared>>) -> Answered {
    let workspace = &shared.review.workspace;
    let spans = workspace.write_spans().await?;
    let plans: Vec<Value> =
        workspace.plans().await?.iter().filter(|plan| plan.tried > 0 || plan.linked > 0).map(views::plan).collect();
    Ok(Answer(json!({ "plans": plans, "spans": views::spans(&spans) })))
}

/// Every plan, the newest first, and the kinds of findings that a plan can be made of.
pub(super) async fn plans(State(shared): State<Arc<Shared>>) -> Answered {
    let plans = shared.review.workspace.plans().await?;
    let plans: Vec<Value> = plans.iter().map(views::plan).collect();
    let fixable = Kind::ALL.into_iter().filter(|kind| kind.fixability() != Fixability::None);
    let kinds =
        fixable.map(|kind| json!({ "kind": kind.name(), "fix": kind.fixability().word(), "meaning": kind.meaning() }));
    Ok(Answer(json!({ "plans": plans, "kinds": kinds.collect::<Vec<_>>() })))
}

/// What a plan is made of.
#[derive(Debug, Deserialize)]
pub(super) struct NewPlan {
    #[serde(default)]
    fix: Vec<String>,
    #[serde(default)]
    merge: Vec<String>,
    #[serde(default)]
    filter: String,
    /// Contacts, `@example.com` and `#label` with commas between them, or a filter.
    #[serde(default)]
    protect: String,
}

/// A filter as it was typed; its dates are those of the operator's time zone.
fn filter(shared: &Shared, name: &str, text: &str) -> Result<Filter, Refused> {
    let filter = Filter::parse(text).map_err(|error| Refused::argument(format!("{name}: {error}")))?;
    Ok(filter.in_time_zone(shared.review.workspace.time_zone()))
}

/// Makes a plan; nothing is written to the gateway.
pub(super) async fn make_plan(State(shared): State<Arc<Shared>>, Json(given): Json<NewPlan>) -> Answered {
    let is_meant = |kind: &Kind| {
        given.fix.iter().any(|name| name == kind.name() || (name == SAFE && kind.fixability() == Fixability::Safe))
    };
    let fix: Vec<Kind> = Kind::ALL.into_iter().filter(is_meant).collect();
    if fix.is_empty() && !given.fix.is_empty() {
        return Err(Refused::argument("there is no such kind of finding"));
    }
    let how = |word: &String| match word.as_str() {
        "link" => Ok(Merge::Link),
        "fill" => Ok(Merge::Fill),
        "mark" => Ok(Merge::Mark),
        _ => Err(Refused::argument("merge is link, fill or mark")),
    };
    let merge = given.merge.iter().map(how).collect::<Result<_, _>>()?;
    let workspace = &shared.review.workspace;
    let words = given.protect.split(',').map(str::trim).filter(|word| !word.is_empty());
    let (mut protect, mut protect_filter) = (Vec::new(), Filter::default());
    if words.clone().all(PlanRequest::is_protected_word) {
        for word in words {
            protect.push(workspace.whole_id(word).await?);
        }
    } else {
        protect_filter = filter(&shared, "what is never touched", &given.protect)?;
    }
    let filter = filter(&shared, "the condition", &given.filter)?;
    let request = PlanRequest { fix, merge, filter, protect, protect_filter, ..PlanRequest::default() };
    Ok(Answer(views::plan(&workspace.plan(request).await?)))
}

/// How many contacts the next call is to write.
#[derive(Debug, Deserialize)]
pub(super) struct Most {
    max_writes: Option<u64>,
}

/// A plan as it stands, and what its next call writes.
pub(super) async fn plan(
    State(shared): State<Arc<Shared>>,
    Path(plan): Path<String>,
    Query(asked): Query<Most>,
) -> Answered {
    let workspace = &shared.review.workspace;
    let report = workspace.show(&plan).await?;
    let upcoming = workspace.upcoming(&plan, asked.max_writes).await?;
    let upcoming = json!({ "contacts": upcoming.contacts, "fields": upcoming.fields, "remaining": upcoming.remaining });
    Ok(Answer(json!({ "plan": views::plan(&report), "upcoming": upcoming })))
}

/// Which steps of a plan, as words with commas between them.
#[derive(Debug, Deserialize)]
pub(super) struct Steps {
    status: Option<String>,
    #[serde(default)]
    field: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    contact: String,
    #[serde(flatten)]
    page: Flat,
}

/// Values of a plan before and after.
pub(super) async fn steps(
    State(shared): State<Arc<Shared>>,
    Path(plan): Path<String>,
    Query(asked): Query<Steps>,
) -> Answered {
    let page = asked.page.page()?;
    let words = |text: &str| -> Vec<String> {
        text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let workspace = &shared.review.workspace;
    let only = StepFilter {
        contacts: words(&asked.contact),
        fields: words(&asked.field),
        kinds: words(&asked.kind),
        groups: words(&asked.group),
    };
    let status = match asked.status.as_deref() {
        None | Some("" | "all") => None,
        Some(word) => Some(status_of(word)?),
    };
    let page = StepPage { status, limit: page.limit(), skip: page.skip };
    let report = workspace.steps_page(StepsRequest { plan, only, page }).await?;
    let ids: Vec<String> = report.steps.iter().flat_map(|step| step.contacts()).map(str::to_owned).collect();
    let members = workspace.contacts(ids).await?;
    Ok(Answer(views::steps(&report, &members)))
}

pub(super) fn status_of(word: &str) -> Result<StepStatus, Refused> {
    let found = StepStatus::ALL.into_iter().find(|status| status.word() == word);
    found.ok_or_else(|| Refused::argument("there is no such status of steps"))
}

/// Throws a plan away that has written nothing that can still be undone.
pub(super) async fn discard(State(shared): State<Arc<Shared>>, Path(plan): Path<String>) -> Answered {
    shared.review.workspace.discard(&plan, false).await?;
    Ok(Answer(json!({ "discarded": plan })))
}

/// What a plan is to leave out.
#[derive(Debug, Deserialize)]
pub(super) struct LeftOut {
    #[serde(default)]
    contacts: Vec<String>,
    #[serde(default)]
    fields: Vec<String>,
}

/// Makes a plan of the rest of one of which nothing was written, and throws that one away.
pub(super) async fn without(
    State(shared): State<Arc<Shared>>,
    Path(plan): Path<String>,
    Json(out): Json<LeftOut>,
) -> Answered {
    let workspace = &shared.review.workspace;
    let report = workspace.show(&plan).await?;
    if report.tried > 0 || report.linked > 0 || report.links > 0 {
        let message =
            "only a plan that links nothing, and of which nothing was written, can be narrowed; make a new plan";
        return Err(Refused::new(http::StatusCode::CONFLICT, "other", message));
    }
    let stays = |step: &cleanup::Step| !out.contacts.contains(&step.contact) && !out.fields.contains(&step.field);
    let steps = workspace.steps(&plan).await?.into_iter().filter(stays);
    let changes: Vec<Change> =
        steps.map(|step| Change { contact: step.contact, field: step.field, value: step.after }).collect();
    if changes.is_empty() {
        return Err(Refused::new(http::StatusCode::CONFLICT, "nothing_to_do", "nothing would be left of the plan"));
    }
    let narrowed = workspace.plan(PlanRequest { changes, ..PlanRequest::default() }).await?;
    workspace.discard(&plan, false).await?;
    Ok(Answer(views::plan(&narrowed)))
}

/// The contact of an address, where the snapshot has it.
pub(super) async fn known(shared: &Shared, id: &str) -> Result<crate::model::Contact, Refused> {
    let workspace = &shared.review.workspace;
    if !workspace.is_synced().await? {
        return Err(CleanupError::NoSnapshot.into());
    }
    let id = workspace.whole_id(id).await?;
    let found = workspace.contacts(vec![id]).await?.into_iter().next();
    found.ok_or_else(|| {
        let message = "the list has no such contact; read the contacts again if it is new";
        Refused::new(http::StatusCode::NOT_FOUND, "no_contact", message)
    })
}

/// The answer where no tool is offered that does the same.
pub(super) async fn not_offered() -> Refused {
    Refused::new(http::StatusCode::FORBIDDEN, "not_offered", "the operator does not offer this here")
}

/// The whole id of a contact that is asked for by its whole or short id.
async fn whole(shared: &Shared, contact: Option<String>) -> Result<Option<String>, Refused> {
    match contact.filter(|contact| !contact.is_empty()) {
        Some(contact) => Ok(Some(shared.review.workspace.whole_id(&contact).await?)),
        None => Ok(None),
    }
}
