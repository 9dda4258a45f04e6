//! The figures: what is measured, the goal of each, and how they are shown.

use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, Settings, operations};
use imbrace_contacts_mcp::ids::{IdStyle, ShortIds};
use imbrace_contacts_mcp::local_gateway;
use imbrace_contacts_mcp::mcp::{CLEANUP_INSTRUCTIONS, INSTRUCTIONS};
use imbrace_contacts_mcp::model::{Contact, Prefix, PrefixChoice};
use imbrace_contacts_mcp::render::{self, Fields, Listing, Noun};
use imbrace_contacts_mcp::tools::{self, Confirm, Selection, Surface};
use serde_json::{Value, json};
use tiktoken_rs::CoreBPE;

use super::{naive, tasks};
use crate::harness::{Harness, Wishes};

/// Where the table is kept.
pub const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/tokens/recorded.md");

/// How many contacts the rows are taken from.
const POPULATION: u64 = 5_000;

/// One measured figure.
pub struct Figure {
    /// What was measured.
    pub what: String,
    /// How much it was; tokens unless the name says otherwise.
    pub value: f64,
    /// The most it may be.
    pub goal: Option<f64>,
    /// The same by a bridge that passes the gateway's JSON on.
    pub naive: Option<f64>,
}

/// Counts tokens of o200k_base.
pub struct Counter(CoreBPE);

impl Counter {
    /// Loads the vocabulary, which the crate carries.
    pub fn new() -> Self {
        Self(tiktoken_rs::o200k_base().unwrap())
    }

    /// The tokens of a text.
    pub fn count(&self, text: &str) -> f64 {
        self.0.encode_with_special_tokens(text).len() as f64
    }

    /// The tokens of compact JSON.
    pub fn json(&self, value: &Value) -> f64 {
        self.count(&value.to_string())
    }
}

/// Every figure.
pub async fn all() -> Vec<Figure> {
    let counter = Counter::new();
    let desk = Harness::with(Wishes { contacts: POPULATION as usize, ..Wishes::default() }).await;
    let mut figures = Vec::new();
    tool_list(&counter, &mut figures);
    rows(&counter, &desk, &mut figures).await;
    single(&counter, &mut figures).await;
    errors(&counter, &desk, &mut figures).await;
    cleanup(&counter, &mut figures).await;
    tasks::measure(&counter, &mut figures).await;
    figures
}

fn figure(what: &str, value: f64, goal: impl Into<Option<f64>>, naive: impl Into<Option<f64>>) -> Figure {
    Figure { what: what.to_owned(), value, goal: goal.into(), naive: naive.into() }
}

/// The tool list as a model sees it: name, description and input schema of each tool.
pub fn tool_list_json(selection: &Selection, uploads: bool) -> Value {
    tools::offered(selection, uploads)
        .unwrap()
        .iter()
        .map(|entry| json!({ "name": entry.name, "description": entry.description, "inputSchema": entry.schema() }))
        .collect()
}

pub fn tool_list(counter: &Counter, figures: &mut Vec<Figure>) {
    let list = tool_list_json(&Selection::default(), false);
    let naive = naive::tool_list();
    figures.push(figure("tools/list, all tools", counter.json(&list), 3_000.0, counter.json(&naive)));
    let each = list.as_array().unwrap().iter().map(|tool| counter.json(tool));
    let naive_each = naive.as_array().unwrap().iter().map(|tool| counter.json(tool));
    figures.push(figure(
        "tools/list, the largest tool",
        each.fold(0.0, f64::max),
        260.0,
        naive_each.fold(0.0, f64::max),
    ));
    let reads = Selection { read_only: true, ..Selection::default() };
    figures.push(figure("tools/list, read-only set", counter.json(&tool_list_json(&reads, false)), 1_900.0, None));
    // The longest list that a server can offer: over HTTP, uploads of both kinds, every write confirmed.
    let most = Selection { door: Surface::Http, confirm: Confirm::All, ..Selection::default() };
    let most = tool_list_json(&most, true);
    figures.push(figure("tools/list, HTTP and --confirm all", counter.json(&most), 3_000.0, None));
    let each = most.as_array().unwrap().iter().map(|tool| counter.json(tool));
    figures.push(figure("the largest tool of that", each.fold(0.0, f64::max), 260.0, None));
    figures.push(figure("instructions", counter.count(&format!("{INSTRUCTIONS}{CLEANUP_INSTRUCTIONS}")), 150.0, None));
}

