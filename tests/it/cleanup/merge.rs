//! Duplicates without a merge at the gateway: linked, filled, marked; who survives, and what never gets lost.

use std::collections::BTreeSet;

use imbrace_contacts_mcp::cleanup::duplicates::{Tier, Verdict};
use imbrace_contacts_mcp::cleanup::{
    Answer, Decided, DuplicatesReport, DuplicatesRequest, Filter, Merge, OpenGate, PlanReport, PlanRequest, Step,
    StepFilter, StepsRequest, UndoRequest, Watch,
};
use imbrace_contacts_mcp::local_gateway::Options;
use serde_json::{Value, json};

use super::TestWorkspace;

/// Two contacts of one person, and others: a list as a file has it, because nobody may edit an id of Odoo.
pub async fn pair(first: Value, second: Value) -> (TestWorkspace, Vec<String>) {
    let people = TestWorkspace::with(30).await;
    let mut contacts: Vec<Value> =
        people.gateway.contacts_json().unwrap().iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    let same = json!({
        "display_name": "Wai Ling Cheung", "first_name": "Wai Ling", "last_name": "Cheung", "email": "wlc@example.com",
        "area_code": "852", "phone_number": "61234567", "business_unit_id": "bu_1", "remark": "", "company_name": "",
        "position": "", "odooContactID": "",
    });
    for (contact, own) in contacts.iter_mut().zip([first, second]) {
        for changes in [&same, &own] {
            contact.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        }
    }
    let ids = contacts.iter().take(3).map(|contact| contact["id"].as_str().unwrap().to_owned()).collect();
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("people.jsonl");
    let lines: Vec<String> = contacts.iter().map(Value::to_string).collect();
    std::fs::write(&list, lines.join("\n")).unwrap();
    let bench = TestWorkspace::start(Options { list: Some(list), ..Options::default() }).await;
    bench.sync(true).await;
    (bench, ids)
}

pub async fn merged(bench: &TestWorkspace, merge: Merge, protect: &[&str]) -> PlanReport {
    let protect = protect.iter().map(|word| (*word).to_owned()).collect();
    bench.workspace.plan(PlanRequest { merge: vec![merge], protect, ..PlanRequest::default() }).await.unwrap()
}

/// What a plan sets of one contact.
async fn sets(bench: &TestWorkspace, plan: &PlanReport, id: &str) -> Vec<(String, Value)> {
    let steps = bench.steps(plan).await;
    steps.into_iter().filter(|step| step.contact == id).map(|step| (step.field, step.after)).collect()
}

#[tokio::test]
async fn the_one_with_an_odoo_id_survives_and_its_blanks_are_filled() {
    let (bench, ids) =
        pair(json!({ "position": "Buyer", "company_name": "Example Ltd" }), json!({ "odooContactID": "77" })).await;
    let plan = merged(&bench, Merge::Fill, &[]).await;
    let set = sets(&bench, &plan, &ids[1]).await;
    assert!(set.contains(&("position".to_owned(), json!("Buyer"))), "{set:?}");
    assert!(set.contains(&("company_name".to_owned(), json!("Example Ltd"))), "{set:?}");
    assert!(sets(&bench, &plan, &ids[0]).await.is_empty(), "the others stay as they are");
    let before = bench.contacts();
    bench.apply_all(&plan).await;
    assert_eq!(bench.value(&ids[1], "position"), "Buyer");
    bench.undo(&plan, false).await;
    assert_eq!(bench.contacts(), before);
}

