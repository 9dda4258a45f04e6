//! Fills: what one entry of a person gives another is a whole value, and none that the audit would tell of.

use std::collections::{BTreeMap, BTreeSet};

use imbrace_contacts_mcp::cleanup::duplicates::Verdict;
use imbrace_contacts_mcp::cleanup::findings::{Kind, ValueCounts, findings};
use imbrace_contacts_mcp::cleanup::normalize::phone::{Reading, of_subject};
use imbrace_contacts_mcp::cleanup::{Answer, Decided, Merge, PlanRequest, Step, StepState, Subject};
use imbrace_contacts_mcp::local_gateway::Options;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use super::TestWorkspace;
use super::merge::{merged, pair};

type Fields = Map<String, Value>;

const GROUPS: usize = 400;
const MEMBERS: usize = 3;

/// What people write into fields, well and badly. `{}` is the number of the group, so that few groups share a value.
const VALUES: [(&str, &[&str]); 11] = [
    (
        "email",
        &[
            "",
            "",
            "jane{}@example.com",
            "JANE{}@Example.COM",
            "jane{}@gmial.com",
            "info@example.com",
            "no mail",
            "<jane{}@example.org>",
            "jane {}@example.com",
            "jane{}@mailinator.com",
            "everybody@example.net",
            "n/a",
        ],
    ),
    ("birthday", &["", "", "1990-12-31", "31/12/1990", "1990-02-30", "2090-01-01", "03/04/1991", "soon"]),
    ("gender", &["", "", "Male", "f", "nam", "?"]),
    ("language", &["", "", "en", "vi", "klingon"]),
    ("time_zone", &["", "", "Asia/Saigon", "Asia/Hong_Kong", "Mars/Base"]),
    ("company_name", &["", "", "Example Ltd", "n/a"]),
    ("whatsapp_id", &["", "", "", "849123450{}", "85291230{}"]),
    ("first_name", &["", "", "Jane{}", "JANE", "test", "Jane (Example Ltd)", "UNK#X{}"]),
    ("last_name", &["", "", "Doe", "doe", "-"]),
    ("display_name", &["", "Jane{} Doe", "UNK#DO{}", "WhatsApp User"]),
    ("remark", &["", "likes tea"]),
];

/// Country codes and numbers.
const NUMBERS: [(&str, &str); 14] = [
    ("", ""),
    ("", ""),
    ("", ""),
    ("852", ""),
    ("852", "91230{}"),
    ("", "091 234 5{}"),
    ("", "+84 912-345-{}"),
    ("84", "0912 345 {}"),
    ("1", "2025550{} ext 5"),
    ("", "000000"),
    ("", "12345"),
    ("852", "61234567"),
    ("+852", "9123 0{}"),
    ("84", "01662345{}"),
];

fn member() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    prop::collection::vec(any::<prop::sample::Index>(), VALUES.len() + 1)
}

fn of_group(number: usize, choices: &[prop::sample::Index]) -> Fields {
    let text = |value: &str| Value::from(value.replace("{}", &format!("{:03}", 100 + number)));
    let mut fields: Fields = VALUES
        .iter()
        .zip(choices)
        .map(|((field, values), choice)| ((*field).to_owned(), text(choice.get::<&str>(values))))
        .collect();
    let (code, phone) = choices[VALUES.len()].get(&NUMBERS);
    fields.extend([("area_code".to_owned(), text(code)), ("phone_number".to_owned(), text(phone))]);
    fields.insert("business_unit_id".to_owned(), "bu_1".into());
    fields
}

fn documents(bench: &TestWorkspace) -> BTreeMap<String, Fields> {
    let read = |text: String| serde_json::from_str::<Fields>(&text).unwrap();
    let contacts = bench.gateway.contacts_json().unwrap().into_iter().map(read);
    contacts.map(|contact| (contact["id"].as_str().unwrap().to_owned(), contact)).collect()
}

