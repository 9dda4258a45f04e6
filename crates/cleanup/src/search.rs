//! Finds people in the snapshot whatever the form in which they are asked for: any spelling of a name, any form of a number, a part of an
//! address, an id.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use imbrace_contacts_store::sql::Database;
use memchr::memmem::Finder;
use rayon::prelude::*;

use super::entry::{Entry, Facts};
use super::error::CleanupError;
use super::filter::{Field, TypedNumber, slot_of};
use super::known::Known;
use super::normalize::email;
use super::normalize::name::{AskedName, Likeness, Name, folded};
use super::query::documents;
use super::store::{Store, contacts, plans};
use crate::model::Contact;

/// What somebody looks for, in the forms in which it is compared.
#[derive(Debug, Clone)]
pub struct SearchQuery {
    text: String,
    folded: String,
    words: Vec<String>,
    number: Option<TypedNumber>,
    address: Option<String>,
    name: Name,
}

/// How well a contact matches; the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closeness {
    /// A whole value: an id, a number, an address, a name.
    Whole,
    /// A part of a name, an address or a company, or the name in another script.
    Part,
    /// A part of anything else, or words of several fields.
    Far,
}

/// Why a contact was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatchedField {
    /// The field, by the name that answers show.
    pub field: &'static str,
    /// How well it matches.
    pub closeness: Closeness,
}

impl MatchedField {
    /// Returns true if it is what can be one contact's alone. Who asks for a whole number or id does not ask for those that have it in them.
    pub fn is_sure(&self) -> bool {
        self.closeness == Closeness::Whole && self.field != "name"
    }
}

/// A contact that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundContact {
    /// Its id.
    pub id: String,
    /// Why.
    pub matched: MatchedField,
    /// When it was made, in microseconds since 1970.
    pub created: Option<i64>,
}

/// Contacts of the snapshot that were found: the best match first, then the newest.
#[derive(Debug)]
pub struct SearchReport {
    /// How many contacts there are in all.
    pub contacts: u64,
    /// Those that match.
    pub found: Vec<FoundContact>,
    /// When the snapshot was complete last.
    pub synced_at: jiff::Timestamp,
}

const EMAIL: usize = slot_of("email");
const COMPANY: usize = slot_of("company_name");
const REMARK: usize = slot_of("remark");
const FIRST_NAME: usize = slot_of("first_name");
const LAST_NAME: usize = slot_of("last_name");
const WHATSAPP: usize = slot_of("whatsapp_id");

/// The ids of a contact elsewhere.
const ELSEWHERE: [(&str, usize); 8] = [
    ("whatsapp_id", WHATSAPP),
    ("facebook_id", slot_of("facebook_id")),
    ("messenger_id", slot_of("messenger_id")),
    ("wechat_id", slot_of("wechat_id")),
    ("line_id", slot_of("line_id")),
    ("instagram_id", slot_of("instagram_id")),
    ("odooContactID", slot_of("odooContactID")),
    ("provider_user_id", slot_of("provider_user_id")),
];

/// Characters of an id that tell enough.
const FEWEST_OF_AN_ID: usize = 4;
/// Digits of a number that tell enough.
const FEWEST_DIGITS: usize = 4;
/// Contacts or names that one processor looks at in a row; a small list is looked at by one.
const AT_ONCE: usize = 8_192;

impl SearchQuery {
    /// Reads the text of a search.
    pub fn new(text: &str) -> Self {
        let text = text.trim();
        let folded = folded(text);
        let words: Vec<String> =
            folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let is_name = !text.contains(['@', '_']) && !text.chars().any(|c| c.is_numeric());
        Self {
            number: TypedNumber::read(text),
            address: address(text),
            name: if is_name { Name::read(text) } else { Name::default() },
            text: text.to_owned(),
            folded,
            words,
        }
    }

    /// How a gateway that compares letter by letter may hold what is asked for: the text itself first.
    pub fn spellings(&self) -> Vec<String> {
        let mut spellings = vec![self.text.clone()];
        if let Some(number) = &self.number {
            spellings.extend(number.spellings());
        } else if self.folded != self.text.to_lowercase() && !self.folded.trim().is_empty() {
            spellings.push(self.folded.clone());
        }
        let mut seen = std::collections::HashSet::new();
        spellings.retain(|spelling| seen.insert(spelling.clone()));
        spellings
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Why a contact that the gateway gave matches; `None` where only the gateway knows why.
    pub fn matched(&self, contact: &Contact) -> Option<MatchedField> {
        let entry = Entry::of_contact(contact, None);
        let is_read = || !self.name.is_empty() && entry.names().iter().any(|name| self.is_read_as(name));
        self.field_of(&entry, &self.finders(), &is_read)
    }

    /// What every contact that matches by its texts has in it.
    fn finders(&self) -> Vec<Finder<'_>> {
        match self.words.as_slice() {
            [] => vec![Finder::new(self.folded.trim())],
            words => words.iter().map(|word| Finder::new(word.as_str())).collect(),
        }
    }