#[tokio::test]
async fn who_does_not_want_to_be_written_to_is_not_written_to_after_a_merge() {
    for words in ["Do NOT contact again", "請勿聯絡", "Vui lòng không liên hệ"] {
        let (bench, ids) =
            pair(json!({ "remark": words }), json!({ "odooContactID": "77", "remark": "likes tea" })).await;
        let plan = merged(&bench, Merge::Fill, &[]).await;
        let set = sets(&bench, &plan, &ids[1]).await;
        assert!(set.contains(&("remark".to_owned(), json!(format!("likes tea\n{words}")))), "{set:?}");
    }
    for (remark, merge, is_kept) in [
        ("likes coffee", Merge::Fill, false),
        ("likes coffee", Merge::Mark, false),
        ("please do not call", Merge::Mark, true),
    ] {
        let (bench, ids) = pair(
            json!({ "remark": remark, "position": "Buyer" }),
            json!({ "odooContactID": "77", "remark": "likes tea" }),
        )
        .await;
        let set = sets(&bench, &merged(&bench, merge, &[]).await, &ids[1]).await;
        let remarks: Vec<&Value> = set.iter().filter(|(field, _)| field == "remark").map(|(_, value)| value).collect();
        let kept = json!(format!("likes tea\n{remark}"));
        assert_eq!(remarks, if is_kept { vec![&kept] } else { Vec::new() }, "other remarks are not mixed");
    }
}

#[tokio::test]
async fn a_mark_is_added_to_what_stands_there_and_only_once() {
    let (bench, ids) = pair(json!({ "remark": "likes tea" }), json!({ "odooContactID": "77" })).await;
    let plan = merged(&bench, Merge::Mark, &[]).await;
    let mark = format!("likes tea\n[duplicate of {}]", ids[1]);
    assert!(sets(&bench, &plan, &ids[0]).await.contains(&("remark".to_owned(), json!(mark))));
    assert!(sets(&bench, &plan, &ids[1]).await.is_empty());
    bench.apply_all(&plan).await;
    bench.sync(false).await;
    let again = bench.workspace.plan(PlanRequest { merge: vec![Merge::Mark], ..PlanRequest::default() }).await;
    let left = again.map_or_else(|error| error.to_string(), |plan| format!("{:?}", plan.left_out));
    assert!(left.contains("marked already"), "{left}");
}

#[tokio::test]
async fn links_stay_here_and_go_with_the_undo() {
    let (bench, ids) = pair(json!({}), json!({ "odooContactID": "77" })).await;
    let plan = merged(&bench, Merge::Link, &[]).await;
    assert!(plan.links >= 1 && plan.steps == 0, "{plan:?}");
    assert!(bench.workspace.linked(&ids[0]).await.unwrap().is_empty(), "a plan links nothing yet");
    bench.gateway.forget_requests();
    bench.apply(&plan).await;
    assert_eq!(bench.workspace.linked(&ids[0]).await.unwrap(), [ids[1].clone()]);
    assert!(bench.gateway.tallies().writes.is_empty(), "nothing is written to the gateway");
    bench.undo(&plan, false).await;
    assert!(bench.workspace.linked(&ids[0]).await.unwrap().is_empty());
}

#[tokio::test]
async fn business_units_are_not_mixed() {
    let (bench, ids) =
        pair(json!({ "position": "Buyer" }), json!({ "odooContactID": "77", "business_unit_id": "bu_2" })).await;
    let plan = bench.workspace.plan(PlanRequest { merge: vec![Merge::Fill], ..PlanRequest::default() }).await;
    match plan {
        Ok(plan) => {
            assert!(sets(&bench, &plan, &ids[1]).await.is_empty());
            assert!(format!("{:?}", plan.left_out).contains("another business unit"), "{plan:?}");
        }
        Err(error) => assert!(error.to_string().contains("another business unit"), "{error}"),
    }
}

#[tokio::test]
async fn protected_domains_and_those_below_them_are_left_alone() {
    for (domain, is_protected) in [("@example.com", true), ("@EXAMPLE.COM", true), ("@ample.com", false)] {
        let (bench, ids) = pair(json!({ "position": "Buyer" }), json!({ "odooContactID": "77" })).await;
        let wanted =
            PlanRequest { merge: vec![Merge::Fill], protect: vec![domain.to_owned()], ..PlanRequest::default() };
        let set = match bench.workspace.plan(wanted).await {
            Ok(plan) => sets(&bench, &plan, &ids[1]).await,
            Err(error) => {
                assert!(error.to_string().contains("protected"), "{error}");
                Vec::new()
            }
        };
        assert_eq!(set.is_empty(), is_protected, "{domain}: {set:?}");
    }
    let (bench, ids) =
        pair(json!({ "position": "Buyer" }), json!({ "odooContactID": "77", "email": "wlc@sub.example.com" })).await;
    let wanted =
        PlanRequest { protect: vec!["@example.com".to_owned()], ..super::request(&[(&ids[1], "remark", json!("x"))]) };
    assert!(bench.workspace.plan(wanted).await.unwrap_err().to_string().contains("protected"));
}

