//! `local-gateway`: the local gateway as a server of its own.

use std::io::{BufRead, BufReader};

use super::{program, run};

#[test]
fn it_prints_what_to_set_and_that_works_over_both_protocols() {
    for listen in ["127.0.0.1:0", "[::1]:0"] {
        if let Err(error) = std::net::TcpListener::bind(listen) {
            println!("skipped {listen}: {error}");
            continue;
        }
        let mut child = program(&["local-gateway", "--listen", listen, "--contacts", "25"], &[]).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let line = lines.find(|line| line.starts_with("export ")).expect("a line to copy");
        let variables: Vec<(&str, &str)> =
            line.split(' ').skip(1).map(|assignment| assignment.split_once('=').unwrap()).collect();
        let answer = run(&["call", "list_contacts", r#"{"limit":1}"#], &variables);
        assert!(answer.out.starts_with("# contacts 1-1 of 25"), "{answer:?}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn data_in_a_file_is_there_again_the_next_time() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("people.db");
    let file = file.to_str().unwrap();
    let call = |tool, arguments| {
        let local = ["--env", "local", "--local-data", file, "--local-contacts", "12"];
        run(&[&["call", tool, arguments], local.as_slice()].concat(), &[])
    };
    let written =
        call("update_contact", r#"{"contact_id":"con_66d67483-0b00-4000-8000-000000000000","set":{"remark":"x"}}"#);
    assert_eq!(written.code, 1, "a contact that does not exist: {written:?}");
    let found = call("list_contacts", r#"{"limit":1,"fields":"*"}"#);
    assert_eq!(found.code, 0, "{found:?}");
    assert_eq!(found.out, call("list_contacts", r#"{"limit":1,"fields":"*"}"#).out);
}

#[test]
fn wrong_faults_are_a_usage_error() {
    let wrong = run(&["local-gateway", "--listen", "127.0.0.1:0", "--faults", "everything"], &[]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("--faults: "), "{}", wrong.err);
}

#[test]
fn a_list_of_contacts_from_a_file_is_taken_or_refused_with_its_line() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("contacts.jsonl");
    let contact =
        r#"{"id":"con_1","display_name":"Ann Lee","created_at":"2025-01-01T00:00:00.000Z","updated_at":null}"#;
    std::fs::write(&file, contact).unwrap();
    let call = || run(&["call", "list_contacts", "--env", "local", "--local-people", file.to_str().unwrap()], &[]);
    assert!(call().out.contains("Ann Lee"), "{:?}", call());
    std::fs::write(&file, format!("{contact}\nAnn Lee")).unwrap();
    let refused = call();
    assert_eq!(refused.code, 70);
    assert!(refused.err.contains("contacts.jsonl, line 2: no JSON object"), "{}", refused.err);
}
