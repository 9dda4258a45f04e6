//! English given names, which many people use beside their own, and their short forms.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The line of a name in the table; forms of one name share it.
static NAMES: LazyLock<HashMap<&str, Vec<usize>>> = LazyLock::new(|| {
    let mut names: HashMap<&str, Vec<usize>> = HashMap::new();
    let lines = include_str!("western.txt").lines().filter(|line| !line.starts_with('#'));
    for (row, line) in lines.enumerate() {
        line.split_whitespace().for_each(|name| names.entry(name).or_default().push(row));
    }
    names
});

/// Whether a word is an English given name.
pub(super) fn is_western(word: &str) -> bool {
    NAMES.contains_key(word)
}

/// Whether two words are forms of one name: `bill` and `william`.
pub(super) fn same(one: &str, two: &str) -> bool {
    let rows = |word| NAMES.get(word).map(Vec::as_slice).unwrap_or_default();
    rows(one).iter().any(|row| rows(two).contains(row))
}
