//! The state behind watches and policies: news, messages, the confirmed policy, automatic writes of a day.

use imbrace_contacts_store::sql::Database;
use jiff::civil::Date;

use super::Workspace;
use crate::check;
use crate::error::CleanupError;
use crate::findings::Kind;
use crate::import;
use crate::news;
use crate::report::{CheckReport, ConfirmedPolicy, ImportReport, ImportRequest, Message, News, Undelivered, Week};
use crate::store::{WatchLock, automation, contacts, watch_news, weeks};

/// The name under which the state keeps the plan that a policy would carry out.
const DRAFT: &str = "policy_draft";

impl Workspace {
    /// The policy that the operator has confirmed; nothing is made where there is no state.
    ///
    /// # Errors
    /// The state's.
    pub async fn confirmed_policy(&self) -> Result<Option<ConfirmedPolicy>, CleanupError> {
        if !self.inner.store.exists() {
            return Ok(None);
        }
        self.inner.store.run(|db| automation::confirmed(db)).await
    }

    /// Keeps a policy's digest as the operator's consent, in the place of every one before.
    ///
    /// # Errors
    /// The state's.
    pub async fn confirm_policy(&self, digest: &str) -> Result<ConfirmedPolicy, CleanupError> {
        let confirmed = ConfirmedPolicy { digest: digest.to_owned(), at: format!("{:.0}", jiff::Timestamp::now()) };
        let kept = confirmed.clone();
        let keep = move |db: &mut Database| {
            let transaction = db.transaction()?;
            automation::confirm(&transaction, Some(&kept))?;
            Ok(transaction.commit()?)
        };
        self.inner.store.run(keep).await?;
        Ok(confirmed)
    }

    /// Counts a write of a day that nobody is asked about, unless `limit` of them are counted already; returns true if it may be done. All
    /// processes count together.
    ///
    /// # Errors
    /// The state's; it is not counted then.
    pub async fn count_automatic_write(&self, day: Date, limit: u64) -> Result<bool, CleanupError> {
        self.inner.store.run(move |db| automation::count_write(db, &day.to_string(), limit)).await
    }

    /// Takes a counted write back that was certainly not done.
    ///
    /// # Errors
    /// The state's; it stays counted then.
    pub async fn uncount_automatic_write(&self, day: Date) -> Result<(), CleanupError> {
        self.inner.store.run(move |db| automation::uncount_write(db, &day.to_string())).await
    }

    /// How many such writes are counted for a day.
    ///
    /// # Errors
    /// The state's.
    pub async fn automatic_writes(&self, day: Date) -> Result<u64, CleanupError> {
        self.inner.store.run(move |db| automation::writes(db, &day.to_string())).await
    }

    /// The plan that a policy would carry out, as the last run made it.
    ///
    /// # Errors
    /// The state's.
    pub async fn policy_draft(&self) -> Result<Option<String>, CleanupError> {
        self.inner.store.run(|db| contacts::meta(db, DRAFT)).await
    }

    /// Keeps which plan that is.
    ///
    /// # Errors
    /// The state's.
    pub async fn keep_policy_draft(&self, plan: Option<&str>) -> Result<(), CleanupError> {
        let plan = plan.map(str::to_owned);
        self.inner.store.run(move |db| contacts::set_meta(db, DRAFT, plan.as_deref())).await
    }

    /// How many contacts the snapshot has.
    ///
    /// # Errors
    /// The state's.
    pub async fn count_contacts(&self) -> Result<u64, CleanupError> {
        self.inner.store.run(|db| contacts::contacts(db)).await
    }

    /// Takes the right to be the one watch of this organisation; none where another process has it. Dropped, it is free.
    ///
    /// # Errors
    /// The state's.
    pub async fn watch_lock(&self) -> Result<Option<WatchLock>, CleanupError> {
        self.inner.store.watch_lock().await
    }

