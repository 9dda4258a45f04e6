//! Laws of the filter grammar, stated over random filters and contacts; and what each user of it does with a filter.

use imbrace_contacts_mcp::cleanup::{
    AuditRequest, CleanupError, CountKey, CountRequest, DuplicatesRequest, Field, Filter, Merge, PlanRequest, Subject,
    Workspace,
};
use imbrace_contacts_mcp::model::codes::time_zone_rules;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{TestWorkspace, remarks, request};

/// A condition in a form that the test understands by itself.
#[derive(Debug, Clone)]
enum Naive {
    All(Vec<Self>),
    Any(Vec<Self>),
    Is(&'static str, bool, Vec<String>),
    Has(&'static str, bool, String),
    Empty(&'static str, bool),
    Year(&'static str, char, i16),
}

const TEXTS: [&str; 5] = ["name", "company", "remark", "email", "language"];
const WORDS: [&str; 10] =
    ["vip", "Vip", "Nguyễn Lan", "nguyen lan", "a \"b\" c", "and", "x or y", "(1)", "it's; so", "阮"];

/// A value as somebody may write it: in quotes.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('"', "\"\""))
}

impl Naive {
    fn text(&self) -> String {
        let joined = |parts: &[Self], word: &str| {
            let parts: Vec<String> = parts.iter().map(|part| format!("({})", part.text())).collect();
            parts.join(word)
        };
        match self {
            Self::All(parts) => joined(parts, " and "),
            Self::Any(parts) => joined(parts, " or "),
            Self::Is(field, is, words) => {
                let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
                format!("{field} {}in ({})", if *is { "" } else { "not " }, words.join(", "))
            }
            Self::Has(field, has, word) => format!("{field} {}~ {}", if *has { "" } else { "!" }, quoted(word)),
            Self::Empty(field, is) => format!("{field} is {}empty", if *is { "" } else { "not " }),
            Self::Year(field, sign, year) => format!("{field} {sign} {year}"),
        }
    }

    /// The meaning, written down again in the plainest way.
    fn holds(&self, contact: &Value) -> bool {
        let held = |field: &str| {
            let field = match field {
                "name" => "display_name",
                "company" => "company_name",
                other => other,
            };
            contact[field].as_str().unwrap_or_default().to_owned()
        };
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(contact)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(contact)),
            Self::Is(field, is, words) => {
                words.iter().any(|word| word.to_lowercase() == held(field).to_lowercase()) == *is
            }
            Self::Has(field, has, word) => plain(&held(field)).contains(&plain(word)) == *has,
            Self::Empty(field, is) => held(field).is_empty() == *is,
            Self::Year(field, sign, year) => {
                let Ok(held) = held(field).chars().take(4).collect::<String>().parse::<i16>() else { return false };
                match sign {
                    '=' => held == *year,
                    '<' => held < *year,
                    _ => held > *year,
                }
            }
        }
    }
}

/// The letters of the words above without case and marks.
fn plain(text: &str) -> String {
    text.to_lowercase().replace('ễ', "e")
}

fn word() -> impl Strategy<Value = String> {
    proptest::sample::select(WORDS.to_vec()).prop_map(str::to_owned)
}

fn naive() -> impl Strategy<Value = Naive> {
    let field = || proptest::sample::select(TEXTS.to_vec());
    let day = proptest::sample::select(vec!["created_at", "updated_at"]);
    let sign = proptest::sample::select(vec!['=', '<', '>']);
    let leaf = prop_oneof![
        (field(), any::<bool>(), proptest::collection::vec(word(), 1..3)).prop_map(|(f, is, w)| Naive::Is(f, is, w)),
        (field(), any::<bool>(), word()).prop_map(|(f, has, w)| Naive::Has(f, has, w)),
        (field(), any::<bool>()).prop_map(|(f, is)| Naive::Empty(f, is)),
        (day, sign, 2023_i16..2027).prop_map(|(f, sign, year)| Naive::Year(f, sign, year)),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Naive::All),
            proptest::collection::vec(inner, 2..4).prop_map(Naive::Any),
        ]
    })
}

fn contact() -> impl Strategy<Value = Value> {
    let text = || prop_oneof![Just(String::new()), word()];
    let moment =
        prop_oneof![Just(String::new()), (2022_i32..2028).prop_map(|year| format!("{year}-06-01T10:00:00.000Z"))];
    (text(), text(), text(), text(), moment.clone(), moment).prop_map(|(name, company, remark, email, made, edited)| {
        json!({
            "id": "con_66d67483-8982-43d6-acbe-139568688add", "display_name": name, "company_name": company,
            "remark": remark, "email": email, "created_at": made, "updated_at": edited,
        })
    })
}

