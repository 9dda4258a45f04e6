//! CSV files that people filled in with a spreadsheet: any of its separators and encodings, headers in any case.

use super::csv_export::plain;

/// A file as rows of named cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The names of the columns, in lower case; those without a name are left out.
    pub columns: Vec<String>,
    /// The rows that hold something: the line each begins in, and its cells in the order of the columns.
    pub rows: Vec<(u64, Vec<String>)>,
    /// Lines of rows that end before the last named column: their last values are absent, which is not the same as empty.
    pub short: Vec<u64>,
}

/// Why a file cannot be read as a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// Another encoding than the ones that are told by their bytes.
    #[error(
        "the file is neither UTF-8 nor UTF-16 (byte {position} is 0x{byte:02x}), so it is of an 8-bit encoding such as Windows-1252, Windows-1258, Big5 or Shift JIS, which its bytes do not name; save it as \"CSV UTF-8\""
    )]
    Encoding {
        /// Where the first byte stands that is none of UTF-8, from 0.
        position: usize,
        /// It.
        byte: u8,
    },
    /// A row that is no row.
    #[error("{0}")]
    Row(String),
    /// No row with names of columns.
    #[error("the file is empty")]
    Empty,
}

impl Sheet {
    /// Reads a file: comma, semicolon or tab, a first line `sep=`, UTF-8 with and without a mark, UTF-16 of either order.
    ///
    /// # Errors
    /// [`SheetError`]; nothing of it is used then.
    pub fn read(bytes: &[u8]) -> Result<Self, SheetError> {
        let text = decoded(bytes)?;
        let (separator, body, skipped) = separated(&text);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(body.as_bytes());
        let mut rows: Vec<(u64, Vec<String>)> = Vec::new();
        let (mut seen, mut line) = (0, skipped + 1);
        for record in reader.records() {
            let record = record.map_err(|error| SheetError::Row(error.to_string()))?;
            // The reader passes over empty lines, and over the end of the line before, when it begins a row.
            let begin = record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(seen);
            let blank = body.bytes().skip(begin).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let between = body.as_bytes().get(seen..begin + blank).unwrap_or_default();
            line += between.iter().filter(|byte| **byte == b'\n').count() as u64;
            seen = begin + blank;
            let cells: Vec<String> = record.iter().map(meant).collect();
            if cells.iter().any(|cell| !cell.trim().is_empty()) {
                rows.push((line, cells));
            }
        }
        if rows.is_empty() {
            return Err(SheetError::Empty);
        }
        let (_, head) = rows.remove(0);
        let names: Vec<String> = head.iter().map(|name| name.trim().to_lowercase()).collect();
        let is_named = |at: usize| names.get(at).is_some_and(|name| !name.is_empty());
        // A separator inside a value that stands in no quotes: what follows it would be lost.
        let is_astray =
            |cells: &[String]| cells.iter().enumerate().any(|(at, cell)| !is_named(at) && !cell.trim().is_empty());
        if let Some((line, _)) = rows.iter().find(|(_, cells)| is_astray(cells)) {
            return Err(SheetError::Row(format!(
                "line {line}: a value stands in a column without a name; quote values that hold the separator"
            )));
        }
        let used: Vec<usize> = (0..names.len()).filter(|at| is_named(*at)).collect();
        let name = |at: &usize| names.get(*at).cloned().unwrap_or_default();
        let kept = |cells: &[String]| used.iter().map(|at| cells.get(*at).cloned().unwrap_or_default()).collect();
        let last = used.last().map_or(0, |at| at + 1);
        let short = rows.iter().filter(|(_, cells)| cells.len() < last).map(|(line, _)| *line).collect();
        let columns = used.iter().map(name).collect();
        let rows = rows.iter().map(|(line, cells)| (*line, kept(cells))).collect();
        Ok(Self { columns, rows, short })
    }

    /// The place of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

/// Digits from which on a number with `.0` is one that a spreadsheet made of an id or a phone number, not a measure or a version.
const LONG: usize = 7;

/// A cell as it was meant: without the apostrophe that keeps a spreadsheet from calculating, and without the `.0` it gives long numbers.
fn meant(cell: &str) -> String {
    let inert = plain(cell);
    if inert != cell {
        return inert;
    }
    let is_number = |text: &str| {
        text.chars().any(|char| char.is_ascii_digit())
            && text.chars().all(|char| char.is_ascii_digit() || " +-.()".contains(char))
    };
    let bare = cell.strip_prefix('\'').filter(|rest| is_number(rest) || rest.starts_with("con_")).unwrap_or(cell);
    let whole = bare.trim().strip_suffix(".0").filter(|whole| {
        let digits = whole.strip_prefix('+').unwrap_or(whole);
        digits.len() >= LONG && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    whole.unwrap_or(bare).to_owned()
}

/// The text of a file, by the marks and the zero bytes in it.
fn decoded(bytes: &[u8]) -> Result<String, SheetError> {
    let utf_16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes
            .chunks_exact(2)
            .map(|pair| unit([pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0)]));
        let text: Result<String, _> = char::decode_utf16(units).collect();
        text.ok()
            .filter(|_| bytes.len().is_multiple_of(2))
            .ok_or(SheetError::Row("the UTF-16 text is broken".to_owned()))
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf_8(rest, 3),
        [0xFF, 0xFE, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        [_, 0, ..] => utf_16(bytes, u16::from_le_bytes),
        [0, _, ..] => utf_16(bytes, u16::from_be_bytes),
        bytes => utf_8(bytes, 0),
    }
}

fn utf_8(bytes: &[u8], before: usize) -> Result<String, SheetError> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| {
        let at = error.valid_up_to();
        SheetError::Encoding { position: at + before, byte: bytes.get(at).copied().unwrap_or_default() }
    })
}

