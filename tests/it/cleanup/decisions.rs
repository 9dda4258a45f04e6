//! Decisions about duplicates: unsure ones, notes, lists, the way back, and files of them.

use imbrace_contacts_mcp::cleanup::duplicates::Verdict;
use imbrace_contacts_mcp::cleanup::{
    Answer, CleanupError, Decided, DecisionSheet, DecisionsReport, DecisionsRequest, DuplicatesRequest, Merge,
    PlanRequest, csv_export,
};
use serde_json::json;

use super::TestWorkspace;
use super::sync::state_file;

/// Two entries of one person, a third that only shares the phone number, and others.
async fn people() -> (TestWorkspace, Vec<String>) {
    let bench = TestWorkspace::with(30).await;
    let ids = bench.ids(3);
    let person = json!({
        "display_name": "Wai Ling Cheung", "first_name": "Wai Ling", "last_name": "Cheung", "email": "wlc@example.com",
        "area_code": "852", "phone_number": "61234567", "birthday": "", "whatsapp_id": "",
    });
    for id in &ids[..2] {
        bench.edit(id, person.clone());
    }
    let other = json!({
        "display_name": "Ana", "first_name": "", "last_name": "", "email": "", "area_code": "852", "phone_number": "61234567",
        "birthday": "", "whatsapp_id": "",
    });
    bench.edit(&ids[2], other);
    bench.sync(true).await;
    (bench, ids)
}

fn pair(ids: &[String]) -> Decided {
    Decided::Pair(ids[0].clone(), ids[1].clone())
}

async fn decide(bench: &TestWorkspace, answer: Answer) -> imbrace_contacts_mcp::cleanup::DecideReport {
    bench.workspace.decide(vec![answer]).await.unwrap()
}

async fn listed(bench: &TestWorkspace) -> DecisionsReport {
    bench.another().decisions(DecisionsRequest::default()).await.unwrap()
}

/// Returns whether the two are surely one person, and whether they are asked about.
async fn stand(bench: &TestWorkspace, ids: &[String]) -> (bool, bool) {
    let request = DuplicatesRequest { questions: true, limit: 1_000, ..DuplicatesRequest::default() };
    let asked = bench.workspace.duplicates(request).await.unwrap();
    let is_asked = asked.pairs.iter().any(|pair| ids.contains(&pair.ids.0) && ids.contains(&pair.ids.1));
    let request = DuplicatesRequest { contact: Some(ids[0].clone()), limit: 10, ..DuplicatesRequest::default() };
    let groups = bench.workspace.duplicates(request).await.unwrap();
    let sure = |cluster: &&imbrace_contacts_mcp::cleanup::duplicates::Cluster| {
        cluster.tier == imbrace_contacts_mcp::cleanup::duplicates::Tier::Auto && cluster.members.contains(&ids[1])
    };
    (groups.clusters.iter().any(|cluster| sure(&cluster)), is_asked)
}

