//! The teams that conversations belong to, and the colleagues in them.

use crate::json::Object;
use crate::people::{BUSINESS_UNIT_ID, FIRST_USER, ORGANIZATION_ID, SECOND_USER};

/// A team.
struct Team {
    id: &'static str,
    name: &'static str,
    mode: &'static str,
    description: &'static str,
}

/// Word ids, as seeded objects of the real gateway have them (contract, 4.3).
const TEAMS: [Team; 4] = [
    Team { id: "t_imbrace_default_team", name: "General", mode: "public", description: "" },
    Team { id: "t_imbrace_sales", name: "Sales", mode: "public", description: "Quotes and orders" },
    Team { id: "t_imbrace_support", name: "Support", mode: "public", description: "Questions after the order" },
    Team { id: "t_imbrace_vip", name: "VIP 貴賓", mode: "private", description: "" },
];

/// Users with the names that comments and notifications show.
const COLLEAGUES: [(&str, &str); 5] = [
    (FIRST_USER, "Agent One"),
    (SECOND_USER, "Agent Two"),
    ("u_00000000-0000-4000-8000-000000000003", "Agent Three"),
    ("u_00000000-0000-4000-8000-000000000004", "客服四號"),
    ("u_imbrace_bot", "Assistant"),
];

/// How many colleagues there are.
pub(crate) const COLLEAGUES_COUNT: u64 = COLLEAGUES.len() as u64;
/// How many teams there are.
pub(crate) const COUNT: u64 = TEAMS.len() as u64;

fn team(number: i64) -> &'static Team {
    let position = usize::try_from(number).unwrap_or(0);
    TEAMS.get(position).unwrap_or(&TEAMS[0])
}

/// A team's id.
pub(crate) fn id(number: i64) -> &'static str {
    team(number).id
}

/// A team's name.
pub(crate) fn name(number: i64) -> &'static str {
    team(number).name
}

/// A colleague's id and name.
pub(crate) fn colleague(number: u64) -> (&'static str, &'static str) {
    let position = usize::try_from(number).unwrap_or(0) % COLLEAGUES.len();
    COLLEAGUES.get(position).copied().unwrap_or((FIRST_USER, ""))
}

/// A team as conversations embed it (contract, 5.2).
pub(crate) fn document(number: i64) -> String {
    let team = team(number);
    Object::new()
        .text("_id", team.id)
        .text("doc_name", "team")
        .text("public_id", team.id)
        .text("organization_id", ORGANIZATION_ID)
        .text("business_unit_id", BUSINESS_UNIT_ID)
        .text("name", team.name)
        .text("mode", team.mode)
        .text("icon_url", "")
        .text("description", team.description)
        .with("is_default", &(number == 0))
        .with("is_disabled", &false)
        .text("created_at", "2025-01-01T00:00:00.000Z")
        .text("updated_at", "2025-01-01T00:00:00.000Z")
        .end()
}
