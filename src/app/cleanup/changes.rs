//! A CSV file of changes. All of it is right, or none of it is taken and every mistake is named with its line.

use std::io::Read;
use std::path::Path;

use anyhow::Context as _;

use crate::app::UsageError;
use crate::cleanup::Change;
use crate::cleanup::csv_import::Sheet;
use crate::files;
use crate::model::ContactId;

/// The largest file of changes that is read, in bytes: some 65,000 contacts with a long remark each.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Mistakes that are named before the rest is only counted.
const NAMED: usize = 20;

/// Reads a file with the columns contact,field,value, or contact and names of fields. `-` is stdin.
///
/// # Errors
/// [`UsageError`] with every mistake and its line, or what keeps the file from being read.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Change>> {
    let bytes = bytes(path, "the changes in")?;
    parse(&bytes).map_err(|mistakes| refused("no plan was made", mistakes))
}

/// A file, or stdin for `-`.
pub(super) fn bytes(path: &Path, what: &str) -> anyhow::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).context("stdin")?;
        return Ok(bytes);
    }
    files::read_regular(path, LARGEST).with_context(|| format!("{what} {}", path.display()))
}

/// The mistakes of a file, the first of them by their lines.
pub(super) fn refused(what: &str, mistakes: Vec<String>) -> anyhow::Error {
    let more = mistakes.len().saturating_sub(NAMED);
    let mut named = mistakes;
    named.truncate(NAMED);
    if more > 0 {
        named.push(format!("and {more} more"));
    }
    UsageError { message: format!("{what}:\n  {}", named.join("\n  ")) }.into()
}

fn parse(bytes: &[u8]) -> Result<Vec<Change>, Vec<String>> {
    let sheet = Sheet::read(bytes).map_err(|error| vec![error.to_string()])?;
    let Some((_, fields)) = sheet.columns.split_first().filter(|(first, _)| *first == "contact") else {
        return Err(vec!["line 1: the first column must be `contact`".to_owned()]);
    };
    let is_long = fields == ["field", "value"];
    let (mut changes, mut mistakes) = (Vec::new(), Vec::new());
    for (line, cells) in &sheet.rows {
        let cell = |index: usize| cells.get(index).cloned().unwrap_or_default();
        if sheet.short.contains(line) {
            mistakes.push(format!("line {line}: it has fewer cells than the first line has names"));
            continue;
        }
        let contact = cell(0).trim().to_owned();
        if let Err(error) = ContactId::parse(&contact) {
            mistakes.push(format!("line {line}: {error}"));
            continue;
        }
        if is_long {
            changes.push(Change { contact, field: cell(1).trim().to_owned(), value: cell(2).into() });
        } else {
            let filled = fields.iter().enumerate().map(|(at, field)| (field, cell(at + 1)));
            let filled = filled.filter(|(_, value)| !value.is_empty());
            changes.extend(filled.map(|(field, value)| Change {
                contact: contact.clone(),
                field: field.clone(),
                value: value.into(),
            }));
        }
    }
    if changes.is_empty() && mistakes.is_empty() {
        mistakes.push("there is no change in it".to_owned());
    }
    if mistakes.is_empty() { Ok(changes) } else { Err(mistakes) }
}