fn with<T>(contact: &Fields, ask: impl FnOnce(&Subject<'_>) -> T) -> T {
    let text = Value::Object(contact.clone()).to_string();
    ask(&Subject::read(&text).unwrap())
}

fn counted(contacts: &BTreeMap<String, Fields>) -> ValueCounts {
    let mut value_counts = ValueCounts::default();
    contacts.values().for_each(|contact| with(contact, |subject| value_counts.count(subject)));
    value_counts
}

fn told(contact: &Fields, value_counts: &ValueCounts) -> BTreeSet<(Kind, &'static str)> {
    with(contact, |subject| findings(subject, value_counts))
        .into_iter()
        .map(|found| (found.kind, found.field))
        .collect()
}

fn number(contact: &Fields) -> Option<String> {
    match with(contact, |subject| of_subject(subject, None)) {
        Reading::Number { phone, .. } => Some(phone.comparable()),
        _ => None,
    }
}

#[tokio::test]
async fn what_is_filled_has_no_finding_and_a_number_stays_the_same_number() {
    let mut runner = TestRunner::deterministic();
    let people = TestWorkspace::with(GROUPS * MEMBERS).await;
    let mut contacts: Vec<Fields> = documents(&people).into_values().collect();
    let mut groups: Vec<Vec<String>> = vec![Vec::new(); GROUPS];
    for (place, contact) in contacts.iter_mut().enumerate() {
        let choices = member().new_tree(&mut runner).unwrap().current();
        contact.extend(of_group(place / MEMBERS, &choices));
        groups[place / MEMBERS].push(contact["id"].as_str().unwrap().to_owned());
    }
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("people.jsonl");
    let lines: Vec<String> = contacts.iter().map(|contact| Value::Object(contact.clone()).to_string()).collect();
    std::fs::write(&list, lines.join("\n")).unwrap();
    let bench = TestWorkspace::start(Options { list: Some(list), ..Options::default() }).await;
    bench.sync(true).await;
    let pairs =
        groups.iter().flat_map(|group| [(0, 1), (0, 2), (1, 2)].map(|(one, two)| [one, two].map(|at| &group[at])));
    let same = pairs.map(|[one, two]| Answer::new(Decided::Pair(one.clone(), two.clone()), Verdict::Same)).collect();
    bench.workspace.decide(same).await.unwrap();
    let plan = merged(&bench, Merge::Fill, &[]).await;
    let reasons: Vec<&str> = plan.left_out.iter().map(|(reason, _)| reason.as_str()).collect();
    for kind in [
        Kind::PhoneJunk,
        Kind::EmailJunk,
        Kind::BirthdayImpossible,
        Kind::HubPhone,
        Kind::JunkName,
        Kind::LanguageUnknown,
    ] {
        assert!(reasons.iter().any(|reason| reason.ends_with(kind.name())), "{}: {reasons:?}", kind.name());
    }

    let (before, counts_before) = {
        let all = documents(&bench);
        let counts = counted(&all);
        (all, counts)
    };
    bench.apply_all(&plan).await;
    let (after, counts_after) = {
        let all = documents(&bench);
        let counts = counted(&all);
        (all, counts)
    };
    let mut filled: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for step in bench.steps(&plan).await {
        assert_eq!(step.state, StepState::Applied, "{step:?}");
        assert!(step.before.is_null() || step.before == "", "nothing is overwritten: {step:?}");
        filled.entry(step.contact).or_default().insert(step.field);
    }
    let mut by_field: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, fields) in &filled {
        let (was, is) = (&before[id], &after[id]);
        let old = told(was, &counts_before);
        for (kind, field) in told(is, &counts_after).difference(&old) {
            let is_name = *field == "display_name" && fields.contains("first_name");
            assert!(!fields.contains(*field) && !is_name, "{kind:?} is new in {field}: {was:?} -> {is:?}");
        }
        if fields.contains("area_code") || fields.contains("phone_number") {
            assert!(fields.contains("area_code") && fields.contains("phone_number"), "half a number: {is:?}");
            let group = groups.iter().find(|group| group.contains(id)).unwrap();
            let numbers: Vec<_> = group.iter().filter_map(|member| number(&before[member])).collect();
            assert!(numbers.contains(&number(is).unwrap()), "{is:?} has none of {numbers:?}");
        }
        fields.iter().for_each(|field| *by_field.entry(field).or_default() += 1);
    }
    for field in [
        "phone_number",
        "email",
        "birthday",
        "gender",
        "language",
        "time_zone",
        "company_name",
        "first_name",
        "whatsapp_id",
    ] {
        assert!(by_field.get(field).is_some_and(|count| *count >= 4), "{field}: {by_field:?}");
    }
    // A fill is taken back byte for byte.
    bench.undo(&plan, false).await;
    let known = |contacts: BTreeMap<String, Fields>| -> BTreeMap<String, Fields> {
        contacts
            .into_iter()
            .map(|(id, mut contact)| {
                contact.remove("updated_at");
                (id, contact)
            })
            .collect()
    };
    assert_eq!(known(documents(&bench)), known(before));
}

/// What a plan left of its steps for one contact: fields that it wrote, and reasons for the others.
fn ends(steps: &[Step], id: &str) -> Vec<(String, String)> {
    let own = steps.iter().filter(|step| step.contact == id);
    own.map(|step| (step.field.clone(), step.why().to_owned())).collect()
}

