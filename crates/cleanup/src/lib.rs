//! Cleanup of contact lists: a local snapshot is audited and matched, changes are planned, applied one by one with a
//! journal, and can be undone.
//!
//! [`normalize`], [`findings`] and [`duplicates`] are pure: they read a [`Subject`] and know neither store nor gateway.
//! [`Workspace`] is the whole engine over one gateway and one state file.

mod apply;
mod check;
pub mod csv_export;
pub mod csv_import;
mod dates;
mod decide;
mod decision_sheet;
pub mod duplicates;
mod entry;
mod error;
mod field;
mod filter;
pub mod findings;
mod import;
mod known;
mod list;
mod location;
mod news;
pub mod normalize;
mod pace;
mod plan;
mod query;
mod report;
mod review;
mod search;
mod selection;
mod shared;
mod step_filter;
mod store;
mod subject;
mod sync;
mod undo;
mod value;
mod watch;
mod whole_value;
mod workspace;
mod write;

use imbrace_contacts_client::{gateway, model, write_gate as gate};

pub use decision_sheet::DecisionSheet;
pub use error::CleanupError;
pub use field::Field;
pub use filter::{Filter, FilterError};
pub use gate::{Ended, Gate, OpenGate, Permit, Write, WriteRefused};
pub use location::StateLocation;
pub use plan::Protection;
pub use query::{CountKey, CountReport, CountRequest, ListReport, ListRequest, NoMatch, SortKey};
pub use report::{
    Answer, ApplyReport, ApplyRequest, AtWork, AuditReport, AuditRequest, Change, CheckReport, ConfirmedPolicy, Counts,
    DecideReport, Decided, DecidedPairs, DecisionsReport, DecisionsRequest, DuplicatesReport, DuplicatesRequest,
    FindingExample, Forgotten, ImportKey, ImportReport, ImportRequest, ImportRow, KeptDecision, KindCount, LeftRow,
    ListedDecision, Merge, Message, NewFinding, NewGroup, News, PatternCount, PlanReport, PlanRequest, Settled,
    SharedValue, SharedValuesReport, SharedValuesRequest, Sharing, StateUsage, Step, StepFilter, StepPage, StepState,
    StepStatus, StepsReport, StepsRequest, SyncReport, SyncRequest, TRIAL, Undelivered, UndoReport, UndoRequest,
    Undoable, Upcoming, Week, Work, WriteSpan, differing, is_shared_value, statuses,
};
pub use search::{Closeness, FoundContact, MatchedField, SearchQuery, SearchReport};
pub use store::WatchLock;
pub use subject::{Subject, SubjectError};
pub use watch::{Progress, Watch};
pub use workspace::Workspace;

/// The name of [`StateLocation`] in version 0.1.
#[deprecated(since = "0.2.0", note = "renamed to `StateLocation`")]
pub type Home = StateLocation;