#[tokio::test]
async fn two_of_whom_nobody_can_tell_are_not_joined_not_asked_about_and_not_two_people_for_ever() {
    let (bench, ids) = people().await;
    let (two, asked) = (&ids[..2], [ids[0].clone(), ids[2].clone()]);
    assert_eq!(stand(&bench, two).await, (true, false), "sure, by phone and e-mail");
    let report = decide(&bench, Answer::new(pair(two), Verdict::Unsure)).await;
    assert_eq!((report.settled, report.unsure, report.reopened), (0, 1, 0));
    assert_eq!(stand(&bench, two).await, (false, false), "neither joined nor asked about");
    let request = DuplicatesRequest { contact: Some(ids[0].clone()), limit: 10, ..DuplicatesRequest::default() };
    let to_look_at = bench.workspace.duplicates(request).await.unwrap();
    assert!(to_look_at.clusters.iter().any(|cluster| cluster.members.contains(&ids[1])), "it stays to be looked at");
    let merged = bench.workspace.plan(PlanRequest { merge: vec![Merge::Link], ..PlanRequest::default() }).await;
    if let Ok(plan) = merged {
        bench.apply(&plan).await;
    }
    assert!(bench.workspace.linked(&ids[0]).await.unwrap().is_empty());

    // New evidence does not ask again; taking it back does.
    bench.edit(&ids[0], json!({ "birthday": "1988-02-11" }));
    bench.edit(&ids[1], json!({ "birthday": "1988-02-11" }));
    bench.sync(false).await;
    assert_eq!(stand(&bench, two).await, (false, false));
    let report = decide(&bench, Answer::reopen(pair(two))).await;
    assert_eq!((report.settled, report.unsure, report.reopened), (0, 0, 1));
    assert_eq!(stand(&bench, two).await, (true, false), "as if nobody had said anything");

    let is_question = stand(&bench, &asked).await;
    let before = decide(&bench, Answer::new(pair(two), Verdict::Same)).await.questions_left;
    if is_question.1 {
        let unsure = decide(&bench, Answer::new(pair(&asked), Verdict::Unsure)).await;
        assert_eq!(unsure.questions_left, before - 1);
        assert_eq!(decide(&bench, Answer::reopen(Decided::Verdict(Verdict::Unsure))).await.questions_left, before);
    }
}

#[tokio::test]
async fn what_nobody_can_tell_since_the_plan_is_not_written_and_not_read_as_one() {
    let (bench, ids) = people().await;
    bench.edit(&ids[0], json!({ "company_name": "Example Ltd", "position": "Buyer" }));
    bench.edit(&ids[1], json!({ "company_name": "", "position": "" }));
    bench.sync(false).await;
    let of_two = |how| PlanRequest { merge: vec![how], ..PlanRequest::default() };
    let link = bench.workspace.plan(of_two(Merge::Link)).await.unwrap();
    bench.apply(&link).await;
    assert_eq!(bench.workspace.linked(&ids[0]).await.unwrap(), [ids[1].clone()]);
    let mark = bench.workspace.plan(of_two(Merge::Mark)).await.unwrap();
    decide(&bench, Answer::new(pair(&ids), Verdict::Unsure)).await;
    assert!(bench.workspace.linked(&ids[0]).await.unwrap().is_empty());
    bench.apply_all(&mark).await;
    let steps = bench.steps(&mark).await;
    let theirs: Vec<_> = steps.iter().filter(|step| ids[..2].contains(&step.contact)).collect();
    assert!(!theirs.is_empty() && theirs.iter().all(|step| step.why().contains("nobody can tell")), "{steps:?}");
    decide(&bench, Answer::reopen(Decided::Contact(ids[0].clone()))).await;
    assert_eq!(bench.workspace.linked(&ids[0]).await.unwrap(), [ids[1].clone()], "taken back, they are one again");
}