proptest! {
    /// A filter means what its words say, by a reading that shares nothing with the engine.
    #[test]
    fn a_filter_means_what_it_says(naive in naive(), contact in contact()) {
        let filter = Filter::parse(&naive.text()).unwrap();
        let document = contact.to_string();
        prop_assert_eq!(filter.covers(&Subject::read(&document).unwrap()), naive.holds(&contact), "{} of {}", naive.text(), document);
    }

    /// What is printed is read as the same filter.
    #[test]
    fn a_filter_that_is_printed_is_read_back(naive in naive()) {
        let filter = Filter::parse(&naive.text()).unwrap();
        prop_assert_eq!(Filter::parse(&filter.to_string()).unwrap(), filter);
    }

    /// Whatever is written, the answer is a filter or an error; a filter is read back from its print.
    #[test]
    fn any_text_is_a_filter_or_an_error(text in "(name|email|created_at|id|finding|x)? ?(=|!=|~|<|in|is|\\(|\\)|;|and|or|\"|'|,)? ?\\PC{0,12}( (and|or|;) (name ?= ?)?\\PC{0,8})?") {
        if let Ok(filter) = Filter::parse(&text) {
            let printed = filter.to_string();
            prop_assert_eq!(Filter::parse(&printed), Ok(filter), "{} printed {}", text, printed);
        }
    }
}

#[test]
fn every_name_of_a_field_is_a_field_and_keeps_its_name() {
    for name in Field::names() {
        assert_eq!(Field::named(name).map(Field::name), Some(name));
    }
    for (old, shown) in [("channel_type", "channel"), ("company_name", "company"), ("CREATED", "created_at")] {
        assert_eq!(Field::named(old).map(Field::name), Some(shown));
    }
    // What the gateway gives is known, save what every contact has alike and what is no text.
    for field in imbrace_contacts_mcp::model::CONTACT_FIELDS {
        let is_known = Field::named(field).is_some();
        assert_eq!(is_known, !["object_name", "additional_params"].contains(&field), "{field}");
    }
}

/// How many contacts an audit looks at by a filter.
async fn looked_at(bench: &TestWorkspace, filter: &str) -> u64 {
    let filter = Filter::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
    bench.workspace.audit(AuditRequest { filter, ..AuditRequest::default() }).await.unwrap().contacts
}

#[tokio::test]
async fn the_whole_list_says_who_has_findings_and_duplicates() {
    let bench = TestWorkspace::with(400).await;
    bench.sync(false).await;
    let all = looked_at(&bench, "").await;
    let with = looked_at(&bench, "finding is not empty").await;
    let report = bench.workspace.audit(AuditRequest::default()).await.unwrap();
    assert_eq!((with, with + looked_at(&bench, "finding is empty").await), (report.affected, all));
    for kind in &report.kinds {
        let counted = looked_at(&bench, &format!("finding = {}", kind.kind.name())).await;
        assert!(counted <= kind.count && counted > 0, "{}: {counted} of {}", kind.kind.name(), kind.count);
    }
    let groups = bench
        .workspace
        .duplicates(DuplicatesRequest { limit: usize::MAX, ..DuplicatesRequest::default() })
        .await
        .unwrap();
    let members: std::collections::BTreeSet<&String> =
        groups.clusters.iter().flat_map(|group| &group.members).collect();
    assert_eq!(looked_at(&bench, "has_duplicates = yes").await, members.len() as u64);
    assert!(!groups.clusters.is_empty(), "the population has duplicates");
    for group in &groups.clusters {
        let counted = looked_at(&bench, &format!("group = {}", group.id)).await;
        assert_eq!(counted, group.members.len() as u64, "{}", group.id);
    }
    // An edit is seen by the next filter.
    let somebody = bench.ids(1).remove(0);
    bench.edit(&somebody, json!({ "remark": "Zażółć gęślą" }));
    bench.sync(false).await;
    assert_eq!(looked_at(&bench, "remark ~ zazolc and remark ~ gesla").await, 1);
}

#[tokio::test]
async fn groups_of_duplicates_are_those_with_a_member_that_is_meant() {
    let bench = TestWorkspace::with(400).await;
    bench.sync(false).await;
    let of = async |filter: &str| {
        let filter = Filter::parse(filter).unwrap();
        let request = DuplicatesRequest { filter, limit: usize::MAX, ..DuplicatesRequest::default() };
        bench.workspace.duplicates(request).await.unwrap()
    };
    let all = of("").await;
    for group in all.clusters.iter().take(5) {
        let member = group.members.last().unwrap();
        let some = of(&format!("id = {member}")).await;
        assert!(some.clusters.contains(group) && some.contacts == 1, "{member}");
        assert!(some.clusters.iter().all(|group| group.members.contains(member)), "{member}");
    }
    let nobody = of("channel = nowhere").await;
    assert_eq!((nobody.contacts, nobody.clusters.len(), nobody.questions), (0, 0, 0));
}

