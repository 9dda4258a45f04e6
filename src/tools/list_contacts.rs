//! Lists contacts, or counts them: by the gateway as it lies there, by any filter, order or field from the snapshot.

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, FieldNames, Paging};
use super::{Effect, Tool, ToolError, cleanup, linked};
use crate::cleanup::{CountKey, CountReport, CountRequest, Filter, ListRequest, SortKey};
use crate::context::Context;
use crate::gateway::operations;
use crate::model::Contact;
use crate::plural::counted;
use crate::render::{self, Cell, Fields, Listing, Reply, Shape, Span, Table, clipped};

/// Tool `list_contacts`.
pub struct ListContacts;

/// Arguments of `list_contacts`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// Conditions = != ~ (contains) !~ < <= > >= in (a, b), is empty, is not empty; and, or, parentheses. channel = line and
    /// created_at = 2025-09 and email is empty; name ~ nguyen or company in (Acme, "B, Inc")
    #[serde(default)]
    #[schemars(length(max = 4_000))]
    filter: String,
    #[serde(flatten)]
    page: Paging,
    /// Any field, such as -updated_at; - reverses
    #[schemars(length(max = 40))]
    sort: Option<String>,
    /// Totals instead of rows: any field, created_at:month
    #[serde(default)]
    #[schemars(length(max = 40))]
    count_by: String,
    /// More columns or *
    #[serde(default)]
    fields: FieldNames,
}

impl Tool for ListContacts {
    const NAME: &'static str = "list_contacts";
    const TITLE: &'static str = "List contacts";
    const DESCRIPTION: &'static str =
        "List contacts, newest first, or count them; a filter answers questions of the list.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Rows;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let fields = arguments::fields::<Contact>(&input.fields)?;
        let filter = cleanup::filter(context, "filter", &input.filter)?;
        let sort = input.sort.as_deref().map(str::trim).filter(|sort| !sort.is_empty());
        let count_by = Some(input.count_by.trim()).filter(|name| !name.is_empty());
        if let Some(name) = count_by {
            let count_by = CountKey::parse(name).map_err(|error| cleanup::wrong_field("count_by", &error))?;
            return counts(context, filter, count_by, input.page).await;
        }
        match arguments::gateway_sort(sort) {
            Some(sort) if filter.is_empty() => by_the_gateway(context, &fields, sort, input.page).await,
            _ => {
                let sort = sort.map(SortKey::parse).transpose();
                let sort = sort.map_err(|error| cleanup::wrong_field("sort", &error))?;
                from_the_snapshot(context, &fields, (filter, sort), input.page).await
            }
        }
    }
}

/// A page as the gateway gives it.
async fn by_the_gateway(
    context: &Context,
    fields: &Fields<Contact>,
    sort: String,
    page: Paging,
) -> Result<Reply, ToolError> {
    let skip = page.skip;
    let operation = operations::ListContacts { limit: page.limit, skip, sort: Some(sort) };
    let sent = arguments::send::<ListContacts, _>(context, &operation, None);
    let (page, has_links) = linked::beside(context, sent).await;
    let page = page?;
    let mut listing = Listing::of_page(&page, skip, "none");
    let rows = if fields.is_lossless() || !has_links {
        page.rows
    } else {
        linked::folded(context, page.rows, &mut listing).await
    };
    Ok(render::list(&rows, fields, listing, context.short_ids()))
}

/// A page of those that a filter means, in any order.
async fn from_the_snapshot(
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
    let zone = if count_by.is_date() && !filter.has_dates() { "; dates in UTC" } else { "" };
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
            .chain([cleanup::as_of(&filter, synced_at) + zone])
            .collect(),
        columns: vec![count_by.field(), "count"],
        rows: values.iter().map(row).collect(),
        none: cleanup::nobody(&filter, contacts, reason.as_ref()),
    }))
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