#[tokio::test]
async fn decisions_are_listed_with_their_notes_newest_first_and_taken_back_by_pair_group_contact_and_verdict() {
    let (bench, ids) = people().await;
    let noted = |note: &str, verdict| Answer::new(pair(&ids), verdict).with_note(note);
    decide(&bench, noted("mother and daughter", Verdict::Different)).await;
    decide(&bench, Answer::new(Decided::Pair(ids[2].clone(), ids[0].clone()), Verdict::Unsure)).await;
    let report = listed(&bench).await;
    assert_eq!((report.total, report.counts[&Verdict::Different], report.counts[&Verdict::Unsure]), (2, 1, 1));
    assert_eq!(report.decisions[0].kept.verdict, Verdict::Unsure, "the newest first");
    let [_, different] = report.decisions.as_slice() else { panic!("{report:?}") };
    assert_eq!((different.kept.note.as_str(), different.kept.pair.clone()), ("mother and daughter", ordered(&ids)));
    assert!(different.because.contains("same phone and e-mail"), "{different:?}");
    assert!(ids.iter().all(|id| report.members.contains_key(id)));
    // The same again keeps the note; the opposite does not.
    decide(&bench, noted("", Verdict::Different)).await;
    assert_eq!(listed(&bench).await.decisions[0].kept.note, "mother and daughter");
    decide(&bench, noted("", Verdict::Same)).await;
    assert_eq!(listed(&bench).await.decisions[0].kept.note, "");
    decide(&bench, noted("twins", Verdict::Different)).await;

    let only = async |request: DecisionsRequest| bench.workspace.decisions(request).await.unwrap().total;
    assert_eq!(only(DecisionsRequest { verdict: Some(Verdict::Same), ..DecisionsRequest::default() }).await, 0);
    assert_eq!(only(DecisionsRequest { contact: Some(ids[1].clone()), ..DecisionsRequest::default() }).await, 1);
    assert_eq!(only(DecisionsRequest { skip: 1, limit: 1, ..DecisionsRequest::default() }).await, 2);

    // A group that is several people has no members any more; its handle still names what was said of it.
    for what in [Decided::Contact(ids[1].clone()), Decided::Verdict(Verdict::Different), pair(&ids)] {
        decide(&bench, noted("", Verdict::Different)).await;
        assert_eq!(decide(&bench, Answer::reopen(what)).await.reopened, 1);
    }
    let request = DuplicatesRequest { contact: Some(ids[1].clone()), limit: 1, ..DuplicatesRequest::default() };
    let group = bench.workspace.duplicates(request).await.unwrap().clusters[0].id.clone();
    let of_group = decide(&bench, Answer::new(Decided::Cluster(group.clone()), Verdict::Different)).await.settled;
    assert!(decide(&bench, Answer::reopen(Decided::Cluster(group))).await.reopened >= of_group);

    for what in [pair(&ids), Decided::Verdict(Verdict::Same), Decided::Contact(ids[2].clone())] {
        let error = match bench.workspace.decide(vec![Answer::reopen(what)]).await {
            Err(error) => error.to_string(),
            // The third is still unsure of.
            Ok(report) => {
                assert_eq!(report.reopened, 1);
                continue;
            }
        };
        assert!(error.contains("there is no decision"), "{error}");
    }
}

fn ordered(ids: &[String]) -> (String, String) {
    (ids[0].clone().min(ids[1].clone()), ids[0].clone().max(ids[1].clone()))
}

#[tokio::test]
async fn answers_that_contradict_each_other_are_refused_together() {
    let (bench, ids) = people().await;
    let turned = Decided::Pair(ids[1].clone(), ids[0].clone());
    for other in [Answer::new(turned.clone(), Verdict::Different), Answer::reopen(turned.clone())] {
        decide(&bench, Answer::new(pair(&ids), Verdict::Same)).await;
        let answers = vec![Answer::new(pair(&ids), Verdict::Unsure), other];
        let error = bench.workspace.decide(answers.clone()).await.unwrap_err();
        assert!(matches!(error, CleanupError::Contradiction { .. }), "{error}");
        assert!(bench.workspace.pairs_of(answers).await.is_err(), "the preview says so too");
        assert_eq!(listed(&bench).await.decisions[0].kept.verdict, Verdict::Same, "nothing is half kept");
    }
    let twice = vec![Answer::new(pair(&ids), Verdict::Unsure), Answer::new(turned, Verdict::Unsure)];
    assert_eq!(bench.workspace.decide(twice).await.unwrap().unsure, 1, "the same twice is said once");
}

