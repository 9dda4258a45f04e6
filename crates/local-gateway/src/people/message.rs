//! Messages of every type of the contract's section 6.3, and the comments on them.

use super::conversation::Partner;
use super::{SeededRng, teams, time};
use crate::json::Object;

/// What people ask.
const QUESTIONS: [&str; 16] = [
    "Is the blue one in stock?",
    "Hi",
    "Do you ship to Penang?",
    "How much is it?",
    "請問還有貨嗎？",
    "幾時可以送貨？",
    "Xin chào shop, còn hàng không ạ?",
    "Giá bao nhiêu vậy?",
    "Can I change my order?",
    "สินค้ามีไหมคะ",
    "在庫はありますか？",
    "謝謝 🙏",
    "ok thanks!",
    "你好，我想問一下退貨的流程",
    "Please call me back",
    "😡 still waiting",
];
/// What colleagues answer.
const ANSWERS: [&str; 10] = [
    "Yes, it is. Shall I reserve one?",
    "Hello! How can I help you?",
    "We ship within two days.",
    "Dạ còn hàng ạ, mình lấy size nào?",
    "有貨的，請問需要幾件？",
    "Let me check and come back to you.",
    "Your order is on its way.",
    "已為您處理",
    "在庫ございます。",
    "Could you send us a photo?",
];
/// What colleagues note.
const COMMENTS: [&str; 8] = [
    "VIP, call back Monday",
    "same customer as on WhatsApp?",
    "已報價",
    "đã gọi, chưa bắt máy",
    "needs an invoice",
    "refund approved",
    "check with warehouse",
    "spam?",
];
/// Labels: id, name, colour.
const LABELS: [(&str, &str, &str); 4] = [
    ("lb_imbrace_vip", "VIP", "#ff8800"),
    ("lb_imbrace_complaint", "Complaint", "#cc0000"),
    ("lb_imbrace_quote", "Quote", "#0066cc"),
    ("lb_imbrace_follow_up", "跟進", "#00aa55"),
];
/// Media: message type, stored extension, what the answer calls it; real answers call many things an image.
const MEDIA: [(&str, &str, &str); 8] = [
    ("image", "jpg", "jpeg"),
    ("image", "png", "png"),
    ("image", "mp4", "mp4"),
    ("audio", "ogg", "ogg"),
    ("video", "mp4", "mp4"),
    ("pdf", "pdf", "pdf"),
    ("file", "xlsx", "octet-stream"),
    ("file", "txt", "plain"),
];

/// A message, not yet written down.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) id: String,
    /// `con_…` or `u_…`.
    pub(crate) sender: String,
    pub(crate) kind: &'static str,
    /// The content object as JSON.
    pub(crate) content: String,
    pub(crate) created_at: i64,
    /// Whether it counts among the contact's files.
    pub(crate) is_file: bool,
    pub(crate) comments: Vec<Comment>,
}

/// A comment, written down.
#[derive(Debug)]
pub(crate) struct Comment {
    pub(crate) id: String,
    pub(crate) updated_at: String,
    pub(crate) document: String,
}

/// The message of a turn at a moment; even turns are the contact's.
pub(super) fn message(seeded_rng: &mut SeededRng, partner: Partner<'_>, user: &str, (turn, at): (u64, i64)) -> Message {
    let theirs = turn.is_multiple_of(2);
    let (kind, content) = if theirs { from_contact(seeded_rng, turn) } else { from_colleague(seeded_rng, partner) };
    let comments =
        if theirs && seeded_rng.percent(7) { comments(seeded_rng, partner.channel_type, at) } else { Vec::new() };
    Message {
        id: seeded_rng.id("msg"),
        sender: if theirs { partner.id } else { user }.to_owned(),
        is_file: matches!(kind, "image" | "audio" | "video" | "pdf" | "file"),
        kind,
        content,
        created_at: at,
        comments,
    }
}