/// A client of the desk's gateway, to reach the objects behind the rows.
fn client(desk: &Harness) -> Client {
    Client::new(Settings {
        base_url: desk.gateway.base_url().parse().unwrap(),
        prefix: PrefixChoice::Fixed(Prefix::ChannelService),
        credential: Credential::parse(local_gateway::ACCESS_TOKEN.into(), None).unwrap(),
        deadlines: Deadlines::default(),
    })
    .unwrap()
}

/// A hundred rows of one kind as a page of their own.
fn page<T: Noun>(rows: &[T]) -> String {
    let (rows, listing) = Listing::of_whole(rows, 0, 100, "none");
    let fields = Fields::pick(&[]).unwrap();
    render::text(&render::list(rows, &fields, listing, &ShortIds::new(IdStyle::Short)))
}

async fn rows(counter: &Counter, desk: &Harness, figures: &mut Vec<Figure>) {
    let ten = desk.call("list_contacts", json!({ "limit": 10 })).await;
    let raw = naive::answer(&desk.gateway.base_url(), "contacts?limit=10&skip=0&sort=-created_at").await;
    figures.push(figure("the document's ten contacts", counter.count(&ten), 250.0, counter.json(&raw)));

    let client = client(desk);
    let mut contacts: Vec<Contact> = Vec::new();
    for skip in (0..POPULATION).step_by(100) {
        let sort = Some("-created_at".to_owned());
        contacts.extend(client.send(&operations::ListContacts { limit: 100, skip, sort }).await.unwrap().rows);
    }
    let is_filled = |contact: &&Contact| {
        ["phone_number", "email", "company_name", "last_seen"].iter().all(|name| contact.record().text(name).is_some())
    };
    let is_visitor = |contact: &&Contact| contact.name().is_some_and(|name| name.contains('#'));
    let filled: Vec<Contact> = contacts.iter().filter(is_filled).take(100).cloned().collect();
    let visitors: Vec<Contact> = contacts.iter().filter(is_visitor).take(100).cloned().collect();
    let mixed: Vec<Contact> = contacts.iter().skip(10).take(100).cloned().collect();
    for (what, rows, goal) in
        [("filled contact", &filled, 42.0), ("mixed list", &mixed, 35.0), ("web visitor", &visitors, 25.0)]
    {
        assert!(rows.len() >= 50, "only {} rows of kind {what}", rows.len());
        let raw: f64 = rows.iter().map(|contact| counter.json(&contact.record().to_value())).sum();
        let (count, each) = (rows.len() as f64, counter.count(&page(rows)));
        figures.push(figure(&format!("{what}, per row"), each / count, goal, raw / count));
    }
    lossless(counter, &filled, figures);
    linked(counter, desk, &contacts, figures).await;
}

fn lossless(counter: &Counter, filled: &[Contact], figures: &mut Vec<Figure>) {
    let (rows, listing) = Listing::of_whole(filled.get(..20).unwrap(), 0, 20, "none");
    let fields = Fields::pick(&["*".to_owned()]).unwrap();
    let budget = render::Budget { bytes: usize::MAX / 2, lines: usize::MAX / 2 };
    let text = render::text_within(&render::list(rows, &fields, listing, &ShortIds::new(IdStyle::Short)), budget);
    let raw: f64 = rows.iter().map(|contact| counter.json(&contact.record().to_value())).sum();
    figures.push(figure("lossless mode of filled contacts, % of raw", counter.count(&text) / raw * 100.0, 65.0, 100.0));
}