#[tokio::test]
async fn what_somebody_has_said_stays_said() {
    let (bench, ids) = pair(json!({ "position": "Buyer" }), json!({ "odooContactID": "77" })).await;
    let what = Decided::Pair(ids[0].clone(), ids[1].clone());
    let answer = Answer::new(what, Verdict::Different);
    bench.workspace.decide(vec![answer]).await.unwrap();
    for workspace in [&bench.workspace, &bench.another()] {
        let plan = workspace.plan(PlanRequest { merge: vec![Merge::Fill], ..PlanRequest::default() }).await;
        let touched = match plan {
            Ok(plan) => bench.steps(&plan).await.iter().any(|step| step.contact == ids[1]),
            Err(_) => false,
        };
        assert!(!touched, "in this process or the next");
    }
    bench.sync(true).await;
    let report =
        bench.workspace.duplicates(DuplicatesRequest { contact: Some(ids[0].clone()), limit: 5, ..Default::default() });
    assert_eq!(report.await.unwrap().total, 0);
}

#[tokio::test]
async fn labels_protect_as_texts_as_objects_and_by_their_beginning() {
    for (label, protect, is_protected) in [
        (json!(["Regular", "VIP gold"]), "#vip gold", true),
        (json!(["VIP gold"]), "#vip*", true),
        (json!([{ "_id": "lb_1", "name": "VIP gold" }]), "#VIP*", true),
        (json!(["VIP gold"]), "#vip", false),
        (json!([]), "#vip*", false),
        (json!("vip"), "#vip", false),
    ] {
        let (bench, ids) =
            pair(json!({ "position": "Buyer" }), json!({ "odooContactID": "77", "labels": label })).await;
        let wanted =
            PlanRequest { merge: vec![Merge::Fill], protect: vec![protect.to_owned()], ..PlanRequest::default() };
        let set = match bench.workspace.plan(wanted).await {
            Ok(plan) => sets(&bench, &plan, &ids[1]).await,
            Err(error) => {
                assert!(error.to_string().contains("protected"), "{error}");
                Vec::new()
            }
        };
        assert_eq!(set.is_empty(), is_protected, "{label} {protect}: {set:?}");
    }
}

#[tokio::test]
async fn a_group_that_a_filter_means_in_part_is_left_alone() {
    for (filter, is_left_out) in [("odooContactID=77", true), ("email=wlc@example.com", false)] {
        let (bench, ids) = pair(json!({ "position": "Buyer" }), json!({ "odooContactID": "77" })).await;
        let filter = Filter::parse(filter).unwrap();
        let wanted = PlanRequest { merge: vec![Merge::Fill], filter, ..PlanRequest::default() };
        match bench.workspace.plan(wanted).await {
            Ok(plan) => assert_eq!(sets(&bench, &plan, &ids[1]).await.is_empty(), is_left_out),
            Err(error) => assert!(is_left_out && error.to_string().contains("outside the filter"), "{error}"),
        }
    }
}

#[tokio::test]
async fn a_no_of_yesterday_is_asked_about_once_more_on_new_evidence() {
    let (bench, ids) = pair(json!({ "email": "" }), json!({ "email": "" })).await;
    let what = Decided::Pair(ids[0].clone(), ids[1].clone());
    let answer = Answer::new(what, Verdict::Different);
    bench.workspace.decide(vec![answer]).await.unwrap();
    let questions = async || {
        let request = DuplicatesRequest::default();
        bench.another().duplicates(request).await.unwrap().patterns.iter().map(|found| found.pattern.clone()).collect()
    };
    let before: Vec<String> = questions().await;
    for id in &ids[..2] {
        bench.edit(id, json!({ "email": "wai.ling@example.com" }));
    }
    bench.sync(false).await;
    let after: Vec<String> = questions().await;
    let news: Vec<&String> = after.iter().filter(|pattern| !before.contains(pattern)).collect();
    assert!(news.len() == 1 && news[0].contains("phone+email"), "{news:?}");
}

