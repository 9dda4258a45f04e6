//! `cleanup`: the whole loop at a shell, and what goes wrong on the way.

use imbrace_contacts_mcp::cleanup::findings::Kind;
use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, LocalGateway, Options, Population};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Run, program, run_with_input};

/// A gateway that stays while commands come and go, and a place for their state.
pub(super) struct Shop {
    runtime: tokio::runtime::Runtime,
    pub(super) gateway: LocalGateway,
    pub(super) state: TempDir,
}

impl Shop {
    pub(super) fn with(contacts: usize) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let people = Population { contacts, ..Population::default() };
        let gateway = runtime.block_on(LocalGateway::start(Options { people, ..Options::default() })).unwrap();
        Self { runtime, gateway, state: tempfile::tempdir().unwrap() }
    }

    pub(super) fn words<'a>(&'a self, words: &[&'a str], url: &'a str) -> Vec<&'a str> {
        let state = self.state.path().to_str().unwrap();
        // The local gateway by its address: as fast as it goes, unless a test wants a rate.
        let writes = matches!(words.first(), Some(&"apply" | &"undo" | &"watch")) && !words.contains(&"--rate");
        let rate: &[&str] = if writes { &["--rate", "1000"] } else { &[] };
        [&["cleanup"], words, rate, &["--base-url", url, "--state-dir", state]].concat()
    }

    pub(super) fn fed(&self, words: &[&str], input: &str) -> Run {
        let url = self.gateway.base_url();
        run_with_input(&self.words(words, &url), &[("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN)], input)
    }

    pub(super) fn run(&self, words: &[&str]) -> Run {
        self.fed(words, "")
    }

    pub(super) fn ok(&self, words: &[&str]) -> String {
        let done = self.run(words);
        assert_eq!(done.code, 0, "{words:?}: {done:?}");
        done.out
    }

    pub(super) fn json(&self, words: &[&str]) -> Value {
        let done = self.run(&[words, &["--json"]].concat());
        serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{words:?}: {error}: {done:?}"))
    }

    /// Every contact, save the time of its last change.
    pub(super) fn contacts(&self) -> Vec<Value> {
        let documents = self.gateway.contacts_json().unwrap();
        let mut contacts: Vec<Value> = documents.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        contacts.iter_mut().for_each(|contact| drop(contact.as_object_mut().unwrap().remove("updated_at")));
        contacts
    }

    pub(super) fn ids(&self, count: usize) -> Vec<String> {
        self.contacts().iter().take(count).map(|contact| contact["id"].as_str().unwrap().to_owned()).collect()
    }

    pub(super) fn edit(&self, id: &str, fields: Value) {
        assert!(self.gateway.edit_contact(id, fields.as_object().unwrap()).unwrap());
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn the_loop_from_sync_to_undo_leaves_every_contact_as_it_was() {
    let shop = Shop::with(200);
    let before = shop.contacts();
    assert_eq!(shop.json(&["sync", "--rate", "1000"])["contacts"], 200);
    let audit = shop.json(&["audit"]);
    assert!(audit["kinds"].as_array().unwrap().len() > 10, "{audit}");
    let plan = shop.json(&["plan", "--fix", "safe"]);
    let (id, fingerprint) = (text(&plan["plan"]), text(&plan["fingerprint"]));
    assert_eq!(shop.contacts(), before, "a plan writes nothing");

    let first = shop.run(&["apply", id, "--fingerprint", fingerprint]);
    assert_eq!(first.code, 3, "{first:?}");
    assert!(first.out.starts_with("20 contacts written in custom, 127.0.0.1"), "{first:?}");
    assert!(first.err.contains(&format!("next: imbrace-contacts-mcp cleanup apply {id} --fingerprint")), "{first:?}");
    let rest = shop.json(&["apply", id, "--fingerprint", fingerprint]);
    assert_eq!((&rest["remaining"], &rest["counts"]["pending"]), (&json!(0), &json!(0)), "{rest}");
    assert_ne!(shop.contacts(), before);

    assert_eq!(shop.json(&["undo", id])["would"], plan["steps"]);
    let after = shop.contacts();
    assert_eq!(shop.json(&["undo", id, "--write", "--yes"])["undone"], plan["steps"]);
    assert_ne!(shop.contacts(), after);
    assert_eq!(shop.contacts(), before);
    assert!(shop.ok(&["plan"]).contains("undone"));
}

#[test]
fn an_audit_tells_the_most_severe_first_and_a_score_of_the_whole() {
    let shop = Shop::with(200);
    shop.edit(&shop.ids(1)[0], json!({ "email": "mei.chan@gmial.com" }));
    shop.ok(&["sync"]);
    let audit = shop.json(&["audit"]);
    let severities: Vec<&str> = audit["kinds"].as_array().unwrap().iter().map(|kind| text(&kind["severity"])).collect();
    let rank = |severity: &&str| ["high", "medium", "low"].iter().position(|known| known == severity).unwrap();
    assert!(severities[0] == "high" && severities.is_sorted_by_key(rank), "{audit}");
    let clean = 200 - audit["affected"].as_u64().unwrap();
    assert_eq!(audit["score"], json!(clean / 2), "{audit}");
    assert!(shop.ok(&["audit"]).lines().next().unwrap().ends_with(&format!("; score {} of 100", clean / 2)));
    let some = shop.json(&["audit", "--kind", "email_domain_typo"]);
    assert_eq!((&some["affected"], &some["score"]), (&json!(1), &Value::Null), "of one kind it is no score: {some}");
    let file = shop.ok(&["export", "report", "--csv", "-"]);
    assert!(file.contains("\nemail_domain_typo,high,1,0.5%,"), "{file}");
}

#[test]
fn before_a_sync_the_next_command_is_named_and_nothing_is_sent() {
    let shop = Shop::with(12);
    for words in [&["audit"][..], &["duplicates"], &["plan", "--fix", "safe"]] {
        let refused = shop.run(words);
        assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{refused:?}");
        assert!(refused.err.contains("next: imbrace-contacts-mcp cleanup sync --base-url"), "{refused:?}");
    }
    assert!(shop.gateway.requests().is_empty());
}

#[test]
fn a_plan_must_have_been_seen() {
    let shop = Shop::with(12);
    let id = &shop.ids(1)[0];
    let changes = format!("contact,field,value\n{id},remark,seen\n");
    let planned = shop.fed(&["plan", "--changes", "-", "--json"], &changes);
    let plan: Value = serde_json::from_str(&planned.out).unwrap();
    let id = text(&plan["plan"]);
    let before = shop.contacts();
    for words in [&["apply", id][..], &["apply", id, "--fingerprint", "0000000000000000"]] {
        assert_eq!(shop.run(words).code, 1, "{words:?}");
    }
    assert_eq!(shop.run(&["apply", "plan_00000000", "--fingerprint", "x"]).code, 1);
    assert_eq!(shop.contacts(), before);
}

#[test]
fn a_plan_of_another_gateway_is_none_here() {
    let (one, other) = (Shop::with(12), Shop::with(12));
    let id = &one.ids(1)[0];
    let planned = one.fed(&["plan", "--changes", "-", "--json"], &format!("contact,remark\n{id},seen\n"));
    let plan: Value = serde_json::from_str(&planned.out).unwrap();
    let url = other.gateway.base_url();
    let words = ["apply", text(&plan["plan"]), "--fingerprint", text(&plan["fingerprint"])];
    // The same state directory, another gateway.
    let refused =
        Run::of(program(&one.words(&words, &url), &[("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN)]).output().unwrap());
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(other.gateway.tallies().writes.is_empty());
}

#[test]
fn every_mistake_in_a_file_of_changes_is_named_with_its_line() {
    let shop = Shop::with(12);
    let id = &shop.ids(1)[0];
    let wrong = format!("contact,field,value\n{id},remark,fine\n../../etc,remark,x\n{id},remark\ncon_1,,\n");
    let refused = shop.fed(&["plan", "--changes", "-"], &wrong);
    assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{refused:?}");
    assert!(refused.err.contains("line 3: a contact id begins with con_"), "{refused:?}");
    assert!(refused.err.contains("line 4: it has fewer cells"), "{refused:?}");
    assert!(shop.gateway.requests().is_empty());
    for bad in ["", "id,remark\n", "contact,remark\n", "contact,remark\n\u{0}\n"] {
        assert_eq!(shop.fed(&["plan", "--changes", "-"], bad).code, 2, "{bad:?}");
    }
}

#[test]
fn a_plan_that_only_links_says_so_at_each_step() {
    let shop = Shop::with(40);
    let same = json!({
        "display_name": "Wai Ling Cheung", "first_name": "", "last_name": "", "email": "wai.ling.cheung@example.com",
        "area_code": "852", "phone_number": "61234567", "birthday": "1988-02-11",
    });
    shop.ids(2).iter().for_each(|id| shop.edit(id, same.clone()));
    shop.ok(&["sync"]);
    let plan = shop.json(&["plan", "--merge", "link"]);
    let (id, fingerprint) = (text(&plan["plan"]), text(&plan["fingerprint"]));
    assert_eq!(shop.ok(&["plan"]), format!("{id}  1 group to link here\n"));
    let applied = shop.ok(&["apply", id, "--fingerprint", fingerprint]);
    assert_eq!(applied, "1 group is linked here; the gateway knows nothing of it\n");
    assert_eq!(shop.ok(&["plan"]), format!("{id}  1 group linked here\n"));
    let partial = shop.ok(&["undo", id, "--write", "--contact", &shop.ids(1)[0]]);
    assert_eq!(partial, "1 group stays linked here: an undo of the whole plan ends that, or one of their groups\n");
    assert_eq!(shop.ok(&["undo", id]), "1 group would no longer be linked here\n");
    let listed = shop.ok(&["plan", id, "--steps", "written"]);
    assert!(listed.starts_with("1 step of 2 contacts; all of the plan: written 1\n") && listed.contains(" with con_"));
    assert_eq!(shop.ok(&["undo", id, "--status", "written"]), "1 group would no longer be linked here\n");
    assert_eq!(shop.ok(&["undo", id, "--write", "--yes"]), "1 group is no longer linked here\n");
}

#[test]
fn questions_are_listed_by_pattern_and_shared_values_of_a_filter_at_a_shell() {
    let shop = Shop::with(40);
    let [one, two] = [0, 1].map(|at| shop.ids(2)[at].clone());
    let shared = json!({ "area_code": "852", "phone_number": "61234567", "birthday": "", "email": "" });
    for (id, name) in [(&one, "Alice Example"), (&two, "王詩雅")] {
        shop.edit(id, shared.clone());
        shop.edit(id, json!({ "display_name": name, "first_name": "", "last_name": "" }));
    }
    shop.ok(&["sync"]);
    let all = shop.json(&["duplicates"]);
    let patterns = all["patterns"].as_array().unwrap();
    assert!(!patterns.is_empty(), "{all}");
    let listed = shop.json(&["duplicates", "--tier", "questions", "--limit", "1"]);
    assert_eq!((&listed["patterns"], &listed["total"]), (&json!([patterns[0]]), &json!(patterns.len())), "{listed}");
    assert_eq!(listed["groups"], json!([]));
    let told = shop.ok(&["duplicates", "--tier", "questions"]);
    assert!(told.starts_with(&format!("{} question", all["questions"])), "{told}");
    assert!(patterns.iter().all(|found| told.contains(text(&found["pattern"]))) && !told.contains("dup_"), "{told}");
    let of_one = shop.json(&["duplicates", "--tier", "questions", "--pattern", text(&patterns[0]["pattern"])]);
    assert_eq!(of_one["pairs"].as_array().unwrap().len() as u64, patterns[0]["count"].as_u64().unwrap().min(10));

    let values = |words: &[&str]| shop.json(&[&["duplicates", "--tier", "shared"], words].concat());
    let filter = format!("id = {one}");
    let narrowed = values(&["--filter", &filter]);
    let shared: Vec<&str> = narrowed["values"].as_array().unwrap().iter().map(|found| text(&found["value"])).collect();
    assert_eq!(shared, ["+85261234567"], "{narrowed}");
    assert_eq!(narrowed["total"], 1);
    let nobody = shop.ok(&["duplicates", "--tier", "shared", "--filter", "name = Nobody"]);
    assert!(nobody.contains("no contact matches name = Nobody"), "{nobody}");
}

#[test]
fn an_answer_at_a_shell_says_whose_days_the_dates_of_its_filter_are() {
    let shop = Shop::with(40);
    shop.ok(&["sync"]);
    let here = "dates in Asia/Hong_Kong\n";
    let filter = "created_at >= 2001 and created_at < 2040-02";
    for words in
        [&["audit"][..], &["duplicates"], &["duplicates", "--tier", "questions"], &["duplicates", "--tier", "shared"]]
    {
        let zoned = shop.ok(&[words, &["--filter", filter, "--time-zone", "Asia/Hong_Kong"]].concat());
        assert!(zoned.contains(here), "{words:?}: {zoned}");
        assert!(shop.ok(&[words, &["--filter", filter]].concat()).contains("dates in UTC\n"), "{words:?}");
        assert!(!shop.ok(words).contains("dates in"), "{words:?}");
    }
    let plan = ["plan", "--set", "remark=x", "--time-zone", "Asia/Hong_Kong"];
    let planned = shop.ok(&[&plan[..], &["--filter", "channel = web", "--protect", "created_at < 2001-02"]].concat());
    assert!(planned.contains(here), "{planned}");
    let nothing = shop.run(&["plan", "--fix", "safe", "--protect", ""]);
    assert!(nothing.code == 2 && nothing.err.contains("--protect names nothing"), "{nothing:?}");
}

#[test]
fn an_exported_file_says_that_it_is_utf_8_and_is_taken_back() {
    let shop = Shop::with(12);
    let id = &shop.ids(1)[0];
    let planned = shop.fed(&["plan", "--changes", "-", "--json"], &format!("contact,remark\n{id},Đã gọi 王詩雅\n"));
    let plan: Value = serde_json::from_str(&planned.out).unwrap();
    let plan = text(&plan["plan"]);
    let file = shop.state.path().join("plan.csv");
    shop.ok(&["export", "plan", plan, "--csv", file.to_str().unwrap()]);
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.starts_with("\u{feff}contact,field,before,after\r\n"), "{written}");
    assert_eq!(
        shop.ok(&["export", "plan", plan, "--csv", "-"]),
        written,
        "what goes through a pipe ends in a file, too"
    );
    let changes = written.replace("field,before,after", "field,value").replace("remark,,", "remark,");
    assert_eq!(shop.fed(&["plan", "--changes", "-"], &changes).code, 0, "{changes}");
}

#[test]
fn exported_cells_are_no_formulas_and_a_file_is_not_overwritten() {
    let shop = Shop::with(12);
    let id = &shop.ids(1)[0];
    shop.edit(id, json!({ "remark": "=HYPERLINK(\"https://example.com\")" }));
    let planned = shop.fed(&["plan", "--changes", "-", "--json"], &format!("contact,remark\n{id},'=1+1\n"));
    let plan: Value = serde_json::from_str(&planned.out).unwrap();
    let (plan, fingerprint) = (text(&plan["plan"]), text(&plan["fingerprint"]));
    shop.ok(&["apply", plan, "--fingerprint", fingerprint]);
    let contact = shop.gateway.contact_json(id).unwrap().unwrap();
    assert!(contact.contains("\"=1+1\""), "the apostrophe of a spreadsheet is taken off: {contact}");
    let file = shop.state.path().join("journal.csv");
    let words = ["export", "journal", plan, "--csv", file.to_str().unwrap()];
    shop.ok(&words);
    let mut rows = csv::Reader::from_path(&file).unwrap();
    let row = rows.records().next().unwrap().unwrap();
    assert_eq!((&row[3], &row[4], &row[5]), ("'=HYPERLINK(\"https://example.com\")", "'=1+1", "applied"));
    std::fs::write(&file, "mine").unwrap();
    assert_eq!(shop.run(&words).code, 1);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    shop.ok(&[&words[..], &["--force"]].concat());
    assert_ne!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[cfg(unix)]
#[test]
fn an_export_replaces_nothing_but_a_file() {
    use std::os::unix::fs::{FileTypeExt, MetadataExt, symlink};
    let shop = Shop::with(12);
    shop.ok(&["sync", "--rate", "1000"]);
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("directory")).unwrap();
    std::fs::write(at("file"), "mine").unwrap();
    symlink(at("file"), at("link")).unwrap();
    symlink(at("nothing"), at("dangling")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), 0o600.into()).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    let names = || {
        let entries = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
        let of = |entry: std::fs::DirEntry| (entry.file_name(), entry.metadata().unwrap().ino());
        entries.map(of).collect::<std::collections::BTreeSet<_>>()
    };
    let before = names();
    for (name, word) in [
        ("directory", "is a directory"),
        ("link", "is a symbolic link"),
        ("dangling", "is a symbolic link"),
        ("pipe", "is no regular file"),
        ("socket", "is no regular file"),
    ] {
        let run = shop.run(&["export", "report", "--csv", at(name).to_str().unwrap(), "--force"]);
        assert!(run.code == 1 && run.err.contains(word), "{name}: {} {}", run.code, run.err);
        assert_eq!(names(), before, "{name}: nothing is made, nothing is replaced");
    }
    assert_eq!(std::fs::read_to_string(at("file")).unwrap(), "mine");
    // A device, where a test may look at one; root could replace it.
    let run = shop.run(&["export", "report", "--csv", "/dev/null", "--force"]);
    assert!(run.code == 1 && run.err.contains("is no regular file"), "{}", run.err);
    assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

#[test]
fn names_cannot_steer_a_terminal() {
    let shop = Shop::with(12);
    let id = &shop.ids(1)[0];
    shop.edit(id, json!({ "first_name": " \u{1b}[2J\u{202e}Ann", "display_name": "Ann" }));
    shop.ok(&["sync", "--rate", "1000"]);
    let shown = shop.ok(&["plan", "--fix", "safe"]);
    assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
}

#[test]
fn a_damaged_state_is_said_with_its_file() {
    let shop = Shop::with(12);
    shop.ok(&["sync", "--rate", "1000"]);
    for entry in std::fs::read_dir(shop.state.path()).unwrap() {
        let path = entry.unwrap().path();
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("sqlite") => {
                std::fs::write(&path, "not a database, not at all, and longer than its header would be").unwrap();
            }
            // A log that a process left behind would bring the pages back.
            Some("sqlite-wal" | "sqlite-shm") => std::fs::remove_file(&path).unwrap(),
            _ => {}
        }
    }
    let failed = shop.run(&["audit"]);
    assert_eq!(failed.code, 70, "{failed:?}");
    assert!(failed.err.contains(".sqlite") && failed.err.contains("move it away"), "{failed:?}");
}

#[test]
fn two_processes_do_not_work_on_one_state() {
    let shop = Shop::with(400);
    let url = shop.gateway.base_url();
    let words = shop.words(&["sync", "--rate", "1", "--full"], &url);
    let mut slow = program(&words, &[("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN)]).spawn().unwrap();
    // It has the lock once it asks.
    while shop.gateway.requests().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let refused = shop.run(&["sync"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("another sync, apply or undo is at work"), "{refused:?}");
    slow.kill().unwrap();
    slow.wait().unwrap();
    assert!(
        shop.ok(&["sync", "--rate", "1000"]).starts_with("400 contacts, up to date"),
        "a killed process holds nothing"
    );
}

/// A shell in which no file may grow beyond so many KiB: to a program that is a disk that is full.
#[cfg(target_os = "linux")]
fn cramped(kibibytes: u32, words: &[&str]) -> Run {
    let mut command = std::process::Command::new("bash");
    let script = format!("trap '' XFSZ; ulimit -f {kibibytes}; exec \"$0\" \"$@\"");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_imbrace-contacts-mcp")]).args(words).env_clear();
    command.env("PATH", "/usr/bin:/bin").env("HOME", crate::support::home()).env("NO_PROXY", "*");
    command.env("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN);
    Run::of(command.output().unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_stops_a_sync_and_an_apply_and_loses_nothing() {
    let shop = Shop::with(600);
    let url = shop.gateway.base_url();
    let full = cramped(300, &shop.words(&["sync", "--rate", "1000"], &url));
    assert_eq!(full.code, 70, "{full:?}");
    assert!(full.err.contains("cannot be written") && full.err.contains("Free some space"), "{full:?}");
    shop.ok(&["sync", "--rate", "1000"]);
    let before = shop.contacts();
    let plan = shop.json(&["plan", "--fix", "safe"]);
    let (id, fingerprint) = (text(&plan["plan"]), text(&plan["fingerprint"]));
    // No room for an intent: nothing may be sent.
    let apply = ["apply", id, "--fingerprint", fingerprint];
    let full = cramped(1, &shop.words(&apply, &url));
    assert_eq!(full.code, 70, "{full:?}");
    assert!(shop.gateway.tallies().writes.is_empty(), "{full:?}");
    assert_eq!(shop.contacts(), before);
    assert_eq!(shop.run(&apply).code, 3, "with room again it goes on");
    shop.ok(&apply);
    shop.ok(&["undo", id, "--write", "--yes"]);
    assert_eq!(shop.contacts(), before);
}

#[test]
fn decisions_are_kept_and_wrong_ones_refused() {
    let shop = Shop::with(40);
    let ids = shop.ids(2);
    for id in &ids {
        shop.edit(id, json!({ "display_name": "Wai Ling Cheung", "email": "wlc@example.com", "phone_number": "61234567", "area_code": "852" }));
    }
    shop.ok(&["sync", "--rate", "1000"]);
    let pair = format!("{}:{}", ids[0], ids[1]);
    let found = shop.json(&["duplicates", "--contact", &ids[0]]);
    assert_eq!(found["total"], 1, "{found}");
    assert_eq!(shop.run(&["decide"]).code, 2, "nobody to ask");
    assert_eq!(shop.run(&["decide", "--same", &ids[0]]).code, 2);
    assert_eq!(shop.run(&["decide", "--same", "dup_00000000"]).code, 1);
    assert_eq!(shop.json(&["decide", "--different", &pair])["settled"], 1);
    assert_eq!(shop.json(&["duplicates", "--contact", &ids[0]])["total"], 0);
}

#[test]
fn with_the_local_gateway_people_and_state_stay_from_command_to_command() {
    let state = tempfile::tempdir().unwrap();
    let place = ["--env", "local", "--local-contacts", "60", "--state-dir", state.path().to_str().unwrap()];
    let ok = |words: &[&str]| {
        let done = super::run(&[&["cleanup"], words, &place[..]].concat(), &[]);
        assert_eq!(done.code, 0, "{words:?}: {done:?}");
        done.out
    };
    assert!(ok(&["sync"]).starts_with("60 contacts, up to date: 60 new"));
    assert!(ok(&["sync"]).starts_with("60 contacts, up to date: 0 new, 0 changed"));
    let plan: Value = serde_json::from_str(&ok(&["plan", "--fix", "phone_form", "--json"])).unwrap();
    let (id, fingerprint) = (text(&plan["plan"]), text(&plan["fingerprint"]));
    ok(&["apply", id, "--fingerprint", fingerprint, "--max-writes", "20"]);
    assert!(ok(&["undo", id, "--write", "--yes"]).contains("fields put back"));
}

#[cfg(target_os = "linux")]
#[test]
fn at_a_terminal_the_plan_is_shown_and_asked_about() {
    use std::io::Write;

    let shop = Shop::with(12);
    let id = &shop.ids(1)[0];
    let planned = shop.fed(&["plan", "--changes", "-", "--json"], &format!("contact,remark\n{id},seen\n"));
    let plan: Value = serde_json::from_str(&planned.out).unwrap();
    let typed = |answer: &str| {
        let (mut person, terminal) = super::terminal::terminal();
        let url = shop.gateway.base_url();
        let words = shop.words(&["apply", text(&plan["plan"])], &url);
        let child = program(&words, &[("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN)]).stdin(terminal).spawn().unwrap();
        person.write_all(answer.as_bytes()).unwrap();
        Run::of(child.wait_with_output().unwrap())
    };
    let no = typed("n\n");
    assert_eq!(no.code, 1, "{no:?}");
    assert!(
        no.err.contains("Will now write 1 contact (1 field) of 1 in custom, 127.0.0.1") && no.err.contains("[y/N]"),
        "{no:?}"
    );
    assert!(shop.gateway.tallies().writes.is_empty());
    let yes = typed("y\n");
    assert_eq!(yes.code, 0, "{yes:?}");
    assert_eq!(shop.gateway.tallies().writes.len(), 1);
    let _ = shop.runtime.handle();
}

#[cfg(target_os = "linux")]
#[test]
fn at_a_terminal_questions_are_asked_by_pattern() {
    use std::io::Write;

    let shop = Shop::with(600);
    shop.ok(&["sync", "--rate", "1000"]);
    let typed = |answers: &str| {
        let (mut person, terminal) = super::terminal::terminal();
        let url = shop.gateway.base_url();
        let child = program(&shop.words(&["decide"], &url), &[("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN)])
            .stdin(terminal)
            .spawn()
            .unwrap();
        person.write_all(answers.as_bytes()).unwrap();
        Run::of(child.wait_with_output().unwrap())
    };
    let before = shop.json(&["duplicates"]);
    let (first, questions) = (&before["patterns"][0], before["questions"].as_u64().unwrap());
    let (pattern, count) = (text(&first["pattern"]), first["count"].as_u64().unwrap());
    let listed = shop.json(&["duplicates", "--pattern", pattern]);
    assert_eq!(listed["pairs"].as_array().unwrap().len() as u64, count.min(10), "{listed}");
    let quit = typed("q\n");
    assert!(quit.err.contains(&format!("{count} pairs of the pattern `{pattern}`")), "{quit:?}");
    assert_eq!(shop.json(&["duplicates"])["questions"], questions, "nothing is said by leaving");
    // A word that is no answer is asked about again; what was answered is kept though the input ends then.
    let said = typed("perhaps\na\nd\n\u{4}");
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.err.contains(&format!("{count} of {count}: chance of one person ")), "all are seen first: {said:?}");
    // Others may come up in the place of those that are settled.
    let first = said.out.lines().next().unwrap();
    assert!(first.starts_with(&format!("{count} pairs settled, ")) && first.ends_with(" questions left"), "{said:?}");
    let left = shop.json(&["duplicates"]);
    assert!(left["patterns"][0]["pattern"].as_str() != Some(pattern));

    // One pair by one: an answer that is taken back, one that is passed over, and two that stay; the next time goes on there.
    let open = left["questions"].as_u64().unwrap();
    let said = typed("s\nb\nd\n\nb\nu\nq\n");
    assert!(said.out.starts_with(&format!("1 pair settled, 1 unsure, {} questions left", open - 2)), "{said:?}");
    assert_eq!(shop.json(&["decisions", "--verdict", "same"])["total"], 0, "the first answer was taken back");
    assert_eq!(shop.json(&["duplicates"])["questions"], open - 2);
    let nothing = typed("b\nq\n");
    assert!(nothing.err.contains("Nothing was answered yet.") && nothing.err.contains("\n* name"), "{nothing:?}");
}

/// A plan that sets the remark of so many contacts: its id and its fingerprint.
fn plan_of_remarks(shop: &Shop, contacts: usize) -> (String, String) {
    let rows: String = shop.ids(contacts).iter().map(|id| format!("{id},seen\n")).collect();
    let planned = shop.fed(&["plan", "--changes", "-", "--json"], &format!("contact,remark\n{rows}"));
    let plan: Value = serde_json::from_str(&planned.out).unwrap();
    (text(&plan["plan"]).to_owned(), text(&plan["fingerprint"]).to_owned())
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_asks_only_where_it_obeys_and_obeys_what_it_asks() {
    use std::io::{Read, Write};

    let shop = Shop::with(12);
    let (plan, fingerprint) = plan_of_remarks(&shop, 3);
    let url = shop.gateway.base_url();
    let start = |words: &[&str], terminal| {
        program(&shop.words(words, &url), &[("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN)]).stdin(terminal).spawn().unwrap()
    };
    let typed = |words: &[&str], answer: &str| {
        let (mut person, terminal) = super::terminal::terminal();
        let child = start(words, terminal);
        person.write_all(answer.as_bytes()).unwrap();
        Run::of(child.wait_with_output().unwrap())
    };
    let writes = || shop.gateway.tallies().writes.values().sum::<u64>();
    let undo = ["undo", &*plan, "--write"];
    for (words, done) in [(&["apply", &*plan][..], 0), (&undo, 3)] {
        // No, Enter alone, another word, and the end of input (Ctrl-D).
        for no in ["n\n", "\n", "yeah\n", "\u{4}"] {
            let refused = typed(words, no);
            assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{words:?} {no:?}: {refused:?}");
            assert!(refused.err.ends_with("? [y/N] Nothing was written.\n"), "{words:?} {no:?}: {refused:?}");
        }
        // Ctrl-C while it asks.
        let (_person, terminal) = super::terminal::terminal();
        let mut child = start(words, terminal);
        let (mut asked, mut stderr, mut byte) = (Vec::new(), child.stderr.take().unwrap(), [0]);
        while !asked.ends_with(b"[y/N] ") {
            stderr.read_exact(&mut byte).unwrap();
            asked.extend(byte);
        }
        assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        assert!(!child.wait().unwrap().success());
        assert_eq!(writes(), done, "{words:?}");
        if words[0] == "apply" {
            // The plan was seen: whatever is typed meanwhile was not asked for.
            let given = typed(&["apply", &plan, "--fingerprint", &fingerprint, "--max-writes", "3"], "n\n");
            assert_eq!(given.code, 0, "{given:?}");
            assert!(!given.err.contains("[y/N]"), "{given:?}");
            assert_eq!(writes(), 3);
        }
    }
    let yes = typed(&undo, "Yes\n");
    assert_eq!(yes.code, 0, "{yes:?}");
    assert!(yes.err.contains("Put back 3 fields of 3 contacts by plan_"), "{yes:?}");
    assert_eq!(writes(), 6);
}

#[test]
fn an_undo_of_many_contacts_needs_a_yes_where_nobody_can_be_asked() {
    let shop = Shop::with(12);
    let (plan, fingerprint) = plan_of_remarks(&shop, 3);
    shop.ok(&["apply", &plan, "--fingerprint", &fingerprint]);
    let writes = || shop.gateway.tallies().writes.values().sum::<u64>();
    let refused = shop.run(&["undo", &plan, "--write"]);
    assert_eq!((refused.code, writes()), (1, 3), "{refused:?}");
    assert!(refused.err.contains("3 fields of 3 contacts") && refused.err.contains("--yes"), "{refused:?}");
    assert_eq!(shop.run(&["undo", &plan, "--write", "--fingerprint", "0000000000000000"]).code, 1);
    assert_eq!(writes(), 3);
    // Whoever names one contact has said which.
    shop.ok(&["undo", &plan, "--write", "--contact", &shop.ids(1)[0]]);
    assert_eq!(writes(), 4);
    shop.ok(&["undo", &plan, "--write", "--fingerprint", &fingerprint]);
    assert_eq!(writes(), 6);
}

#[test]
fn read_only_binds_a_plan_and_its_undo_and_asks_nobody() {
    let shop = Shop::with(12);
    let (plan, fingerprint) = plan_of_remarks(&shop, 3);
    let url = shop.gateway.base_url();
    let variables = [("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN), ("IMBRACE_READ_ONLY", "true")];
    let bound = |words: &[&str]| super::run(&shop.words(words, &url), &variables);
    let apply = ["apply", &*plan, "--fingerprint", &fingerprint];
    for refused in [bound(&apply), shop.run(&[&apply[..], &["--read-only"]].concat())] {
        assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{refused:?}");
        assert!(refused.err.contains("nothing was written: writes are off here"), "{refused:?}");
    }
    assert!(shop.gateway.tallies().writes.is_empty());
    shop.ok(&apply);
    assert_eq!(bound(&["undo", &plan, "--write", "--yes"]).code, 1);
    assert_eq!(shop.gateway.tallies().writes.values().sum::<u64>(), 3);
    assert_eq!(bound(&["undo", &plan]).code, 0, "a dry run writes nothing");
}

#[test]
fn the_audit_file_has_each_write_of_a_cleanup_at_a_shell() {
    let shop = Shop::with(12);
    let (plan, fingerprint) = plan_of_remarks(&shop, 3);
    let file = shop.state.path().join("audit.jsonl");
    let audit = ["--audit", file.to_str().unwrap()];
    shop.ok(&[&["apply", &plan, "--fingerprint", &fingerprint][..], &audit].concat());
    shop.ok(&[&["undo", &plan, "--write", "--yes"][..], &audit].concat());
    let recorded = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<Value> = recorded.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let intents: Vec<&Value> = lines.iter().filter(|line| line["kind"] == "intent").collect();
    let tools: Vec<&str> = intents.iter().map(|line| text(&line["tool"])).collect();
    assert_eq!(tools, [["apply_cleanup"; 3], ["undo_cleanup"; 3]].concat());
    for intent in intents {
        assert_eq!((text(&intent["ids"][0]), text(&intent["caller"])), (plan.as_str(), "shell"));
        assert!(text(&intent["ids"][1]).starts_with("con_"), "{intent}");
    }
    assert!(!recorded.contains("seen"), "no values");
    let verified = super::run(&["audit", "verify", file.to_str().unwrap()], &[]);
    assert!(verified.out.contains("6 writes begun, 0 of them"), "{verified:?}");
}

#[test]
fn short_ids_work_in_every_argument_and_a_state_of_another_spelling_is_named() {
    let shop = Shop::with(40);
    let ids = shop.ids(2);
    let (first, second) = (&ids[0][..12], &ids[1][..12]);
    let missing = shop.run(&["audit"]);
    assert!(!missing.err.contains("There was no state for"), "{missing:?}");
    shop.ok(&["sync", "--rate", "1000"]);
    assert_eq!(shop.json(&["decide", "--different", &format!("{first}:{second}")])["settled"], 1);
    let rows = format!("contact,remark\n{first},seen\n{second},seen\n");
    let planned = shop.fed(&["plan", "--changes", "-", "--protect", second, "--json"], &rows);
    let plan: Value = serde_json::from_str(&planned.out).unwrap_or_else(|error| panic!("{error}: {planned:?}"));
    assert_eq!(plan["steps"], 1, "{plan}");
    shop.ok(&["apply", text(&plan["plan"]), "--fingerprint", text(&plan["fingerprint"])]);
    let undone = shop.json(&["undo", text(&plan["plan"]), "--contact", first, "--write"]);
    assert_eq!(undone["undone"], 1, "{undone}");

    // The same gateway by another name.
    let url = shop.gateway.base_url().replace("127.0.0.1", "localhost");
    let words = shop.words(&["audit"], &url);
    let other = run_with_input(&words, &[("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN)], "");
    assert_eq!(other.code, 1, "{other:?}");
    assert!(
        other.err.contains("There was no state for \"custom localhost") && other.err.contains("custom 127.0.0.1"),
        "{other:?}"
    );
}

#[test]
fn bulk_writes_are_paused_and_resumed_for_an_organisation() {
    let shop = Shop::with(12);
    let (plan, fingerprint) = plan_of_remarks(&shop, 3);
    let url = shop.gateway.base_url();
    let state = |part: &str| {
        let directory = shop.state.path().to_str().unwrap();
        let words = ["state", part, "--base-url", &url, "--state-dir", directory];
        run_with_input(&words, &[("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN)], "")
    };
    assert!(state("show").out.starts_with("bulk writes are not paused in custom"), "{:?}", state("show"));
    let paused = state("pause");
    assert!(paused.code == 0 && paused.out.starts_with("bulk writes are paused in custom"), "{paused:?}");
    let refused = shop.run(&["apply", &plan, "--fingerprint", &fingerprint]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.err.contains("bulk writes are paused here since") && refused.err.contains("state resume"),
        "{refused:?}"
    );
    assert!(shop.gateway.tallies().writes.is_empty());
    assert!(state("show").out.starts_with("bulk writes are paused in custom"));
    assert!(state("resume").out.starts_with("bulk writes may go on"));
    shop.ok(&["apply", &plan, "--fingerprint", &fingerprint]);
}

/// A process that stands still for longer than another waits is taken over, and changes nothing when it wakes.
#[cfg(target_os = "linux")]
#[test]
fn a_process_that_was_paused_and_taken_over_writes_nothing_more() {
    let shop = Shop::with(60);
    let changes = shop.state.path().join("changes.csv");
    let rows: Vec<String> = shop.ids(60).iter().map(|id| format!("{id},remark,seen")).collect();
    std::fs::write(&changes, format!("contact,field,value\n{}\n", rows.join("\n"))).unwrap();
    let plan = shop.json(&["plan", "--changes", changes.to_str().unwrap()]);
    let (plan, fingerprint) = (text(&plan["plan"]).to_owned(), text(&plan["fingerprint"]).to_owned());
    // The first contacts are for a look; the rest goes in one.
    shop.run(&["apply", &plan, "--fingerprint", &fingerprint]);
    shop.gateway.set_faults("*:latency,ms=40".parse().unwrap());
    let before = shop.gateway.tallies().writes.len();
    let url = shop.gateway.base_url();
    let apply = ["apply", plan.as_str(), "--fingerprint", fingerprint.as_str()];
    let paused = program(&shop.words(&apply, &url), &[("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN)]).spawn().unwrap();
    while shop.gateway.tallies().writes.len() < before + 5 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    signal(paused.id(), "-STOP");
    let state = |part: &str| {
        let directory = shop.state.path().to_str().unwrap();
        let words = ["state", part, "--base-url", &url, "--state-dir", directory];
        run_with_input(&words, &[("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN)], "")
    };
    let shown = state("show");
    assert!(shown.out.contains(&format!("at work: apply of {plan} since ")), "{shown:?}");
    let mut taken_over = shop.run(&apply);
    // It may stand still in the middle of a commit, which keeps the file from everybody until it goes on.
    for _ in 0..3 {
        if taken_over.code == 0 {
            break;
        }
        signal(paused.id(), "-CONT");
        std::thread::sleep(std::time::Duration::from_millis(3));
        signal(paused.id(), "-STOP");
        taken_over = shop.run(&apply);
    }
    assert_eq!(taken_over.code, 0, "{taken_over:?}");
    let before = shop.gateway.requests().len();
    signal(paused.id(), "-CONT");
    let woken = Run::of(paused.wait_with_output().unwrap());
    let said = format!("{}{}", woken.out, woken.err);
    assert!(said.contains("another one has taken over"), "{woken:?}");
    let late = shop.gateway.requests().split_off(before);
    assert!(late.iter().all(|request| request.method == "GET"), "{late:?}");
    let writes = shop.gateway.tallies().writes;
    assert!(writes.len() == 60 && writes.values().all(|writes| *writes == 1), "{writes:?}");
    assert!(state("show").out.lines().count() == 1 && state("cancel").out.starts_with("nothing is at work"));
}

#[cfg(target_os = "linux")]
fn signal(process: u32, name: &str) {
    assert!(std::process::Command::new("kill").args([name, &process.to_string()]).status().unwrap().success());
}

#[test]
fn what_is_kept_is_told_copied_and_forgotten_at_a_shell() {
    let shop = Shop::with(25);
    let url = shop.gateway.base_url();
    let directory = shop.state.path().to_str().unwrap().to_owned();
    let state = |words: &[&str]| {
        let words = [&["state"], words, &["--base-url", &url, "--state-dir", &directory]].concat();
        run_with_input(&words, &[("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN)], "")
    };
    assert!(state(&["info"]).out.starts_with("no snapshot, decisions or plans of custom"), "{:?}", state(&["info"]));
    shop.ok(&["sync", "--rate", "1000"]);
    let id = shop.ids(1).remove(0);
    let words = [
        "call",
        "get_contact",
        &json!({ "contact_id": id }).to_string(),
        "--base-url",
        &url,
        "--state-dir",
        &directory,
    ];
    let shown = run_with_input(&words, &[("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN)], "");
    assert_eq!(shown.code, 0, "{shown:?}");
    let info = state(&["info"]);
    assert!(info.out.contains("  25 contacts, complete as of 20") && info.out.contains("shared.sqlite: "), "{info:?}");
    let copy = shop.state.path().join("copy");
    let copy = copy.to_str().unwrap();
    assert!(state(&["backup", copy]).out.starts_with("25 contacts in "), "{:?}", state(&["backup", copy]));
    // Nobody can be asked.
    let asked = state(&["forget", "all"]);
    assert!(asked.code == 1 && asked.err.contains("Confirm with --yes"), "{asked:?}");
    let one = state(&["forget", &id[..12], "--yes"]);
    assert!(one.out.starts_with(&format!("forgotten of {id}: 1 contact of the snapshot")), "{one:?}");
    assert!(one.out.contains("audit file") && one.out.contains("ids and digests"), "{one:?}");
    let unknown = state(&["forget", "con_00000000", "--yes"]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(state(&["forget", "all", "--yes"]).out.starts_with("forgotten of every contact: 24 contacts"));
    assert_eq!(state(&["restore", copy]).code, 1);
    assert!(state(&["restore", copy, "--yes"]).out.starts_with("25 contacts back"));
    let rows = shop.state.path().join("changes.csv");
    std::fs::write(&rows, format!("contact,field,value\n{id},remark,seen\n")).unwrap();
    let plan = shop.json(&["plan", "--changes", rows.to_str().unwrap()]);
    let first = shop.state.path().join("first");
    let apply = [
        "apply",
        text(&plan["plan"]),
        "--fingerprint",
        text(&plan["fingerprint"]),
        "--backup",
        first.to_str().unwrap(),
    ];
    shop.ok(&apply);
    let before = rusqlite::Connection::open(&first).unwrap();
    let journal: i64 = before.query_row("SELECT count(*) FROM journal", [], |row| row.get(0)).unwrap();
    assert_eq!(journal, 0, "it was made before the first write");
}

#[test]
fn open_questions_go_out_as_a_spreadsheet_and_come_back_decided() {
    let shop = Shop::with(600);
    shop.ok(&["sync", "--rate", "1000"]);
    let asked = shop.ok(&["export", "questions", "--csv", "-"]);
    let lines: Vec<&str> = asked.trim_start_matches('\u{feff}').lines().collect();
    assert!(lines[0].starts_with("decision,first,second,why,sure,first_name,second_name"), "{}", lines[0]);
    assert!(lines.len() > 3 && lines[1].starts_with(",con_"), "{asked}");
    // As a German spreadsheet saves it, the first two decided and the third not.
    let filled = |decisions: [&str; 3]| {
        let rows = lines[1..4].iter().zip(decisions).map(|(row, decision)| {
            let ids: Vec<&str> = row.split(',').skip(1).take(2).collect();
            format!("{decision};{}\r\n", ids.join(";"))
        });
        format!("sep=;\r\nDecision;FIRST;Second\r\n{}", rows.collect::<String>())
    };
    let wrong = shop.fed(&["decide", "--file", "-"], &filled(["same", "perhaps", ""]));
    assert!(wrong.code != 0 && wrong.err.contains("line 4: \"perhaps\" is no decision"), "{wrong:?}");
    let both = format!(
        "{}different;{}\n",
        filled(["same", "", ""]),
        lines[1].split(',').skip(1).take(2).collect::<Vec<_>>().join(";")
    );
    let both = shop.fed(&["decide", "--file", "-"], &both);
    assert!(both.code != 0 && both.err.contains("line 6: it says the opposite of line 3"), "{both:?}");
    let unknown = shop.fed(
        &["decide", "--file", "-"],
        "decision,first,second\nsame,con_00000000-0000-4000-8000-000000000000,con_1\n",
    );
    assert!(unknown.code != 0 && !unknown.err.is_empty(), "{unknown:?}");
    assert_eq!(shop.ok(&["export", "questions", "--csv", "-"]).lines().count(), lines.len(), "nothing was taken");
    let done = shop.fed(&["decide", "--file", "-"], &filled(["different", "Different", "unsure"]));
    assert!(done.code == 0 && done.out.starts_with("2 pairs settled, 1 unsure"), "{done:?}");
    let kept = shop.ok(&["decisions", "--verdict", "unsure"]);
    assert!(kept.starts_with("3 decisions: different 2, unsure 1\n\nunsure  20"), "{kept}");
    let noted = shop.json(&["decisions", "--limit", "1"]);
    assert_eq!((&noted["total"], noted["decisions"].as_array().unwrap().len()), (&json!(3), 1), "{noted}");
    let file = shop.ok(&["export", "decisions", "--csv", "-"]);
    assert_eq!(file.lines().count(), 4, "{file}");
    assert!(shop.ok(&["decide", "--reopen", "unsure"]).contains("1 taken back"));
    assert_eq!(shop.run(&["decide", "--reopen", "unsure"]).code, 1, "there is none any more");
    let read = shop.fed(&["decide", "--file", "-"], &file);
    assert!(read.out.starts_with("2 pairs settled, 1 unsure"), "{read:?}");
    let pair = format!("{}:{}", kept.split("con_").nth(1).unwrap().split(':').next().unwrap(), "");
    assert_eq!(shop.run(&["decide", "--unsure", &format!("con_{}", pair.trim_end_matches(':'))]).code, 2);

    // The same file, filled in by somebody else meanwhile.
    let late = filled(["same", "different", "same"]);
    let refused = shop.fed(&["decide", "--file", "-"], &late);
    let why = "line 3: different was decided on ";
    assert!(refused.code != 0 && refused.err.contains(why) && refused.err.contains("--force"), "{refused:?}");
    assert!(!refused.err.contains("line 4"), "the same decision again is no contradiction: {refused:?}");
    let again = shop.fed(&["decide", "--file", "-"], &filled(["different", "", ""]));
    assert_eq!(again.code, 0, "{again:?}");
    // A question that was put again after the decision is newer than it.
    let ids: Vec<&str> = lines[1].split(',').skip(1).take(2).collect();
    let newer = format!("decision,first,second,asked_at\nsame,{},2099-01-01T00:00:00Z\n", ids.join(","));
    assert_eq!(shop.fed(&["decide", "--file", "-"], &newer).code, 0);
    assert_eq!(shop.fed(&["decide", "--file", "-", "--force"], &filled(["different", "", ""])).code, 0);
}

#[test]
fn a_plan_is_looked_through_undone_by_field_and_thrown_away() {
    let shop = Shop::with(20);
    shop.ok(&["sync"]);
    let id = &shop.ids(1)[0];
    let planned =
        shop.fed(&["plan", "--changes", "-", "--json"], &format!("contact,remark,location\n{id},seen,Kowloon\n"));
    let plan: Value = serde_json::from_str(&planned.out).unwrap();
    let (plan, fingerprint) = (text(&plan["plan"]), text(&plan["fingerprint"]));
    shop.ok(&["apply", plan, "--fingerprint", fingerprint]);
    let written = shop.ok(&["plan", plan, "--steps", "written", "--field", "location"]);
    assert!(written.starts_with("1 step of 1 contact; all of the plan: written 2\n"), "{written}");
    assert!(written.contains("-> Kowloon") && written.contains("listed"), "{written}");
    for (flag, wrong, said) in [
        ("--field", "remrk", "has no field `remrk`; did you mean `remark`?"),
        ("--field", "email", "has no field `email`; it has location, remark"),
        ("--kind", "listd", "has no kind `listd`; did you mean `listed`?"),
        ("--group", "dup_00000000", "has no group `dup_00000000`; it has none"),
        ("--contact", &shop.ids(2)[1], "has no contact `con_"),
    ] {
        for command in
            [vec!["plan", plan, "--steps", "all"], vec!["undo", plan], vec!["undo", plan, "--write", "--yes"]]
        {
            let refused = shop.run(&[&command[..], &[flag, wrong]].concat());
            assert!(refused.code == 1 && refused.err.contains(said) && refused.out.is_empty(), "{refused:?}");
        }
    }
    let dry = shop.run(&["undo", plan, "--field", "remark", "--limit", "1"]);
    assert!(dry.out.contains("1 field can be put back"), "{dry:?}");
    assert!(dry.err.contains(&format!("undo {plan} --field remark --limit 1 --write")), "it means the same: {dry:?}");
    let kept = shop.run(&["plan", plan, "--discard"]);
    assert!(kept.code == 1 && kept.err.contains("can still be undone"), "{kept:?}");
    let undone = shop.ok(&["undo", plan, "--field", "remark", "--write", "--yes"]);
    assert!(undone.starts_with("1 field put back in 1 contact"), "{undone}");
    let over = shop.run(&["undo", plan, "--field", "remark"]);
    assert_eq!((over.out.trim_end(), over.err.as_str()), ("nothing to put back; steps that are meant: undone 1", ""));
    assert!(shop.ok(&["plan", plan, "--discard", "--force"]).contains("is thrown away"));
    assert_eq!(shop.ok(&["plan"]), "no plans yet\n");
}

#[test]
fn one_grammar_says_at_the_shell_too_who_is_meant_and_who_is_protected() {
    let shop = Shop::with(40);
    let ids = shop.ids(3);
    shop.edit(&ids[0], json!({ "remark": "Do NOT contact", "company_name": "Merlin, Labs" }));
    shop.ok(&["sync", "--rate", "1000"]);
    let audited = shop.json(&["audit", "--filter", "company ~ \"merlin, l\" or remark ~ gandalf"]);
    assert_eq!(audited["contacts"], 1, "{audited}");
    let nobody = shop.ok(&["audit", "--filter", "company = gandalf"]);
    assert!(nobody.starts_with("no contact matches company = gandalf (list as of "), "{nobody}");
    let nobody = shop.ok(&["duplicates", "--filter", "company = gandalf"]);
    assert!(nobody.starts_with("no contact matches company = gandalf (list as of "), "{nobody}");
    let none = shop.json(&["audit", "--filter", "company = gandalf"]);
    assert_eq!((&none["contacts"], &none["score"]), (&json!(0), &Value::Null), "{none}");
    let groups = shop.json(&["duplicates", "--filter", &format!("id = {}", &ids[0][..12])]);
    assert_eq!(groups["contacts"], 1, "{groups}");

    let rows = format!("contact,remark\n{},seen\n{},seen\n{},seen\n", ids[0], ids[1], ids[2]);
    let plan = |protect: &str| {
        let planned = shop.fed(&["plan", "--changes", "-", "--protect", protect, "--json"], &rows);
        serde_json::from_str::<Value>(&planned.out).unwrap_or_else(|error| panic!("{error}: {planned:?}"))
    };
    let said = plan("remark ~ \"do not contact\"");
    assert_eq!((&said["steps"], &said["protected"][0]["contacts"]), (&json!(2), &json!(1)), "{said}");
    let listed = plan(&format!("id in ({}, {}) and company is not empty", &ids[0][..12], &ids[1][..12]));
    assert_eq!(listed["steps"], 2, "{listed}");
    let words = shop.fed(&["plan", "--changes", "-", "--protect", "#vip"], &rows);
    assert!(words.out.contains("warning: --protect #vip matches nobody"), "{words:?}");
    for (flag, wrong, word) in [
        ("--protect", "vip", "no condition"),
        ("--filter", "created_at = yesterday", "is no date"),
        ("--filter", "(email = a", "parenthesis"),
    ] {
        let refused = shop.fed(&["plan", "--changes", "-", flag, wrong], &rows);
        assert!(refused.code != 0 && refused.err.contains(word), "{wrong}: {refused:?}");
    }
}

#[test]
fn a_report_says_what_was_found_fixed_and_left_and_holds_nobodys_data_unless_asked() {
    let shop = Shop::with(200);
    let id = &shop.ids(1)[0];
    shop.edit(id, json!({ "display_name": " <b>Mei</b> | **x**  ", "email": "MEI.WONG@EXAMPLE.COM" }));
    shop.ok(&["sync", "--rate", "1000"]);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let [html, md, before] = ["report.html", "report.md", "before.csv"].map(path);
    let said = shop.ok(&["report", "--html", &html, "--md", &md, "--csv", &before]);
    assert!(said.contains("score ") && said.contains("report.html"), "{said}");
    let texts = || [&html, &md, &before].map(|file| std::fs::read_to_string(file).unwrap());
    let people = shop.contacts();
    // What kinds mean is said with fillers that occur in lists.
    let meanings: String = Kind::ALL.map(Kind::meaning).concat();
    for text in texts() {
        assert!(text.contains("email_case") && text.contains("open questions"), "{text}");
        for field in ["id", "email", "phone_number", "display_name"] {
            let held = people.iter().filter_map(|person| person[field].as_str()).filter(|value| value.len() > 5);
            let held = held.filter(|value| !meanings.contains(value));
            let held: Vec<&str> = held.filter(|value| text.contains(value)).collect();
            assert!(held.is_empty(), "{held:?}");
        }
    }
    assert!(!texts()[0].contains("src=") && !texts()[0].contains("href"), "it loads nothing");

    let plan = shop.json(&["plan", "--fix", "email_case"]);
    shop.ok(&["apply", text(&plan["plan"]), "--fingerprint", text(&plan["fingerprint"]), "--max-writes", "1000"]);
    let refused = shop.run(&["report", "--html", &html, "--md", &md, "--compare", &before]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("is there already"), "{}", refused.err);
    let words = ["report", "--html", &html, "--md", &md, "--compare", &before, "--examples", "50", "--force"];
    let value = shop.json(&words);
    let kinds = value["findings"].as_array().unwrap();
    let case = kinds.iter().find(|found| found["kind"] == "email_case").unwrap();
    assert_eq!((&case["left"], &case["fixed"]), (&json!(0), &plan["counts"]["pending"]), "{case}");
    assert_eq!(value["scores"].as_array().unwrap().len(), 2);
    let [html_text, md_text, _] = texts();
    assert!(html_text.contains("&lt;b&gt;Mei") && !html_text.contains("<b>"), "{html_text}");
    assert!(md_text.contains("&lt;b&gt;Mei") && !md_text.contains("**x**") && !md_text.contains("<b>"), "{md_text}");
    let row = md_text.lines().find(|line| line.starts_with("| `email_case`")).unwrap();
    assert!(row.contains(&format!("| 0 | -{} |", plan["counts"]["pending"])), "{row}");
    assert!(md_text.contains("## Score over time") && html_text.contains("<polyline"), "{md_text}");
    assert!(md_text.contains(text(&plan["plan"])), "{md_text}");
}

#[test]
fn a_report_is_compared_with_reports_of_the_same_place_only() {
    let shop = Shop::with(30);
    shop.ok(&["sync", "--rate", "1000"]);
    let report = shop.ok(&["report", "--csv", "-"]);
    for (other, said) in [
        ("contact,field,value\r\n", "no report that"),
        ("", "the file is empty"),
        (&report.replace("127.0.0.1", "127.0.0.2"), "another place"),
        (&report.replace("list,contacts,30", "list,contacts,many"), "`count` is no number"),
    ] {
        let refused = shop.fed(&["report", "--md", "-", "--compare", "-"], other);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.err.contains(said), "{said}: {}", refused.err);
    }
    assert!(shop.fed(&["report", "--md", "-", "--compare", "-"], &report).out.contains("| score"));
    assert_eq!(shop.run(&["report"]).code, 2, "at least one form is named");
}
