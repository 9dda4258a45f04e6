//! Rows of other people's files as changes of contacts: which contact a row is about, which fields it changes, and which rows are left.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use imbrace_contacts_client::plural::counted;
use imbrace_contacts_store::sql::Database;
use serde_json::{Map, Value};

use super::Subject;
use super::error::CleanupError;
use super::findings::{Fixability, Kind, ValueCounts, findings};
use super::known::Known;
use super::normalize::email;
use super::normalize::phone::{Reading, Region, of_subject};
use super::report::{Change, ImportKey, ImportReport, ImportRequest, ImportRow, LeftRow};
use super::store::{Store, contacts};
use super::value::same;
use crate::model::{ContactChanges, UPDATABLE_FIELDS};

/// Findings that say that a value is not what somebody meant: it is not written over another one, and not into an empty field.
const DOUBTFUL: [Kind; 16] = [
    Kind::JunkName,
    Kind::PlaceholderName,
    Kind::NameMojibake,
    Kind::PhoneLegacy,
    Kind::PhoneExtra,
    Kind::PhoneGuess,
    Kind::PhoneJunk,
    Kind::PhoneInvalid,
    Kind::EmailExtra,
    Kind::EmailSlip,
    Kind::EmailJunk,
    Kind::EmailInvalid,
    Kind::EmailNotRead,
    Kind::BirthdayAmbiguous,
    Kind::BirthdayImpossible,
    Kind::BirthdayNotRead,
];

/// Says what rows would change; nothing is planned.
pub(super) async fn import(
    store: &Store,
    known: &Arc<Known>,
    request: ImportRequest,
    is_loopback: bool,
) -> Result<ImportReport, CleanupError> {
    let known = Arc::clone(known);
    store
        .run(move |db| {
            contacts::synced_at(db)?;
            let index = Index::of(db, &known)?;
            let mut import =
                Import { db, known: &known, request: &request, is_loopback, index, report: ImportReport::default() };
            let mut taken: BTreeMap<(String, String), (u64, Value)> = BTreeMap::new();
            for row in &request.rows {
                import.row(row, &mut taken)?;
            }
            let Import { mut report, .. } = import;
            report.changes =
                taken.into_iter().map(|((contact, field), (_, value))| Change { contact, field, value }).collect();
            Ok(report)
        })
        .await
}

/// Contacts by the values that tell whose a row is.
struct Index {
    emails: HashMap<String, Vec<String>>,
    phones: HashMap<String, Vec<String>>,
}

fn comparable_email(text: &str) -> Option<String> {
    let address = email::read(text).address()?;
    Some(format!("{}@{}", address.local, address.comparable_domain()))
}

impl Index {
    fn of(db: &Database, known: &Known) -> Result<Self, CleanupError> {
        known.with_list(db, |list| {
            let (mut emails, mut phones) =
                (HashMap::<String, Vec<String>>::new(), HashMap::<String, Vec<String>>::new());
            for entry in list.entries() {
                if let Some(address) = comparable_email(entry.email()) {
                    emails.entry(address).or_default().push(entry.id().to_owned());
                }
                if !entry.phone_key().is_empty() {
                    phones.entry(entry.phone_key().to_owned()).or_default().push(entry.id().to_owned());
                }
            }
            Ok(Self { emails, phones })
        })
    }
}

/// The contact that a row is about.
enum Owner {
    /// This one, by its id.
    Contact(String),
    /// None of the list: the row would be a new contact.
    Nobody,
    /// It cannot be told, and why.
    Unclear(String),
}

/// An import under way.
struct Import<'a> {
    db: &'a Database,
    known: &'a Known,
    request: &'a ImportRequest,
    is_loopback: bool,
    index: Index,
    report: ImportReport,
}

/// The value of a field of a row.
fn value<'r>(row: &'r ImportRow, field: &str) -> &'r str {
    row.values.iter().find(|(name, _)| name == field).map(|(_, value)| value.trim()).unwrap_or_default()
}

