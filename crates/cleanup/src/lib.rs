//! Cleanup of contact lists: a local snapshot is audited and matched, changes are planned, applied one by one with a
//! journal, and can be undone.
//!
//! [`normalize`], [`findings`] and [`duplicates`] are pure: they read a [`Subject`] and know neither store nor gateway.
//! [`Workspace`] is the whole engine over one gateway and one state file.

mod apply;
pub mod csv_export;
pub mod csv_import;
pub mod duplicates;
mod error;
mod filter;
pub mod findings;
mod list;
pub mod normalize;
mod plan;
mod query;
mod report;
mod review;
mod search;
mod shared;
mod store;
mod subject;
mod sync;
mod undo;
mod value;
mod workspace;
mod write;

use imbrace_contacts_client::{gateway, model, write_gate as gate};

pub use apply::TRIAL;
pub use error::CleanupError;
pub use filter::{Field, Filter, FilterError};
pub use gate::{Ended, Gate, OpenGate, Permit, Write, WriteRefused};
pub use query::{CountKey, CountReport, CountRequest, ListReport, ListRequest, NoMatch, SortKey};
pub use report::{
    Answer, ApplyReport, ApplyRequest, AtWork, AuditReport, AuditRequest, Change, Counts, DecideReport, Decided,
    DecidedPairs, DuplicatesReport, DuplicatesRequest, FindingExample, Forgotten, KindCount, Merge, PatternCount,
    PlanReport, PlanRequest, Settled, SharedValue, SharedValuesReport, SharedValuesRequest, Sharing, StateUsage, Step,
    StepFilter, StepState, StepStatus, StepsReport, StepsRequest, SyncReport, SyncRequest, UndoReport, UndoRequest,
    Undoable, Upcoming, Work, differing, is_shared_value,
};
pub use search::{Closeness, FoundContact, MatchedField, SearchQuery, SearchReport};
pub use store::decisions::KeptDecision;
pub use subject::{Subject, SubjectError};
pub use workspace::{Progress, StateLocation, Watch, Workspace};

/// The name of [`StateLocation`] in version 0.1.
#[deprecated(since = "0.2.0", note = "renamed to `StateLocation`")]
pub type Home = StateLocation;