#[tokio::test]
async fn what_a_merge_rests_on_is_looked_at_again() {
    let buyer = || json!({ "position": "Buyer", "company_name": "Example Ltd" });
    let different = |ids: &[String]| {
        let what = Decided::Pair(ids[0].clone(), ids[1].clone());
        vec![Answer::new(what, Verdict::Different)]
    };
    for merge in [Merge::Fill, Merge::Mark] {
        let (bench, ids) = pair(buyer(), json!({ "odooContactID": "77" })).await;
        let plan = merged(&bench, merge, &[]).await;
        bench.workspace.decide(different(&ids)).await.unwrap();
        let report = bench.apply_all(&plan).await;
        assert!(report.counts.skipped >= 1, "{report:?}");
        let steps = bench.steps(&plan).await;
        let theirs = steps.iter().filter(|step| ids[..2].contains(&step.contact));
        assert!(
            theirs.clone().count() >= 1 && theirs.clone().all(|step| step.why().contains("two people")),
            "{steps:?}"
        );
        let written = bench.gateway.tallies().writes;
        assert!(ids[..2].iter().all(|id| !written.contains_key(id)), "{written:?}");
    }
    let (bench, ids) = pair(buyer(), json!({ "odooContactID": "77" })).await;
    let plan = merged(&bench, Merge::Fill, &[]).await;
    bench.edit(&ids[0], json!({ "position": "Director" }));
    bench.sync(false).await;
    bench.apply_all(&plan).await;
    assert_eq!(bench.value(&ids[1], "company_name"), "Example Ltd", "what still stands is done");
    assert_eq!(bench.value(&ids[1], "position"), "", "what the other one no longer is, is not copied");
    let (bench, ids) = pair(buyer(), json!({ "odooContactID": "77" })).await;
    let plan = merged(&bench, Merge::Link, &[]).await;
    bench.apply(&plan).await;
    assert_eq!(bench.workspace.linked(&ids[0]).await.unwrap(), [ids[1].clone()]);
    bench.workspace.decide(different(&ids)).await.unwrap();
    assert!(bench.workspace.linked(&ids[0]).await.unwrap().is_empty(), "two people are not read as one");
}

#[tokio::test]
async fn what_is_shown_as_sure_is_what_is_acted_on_and_questions_are_listed_by_pattern() {
    let (bench, ids) = pair(json!({}), json!({})).await;
    let nameless = json!({
        "display_name": "", "first_name": "", "last_name": "", "email": "", "area_code": "852", "phone_number": "61234567",
    });
    bench.edit(&ids[2], nameless);
    bench.sync(false).await;
    let ask = async |tier: Option<Tier>, pattern: Option<String>| {
        let request = DuplicatesRequest { tier, pattern, limit: 1_000, ..DuplicatesRequest::default() };
        bench.workspace.duplicates(request).await.unwrap()
    };
    let (sure, review) = (ask(Some(Tier::Auto), None).await, ask(Some(Tier::Review), None).await);
    let members = |report: &DuplicatesReport| -> BTreeSet<BTreeSet<String>> {
        report.clusters.iter().map(|cluster| cluster.members.iter().cloned().collect()).collect()
    };
    let plan = merged(&bench, Merge::Link, &[]).await;
    let (linked, shown) = (plan.links, sure.clusters.iter().map(|cluster| cluster.within_units().len()).sum::<usize>());
    assert_eq!(linked, shown as u64);
    let parts = members(&sure).iter().filter(|part| members(&review).iter().any(|whole| part.is_subset(whole))).count();
    assert!(parts > 0, "groups to review that hold a sure part");
    let short_ids: BTreeSet<&str> =
        sure.clusters.iter().chain(&review.clusters).map(|cluster| cluster.id.as_str()).collect();
    assert_eq!(short_ids.len(), sure.clusters.len() + review.clusters.len(), "each has a handle of its own");
    for found in &sure.patterns {
        let asked = ask(None, Some(found.pattern.clone())).await;
        assert_eq!((asked.total, asked.pairs.len() as u64, asked.clusters.len()), (found.count, found.count, 0));
        assert!(asked.pairs.iter().all(|pair| pair.pattern == found.pattern));
    }
    let part = sure.clusters.iter().find(|cluster| cluster.members.contains(&ids[0])).unwrap();
    let answer = Answer::new(Decided::Cluster(part.id.clone()), Verdict::Same);
    assert_eq!(bench.workspace.decide(vec![answer]).await.unwrap().settled, 1, "the nameless one is not meant");
}

