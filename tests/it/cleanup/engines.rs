//! What the state of a cleanup promises, over each engine that can keep it: SQLite, and PostgreSQL where `TEST_POSTGRES_URL` names a server.
//! `scripts/postgres run COMMAND` starts one.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use imbrace_contacts_mcp::cleanup::duplicates::Verdict;
use imbrace_contacts_mcp::cleanup::{
    Answer, ApplyReport, ApplyRequest, AuditRequest, CleanupError, Decided, DecisionsRequest, DuplicatesRequest,
    OpenGate, PlanReport, SyncRequest, UndoRequest, Watch, Work, Workspace,
};
use imbrace_contacts_mcp::local_gateway::{LocalGateway, Options, Population};
use imbrace_contacts_store::PostgresAddress;
use imbrace_contacts_store::sql::PostgresServer;
use serde_json::json;

use super::{MEI, TestWorkspace, client, client_of, home, remarks};

/// An empty database of its own, which is removed at the end.
pub struct TestDatabase {
    server: String,
    name: String,
}

impl TestDatabase {
    /// None where no server is named, which is said.
    #[expect(clippy::print_stdout, reason = "the output of a test")]
    async fn new() -> Option<Self> {
        let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
            println!(
                "skipped over PostgreSQL: TEST_POSTGRES_URL names no server (scripts/postgres run COMMAND starts one)"
            );
            return None;
        };
        let name = format!("cleanup_{}_{:08x}", std::process::id(), rand::random::<u32>());
        execute(&server, &format!("CREATE DATABASE {name}")).await;
        Some(Self { server, name })
    }

    fn url(&self) -> String {
        format!("{}/{}", self.server.rsplit_once('/').unwrap().0, self.name)
    }

    /// Ends every connection to it, in the middle of whatever it does.
    async fn cut_connections(&self) {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname";
        execute(&self.server, &format!("{cut} = '{}'", self.name)).await;
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let remove = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let server = self.server.clone();
        let removing = std::thread::spawn(move || {
            tokio::runtime::Runtime::new().unwrap().block_on(execute(&server, &remove));
        });
        removing.join().unwrap();
    }
}

async fn execute(url: &str, statements: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let driven = tokio::spawn(connection);
    client.batch_execute(statements).await.unwrap();
    drop(client);
    let _ = driven.await;
}

/// A database as one process reaches it.
fn server(url: &str) -> PostgresServer {
    PostgresServer::new(&PostgresAddress::parse(url).unwrap(), Vec::new()).unwrap()
}

/// A state over one engine, and the gateway that it is about.
struct Bench {
    test: TestWorkspace,
    database: Option<TestDatabase>,
}

impl Bench {
    /// One for each engine that there is.
    async fn of_every_engine(contacts: usize) -> Vec<Self> {
        let mut benches = vec![Self { test: TestWorkspace::with(contacts).await, database: None }];
        if let Some(database) = TestDatabase::new().await {
            let mut test = TestWorkspace::with(contacts).await;
            let server = server(&database.url());
            test.workspace = Workspace::in_database(home(&test.directory), client(&test.gateway), server);
            benches.push(Self { test, database: Some(database) });
        }
        benches
    }