    /// Why a contact matches; `is_read` says whether one of its names is what is asked for, in another script.
    fn field_of(&self, entry: &Entry, finders: &[Finder<'_>], is_read: &dyn Fn() -> bool) -> Option<MatchedField> {
        let at = |closeness, field| Some(MatchedField { field, closeness });
        if self.folded.trim().is_empty() && self.words.is_empty() {
            return None;
        }
        // Most contacts hold nothing of it in whatever field, which costs one look at all of them together.
        let is_held = || finders.iter().all(|finder| entry.may_hold(finder));
        let is_number = || {
            let may = |number: &TypedNumber| {
                number.may_be_of(entry.phone_key(), &[entry.shown_phone(), entry.text(WHATSAPP)])
            };
            self.number.as_ref().is_some_and(may)
        };
        if self.address.is_none() && !is_number() && !is_held() {
            return if is_read() { at(Closeness::Part, "name") } else { None };
        }
        self.whole(entry).map_or_else(|| self.part(entry, is_read), |field| at(Closeness::Whole, field))
    }

    /// The field that is what is asked for.
    fn whole(&self, entry: &Entry) -> Option<&'static str> {
        if self.is_id(entry.id()) {
            return Some("id");
        }
        if let Some(number) = &self.number {
            if number.is(entry.phone_key(), entry.shown_phone()) {
                return Some("phone");
            }
            let account = entry.text(WHATSAPP).split('@').next().unwrap_or_default().trim();
            if !account.is_empty() && number.is(&format!("+{}", account.trim_start_matches('+')), account) {
                return Some("whatsapp_id");
            }
        }
        if let Some(wanted) = &self.address
            && let held = entry.email()
            && held.len() >= 3
            && address(held).as_ref() == Some(wanted)
        {
            return Some("email");
        }
        let is_same = |text: &str| text.trim() == self.folded.trim();
        let account = self.folded.trim().trim_start_matches('@');
        let is_account = |(_, slot): &(&str, usize)| {
            let held = entry.folded(*slot);
            !held.is_empty() && held.trim().trim_start_matches('@') == account
        };
        if let Some((field, _)) = ELSEWHERE.into_iter().find(is_account) {
            return Some(field);
        }
        let names = [entry.shown_name(), entry.folded(FIRST_NAME), entry.folded(LAST_NAME)];
        if is_same(names.first().copied().unwrap_or_default()) {
            return Some("name");
        }
        None
    }

    /// Returns true if it is the beginning of an id, or the whole of it, with its prefix or without.
    fn is_id(&self, id: &str) -> bool {
        let wanted = self.folded.trim();
        let digits = wanted.strip_prefix("con_").unwrap_or(wanted);
        digits.len() >= 8
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
            && id.strip_prefix("con_").is_some_and(|held| held.starts_with(digits))
    }

    /// The field that has it in it, or that says it in another way.
    fn part(&self, entry: &Entry, is_read: &dyn Fn() -> bool) -> Option<MatchedField> {
        let near = |field| Some(MatchedField { field, closeness: Closeness::Part });
        let far = |field| Some(MatchedField { field, closeness: Closeness::Far });
        let wanted = self.folded.trim();
        let has = |slot: usize| !wanted.is_empty() && entry.folded(slot).contains(wanted);
        let names = || [entry.shown_name(), entry.folded(FIRST_NAME), entry.folded(LAST_NAME)];
        if !wanted.is_empty() && names().iter().any(|name| name.contains(wanted)) {
            return near("name");
        }
        let is_spread = |texts: &[&str]| {
            self.words.len() > 1 && self.words.iter().all(|word| texts.iter().any(|text| text.contains(word.as_str())))
        };
        if has(EMAIL) {
            return near("email");
        }
        if has(COMPANY) {
            return near("company");
        }
        if is_spread(&names()) {
            return near("name");
        }
        if is_read() {
            return near("name");
        }
        if let Some(number) = self.number.as_ref().filter(|number| number.digits.len() >= FEWEST_DIGITS) {
            if number.is_in(entry.phone_key(), entry.shown_phone()) {
                return far("phone");
            }
            if entry.text(WHATSAPP).contains(&number.digits) {
                return far("whatsapp_id");
            }
        }
        if has(REMARK) {
            return far("remark");
        }
        if wanted.chars().count() >= FEWEST_OF_AN_ID
            && let Some((field, _)) = ELSEWHERE.into_iter().find(|(_, slot)| has(*slot))
        {
            return far(field);
        }
        let all = [
            entry.shown_name(),
            entry.folded(FIRST_NAME),
            entry.folded(LAST_NAME),
            entry.folded(EMAIL),
            entry.folded(COMPANY),
            entry.folded(REMARK),
        ];
        if is_spread(&all) {
            return far("several fields");
        }
        None
    }