#[tokio::test]
async fn one_plan_links_and_fills_the_same_people_and_each_part_is_taken_back_alone() {
    let kind = |kind: &str| StepFilter { kinds: vec![kind.to_owned()], ..StepFilter::default() };
    let field = StepFilter { fields: vec!["position".to_owned()], ..StepFilter::default() };
    // Whether the value and the link stay.
    for (part, stays) in [
        (StepFilter::default(), (false, false)),
        (kind("link"), (true, false)),
        (kind("fill"), (false, true)),
        (field, (false, true)),
    ] {
        let (bench, ids) =
            pair(json!({ "position": "Buyer", "remark": "please do not call" }), json!({ "odooContactID": "77" }))
                .await;
        let request = PlanRequest { merge: vec![Merge::Link, Merge::Fill, Merge::Mark], ..PlanRequest::default() };
        let plan = bench.workspace.plan(request).await.unwrap();
        let (link, fill) = (merged(&bench, Merge::Link, &[]).await, merged(&bench, Merge::Fill, &[]).await);
        assert_eq!(plan.links, link.links, "as many groups as a plan that only links");
        let of_kind = |steps: Vec<Step>, kind: &str| -> Vec<(String, String, Value)> {
            let steps = steps.into_iter().filter(|step| step.kind == kind);
            steps.map(|step| (step.contact, step.field, step.after)).collect()
        };
        assert_eq!(of_kind(bench.steps(&plan).await, "fill"), of_kind(bench.steps(&fill).await, "fill"));
        let marked = of_kind(bench.steps(&plan).await, "mark");
        assert!(marked.iter().all(|(id, _, _)| *id != ids[1]), "who survives is not marked: {marked:?}");
        let page = bench.workspace.steps_page(StepsRequest { plan: plan.id.clone(), ..StepsRequest::default() }).await;
        let of_group: BTreeSet<String> = page.unwrap().steps.iter().map(|step| step.group.clone()).collect();
        assert_eq!(of_group.len() as u64, plan.links, "the link and the values of a group are found by it");

        let before = bench.contacts();
        bench.apply_all(&plan).await;
        let linked = || async { bench.workspace.linked(&ids[0]).await.unwrap() == [ids[1].clone()] };
        assert!(linked().await && bench.value(&ids[1], "position") == "Buyer");
        let is_whole = part == StepFilter::default();
        let undo = UndoRequest { plan: plan.id.clone(), only: part, ..UndoRequest::default() };
        bench.workspace.undo(undo, &OpenGate::UNPACED, &Watch::default()).await.unwrap();
        assert_eq!((bench.value(&ids[1], "position") == "Buyer", linked().await), stays);
        assert!(!is_whole || bench.contacts() == before);
    }
}

#[tokio::test]
async fn a_group_of_a_plan_that_links_and_fills_is_taken_back_with_both() {
    let (bench, ids) = pair(json!({ "position": "Buyer" }), json!({ "odooContactID": "77" })).await;
    let request = PlanRequest { merge: vec![Merge::Fill, Merge::Link], ..PlanRequest::default() };
    let plan = bench.workspace.plan(request).await.unwrap();
    bench.apply_all(&plan).await;
    let step = bench.steps(&plan).await.into_iter().find(|step| step.contact == ids[1]).unwrap();
    let only = StepFilter { groups: vec![step.group], ..StepFilter::default() };
    let undo = UndoRequest { plan: plan.id.clone(), only, ..UndoRequest::default() };
    let report = bench.workspace.undo(undo, &OpenGate::UNPACED, &Watch::default()).await.unwrap();
    assert_eq!((report.undone >= 1, report.unlinked), (true, 1), "{report:?}");
    assert!(bench.workspace.linked(&ids[0]).await.unwrap().is_empty() && bench.value(&ids[1], "position") == "");
}
