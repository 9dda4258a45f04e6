//! Fills new data with people.

use rusqlite::{Statement, Transaction, params};

use super::StoreError;
use super::contacts::{Columns, INSERT};
use crate::Options;
use crate::model::Record;
use crate::people::conversation::{Conversation, Partner, conversations};
use crate::people::message::Message;
use crate::people::notification::{Subject, notifications};
use crate::people::{FIRST_USER, List, SECOND_USER, time};

/// The most notifications of a user: as many as in the contract's example.
const NOTIFICATIONS: usize = 618;

const TEXT: &str = "INSERT INTO contact_text (row, folded) VALUES (?1, ?2)";
const CONVERSATION: &str = "INSERT INTO conversation (contact, id, seat, user, team, channel_id, channel_type, status, \
     name, language, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
const MESSAGE: &str = "INSERT INTO message (conversation, id, sender, type, content, created_at, file_of) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const COMMENT: &str = "INSERT INTO comment (message, contact, id, channel_type, updated_at, document) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const NOTIFICATION: &str = "INSERT INTO notification (id, recipient, kind, is_read, created_at, head, tail) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// Puts everyone in.
pub(super) fn fill(transaction: &Transaction<'_>, options: &Options) -> Result<(), StoreError> {
    let subjects = contacts(transaction, options)?;
    for (user, share) in [(FIRST_USER, 1), (SECOND_USER, 3)] {
        let mut insert = transaction.prepare(NOTIFICATION)?;
        // The first user is told of everything, the second of every third conversation.
        let subjects: Vec<Subject> = subjects.iter().step_by(share).cloned().collect();
        for one in notifications(options.people.seed, user, &subjects) {
            insert.execute(params![one.id, user, one.kind, one.is_read, one.created_at, one.head, one.tail])?;
        }
    }
    Ok(())
}

/// Everyone with their conversations; the newest of these, for notifications.
fn contacts(transaction: &Transaction<'_>, options: &Options) -> Result<Vec<Subject>, StoreError> {
    let people = options.people;
    let mut inserts = Inserts::prepare(transaction)?;
    if let Some(list) = &options.list {
        for (number, line) in List::open(list)?.enumerate() {
            let (document, record) = line?;
            inserts.contact(people.seed, number as u64, &document, |name| record.text(name).unwrap_or_default())?;
        }
        return Ok(inserts.subjects);
    }
    for (number, document) in people.documented().enumerate() {
        let record: Record = serde_json::from_str(document)?;
        inserts.contact(people.seed, number as u64, document, |name| record.text(name).unwrap_or_default())?;
    }
    for (number, contact) in people.invented().enumerate() {
        // Their own stretch of numbers: the document's ten have those below.
        inserts.contact(people.seed, 1_000 + number as u64, &contact.document(), |name| contact.text(name))?;
    }
    Ok(inserts.subjects)
}

/// The statements, prepared once, and the row numbers, counted here instead of asked for.
struct Inserts<'a> {
    contact: Statement<'a>,
    text: Statement<'a>,
    conversation: Statement<'a>,
    message: Statement<'a>,
    comment: Statement<'a>,
    rows: [i64; 3],
    subjects: Vec<Subject>,
}

impl<'a> Inserts<'a> {
    fn prepare(transaction: &'a Transaction<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            contact: transaction.prepare(INSERT)?,
            text: transaction.prepare(TEXT)?,
            conversation: transaction.prepare(CONVERSATION)?,
            message: transaction.prepare(MESSAGE)?,
            comment: transaction.prepare(COMMENT)?,
            rows: [0; 3],
            subjects: Vec::new(),
        })
    }

    fn contact<'t>(
        &mut self,
        seed: u64,
        number: u64,
        document: &str,
        text: impl Fn(&'static str) -> &'t str,
    ) -> Result<(), StoreError> {
        let id = text("id");
        let columns = Columns::of(&text);
        columns.insert(&mut self.contact, id, document)?;
        let [contact, ..] = &mut self.rows;
        *contact += 1;
        self.text.execute(params![*contact, columns.folded])?;
        let partner = Partner {
            id,
            name: text("display_name"),
            channel_type: text("channel_type"),
            channel_id: text("channel_id"),
            language: text("language"),
            created_at: text("created_at"),
        };
        conversations(seed, number, partner).iter().try_for_each(|one| self.conversation(partner, one))
    }

    fn conversation(&mut self, partner: Partner<'_>, one: &Conversation) -> Result<(), StoreError> {
        let [contact, conversation, _] = &mut self.rows;
        *conversation += 1;
        let conversation = *conversation;
        self.conversation.execute(params![
            *contact,
            one.id,
            one.seat,
            one.user,
            one.team,
            one.channel_id,
            one.channel_type,
            one.status,
            one.name,
            partner.language,
            time::text(one.created_at),
            time::text(one.updated_at)
        ])?;
        if self.subjects.len() < NOTIFICATIONS {
            self.subjects.push(Subject {
                seat: one.seat.clone(),
                name: one.name.clone(),
                channel_type: one.channel_type.clone(),
                team: one.team,
            });
        }
        one.messages.iter().try_for_each(|message| self.message(conversation, one, message))
    }

    fn message(&mut self, conversation: i64, of: &Conversation, one: &Message) -> Result<(), StoreError> {
        let [contact, _, message] = &mut self.rows;
        *message += 1;
        self.message.execute(params![
            conversation,
            one.id,
            one.sender,
            one.kind,
            one.content,
            time::text(one.created_at),
            one.is_file.then_some(*contact)
        ])?;
        for comment in &one.comments {
            let (id, updated_at, document) = (&comment.id, &comment.updated_at, &comment.document);
            self.comment.execute(params![*message, *contact, id, of.channel_type, updated_at, document])?;
        }
        Ok(())
    }
}