/// Conversations, messages, comments, files and notifications, per row.
async fn linked(counter: &Counter, desk: &Harness, contacts: &[Contact], figures: &mut Vec<Figure>) {
    let client = client(desk);
    let (mut conversations, mut messages, mut comments, mut files) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let channel_types: Vec<String> = imbrace_contacts_mcp::model::CHANNEL_TYPES.map(str::to_owned).to_vec();
    for contact in contacts.iter().filter(|contact| !contact.name().is_some_and(|name| name.contains('#'))).take(400) {
        let contact_id: imbrace_contacts_mcp::model::ContactId = contact.id().unwrap().parse().unwrap();
        let (id, channels) = (contact_id.clone(), channel_types.clone());
        let page = operations::GetContactConversations { contact_id: id, channel_types: channels };
        let rows = client.send(&page).await.unwrap().rows;
        for participant_id in rows.iter().filter_map(|row| row.participant_id()).take(1) {
            let page = operations::GetConversationMessages {
                participant_id: participant_id.parse().unwrap(),
                limit: 20,
                skip: 0,
            };
            messages.extend(client.send(&page).await.unwrap().rows);
        }
        conversations.extend(rows);
        let (id, channel_types) = (contact_id.clone(), channel_types.clone());
        let page = operations::ListContactComments { contact_id: id, channel_types, limit: 20, skip: 0 };
        comments.extend(client.send(&page).await.unwrap().rows.iter().flat_map(render::CommentRow::of));
        files.extend(client.send(&operations::ListContactFiles { contact_id }).await.unwrap().rows);
    }
    let page_of = operations::ListNotifications { tab: None, limit: 100, skip: 0 };
    let notifications = client.send(&page_of).await.unwrap().rows;
    per_row(counter, "conversation, per row", &conversations, 50.0, figures);
    per_row(counter, "message, per row", &messages, None, figures);
    per_row(counter, "comment, per row", &comments, None, figures);
    beside_text(counter, "message, per row beside its text", &messages, 12.0, figures);
    beside_text(counter, "comment, per row beside its text", &comments, 20.0, figures);
    per_row(counter, "file, per row", &files, 30.0, figures);
    per_row(counter, "notification, per row", &notifications, 55.0, figures);
}

fn per_row<T: Noun>(
    counter: &Counter,
    what: &str,
    rows: &[T],
    goal: impl Into<Option<f64>>,
    figures: &mut Vec<Figure>,
) {
    let rows = rows.get(..rows.len().min(40)).unwrap();
    assert!(rows.len() >= 20, "only {} rows for {what}", rows.len());
    let raw: f64 = rows.iter().map(|row| counter.json(&row.record().to_value())).sum();
    let count = rows.len() as f64;
    figures.push(figure(what, counter.count(&page(rows)) / count, goal, raw / count));
}

/// What a row costs beside the words that somebody wrote.
fn beside_text<T: Noun>(counter: &Counter, what: &str, rows: &[T], goal: f64, figures: &mut Vec<Figure>) {
    let rows = rows.get(..rows.len().min(100)).unwrap();
    let (short_ids, column) =
        (ShortIds::new(IdStyle::Short), T::COLUMNS.iter().find(|column| column.name == "text").unwrap());
    let text: f64 = rows.iter().map(|row| counter.count(&(column.cell)(row, &short_ids).shown())).sum();
    figures.push(figure(what, (counter.count(&page(rows)) - text) / rows.len() as f64, goal, None));
}

