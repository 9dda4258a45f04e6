//! Which contacts are meant: conditions on their fields, `channel_type=whatsapp; created_at>=2025-01-01`.

use std::borrow::Cow;

use imbrace_contacts_client::characters::is_invisible;
use imbrace_contacts_client::suggestion::nearest;

use super::Subject;

/// Conditions that all hold; without one, every contact is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    conditions: Vec<Condition>,
}

/// Why a text is no filter. It quotes what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// A part without an operator.
    #[error("`{0}` is no condition; write field=value, != (not), ~ (contains), <, <=, > or >=, several by ;")]
    NoCondition(String),
    /// A field that contacts do not have.
    #[error("no field is called `{name}`{}", .meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default())]
    NoField {
        /// What was written.
        name: String,
        /// The field that is most like it.
        meant: Option<&'static str>,
    },
    /// A comparison with nothing.
    #[error("`{0}` compares with nothing; = and != alone take an empty value")]
    NoValue(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Condition {
    field: &'static str,
    operator: Operator,
    /// In lower case.
    value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
    Contains,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// The longest first, so that none is read as the beginning of another.
const OPERATORS: [(&str, Operator); 7] = [
    ("!=", Operator::IsNot),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("=", Operator::Is),
    ("~", Operator::Contains),
    ("<", Operator::Less),
    (">", Operator::More),
];

/// Characters of a wrong part that are quoted.
const QUOTED: usize = 60;

impl Filter {
    /// Reads conditions, separated by semicolons. Case does not matter.
    ///
    /// # Errors
    /// [`FilterError`] for the first part that is no condition.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
        Ok(Self { conditions: parts.map(Condition::parse).collect::<Result<_, _>>()? })
    }

    /// Whether every contact is meant.
    pub const fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Whether a contact is meant, by the values of its fields.
    pub(super) fn covers<'a>(&self, value: impl Fn(&'static str) -> Cow<'a, str>) -> bool {
        self.conditions.iter().all(|condition| condition.holds(&value(condition.field)))
    }

    /// Whether a contact is meant.
    pub(super) fn covers_subject(&self, subject: &Subject<'_>) -> bool {
        self.covers(|field| Cow::Borrowed(subject.value(field)))
    }
}

impl Condition {
    fn parse(part: &str) -> Result<Self, FilterError> {
        let quoted = || part.chars().filter(|character| !is_invisible(*character)).take(QUOTED).collect::<String>();
        let at = part.find(['=', '!', '~', '<', '>']).ok_or_else(|| FilterError::NoCondition(quoted()))?;
        let (name, rest) = part.split_at(at);
        let sign = OPERATORS.iter().find_map(|(sign, operator)| Some((rest.strip_prefix(sign)?, *operator)));
        let (value, operator) = sign.ok_or_else(|| FilterError::NoCondition(quoted()))?;
        let (name, value) = (name.trim(), value.trim().to_lowercase());
        let field = Subject::FIELDS.into_iter().find(|field| field.eq_ignore_ascii_case(name)).ok_or_else(|| {
            let name: String = name.chars().filter(|character| !is_invisible(*character)).take(QUOTED).collect();
            let meant = nearest(&name, Subject::FIELDS);
            FilterError::NoField { name, meant }
        })?;
        if value.is_empty() && !matches!(operator, Operator::Is | Operator::IsNot) {
            return Err(FilterError::NoValue(quoted()));
        }
        Ok(Self { field, operator, value })
    }

    fn holds(&self, held: &str) -> bool {
        let held = held.trim().to_lowercase();
        // As many characters as were written, so that a day compares with all its moments.
        let beginning = || held.chars().take(self.value.chars().count()).collect::<String>();
        match self.operator {
            Operator::Is => held == self.value,
            Operator::IsNot => held != self.value,
            Operator::Contains => held.contains(&self.value),
            // What is not known is neither before nor after.
            _ if held.is_empty() => false,
            Operator::Less => beginning() < self.value,
            Operator::AtMost => beginning() <= self.value,
            Operator::More => beginning() > self.value,
            Operator::AtLeast => beginning() >= self.value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEI: &str = r#"{"id":"con_1","channel_type":"whatsapp","email":"Mei.Wong@example.com","created_at":"2025-03-01T09:00:00Z","company_name":"A=B; Ltd"}"#;

    fn covers(filter: &str) -> bool {
        Filter::parse(filter).unwrap().covers_subject(&Subject::read(MEI).unwrap())
    }

    #[test]
    fn conditions_hold_together_and_case_does_not_matter() {
        for filter in [
            "",
            " ; ",
            "channel_type=WhatsApp",
            "email~@EXAMPLE",
            "channel_type = whatsapp; email ~ mei",
            "company_name~a=b",
            "remark=",
            "email!=",
            "created_at>=2025-03-01; created_at<=2025-03-01",
            "created_at>2025-02-28",
            "created_at<2025-03-02",
            "created_at>2024; channel_type!=web",
        ] {
            assert!(covers(filter), "{filter}");
        }
        for filter in [
            "channel_type=web",
            "email=",
            "email~mei; channel_type=web",
            "created_at>2025-03-01",
            "created_at<2025-03-01",
            "last_seen>2020",
            "last_seen<2030",
        ] {
            assert!(!covers(filter), "{filter}");
        }
    }

    #[test]
    fn what_is_no_condition_is_named_with_what_was_meant() {
        let error = |filter: &str| Filter::parse(filter).unwrap_err().to_string();
        assert_eq!(
            error("whatsapp"),
            "`whatsapp` is no condition; write field=value, != (not), ~ (contains), <, <=, > or >=, several by ;"
        );
        assert_eq!(error("channel=web"), "no field is called `channel`; did you mean `channel_id`?");
        assert_eq!(error("zzz=1"), "no field is called `zzz`");
        assert_eq!(error("email~"), "`email~` compares with nothing; = and != alone take an empty value");
        assert!(error(&"x".repeat(10_000)).len() < 200);
        assert!(error("email!x").contains("no condition"));
    }
}
