//! What a file is. Its content decides, because a name can say anything; the name only tells apart what looks the same
//! from outside: kinds of text, and kinds of office archive.

/// A file's media type.
pub(super) fn media_type(name: &str, content: &[u8]) -> &'static str {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    match infer::get(content).map(|kind| kind.mime_type()) {
        Some("application/zip") => archive(&extension).unwrap_or("application/zip"),
        Some("application/x-ole-storage") => compound(&extension).unwrap_or("application/x-ole-storage"),
        Some(known) => known,
        None if is_text(content) => text(&extension),
        None => "application/octet-stream",
    }
}

/// Office files that are archives inside.
fn archive(extension: &str) -> Option<&'static str> {
    Some(match extension {
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "odp" => "application/vnd.oasis.opendocument.presentation",
        _ => return None,
    })
}

/// Office files of before 2007.
fn compound(extension: &str) -> Option<&'static str> {
    Some(match extension {
        "doc" => "application/msword",
        "xls" => "application/vnd.ms-excel",
        "ppt" => "application/vnd.ms-powerpoint",
        _ => return None,
    })
}

/// Texts have no signature. None of these kinds is run by a browser that opens the address.
fn text(extension: &str) -> &'static str {
    match extension {
        "csv" => "text/csv",
        "tsv" => "text/tab-separated-values",
        "md" => "text/markdown",
        "json" => "application/json",
        "vcf" => "text/vcard",
        "ics" => "text/calendar",
        _ => "text/plain",
    }
}

/// UTF-8 without the control characters that no text has.
fn is_text(content: &[u8]) -> bool {
    std::str::from_utf8(content).is_ok_and(|text| {
        !text.is_empty() && text.chars().all(|letter| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t'))
    })
}

#[cfg(test)]
mod tests {
    use super::media_type;

    #[test]
    fn content_decides_and_the_name_tells_alike_ones_apart() {
        let png: &[u8] = b"\x89PNG\r\n\x1a\n....";
        let zip: &[u8] = b"PK\x03\x04..........................";
        let ole: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1........";
        for (name, content, expected) in [
            ("report.pdf", png, "image/png"),
            ("people.csv", b"name,phone\n".as_slice(), "text/csv"),
            ("people.csv", b"name,\0".as_slice(), "application/octet-stream"),
            ("note", "备注 📝".as_bytes(), "text/plain"),
            ("page.html", b"just words".as_slice(), "text/plain"),
            ("card.vcf", b"BEGIN:VCARD\r\n".as_slice(), "text/vcard"),
            ("empty.txt", b"".as_slice(), "application/octet-stream"),
            ("latin1.txt", b"caf\xE9".as_slice(), "application/octet-stream"),
            ("a.docx", zip, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            ("a.exe", zip, "application/zip"),
            ("a.docx", png, "image/png"),
            ("a.xls", ole, "application/vnd.ms-excel"),
        ] {
            assert_eq!(media_type(name, content), expected, "{name}");
        }
    }
}
