//! The database that servers of several machines share: one address, one password, and neither of them ever shown.

use super::Trial;

const PLAIN: &str = "postgres://app@db.example.com/contacts";
const WITH: &str = "postgres://app:s3cret@db.example.com/contacts";

fn refusal(trial: &Trial) -> String {
    let refused = trial.settings().unwrap_err().to_string();
    assert!(!refused.contains("s3cret"), "{refused}");
    refused
}

#[test]
fn the_password_comes_with_the_address_by_variable_or_by_file() {
    let password = |trial: Trial| {
        let settings = trial.settings().unwrap();
        let database = settings.state.database.clone().unwrap();
        assert_eq!(database.address.place(), "db.example.com:5432/contacts");
        assert!(!format!("{settings:?}").contains("s3cret"));
        database.address.password().map(str::to_owned)
    };
    let given = Some("s3cret".to_owned());
    assert_eq!(password(Trial::complete().variable("IMBRACE_STATE_URL", WITH)), given);
    assert_eq!(password(Trial::complete().file(&format!("state_url = \"{WITH}\""))), given);
    let flag = || Trial::complete().flag("state_url", &[PLAIN]);
    assert_eq!(password(flag()), None);
    assert_eq!(password(flag().variable("IMBRACE_STATE_PASSWORD", "s3cret")), given);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "s3cret\n").unwrap();
    let path = file.path().to_str().unwrap();
    assert_eq!(password(flag().variable("IMBRACE_STATE_PASSWORD_FILE", path)), given);
    assert!(Trial::complete().settings().unwrap().state.database.is_none());
}

#[test]
fn what_is_ambiguous_is_refused() {
    let variable = |url: &str| Trial::complete().variable("IMBRACE_STATE_URL", url);
    let twice = refusal(&variable(WITH).variable("IMBRACE_STATE_PASSWORD", "s3cret"));
    assert!(twice.contains("more than one credential is set: IMBRACE_STATE_URL and IMBRACE_STATE_PASSWORD"), "{twice}");
    let both = variable(PLAIN).variable("IMBRACE_STATE_PASSWORD", "s3cret");
    let both = refusal(&both.variable("IMBRACE_STATE_PASSWORD_FILE", "/nowhere"));
    assert!(both.contains("IMBRACE_STATE_PASSWORD and IMBRACE_STATE_PASSWORD_FILE"), "{both}");
    let alone = refusal(&Trial::complete().variable("IMBRACE_STATE_PASSWORD", "s3cret"));
    assert!(alone.contains("IMBRACE_STATE_PASSWORD needs the database that it is for: state_url"), "{alone}");
    let off = refusal(&variable(WITH).variable("IMBRACE_STATE", "off"));
    assert!(off.starts_with("IMBRACE_STATE_URL: `state = off`"), "{off}");
    let flag = refusal(&Trial::complete().flag("state_url", &[WITH]));
    assert!(flag.contains("--state-url: every process of the machine can read a password"), "{flag}");
    let directory = refusal(&Trial::complete().variable("IMBRACE_STATE_DIR", WITH));
    assert!(directory.starts_with("IMBRACE_STATE_DIR: it is a directory"), "{directory}");
    let path = refusal(&variable("/var/lib/s3cret"));
    assert!(path.contains("must be a PostgreSQL address") && path.contains("--state-dir"), "{path}");
    let query = refusal(&variable("postgres://app@db.example.com/contacts?password=s3cret"));
    assert!(query.contains("behind the question mark"), "{query}");
}

#[test]
fn a_file_that_the_database_has_taken_the_place_of_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let trial = || {
        Trial::complete()
            .variable("IMBRACE_STATE_URL", PLAIN)
            .variable("IMBRACE_STATE_DIR", directory.path().to_str().unwrap())
    };
    assert_eq!(trial().settings().unwrap().warnings, Vec::<String>::new());
    std::fs::write(directory.path().join("shared.sqlite"), "").unwrap();
    let warnings = trial().settings().unwrap().warnings.join("\n");
    assert!(warnings.contains("shared.sqlite is not read") && warnings.contains("`state move`"), "{warnings}");
}
