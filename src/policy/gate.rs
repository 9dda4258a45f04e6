//! The gate of writes that nobody is asked about: what a policy allows, judged by the wall clock at each write.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use imbrace_contacts_client::write_gate::{Ended, Gate, Permit, Write, WriteRefused};
use jiff::Timestamp;
use jiff::civil::Date;

use super::Policy;
use crate::cleanup::{Protection, Workspace};
use crate::model::Contact;

/// The clock that hours and days are judged by.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Lets writes through that a policy allows and the gate behind it, too: within the hours, and as many a day as it says.
///
/// The writes of a day are counted in the state of the organisation before they are sent: every process counts there, and a restart
/// forgets none.
pub struct PolicyGate<'a> {
    policy: &'a Policy,
    workspace: Workspace,
    behind: &'a dyn Gate,
    protection: Protection,
    clock: Clock,
}

impl<'a> PolicyGate<'a> {
    /// A gate before another one.
    pub fn new(policy: &'a Policy, workspace: Workspace, behind: &'a dyn Gate, clock: Clock) -> Self {
        Self { policy, workspace, behind, protection: policy.protection(), clock }
    }

    async fn count(&self, day: Date) -> Result<(), WriteRefused> {
        let limit = self.policy.contacts_a_day;
        match self.workspace.count_automatic_write(day, limit).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(WriteRefused::PolicyDay { limit }),
            Err(error) => {
                tracing::error!(reason = %error, "a write was refused: it cannot be counted");
                Err(WriteRefused::PolicyUncounted)
            }
        }
    }
}

impl fmt::Debug for PolicyGate<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PolicyGate").field("policy", &self.policy.digest()).finish_non_exhaustive()
    }
}

/// Takes a write back that was counted and certainly not done.
async fn uncount(workspace: Workspace, day: Date) {
    if let Err(error) = workspace.uncount_automatic_write(day).await {
        tracing::warn!(reason = %error, "a write that was not done stays counted for its day");
    }
}

impl Gate for PolicyGate<'_> {
    fn requests_per_second(&self) -> Option<f64> {
        self.behind.requests_per_second()
    }

    fn check(&self) -> Result<(), WriteRefused> {
        self.behind.check()?;
        if self.policy.is_open((self.clock)()) { Ok(()) } else { Err(WriteRefused::OutsideHours) }
    }

    fn protects(&self, contact: &Contact) -> bool {
        self.protection.covers(contact) || self.behind.protects(contact)
    }

    fn begin(&self, write: Write) -> BoxFuture<'_, Result<Permit, WriteRefused>> {
        Box::pin(async move {
            self.check()?;
            let day = self.policy.day((self.clock)());
            self.count(day).await?;
            let workspace = self.workspace.clone();
            let permit = match self.behind.begin(write).await {
                Ok(permit) => permit,
                Err(refused) => {
                    uncount(workspace, day).await;
                    return Err(refused);
                }
            };
            let counted: Permit = Box::new(move |ended| {
                Box::pin(async move {
                    if ended == Ended::NotDone {
                        uncount(workspace, day).await;
                    }
                    permit(ended).await;
                })
            });
            Ok(counted)
        })
    }
}
