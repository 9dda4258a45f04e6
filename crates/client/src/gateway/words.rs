//! The gateway's own words, made fit to be repeated: one line, clipped, without markup, controls or credentials.

use crate::characters::is_invisible;

/// The longest message that is kept, in characters (contract, section 7.3).
const LONGEST: usize = 300;

/// One clean line: invisible characters become spaces, runs of white space one, the end is
/// clipped with an ellipsis. `secret` is the credential in use, which a gateway may echo in any form.
pub(super) fn one_line(text: &str, secret: &str) -> String {
    let text = if secret.is_empty() { text.to_owned() } else { text.replace(secret, REDACTED) };
    let visible: String = text.chars().map(|letter| if is_invisible(letter) { ' ' } else { letter }).collect();
    let line = visible.split_whitespace().map(redact_word).collect::<Vec<_>>().join(" ");
    clip(&line)
}

/// The title of a web page, as it stands there.
pub(super) fn page_title(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let start = lower.find("<title").and_then(|at| Some(at + lower.get(at..)?.find('>')? + 1))?;
    let end = start + lower.get(start..)?.find("</title")?;
    let title = without_entities(html.get(start..end)?);
    (!title.trim().is_empty()).then_some(title)
}

/// What a web page or a plain text says: the title unless it says nothing but "Error", else the text without tags.
pub(super) fn page_words(text: &str) -> String {
    match page_title(text) {
        Some(title) if !title.trim().eq_ignore_ascii_case("error") => title,
        _ => without_entities(&without_tags(text)),
    }
}

/// What stands in the place of a credential.
const REDACTED: &str = "[redacted]";

fn clip(line: &str) -> String {
    match line.char_indices().nth(LONGEST) {
        Some(_) => line.chars().take(LONGEST - 1).chain(['…']).collect(),
        None => line.to_owned(),
    }
}

/// Replaces credentials inside one word: `acc_…`, `api_…`, `rtk_…`, `login_acc_…` and JWTs (contract, section 7.3).
fn redact_word(word: &str) -> String {
    let mut clean = String::with_capacity(word.len());
    let mut rest = word;
    while let Some((start, length)) = credential_in(rest) {
        clean.push_str(rest.get(..start).unwrap_or_default());
        clean.push_str(REDACTED);
        rest = rest.get(start + length..).unwrap_or_default();
    }
    clean + rest
}

/// The first credential in a word: where it begins and how many bytes it has.
fn credential_in(word: &str) -> Option<(usize, usize)> {
    let opaque = ["login_acc_", "acc_", "api_", "rtk_"].into_iter().flat_map(|prefix| {
        word.match_indices(prefix).filter_map(move |(start, _)| {
            let body = word.get(start + prefix.len()..)?;
            let length = span(body, |byte| byte.is_ascii_alphanumeric() || byte == b'-');
            (length > 0).then_some((start, prefix.len() + length))
        })
    });
    let web = word.match_indices("eyJ").filter_map(|(start, _)| {
        let token = word.get(start..)?;
        let length = span(token, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        (token.get(..length)?.matches('.').count() >= 2).then_some((start, length))
    });
    opaque.chain(web).min_by_key(|(start, length)| (*start, usize::MAX - *length))
}

fn span(text: &str, belongs: impl Fn(u8) -> bool) -> usize {
    text.bytes().take_while(|byte| belongs(*byte)).count()
}

/// The text between tags; what scripts and styles hold is no text.
fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let name: String = tag.chars().take(6).collect::<String>().to_ascii_lowercase();
        let closing = [("script", "</script"), ("style", "</style"), ("title", "</title")];
        let skipped = closing.into_iter().find(|(opening, _)| name.starts_with(opening)).map(|(_, close)| close);
        let from = skipped.and_then(|close| tag.to_ascii_lowercase().find(close)).and_then(|at| tag.get(at..));
        rest = from.unwrap_or(tag).split_once('>').map_or("", |(_, after)| after);
    }
    text + rest
}

/// The five entities that error pages use.
fn without_entities(text: &str) -> String {
    let entities = [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    entities.into_iter().fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}

#[cfg(test)]
mod tests {
    use super::{is_invisible, one_line, page_words};

    #[test]
    fn credentials_of_every_form_are_redacted() {
        let line = |text| one_line(text, "");
        assert_eq!(
            line("bad acc_0-1, (api_1a) rtk_9 login_acc_77-a."),
            "bad [redacted], ([redacted]) [redacted] [redacted]."
        );
        assert_eq!(line("Bearer eyJhbGci.eyJzdWIi.c2ln expired"), "Bearer [redacted] expired");
        assert_eq!(line("token=acc_1&key=api_2"), "token=[redacted]&key=[redacted]");
        assert_eq!(one_line("you sent s3cret!", "s3cret"), "you sent [redacted]!");
    }

    #[test]
    fn a_message_is_one_clipped_line_without_controls() {
        assert_eq!(one_line(" a\r\n\tb\u{1b}[31m c\u{202e}d ", ""), "a b [31m c d");
        let clipped = one_line(&"é".repeat(400), "");
        assert_eq!(clipped.chars().count(), 300);
        assert!(clipped.ends_with('…'));
    }

    #[test]
    fn a_message_has_a_space_for_every_invisible_character() {
        for letter in (char::MIN..='\u{1FFFF}').chain('\u{E0000}'..='\u{E0FFF}') {
            let text = format!("x{letter}y");
            let expected = if is_invisible(letter) || letter.is_whitespace() { "x y" } else { text.as_str() };
            assert_eq!(one_line(&text, ""), expected, "{}", letter.escape_unicode());
        }
    }

    #[test]
    fn a_page_says_its_title_or_its_text() {
        assert_eq!(
            page_words("<html><head><title>502 Bad Gateway</title></head><body>nginx</body>"),
            "502 Bad Gateway"
        );
        let express =
            "<!DOCTYPE html><html><head><title>Error</title></head><body><pre>Cannot GET /a&amp;b</pre></body>";
        assert_eq!(page_words(express).trim(), "Cannot GET /a&b");
        assert_eq!(page_words("Too many requests."), "Too many requests.");
        assert_eq!(page_words("<script>steal()</script>x").trim(), "x");
    }
}
