//! vCards of versions 2.1, 3.0 and 4.0 as rows: quoted-printable and other charsets decoded, pictures passed over.

use std::borrow::Cow;

use calcard::vcard::{VCard, VCardEntry, VCardProperty, VCardValue};
use mail_parser::decoders::charsets::map::charset_decoder;

use super::Table;
use crate::cleanup::LeftRow;

/// Returns true if a file begins as vCards do.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let start: Vec<u8> = bytes.iter().copied().filter(|byte| !matches!(byte, 0 | 0xFE | 0xFF)).take(64).collect();
    let start = String::from_utf8_lossy(&start).trim_start().to_ascii_uppercase();
    start.starts_with("BEGIN:VCARD")
}

/// The columns that a vCard fills, and the fields of a contact behind them by their names.
const COLUMNS: [&str; 15] = [
    "fn",
    "given name",
    "family name",
    "name prefix",
    "email",
    "tel",
    "org",
    "job title",
    "bday",
    "gender",
    "note",
    "location",
    "time zone",
    "other email",
    "other tel",
];

/// Reads a file of vCards.
///
/// # Errors
/// For a file of which a line is of an encoding that nobody names.
pub(super) fn read(bytes: &[u8]) -> Result<Table, String> {
    let text = text(bytes)?;
    let mut table = Table { columns: COLUMNS.map(str::to_owned).to_vec(), rows: Vec::new(), unread: Vec::new() };
    for (line, card) in cards(&text) {
        match card {
            Some(card) => match VCard::parse(spelled_out(card)) {
                Ok(card) => table.rows.push((line, cells(&card))),
                Err(_) => table.unread.push(unread(line, "this vCard cannot be read")),
            },
            None => table.unread.push(unread(line, "this vCard has no end (END:VCARD)")),
        }
    }
    Ok(table)
}

fn unread(line: u64, reason: &str) -> LeftRow {
    LeftRow { line, is_new: false, reason: reason.to_owned() }
}

/// The text of a file: UTF-8 or UTF-16, or line by line in the charset that each names.
fn text(bytes: &[u8]) -> Result<String, String> {
    let utf_16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair)).collect();
        String::from_utf16(&units).map_err(|_| "the UTF-16 text is broken".to_owned())
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => return utf_16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => return utf_16(rest, u16::from_be_bytes),
        _ => {}
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let (mut whole, mut charset) = (String::with_capacity(bytes.len()), None);
    for (line, number) in bytes.split_inclusive(|byte| *byte == b'\n').zip(1_u64..) {
        let is_folded = line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        if !is_folded {
            charset = named(line);
        }
        match std::str::from_utf8(line) {
            Ok(line) => whole.push_str(line),
            Err(_) => {
                let decode =
                    charset.as_deref().and_then(|charset| charset_decoder(charset.as_bytes())).ok_or_else(|| {
                        format!("line {number} is not UTF-8 and names no charset that is known; save the file as UTF-8")
                    })?;
                whole.push_str(&decode(line));
            }
        }
    }
    Ok(whole)
}

/// A vCard whose encodings are named in full: version 2.1 writes `;QUOTED-PRINTABLE` for `;ENCODING=QUOTED-PRINTABLE`.
fn spelled_out(card: &str) -> String {
    let mut whole = String::with_capacity(card.len());
    for line in card.split_inclusive('\n') {
        let (head, rest) = line.split_at(line.find(':').unwrap_or(0));
        for (part, number) in head.split(';').zip(0..) {
            if number > 0 {
                whole.push(';');
            }
            let is_bare =
                number > 0 && ["QUOTED-PRINTABLE", "BASE64"].iter().any(|word| part.eq_ignore_ascii_case(word));
            if is_bare {
                whole.push_str("ENCODING=");
            }
            whole.push_str(part);
        }
        whole.push_str(rest);
    }
    whole
}

