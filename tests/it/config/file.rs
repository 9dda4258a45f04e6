//! The configuration file: unknown keys, wrong types and broken TOML are refused with file and line.

use super::{CANARY, Trial, shown};

#[test]
fn an_unknown_key_is_refused_with_its_line_and_what_was_meant() {
    let trial = Trial::complete().file("env = \"demo\"\n\nacess_token_file = \"token\"");
    assert_eq!(
        trial.error(),
        "DIR/imbrace-contacts-mcp/config.toml, line 3: unknown key `acess_token_file`; did you mean `access_token_file`?"
    );
}

#[test]
fn an_unknown_key_that_is_like_none_gets_the_list() {
    let error = Trial::complete().file("zzz = 1").error();
    assert!(
        error
            .starts_with("DIR/imbrace-contacts-mcp/config.toml, line 1: unknown key `zzz`; the keys are env, base_url")
    );
    let table = Trial::complete().file("[gateway]\nenv = \"demo\"").error();
    assert!(table.contains("line 1: unknown key `gateway`"), "{table}");
}

#[test]
fn a_value_of_another_type_is_refused() {
    let cases = [
        ("env = 1", "`env` must be a text in quotes, not a whole number"),
        ("local_contacts = \"5\"", "`local_contacts` must be a whole number, not a text"),
        ("read_only = \"yes\"", "`read_only` must be true or false, not a text"),
        ("tools = 3", "`tools` must be a list of texts: [\"…\", \"…\"], not a whole number"),
        ("tools = [1]", "`tools` must be a list of texts: [\"…\", \"…\"], not a list"),
        ("local_data = true", "`local_data` must be a path in quotes, not true or false"),
    ];
    for (text, expected) in cases {
        assert_eq!(
            Trial::complete().file(text).error(),
            format!("DIR/imbrace-contacts-mcp/config.toml, line 1: {expected}")
        );
    }
}

#[test]
fn broken_toml_is_refused_with_line_and_column_and_without_the_line_itself() {
    let error = Trial::new().file(&format!("env = \"demo\"\naccess_token = \"{CANARY}")).error();
    assert!(error.starts_with("DIR/imbrace-contacts-mcp/config.toml, line 2, column "), "{error}");
    let twice = Trial::complete().file("env = \"demo\"\nenv = \"dev\"").error();
    assert!(twice.contains("line 2") && twice.contains("duplicate"), "{twice}");
}

#[test]
fn a_file_that_was_named_must_exist_and_the_usual_one_need_not() {
    let trial = Trial::complete();
    let absent = shown(&trial.path("absent.toml"));
    let error = trial.variable("IMBRACE_CONFIG", &absent).error();
    assert!(error.starts_with("the configuration file DIR/absent.toml cannot be read: "), "{error}");
    assert!(Trial::complete().variable("XDG_CONFIG_HOME", "/nowhere").settings().is_ok());
}

#[test]
fn a_file_that_was_named_is_read_instead_of_the_usual_one() {
    let trial = Trial::complete().file("local_seed = 5");
    let other = trial.written("other.toml", "local_seed = 6");
    assert_eq!(trial.settings().unwrap().local.seed, Some(5));
    let trial = trial.flag("config", &[&shown(&other)]);
    assert_eq!(trial.settings().unwrap().local.seed, Some(6));
    assert_eq!(trial.raw().unwrap().file, Some(other));
}

#[test]
fn a_file_cannot_name_another_file() {
    assert!(Trial::complete().file("config = \"other.toml\"").error().contains("unknown key `config`"));
}

#[test]
fn without_xdg_the_usual_place_is_in_the_home_directory() {
    let trial = Trial::complete();
    trial.written(".config/imbrace-contacts-mcp/config.toml", "local_seed = 7");
    let home = shown(&trial.path(""));
    assert_eq!(trial.variable("HOME", &home).settings().unwrap().local.seed, Some(7));
}
