//! One request after authentication: who asks, which path values, which query, which body.

use bytes::Bytes;
use serde_json::Value;
use url::form_urlencoded;

use super::authentication::Caller;
use super::reply::Reply;
use super::store::Window;
use super::upload::Part;
use super::{AbovePage, Limits};

/// How many rows a page has when the request does not say; the dashboard asks for as many.
const DEFAULT_LIMIT: u64 = 10;

/// What a handler may look at.
pub(super) struct Call {
    /// Whose credential it was.
    pub(super) caller: Caller,
    /// Path values by name, decoded.
    pub(super) path: Vec<(String, String)>,
    /// Query pairs in order, decoded.
    pub(super) query: Vec<(String, String)>,
    /// The body as it came.
    pub(super) body: Bytes,
    /// The first file of a multipart body.
    pub(super) part: Option<Part>,
    /// A fault: an update is taken for the whole contact.
    pub(super) replaces: bool,
}

impl Call {
    /// A path value; empty when the route has none of that name.
    pub(super) fn id(&self, name: &str) -> &str {
        find(&self.path, name).unwrap_or_default()
    }

    /// The first query value of a name.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// Every query value of a name that repeats.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    /// `limit` and `skip` of the query; the refusal when they are no such numbers.
    pub(super) fn window(&self, limits: &Limits) -> Result<Window, Reply> {
        let limit = limits.page_of(number("limit", self.query("limit"), 1)?.unwrap_or(DEFAULT_LIMIT))?;
        let skip = number("skip", self.query("skip"), 0)?.unwrap_or(0);
        Ok(Window { limit, skip })
    }

    /// The body as JSON; the refusal when it is none.
    pub(super) fn json(&self) -> Result<Value, Reply> {
        if self.body.is_empty() {
            return Err(Reply::invalid("FST_ERR_CTP_EMPTY_JSON_BODY", "Body cannot be empty"));
        }
        serde_json::from_slice(&self.body)
            .map_err(|_| Reply::invalid("FST_ERR_CTP_INVALID_JSON_BODY", "Body is not valid JSON"))
    }
}

impl Limits {
    /// How many rows a page of this `limit` has at most; the refusal when it is too large.
    pub(super) fn page_of(&self, limit: u64) -> Result<u64, Reply> {
        match self.above_page {
            AbovePage::Refuse if limit > self.page => {
                let message = format!("querystring/limit must be <= {}", self.page);
                Err(Reply::invalid("FST_ERR_VALIDATION", &message))
            }
            _ => Ok(limit.min(self.page)),
        }
    }
}

/// Query pairs of a query text.
pub(super) fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}

fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// A number of at least `least`; refused in the words of the framework that the recorded gateway runs on.
fn number(name: &str, text: Option<&str>, least: u64) -> Result<Option<u64>, Reply> {
    let Some(text) = text else { return Ok(None) };
    let Ok(number) = text.parse::<i64>() else {
        return Err(Reply::invalid("FST_ERR_VALIDATION", &format!("querystring/{name} must be integer")));
    };
    match u64::try_from(number) {
        Ok(number) if number >= least => Ok(Some(number)),
        _ => Err(Reply::invalid("FST_ERR_VALIDATION", &format!("querystring/{name} must be >= {least}"))),
    }
}
