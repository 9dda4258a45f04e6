//! Raw values as what they stand for.

use super::error::Error;
use super::source::Layer;

impl Layer {
    /// The texts of a list; none when it was not given.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        self.get(name).map(|given| given.texts.clone()).unwrap_or_default()
    }

    /// A whole number.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Error> {
        let Some(given) = self.get(name) else { return Ok(None) };
        given.text().trim().parse().map(Some).map_err(|_| given.refused("a whole number, 0 or more", None))
    }

    /// Whether something is on; off when it was not given.
    pub(super) fn switch(&self, name: &str) -> Result<bool, Error> {
        let Some(given) = self.get(name) else { return Ok(false) };
        match given.text().trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err(given.refused("true or false", None)),
        }
    }

    /// Whether a value is the second of two words; the first is the default.
    pub(super) fn is_other(&self, name: &str, [usual, other]: [&str; 2]) -> Result<bool, Error> {
        match self.get(name) {
            None => Ok(false),
            Some(given) if given.text().trim() == usual => Ok(false),
            Some(given) if given.text().trim() == other => Ok(true),
            Some(given) => Err(given.refused(&format!("{usual} or {other}"), None)),
        }
    }
}
