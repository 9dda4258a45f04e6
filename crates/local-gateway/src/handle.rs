//! What a test does to the data besides asking: people who add, edit and delete, and a look at every byte.

use serde_json::{Map, Value};

use super::LocalGateway;
use super::concurrent_edits::{self, ConcurrentEdits};
use super::people::{Contact, time};
use super::store::StoreError;
use super::tallies::Tallies;

/// These wait for SQLite, some microseconds each; [`LocalGateway::contacts_json`] reads everything.
impl LocalGateway {
    /// Adds made-up contacts as if they had just come: `created_at` is now, `updated_at` is null. Their ids.
    ///
    /// # Errors
    /// [`StoreError`] when the data does not take them.
    pub fn insert_contacts(&self, count: u64) -> Result<Vec<String>, StoreError> {
        concurrent_edits::insert(&self.shared.store, 0, count, time::now)
    }

    /// Adds a contact with these fields; `id` and `created_at` are made when they are missing. Its id.
    ///
    /// # Errors
    /// [`StoreError`], also when there is a contact of that id.
    pub fn insert_contact(&self, fields: &Map<String, Value>) -> Result<String, StoreError> {
        let (id, document) = Contact::just_come().with(fields);
        self.shared.store.insert_contact(&document)?;
        Ok(id)
    }

    /// Edits a contact as a colleague at the dashboard would: `updated_at` is now. `false` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the data does not take it.
    pub fn edit_contact(&self, id: &str, changes: &Map<String, Value>) -> Result<bool, StoreError> {
        Ok(self.shared.store.update_contact(id, changes, false, time::now)?.is_some())
    }

    /// Deletes a contact. `false` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the data does not give it up.
    pub fn delete_contact(&self, id: &str) -> Result<bool, StoreError> {
        self.shared.store.delete_contact(id)
    }

    /// A contact's JSON, byte for byte as answers carry it.
    ///
    /// # Errors
    /// [`StoreError`] when the data cannot be read.
    pub fn contact_json(&self, id: &str) -> Result<Option<String>, StoreError> {
        self.shared.store.contact(id)
    }

    /// Every contact's JSON by id, byte for byte as answers carry it.
    ///
    /// # Errors
    /// [`StoreError`] when the data cannot be read.
    pub fn contacts_json(&self) -> Result<Vec<String>, StoreError> {
        self.shared.store.documents()
    }

    /// Changes who works on the contacts, from the next request on. The count of requests begins again.
    pub fn set_crowd(&self, crowd: ConcurrentEdits) {
        self.shared.crowd.set(crowd);
    }

    /// Lets the crowd act once more, now and not at a request.
    ///
    /// # Errors
    /// [`StoreError`] when the data does not take it.
    pub fn act_crowd(&self) -> Result<(), StoreError> {
        self.shared.crowd.act(&self.shared.store)
    }

    /// How many requests came by operation, and how many updates were done by contact, since the start or
    /// [`LocalGateway::forget_requests`]. Counted without a bound.
    pub fn tallies(&self) -> Tallies {
        self.shared.counter.so_far()
    }
}
