//! Short ids for whole ids: the prefix and the first 8 hex digits of the UUID, `con_66d67483`.
//!
//! A whole id costs a model 25 tokens, a short one 7 to 9. A short id resolves exactly, to what it was given out for, and never as a
//! prefix: a mistyped one must not hit another contact. For the same reason a new id whose short form would differ from a known one
//! in a single digit, or in two neighbours that changed places, gets a longer one.
//!
//! With a [`Store`] every process of the tenant resolves what any other has shown. A call chooses the short forms by what this process
//! knows, and [`ShortIds::commit`] gives them out before the answer leaves. Where the store knows better, or cannot be written,
//! [`Corrections`] put the right form, or the whole id, into the answer.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use imbrace_contacts_store::short_id::{any_look_alike, looks_short};
use imbrace_contacts_store::{Found, Known, LongId, Milliseconds, Store, StoreError, Tenant, day};
use serde_json::Value;

/// How many ids a process remembers; the one that was shown first goes first. About 120 bytes each.
pub const REMEMBERED: usize = 100_000;

/// Days after which what a process remembers is looked up again: another process may have removed it by then, but not before.
const TRUSTED_DAYS: i64 = 30;

/// Whether answers show short or whole ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IdStyle {
    /// Short ids.
    #[default]
    Short,
    /// Whole ids, where nothing is kept that other processes could resolve short ones by.
    Whole,
}

/// The short ids of one tenant, as one call sees them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ShortIds {
    inner: Arc<Inner>,
    // std mutex: held for map look-ups, never across an await.
    call: Arc<Mutex<ThisCall>>,
}

#[derive(Debug)]
struct Inner {
    style: IdStyle,
    // std mutex: held for map look-ups, never across an await.
    table: Mutex<Table>,
    shared: Option<(Arc<dyn Store>, Tenant)>,
}

/// What one call has shown or asked for, beside what the process knows.
#[derive(Debug, Default)]
struct ThisCall {
    /// The form in which ids were shown that are to be given out, or to be remembered as shown today.
    shown: HashMap<LongId, String>,
    forms: HashSet<String>,
    /// Short ids that look like one that is asked for and unknown.
    nearest: HashMap<String, Vec<String>>,
    /// Why unknown ones could not be looked up.
    fault: Option<StoreError>,
}

/// Why a short id stands for no id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownShortId {
    /// Known short ids that look alike, nearest first.
    pub nearest: Vec<String>,
    /// Why nobody can tell whether it was given out.
    pub fault: Option<StoreError>,
}

/// The name of [`ShortIds`] in version 0.1.
#[deprecated(since = "0.2.0", note = "renamed to `ShortIds`")]
pub type Handles = ShortIds;

/// The name of [`UnknownShortId`] in version 0.1.
#[deprecated(since = "0.2.0", note = "renamed to `UnknownShortId`")]
pub type UnknownHandle = UnknownShortId;

impl ShortIds {
    /// An empty table that this process alone knows.
    pub fn new(style: IdStyle) -> Self {
        Self::with_capacity(style, REMEMBERED)
    }

    /// An empty table that remembers at most `capacity` ids, and at least one.
    pub fn with_capacity(style: IdStyle, capacity: usize) -> Self {
        Self::over(style, capacity, None)
    }

    /// The short ids of a tenant, which every process over this store gives out and resolves.
    pub fn stored(store: Arc<dyn Store>, tenant: Tenant) -> Self {
        Self::over(IdStyle::Short, REMEMBERED, Some((store, tenant)))
    }

    fn over(style: IdStyle, capacity: usize, shared: Option<(Arc<dyn Store>, Tenant)>) -> Self {
        let table = Mutex::new(Table { capacity: capacity.max(1), ..Table::default() });
        Self { inner: Arc::new(Inner { style, table, shared }), call: Arc::default() }
    }

