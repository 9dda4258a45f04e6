//! Resources: files of a cleanup (plans, journals, findings and duplicates as CSV) and the texts of skills.

use rmcp::model::{
    CacheScope, ErrorData, ListResourceTemplatesResult, ListResourcesResult, ReadResourceResult, Resource,
    ResourceContents, ResourceTemplate,
};

use super::{LIST_FRESH, LONGEST_NAME, milliseconds, skills};
use crate::render::clipped;
use crate::tools::Toolbox;
use crate::tools::cleanup_resources::{self, CleanupResourceError};

const CSV: &str = "text/csv";

/// Every file.
///
/// # Errors
/// What keeps the state from being read.
pub(super) async fn list(toolbox: &Toolbox, is_modern: bool) -> Result<ListResourcesResult, ErrorData> {
    let files = toolbox.files().await.map_err(|error| refused(&error, ""))?;
    let resource =
        |file: cleanup_resources::File| Resource::new(file.uri, file.name).with_title(file.title).with_mime_type(CSV);
    let all = files.into_iter().map(resource).chain(skills::resources(toolbox)).collect();
    let list = ListResourcesResult::with_all_items(all);
    // A plan may be made at any moment.
    Ok(if is_modern { list.with_ttl_ms(0).with_cache_scope(CacheScope::Private) } else { list })
}

/// The addresses with a place for a plan's id.
pub(super) fn templates(is_modern: bool) -> ListResourceTemplatesResult {
    let template =
        |uri: &str, name: &str, title: &str| ResourceTemplate::new(uri, name).with_title(title).with_mime_type(CSV);
    let list = ListResourceTemplatesResult::with_all_items(vec![
        template(cleanup_resources::PLAN, "plan", "What a cleanup plan sets"),
        template(cleanup_resources::JOURNAL, "journal", "What became of a cleanup plan"),
    ]);
    if is_modern { list.with_ttl_ms(milliseconds(LIST_FRESH)).with_cache_scope(CacheScope::Public) } else { list }
}

/// One file.
///
/// # Errors
/// For an address that no file has, one that is too large, and what the engine says.
pub(super) async fn read(toolbox: &Toolbox, uri: &str, is_modern: bool) -> Result<ReadResourceResult, ErrorData> {
    if let Some(skill) = skills::text(toolbox, uri) {
        let read = ReadResourceResult::new(vec![skill]);
        let fresh = milliseconds(LIST_FRESH);
        return Ok(if is_modern { read.with_ttl_ms(fresh).with_cache_scope(CacheScope::Public) } else { read });
    }
    let text = toolbox.file(uri).await.map_err(|error| refused(&error, uri))?;
    let read = ReadResourceResult::new(vec![ResourceContents::text(text, uri).with_mime_type(CSV)]);
    Ok(if is_modern { read.with_ttl_ms(0).with_cache_scope(CacheScope::Private) } else { read })
}

fn refused(error: &CleanupResourceError, uri: &str) -> ErrorData {
    let uri = clipped(uri, LONGEST_NAME);
    match error {
        CleanupResourceError::Unknown => {
            let data = serde_json::json!({ "uri": uri });
            ErrorData::resource_not_found(
                format!("There is no resource `{uri}`; resources/list names them."),
                Some(data),
            )
        }
        other => ErrorData::invalid_request(format!("{other}."), None),
    }
}