    /// Which names are what is asked for, in another script.
    fn read(&self, names: &[Arc<Name>]) -> Vec<bool> {
        let of_part = |names: &[Arc<Name>]| {
            let mut asked = AskedName::new(&self.name, self.words.len() == 1);
            names.iter().map(|name| asked.may_be(name) && self.is_read_as(name)).collect::<Vec<_>>()
        };
        names.par_chunks(AT_ONCE).flat_map_iter(of_part).collect()
    }

    /// Returns true if a name is what is asked for, in another script or in another form of the same.
    fn is_read_as(&self, name: &Name) -> bool {
        let (wanted, held) = (self.name.native(), name.native());
        if !wanted.is_empty() && !held.is_empty() {
            // One form for simplified and traditional characters, and for both kana.
            let held = held.concat();
            if wanted.iter().all(|word| held.contains(word.as_str())) {
                return true;
            }
        }
        let is_across =
            if wanted.is_empty() { !held.is_empty() } else { held.is_empty() || self.name.latin().is_empty() };
        if !is_across {
            return false;
        }
        match self.name.likeness(name) {
            Likeness::Equal | Likeness::Reading | Likeness::Compatible => !held.is_empty() || !wanted.is_empty(),
            // One word is a part of every name that it stands in.
            Likeness::Part => self.words.len() == 1,
            _ => false,
        }
    }
}

/// An address as it is compared: its letters in lower case, its domain in one form.
fn address(text: &str) -> Option<String> {
    if !text.contains('@') {
        return None;
    }
    let address = email::read(text).address()?;
    let local = if email::is_provider(&address.domain) && address.domain.starts_with("gmail") {
        address.local.split('+').next().unwrap_or_default().replace('.', "")
    } else {
        address.local.clone()
    };
    Some(format!("{}@{}", local.to_lowercase(), address.comparable_domain()))
}

/// Finds contacts of the snapshot.
pub(super) async fn search(
    store: &Store,
    known: &Arc<Known>,
    query: SearchQuery,
) -> Result<SearchReport, CleanupError> {
    let known = Arc::clone(known);
    store
        .run(move |db| {
            let synced_at = contacts::synced_at(db)?;
            known.with_list(db, |list| {
                let (entries, names) = if query.name.is_empty() { (list.entries(), &[][..]) } else { list.named() };
                let read = query.read(names);
                let finders = query.finders();
                let found = entries.par_iter().with_min_len(AT_ONCE).filter_map(|entry| {
                    let is_at = |place: &u32| read.get(*place as usize).copied().unwrap_or_default();
                    let is_read = || entry.name_places().iter().any(is_at);
                    Some((entry, query.field_of(entry, &finders, &is_read)?))
                });
                let mut found: Vec<(&Entry, MatchedField)> = found.collect();
                let facts = Facts::default();
                let created = |entry: &Entry| entry.moment(Field::CREATED, &facts);
                found.sort_unstable_by(|(one, first), (other, second)| {
                    let newest = created(other).cmp(&created(one));
                    first.closeness.cmp(&second.closeness).then(newest).then_with(|| one.id().cmp(other.id()))
                });
                let contact = |(entry, matched): (&Entry, MatchedField)| FoundContact {
                    id: entry.id().to_owned(),
                    matched,
                    created: created(entry),
                };
                let contacts = entries.len() as u64;
                Ok(SearchReport { contacts, found: found.into_iter().map(contact).collect(), synced_at })
            })
        })
        .await
}

/// How many people contacts are, by links and by groups that are sure.
pub(super) fn people(db: &Database, known: &Known, ids: &[String]) -> Result<usize, CleanupError> {
    let mut person_of: HashMap<&str, usize> = ids.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
    let mut join = |members: &[&str]| {
        let mut persons: Vec<usize> = members.iter().filter_map(|id| person_of.get(id).copied()).collect();
        persons.sort_unstable();
        if let Some((first, others)) = persons.split_first().filter(|(_, others)| !others.is_empty()) {
            person_of.values_mut().filter(|person| others.contains(person)).for_each(|person| *person = *first);
        }
    };
    for id in ids {
        let others = plans::linked(db, id)?;
        let members: Vec<&str> = std::iter::once(id.as_str()).chain(others.iter().map(String::as_str)).collect();
        join(&members);
    }
    for cluster in known.sure_if_matched(db)? {
        join(&cluster.members.iter().map(String::as_str).collect::<Vec<_>>());
    }
    Ok(person_of.values().collect::<HashSet<_>>().len())
}

/// Contacts by their ids, in that order; those that are gone are left out.
pub(super) async fn contacts_of(store: &Store, ids: Vec<String>) -> Result<Vec<Contact>, CleanupError> {
    store.run(move |db| documents(db, ids.iter().map(String::as_str))).await
}
