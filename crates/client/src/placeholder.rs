//! Placeholders of variables that a client's settings file names and nobody filled in.

/// The first placeholder that stands in a text as it was written: `${NAME}`, `${env:NAME}` or `{{NAME}}` anywhere, `$NAME` or `%NAME%` as the
/// whole text.
pub fn unexpanded(text: &str) -> Option<&str> {
    let text = text.trim();
    let between = |open: &str, close: &str| {
        let start = text.find(open)?;
        let inside = text.get(start + open.len()..)?;
        let end = inside.find(close).filter(|end| is_reference(inside.get(..*end).unwrap_or_default()))?;
        text.get(start..start + open.len() + end + close.len())
    };
    let whole = text.strip_prefix('$').or_else(|| text.strip_prefix('%')?.strip_suffix('%'));
    between("${", "}").or_else(|| between("{{", "}}")).or_else(|| whole.filter(|name| is_name(name)).map(|_| text))
}

/// `NAME`, or what clients write before it, such as `env:` and `input:`.
fn is_reference(text: &str) -> bool {
    let name = text.trim().rsplit([':', '.']).next().unwrap_or_default();
    is_name(name) || name.contains('-') && is_name(&name.replace('-', "_"))
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::unexpanded;

    #[test]
    fn placeholders_of_every_client_are_seen_and_values_are_not() {
        for (text, found) in [
            ("${IMBRACE_ACCESS_TOKEN}", "${IMBRACE_ACCESS_TOKEN}"),
            (" ${env:IMBRACE_ACCESS_TOKEN} ", "${env:IMBRACE_ACCESS_TOKEN}"),
            ("${input:imbrace-token}", "${input:imbrace-token}"),
            ("acc_${TOKEN}", "${TOKEN}"),
            ("Bearer {{IMBRACE_KEY}}", "{{IMBRACE_KEY}}"),
            ("{{ secrets.KEY }}", "{{ secrets.KEY }}"),
            ("$IMBRACE_ACCESS_TOKEN", "$IMBRACE_ACCESS_TOKEN"),
            ("%IMBRACE_ACCESS_TOKEN%", "%IMBRACE_ACCESS_TOKEN%"),
        ] {
            assert_eq!(unexpanded(text), Some(found), "{text}");
        }
        for text in
            ["", "acc_1", "100%", "$", "%%", "$5", "a ${} b", "${unclosed", "cost $5 {{ }}", "~/%20/file", "p$WORD"]
        {
            assert_eq!(unexpanded(text), None, "{text}");
        }
    }
}
