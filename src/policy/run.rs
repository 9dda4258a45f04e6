//! One run of a policy: a plan, the limits, and, where the operator has confirmed the policy, the writes.

use std::fmt;

use imbrace_contacts_client::plural::{agree, counted};

use super::{Clock, Policy, PolicyGate};
use crate::cleanup::{ApplyReport, ApplyRequest, CleanupError, Gate, PlanReport, Watch, Workspace, WriteRefused};

/// A run ends when its plan does: a week.
const SECONDS: u64 = 7 * 24 * 3600;

/// Runs a policy on one organisation.
pub struct PolicyRunner {
    /// The organisation.
    pub workspace: Workspace,
    /// The policy.
    pub policy: Policy,
    /// The clock that hours and days are judged by.
    pub clock: Clock,
}

impl fmt::Debug for PolicyRunner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PolicyRunner").field("policy", &self.policy.digest()).finish_non_exhaustive()
    }
}

/// Why a run wrote nothing that it would have written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standstill {
    /// It was not asked to write.
    DryRun,
    /// It is not within the hours.
    OutsideHours,
    /// The plan is larger than a run may be.
    Share {
        /// Contacts of the plan.
        contacts: u64,
        /// Contacts that a run may write.
        most: u64,
    },
    /// The plan is larger than what is left of the day.
    Day {
        /// Contacts of the plan.
        contacts: u64,
        /// Contacts that may still be written on this day.
        left: u64,
        /// Contacts that may be written on a day.
        limit: u64,
    },
}

impl Standstill {
    /// Returns true if a limit was exceeded, which somebody has to look at.
    pub const fn is_exceeded(self) -> bool {
        matches!(self, Self::Share { .. } | Self::Day { .. })
    }
}

impl fmt::Display for Standstill {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DryRun => formatter.write_str("dry run, nothing was written"),
            Self::OutsideHours => formatter.write_str("outside the policy's hours, nothing was written"),
            Self::Share { contacts, most } => write!(
                formatter,
                "LIMIT EXCEEDED, nothing was written: {} to fix, and a run may write {most} (share_of_list)",
                counted(*contacts, "contact")
            ),
            Self::Day { contacts, left, limit } => write!(
                formatter,
                "LIMIT EXCEEDED, nothing was written: {} to fix, and {left} of {limit} {} left of this day (contacts_a_day)",
                counted(*contacts, "contact"),
                agree(*left, "is", "are"),
            ),
        }
    }
}

/// The outcome of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyRun {
    /// The plan of the fixes; none where nothing is to be fixed.
    pub plan: Option<PlanReport>,
    /// Why nothing was written.
    pub standstill: Option<Standstill>,
    /// The report of the apply.
    pub applied: Option<ApplyReport>,
}

/// Why a run did not begin, or broke off. The plan, where there is one, can be looked at and gone on with.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The operator has confirmed no policy here.
    #[error(
        "no policy is confirmed for this organisation, so nothing was written; look at it and run `cleanup policy confirm FILE`"
    )]
    Unconfirmed,
    /// The file is another one than the operator confirmed.
    #[error(
        "the policy was changed after it was confirmed, so nothing was written; look at it and run `cleanup policy confirm FILE` again"
    )]
    Changed,
    /// The engine's.
    #[error(transparent)]
    Cleanup(#[from] CleanupError),
}

impl From<WriteRefused> for PolicyError {
    fn from(refused: WriteRefused) -> Self {
        Self::Cleanup(refused.into())
    }
}

impl PolicyRunner {
    /// Returns true if the operator has confirmed this very policy.
    ///
    /// # Errors
    /// [`PolicyError::Unconfirmed`], [`PolicyError::Changed`], or the state's.
    pub async fn check_consent(&self) -> Result<(), PolicyError> {
        match self.workspace.confirmed_policy().await? {
            None => Err(PolicyError::Unconfirmed),
            Some(confirmed) if confirmed.digest != self.policy.digest() => Err(PolicyError::Changed),
            Some(_) => Ok(()),
        }
    }

    /// Plans what the policy fixes and, with `writes`, writes all of it or, where a limit is exceeded, nothing. A plan of an earlier run
    /// that was never begun makes way for this one.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub async fn run(&self, writes: bool, gate: &dyn Gate, watch: &Watch) -> Result<PolicyRun, PolicyError> {
        if writes {
            gate.check()?;
            self.check_consent().await?;
        }
        let Some(plan) = self.plan().await? else {
            return Ok(PolicyRun { plan: None, standstill: None, applied: None });
        };
        if let Some(standstill) = self.standstill(&plan, writes).await? {
            return Ok(PolicyRun { plan: Some(plan), standstill: Some(standstill), applied: None });
        }
        let allowed = PolicyGate::new(&self.policy, self.workspace.clone(), gate, self.clock.clone());
        let request = ApplyRequest {
            plan: plan.id.clone(),
            fingerprint: plan.fingerprint.clone(),
            max_writes: Some(plan.contacts),
            max_seconds: Some(SECONDS),
        };
        self.workspace.keep_policy_draft(None).await?;
        let applied = self.workspace.apply(request, &allowed, watch).await;
        match applied {
            Ok(applied) => Ok(PolicyRun { plan: Some(plan), standstill: None, applied: Some(applied) }),
            Err(CleanupError::Refused(WriteRefused::OutsideHours)) => {
                let standstill = Some(Standstill::OutsideHours);
                Ok(PolicyRun { plan: Some(plan), standstill, applied: None })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The plan of this run; none where there is nothing to fix. What is the same as the draft of an earlier run keeps its id.
    async fn plan(&self) -> Result<Option<PlanReport>, PolicyError> {
        let draft = match self.workspace.policy_draft().await? {
            Some(id) => match self.workspace.show(&id).await {
                Ok(plan) => Some(plan).filter(|plan| plan.tried == 0 && plan.agreed == 0),
                Err(CleanupError::UnknownPlan(_)) => None,
                Err(error) => return Err(error.into()),
            },
            None => None,
        };
        let made = match self.workspace.plan(self.policy.plan_request()).await {
            Ok(plan) => Some(plan),
            Err(CleanupError::NothingToDo(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let kept = match (draft, made) {
            (Some(draft), Some(made)) if draft.fingerprint == made.fingerprint => {
                self.workspace.discard(&made.id, false).await?;
                return Ok(Some(draft));
            }
            (Some(draft), made) => {
                self.workspace.discard(&draft.id, false).await?;
                made
            }
            (None, made) => made,
        };
        self.workspace.keep_policy_draft(kept.as_ref().map(|plan| plan.id.as_str())).await?;
        Ok(kept)
    }

    /// Why nothing of a plan may be written now.
    async fn standstill(&self, plan: &PlanReport, writes: bool) -> Result<Option<Standstill>, PolicyError> {
        let (now, contacts) = ((self.clock)(), plan.contacts);
        let most = self.policy.contacts_a_run(self.workspace.count_contacts().await?);
        if contacts > most {
            return Ok(Some(Standstill::Share { contacts, most }));
        }
        let limit = self.policy.contacts_a_day;
        let left = limit.saturating_sub(self.workspace.automatic_writes(self.policy.day(now)).await?);
        if contacts > left {
            return Ok(Some(Standstill::Day { contacts, left, limit }));
        }
        if !writes {
            return Ok(Some(Standstill::DryRun));
        }
        Ok((!self.policy.is_open(now)).then_some(Standstill::OutsideHours))
    }
}