/// Single objects and receipts.
async fn single(counter: &Counter, figures: &mut Vec<Figure>) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("note.txt"), "a note").unwrap();
    let upload_directories = vec![directory.path().to_owned()];
    let desk = Harness::with(Wishes { upload_directories, ..Wishes::default() }).await;
    let found = desk.call("search_contacts", json!({ "query": "wong", "fields": "remark" })).await;
    let contact = tasks::short_ids(&found).first().cloned().unwrap();
    let ids = tasks::short_ids(&desk.call("list_notifications", json!({ "limit": 9 })).await);
    for (what, tool, arguments, goal) in [
        ("get_contact, a filled contact", "get_contact", json!({ "contact_id": contact }), 170.0),
        (
            "update_contact, one field",
            "update_contact",
            json!({ "contact_id": contact, "set": { "email": "mei@example.com" } }),
            40.0,
        ),
        ("mark_notifications_read", "mark_notifications_read", json!({ "ids": ids }), 25.0),
        ("dismiss_notifications", "dismiss_notifications", json!({ "ids": ids }), 25.0),
        ("dismiss_all_notifications", "dismiss_all_notifications", json!({ "type": "teams" }), 25.0),
        ("upload_contact_file", "upload_contact_file", json!({ "path": "note.txt" }), 90.0),
    ] {
        figures.push(figure(what, counter.count(&desk.confirmed(tool, arguments).await), goal, None));
    }
}

/// What the cleanup tools say of an organisation of 2,000.
async fn cleanup(counter: &Counter, figures: &mut Vec<Figure>) {
    let desk = Harness::with(Wishes { contacts: 2_000, ..Wishes::default() }).await;
    let mut said = async |what: &str, tool: &str, arguments: Value, share: f64, goal: f64| {
        let text = desk.confirmed(tool, arguments).await;
        figures.push(figure(what, counter.count(&text) / share, goal, None));
        text
    };
    said("audit_contacts, all kinds", "audit_contacts", json!({}), 1.0, 450.0).await;
    for (what, tier) in [("sure", "sure"), ("questions", "questions"), ("shared", "shared")] {
        let arguments = json!({ "limit": 20, "tier": tier });
        let members = rows_of(&desk.call("find_duplicate_contacts", arguments.clone()).await).len() as f64;
        let what = format!("find_duplicate_contacts, {what}, per member");
        said(&what, "find_duplicate_contacts", arguments, members, 45.0).await;
    }
    let kinds =
        json!({ "kinds": "name_upper, phone_form, email_domain_typo, name_spaces, birthday_form, name_swapped" });
    let examples = rows_of(&desk.call("audit_contacts", kinds.clone()).await).len() as f64;
    said("audit_contacts, per example", "audit_contacts", kinds, examples, 30.0).await;
    let questions = desk.call("find_duplicate_contacts", json!({ "tier": "questions", "limit": 1 })).await;
    let answers = json!({ "answers": format!("{}=different", &rows_of(&questions)[0][0]) });
    said("decide_duplicates", "decide_duplicates", answers, 1.0, 30.0).await;
    let plan = said("plan_cleanup", "plan_cleanup", json!({ "fix": "safe" }), 1.0, 200.0).await;
    let (start, fingerprint) = plan.rsplit_once(" fingerprint=").unwrap();
    let plan = start.rsplit_once("plan=").unwrap().1;
    let apply = json!({ "plan": plan, "fingerprint": fingerprint.trim() });
    said("apply_cleanup", "apply_cleanup", apply, 1.0, 110.0).await;
    said("undo_cleanup", "undo_cleanup", json!({ "plan": plan, "dry_run": false }), 1.0, 40.0).await;
}

/// The rows of an answer without its head lines.
fn rows_of(answer: &str) -> Vec<csv::StringRecord> {
    let mut rows = csv::ReaderBuilder::new().comment(Some(b'#')).flexible(true).from_reader(answer.as_bytes());
    rows.records().collect::<Result<_, _>>().unwrap()
}

