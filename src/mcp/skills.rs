//! Skills (SEP-2640): longer guidance for a model, which costs nothing until it is read. The files under `skills/` are what is served.

use rmcp::model::{
    CacheScope, ErrorData, GetSkillResult, ListSkillsResult, Resource, ResourceContents, Skill, SkillFrontmatter,
    SkillResource, SkillResources,
};

use super::{LIST_FRESH, LONGEST_NAME, milliseconds};
use crate::render::clipped;
use crate::tools::Toolbox;

const MARKDOWN: &str = "text/markdown";

/// One skill: its text with the front matter, and the tools without which it is of no use.
struct KnownSkill {
    uri: &'static str,
    text: &'static str,
    needs: &'static [&'static str],
}

const SKILLS: [KnownSkill; 2] = [
    KnownSkill {
        uri: "skill://clean-contacts/SKILL.md",
        text: include_str!("../../skills/clean-contacts/SKILL.md"),
        needs: &["audit_contacts", "plan_cleanup", "apply_cleanup", "undo_cleanup"],
    },
    KnownSkill {
        uri: "skill://find-contacts/SKILL.md",
        text: include_str!("../../skills/find-contacts/SKILL.md"),
        needs: &["search_contacts", "list_contacts", "get_contact"],
    },
];

impl KnownSkill {
    fn front_matter(&self) -> SkillFrontmatter {
        let head =
            self.text.strip_prefix("---\n").and_then(|text| text.split_once("\n---\n")).map_or("", |(head, _)| head);
        let value = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.unwrap_or_default().to_owned()
        };
        SkillFrontmatter::new(value("name"), value("description"))
    }

    fn entry(&self) -> Skill {
        let file = SkillResource::from_bytes(self.uri, self.text.as_bytes());
        Skill::new(self.uri, self.front_matter(), SkillResources::Files(vec![file]))
    }
}

/// The skills of which every tool is offered.
fn offered(toolbox: &Toolbox) -> impl Iterator<Item = &'static KnownSkill> {
    let is_offered = |name: &&str| toolbox.entries().iter().any(|entry| entry.name == *name);
    SKILLS.iter().filter(move |skill| skill.needs.iter().all(&is_offered))
}

/// Returns true if there are any.
pub(super) fn are_offered(toolbox: &Toolbox) -> bool {
    offered(toolbox).next().is_some()
}

/// All of them.
pub(super) fn list(toolbox: &Toolbox, is_modern: bool) -> ListSkillsResult {
    let list = ListSkillsResult::with_all_items(offered(toolbox).map(KnownSkill::entry).collect());
    if is_modern { list.with_ttl_ms(milliseconds(LIST_FRESH)).with_cache_scope(CacheScope::Public) } else { list }
}

/// One of them.
///
/// # Errors
/// For an address of none.
pub(super) fn get(toolbox: &Toolbox, uri: &str, is_modern: bool) -> Result<GetSkillResult, ErrorData> {
    let skill = offered(toolbox).find(|skill| skill.uri == uri).ok_or_else(|| {
        let message = format!("There is no skill `{}`; skills/list names them.", clipped(uri, LONGEST_NAME));
        ErrorData::invalid_params(message, None)
    })?;
    let got = GetSkillResult::new(skill.entry());
    Ok(if is_modern { got.with_ttl_ms(milliseconds(LIST_FRESH)).with_cache_scope(CacheScope::Public) } else { got })
}

/// Their texts as resources.
pub(super) fn resources(toolbox: &Toolbox) -> Vec<Resource> {
    let resource = |skill: &KnownSkill| {
        let matter = skill.front_matter();
        Resource::new(skill.uri, matter.name).with_description(matter.description).with_mime_type(MARKDOWN)
    };
    offered(toolbox).map(resource).collect()
}

/// The text of one; `None` for an address of none.
pub(super) fn text(toolbox: &Toolbox, uri: &str) -> Option<ResourceContents> {
    let skill = offered(toolbox).find(|skill| skill.uri == uri)?;
    Some(ResourceContents::text(skill.text, uri).with_mime_type(MARKDOWN))
}
