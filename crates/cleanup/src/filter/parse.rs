//! Reads a filter: a recursive descent over the text, bounded in depth and in the number of values.

use imbrace_contacts_client::characters::is_invisible;

use super::condition::Order;
use super::{Condition, Expression, Field, FilterError, MOST_NESTED, MOST_VALUES, Test, Value};

/// Bytes of a wrong part that are quoted: of scripts that a model's tokenizer does not know, each byte is a token.
const QUOTED: usize = 48;

/// The longest first, so that none is read as the beginning of another.
const SIGNS: [(&str, Sign); 10] = [
    ("!=", Sign::IsNot),
    ("<>", Sign::IsNot),
    ("!~", Sign::Lacks),
    ("<=", Sign::Order(Order::AtMost)),
    (">=", Sign::Order(Order::AtLeast)),
    ("==", Sign::Is),
    ("=", Sign::Is),
    ("~", Sign::Contains),
    ("<", Sign::Order(Order::Less)),
    (">", Sign::Order(Order::More)),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Is,
    IsNot,
    Contains,
    Lacks,
    Order(Order),
}

/// The beginning of a text as an error quotes it.
pub(super) fn quoted(text: &str) -> String {
    let seen = text.trim().chars().filter(|character| !is_invisible(*character));
    let mut bytes = 0;
    seen.take_while(|character| {
        bytes += character.len_utf8();
        bytes <= QUOTED
    })
    .collect()
}

