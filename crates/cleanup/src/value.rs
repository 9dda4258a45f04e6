//! Values of contacts compared as their readers understand them: unset is unset, whether `null`, `""` or absent.

use serde_json::Value;

/// A value as text; unset is empty.
pub(super) fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Whether a field holds nothing.
pub(super) fn is_unset(value: Option<&Value>) -> bool {
    text(value).is_empty()
}

/// Whether two values of a field are one to a reader; `m` is read back as `Male` (contract, section 8 row 29).
pub(super) fn same(field: &str, first: Option<&Value>, second: Option<&Value>) -> bool {
    let (first, second) = (text(first), text(second));
    first == second || (field == "gender" && gender(&first).is_some() && gender(&first) == gender(&second))
}

/// The letter of a gender.
pub(super) fn gender(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "m" | "male" => Some("m"),
        "f" | "female" => Some("f"),
        "n" | "neutral" => Some("n"),
        _ => None,
    }
}

/// A value that was read, in the form in which it is written.
pub(super) fn to_write(field: &str, value: &Value) -> Value {
    match value {
        Value::String(word) if field == "gender" => gender(word).map_or_else(|| value.clone(), Value::from),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unset_is_unset_and_a_gender_is_its_letter() {
        assert!(same("email", None, Some(&json!(""))) && same("email", Some(&Value::Null), None));
        assert!(same("gender", Some(&json!("Male")), Some(&json!("m"))));
        assert!(!same("gender", Some(&json!("Male")), Some(&json!("f"))));
        assert!(
            !same("gender", Some(&json!("")), Some(&json!("m")))
                && !same("title", Some(&json!("Male")), Some(&json!("m")))
        );
        assert_eq!(to_write("gender", &json!("Female")), json!("f"));
    }
}
