//! Removes every notification of one kind, or all of them when that is said by name.

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, Tab};
use super::{Effect, Preview, Tool, ToolError, verify_write};
use crate::context::Context;
use crate::gateway::operations;
use crate::model::NotificationTab;
use crate::plural::agree;
use crate::render::{Reply, Shape};

/// Tool `dismiss_all_notifications`.
pub struct DismissAllNotifications;

/// Arguments of `dismiss_all_notifications`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// all = every one
    #[serde(rename = "type")]
    scope: Scope,
}

/// What to dismiss: one tab, or everything by name.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Scope {
    Conversations,
    Assigns,
    Teams,
    All,
}

impl Scope {
    const fn tab(self) -> Option<Tab> {
        match self {
            Self::Conversations => Some(Tab::Conversations),
            Self::Assigns => Some(Tab::Assigns),
            Self::Teams => Some(Tab::Teams),
            Self::All => None,
        }
    }
}

impl Tool for DismissAllNotifications {
    const NAME: &'static str = "dismiss_all_notifications";
    const TITLE: &'static str = "Dismiss all notifications";
    const DESCRIPTION: &'static str = "Remove all notifications of a type for good.";
    const EFFECT: Effect = Effect::Destroy;
    const SHAPE: Shape = Shape::Lines;
    const IS_BULK: bool = true;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let tab = input.scope.tab().map(Tab::model);
        // Counted first, because the gateway does not say how many it removed.
        let counting = operations::ListNotifications { tab, limit: 1, skip: 0 };
        let page = arguments::read_before_write(context, &counting, "notifications").await?;
        let note = verify_write::dismiss_all::<Self>(context, &operations::DismissAllNotifications { tab }).await?;
        let which = tab.map(|tab| tab.name());
        let done = format!("{} dismissed{note}", notifications(page.grand_total(0), "all", which));
        Ok(arguments::receipt(context, done, Vec::new()))
    }

    async fn preview(context: &Context, input: Input) -> Result<Option<Preview>, ToolError> {
        let Some(tab) = input.scope.tab().map(Tab::model) else {
            return everything(context).await.map(Some);
        };
        let Seen { count, unread, newest } = look(context, Some(tab)).await?;
        if count == Some(0) {
            return Ok(Some(Preview::Nothing(format!(
                "{}: nothing to dismiss",
                notifications(count, UNKNOWN, Some(tab.name()))
            ))));
        }
        let apart = read_apart(count, unread).map(|apart| format!(" ({apart})")).unwrap_or_default();
        let would = format!("dismiss {}{apart} for good", notifications(count, UNKNOWN, Some(tab.name())));
        Ok(Some(Preview::would(would, newest)))
    }
}

/// What there is of one tab, or of all.
struct Seen {
    count: Option<u64>,
    /// How many of them nobody has read, where the gateway says so.
    unread: Option<u64>,
    /// The id of the newest: one gone and one come leave the count as it was.
    newest: String,
}

async fn look(context: &Context, tab: Option<NotificationTab>) -> Result<Seen, ToolError> {
    let looking = operations::ListNotifications { tab, limit: 1, skip: 0 };
    let page = arguments::read_before_write(context, &looking, "notifications").await?;
    let newest = page.rows.first().and_then(|notification| notification.id()).unwrap_or_default().to_owned();
    Ok(Seen { count: page.grand_total(0), unread: page.unread_count, newest })
}

/// Counts every tab, and what belongs to none of them.
async fn everything(context: &Context) -> Result<Preview, ToolError> {
    let [conversations, assigns, teams] = NotificationTab::ALL.map(|tab| look(context, Some(tab)));
    let (all, conversations, assigns, teams) = futures::try_join!(look(context, None), conversations, assigns, teams)?;
    if all.count == Some(0) {
        return Ok(Preview::Nothing("0 notifications: nothing to dismiss".to_owned()));
    }
    let tabs = [conversations, assigns, teams];
    let known: Option<u64> = tabs.iter().map(|seen| seen.count).sum();
    let mut parts: Vec<String> = NotificationTab::ALL
        .iter()
        .zip(&tabs)
        .map(|(tab, seen)| format!("{} {}", tab.name(), counted(seen.count)))
        .collect();
    if let Some(others) = all.count.zip(known).and_then(|(all, known)| all.checked_sub(known)).filter(|n| *n > 0) {
        parts.push(format!("others {others}"));
    }
    let apart = read_apart(all.count, all.unread).map(|apart| format!("; {apart}")).unwrap_or_default();
    let tabs = parts.join(", ");
    let would = format!("dismiss all {} for good ({tabs}{apart})", notifications(all.count, UNKNOWN, None));
    Ok(Preview::would(would, all.newest))
}

/// `144 unread, 15 read`; nothing where the gateway does not tell, or tells what cannot be.
fn read_apart(count: Option<u64>, unread: Option<u64>) -> Option<String> {
    let (unread, read) = unread.zip(count).and_then(|(unread, count)| Some((unread, count.checked_sub(unread)?)))?;
    Some(format!("{unread} unread, {read} read"))
}

/// What is said of a count that the gateway does not tell.
const UNKNOWN: &str = "an unknown number of";

fn counted(count: Option<u64>) -> String {
    count.map_or_else(|| UNKNOWN.to_owned(), |count| count.to_string())
}

/// `1 teams notification`, `2 notifications`, or `many notifications` with these words for a count that nobody knows.
fn notifications(count: Option<u64>, unknown: &str, which: Option<&str>) -> String {
    let count_words = count.map_or_else(|| unknown.to_owned(), |count| count.to_string());
    let noun = agree(count.unwrap_or_default(), "notification", "notifications");
    [Some(&*count_words), which, Some(noun)].into_iter().flatten().collect::<Vec<_>>().join(" ")
}