    /// The same short ids for another call.
    #[must_use]
    pub fn for_call(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), call: Arc::default() }
    }

    /// How an id is shown: short, or whole where it is no prefix and UUID, or where short ids are off.
    pub fn show(&self, id: &str) -> String {
        if self.inner.style == IdStyle::Whole && !looks_short(id) {
            return id.to_owned();
        }
        let Some(long) = LongId::parse(id) else { return id.to_owned() };
        let today = day(now());
        let mut table = self.table();
        if self.inner.shared.is_none() {
            return table.shorten(&long, today).unwrap_or_else(|| id.to_owned());
        }
        if let Some((form, shown)) = table.form_of(&long) {
            if shown < today {
                self.call().shown.insert(long, form.clone());
            }
            return form;
        }
        let mut call = self.call();
        if let Some(form) = call.shown.get(&long) {
            return form.clone();
        }
        let is_free = |form: &String| {
            matches!(long, LongId::Itself(_))
                || !any_look_alike(form, |other| table.is_known(other) || call.forms.contains(other))
        };
        let Some(form) = long.forms().into_iter().find(is_free) else { return id.to_owned() };
        call.forms.insert(form.clone());
        call.shown.insert(long, form.clone());
        form
    }

    /// The whole id of a short one; `None` when the text does not look like a short id of a known prefix.
    ///
    /// # Errors
    /// [`UnknownShortId`] when it looks like one but was never given out, or was forgotten.
    pub fn whole(&self, short: &str) -> Option<Result<String, UnknownShortId>> {
        let known = || {
            self.known(short).ok_or_else(|| {
                let call = self.call();
                let mut nearest = call.nearest.get(short).cloned().unwrap_or_default();
                nearest.extend(self.table().nearest(short));
                let mut seen = HashSet::new();
                nearest.retain(|other| seen.insert(other.clone()));
                nearest.truncate(NEAREST);
                UnknownShortId { nearest, fault: call.fault.clone() }
            })
        };
        looks_short(short).then(known)
    }

    /// The whole id of a short one that was given out; `None` for every other text.
    pub fn known(&self, short: &str) -> Option<String> {
        self.table().ids.get(short).map(|(id, _)| id.to_string())
    }

    /// How many ids this process remembers.
    pub fn count(&self) -> usize {
        self.table().ids.len()
    }

    /// Looks up those of these words that look like short ids and that this process does not know.
    pub async fn look_up(&self, words: impl Iterator<Item = &str>) {
        let Some((store, tenant)) = self.inner.shared.clone() else { return };
        let since = day(now()) - TRUSTED_DAYS;
        let mut unknown: Vec<String> = {
            let table = self.table();
            let is_known = |short: &str| table.ids.get(short).is_some_and(|(_, shown)| *shown >= since);
            words.filter(|word| looks_short(word) && !is_known(word)).map(str::to_owned).collect()
        };
        unknown.sort_unstable();
        unknown.dedup();
        if unknown.is_empty() {
            return;
        }
        let asked = unknown.clone();
        let found = blocking(move || store.look_up(&tenant, &asked)).await;
        let (mut table, mut call) = (self.table(), self.call());
        match found {
            Ok(found) => {
                for (short, found) in unknown.into_iter().zip(found) {
                    match found {
                        Found::Known(known) => table.remember(&known),
                        Found::Unknown(nearest) => {
                            table.remove(&short);
                            call.nearest.insert(short, nearest);
                        }
                    }
                }
            }
            Err(fault) => {
                tracing::warn!(reason = %fault, "short ids cannot be looked up");
                call.fault = Some(fault);
            }
        }
    }

    /// Gives out the short ids that this call has shown, for every process of the tenant; they are on the disk when this returns.
    pub async fn commit(&self) -> Corrections {
        let mut corrections = Corrections::default();
        let shown = std::mem::take(&mut self.call().shown);
        let Some((store, tenant)) = self.inner.shared.clone().filter(|_| !shown.is_empty()) else { return corrections };
        let (ids, forms): (Vec<LongId>, Vec<String>) = shown.into_iter().unzip();
        let asked = ids.clone();
        let given = blocking(move || {
            let now = now();
            let given = store.give_out(&tenant, &asked, now)?;
            // What nobody has been shown for long is removed once a day; the answer is right without it.
            if let Err(fault) = store.sweep(now) {
                tracing::warn!(reason = %fault, "old short ids are not removed");
            }
            Ok(given)
        });
        match given.await {
            Ok(given) => {
                let mut table = self.table();
                for ((id, form), known) in ids.iter().zip(forms).zip(given) {
                    let right = match known {
                        Some(known) => {
                            table.remember(&known);
                            known.short
                        }
                        None => id.to_string(),
                    };
                    corrections.add(form, right);
                }
            }
            Err(fault) => {
                tracing::warn!(reason = %fault, "short ids cannot be kept, so that answers show whole ones");
                let table = self.table();
                for (id, form) in ids.iter().zip(forms) {
                    // What was given out before stays good.
                    if table.form_of(id).is_none() {
                        corrections.add(form, id.to_string());
                    }
                }
            }
        }
        corrections
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // A panic while the lock was held leaves at worst a short id without an entry, which reads as unknown.
        self.inner.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // Taken after the table where both are.
    fn call(&self) -> MutexGuard<'_, ThisCall> {
        self.call.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now() -> Milliseconds {
    jiff::Timestamp::now().as_millisecond()
}

/// Does something with the store off the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(broken) => Err(StoreError::Busy { file: broken.to_string().into() }),
    }
}