/// The separator, what is to be read, and how many lines stand before it.
fn separated(text: &str) -> (u8, &str, u64) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let said = first.trim().trim_matches('"').strip_prefix("sep=").map(str::as_bytes);
    if let Some([separator @ (b',' | b';' | b'\t')]) = said {
        return (*separator, rest, 1);
    }
    // `sep=` and a tab, of which the end was trimmed.
    if first.trim_end_matches(['\r', '"']).ends_with("sep=\t") {
        return (b'\t', rest, 1);
    }
    let head = text.lines().find(|line| line.chars().any(char::is_alphanumeric)).unwrap_or_default();
    let count = |separator: u8| head.bytes().filter(|byte| *byte == separator).count();
    let most = [b',', b';', b'\t'].into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(b',');
    (if count(most) == 0 { b',' } else { most }, text, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(columns: &[&str], rows: &[&[&str]]) -> Sheet {
        let cells = |cells: &&[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
        Sheet {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            rows: rows.iter().zip(2..).map(|(row, line)| (line, cells(row))).collect(),
            short: Vec::new(),
        }
    }

    #[test]
    fn every_separator_and_encoding_of_a_spreadsheet_is_read_alike() {
        let text = "First,Decision\r\ncon_1,Nguyễn 王\r\n";
        let expected = sheet(&["first", "decision"], &[&["con_1", "Nguyễn 王"]]);
        let utf_16 = |text: &str, order: fn(u16) -> [u8; 2], mark: &[u8]| {
            mark.iter().copied().chain(text.encode_utf16().flat_map(order)).collect::<Vec<u8>>()
        };
        let marked = format!("\u{feff}{text}");
        for separator in [",", ";", "\t"] {
            let text = text.replace(',', separator);
            assert_eq!(Sheet::read(text.as_bytes()).unwrap(), expected, "{separator:?}");
            let said = Sheet::read(format!("sep={separator}\r\n{text}").as_bytes()).unwrap();
            assert_eq!(
                (said.columns, said.rows[0].0, &said.rows[0].1),
                (expected.columns.clone(), 3, &expected.rows[0].1)
            );
        }
        for bytes in [
            marked.as_bytes().to_vec(),
            utf_16(text, u16::to_le_bytes, &[0xFF, 0xFE]),
            utf_16(text, u16::to_be_bytes, &[0xFE, 0xFF]),
            utf_16(text, u16::to_le_bytes, &[]),
        ] {
            assert_eq!(Sheet::read(&bytes).unwrap(), expected);
        }
    }

    #[test]
    fn empty_rows_and_columns_are_left_out_and_lines_keep_their_numbers() {
        let read = Sheet::read(b"a,,b,\n,,,\n1,,'+2,\n\n3,,,\n").unwrap();
        assert_eq!(read.columns, ["a", "b"]);
        assert_eq!(read.rows, [(3, vec!["1".to_owned(), "+2".to_owned()]), (5, vec!["3".to_owned(), String::new()])]);
    }

    #[test]
    fn what_a_spreadsheet_does_to_numbers_is_read_as_meant() {
        for (cell, expected) in [
            ("85255500101.0", "85255500101"),
            ("+85255500101.0", "+85255500101"),
            ("'85255500101", "85255500101"),
            ("'85255500101.0", "85255500101"),
            ("'+852 5550 0101", "+852 5550 0101"),
            ("'con_1", "con_1"),
            // Texts that a person wrote in this form stay: a version, a decade, a word, and an apostrophe that the export doubled.
            ("2.0", "2.0"),
            ("85255500101.5", "85255500101.5"),
            ("'90s", "'90s"),
            ("'t Hooft", "'t Hooft"),
            ("''90", "'90"),
            ("a 85255500101.0", "a 85255500101.0"),
        ] {
            let read = Sheet::read(format!("value\n{cell}\n").as_bytes()).unwrap();
            assert_eq!(read.rows, [(2, vec![expected.to_owned()])], "{cell}");
        }
    }

    #[test]
    fn another_encoding_is_an_error_that_says_what_to_do() {
        let error = Sheet::read(b"first,decision\ncon_1,Jos\xe9\n").unwrap_err();
        assert_eq!(error, SheetError::Encoding { position: 24, byte: 0xE9 });
        assert!(error.to_string().contains("CSV UTF-8") && error.to_string().contains("Windows-1258"), "{error}");
        assert_eq!(Sheet::read(b"\n\n").unwrap_err(), SheetError::Empty);
        let astray = Sheet::read(b"contact,remark\ncon_1,seen, too\n").unwrap_err();
        assert!(astray.to_string().starts_with("line 2: "), "{astray}");
    }
}