#[tokio::test]
async fn decisions_of_an_older_state_are_taken_over_and_unsure_is_one_of_its_own() {
    let (bench, ids) = people().await;
    decide(&bench, Answer::new(pair(&ids), Verdict::Same)).await;
    {
        let db = rusqlite::Connection::open(state_file(&bench)).unwrap();
        db.execute_batch(
            "DROP TABLE decision;
             CREATE TABLE decision (first TEXT, second TEXT, verdict TEXT NOT NULL, at TEXT NOT NULL, evidence TEXT,
               note TEXT NOT NULL DEFAULT '', PRIMARY KEY (first, second)) WITHOUT ROWID;
             INSERT INTO decision VALUES ('con_1', 'con_2', 'different', '2026-01-02T03:04:05Z', 'phone', 'sisters'),
               ('con_3', 'con_4', 'same', '2026-01-02T03:04:05Z', NULL, '');
             PRAGMA user_version = 5;",
        )
        .unwrap();
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    }
    let report = listed(&bench).await;
    let said: Vec<(Verdict, &str)> =
        report.decisions.iter().map(|listed| (listed.kept.verdict, listed.kept.note.as_str())).collect();
    assert_eq!(said, [(Verdict::Different, "sisters"), (Verdict::Same, "")]);
    let answer = Answer::new(pair(&ids), Verdict::Unsure);
    assert_eq!(bench.another().decide(vec![answer]).await.unwrap().unsure, 1);
    let db = rusqlite::Connection::open(state_file(&bench)).unwrap();
    let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 7, "an older program, which would take unsure for two people, leaves it alone");
    assert!(db.execute("INSERT INTO decision VALUES ('a', 'b', 'maybe', '', NULL, '')", []).is_err());
}

async fn read(bench: &TestWorkspace, text: &str) -> DecisionSheet {
    bench.workspace.read_decisions(text.as_bytes().to_vec(), false).await.unwrap()
}

#[tokio::test]
async fn a_file_of_decisions_is_right_as_a_whole_or_every_mistake_is_named() {
    let (bench, ids) = people().await;
    let [a, b, c] = [&ids[0], &ids[1], &ids[2]];
    let good = format!(
        "# questions 1-2 of 2\nDecision;FIRST;second;Note;\r\nunsure;{a};{b};=2+2;\r\n;{a};{c};;\r\nDIFFERENT;{c};{b};'=x;\r\n"
    );
    let sheet = read(&bench, &good).await;
    assert!(sheet.mistakes.is_empty(), "{sheet:?}");
    let said: Vec<(Option<Verdict>, &str)> =
        sheet.answers.iter().map(|answer| (answer.verdict, answer.note.as_str())).collect();
    assert!(said.contains(&(Some(Verdict::Unsure), "=2+2")), "a formula is text: {said:?}");
    assert!(said.contains(&(Some(Verdict::Different), "=x")) && said.len() == 2, "{said:?}");
    bench.workspace.decide(sheet.answers).await.unwrap();

    let short = &a[..12];
    let wrong = [
        ("decision,first\nsame,con_1\n".to_owned(), "the columns decision, first, second are needed"),
        (format!("decision,first,second\nperhaps,{a},{b}\n"), "line 2: \"perhaps\" is no decision"),
        (format!("decision,first,second\n,{a},{b}\n"), "there is no decision in it"),
        (format!("decision,first,second\nsame,{a},{a}\n"), "line 2: a contact is compared with itself"),
        (
            format!("decision,first,second\nsame,{a},{b}\ndifferent,{b},{short}\n"),
            "line 3: it says the opposite of line 2",
        ),
        (format!("decision,first,second\nsame,{a},step_1\n"), "line 2: "),
        (
            format!("decision,first,second\nsame,{a},con_00000000-0000-4000-8000-000000000000\n"),
            "line 2: con_00000000-0000-4000-8000-000000000000 is not in the list of contacts",
        ),
        (format!("contact,field,before,after\n{a},email,x,y\n"), "the columns decision, first, second are needed"),
        (format!("decision,first,second\nsame,{b},{c}\n"), "line 2: different was decided on "),
        (format!("decision,first,second\nreopen,{a},{c}\n"), "line 2: there is no decision about the two contacts"),
        (String::new(), "the file is empty"),
    ];
    let before = listed(&bench).await;
    for (text, why) in wrong {
        let sheet = read(&bench, &text).await;
        assert!(
            sheet.answers.is_empty() && sheet.mistakes.iter().any(|mistake| mistake.contains(why)),
            "{text}: {sheet:?}"
        );
    }
    assert_eq!(listed(&bench).await, before, "reading keeps nothing");

    // The same row any number of times is one decision, and an answer to what nobody could tell reverses nothing.
    let row = format!("same,{short},{b},\n");
    let sheet = read(&bench, &format!("decision,first,second,asked_at\n{}", row.repeat(100_000))).await;
    assert_eq!((sheet.answers.len(), sheet.mistakes.len()), (1, 0), "{:?}", sheet.mistakes.first());
    let sheet = read(&bench, &format!("decision,first,second\n{}", "maybe,con_1,con_2\n".repeat(100_000))).await;
    assert_eq!((sheet.answers.len(), sheet.mistakes.len()), (0, 100_000));
}

