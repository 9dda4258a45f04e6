//! A fill: what the survivor of a group has not, from the others. Whole values only, and none that the audit would tell of.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::draft::Drafter;
use crate::Subject;
use crate::findings::{Finding, Fixability, Kind, ValueCounts, findings};
use crate::model::{Contact, UPDATABLE_FIELDS};
use crate::normalize::filler::says_none;
use crate::normalize::phone::{Reading, Region, of_subject};
use crate::value::{is_unset, text};
use crate::whole_value::{NAMES, NUMBER, TOGETHER};

/// Rounds of safe fixes of a value; the fixes of one field agree, so that the second finds nothing.
const ROUNDS: usize = 3;

/// Why a number is not filled in.
const HALF: &str = "a country code without a number stands there already";

/// A contact's fields.
type Fields = Map<String, Value>;

/// Fills groups, over what the whole list says of values.
pub(super) struct Filler<'a> {
    /// Counts the list, and what is filled besides.
    pub(super) value_counts: &'a mut ValueCounts,
    /// The region of numbers whose contact says nothing of its country.
    pub(super) region: Option<Region>,
}

impl Filler<'_> {
    /// Fills what the survivor has not, from the first of the others that has it whole and without a fault. Never a shown name, which the
    /// gateway makes.
    pub(super) fn fill(
        &mut self,
        drafter: &mut Drafter,
        (id, survivor): (&str, &Contact),
        others: &[(&str, Contact)],
        has_remark: bool,
    ) {
        let mut sum = fields_of(survivor);
        let mut filled = BTreeSet::new();
        for set in sets().filter(|set| !has_remark || set != &["remark"]) {
            // A country code alone is no number.
            let has = |contact: &Contact| {
                let mut asked = set.iter().filter(|field| **field != "area_code");
                asked.any(|field| !is_unset(contact.record().raw(field)))
            };
            let mut givers = others.iter().filter(|(_, other)| has(other)).peekable();
            if has(survivor) || givers.peek().is_none() {
                continue;
            }
            if set.iter().any(|field| !is_unset(survivor.record().raw(field))) {
                drafter.leave_out(HALF);
                continue;
            }
            let mut objection = None;
            for (giver, given) in givers {
                match self.values(&sum, given, &set, &filled) {
                    Ok(values) => {
                        let proposed = values.iter().map(|(field, value)| (*field, value.as_str().into())).collect();
                        if drafter.propose_whole((id, survivor), proposed, Some((giver, given))) {
                            filled.extend(values.iter().map(|(field, _)| *field));
                            put(&mut sum, &values);
                        }
                        objection = None;
                        break;
                    }
                    Err(reason) => objection = objection.or(Some(reason)),
                }
            }
            if let Some(reason) = objection {
                drafter.leave_out(&reason);
            }
        }
    }

    /// The values that a contact gives for fields that are one value, in the audit's form; or the reason why it gives none.
    fn values(
        &mut self,
        survivor: &Fields,
        given: &Contact,
        set: &[&'static str],
        filled: &BTreeSet<&'static str>,
    ) -> Result<Vec<(&'static str, String)>, String> {
        let mut giver = fields_of(given);
        let wanted = number(&giver, self.region);
        if set.contains(&"first_name") {
            // A filler in these is told of the shown name, which may be another one.
            giver.insert("display_name".to_owned(), joined(&giver).into());
        }
        self.correct(&mut giver, set)?;
        let values: Vec<(&str, String)> =
            set.iter().map(|field| (*field, text(giver.get(*field)))).filter(|(_, value)| !value.is_empty()).collect();
        if values.is_empty() || values.iter().any(|(_, value)| says_none(&value.trim().to_lowercase())) {
            return Err("a value to copy says that there is none".to_owned());
        }
        let mut after = survivor.clone();
        put(&mut after, &values);
        // A value that many share is no person's own, and this contact would be one more that has it.
        let mut alone = Fields::new();
        put(&mut alone, &values);
        with_subject(&alone, |subject| self.value_counts.count(subject));
        let watched: BTreeSet<&str> = filled.iter().chain(set).copied().collect();
        let before = self.told(survivor, &watched);
        let is_new = |found: &Finding| !before.iter().any(|old| (old.kind, old.field) == (found.kind, found.field));
        if let Some(found) = self.told(&after, &watched).into_iter().find(is_new) {
            return Err(faulty(found.kind));
        }
        if *set == NUMBER && number(&after, self.region) != wanted {
            return Err("a number to copy would be read as another one".to_owned());
        }
        Ok(values)
    }

    /// Makes the safe fixes of fields; or says what is wrong with them besides.
    fn correct(&self, giver: &mut Fields, set: &[&'static str]) -> Result<(), String> {
        let watched = set.iter().copied().collect();
        for _ in 0..ROUNDS {
            let found = self.told(giver, &watched);
            let is_kept = |found: &Finding| found.kind.fixability() != Fixability::Safe || found.fix.is_empty();
            if let Some(found) = found.iter().find(|found| is_kept(found)) {
                return Err(faulty(found.kind));
            }
            if found.is_empty() {
                return Ok(());
            }
            for (field, value) in found.into_iter().flat_map(|found| found.fix) {
                giver.insert(field.to_owned(), value.into());
            }
        }
        self.told(giver, &watched).first().map_or(Ok(()), |found| Err(faulty(found.kind)))
    }

    /// The audit's findings of some fields. A finding of one part of the name counts for every part.
    fn told(&self, fields: &Fields, watched: &BTreeSet<&str>) -> Vec<Finding> {
        let is_name = NAMES.iter().any(|part| watched.contains(part));
        let is_watched = |field: &str| watched.contains(field) || (is_name && field == "display_name");
        let mut told = Vec::new();
        with_subject(fields, |subject| {
            told = findings(subject, self.value_counts);
            told.retain(|finding| is_watched(finding.field));
        });
        told
    }
}

/// The fields that are filled: those that are one value, then each alone.
fn sets() -> impl Iterator<Item = Vec<&'static str>> {
    let single = |field: &&&str| **field != "display_name" && !TOGETHER.iter().flatten().any(|other| other == *field);
    let alone = UPDATABLE_FIELDS.iter().filter(single).map(|field| vec![*field]);
    TOGETHER.iter().map(|pair| pair.to_vec()).chain(alone)
}

