//! What is new since a round before: findings, groups of duplicates, and nothing that was told.

use imbrace_contacts_mcp::cleanup::duplicates::Verdict;
use imbrace_contacts_mcp::cleanup::findings::Kind;
use imbrace_contacts_mcp::cleanup::{Answer, CleanupError, Decided, Message, News};
use serde_json::json;

use super::TestWorkspace;

async fn news(bench: &TestWorkspace) -> News {
    bench.sync(false).await;
    bench.workspace.news(Vec::new()).await.unwrap()
}

async fn told(bench: &TestWorkspace) -> News {
    let news = news(bench).await;
    bench.workspace.told(&news, None).await.unwrap();
    news
}

#[tokio::test]
async fn the_first_round_notes_and_later_ones_tell_what_is_new_once() {
    let bench = TestWorkspace::with(60).await;
    let error = bench.workspace.news(Vec::new()).await.unwrap_err();
    assert!(matches!(error, CleanupError::NoSnapshot), "{error}");
    let first = told(&bench).await;
    assert!(first.since.is_none() && first.is_empty() && first.findings > 0, "{first:?}");
    assert!(told(&bench).await.is_empty(), "nothing has changed");
    let ids = bench.ids(3);
    bench.edit(&ids[0], json!({ "email": "mei.chan@gmial.com" }));
    let now = news(&bench).await;
    assert_eq!(now.kinds(), [(Kind::EmailDomainTypo, 1)]);
    assert_eq!((now.new_findings[0].contact.as_str(), now.new_findings[0].field), (ids[0].as_str(), "email"));
    assert_eq!(news(&bench).await.new_findings, now.new_findings, "what was not told is new still");
    bench.workspace.told(&now, None).await.unwrap();
    assert!(bench.another().news(Vec::new()).await.unwrap().is_empty(), "another process knows what was told");
    bench.edit(&ids[0], json!({ "email": "mei.chan@hotmial.com" }));
    assert_eq!(told(&bench).await.kinds(), [(Kind::EmailDomainTypo, 1)], "another value is another finding");
    bench.edit(&ids[0], json!({ "email": "mei.chan@example.com" }));
    assert!(told(&bench).await.is_empty());
    bench.edit(&ids[0], json!({ "email": "mei.chan@hotmial.com" }));
    assert_eq!(told(&bench).await.kinds(), [(Kind::EmailDomainTypo, 1)], "one that comes back is new");
}

#[tokio::test]
async fn only_kinds_that_are_asked_for_are_told_and_the_others_are_known() {
    let bench = TestWorkspace::with(60).await;
    told(&bench).await;
    let ids = bench.ids(2);
    bench.edit(&ids[0], json!({ "email": "mei.chan@gmial.com" }));
    bench.edit(&ids[1], json!({ "email": "Mei.Wong@Example.com" }));
    bench.sync(false).await;
    let some = bench.workspace.news(vec![Kind::EmailCase]).await.unwrap();
    assert_eq!(some.kinds(), [(Kind::EmailCase, 1)]);
    bench.workspace.told(&some, None).await.unwrap();
    assert!(bench.workspace.news(Vec::new()).await.unwrap().is_empty(), "a wider question does not bring up the past");
}

#[tokio::test]
async fn a_new_pair_is_told_and_a_group_that_lost_a_member_is_not() {
    let bench = TestWorkspace::with(60).await;
    let ids = bench.ids(3);
    let person = json!({
        "display_name": "Mei Ling Example", "first_name": "Mei Ling", "last_name": "Example", "birthday": "1990-04-03",
        "email": "mei.ling@example.com", "area_code": "852", "phone_number": "55500101"
    });
    bench.edit(&ids[0], person.clone());
    told(&bench).await;
    bench.edit(&ids[1], person.clone());
    let pair = told(&bench).await;
    assert_eq!(pair.new_groups.len(), 1, "{pair:?}");
    assert!(pair.new_groups[0].members.contains(&ids[0]) && pair.new_groups[0].members.contains(&ids[1]));
    bench.edit(&ids[2], person);
    assert_eq!(told(&bench).await.new_groups.len(), 1, "the group has a new member");
    let apart = Answer::new(Decided::Pair(ids[0].clone(), ids[2].clone()), Verdict::Different);
    let apart_too = Answer::new(Decided::Pair(ids[1].clone(), ids[2].clone()), Verdict::Different);
    bench.workspace.decide(vec![apart, apart_too]).await.unwrap();
    assert!(told(&bench).await.new_groups.is_empty(), "what is left of it was told");
}

#[tokio::test]
async fn a_message_is_kept_with_what_it_tells_until_it_is_delivered() {
    let bench = TestWorkspace::with(20).await;
    let news = news(&bench).await;
    let message = |id: &str| Message { id: id.to_owned(), body: "{}".to_owned() };
    bench.workspace.told(&news, Some(message("msg_1"))).await.unwrap();
    bench.workspace.told(&news, Some(message("msg_2"))).await.unwrap();
    let first = bench.another().undelivered().await.unwrap().unwrap();
    assert_eq!((first.message.id.as_str(), first.waiting, first.tries), ("msg_1", 2, 0));
    let (now, later) = ("2026-01-05T12:00:00Z".parse().unwrap(), "2026-01-05T12:00:30Z".parse().unwrap());
    bench.workspace.undeliverable(first.number, "it answered 500".to_owned(), (now, later)).await.unwrap();
    bench.workspace.undeliverable(first.number, "it answered 502".to_owned(), (later, later)).await.unwrap();
    let again = bench.workspace.undelivered().await.unwrap().unwrap();
    assert_eq!((again.tries, again.failing_since, again.next_at), (2, Some(now), Some(later)));
    bench.workspace.delivered(again.number).await.unwrap();
    assert_eq!(bench.workspace.undelivered().await.unwrap().unwrap().message.id, "msg_2");
}

#[tokio::test]
async fn a_week_has_its_score_and_what_was_fixed_undone_and_decided() {
    let bench = TestWorkspace::with(40).await;
    told(&bench).await;
    let ids = bench.ids(3);
    let changes = super::remarks(&ids);
    let plan = bench.plan(&changes).await;
    bench.apply_all(&plan).await;
    bench.undo(&plan, true).await;
    bench.undo(&plan, false).await;
    let answer = Answer::new(Decided::Pair(ids[0].clone(), ids[1].clone()), Verdict::Different);
    bench.workspace.decide(vec![answer]).await.unwrap();
    let weeks = bench.another().weeks().await.unwrap();
    // Run at midnight from Sunday to Monday there are two.
    let sum = |of: fn(&imbrace_contacts_mcp::cleanup::Week) -> u64| weeks.iter().map(of).sum::<u64>();
    assert_eq!((sum(|week| week.fixed), sum(|week| week.undone), sum(|week| week.decided)), (3, 3, 1));
    let first = &weeks[0];
    assert_eq!(first.contacts, Some(40));
    let audit = bench.workspace.audit(Default::default()).await.unwrap();
    assert_eq!(first.score(), Some(audit.score()));
    assert!(first.week.starts_with("20") && first.week.contains("-W"), "{first:?}");
}

#[tokio::test]
async fn one_watch_at_a_time_has_the_right_to() {
    let bench = TestWorkspace::with(5).await;
    let lock = bench.workspace.watch_lock().await.unwrap();
    assert!(lock.is_some());
    assert!(bench.another().watch_lock().await.unwrap().is_none());
    drop(lock);
    assert!(bench.another().watch_lock().await.unwrap().is_some());
}
