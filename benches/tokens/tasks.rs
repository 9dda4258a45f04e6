//! Whole tasks as an assistant would do them, counted from the tool list to the last answer.

use imbrace_contacts_mcp::tools::Selection;
use serde_json::{Value, json};

use super::measure::{Counter, Figure, tool_list_json};
use super::naive;
use crate::harness::{Harness, Wishes};

/// One assistant at work: what it writes and reads.
struct Assistant<'a> {
    counter: &'a Counter,
    desk: Harness,
    tokens: f64,
}

impl<'a> Assistant<'a> {
    async fn new(counter: &'a Counter, wishes: Wishes) -> Self {
        Self { counter, desk: Harness::with(wishes).await, tokens: 0.0 }
    }

    async fn call(&mut self, tool: &str, arguments: Value) -> String {
        self.tokens += self.counter.json(&json!({ "name": tool, "arguments": arguments }));
        let text = self.desk.call(tool, arguments).await;
        self.tokens += self.counter.count(&text);
        text
    }

    /// What the same requests cost through a naive bridge.
    async fn naive(&self) -> f64 {
        let arrivals = self.desk.arrivals();
        let mut tokens = 0.0;
        for arrival in arrivals {
            let (call, answer) = naive::exchange(&self.desk.gateway.base_url(), &arrival).await;
            tokens += self.counter.json(&call) + self.counter.count(&answer);
        }
        tokens
    }
}

/// The first cells of an answer's rows.
pub fn short_ids(answer: &str) -> Vec<String> {
    let rows = answer.lines().filter(|line| !line.starts_with('#')).skip(1);
    rows.filter_map(|line| line.split(',').next()).map(str::to_owned).collect()
}

/// Measures the tasks, each and together with one tool list.
pub async fn measure(counter: &Counter, figures: &mut Vec<Figure>) {
    let list = counter.json(&tool_list_json(&Selection::default(), false));
    let naive_list = counter.json(&naive::tool_list());
    let (mut together, mut naive_together) = (list, naive_list);
    let tasks = [
        ("task 1, fix a phone number", fix_a_phone(counter).await),
        ("task 2, read 12 conversations over 3 channels", read_conversations(counter).await),
        ("task 3, clear notifications", clear_notifications(counter).await),
        ("task 4, upload a file of 100 kB", upload(counter).await),
    ];
    for (what, (value, naive)) in tasks {
        together += value;
        naive_together += naive;
        figures.push(Figure { what: what.to_owned(), value, goal: None, naive: Some(naive) });
    }
    let (duplicates, naive_duplicates) = fix_duplicates(counter).await;
    let what = "tasks 1-4 together, one tool list included".to_owned();
    figures.push(Figure { what, value: together, goal: None, naive: Some(naive_together) });
    let what = "task 5, fix the duplicates among 500 contacts".to_owned();
    figures.push(Figure { what, value: duplicates, goal: None, naive: Some(naive_duplicates) });
    let (value, naive) = (together + duplicates, Some(naive_together + naive_duplicates));
    let what = "tasks 1-5 together, one tool list included".to_owned();
    figures.push(Figure { what, value, goal: Some(9_000.0), naive });
}

/// Finds a person by name, looks, corrects the number.
async fn fix_a_phone(counter: &Counter) -> (f64, f64) {
    let mut assistant = Assistant::new(counter, Wishes::default()).await;
    let found = assistant.call("search_contacts", json!({ "query": "wong", "limit": 5 })).await;
    let contact = short_ids(&found).first().cloned().unwrap();
    assistant.call("get_contact", json!({ "contact_id": contact })).await;
    let set = json!({ "area_code": "852", "phone_number": "55500199" });
    assistant.call("update_contact", json!({ "contact_id": contact, "set": set })).await;
    (assistant.tokens, assistant.naive().await)
}

/// Reads twelve conversations of people on three channels, with their messages.
async fn read_conversations(counter: &Counter) -> (f64, f64) {
    let mut assistant = Assistant::new(counter, Wishes { contacts: 600, ..Wishes::default() }).await;
    let people = people_on(&assistant.desk, ["whatsapp", "email", "facebook"]).await;
    let mut read = 0;
    for contact in people {
        let listed = assistant.call("get_contact_conversations", json!({ "contact_id": contact })).await;
        for conversation in short_ids(&listed).iter().take(12 - read) {
            assistant.call("get_conversation_messages", json!({ "conversation_id": conversation, "limit": 5 })).await;
            read += 1;
        }
        if read == 12 {
            break;
        }
    }
    assert_eq!(read, 12);
    (assistant.tokens, assistant.naive().await)
}