/// Short forms that an answer shows and should not, and what belongs in their places.
#[derive(Debug, Default)]
pub struct Corrections {
    forms: HashMap<String, String>,
}

impl Corrections {
    fn add(&mut self, shown: String, right: String) {
        if shown != right {
            self.forms.insert(shown, right);
        }
    }

    /// A text with the right forms. Only whole words are replaced, all at once: one id's right form may be another's wrong one.
    pub fn text(&self, text: String) -> String {
        if self.forms.is_empty() {
            return text;
        }
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
        let mut right = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            right.push_str(self.forms.get(word).map_or(word, String::as_str));
            let begin = after.find(is_part).unwrap_or(after.len());
            let (between, next) = after.split_at(begin);
            right.push_str(between);
            rest = next;
        }
        right
    }

    /// The same for every text in a JSON value.
    pub fn json(&self, value: &mut Value) {
        if self.forms.is_empty() {
            return;
        }
        match value {
            Value::String(text) => *text = self.text(std::mem::take(text)),
            Value::Array(values) => values.iter_mut().for_each(|value| self.json(value)),
            Value::Object(values) => values.values_mut().for_each(|value| self.json(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Known short ids that an error names.
const NEAREST: usize = 3;

/// The ids that this process knows, bounded.
#[derive(Debug, Default)]
struct Table {
    /// By its short id what it stands for, and the day on which it was last shown.
    ids: HashMap<Arc<str>, (LongId, i64)>,
    /// The short ids, oldest first.
    order: VecDeque<Arc<str>>,
    capacity: usize,
}

impl Table {
    /// The short form of an id and when it was last shown.
    fn form_of(&self, id: &LongId) -> Option<(String, i64)> {
        let shown =
            |form: &String| self.ids.get(form.as_str()).filter(|(known, _)| known == id).map(|(_, shown)| *shown);
        id.forms().into_iter().find_map(|form| shown(&form).map(|shown| (form, shown)))
    }

    /// The short form of an id, given out now if it was not before; `None` when every length is taken.
    fn shorten(&mut self, id: &LongId, today: i64) -> Option<String> {
        if let Some((known, _)) = self.form_of(id) {
            return Some(known);
        }
        let is_free = |form: &String| !any_look_alike(form, |other| self.is_known(other));
        let short = match id {
            LongId::Itself(text) if self.is_known(text) => return Some(text.clone()),
            LongId::Itself(text) => text.clone(),
            LongId::Uuid(..) => id.forms().into_iter().find(is_free)?,
        };
        self.remember(&Known { short: short.clone(), id: id.clone(), shown: today });
        Some(short)
    }

    fn is_known(&self, short: &str) -> bool {
        self.ids.contains_key(short)
    }

    /// Remembers what a short id stands for.
    fn remember(&mut self, known: &Known) {
        if let Some(kept) = self.ids.get_mut(known.short.as_str()) {
            *kept = (known.id.clone(), known.shown);
            return;
        }
        while self.ids.len() >= self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        let short: Arc<str> = known.short.as_str().into();
        self.order.push_back(Arc::clone(&short));
        self.ids.insert(short, (known.id.clone(), known.shown));
    }

    fn remove(&mut self, short: &str) {
        if self.ids.remove(short).is_some() {
            self.order.retain(|known| **known != *short);
        }
    }

    /// Up to three known short ids of the same prefix that differ in at most three digits, as far as the shorter one goes.
    fn nearest(&self, short: &str) -> Vec<String> {
        let prefix = short.split_inclusive('_').next().unwrap_or_default();
        let difference = |known: &str| known.bytes().zip(short.bytes()).filter(|(one, other)| one != other).count();
        let same = self.order.iter().filter(|known| known.starts_with(prefix));
        let mut near: Vec<_> = same.map(|known| (difference(known), known.len(), known)).collect();
        near.retain(|(difference, ..)| *difference <= 3);
        near.sort();
        near.into_iter().take(NEAREST).map(|(.., known)| known.to_string()).collect()
    }
}
