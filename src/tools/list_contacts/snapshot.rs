//! Questions of the list, answered from the snapshot: filters, orders that the gateway does not have, and totals.

use super::{Input, ListContacts, sort_of};
use crate::cleanup::{CountKey, CountReport, CountRequest, Filter, ListRequest, SortKey};
use crate::context::Context;
use crate::model::Contact;
use crate::plural::counted;
use crate::render::{self, Cell, Fields, Listing, Reply, Span, Table, clipped};
use crate::tools::arguments::{self, Paging};
use crate::tools::{ToolError, cleanup, linked};

/// The part that only the snapshot answers.
pub(super) enum Question {
    /// Contacts of a filter, in any order.
    Rows(Filter, Option<SortKey>),
    /// Totals by a field.
    Counts(Filter, CountKey),
}

impl Question {
    /// The question in the arguments; `None` where the gateway answers it by itself.
    ///
    /// # Errors
    /// For what is no filter and no field, with what is possible.
    pub(super) fn of(context: &Context, input: &Input) -> Result<Option<Self>, ToolError> {
        let filter = cleanup::filter(context, "filter", &input.filter)?;
        let count_by = Some(input.count_by.trim()).filter(|name| !name.is_empty());
        if let Some(name) = count_by {
            let count_by = CountKey::parse(name).map_err(|error| cleanup::wrong_field("count_by", &error))?;
            return Ok(Some(Self::Counts(filter, count_by)));
        }
        let sort = sort_of(input);
        if filter.is_empty() && arguments::gateway_sort(sort).is_some() {
            return Ok(None);
        }
        let sort = sort.map(SortKey::parse).transpose();
        Ok(Some(Self::Rows(filter, sort.map_err(|error| cleanup::wrong_field("sort", &error))?)))
    }

    /// One page of its answer.
    ///
    /// # Errors
    /// The gateway's and the state's.
    pub(super) async fn answer(
        self,
        context: &Context,
        fields: &Fields<Contact>,
        page: Paging,
    ) -> Result<Reply, ToolError> {
        match self {
            Self::Rows(filter, sort) => rows(context, fields, (filter, sort), page).await,
            Self::Counts(filter, count_by) => counts(context, filter, count_by, page).await,
        }
    }
}

/// A page of those that a filter means, in any order.
async fn rows(
    context: &Context,
    fields: &Fields<Contact>,
    (filter, sort): (Filter, Option<SortKey>),
    page: Paging,
) -> Result<Reply, ToolError> {
    let workspace = cleanup::workspace(context)?;
    if let Some(unread) = cleanup::refreshed::<ListContacts>(context, workspace).await? {
        return Ok(cleanup::unread_rows("contacts", unread));
    }
    let request = ListRequest { filter: filter.clone(), sort, limit: size(page.limit), skip: size(page.skip) };
    let report = workspace.list(request).await.map_err(cleanup::to_tool_error::<ListContacts>)?;
    let more = page.skip.saturating_add(report.rows.len() as u64) < report.matched;
    let span = Span { skip: page.skip, total: Some(report.matched), more, units: None };
    let none = cleanup::nobody(&filter, report.contacts, report.reason.as_ref());
    let mut listing =
        Listing { subject: String::new(), span, notes: vec![cleanup::as_of(&filter, report.synced_at)], none };
    let rows = if fields.is_lossless() || !workspace.is_there() {
        report.rows
    } else {
        linked::folded(context, report.rows, &mut listing).await
    };
    Ok(render::list(&rows, fields, listing, context.short_ids()))
}

/// Totals by a field.
async fn counts(context: &Context, filter: Filter, count_by: CountKey, page: Paging) -> Result<Reply, ToolError> {
    let workspace = cleanup::workspace(context)?;
    if let Some(unread) = cleanup::refreshed::<ListContacts>(context, workspace).await? {
        return Ok(cleanup::unread_rows("contacts", unread));
    }
    let request = CountRequest { filter: filter.clone(), count_by, limit: size(page.limit), skip: size(page.skip) };
    let report = workspace.count(request).await.map_err(cleanup::to_tool_error::<ListContacts>)?;
    let CountReport { contacts, matched, total, values, reason, synced_at } = report;
    let of = if filter.is_empty() { String::new() } else { format!(" of {contacts} match") };
    let several = if count_by.is_multiple() { "; one may have several" } else { "" };
    let zone = workspace.time_zone().iana_name().unwrap_or("UTC");
    let zone = if count_by.is_date() && !filter.has_dates() { format!("; dates in {zone}") } else { String::new() };
    let more = page.skip.saturating_add(values.len() as u64) < total;
    let row = |(value, count): &(String, u64)| {
        // Long numbers of contacts do not occur.
        let count = Cell::Number(i64::try_from(*count).unwrap_or(i64::MAX));
        vec![Cell::text(if value.is_empty() { "(empty)".to_owned() } else { clipped(value, 160) }), count]
    };
    Ok(Reply::Table(Table {
        title: format!("values of {}", count_by.name()),
        span: Span { skip: page.skip, total: Some(total), more, units: None },
        notes: (matched > 0)
            .then(|| format!("{}{of}{several}", counted(matched, "contact")))
            .into_iter()
            .chain([cleanup::as_of(&filter, synced_at) + &zone])
            .collect(),
        columns: vec![count_by.field(), "count"],
        rows: values.iter().map(row).collect(),
        none: cleanup::nobody(&filter, contacts, reason.as_ref()),
    }))
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