/// The contacts of three channels in turn who have conversations; found beforehand, as a person would name them.
async fn people_on(desk: &Harness, channels: [&str; 3]) -> Vec<String> {
    let mut by_channel: [Vec<String>; 3] = Default::default();
    for skip in (10..310).step_by(50) {
        let page = desk.call("list_contacts", json!({ "limit": 50, "skip": skip, "fields": "channel_id" })).await;
        for line in page.lines().filter(|line| line.starts_with("con_")) {
            let cells: Vec<&str> = line.split(',').collect();
            let Some(place) = channels.iter().position(|channel| cells.contains(channel)) else { continue };
            let rows = desk.call("get_contact_conversations", json!({ "contact_id": cells[0] })).await;
            if !short_ids(&rows).is_empty() && by_channel[place].len() < 8 {
                by_channel[place].push(cells[0].to_owned());
            }
        }
    }
    desk.gateway.forget_requests();
    (0..8).flat_map(|turn| by_channel.iter().filter_map(move |list| list.get(turn).cloned())).collect()
}

/// Looks at the newest notifications, marks some read, dismisses some, then a whole kind.
async fn clear_notifications(counter: &Counter) -> (f64, f64) {
    let mut assistant = Assistant::new(counter, Wishes::default()).await;
    let listed = assistant.call("list_notifications", json!({ "limit": 10 })).await;
    let ids = short_ids(&listed);
    assistant.call("mark_notifications_read", json!({ "ids": ids.get(..5).unwrap() })).await;
    assistant.call("dismiss_notifications", json!({ "ids": ids.get(5..8).unwrap() })).await;
    let preview = assistant.call("dismiss_all_notifications", json!({ "type": "conversations" })).await;
    let token = preview.rsplit_once("confirm=").unwrap().1;
    assistant.call("dismiss_all_notifications", json!({ "type": "conversations", "confirm": token })).await;
    (assistant.tokens, assistant.naive().await)
}

/// Uploads a file. A naive bridge carries the content in the call, as base64.
async fn upload(counter: &Counter) -> (f64, f64) {
    let directory = tempfile::tempdir().unwrap();
    // Pseudo-random bytes behind a PNG signature: what a picture costs when a model has to write it.
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    });
    let content: Vec<u8> = b"\x89PNG\r\n\x1a\n".iter().copied().chain(noise).take(100_000).collect();
    std::fs::write(directory.path().join("photo.png"), &content).unwrap();
    let wishes = Wishes { upload_directories: vec![directory.path().to_owned()], ..Wishes::default() };
    let mut assistant = Assistant::new(counter, wishes).await;
    assistant.call("upload_contact_file", json!({ "path": "photo.png" })).await;
    let inline = counter.count(&base64(&content));
    (assistant.tokens, inline + 60.0)
}

/// Finds the duplicates among 500 contacts and fills the survivors' blanks: a plan, which reads all contacts first, and its
/// carrying out, agreed to once for the first twenty and once for the rest.
async fn fix_duplicates(counter: &Counter) -> (f64, f64) {
    let mut assistant = Assistant::new(counter, Wishes { contacts: 500, ..Wishes::default() }).await;
    let plan = assistant.call("plan_cleanup", json!({ "merge": "fill" })).await;
    let (start, fingerprint) = plan.rsplit_once(" fingerprint=").unwrap();
    let plan = start.rsplit_once("plan=").unwrap().1;
    let mut text = format!("call again {plan}");
    while text.contains("call again") {
        let apply = json!({ "plan": plan, "fingerprint": fingerprint.trim() });
        text = assistant.call("apply_cleanup", apply.clone()).await;
        if let Some((_, token)) = text.clone().rsplit_once("confirm=") {
            let apply = json!({ "plan": plan, "fingerprint": fingerprint.trim(), "confirm": token.trim() });
            text = assistant.call("apply_cleanup", apply).await;
        }
    }
    assert!(text.contains("applied"), "{text}");
    (assistant.tokens, assistant.naive().await)
}

fn base64(content: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(content.len() * 4 / 3 + 4);
    for chunk in content.chunks(3) {
        let bytes = [chunk[0], chunk.get(1).copied().unwrap_or(0), chunk.get(2).copied().unwrap_or(0)];
        let group = u32::from(bytes[0]) << 16 | u32::from(bytes[1]) << 8 | u32::from(bytes[2]);
        text.extend((0..4).map(|place| char::from(ALPHABET[(group >> (18 - 6 * place) & 63) as usize])));
    }
    text
}