/// The charset that a line names before its colon.
fn named(line: &[u8]) -> Option<String> {
    let head = line.split(|byte| *byte == b':').next()?;
    let head = String::from_utf8_lossy(head);
    head.split(';').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// The vCards of a text with the line that each begins in; none for one without an end.
fn cards(text: &str) -> Vec<(u64, Option<&str>)> {
    let (mut cards, mut begun, mut depth, mut at) = (Vec::new(), None, 0_u32, 0);
    for (line, number) in text.split_inclusive('\n').zip(1_u64..) {
        let word = line.trim().to_ascii_uppercase();
        if word == "BEGIN:VCARD" {
            if depth == 0 {
                begun = Some((number, at));
            }
            depth += 1;
        }
        at += line.len();
        if word == "END:VCARD" && depth > 0 {
            depth -= 1;
            if depth == 0
                && let Some((number, start)) = begun.take()
            {
                cards.push((number, text.get(start..at)));
            }
        }
    }
    cards.extend(begun.map(|(number, _)| (number, None)));
    cards
}

/// The texts of a value that has several.
fn texts(entry: &VCardEntry) -> Vec<String> {
    let text = |value: &VCardValue| match value {
        VCardValue::Text(text) => repaired(text).into_owned(),
        VCardValue::Component(parts) => parts.iter().map(|part| repaired(part)).collect::<Vec<_>>().join(" "),
        VCardValue::Integer(number) => number.to_string(),
        VCardValue::PartialDateTime(date) => match (date.year, date.month, date.day) {
            (Some(year), Some(month), Some(day)) => format!("{year:04}-{month:02}-{day:02}"),
            (None, Some(month), Some(day)) => format!("--{month:02}-{day:02}"),
            _ => String::new(),
        },
        VCardValue::Sex(sex) => format!("{sex:?}"),
        _ => String::new(),
    };
    entry.values.iter().map(text).collect()
}

/// Quoted-printable without a charset is read as Latin letters, and telephones write UTF-8 that way: where the letters are the bytes of
/// UTF-8, that is what was meant.
fn repaired(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let bytes: Option<Vec<u8>> = text.chars().map(latin_byte).collect();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The byte that is read as a Latin letter: of ISO 8859-1, or of Windows-1252, which fills its gaps.
fn latin_byte(letter: char) -> Option<u8> {
    u8::try_from(u32::from(letter)).ok().or_else(|| {
        let decode = charset_decoder(b"iso-8859-1")?;
        (0x80..=0x9F_u8).find(|byte| decode(&[*byte]).starts_with(letter))
    })
}

/// The cells of a vCard in the order of the columns.
fn cells(card: &VCard) -> Vec<String> {
    let of = |property: &VCardProperty| -> Vec<Vec<String>> {
        card.entries.iter().filter(|entry| entry.name == *property).map(texts).collect()
    };
    let first = |property: &VCardProperty| {
        let found = of(property).into_iter().next().unwrap_or_default();
        found.into_iter().next().unwrap_or_default().trim().to_owned()
    };
    let list = |property: &VCardProperty| -> Vec<String> {
        let values = of(property).into_iter().map(|texts| texts.join(""));
        let values =
            values.map(|value| value.trim().trim_start_matches("tel:").trim_start_matches("mailto:").to_owned());
        values.filter(|value| !value.is_empty()).collect()
    };
    let name = of(&VCardProperty::N).into_iter().next().unwrap_or_default();
    let part = |at: usize| name.get(at).map(|part| part.trim().to_owned()).unwrap_or_default();
    let (emails, phones) = (list(&VCardProperty::Email), list(&VCardProperty::Tel));
    let head = |values: &[String]| values.first().cloned().unwrap_or_default();
    let others = |values: &[String]| values.iter().skip(1).cloned().collect::<Vec<_>>().join(", ");
    let whole =
        |property: &VCardProperty| of(property).into_iter().next().unwrap_or_default().join(", ").trim().to_owned();
    let address = of(&VCardProperty::Adr).into_iter().next().unwrap_or_default();
    let address: Vec<&str> = address.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    vec![
        first(&VCardProperty::Fn),
        part(1),
        part(0),
        part(3),
        head(&emails),
        head(&phones),
        first(&VCardProperty::Org),
        first(&VCardProperty::Title),
        first(&VCardProperty::Bday),
        first(&VCardProperty::Gender),
        whole(&VCardProperty::Note),
        address.join(", "),
        first(&VCardProperty::Tz),
        others(&emails),
        others(&phones),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(bytes: &[u8]) -> Vec<(&'static str, String)> {
        let table = read(bytes).unwrap();
        let (_, cells) = table.rows.first().cloned().unwrap();
        COLUMNS.into_iter().zip(cells).filter(|(_, cell)| !cell.is_empty()).collect()
    }

    fn value(bytes: &[u8], column: &str) -> String {
        row(bytes).into_iter().find(|(name, _)| *name == column).map(|(_, value)| value).unwrap_or_default()
    }

    #[test]
    fn every_version_and_encoding_gives_the_same_name() {
        let versions: [&[u8]; 6] = [
            "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Zo\u{eb} Nguy\u{1ec5}n\r\nN:Nguy\u{1ec5}n;Zo\u{eb};;Ms;\r\nEND:VCARD\r\n".as_bytes(),
            "BEGIN:VCARD\nVERSION:3.0\nFN:Zo\u{eb} Nguy\u{1ec5}n\nN:Nguy\u{1ec5}n;Zo\u{eb};;Ms;\nEND:VCARD\n".as_bytes(),
            b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Zo=C3=AB Nguy=E1=BB=85n\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Nguy=E1=BB=85n;Zo=C3=AB;;Ms;\r\nEND:VCARD\r\n",
            b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;ENCODING=QUOTED-PRINTABLE:Zo=C3=AB =\r\nNguy=E1=BB=85n\r\nN;ENCODING=QUOTED-PRINTABLE:Nguy=E1=BB=85n;Zo=C3=AB;;Ms;\r\nEND:VCARD\r\n",
            b"BEGIN:VCARD\nVERSION:2.1\nFN;QUOTED-PRINTABLE;CHARSET=UTF-8:Zo=C3=AB Nguy=E1=BB=85n\nN;QUOTED-PRINTABLE;CHARSET=UTF-8:Nguy=E1=BB=85n;Zo=C3=AB;;Ms;\nEND:VCARD\n",
            "\u{feff}begin:vcard\r\nversion:3.0\r\nfn:Zo\u{eb} \r\n Nguy\u{1ec5}n\r\nn:Nguy\u{1ec5}n;Zo\u{eb};;Ms;\r\nend:vcard\r\n".as_bytes(),
        ];
        for bytes in versions {
            let got = row(bytes);
            let expected = [
                ("fn", "Zo\u{eb} Nguy\u{1ec5}n"),
                ("given name", "Zo\u{eb}"),
                ("family name", "Nguy\u{1ec5}n"),
                ("name prefix", "Ms"),
            ];
            assert_eq!(
                got,
                expected.map(|(name, value)| (name, value.to_owned())),
                "{}",
                String::from_utf8_lossy(bytes)
            );
        }
    }

    #[test]
    fn another_charset_is_decoded_by_its_name_and_refused_without_one() {
        let latin = b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=ISO-8859-1:Zo\xeb\r\nEND:VCARD\r\n";
        assert_eq!(value(latin, "fn"), "Zo\u{eb}");
        let quoted =
            b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Zo=EB\r\nEND:VCARD\r\n";
        assert_eq!(value(quoted, "fn"), "Zo\u{eb}");
        let big5 = b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=BIG5:\xa4\xfd\r\nEND:VCARD\r\n";
        assert_eq!(value(big5, "fn"), "\u{738b}");
        let unnamed = b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN:Zo\xeb\r\nEND:VCARD\r\n";
        assert!(read(unnamed).err().unwrap().starts_with("line 3 is not UTF-8"));
        let utf_16: Vec<u8> = [0xFF, 0xFE]
            .into_iter()
            .chain("BEGIN:VCARD\nFN:Zo\u{eb}\nEND:VCARD\n".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert!(is_one(&utf_16));
        assert_eq!(value(&utf_16, "fn"), "Zo\u{eb}");
    }

    #[test]
    fn pictures_are_passed_over_and_several_values_are_kept() {
        let photo = "QUJD".repeat(500_000);
        let folded: String =
            photo.as_bytes().chunks(75).map(|part| format!(" {}\r\n", String::from_utf8_lossy(part))).collect();
        let text = format!(
            "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Mei Chan\r\nPHOTO;ENCODING=b;TYPE=JPEG:\r\n{folded}\r\nTEL;TYPE=CELL:+1 202 555 0101\r\nTEL:+1 202 555 0102\r\nEMAIL:mei@example.com\r\nEMAIL:chan@example.com\r\nORG:Example Ltd;Sales\r\nTITLE:Buyer\r\nBDAY:19900403\r\nNOTE:one\\, two\r\nEND:VCARD\r\n"
        );
        assert!(text.len() > 2_000_000);
        let bytes = text.as_bytes();
        let expected = [
            ("tel", "+1 202 555 0101"),
            ("other tel", "+1 202 555 0102"),
            ("email", "mei@example.com"),
            ("other email", "chan@example.com"),
            ("org", "Example Ltd"),
            ("job title", "Buyer"),
            ("bday", "1990-04-03"),
            ("note", "one, two"),
        ];
        for (column, wanted) in expected {
            assert_eq!(value(bytes, column), wanted, "{column}");
        }
    }

    #[test]
    fn a_card_without_an_end_is_named_and_the_others_are_read() {
        let table = read(b"BEGIN:VCARD\nFN:A\nEND:VCARD\nBEGIN:VCARD\nFN:B\n").unwrap();
        assert_eq!((table.rows.len(), table.rows[0].0), (1, 1));
        assert_eq!((table.unread.len(), table.unread[0].line), (1, 4));
    }
}
