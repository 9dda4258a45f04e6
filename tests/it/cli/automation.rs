//! `cleanup policy` and what keeps a list clean by itself, at a shell.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use imbrace_contacts_mcp::local_gateway::ACCESS_TOKEN;
use ring::hmac;
use serde_json::{Value, json};

use super::cleanup::Shop;
use super::{Run, program, run};
use crate::support::scripted::{Play, Scripted, Seen, json as answer, with_headers};
use crate::tokens::measure::Counter;

/// A policy in a file beside the state.
fn policy_file(shop: &Shop, text: &str) -> PathBuf {
    let file = shop.state.path().join("policy.toml");
    std::fs::write(&file, text).unwrap();
    file
}

const EXAMPLE: &str = include_str!("../../../src/policy/example.toml");

#[test]
fn the_example_is_a_policy_that_needs_no_configuration_to_be_checked() {
    let shown = run(&["cleanup", "policy", "example"], &[]);
    assert_eq!((shown.code, shown.out.as_str()), (0, EXAMPLE));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("policy.toml");
    std::fs::write(&file, EXAMPLE).unwrap();
    let checked = run(&["cleanup", "policy", "check", file.to_str().unwrap()], &[]);
    assert_eq!(checked.code, 0, "{checked:?}");
    assert!(checked.out.contains("at most: 20 % of the list in a run, 500 contacts a day"), "{checked:?}");
}

#[test]
fn a_policy_with_mistakes_is_refused_with_file_line_and_word() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("policy.toml");
    std::fs::write(&file, EXAMPLE.replace("20 %", "200 %").replace("email_case", "emial_case")).unwrap();
    let checked = run(&["cleanup", "policy", "check", file.to_str().unwrap()], &[]);
    assert_eq!(checked.code, 2, "{checked:?}");
    let named = file.display();
    assert!(
        checked
            .err
            .contains(&format!("{named}: line 6: `emial_case` is no kind of finding; did you mean `email_case`?")),
        "{checked:?}"
    );
    assert!(checked.err.contains(&format!("{named}: line 10: `200 %` is more than the whole list")), "{checked:?}");
    let missing = run(&["cleanup", "policy", "check", "no-such-file.toml"], &[]);
    assert!(missing.code != 0 && missing.err.contains("no-such-file.toml"), "{missing:?}");
}

#[test]
fn without_a_terminal_a_policy_is_confirmed_by_yes_alone() {
    let shop = Shop::with(20);
    let file = policy_file(&shop, EXAMPLE);
    let file = file.to_str().unwrap();
    let asked = shop.run(&["policy", "confirm", file]);
    assert!(asked.code == 1 && asked.err.contains("Nothing was confirmed."), "{asked:?}");
    let said = shop.ok(&["policy", "confirm", file, "--yes"]);
    assert!(said.starts_with("fixed without asking: name_spaces, phone_form, email_wrapped, email_case\n"), "{said}");
    assert!(said.contains("confirmed for custom, 127.0.0.1"), "{said}");
}

/// A list that a watch has seen once, and the ids of its first contacts.
fn watched(contacts: usize) -> (Shop, Vec<String>) {
    let shop = Shop::with(contacts);
    let first = shop.ok(&["watch", "--once"]);
    assert!(first.starts_with("first round of custom, 127.0.0.1"), "{first}");
    let ids = shop.ids(contacts.min(30));
    (shop, ids)
}

const WIDE: &str = "version = 1\n[fix]\nkinds = [\"email_case\"]\nshare_of_list = \"100 %\"\ncontacts_a_day = 1000\n";

#[test]
fn a_round_tells_what_is_new_in_few_tokens_and_once() {
    let (shop, ids) = watched(200);
    assert!(shop.ok(&["watch", "--once"]).starts_with("nothing new in custom, 127.0.0.1"));
    let person = json!({ "display_name": "Mei Ling Example", "email": "mei.ling@example.com", "area_code": "852", "phone_number": "55500101", "birthday": "1990-04-03" });
    for (number, id) in ids.iter().enumerate() {
        match number % 6 {
            0 => shop.edit(id, json!({ "email": "mei.chan@gmial.com" })),
            1 => shop.edit(id, json!({ "display_name": "  MEI  CHAN ", "email": "INFO@Example.com" })),
            2 => shop.edit(id, json!({ "birthday": "31/02/1990", "phone_number": "12" })),
            3 => shop.edit(id, json!({ "gender": "Fem.", "language": "xx-yy-zz", "time_zone": "Mars/North" })),
            _ => shop.edit(id, person.clone()),
        }
    }
    let said = shop.ok(&["watch", "--once"]);
    assert!(
        said.starts_with("new in custom, 127.0.0.1") && said.contains(" others ") && said.contains(" sure, "),
        "{said}"
    );
    let tokens = Counter::new().count(&said);
    assert!(tokens <= 120.0, "{tokens} tokens: {said}");
    assert!(shop.ok(&["watch", "--once"]).starts_with("nothing new"), "it was told");
}