/// A row as the fields of a contact, over those that the contact has.
fn overlaid(contact: Option<&Map<String, Value>>, row: &ImportRow) -> String {
    let mut fields = contact.cloned().unwrap_or_default();
    for (field, value) in row.values.iter().filter(|(_, value)| !value.trim().is_empty()) {
        if field != "id" {
            fields.insert(field.clone(), Value::from(value.trim()));
        }
    }
    Value::Object(fields).to_string()
}

fn comparable_phone(document: &str, region: Option<Region>) -> Option<String> {
    match of_subject(&Subject::read(document).ok()?, region) {
        Reading::Number { phone, .. } => Some(phone.comparable()),
        _ => None,
    }
}

impl Import<'_> {
    fn leave(&mut self, row: &ImportRow, is_new: bool, reason: impl Into<String>) {
        self.report.left.push(LeftRow { line: row.line, is_new, reason: reason.into() });
    }

    /// The contact that a row is about.
    fn owner(&self, row: &ImportRow) -> Result<Owner, CleanupError> {
        let wanted = |key: ImportKey| self.request.key.is_none_or(|only| only == key);
        let id = value(row, "id");
        if wanted(ImportKey::Id) && !id.is_empty() {
            let whole = match contacts::whole_id(self.db, id)? {
                Ok(whole) => whole,
                Err(error) => return Ok(Owner::Unclear(error.to_string())),
            };
            return Ok(match contacts::document(self.db, &whole)? {
                Some(_) => Owner::Contact(whole),
                None => Owner::Unclear("no contact of the list has this id".to_owned()),
            });
        }
        let email = comparable_email(value(row, "email"));
        let phone = comparable_phone(&overlaid(None, row), self.known.default_region());
        let mut found: Vec<(&str, &[String])> = Vec::new();
        if wanted(ImportKey::Email)
            && let Some(contacts) = email.as_ref().and_then(|key| self.index.emails.get(key))
        {
            found.push(("e-mail", contacts));
        }
        if wanted(ImportKey::Phone)
            && let Some(contacts) = phone.as_ref().and_then(|key| self.index.phones.get(key))
        {
            found.push(("phone", contacts));
        }
        let has_key = [(ImportKey::Email, "email"), (ImportKey::Phone, "phone_number")]
            .iter()
            .any(|(key, field)| wanted(*key) && !value(row, field).is_empty());
        if !has_key {
            return Ok(Owner::Unclear("the row has no value in a key column".to_owned()));
        }
        let Some((_, first)) = found.first() else {
            let is_read = email.is_some() || phone.is_some();
            let unread = || Owner::Unclear("its e-mail or phone cannot be read".to_owned());
            return Ok(if is_read { Owner::Nobody } else { unread() });
        };
        let shared: Vec<&String> = first.iter().filter(|id| found.iter().all(|(_, ids)| ids.contains(id))).collect();
        Ok(match shared.as_slice() {
            [one] => self.same_person(row, one)?,
            [] => Owner::Unclear("its e-mail is one contact's and its phone another one's".to_owned()),
            several => Owner::Unclear(format!(
                "{} share its {}",
                counted(several.len() as u64, "contact"),
                found.iter().map(|(key, _)| *key).collect::<Vec<_>>().join(" and ")
            )),
        })
    }

    /// A number or an address may be a family's: the names and birthdays must not speak of two people.
    fn same_person(&self, row: &ImportRow, id: &str) -> Result<Owner, CleanupError> {
        let document = overlaid(None, row);
        let subject = Subject::read(&document).map_err(|_| CleanupError::Unreadable { count: 1 })?;
        let is_other = self.known.with(self.db, |matcher| matcher.is_other_person(&subject, id))?;
        Ok(if is_other {
            Owner::Unclear(format!("its name or birthday is not that of {id}, who has its key"))
        } else {
            Owner::Contact(id.to_owned())
        })
    }

    fn row(
        &mut self,
        row: &ImportRow,
        taken: &mut BTreeMap<(String, String), (u64, Value)>,
    ) -> Result<(), CleanupError> {
        let id = match self.owner(row)? {
            Owner::Contact(id) => id,
            Owner::Nobody => {
                self.leave(row, true, "it would be a new contact, which the gateway has no call for");
                return Ok(());
            }
            Owner::Unclear(reason) => {
                self.leave(row, false, reason);
                return Ok(());
            }
        };
        self.report.matched += 1;
        let changes = self.changes(row, &id)?;
        let mut is_changed = false;
        for (field, value) in changes {
            let key = (id.clone(), field);
            match taken.get(&key) {
                Some((line, before)) if *before != value => {
                    let reason = format!("line {line} sets another {} of the same contact", key.1);
                    self.leave(row, false, reason);
                }
                Some(_) => {}
                None => {
                    is_changed = true;
                    taken.insert(key, (row.line, value));
                }
            }
        }
        self.report.unchanged += u64::from(!is_changed);
        Ok(())
    }

    /// The changes that a row makes to a contact: its values as a safe fix would write them, where they mean something else than the contact's.
    fn changes(&mut self, row: &ImportRow, id: &str) -> Result<Vec<(String, Value)>, CleanupError> {
        let Some(text) = contacts::document(self.db, id)? else { return Ok(Vec::new()) };
        let held: Map<String, Value> = serde_json::from_str(&text)?;
        let document = overlaid(Some(&held), row);
        let region = self.known.default_region();
        let subject = Subject::read(&document).map_err(|_| CleanupError::Unreadable { count: 1 })?;
        let before = Subject::read(&text).map_err(|_| CleanupError::Unreadable { count: 1 })?;
        let given = |field: &str| !value(row, field).is_empty();
        let mut wanted: BTreeMap<String, String> = row
            .values
            .iter()
            .filter(|(field, value)| UPDATABLE_FIELDS.contains(&field.as_str()) && !value.trim().is_empty())
            .map(|(field, value)| (field.clone(), value.trim().to_owned()))
            .collect();
        let number = comparable_phone(&document, region);
        if number.is_some() && number == comparable_phone(&text, region) {
            // The same number in another form.
            wanted.remove("phone_number");
            wanted.remove("area_code");
        }
        let address = comparable_email(&subject.email);
        if address.is_some() && address == comparable_email(&before.email) {
            wanted.remove("email");
        }
        let found = findings(&subject, &ValueCounts::of_default_region(region));
        for finding in &found {
            let is_doubtful = DOUBTFUL.contains(&finding.kind);
            let fields: &[&str] =
                if finding.field == "phone_number" { &["phone_number", "area_code"] } else { &[finding.field] };
            if is_doubtful && fields.iter().any(|field| given(field) && wanted.contains_key(*field)) {
                fields.iter().for_each(|field| drop(wanted.remove(*field)));
                self.leave(row, false, format!("{}: not taken, {}", finding.field, finding.kind.name()));
            }
        }
        for finding in found.iter().filter(|finding| finding.kind.fixability() == Fixability::Safe) {
            let is_given = |field: &str| {
                wanted.contains_key(field) || (field == "area_code" && wanted.contains_key("phone_number"))
            };
            if finding.fix.iter().all(|(field, _)| is_given(field)) {
                wanted.extend(finding.fix.iter().map(|(field, fixed)| ((*field).to_owned(), fixed.clone())));
            }
        }
        if let Some(note) = wanted.get_mut("remark") {
            let held = before.remark.trim();
            if held.contains(note.as_str()) {
                wanted.remove("remark");
            } else if !held.is_empty() {
                // Nothing that somebody wrote is lost.
                *note = format!("{}\n{note}", before.remark);
            }
        }
        if self.request.only_empty {
            wanted.retain(|field, _| before.value(field).trim().is_empty() || field == "remark");
        }
        let mut changes = Vec::new();
        for (field, value) in wanted {
            let one = Map::from_iter([(field.clone(), Value::from(value))]);
            match ContactChanges::check_for(one, self.is_loopback) {
                Ok(checked) => {
                    let sent = checked.to_json().into_iter();
                    changes.extend(sent.filter(|(field, value)| !same(field, held.get(field), Some(value))));
                }
                Err(error) => self.leave(row, false, format!("{field}: not taken, {error}")),
            }
        }
        Ok(changes)
    }
}
