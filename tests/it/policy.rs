//! Policies: what is read of them, who has to agree, and that no run writes beyond a limit, outside the hours or on what is protected.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use imbrace_contacts_mcp::cleanup::{Gate, OpenGate, Permit, StepState, Watch, Workspace, Write, WriteRefused};
use imbrace_contacts_mcp::policy::{Clock, Policy, PolicyError, PolicyRun, PolicyRunner, Standstill};
use jiff::Timestamp;
use serde_json::json;

use crate::cleanup::{TestWorkspace, fields};

/// A policy whose limits are the arguments; capitals of addresses are fixed.
fn policy_of(limits: &str) -> String {
    format!("version = 1\n[fix]\nkinds = [\"email_case\"]\n{limits}\n")
}

const WIDE: &str = "share_of_list = \"100 %\"\ncontacts_a_day = 1000";

/// The mistakes of a policy, one a line.
fn mistakes(text: &str) -> String {
    Policy::read(text).expect_err("a policy with a mistake").to_string()
}

#[test]
fn a_policy_says_what_it_does() {
    let text = "version = 1\n\n[fix]\nkinds = [\"email_case\", \"phone_form\"]\nprotect = [\"company ~ bank\", \"#vip\"]\n\
        share_of_list = \"0.5 %\"\ncontacts_a_day = 200\nhours = [\"22:00-06:00\"]\ntime_zone = \"Asia/Hong_Kong\"\n\n\
        [report]\nkinds = [\"email_invalid\"]\n";
    let policy = Policy::read(text).unwrap();
    insta::assert_snapshot!(policy, @r"
    fixed without asking: phone_form, email_case
    at most: 0.5 % of the list in a run, 200 contacts a day, 22:00-06:00
    days and hours: Asia/Hong_Kong
    never written: #vip, company ~ bank
    reported: phone_form, email_case, email_invalid
    ");
    assert_eq!(policy.digest().len(), 64);
    assert_ne!(Policy::read(&format!("{text}# \n")).unwrap().digest(), policy.digest());
    assert_eq!((policy.contacts_a_run(1_000), policy.contacts_a_run(199)), (5, 0), "rounded down");
}

#[test]
fn safe_stands_for_every_kind_with_a_safe_fix_and_for_no_other() {
    let policy = Policy::read(&policy_of(WIDE).replace("email_case", "safe")).unwrap().to_string();
    assert!(policy.contains("email_case") && policy.contains("birthday_form"), "{policy}");
    assert!(!policy.contains("email_slip") && !policy.contains("phone_guess"), "{policy}");
}

#[test]
fn every_mistake_is_named_with_its_line_and_its_word() {
    let limits = |share: &str, day: &str| format!("share_of_list = \"{share}\"\ncontacts_a_day = {day}");
    for (text, expected) in [
        (
            "version = 2\n[fix]\nkinds = [\"email_case\"]\nshare_of_list = \"1 %\"\ncontacts_a_day = 1".to_owned(),
            "line 1: `2` is no version of policies; write version = 1",
        ),
        (policy_of(WIDE).replace("version = 1\n", ""), "line 1: `version` is missing"),
        (policy_of("share_of_list = \"1 %\""), "line 2: `contacts_a_day` is missing"),
        (
            policy_of(WIDE).replace("kinds", "kindz"),
            "line 3: `kindz` is no word of a policy here; did you mean `kinds`?",
        ),
        (
            policy_of(WIDE) + "[merge]\n",
            "line 6: `merge` cannot stand in a policy: it fixes safe findings and nothing else",
        ),
        (
            policy_of(WIDE).replace("email_case", "link"),
            "line 3: `link` cannot stand in a policy: it fixes safe findings and nothing else",
        ),
        (
            policy_of(WIDE).replace("email_case", "emial_case"),
            "line 3: `emial_case` is no kind of finding; did you mean `email_case`?",
        ),
        (
            policy_of(WIDE).replace("email_case", "email_slip"),
            "line 3: `email_slip` has no safe fix, so that a policy can only report it: name it under [report]",
        ),
        (policy_of(WIDE).replace("\"email_case\"", ""), "line 3: `kinds` names nothing"),
        (policy_of(&limits("200 %", "5")), "line 4: `200 %` is more than the whole list"),
        (
            policy_of(&limits("0 %", "5")),
            "line 4: `0 %` of the list contradicts [fix] kinds: nothing would ever be fixed",
        ),
        (policy_of(&limits("5", "5")), "line 4: `5` is no share of the list; write it as \"1 %\" or \"0.5 %\""),
        (
            policy_of(&limits("1 %", "0")),
            "line 5: `0` contacts a day contradict [fix] kinds: nothing would ever be fixed",
        ),
        (policy_of(&limits("1 %", "-3")), "line 5: `-3` is no number of contacts"),
        (
            policy_of(WIDE) + "hours = []\ntime_zone = \"UTC\"",
            "line 6: `hours` contradict [fix] kinds: nothing would ever be fixed; for the whole day leave them out",
        ),
        (
            policy_of(WIDE) + "hours = [\"22:00-06:00\"]",
            "line 6: `hours` are those of no time zone; add time_zone = \"Asia/Hong_Kong\" or another one",
        ),
        (
            policy_of(WIDE) + "hours = [\"22:00-22:00\"]\ntime_zone = \"UTC\"",
            "line 6: `22:00-22:00` ends when it begins; for the whole day leave `hours` out",
        ),
        (
            policy_of(WIDE) + "time_zone = \"Asia/Nowhere\"",
            "line 6: `Asia/Nowhere` is no time zone of the IANA database, such as Asia/Hong_Kong or UTC",
        ),
        (
            policy_of(WIDE) + "protect = [\"compani = x\"]",
            "line 6: protect: no field is called `compani`; did you mean `company`?",
        ),
        (
            policy_of(WIDE) + "protect = [\"con_66d67483\"]",
            "line 6: `con_66d67483` is no whole id of a contact: con_ and 36 characters",
        ),
        (
            policy_of(WIDE) + "[report]\nkinds = [\"email_case\"]",
            "line 7: `email_case` is fixed under [fix] and only reported under [report]; leave one of the two out",
        ),
    ] {
        assert_eq!(mistakes(&text), expected, "{text}");
    }
    let changing = mistakes(&(policy_of(WIDE) + "protect = [\"has_duplicates = yes\"]"));
    assert!(
        changing.starts_with("line 6: `has_duplicates = yes` asks for finding, group or has_duplicates"),
        "{changing}"
    );
    let all = mistakes(&policy_of("share_of_list = \"200 %\"\ncontacts_a_day = 0\ntime_zone = \"Mars\""));
    assert_eq!(all.lines().count(), 3, "{all}");
    assert!(mistakes("version = \n").starts_with("line 1: "));
}

/// A list of which so many addresses have capitals, and the ids of those.
async fn list(contacts: usize, capitals: usize) -> (TestWorkspace, Vec<String>) {
    let bench = TestWorkspace::with(contacts).await;
    let ids: Vec<String> = bench.contacts().into_keys().collect();
    for (number, id) in ids.iter().enumerate() {
        let email = if number < capitals { format!("Mei.{number}@Example.com") } else { String::new() };
        bench.gateway.edit_contact(id, &fields(json!({ "email": email }))).unwrap();
    }
    bench.sync(true).await;
    (bench, ids.into_iter().take(capitals).collect())
}

/// A clock that stands at a moment until it is set.
#[derive(Clone)]
struct SetClock(Arc<AtomicI64>);

impl SetClock {
    fn at(moment: &str) -> Self {
        let clock = Self(Arc::default());
        clock.set(moment);
        clock
    }

    fn set(&self, moment: &str) {
        self.0.store(moment.parse::<Timestamp>().unwrap().as_second(), Ordering::SeqCst);
    }

    fn clock(&self) -> Clock {
        let seconds = Arc::clone(&self.0);
        Arc::new(move || Timestamp::from_second(seconds.load(Ordering::SeqCst)).unwrap())
    }
}

/// Runs a policy that is confirmed first.
async fn run(workspace: &Workspace, text: &str, clock: &SetClock, gate: &dyn Gate) -> Result<PolicyRun, PolicyError> {
    let policy = Policy::read(text).unwrap();
    workspace.confirm_policy(policy.digest()).await.unwrap();
    let runner = PolicyRunner { workspace: workspace.clone(), policy, clock: clock.clock() };
    runner.run(true, gate, &Watch::default()).await
}

fn written(run: &PolicyRun) -> u64 {
    run.applied.as_ref().map_or(0, |applied| applied.written)
}

#[tokio::test]
async fn a_run_writes_what_is_allowed_and_can_be_undone() {
    let (bench, _) = list(20, 4).await;
    let before = bench.contacts();
    let clock = SetClock::at("2026-01-05T12:00:00Z");
    let done = run(&bench.workspace, &policy_of(WIDE), &clock, &OpenGate::UNPACED).await.unwrap();
    assert_eq!((written(&done), done.standstill), (4, None));
    assert_ne!(bench.contacts(), before);
    let plan = done.plan.unwrap();
    assert_eq!(bench.workspace.steps(&plan.id).await.unwrap().len(), 4, "the plan stays, with its journal");
    assert_eq!(bench.undo(&plan, false).await.undone, 4);
    assert_eq!(bench.contacts(), before);
    bench.sync(false).await;
    let again = run(&bench.workspace, &policy_of(WIDE), &clock, &OpenGate::UNPACED).await.unwrap();
    assert_eq!(written(&again), 4, "what was taken back is fixed anew while the policy holds");
    bench.sync(false).await;
    let nothing = run(&bench.workspace, &policy_of(WIDE), &clock, &OpenGate::UNPACED).await.unwrap();
    assert_eq!(nothing, PolicyRun { plan: None, standstill: None, applied: None });
}

#[tokio::test]
async fn nothing_is_written_without_the_confirmation_of_this_very_file() {
    let (bench, _) = list(20, 2).await;
    let before = bench.contacts();
    let runner = |text: &str| PolicyRunner {
        workspace: bench.workspace.clone(),
        policy: Policy::read(text).unwrap(),
        clock: SetClock::at("2026-01-05T12:00:00Z").clock(),
    };
    let (one, other) = (runner(&policy_of(WIDE)), runner(&format!("# changed\n{}", policy_of(WIDE))));
    let (gate, watch) = (OpenGate::UNPACED, Watch::default());
    assert!(matches!(one.run(true, &gate, &watch).await, Err(PolicyError::Unconfirmed)));
    bench.workspace.confirm_policy(one.policy.digest()).await.unwrap();
    assert!(matches!(other.run(true, &gate, &watch).await, Err(PolicyError::Changed)));
    bench.workspace.confirm_policy(other.policy.digest()).await.unwrap();
    assert!(matches!(one.run(true, &gate, &watch).await, Err(PolicyError::Changed)), "one is confirmed at a time");
    let dry = other.run(false, &gate, &watch).await.unwrap();
    assert_eq!((dry.standstill, dry.applied), (Some(Standstill::DryRun), None));
    assert_eq!(bench.contacts(), before);
}

#[tokio::test]
async fn dry_runs_leave_one_plan() {
    let (bench, ids) = list(20, 2).await;
    let runner = PolicyRunner {
        workspace: bench.workspace.clone(),
        policy: Policy::read(&policy_of(WIDE)).unwrap(),
        clock: SetClock::at("2026-01-05T12:00:00Z").clock(),
    };
    let dry = async || runner.run(false, &OpenGate::UNPACED, &Watch::default()).await.unwrap().plan.unwrap().id;
    let first = dry().await;
    assert_eq!(dry().await, first);
    bench.gateway.edit_contact(&ids[0], &fields(json!({ "email": "mei@example.com" }))).unwrap();
    bench.sync(false).await;
    assert_ne!(dry().await, first);
    assert_eq!(bench.workspace.plans().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_run_beyond_its_share_or_its_day_writes_nothing_and_says_so() {
    let (bench, _) = list(20, 4).await;
    let before = bench.contacts();
    let clock = SetClock::at("2026-01-05T12:00:00Z");
    let share = policy_of("share_of_list = \"10 %\"\ncontacts_a_day = 100");
    let stopped = run(&bench.workspace, &share, &clock, &OpenGate::UNPACED).await.unwrap();
    assert_eq!(stopped.standstill, Some(Standstill::Share { contacts: 4, most: 2 }));
    let day = policy_of("share_of_list = \"100 %\"\ncontacts_a_day = 3");
    let stopped = run(&bench.workspace, &day, &clock, &OpenGate::UNPACED).await.unwrap().standstill.unwrap();
    assert!(
        stopped.is_exceeded() && stopped.to_string().starts_with("LIMIT EXCEEDED, nothing was written: 4 contacts")
    );
    assert_eq!(bench.contacts(), before);
}

#[tokio::test]
async fn the_writes_of_a_day_are_counted_over_processes_and_restarts() {
    let (bench, ids) = list(20, 3).await;
    let clock = SetClock::at("2026-01-05T12:00:00Z");
    let text = policy_of("share_of_list = \"100 %\"\ncontacts_a_day = 5");
    assert_eq!(written(&run(&bench.workspace, &text, &clock, &OpenGate::UNPACED).await.unwrap()), 3);
    for id in &ids {
        bench.gateway.edit_contact(id, &fields(json!({ "email": format!("{id}@Example.COM") }))).unwrap();
    }
    bench.sync(false).await;
    let other = bench.another();
    let stopped = run(&other, &text, &clock, &OpenGate::UNPACED).await.unwrap();
    assert_eq!(stopped.standstill, Some(Standstill::Day { contacts: 3, left: 2, limit: 5 }));
    let next_day = SetClock::at("2026-01-06T00:00:00Z");
    assert_eq!(written(&run(&other, &text, &next_day, &OpenGate::UNPACED).await.unwrap()), 3);
    // A clock that went back finds the day before as it was.
    assert_eq!(other.automatic_writes("2026-01-05".parse().unwrap()).await.unwrap(), 3);
}

#[tokio::test]
async fn processes_never_count_beyond_a_limit_together() {
    let (bench, _) = list(5, 0).await;
    let day = "2026-01-05".parse().unwrap();
    let tries = (0..40).map(|number| {
        let workspace = if number % 2 == 0 { bench.workspace.clone() } else { bench.another() };
        async move { workspace.count_automatic_write(day, 7).await.unwrap() }
    });
    let allowed = futures::future::join_all(tries).await.into_iter().filter(|allowed| *allowed).count();
    assert_eq!(allowed, 7);
    bench.workspace.uncount_automatic_write(day).await.unwrap();
    assert!(bench.another().count_automatic_write(day, 7).await.unwrap());
    assert!(!bench.another().count_automatic_write(day, 7).await.unwrap());
}

/// Lets writes through and sets the clock after each of them.
struct ClockAfterWrite {
    clock: SetClock,
    moments: Mutex<Vec<&'static str>>,
}

impl Gate for ClockAfterWrite {
    fn requests_per_second(&self) -> Option<f64> {
        Some(f64::INFINITY)
    }

    fn check(&self) -> Result<(), WriteRefused> {
        Ok(())
    }

    fn begin(&self, _: Write) -> BoxFuture<'_, Result<Permit, WriteRefused>> {
        if let Some(moment) = self.moments.lock().unwrap().pop() {
            self.clock.set(moment);
        }
        Box::pin(async {
            let permit: Permit = Box::new(|_| Box::pin(std::future::ready(())));
            Ok(permit)
        })
    }
}

#[tokio::test]
async fn a_clock_that_jumps_over_the_hours_writes_nothing_outside_of_them() {
    let (bench, _) = list(20, 4).await;
    let text = policy_of(&format!("{WIDE}\nhours = [\"22:00-06:00\"]\ntime_zone = \"Asia/Hong_Kong\""));
    // 12:00 in Hong Kong.
    let clock = SetClock::at("2026-01-05T04:00:00Z");
    let outside = run(&bench.workspace, &text, &clock, &OpenGate::UNPACED).await.unwrap();
    assert_eq!((outside.standstill, written(&outside)), (Some(Standstill::OutsideHours), 0));
    // 23:00, and after the second write 09:00 of the next day: the hours were jumped over.
    clock.set("2026-01-05T15:00:00Z");
    let moments = Mutex::new(vec!["2026-01-06T01:00:00Z", "2026-01-05T15:01:00Z"]);
    let gate = ClockAfterWrite { clock: clock.clone(), moments };
    let broken_off = run(&bench.workspace, &text, &clock, &gate).await.unwrap();
    let applied = broken_off.applied.unwrap();
    assert_eq!((applied.written, applied.remaining), (2, 2));
    assert!(applied.stopped.unwrap().contains("outside the hours of the policy"));
    // The next night the rest is written.
    bench.sync(false).await;
    clock.set("2026-01-06T20:00:00Z");
    assert_eq!(written(&run(&bench.workspace, &text, &clock, &OpenGate::UNPACED).await.unwrap()), 2);
}

#[tokio::test]
async fn who_is_protected_is_never_written_also_when_it_came_after_the_plan() {
    let (bench, ids) = list(20, 3).await;
    bench.gateway.edit_contact(&ids[0], &fields(json!({ "company_name": "Example Bank" }))).unwrap();
    bench.sync(false).await;
    let clock = SetClock::at("2026-01-05T12:00:00Z");
    let text = policy_of(&format!("{WIDE}\nprotect = [\"company ~ bank\", \"remark = 'leave alone'\"]"));
    // The snapshot does not know of this one.
    bench.gateway.edit_contact(&ids[1], &fields(json!({ "remark": "leave alone" }))).unwrap();
    let done = run(&bench.workspace, &text, &clock, &OpenGate::UNPACED).await.unwrap();
    let steps = bench.workspace.steps(&done.plan.as_ref().unwrap().id).await.unwrap();
    let of = |id: &str| steps.iter().find(|step| step.contact == id).map(|step| step.state.clone());
    assert_eq!(of(&ids[0]), None);
    assert_eq!(of(&ids[1]), Some(StepState::Skipped("the contact is protected".to_owned())));
    assert_eq!((of(&ids[2]), written(&done)), (Some(StepState::Applied), 1));
    assert!(bench.contacts()[&ids[1]].contains("Mei.1@Example.com"));
}

#[tokio::test]
async fn a_copy_that_is_put_back_brings_neither_consent_nor_room_for_more_writes() {
    let (bench, _) = list(20, 2).await;
    let copy = bench.directory.path().join("copy");
    let text = policy_of(WIDE);
    let clock = SetClock::at("2026-01-05T12:00:00Z");
    bench.workspace.confirm_policy(Policy::read(&text).unwrap().digest()).await.unwrap();
    bench.workspace.backup(&copy).await.unwrap();
    assert_eq!(written(&run(&bench.workspace, &text, &clock, &OpenGate::UNPACED).await.unwrap()), 2);
    bench.workspace.restore(&copy).await.unwrap();
    assert_eq!(bench.workspace.automatic_writes("2026-01-05".parse().unwrap()).await.unwrap(), 2);
    assert_eq!(bench.workspace.confirmed_policy().await.unwrap(), None);
}