#[test]
fn a_round_is_printed_as_markdown_csv_or_json() {
    let (shop, ids) = watched(30);
    for (number, words) in [["--format", "md"], ["--format", "csv"], ["--json", "--once"]].iter().enumerate() {
        shop.edit(&ids[number], json!({ "email": format!("mei.{number}@gmial.com") }));
        let once: &[&str] = if words[0] == "--json" { &["watch"] } else { &["watch", "--once"] };
        let said = shop.ok(&[once, words].concat());
        let expected = match number {
            0 => "| email_domain_typo | 1 |",
            1 => ",finding,email_domain_typo,con_",
            _ => "\"kinds\":{\"email_domain_typo\":1}",
        };
        assert!(said.contains(expected) && said.contains(&ids[number]) && !said.contains("gmial"), "{said}");
    }
}

#[test]
fn a_policy_plans_by_default_writes_when_asked_and_is_taken_back_by_undo() {
    let (shop, ids) = watched(30);
    let file = policy_file(&shop, WIDE);
    let policy = ["--policy", file.to_str().unwrap()];
    shop.edit(&ids[0], json!({ "email": "Mei.Chan@Example.com" }));
    let before = shop.contacts();
    let dry = shop.ok(&[["watch", "--once"], policy].concat());
    assert!(dry.contains("policy: dry run, nothing was written; plan_") && dry.contains("has 3 contacts\n"), "{dry}");
    let unconfirmed = shop.run(&[&["watch", "--once", "--apply"], &policy[..]].concat());
    assert!(unconfirmed.code == 1 && unconfirmed.out.contains("policy: no policy is confirmed"), "{unconfirmed:?}");
    shop.ok(&["policy", "confirm", policy[1], "--yes"]);
    assert_eq!(shop.contacts(), before);
    std::fs::write(&file, WIDE.replace("1000", "1001")).unwrap();
    let changed = shop.run(&[&["watch", "--once", "--apply"], &policy[..]].concat());
    assert!(changed.code == 1 && changed.out.contains("changed after it was confirmed"), "{changed:?}");
    assert_eq!(shop.contacts(), before);
    std::fs::write(&file, WIDE).unwrap();
    let reports = shop.state.path().join("state-reports");
    let reports_words = ["--reports", reports.to_str().unwrap()];
    let said = shop.ok(&[&["watch", "--once", "--apply"], &policy[..], &reports_words[..]].concat());
    assert!(said.contains("policy: 3 contacts written by plan_"), "{said}");
    assert_ne!(shop.contacts(), before);
    let mut left: Vec<PathBuf> = std::fs::read_dir(&reports).unwrap().map(|entry| entry.unwrap().path()).collect();
    left.sort();
    assert_eq!(left.iter().map(|path| path.extension().unwrap()).collect::<Vec<_>>(), ["csv", "md"]);
    let report = std::fs::read_to_string(&left[1]).unwrap();
    let plan = said.split("written by ").nth(1).unwrap().trim();
    assert!(report.contains(&format!("cleanup undo {plan} --write")), "{report}");
    assert!(shop.ok(&["export", "journal", plan, "--csv", "-"]).contains("mei.chan@example.com"));
    shop.ok(&["undo", plan, "--write", "--yes"]);
    assert_eq!(shop.contacts(), before);
}

#[test]
fn a_run_beyond_a_limit_ends_with_1_and_writes_nothing() {
    let (shop, ids) = watched(30);
    let file = policy_file(&shop, &WIDE.replace("100 %", "5 %"));
    let policy = file.to_str().unwrap();
    shop.ok(&["policy", "confirm", policy, "--yes"]);
    for (number, id) in ids.iter().take(2).enumerate() {
        shop.edit(id, json!({ "email": format!("Mei.{number}@Example.com") }));
    }
    let before = shop.contacts();
    let done = shop.run(&["watch", "--once", "--policy", policy, "--apply"]);
    assert!(done.code == 1 && done.out.contains("policy: LIMIT EXCEEDED, nothing was written: 4 contacts"), "{done:?}");
    assert_eq!(shop.contacts(), before);
    assert!(shop.state.path().join("reports").is_dir(), "the run left its report");
    let read_only = shop.run(&["watch", "--once", "--policy", policy, "--apply", "--read-only"]);
    assert!(read_only.code == 1 && read_only.out.contains("writes are off here"), "{read_only:?}");
}

