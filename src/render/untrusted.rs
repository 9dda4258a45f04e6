//! Text that strangers wrote.

/// A text as data inside one of our sentences: one line, clipped, in quotes.
pub fn quoted(text: &str, most: usize) -> String {
    let clean: String = text.chars().filter(|c| !c.is_control()).take(most).collect();
    format!("\"{}\"", clean.replace('"', "'"))
}