    fn engine(&self) -> &'static str {
        if self.database.is_some() { "PostgreSQL" } else { "SQLite" }
    }

    /// An engine of another process on the same state.
    fn another(&self) -> Workspace {
        match &self.database {
            None => self.test.another(),
            Some(database) => {
                Workspace::in_database(home(&self.test.directory), client(&self.test.gateway), server(&database.url()))
            }
        }
    }

    /// A process that applies a plan to its end.
    fn applying(&self, plan: &PlanReport) -> Child {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "cleanup::engines::applies_in_a_process_of_its_own", "--ignored", "--nocapture"])
            .env("CLEANUP_GATEWAY", self.test.gateway.base_url())
            .env("CLEANUP_DIRECTORY", self.test.directory.path())
            .env("CLEANUP_DATABASE", self.database.as_ref().map(TestDatabase::url).unwrap_or_default())
            .env("CLEANUP_PLAN", format!("{} {}", plan.id, plan.fingerprint))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Waits until so many contacts were written.
    async fn written(&self, contacts: usize) {
        let ends = Instant::now() + Duration::from_secs(60);
        while self.test.gateway.tallies().writes.len() < contacts {
            assert!(Instant::now() < ends, "{}: nothing is written", self.engine());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn applied(workspace: &Workspace, plan: &PlanReport) -> Result<ApplyReport, CleanupError> {
    let request = ApplyRequest {
        plan: plan.id.clone(),
        fingerprint: plan.fingerprint.clone(),
        max_writes: Some(1_000),
        ..ApplyRequest::default()
    };
    workspace.apply(request, &OpenGate::UNPACED, &Watch::default()).await
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// What [`Bench::applying`] runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the tests below, with what to do in its environment"]
async fn applies_in_a_process_of_its_own() {
    let Ok(gateway) = std::env::var("CLEANUP_GATEWAY") else { return };
    let directory = PathBuf::from(std::env::var("CLEANUP_DIRECTORY").unwrap());
    let database = std::env::var("CLEANUP_DATABASE").unwrap();
    let wanted = std::env::var("CLEANUP_PLAN").unwrap();
    let (plan, fingerprint) = wanted.split_once(' ').unwrap();
    let (home, client) = (super::home_in(&directory), client_of(&gateway));
    let workspace = match database.as_str() {
        "" => Workspace::new(home, client),
        url => Workspace::in_database(home, client, server(url)),
    };
    let request = ApplyRequest {
        plan: plan.to_owned(),
        fingerprint: fingerprint.to_owned(),
        max_writes: Some(1_000),
        ..ApplyRequest::default()
    };
    drop(workspace.apply(request, &OpenGate::UNPACED, &Watch::default()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cleanup_goes_its_whole_way_over_every_engine() {
    let mut told = Vec::new();
    for bench in Bench::of_every_engine(400).await {
        let test = &bench.test;
        let before = test.contacts();
        assert!(test.sync(true).await.complete);
        test.edit(MEI, json!({"remark": "edited since"}));
        let synced = test.sync(false).await;
        assert_eq!((synced.complete, synced.changed), (true, 1), "{}", bench.engine());
        let another = bench.another();
        let audit = another.audit(AuditRequest::default()).await.unwrap();
        let duplicates = another.duplicates(DuplicatesRequest::default()).await.unwrap();
        let ids = test.ids(30);
        let plan = test.plan(&remarks(&ids)).await;
        assert_eq!(test.apply_all(&plan).await.counts.applied, 30, "{}", bench.engine());
        assert_eq!(another.show(&plan.id).await.unwrap().counts.applied, 30, "another process sees it");
        let undone = another
            .undo(
                UndoRequest { plan: plan.id.clone(), ..UndoRequest::default() },
                &OpenGate::UNPACED,
                &Watch::default(),
            )
            .await;
        assert_eq!(undone.unwrap().undone, 30, "{}", bench.engine());
        let mut after = test.contacts();
        after.insert(MEI.to_owned(), before[MEI].clone());
        assert_eq!(after, before, "{}", bench.engine());
        let weeks = another.weeks().await.unwrap();
        assert_eq!((weeks.len(), weeks[0].fixed, weeks[0].undone), (1, 30, 30), "{}", bench.engine());
        told.push((format!("{:?}", audit.kinds), duplicates.total));
    }
    assert!(told.windows(2).all(|two| two[0] == two[1]), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_forgetting_backup_and_restore_hold_over_every_engine() {
    for bench in Bench::of_every_engine(60).await {
        let test = &bench.test;
        test.sync(true).await;
        let ids = test.ids(3);
        let pair = || Decided::Pair(ids[0].clone(), ids[1].clone());
        let answer = vec![Answer::new(pair(), Verdict::Different).with_note("asked")];
        test.workspace.decide(answer).await.unwrap();
        let plan = test.plan(&remarks(&ids)).await;
        test.apply_all(&plan).await;
        let copy = test.directory.path().join("copy.sqlite");
        let copied = test.workspace.backup(&copy).await.unwrap();
        assert_eq!(copied, 60, "{}", bench.engine());

        let forgotten = test.workspace.forget(Some(&ids[0])).await.unwrap();
        assert_eq!((forgotten.contacts, forgotten.decisions), (1, 1), "{}", bench.engine());
        let kept = bench.another().decisions(DecisionsRequest::default()).await.unwrap();
        assert_eq!(kept.total, 0, "{}", bench.engine());

        assert_eq!(test.workspace.restore(&copy).await.unwrap(), 60, "{}", bench.engine());
        let kept = bench.another().decisions(DecisionsRequest::default()).await.unwrap();
        assert_eq!((kept.total, kept.decisions[0].kept.note.as_str()), (1, "asked"), "{}", bench.engine());
        // The journal goes on after the rows that came back.
        assert_eq!(test.undo(&plan, false).await.undone, 3, "{}", bench.engine());
        let usage = test.workspace.usage().await.unwrap().unwrap();
        assert_eq!((usage.contacts, usage.journal), (60, 12), "{}: {usage:?}", bench.engine());
        assert!(usage.bytes > 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apply_of_one_process_is_watched_and_cancelled_at_another() {
    for bench in Bench::of_every_engine(100).await {
        let test = &bench.test;
        let plan = test.plan(&remarks(&test.ids(40))).await;
        test.gateway.set_faults("*:latency,ms=60".parse().unwrap());
        let mut child = bench.applying(&plan);
        bench.written(2).await;
        let another = bench.another();
        let at_work = another.at_work().await.unwrap().expect("it is seen at work");
        assert_eq!((at_work.work, at_work.plan.as_deref()), (Work::Apply, Some(plan.id.as_str())));
        let refused = applied(&another, &plan).await.unwrap_err();
        assert!(matches!(&refused, CleanupError::AtWork(found) if found.work == Work::Apply), "{refused}");
        assert!(another.cancel().await.unwrap().is_some());
        assert!(child.wait().unwrap().success());
        assert_eq!(another.at_work().await.unwrap(), None, "{}", bench.engine());
        let left = another.show(&plan.id).await.unwrap().counts.pending;
        assert!(left > 0, "{}: it was not cancelled", bench.engine());
        test.gateway.set_faults("".parse().unwrap());
        assert_eq!(applied(&another, &plan).await.unwrap().remaining, 0);
        assert!(test.gateway.tallies().writes.values().all(|writes| *writes == 1), "{}", bench.engine());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_process_left_that_was_killed_while_it_wrote_is_finished_by_another_at_once() {
    for bench in Bench::of_every_engine(100).await {
        let test = &bench.test;
        let plan = test.plan(&remarks(&test.ids(40))).await;
        test.gateway.set_faults("*:latency,ms=30".parse().unwrap());
        let another = bench.another();
        for round in 1..=3 {
            let mut child = bench.applying(&plan);
            bench.written(round * 8).await;
            child.kill().unwrap();
            child.wait().unwrap();
        }
        test.gateway.set_faults("".parse().unwrap());
        let began = Instant::now();
        let report = applied(&another, &plan).await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(10), "{}: {:?}", bench.engine(), began.elapsed());
        assert_eq!((report.remaining, report.counts.applied, report.counts.unknown), (0, 40, 0), "{report:?}");
        let writes = test.gateway.tallies().writes;
        assert!(writes.len() == 40 && writes.values().all(|writes| *writes == 1), "{}: {writes:?}", bench.engine());
    }
}

/// It is stopped between two requests or in the middle of one, sees nothing of the takeover, and goes on.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_writer_that_was_taken_over_writes_nothing_when_it_wakes() {
    for bench in Bench::of_every_engine(100).await {
        let test = &bench.test;
        let plan = test.plan(&remarks(&test.ids(40))).await;
        test.gateway.set_faults("*:latency,ms=40".parse().unwrap());
        let mut child = bench.applying(&plan);
        bench.written(3).await;
        signal(&child, "-STOP");
        let another = bench.another();
        let mut taken_over = applied(&another, &plan).await;
        // A process that stands still in the middle of a commit keeps a SQLite file from everybody.
        while matches!(taken_over, Err(CleanupError::Busy)) {
            signal(&child, "-CONT");
            tokio::time::sleep(Duration::from_millis(10)).await;
            signal(&child, "-STOP");
            taken_over = applied(&another, &plan).await;
        }
        let report = taken_over.unwrap();
        assert_eq!((report.remaining, report.counts.applied), (0, 40), "{}: {report:?}", bench.engine());
        let writes = test.gateway.tallies().writes;
        signal(&child, "-CONT");
        assert!(child.wait().unwrap().success());
        assert_eq!(test.gateway.tallies().writes, writes, "{}", bench.engine());
        assert!(writes.len() == 40 && writes.values().all(|writes| *writes == 1), "{}: {writes:?}", bench.engine());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_cut_are_made_anew_and_nothing_is_lost_or_done_twice() {
    for bench in Bench::of_every_engine(100).await {
        let Some(database) = &bench.database else { continue };
        let test = &bench.test;
        test.sync(true).await;
        database.cut_connections().await;
        // A connection that nobody used meanwhile is only found lost when it is used.
        let plan = match test.workspace.plan(super::request(&remarks(&test.ids(40)))).await {
            Ok(plan) => plan,
            Err(CleanupError::Database(_)) => test.plan(&remarks(&test.ids(40))).await,
            Err(other) => panic!("{other}"),
        };
        test.gateway.set_faults("*:latency,ms=20".parse().unwrap());
        for round in 1..=3 {
            let (report, ()) = tokio::join!(applied(&test.workspace, &plan), async {
                bench.written(round * 8).await;
                database.cut_connections().await;
            });
            // It ends with an error that says so, or goes on where nothing was asked of the database meanwhile.
            if let Err(error) = report {
                assert!(matches!(error, CleanupError::Database(_) | CleanupError::TakenOver), "{error}");
            }
        }
        test.gateway.set_faults("".parse().unwrap());
        let report = applied(&bench.another(), &plan).await.unwrap();
        assert_eq!((report.remaining, report.counts.applied), (0, 40), "{report:?}");
        let writes = test.gateway.tallies().writes;
        assert!(writes.len() == 40 && writes.values().all(|writes| *writes == 1), "{writes:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_a_newer_version_is_refused_and_tenants_see_nothing_of_each_other() {
    let Some(database) = TestDatabase::new().await else { return };
    let people = Population { contacts: 30, ..Population::default() };
    let gateway = LocalGateway::start(Options { people, ..Options::default() }).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let of = |tenant: &str| {
        let home = super::StateLocation { tenant: tenant.to_owned(), ..home(&directory) };
        Workspace::in_database(home, client(&gateway), server(&database.url()))
    };
    let full = || SyncRequest { full: true, max_seconds: None, ..SyncRequest::default() };
    let (one, other) = (of("one"), of("other"));
    let same = of("one");
    // Both make their tables at the same moment, and so do two processes of one tenant.
    let processes = [&one, &same, &other].map(|workspace| workspace.usage());
    for usage in futures::future::join_all(processes).await {
        assert_eq!(usage.unwrap().unwrap().contacts, 0);
    }
    one.sync(full(), &Watch::default()).await.unwrap();
    assert_eq!(one.usage().await.unwrap().unwrap().contacts, 30);
    assert_eq!(other.usage().await.unwrap().unwrap().contacts, 0);
    assert!(matches!(other.audit(AuditRequest::default()).await, Err(CleanupError::NoSnapshot)));

    let newer = "DO $$ DECLARE own text; BEGIN FOR own IN SELECT nspname FROM pg_namespace WHERE nspname LIKE 'imbrace_cleanup_%' LOOP \
                 EXECUTE format('UPDATE %I.version SET number = 99', own); END LOOP; END $$";
    execute(&database.url(), newer).await;
    let refused = of("one").usage().await.unwrap_err();
    assert!(matches!(refused, CleanupError::Newer { found: 99, .. }), "{refused}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_an_error_and_no_empty_state() {
    let gateway = LocalGateway::start(Options::default()).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let nobody = "postgres://tester:secret-word@127.0.0.1:1/none";
    let workspace = Workspace::in_database(home(&directory), client(&gateway), server(nobody));
    let errors = [
        workspace.usage().await.map(drop).unwrap_err(),
        workspace.audit(AuditRequest::default()).await.map(drop).unwrap_err(),
        workspace.sync(SyncRequest::default(), &Watch::default()).await.map(drop).unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, CleanupError::Database(_)), "{error}");
        assert!(!error.to_string().contains("secret-word"), "{error}");
    }
    assert!(gateway.tallies().writes.is_empty());
}