/// The longest of the errors that models cause, and the longest that a gateway causes.
async fn errors(counter: &Counter, desk: &Harness, figures: &mut Vec<Figure>) {
    let mistakes = [
        ("list_contacts", json!({ "limit": 0 })),
        ("list_contacts", json!({ "limti": 5 })),
        ("list_contacts", json!({ "sort": "phnoe" })),
        ("list_contacts", json!({ "fields": "phne" })),
        ("search_contacts", json!({})),
        ("get_contact", json!({ "contact_id": "con_00000000" })),
        ("get_contact", json!({ "contact_id": "../../v1/account" })),
        ("get_contact", json!({ "contact_id": "con_00000000-0000-4000-8000-000000000000" })),
        (
            "get_contact_conversations",
            json!({ "contact_id": "con_00000000-0000-4000-8000-000000000000", "channel_types": "sms" }),
        ),
        (
            "update_contact",
            json!({ "contact_id": "con_66d67483-8982-43d6-acbe-139568688add", "set": { "phone": "1" } }),
        ),
        (
            "update_contact",
            json!({ "contact_id": "con_66d67483-8982-43d6-acbe-139568688add", "set": { "shoe_size": "1" } }),
        ),
        (
            "update_contact",
            json!({ "contact_id": "con_66d67483-8982-43d6-acbe-139568688add", "set": { "email": "a b" } }),
        ),
        ("dismiss_notifications", json!({ "ids": [] })),
        ("dismiss_all_notifications", json!({ "type": "everything" })),
        ("upload_contact_file", json!({ "path": "/etc/hostname" })),
    ];
    let mut longest: f64 = 0.0;
    for (tool, arguments) in mistakes {
        longest = longest.max(counter.count(&desk.fail(tool, arguments).await));
    }
    figures.push(figure("the longest error of a mistaken call", longest, 60.0, None));
    let refused =
        Harness::with(Wishes { contacts: 10, token: local_gateway::EXPIRED_ACCESS_TOKEN, ..Wishes::default() }).await;
    let mut longest = counter.count(&refused.fail("list_contacts", json!({})).await);
    for fault in ["*:500", "*:429", "*:reset", "*:html", "*:root", "*:truncated", "*:redirect"] {
        let Ok(faults) = fault.parse() else { panic!("the local gateway knows no fault {fault}") };
        desk.gateway.set_faults(faults);
        longest = longest.max(counter.count(&desk.fail("list_contacts", json!({})).await));
    }
    desk.gateway.set_faults(local_gateway::Faults::default());
    figures.push(figure("the longest error of a failing gateway", longest, 60.0, None));
}

/// The figures as a Markdown table.
pub fn table(figures: &[Figure]) -> String {
    let number = |value: f64| if value < 100.0 { format!("{value:.1}") } else { format!("{value:.0}") };
    let maybe = |value: Option<f64>| value.map(number).unwrap_or_default();
    let mut table = String::from("| tokens (o200k_base) | ours | goal | naive bridge |\n|---|---:|---:|---:|\n");
    for Figure { what, value, goal, naive } in figures {
        let missed = if goal.is_some_and(|goal| *value > goal) { MISSED } else { "" };
        table.push_str(&format!("| {what} | {} | {}{missed} | {} |\n", number(*value), maybe(*goal), maybe(*naive)));
    }
    table
}

/// Behind a goal that the figure misses.
const MISSED: &str = " (missed)";

/// Figures that are more than a quarter above the recorded table, and figures that it lacks. A goal is shown beside its figure; a
/// smaller change is read in the table, not refused by a test.
pub fn complaints(figures: &[Figure], recorded: &str) -> Vec<String> {
    let row = |what: &str| recorded.lines().find(|line| line.split('|').nth(1).is_some_and(|cell| cell.trim() == what));
    let was = |what: &str| -> Option<f64> { row(what)?.split('|').nth(2)?.trim().parse().ok() };
    let complaint = |Figure { what, value, .. }: &Figure| match was(what) {
        None => Some(format!("{what}: not recorded; run with --record")),
        Some(before) if *value > before * 1.25 + 0.05 => {
            Some(format!("{what}: {value:.1}, more than a quarter above the recorded {before:.1}"))
        }
        Some(_) => None,
    };
    figures.iter().filter_map(complaint).collect()
}