fn faulty(kind: Kind) -> String {
    format!("a value to copy is faulty: {}", kind.name())
}

fn fields_of(contact: &Contact) -> Fields {
    match serde_json::to_value(contact.record()) {
        Ok(Value::Object(fields)) => fields,
        _ => Fields::new(),
    }
}

/// Puts values where nothing stands; the gateway makes a shown name of the two others where there is none.
fn put(fields: &mut Fields, values: &[(&'static str, String)]) {
    for (field, value) in values {
        fields.insert((*field).to_owned(), value.as_str().into());
    }
    if values.iter().any(|(field, _)| NAMES.contains(field)) && is_unset(fields.get("display_name")) {
        fields.insert("display_name".to_owned(), joined(fields).into());
    }
}

fn joined(fields: &Fields) -> String {
    let parts = NAMES.map(|part| text(fields.get(part)));
    parts.join(" ").trim().to_owned()
}

/// The number that a contact's fields mean.
fn number(fields: &Fields, region: Option<Region>) -> Option<String> {
    let mut number = None;
    with_subject(fields, |subject| {
        if let Reading::Number { phone, .. } = of_subject(subject, region) {
            number = Some(phone.comparable());
        }
    });
    number
}

fn with_subject(fields: &Fields, show: impl FnOnce(&Subject<'_>)) {
    let document = serde_json::to_string(fields).unwrap_or_default();
    if let Ok(subject) = Subject::read(&document) {
        show(&subject);
    }
}