/// Returns true if a word alone would be read as a part of the grammar.
pub(super) fn is_keyword(text: &str) -> bool {
    ["and", "or"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The expression of a text; `None` where it has no condition.
pub(super) fn parse(text: &str) -> Result<Option<Expression>, FilterError> {
    let mut parser = Parser { text, at: 0, values: 0, nested: 0 };
    parser.semicolons();
    if parser.rest().is_empty() {
        return Ok(None);
    }
    let expression = parser.any()?;
    parser.space();
    match parser.rest() {
        "" => Ok(Some(expression)),
        rest if rest.starts_with(')') => Err(FilterError::Unbalanced(quoted(rest))),
        rest => Err(FilterError::NoCondition(quoted(rest))),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    values: usize,
    nested: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Passes over semicolons; whether there was one.
    fn semicolons(&mut self) -> bool {
        let start = self.at;
        loop {
            self.space();
            if !self.eat(";") {
                return self.text.get(start..self.at).is_some_and(|passed| passed.contains(';'));
            }
        }
    }

    fn eat(&mut self, sign: &str) -> bool {
        let is_there = self.rest().starts_with(sign);
        self.at += if is_there { sign.len() } else { 0 };
        is_there
    }

    /// Passes over a word of the grammar, whatever its case.
    fn word(&mut self, word: &str) -> bool {
        self.space();
        let is_there = begins_with_word(self.rest(), word);
        self.at += if is_there { word.len() } else { 0 };
        is_there
    }

    fn any(&mut self) -> Result<Expression, FilterError> {
        let mut parts = vec![self.all()?];
        while self.word("or") {
            parts.push(self.all()?);
        }
        Ok(joined(parts, Expression::Any))
    }

    fn all(&mut self) -> Result<Expression, FilterError> {
        let mut parts = vec![self.part()?];
        loop {
            if self.word("and") {
                parts.push(self.part()?);
            } else if self.semicolons() {
                if self.rest().is_empty() || self.rest().starts_with(')') {
                    break;
                }
                parts.push(self.part()?);
            } else {
                break;
            }
        }
        Ok(joined(parts, Expression::All))
    }

    fn part(&mut self) -> Result<Expression, FilterError> {
        self.space();
        let start = self.rest();
        if !self.eat("(") {
            return Ok(Expression::One(self.condition()?));
        }
        self.nested += 1;
        if self.nested > MOST_NESTED {
            return Err(FilterError::TooDeep);
        }
        let inner = self.any()?;
        self.space();
        if !self.eat(")") {
            return Err(match self.rest() {
                "" => FilterError::Unbalanced(quoted(start)),
                rest => FilterError::NoCondition(quoted(rest)),
            });
        }
        self.nested -= 1;
        Ok(inner)
    }

    fn condition(&mut self) -> Result<Condition, FilterError> {
        self.count()?;
        let start = self.rest();
        let no_condition = || FilterError::NoCondition(quoted(start));
        let length = start.find(|c: char| !(c.is_alphanumeric() || "_-.".contains(c))).unwrap_or(start.len());
        let name = start.get(..length).unwrap_or_default();
        if name.is_empty() {
            return Err(no_condition());
        }
        self.at += length;
        self.space();
        let sign = SIGNS.iter().find(|(sign, _)| self.rest().starts_with(sign));
        let word = ["is", "in", "not"].into_iter().find(|word| begins_with_word(self.rest(), word));
        if sign.is_none() && word.is_none() {
            return Err(no_condition());
        }
        let field = Field::named(name).ok_or_else(|| {
            let name = quoted(name);
            let meant = Field::nearest(&name);
            FilterError::NoField { name, meant }
        })?;
        let test = match (sign, word) {
            (Some((text, sign)), _) => {
                self.at += text.len();
                self.signed(field, *sign, start)?
            }
            (None, Some("is")) => {
                self.word("is");
                let is_not = self.word("not");
                if !self.word("empty") {
                    return Err(no_condition());
                }
                if is_not { Test::NotEmpty } else { Test::Empty }
            }
            _ => {
                let is_not = self.word("not");
                if !self.word("in") {
                    return Err(no_condition());
                }
                let values = self.list(field, start)?;
                match (values.as_slice(), is_not) {
                    ([one], false) if one.is_nothing() => Test::Empty,
                    ([one], true) if one.is_nothing() => Test::NotEmpty,
                    (_, false) => Test::OneOf(values),
                    (_, true) => Test::NoneOf(values),
                }
            }
        };
        Ok(Condition { field, test })
    }

    /// The value behind a sign.
    fn signed(&mut self, field: Field, sign: Sign, start: &str) -> Result<Test, FilterError> {
        self.space();
        let no_condition = || FilterError::NoCondition(quoted(start));
        let no_value = || FilterError::NoValue(quoted(start));
        if self.rest().starts_with(['=', '!', '<', '>', '~']) {
            return Err(no_condition());
        }
        let written = self.value(false)?;
        let is_nothing = written.trim().is_empty();
        Ok(match sign {
            Sign::Is if is_nothing => Test::Empty,
            Sign::IsNot if is_nothing => Test::NotEmpty,
            _ if is_nothing => return Err(no_value()),
            Sign::Is => Test::OneOf(vec![Value::equal(field, &written)?]),
            Sign::IsNot => Test::NoneOf(vec![Value::equal(field, &written)?]),
            Sign::Contains => Test::Contains(Value::part(field, &written).ok_or_else(no_value)?),
            Sign::Lacks => Test::Lacks(Value::part(field, &written).ok_or_else(no_value)?),
            Sign::Order(order) => Test::Ordered(order, Value::sortable(field, &written)?),
        })
    }

    fn list(&mut self, field: Field, start: &str) -> Result<Vec<Value>, FilterError> {
        self.space();
        if !self.eat("(") {
            return Err(FilterError::NoCondition(quoted(start)));
        }
        let mut values = Vec::new();
        loop {
            self.space();
            self.count()?;
            let is_quoted = self.rest().starts_with(['"', '\'']);
            let written = self.value(true)?;
            if written.is_empty() && !is_quoted {
                return Err(FilterError::NoValue(quoted(start)));
            }
            values.push(Value::equal(field, &written)?);
            self.space();
            if self.eat(")") {
                return Ok(values);
            }
            if !self.eat(",") {
                return Err(FilterError::Unbalanced(quoted(start)));
            }
        }
    }

    /// A value, in quotes or up to what ends it.
    fn value(&mut self, in_list: bool) -> Result<String, FilterError> {
        let rest = self.rest();
        for quote in ["\"", "'"] {
            if self.eat(quote) {
                return self.until_quote(quote, rest);
            }
        }
        let (mut open, mut end) = (0_usize, rest.len());
        for (at, letter) in rest.char_indices() {
            let behind = rest.get(at..).unwrap_or_default();
            let ends = match letter {
                '(' => {
                    open += 1;
                    false
                }
                ')' => {
                    let is_end = open == 0;
                    open = open.saturating_sub(1);
                    is_end
                }
                ',' => in_list && open == 0,
                ';' => !in_list,
                _ => {
                    let is_first = rest.get(..at).is_none_or(|before| before.ends_with(char::is_whitespace) || at == 0);
                    !in_list && is_first && ["and", "or"].iter().any(|word| begins_with_word(behind, word))
                }
            };
            if ends {
                end = at;
                break;
            }
        }
        let written = rest.get(..end).unwrap_or_default();
        if open > 0 {
            return Err(FilterError::Unbalanced(quoted(written)));
        }
        self.at += end;
        Ok(written.trim().to_owned())
    }

    /// The rest of a value in quotes; a quote in it is written twice.
    fn until_quote(&mut self, quote: &str, start: &str) -> Result<String, FilterError> {
        let mut written = String::new();
        loop {
            let rest = self.rest();
            let Some((before, _)) = rest.split_once(quote) else {
                return Err(FilterError::Unclosed(quoted(start)));
            };
            written.push_str(before);
            self.at += before.len() + quote.len();
            if !self.eat(quote) {
                return Ok(written);
            }
            written.push_str(quote);
        }
    }

    fn count(&mut self) -> Result<(), FilterError> {
        self.values += 1;
        if self.values > MOST_VALUES { Err(FilterError::TooMany) } else { Ok(()) }
    }
}

/// One part as it is, several joined.
fn joined(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}

/// Returns true if a text begins with a word and ends there, or goes on with a blank or a parenthesis.
fn begins_with_word(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
        && text
            .get(word.len()..)
            .and_then(|rest| rest.chars().next())
            .is_none_or(|next| next.is_whitespace() || "();".contains(next))
}