    /// What is new since somebody was told last, of these kinds of findings (none is every one) and of the duplicates. The first time
    /// nothing is new.
    ///
    /// # Errors
    /// [`CleanupError::NoSnapshot`], or the state's.
    pub async fn news(&self, kinds: Vec<Kind>) -> Result<News, CleanupError> {
        news::news(&self.inner.store, &self.inner.known, kinds).await
    }

    /// Keeps that news were told, and, at once, the message that tells them.
    ///
    /// # Errors
    /// The state's; then the same is new the next time.
    pub async fn told(&self, news: &News, message: Option<Message>) -> Result<(), CleanupError> {
        let (added, gone) = (news.added.clone(), news.gone.clone());
        self.inner.store.run(move |db| watch_news::tell(db, (&added, &gone), message.as_ref())).await
    }

    /// The oldest message that is not delivered; `None` where none waits.
    ///
    /// # Errors
    /// The state's.
    pub async fn undelivered(&self) -> Result<Option<Undelivered>, CleanupError> {
        self.inner.store.run(|db| watch_news::undelivered(db)).await
    }

    /// Forgets a message that was delivered.
    ///
    /// # Errors
    /// The state's; then it is delivered once more.
    pub async fn delivered(&self, message: u64) -> Result<(), CleanupError> {
        self.inner.store.run(move |db| watch_news::delivered(db, message)).await
    }

    /// Notes that a message was not delivered at a moment, why, and when it is tried again.
    ///
    /// # Errors
    /// The state's.
    pub async fn undeliverable(
        &self,
        message: u64,
        reason: String,
        moments: (jiff::Timestamp, jiff::Timestamp),
    ) -> Result<(), CleanupError> {
        self.inner.store.run(move |db| watch_news::failed(db, message, &reason, moments)).await
    }

    /// Whether fields and values are a contact that can be checked. Nothing is opened.
    ///
    /// # Errors
    /// Those of [`Workspace::check`] that are about the fields.
    pub fn is_checkable(fields: &[(String, String)]) -> Result<(), CleanupError> {
        check::document(fields.to_vec()).map(drop)
    }

    /// Checks a contact that is not one yet, given as fields and values: what is wrong with it, and whom it could be.
    ///
    /// # Errors
    /// [`CleanupError::NoSnapshot`], [`CleanupError::NoSuchField`], [`CleanupError::FieldTwice`], [`CleanupError::NothingToCheck`], or the
    /// state's.
    pub async fn check(&self, fields: Vec<(String, String)>) -> Result<CheckReport, CleanupError> {
        check::check(&self.inner.store, &self.inner.known, fields).await
    }

    /// Says what rows of other people's making would change in contacts that are here; nothing is planned or written.
    ///
    /// # Errors
    /// [`CleanupError::NoSnapshot`], or the state's.
    pub async fn import(&self, request: ImportRequest) -> Result<ImportReport, CleanupError> {
        import::import(&self.inner.store, &self.inner.known, request, self.inner.gateway.is_loopback()).await
    }

    /// The numbers of each week, the oldest first; none where there is no state.
    ///
    /// # Errors
    /// The state's.
    pub async fn weeks(&self) -> Result<Vec<Week>, CleanupError> {
        if !self.inner.store.exists() {
            return Ok(Vec::new());
        }
        self.inner.store.run(|db| weeks::all(db)).await
    }

    /// A text that is another one after a round of a watch or a sync, in whatever process; empty where there is no state.
    ///
    /// # Errors
    /// The state's.
    pub async fn mark(&self) -> Result<String, CleanupError> {
        if !self.inner.store.exists() {
            return Ok(String::new());
        }
        let mark = |db: &mut Database| {
            let part = |name| contacts::meta(db, name).map(Option::unwrap_or_default);
            Ok(format!("{} {}", part("told_at")?, part("edition")?))
        };
        self.inner.store.run(mark).await
    }
}