#[tokio::test]
async fn what_is_exported_as_decisions_is_read_in_by_another_state() {
    let (bench, ids) = people().await;
    decide(&bench, Answer::new(pair(&ids), Verdict::Different).with_note("+twins, \"both\"")).await;
    decide(&bench, Answer::new(Decided::Pair(ids[0].clone(), ids[2].clone()), Verdict::Unsure)).await;
    let told = |report: &DecisionsReport| {
        let of = |listed: &imbrace_contacts_mcp::cleanup::ListedDecision| {
            (listed.kept.pair.clone(), listed.kept.verdict, listed.kept.note.clone())
        };
        let mut told: Vec<_> = report.decisions.iter().map(of).collect();
        told.sort();
        told
    };
    let before = listed(&bench).await;
    let file = csv_export::csv(&csv_export::decisions(&before)).unwrap();
    decide(&bench, Answer::reopen(Decided::Contact(ids[0].clone()))).await;
    assert_eq!(listed(&bench).await.total, 0);
    let sheet = bench.workspace.read_decisions(file.into_bytes(), false).await.unwrap();
    bench.workspace.decide(sheet.answers).await.unwrap();
    assert_eq!(told(&listed(&bench).await), told(&before));
}

#[tokio::test]
async fn somebody_who_saw_another_decision_overwrites_none() {
    let (bench, ids) = people().await;
    let answer = |verdict| vec![Answer::new(pair(&ids), verdict)];
    let seen = |verdict| vec![(ids[1].clone(), ids[0].clone(), verdict)];
    let decide = async |answers, seen: Vec<_>| bench.workspace.decide_as_seen(answers, seen).await;
    decide(answer(Verdict::Different), Vec::new()).await.unwrap();
    decide(answer(Verdict::Different), Vec::new()).await.expect("the same again is no harm");
    for answers in [answer(Verdict::Same), vec![Answer::reopen(pair(&ids))]] {
        for seen in [Vec::new(), seen(Verdict::Unsure)] {
            let error = decide(answers.clone(), seen).await.unwrap_err();
            let CleanupError::DecidedMeanwhile { verdict, .. } = error else { panic!("{error}") };
            assert_eq!(verdict, Some(Verdict::Different));
        }
    }
    let of_two = vec![Answer::new(pair(&ids[1..]), Verdict::Different), Answer::new(pair(&ids), Verdict::Same)];
    decide(of_two, Vec::new()).await.unwrap_err();
    assert_eq!(listed(&bench).await.total, 1, "all answers are taken, or none");
    decide(answer(Verdict::Same), seen(Verdict::Different)).await.unwrap();
    decide(vec![Answer::reopen(pair(&ids))], seen(Verdict::Same)).await.unwrap();
    let error = decide(answer(Verdict::Same), seen(Verdict::Same)).await.unwrap_err();
    assert!(
        matches!(error, CleanupError::DecidedMeanwhile { verdict: None, .. }),
        "it was taken back meanwhile: {error}"
    );
    assert_eq!(listed(&bench).await.total, 0);
}