#[tokio::test]
async fn a_plan_protects_whom_a_condition_means_and_says_how_many() {
    let bench = TestWorkspace::with(60).await;
    bench.sync(false).await;
    let ids = bench.ids(4);
    bench.edit(&ids[0], json!({ "remark": "Do NOT contact" }));
    bench.sync(false).await;
    let protect = |filter: &str, words: &[&str]| PlanRequest {
        protect_filter: Filter::parse(filter).unwrap(),
        protect: words.iter().map(|word| (*word).to_owned()).collect(),
        ..request(&remarks(&ids))
    };
    let plan = bench.workspace.plan(protect("remark ~ \"do not contact\"", &[])).await.unwrap();
    assert_eq!((plan.contacts, plan.left_out.clone()), (3, vec![("protected".to_owned(), 1)]));
    assert_eq!(plan.protected, [("remark ~ \"do not contact\"".to_owned(), 1)]);
    let nobody =
        bench.workspace.plan(protect("channel = nowhere", &["#vip", "@nowhere.example", "con_00"])).await.unwrap();
    let counts = ["con_00", "@nowhere.example", "#vip", "channel = nowhere"].map(|what| (what.to_owned(), 0));
    assert_eq!((nobody.contacts, nobody.protected), (4, counts.to_vec()));
}

#[tokio::test]
async fn a_plan_of_a_filter_that_means_nobody_says_so() {
    let bench = TestWorkspace::with(12).await;
    bench.sync(false).await;
    let filter = Filter::parse("company ~ merlin").unwrap();
    let merge = PlanRequest { merge: vec![Merge::Fill], filter, ..PlanRequest::default() };
    let error = bench.workspace.plan(merge).await.unwrap_err();
    assert_eq!(error.to_string(), "no contact of 12 matches company ~ merlin, so there is nothing to do");
    let fresh = TestWorkspace::with(12).await;
    let filter = Filter::parse("has_duplicates = yes").unwrap();
    let error = fresh.workspace.plan(PlanRequest { filter, ..request(&remarks(&fresh.ids(1))) }).await.unwrap_err();
    assert!(matches!(error, CleanupError::NoSnapshot), "{error}");
}

#[tokio::test]
async fn dates_are_those_of_the_operators_time_zone_and_an_offset_outweighs_it() {
    let zone = time_zone_rules("Asia/Hong_Kong").unwrap();
    let at = |moment: &str| {
        let fields = json!({ "id": "con_1", "created_at": moment }).to_string();
        let holds = |filter: &str| {
            let filter = Filter::parse(filter).unwrap();
            let subject = Subject::read(&fields).unwrap();
            (filter.covers(&subject), filter.in_time_zone(&zone).covers(&subject))
        };
        ["created_at = 2025-09", "created_at >= 2025-09-01T00:00", "created_at < 2025-09-01T00:00Z"].map(holds)
    };
    // Half past midnight of the first of September in Hong Kong, and of the first of October.
    assert_eq!(at("2025-08-31T16:30:00.000Z"), [(false, true), (false, true), (true, true)]);
    assert_eq!(at("2025-09-30T16:30:00.000Z"), [(true, false), (true, true), (false, false)]);
    let filter = Filter::parse("created_at = 2025-09").unwrap();
    assert_eq!(filter.time_zone(), "UTC");
    assert_eq!(filter.in_time_zone(&zone).time_zone(), "Asia/Hong_Kong");
    assert_eq!(Filter::default().in_time_zone(&zone), Filter::default());

    let bench = TestWorkspace::with(60).await;
    bench.sync(false).await;
    let here =
        Workspace::new(super::home(&bench.directory), super::client(&bench.gateway)).with_time_zone(zone.clone());
    let by_day = || CountRequest {
        count_by: CountKey::parse("created_at:day").unwrap(),
        filter: Filter::default(),
        limit: 1_000,
        skip: 0,
    };
    let mut moved = 0;
    for (workspace, zone) in [(&bench.workspace, &jiff::tz::TimeZone::UTC), (&here, &zone)] {
        let report = workspace.count(by_day()).await.unwrap();
        let mut expected = std::collections::BTreeMap::new();
        for document in bench.gateway.contacts_json().unwrap() {
            let contact: serde_json::Value = serde_json::from_str(&document).unwrap();
            let moment: jiff::Timestamp = contact["created_at"].as_str().unwrap().parse().unwrap();
            let day = zone.to_datetime(moment).date().to_string();
            moved += usize::from(day != contact["created_at"].as_str().unwrap()[..10]);
            *expected.entry(day).or_insert(0_u64) += 1;
        }
        assert_eq!(report.values, expected.into_iter().collect::<Vec<_>>());
    }
    assert!(moved > 0, "some came in on another day than that of UTC");
}
