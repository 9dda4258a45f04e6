//! `cleanup policy` and what keeps a list clean by itself, at a shell.

use std::path::PathBuf;

use super::cleanup::Shop;
use super::run;

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