#[tokio::test]
async fn a_number_is_filled_whole_or_left_also_when_half_of_it_changed_since() {
    let nothing = || json!({ "odooContactID": "77", "area_code": "", "phone_number": "", "position": "" });
    let first = || json!({ "position": "Buyer" });
    for (who, edit) in
        [(0, json!({ "area_code": "853" })), (1, json!({ "area_code": "853" })), (1, json!({ "phone_number": "5" }))]
    {
        let (bench, ids) = pair(first(), nothing()).await;
        let plan = merged(&bench, Merge::Fill, &[]).await;
        let planned: Vec<_> = bench.steps(&plan).await.into_iter().filter(|step| step.contact == ids[1]).collect();
        assert!(
            ["area_code", "phone_number"].iter().all(|part| planned.iter().any(|step| step.field == *part)),
            "{planned:?}"
        );
        bench.edit(&ids[who], edit.clone());
        if who == 0 {
            bench.sync(false).await;
        }
        bench.apply_all(&plan).await;
        assert_eq!(bench.value(&ids[1], "position"), "Buyer", "what stands alone is done");
        let own = edit.as_object().unwrap();
        for part in ["area_code", "phone_number"] {
            let expected = own.get(part).filter(|_| who == 1).cloned().unwrap_or_else(|| json!(""));
            assert_eq!(bench.value(&ids[1], part), expected, "{part} after {edit} of {who}");
        }
        let ends = ends(&bench.steps(&plan).await, &ids[1]);
        assert!(ends.iter().any(|(_, why)| why.contains("it goes with")), "{ends:?}");
    }
    let (bench, ids) = pair(first(), json!({ "odooContactID": "77", "area_code": "853", "phone_number": "" })).await;
    let plan = merged(&bench, Merge::Fill, &[]).await;
    assert!(plan.left_out.iter().any(|(reason, _)| reason.contains("a country code without a number")), "{plan:?}");
    assert!(bench.steps(&plan).await.iter().all(|step| step.contact != ids[1] || step.field == "position"));
}

#[tokio::test]
async fn an_undo_leaves_a_number_whole_where_half_of_it_was_edited() {
    let (bench, ids) = pair(json!({}), json!({ "odooContactID": "77", "area_code": "", "phone_number": "" })).await;
    let plan = merged(&bench, Merge::Fill, &[]).await;
    bench.apply_all(&plan).await;
    bench.edit(&ids[1], json!({ "phone_number": "61234568" }));
    let undo = bench.undo(&plan, false).await;
    let kept: Vec<&str> =
        undo.kept.iter().filter(|step| step.contact == ids[1]).map(|step| step.field.as_str()).collect();
    assert_eq!(BTreeSet::from_iter(kept), BTreeSet::from(["area_code", "phone_number"]), "{undo:?}");
    assert_eq!(
        (bench.value(&ids[1], "area_code"), bench.value(&ids[1], "phone_number")),
        (json!("852"), json!("61234568"))
    );
}

#[tokio::test]
async fn a_fix_that_moves_a_note_to_the_remark_is_done_whole_or_not_at_all() {
    let noted = || json!({ "area_code": "1", "phone_number": "2025550123 ext 5", "remark": "", "email": "" });
    let fix = || PlanRequest { fix: vec![Kind::PhoneExtra], ..PlanRequest::default() };
    let (bench, ids) = pair(noted(), json!({})).await;
    let plan = bench.workspace.plan(fix()).await.unwrap();
    let planned = bench.steps(&plan).await;
    let own: BTreeSet<&str> =
        planned.iter().filter(|step| step.contact == ids[0]).map(|step| step.field.as_str()).collect();
    assert_eq!(own, BTreeSet::from(["phone_number", "remark"]), "{planned:?}");
    bench.edit(&ids[0], json!({ "remark": "a colleague's" }));
    bench.apply_all(&plan).await;
    assert_eq!(bench.value(&ids[0], "phone_number"), "2025550123 ext 5", "its note would be nowhere");
    assert_eq!(bench.value(&ids[0], "remark"), "a colleague's");

    let (bench, ids) = pair(noted(), json!({})).await;
    let request = PlanRequest { fix: vec![Kind::PhoneExtra], ..super::request(&[(&ids[0], "remark", json!("mine"))]) };
    let plan = bench.workspace.plan(request).await.unwrap();
    let own: Vec<_> = bench.steps(&plan).await.into_iter().filter(|step| step.contact == ids[0]).collect();
    assert!(own.len() == 1 && own[0].after == "mine", "{own:?}");
    assert!(plan.left_out.iter().any(|(reason, _)| reason == "another step sets the same field"), "{plan:?}");
}