#[test]
fn of_two_watches_one_runs_and_the_other_leaves() {
    let (shop, _) = watched(20);
    let url = shop.gateway.base_url();
    let words = shop.words(&["watch", "--interval", "1h"], &url);
    let mut running = program(&words, &[("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN)]).spawn().unwrap();
    let mut first_line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(running.stdout.as_mut().unwrap()), &mut first_line)
        .unwrap();
    assert!(first_line.starts_with("nothing new"), "{first_line}");
    let other = shop.run(&["watch", "--once"]);
    assert!(other.code == 1 && other.err.starts_with("Another `cleanup watch` is at work"), "{other:?}");
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(shop.ok(&["watch", "--once", "--wait"]).starts_with("nothing new"), "a killed one holds nobody up");
}

const SECRET: &str = "a secret of the receiver";

/// A round with a webhook.
fn with_webhook(shop: &Shop, url: &str) -> Run {
    let secret = shop.state.path().join("secret");
    std::fs::write(&secret, SECRET).unwrap();
    shop.run(&["watch", "--once", "--webhook", url, "--webhook-secret-file", secret.to_str().unwrap()])
}

fn is_signed(seen: &Seen) -> bool {
    let header = |name: &str| seen.header(name).unwrap().to_owned();
    let signed = format!("{}.{}.{}", header("webhook-id"), header("webhook-timestamp"), seen.text());
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = header("webhook-signature");
    let tag = STANDARD.decode(signature.strip_prefix("v1,").unwrap()).unwrap();
    hmac::verify(&key, signed.as_bytes(), &tag).is_ok()
}

/// Makes every message due now, and failing since long ago where that is asked for.
fn make_due(shop: &Shop, failing_since: Option<&str>) {
    let state = std::fs::read_dir(shop.state.path()).unwrap().map(|entry| entry.unwrap().path());
    let has_messages = |path: &PathBuf| {
        let db = rusqlite::Connection::open(path).unwrap();
        let set = "UPDATE message SET next_at = '', failing_since = coalesce(?1, failing_since)";
        db.execute(set, [failing_since]).is_ok_and(|changed| changed > 0)
    };
    let found =
        state.filter(|path| path.extension().is_some_and(|end| end == "sqlite")).any(|path| has_messages(&path));
    assert!(found, "no message is kept");
}

#[test]
fn a_webhook_gets_signed_news_and_is_tried_until_it_takes_them() {
    let (shop, ids) = watched(30);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // 500, a redirect, an end without an answer, and then it takes it.
    let redirect = with_headers(307, &[("location", "http://127.0.0.1:9/elsewhere")], "");
    let plays = vec![answer(500, "{}"), redirect, Play::Close, answer(204, "")];
    let receiver = runtime.block_on(Scripted::playing(plays));
    let url = format!("http://{}/hooks/a-path-with-a-secret", receiver.address);
    shop.edit(&ids[0], json!({ "email": "mei.chan@gmial.com" }));
    let failed = with_webhook(&shop, &url);
    assert!(failed.code == 0 && failed.out.starts_with("new in "), "{failed:?}");
    assert!(failed.err.contains("1 message waits since") && failed.err.contains("it answered 500"), "{failed:?}");
    assert!(!failed.err.contains("a-path-with-a-secret"), "{failed:?}");
    let early = with_webhook(&shop, &url);
    assert!(early.code == 0 && early.err.is_empty() && receiver.seen().len() == 1, "not before it is due: {early:?}");
    make_due(&shop, None);
    assert!(with_webhook(&shop, &url).err.contains("it answered 307 and redirects are not followed"));
    make_due(&shop, Some("2026-01-01T00:00:00Z"));
    let long = with_webhook(&shop, &url);
    assert!(
        long.code == 3 && long.err.contains("FAILING FOR ") && long.err.contains("the connection broke"),
        "{long:?}"
    );
    make_due(&shop, None);
    let taken = with_webhook(&shop, &url);
    assert!(taken.code == 0 && taken.err.is_empty(), "{taken:?}");
    let seen = receiver.seen();
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(is_signed));
    let same_id = |one: &Seen| one.header("webhook-id") == seen[0].header("webhook-id");
    assert!(seen.iter().all(same_id), "a receiver can tell that it is the same message");
    let news: Value = serde_json::from_str(&seen[3].text()).unwrap();
    assert_eq!((&news["kinds"], &news["findings"][0]["contact"]), (&json!({ "email_domain_typo": 1 }), &json!(ids[0])));
    assert!(!seen[3].text().contains("gmial"), "no values of contacts leave");
    let quiet = with_webhook(&shop, &url);
    assert!(quiet.code == 0 && receiver.seen().len() == 4, "no news, no message: {quiet:?}");
}

#[test]
fn a_webhook_that_hangs_holds_a_round_up_for_seconds_only() {
    let (shop, ids) = watched(30);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let receiver = runtime.block_on(Scripted::playing(vec![Play::Hang]));
    shop.edit(&ids[0], json!({ "email": "mei.chan@gmial.com" }));
    let hung = with_webhook(&shop, &format!("http://{}/", receiver.address));
    assert!(hung.code == 0 && hung.err.contains("no answer within 10 s"), "{hung:?}");
}

#[test]
fn a_webhook_or_an_interval_that_cannot_be_meant_is_refused_before_anything_is_sent() {
    let shop = Shop::with(5);
    for (url, reason) in [
        ("http://hooks.example.com/", "must be https"),
        ("https://user:password@hooks.example.com/", "holds a user"),
        ("hooks", "is no address"),
    ] {
        let refused = with_webhook(&shop, url);
        assert!(refused.code == 2 && refused.err.contains(reason), "{refused:?}");
        assert!(!refused.err.contains("password@"), "{refused:?}");
    }
    for interval in ["5s", "often", "1w", "0m", "99d"] {
        assert_eq!(shop.run(&["watch", "--interval", interval]).code, 2, "{interval}");
    }
    assert_eq!(shop.run(&["watch"]).code, 2, "one of --once and --interval is needed");
    assert_eq!(shop.run(&["watch", "--once", "--apply"]).code, 2, "--apply needs a policy");
}

#[test]
fn a_contact_is_checked_before_it_is_saved() {
    let shop = Shop::with(30);
    let before = shop.run(&["check", "email=mei@gmial.com"]);
    assert!(before.code == 1 && before.err.contains("sync"), "{before:?}");
    shop.ok(&["sync"]);
    let said = shop.ok(&["check", "email=mei@gmial.com"]);
    assert!(said.contains("email_domain_typo: email \"mei@gmial.com\"; email -> \"mei@gmail.com\""), "{said}");
    assert!(said.contains("no duplicate among 30 contacts") && said.contains("list as of "), "{said}");
    let json = shop.json(&["check", "email=mei@gmial.com"]);
    assert_eq!((&json["duplicates"], &json["findings"][0]["kind"]), (&json!([]), &json!("email_domain_typo")));
    let unknown = shop.run(&["check", "emial=a@example.com"]);
    assert!(unknown.code == 1 && unknown.err.contains("did you mean `email`?"), "{unknown:?}");
}

/// A list with two people that a file can mean, and their ids.
fn people() -> (Shop, Vec<String>) {
    let shop = Shop::with(30);
    let ids = shop.ids(4);
    shop.edit(
        &ids[0],
        json!({ "display_name": "Mei Example", "first_name": "Mei", "last_name": "Example", "email": "Mei@Example.com",
            "area_code": "1", "phone_number": "2025550101", "company_name": "", "remark": "likes tea" }),
    );
    shop.edit(
        &ids[1],
        json!({ "display_name": "Jan Example", "first_name": "Jan", "last_name": "Example", "email": "jan@example.com",
            "area_code": "1", "phone_number": "2025550102", "company_name": "Old Ltd", "birthday": "1990-04-03" }),
    );
    shop.ok(&["sync"]);
    (shop, ids)
}

fn file(shop: &Shop, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = shop.state.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

fn apply_all(shop: &Shop, plan: &Value) {
    let words = ["apply", plan["plan"].as_str().unwrap(), "--fingerprint", plan["fingerprint"].as_str().unwrap()];
    shop.ok(&[&words[..], &["--max-writes", "1000"]].concat());
}

const PEOPLE: &str = "Full Name,E-mail,Mobile,Company,Date of birth,Notes,Fax\n\
    Mei Example,mei@example.com,+1 202 555 0101,Example Ltd,,prefers mail,1\n\
    Jan Example,,(202) 555-0102,New Ltd,3 April 1990,,\n\
    Zebulon Quist,zebulon@example.com,,Example Ltd,,,\n\
    Mei Example,not an address,,,,,\n";

#[test]
fn an_import_is_a_plan_of_what_means_something_else_and_the_second_and_third_time_of_nothing() {
    let (shop, ids) = people();
    let people = file(&shop, "people.csv", PEOPLE);
    let before = shop.contacts();
    let said = shop.ok(&["import", &people, "--default-region", "US"]);
    assert!(said.contains("\"full name\" -> display_name") && said.contains("\"fax\" -> not taken"), "{said}");
    assert!(said.contains("--map COLUMN=FIELD"), "{said}");
    assert!(
        said.contains("4 rows: 2 of contacts that are here, 0 of them as they are already; 1 would be new"),
        "{said}"
    );
    assert!(said.contains("line 4: it would be a new contact") && said.contains("line 5: "), "{said}");
    assert_eq!(shop.contacts(), before, "a plan writes nothing");
    let rest = shop.state.path().join("left.csv");
    let words = ["import", &people, "--default-region", "US", "--rest", rest.to_str().unwrap()];
    let first = shop.json(&words);
    assert_eq!(first["changes"], json!(3), "{first}");
    let left = std::fs::read_to_string(&rest).unwrap();
    assert!(
        left.contains("Zebulon Quist,zebulon@example.com") && left.contains("Mei Example,not an address"),
        "{left}"
    );
    assert!(!left.contains("Jan Example"), "{left}");
    apply_all(&shop, &first["plan"]);
    let contact = |id: &str| shop.contacts().into_iter().find(|contact| contact["id"] == json!(id)).unwrap();
    assert_eq!(contact(&ids[0])["company_name"], "Example Ltd");
    assert_eq!(contact(&ids[0])["remark"], "likes tea\nprefers mail");
    assert_eq!(contact(&ids[0])["email"], "Mei@Example.com", "the same address in another form is left alone");
    assert_eq!(
        (&contact(&ids[1])["company_name"], &contact(&ids[1])["birthday"]),
        (&json!("New Ltd"), &json!("1990-04-03"))
    );
    for again in ["second", "third"] {
        shop.ok(&["sync"]);
        let same = shop.json(&[&words[..], &["--force"]].concat());
        assert_eq!(
            (&same["changes"], &same["unchanged"], &same["plan"]),
            (&json!(0), &json!(2), &Value::Null),
            "{again}: {same}"
        );
    }
}

#[test]
fn whose_a_row_is_must_be_certain() {
    let (shop, ids) = people();
    let rows = format!(
        "id,name,email,phone,company\n\
         {},,,,By Id\n\
         con_00000000-0000-4000-8000-000000000000,,,,Nobody\n\
         ,,mei@example.com,+1 202 555 0102,Two People\n\
         ,Zebulon Quist,mei@example.com,,Another Name\n\
         ,,,,No Key\n\
         ,Jan Example,jan@example.com,,One\n\
         ,Jan Example,jan@example.com,,Two\n",
        ids[2]
    );
    let people = file(&shop, "people.csv", rows);
    let said = shop.json(&["import", &people]);
    let reason = |line: u64| -> String {
        let left = said["left"].as_array().unwrap();
        left.iter()
            .find(|left| left["line"] == json!(line))
            .map(|left| left["reason"].as_str().unwrap().to_owned())
            .unwrap_or_default()
    };
    assert_eq!(said["changes"], json!(2), "{said}");
    assert_eq!(reason(2), "");
    assert_eq!(reason(3), "no contact of the list has this id");
    assert_eq!(reason(4), "its e-mail is one contact's and its phone another one's");
    assert!(reason(5).contains("its name or birthday is not that of"), "{said}");
    assert_eq!(reason(6), "the row has no value in a key column");
    assert_eq!(reason(8), "line 7 sets another company_name of the same contact");
}

#[test]
fn an_import_that_cannot_be_meant_is_refused_and_nothing_is_planned() {
    let (shop, _) = people();
    for (name, bytes, words, reason) in [
        (
            "keyless.csv",
            &b"name,company\nMei,Example\n"[..],
            &[][..],
            "no column is the id, e-mail or phone of a contact",
        ),
        ("phone.csv", b"email,company\na@example.com,b\n", &["--key", "phone"], "no column is the phone of a contact"),
        ("other.csv", b"email,company\na@example.com,Caf\xe9\n", &[], "neither UTF-8 nor UTF-16"),
        ("map.csv", b"email,company\na@example.com,b\n", &["--map", "emial=email"], "did you mean `email`?"),
        ("empty.csv", b"", &[], "the file is empty"),
        ("card.vcf", b"BEGIN:VCARD\nFN:Zo\xeb\nEND:VCARD\n", &[], "line 2 is not UTF-8 and names no charset"),
    ] {
        let refused = shop.run(&[&["import", &file(&shop, name, bytes)], words].concat());
        assert!(refused.code == 2 && refused.err.contains(reason), "{name}: {refused:?}");
    }
    assert_eq!(shop.json(&["plan"]), json!([]));
    let kept = file(&shop, "kept.csv", "mine");
    let people = file(&shop, "people.csv", PEOPLE);
    let refused = shop.run(&["import", &people, "--rest", &kept]);
    assert!(refused.code == 1 && std::fs::read_to_string(&kept).unwrap() == "mine", "{refused:?}");
    assert_eq!(shop.json(&["plan"]), json!([]));
}

#[test]
fn doubtful_values_are_left_and_only_empty_fields_are_filled_where_that_is_asked() {
    let (shop, ids) = people();
    let rows =
        "email,company,birthday,phone\njan@example.com,New Ltd,31/02/1991,12\nmei@example.com,New Ltd,2 March 1985,\n";
    let people = file(&shop, "people.csv", rows);
    let said = shop.json(&["import", &people, "--only-empty"]);
    assert_eq!(said["changes"], json!(2), "{said}");
    let steps = shop.json(&["plan", said["plan"]["plan"].as_str().unwrap(), "--steps", "all"]);
    let set: Vec<(&Value, &Value, &Value)> = steps["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (&step["contact"], &step["field"], &step["after"]))
        .collect();
    let mei = json!(ids[0]);
    assert_eq!(
        set,
        [(&mei, &json!("birthday"), &json!("1985-03-02")), (&mei, &json!("company_name"), &json!("New Ltd"))],
        "{steps}"
    );
    let left = said["left"].to_string();
    assert!(
        left.contains("birthday: not taken, birthday_impossible") && left.contains("phone_number: not taken"),
        "{left}"
    );
}

#[test]
fn vcards_with_pictures_and_of_version_2_1_are_imported_once() {
    let (shop, _) = people();
    let photo: String = "QUJD"
        .repeat(500_000)
        .as_bytes()
        .chunks(75)
        .map(|part| format!(" {}\r\n", String::from_utf8_lossy(part)))
        .collect();
    let cards = format!(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Mei Example\r\nPHOTO;ENCODING=b;TYPE=JPEG:\r\n{photo}\r\nEMAIL:mei@example.com\r\nORG:Example Ltd\r\nEND:VCARD\r\n\
         BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Example;Jan\r\nTEL;CELL:+1 202 555 0102\r\nORG;ENCODING=QUOTED-PRINTABLE:Caf=C3=A9 Ltd\r\nEND:VCARD\r\n\
         BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Zebulon Quist\r\nEMAIL:zebulon@example.com\r\nEND:VCARD\r\n"
    );
    let cards = file(&shop, "people.vcf", cards);
    let first = shop.json(&["import", &cards]);
    assert_eq!(
        (&first["matched"], &first["changes"], &first["left"][0]["new"]),
        (&json!(2), &json!(2), &json!(true)),
        "{first}"
    );
    apply_all(&shop, &first["plan"]);
    assert!(shop.contacts().iter().any(|contact| contact["company_name"] == json!("Caf\u{e9} Ltd")));
    shop.ok(&["sync"]);
    assert_eq!(shop.json(&["import", &cards])["changes"], json!(0));
}

#[test]
fn a_report_shows_each_week() {
    let (shop, _) = watched(40);
    let plan = shop.json(&["plan", "--fix", "safe"]);
    apply_all(&shop, &plan);
    let steps = plan["steps"].as_u64().unwrap();
    let page = shop.ok(&["report", "--md", "-"]);
    assert!(page.contains("## Week by week") && page.contains(&format!(" | {steps} | 0 | 0 |")), "{page}");
    let html = shop.ok(&["report", "--html", "-"]);
    assert!(html.contains("<h2>Week by week</h2>"), "{html}");
    let file = shop.state.path().join("report.csv");
    let json = shop.json(&["report", "--csv", file.to_str().unwrap()]);
    assert_eq!((&json["weeks"][0]["fixed"], &json["weeks"][0]["score"]), (&json!(steps), &json["score"]));
}
