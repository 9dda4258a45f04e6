//! A CSV file of changes. All of it is right, or none of it is taken and every mistake is named with its line.

use std::io::Read;
use std::path::Path;

use anyhow::Context as _;

use crate::app::UsageError;
use crate::cleanup::Change;
use crate::cleanup::csv_export::plain;
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
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).context("stdin")?;
    } else {
        bytes = files::read_regular(path, LARGEST).with_context(|| format!("the changes in {}", path.display()))?;
    }
    parse(&bytes).map_err(|mistakes| {
        let more = mistakes.len().saturating_sub(NAMED);
        let mut named = mistakes;
        named.truncate(NAMED);
        if more > 0 {
            named.push(format!("and {more} more"));
        }
        UsageError { message: format!("no plan was made:\n  {}", named.join("\n  ")) }.into()
    })
}

fn parse(bytes: &[u8]) -> Result<Vec<Change>, Vec<String>> {
    // A spreadsheet's mark of UTF-8.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(bytes);
    let columns: Vec<String> = match reader.headers() {
        Ok(headers) => headers.iter().map(str::to_owned).collect(),
        Err(error) => return Err(vec![error.to_string()]),
    };
    let Some((first, fields)) = columns.split_first().filter(|(first, _)| *first == "contact") else {
        return Err(vec!["line 1: the first column must be `contact`".to_owned()]);
    };
    debug_assert_eq!(first, "contact");
    let is_long = fields == ["field", "value"];
    let (mut changes, mut mistakes) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                mistakes.push(error.to_string());
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |index: usize| plain(record.get(index).unwrap_or_default());
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