fn from_contact(seeded_rng: &mut SeededRng, turn: u64) -> (&'static str, String) {
    match seeded_rng.below(30) {
        0..=3 => media(seeded_rng, turn),
        4 => ("whatsapp.sticker", Object::new().text("url", "https://files.example/sticker/hello.webp").end()),
        5 => {
            let place = Object::new().raw("latitude", "10.7769").raw("longitude", "106.7009");
            ("location", place.text("name", "Example Street 1").end())
        }
        6 => {
            let card = Object::new().text("name", "A friend").text("phone", "+1 555 0100").end();
            ("contact", Object::new().raw("contacts", &format!("[{card}]")).end())
        }
        7 => {
            let reply = Object::new().text("title", "Prices").text("payload", "PRICES").text("description", "");
            ("quick_reply", reply.end())
        }
        _ => {
            let text = Object::new().text("text", seeded_rng.pick(&QUESTIONS)).with("is_mail", &false);
            ("text", text.text("parent_url", "https://shop.example/p/1").end())
        }
    }
}

fn from_colleague(seeded_rng: &mut SeededRng, partner: Partner<'_>) -> (&'static str, String) {
    match seeded_rng.below(20) {
        0 => media(seeded_rng, 1),
        1 => ("response", response()),
        2 if partner.channel_type == "whatsapp" => {
            let name = serde_json::Value::from(partner.name);
            let template = Object::new().text("text", "Hello {{1}}, your order is ready.");
            ("whatsapp.template", template.raw("variables", &format!("[{name}]")).end())
        }
        3 => ("jaas.conference", Object::new().text("url", "https://meet.example/room/1").text("text", "Join").end()),
        4 => ("message_template", Object::new().text("text", "Thank you for your patience.").end()),
        _ => ("text", Object::new().text("text", seeded_rng.pick(&ANSWERS)).with("is_mail", &false).end()),
    }
}

fn response() -> String {
    let choice = |id: &str, title: &str| {
        let choice = Object::new().text("id", id).text("content_type", "text").text("title", title);
        choice.text("payload", &title.to_uppercase()).end()
    };
    Object::new()
        .text("title", "What is it about?")
        .text("text", "Please choose.")
        .raw("quick_replies", &format!("[{},{}]", choice("1", "Prices"), choice("2", "Delivery")))
        .end()
}

fn media(seeded_rng: &mut SeededRng, turn: u64) -> (&'static str, String) {
    let position = usize::try_from(seeded_rng.below(MEDIA.len() as u64)).unwrap_or(0);
    let (kind, stored, shown) = MEDIA.get(position).copied().unwrap_or(("image", "jpg", "jpeg"));
    let name = seeded_rng.capitals(26).to_ascii_lowercase();
    let url = format!("https://files.example/chat/{}/file_{name}.{stored}", super::ORGANIZATION_ID);
    let caption =
        if seeded_rng.percent(70) { format!("file{:02}", turn / 2 + 1) } else { "合約 final (2).pdf".to_owned() };
    (kind, Object::new().text("caption", &caption).text("url", &url).text("extension", shown).end())
}

fn comments(seeded_rng: &mut SeededRng, channel_type: &str, at: i64) -> Vec<Comment> {
    let count = 1 + seeded_rng.below(2);
    (0..count).map(|_| comment(seeded_rng, channel_type, at)).collect()
}

/// A comment as messages carry it (contract, 5.8).
fn comment(seeded_rng: &mut SeededRng, channel_type: &str, at: i64) -> Comment {
    let id = seeded_rng.id("cmc");
    let (user, name) = teams::colleague(seeded_rng.below(teams::COLLEAGUES_COUNT));
    let label = usize::try_from(seeded_rng.below(LABELS.len() as u64 * 2)).unwrap_or(0);
    let labels = LABELS.get(label).map(|(id, name, color)| {
        Object::new().text("_id", id).text("name", name).text("color", color).text("team_id", teams::id(0)).end()
    });
    let written = (at + seeded_rng.between(time::MINUTE, time::DAY)).min(time::NOW);
    let updated_at = time::text(written);
    let document = Object::new()
        .text("_id", &id)
        .text("content", seeded_rng.pick(&COMMENTS))
        .text("channel_type", channel_type)
        .raw("labels", &format!("[{}]", labels.unwrap_or_default()))
        .raw("from", &Object::new().text("_id", user).text("display_name", name).end())
        .text("created_at", &updated_at)
        .text("updated_at", &updated_at)
        .end();
    Comment { id, updated_at, document }
}
