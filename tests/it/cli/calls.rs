//! `call`: one tool from the shell, and what goes wrong on the way.

use imbrace_contacts_mcp::local_gateway::{LocalGateway, Options};

use super::{CANARY, run, run_with_input};

const FEW: [&str; 4] = ["--env", "local", "--local-contacts", "12"];

#[test]
fn a_call_prints_the_table_and_nothing_else() {
    let words = [&["call", "list_contacts", r#"{"limit":2}"#], FEW.as_slice()].concat();
    let answer = run(&words, &[]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    assert!(answer.out.starts_with("# contacts 1-2 of 12; next: skip=2\n"), "{}", answer.out);
    assert!(answer.out.contains("con_66d67483"), "{}", answer.out);
}

#[test]
fn arguments_may_come_from_stdin_or_be_left_out() {
    let words = [&["call", "list_contacts", "-"], FEW.as_slice()].concat();
    assert!(run_with_input(&words, &[], "{\"limit\": 1}\n").out.starts_with("# contacts 1-1 of 12"));
    let words = [&["call", "list_contacts"], FEW.as_slice()].concat();
    assert!(run(&words, &[]).out.starts_with("# contacts 1-12 of 12"));
}

#[test]
fn the_same_seed_makes_the_same_people() {
    let words = |seed| [&["call", "list_contacts", r#"{"skip":10}"#, "--local-seed", seed], FEW.as_slice()].concat();
    assert_eq!(run(&words("7"), &[]).out, run(&words("7"), &[]).out);
    assert_ne!(run(&words("7"), &[]).out, run(&words("8"), &[]).out);
}

#[test]
fn an_error_of_the_tool_goes_to_stderr_with_exit_code_1() {
    let words = [&["call", "list_contacts", r#"{"limit":0}"#], FEW.as_slice()].concat();
    let answer = run(&words, &[]);
    assert_eq!((answer.code, answer.out.as_str()), (1, ""));
    assert!(answer.err.contains("`limit`"), "{}", answer.err);
}

#[test]
fn an_unknown_tool_and_arguments_that_are_no_object_are_usage_errors() {
    for (tool, arguments, part) in [
        ("list_contact", "{}", "no tool is named `list_contact`; did you mean `list_contacts`?"),
        ("list_contacts", "{limit:1}", "no JSON"),
        ("list_contacts", "[1]", "no object"),
        ("list_contacts", r#"{"limit":1,"limit":2}"#, "a key is repeated"),
    ] {
        let wrong = run(&[&["call", tool, arguments], FEW.as_slice()].concat(), &[]);
        assert_eq!(wrong.code, 2, "{}", wrong.err);
        assert!(wrong.err.contains(part), "{}", wrong.err);
    }
}

#[test]
fn a_tool_that_is_not_offered_cannot_be_called() {
    let words = [&["call", "dismiss_all_notifications", "{}", "--read-only"], FEW.as_slice()].concat();
    let refused = run(&words, &[]);
    assert_eq!(refused.code, 1);
    let why = "Nothing was done: `dismiss_all_notifications` is not offered, because this server is read-only";
    assert!(refused.err.starts_with(why), "{}", refused.err);
}

#[test]
fn without_a_terminal_a_call_that_needs_a_confirmation_needs_yes() {
    let words = [&["call", "dismiss_all_notifications", r#"{"type":"teams"}"#], FEW.as_slice()].concat();
    let asked = run(&words, &[]);
    assert_eq!((asked.code, asked.out.as_str()), (1, ""));
    assert!(asked.err.starts_with("Nothing was done. Dismiss all notifications: dismiss "), "{}", asked.err);
    assert!(asked.err.ends_with(" read) for good in local? Confirm with --yes.\n"), "{}", asked.err);
    let done = run(&[words.as_slice(), &["--yes"]].concat(), &[]);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    assert!(done.out.ends_with(" teams notifications dismissed\n"), "{}", done.out);
}

#[test]
fn a_confirmation_is_asked_for_as_the_operator_configured() {
    let words = |confirm| {
        let call = ["call", "dismiss_all_notifications", r#"{"type":"teams"}"#, "--confirm", confirm];
        run(&[&call, FEW.as_slice()].concat(), &[])
    };
    assert_eq!([words("never").code, words("destructive").code, words("all").code], [0, 1, 1]);
    assert_eq!(words("sometimes").code, 2);
    let variable = run(&[&["call", "list_contacts"], FEW.as_slice()].concat(), &[("IMBRACE_CONFIRM", "sometimes")]);
    assert_eq!(variable.code, 78);
    assert!(variable.err.contains("all, destructive or never"), "{}", variable.err);
}

#[test]
fn with_nothing_configured_a_call_says_what_to_set_and_how_to_try_it() {
    let refused = run(&["call", "list_contacts"], &[]);
    assert_eq!((refused.code, refused.out.as_str()), (78, ""));
    assert!(
        refused.err.contains("--env local") && refused.err.contains("IMBRACE_ACCESS_TOKEN_FILE"),
        "{}",
        refused.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_named_as_such() {
    let local = LocalGateway::start(Options::default()).await.unwrap();
    let variables = [("IMBRACE_BASE_URL", local.base_url()), ("IMBRACE_ACCESS_TOKEN", CANARY.to_owned())];
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    let refused = run(&["call", "list_contacts"], &variables);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("401") && refused.err.contains("credential"), "{}", refused.err);
    assert_eq!(refused.err.lines().count(), 1, "it is said once: {}", refused.err);
    local.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_gateway_is_named_by_its_address() {
    let local = LocalGateway::start(Options::default()).await.unwrap();
    let (base_url, address) = (local.base_url(), local.address().to_string());
    local.stop().await;
    let refused = run(&["call", "list_contacts", "--base-url", &base_url], &[("IMBRACE_ACCESS_TOKEN", CANARY)]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains(&address), "{}", refused.err);
    assert_eq!(refused.err.lines().count(), 1, "it is said once: {}", refused.err);
}

#[test]
fn what_only_the_parts_can_judge_is_a_configuration_error_with_its_place() {
    let wrong = |variables: &[(&str, &str)]| run(&["call", "list_contacts"], variables);
    let login = wrong(&[("IMBRACE_ACCESS_TOKEN", "login_acc_00000000-0000-4000-8000-000000000001")]);
    assert!(login.code == 78 && login.err.contains("IMBRACE_ACCESS_TOKEN: this is a login token"), "{}", login.err);
    let jwt = wrong(&[("IMBRACE_JWT", "eyJhbGciOiJub25lIn0.e30.c3ludGhldGlj")]);
    assert!(jwt.code == 78 && jwt.err.contains("IMBRACE_ORGANIZATION_ID"), "{}", jwt.err);
    let both = [("IMBRACE_JWT", "eyJhbGciOiJub25lIn0.e30.c3ludGhldGlj"), ("IMBRACE_ORGANIZATION_ID", "acme")];
    let organization = wrong(&both);
    assert!(organization.err.contains("IMBRACE_ORGANIZATION_ID: not an organisation id"), "{}", organization.err);
    let plain = wrong(&[("IMBRACE_ACCESS_TOKEN", CANARY), ("IMBRACE_BASE_URL", "http://gateway.example.com")]);
    assert!(plain.code == 78 && plain.err.contains("IMBRACE_BASE_URL") && plain.err.contains("https"), "{}", plain.err);
    let endpoint =
        wrong(&[("IMBRACE_ACCESS_TOKEN", CANARY), ("IMBRACE_BASE_URL", "https://gateway.example.com/v1/backend")]);
    assert!(endpoint.code == 78 && endpoint.err.contains("IMBRACE_BASE_URL"), "{}", endpoint.err);
    let faults = wrong(&[("IMBRACE_ENV", "local"), ("IMBRACE_LOCAL_FAULTS", "everything")]);
    assert!(faults.code == 78 && faults.err.contains("IMBRACE_LOCAL_FAULTS"), "{}", faults.err);
    let tools = wrong(&[("IMBRACE_ENV", "local"), ("IMBRACE_TOOLS", "list_contact")]);
    assert!(tools.code == 78 && tools.err.contains("IMBRACE_TOOLS: must be names of tools"), "{}", tools.err);
    let directory = wrong(&[("IMBRACE_ENV", "local"), ("IMBRACE_UPLOAD_DIR", "/nowhere/at/all")]);
    assert!(directory.code == 78 && directory.err.contains("/nowhere/at/all"), "{}", directory.err);
    let log = wrong(&[("IMBRACE_ENV", "local"), ("IMBRACE_LOG", "a=b=c")]);
    assert!(log.code == 78 && log.err.contains("IMBRACE_LOG"), "{}", log.err);
}

#[test]
fn a_log_filter_that_is_none_is_an_error() {
    for filter in ["loud", "inof", "info,rmcp", ","] {
        let refused = run(&["call", "list_contacts", "--log", filter], &[("IMBRACE_ENV", "local")]);
        assert!(refused.code == 78 && refused.err.contains("--log: must be a level"), "{filter}: {}", refused.err);
        let refused = run(&["local-gateway", "--listen", "127.0.0.1:0", "--log", filter], &[]);
        assert!(refused.code == 2 && refused.err.contains("--log must be a level"), "{filter}: {}", refused.err);
    }
}

#[test]
fn variables_that_are_not_read_are_named_with_the_nearest_one() {
    let words = [&["call", "list_contacts", r#"{"limit":1}"#], FEW.as_slice()].concat();
    let variables = [("IMBRACE_READONLY", "true"), ("IMBRACE_COLOUR", CANARY), ("OTHER_READONLY", "true")];
    let answer = run(&words, &variables);
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(
        answer.err.contains("IMBRACE_READONLY is not read; did you mean IMBRACE_READ_ONLY?")
            && answer.err.contains("IMBRACE_COLOUR is not read")
            && !answer.err.contains("OTHER_"),
        "{}",
        answer.err
    );
}

#[test]
fn a_call_logs_nothing_of_the_customers_even_when_asked_for_everything() {
    let words = [&["call", "search_contacts", r#"{"query":"zanzibar"}"#, "--log", "trace"], FEW.as_slice()].concat();
    let answer = run(&words, &[]);
    assert!(answer.out.contains("zanzibar") && !answer.err.is_empty());
    assert!(!answer.err.contains("zanzibar"), "{}", answer.err);
}

#[test]
fn answers_can_be_json_and_ids_whole() {
    let words = [&["call", "list_contacts", r#"{"limit":1}"#, "--output", "structured"], FEW.as_slice()].concat();
    let answer = run(&words, &[("IMBRACE_IDS", "whole")]);
    let json: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    assert!(json.to_string().contains("con_66d67483-"), "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_level_shows_the_credential() {
    let local = LocalGateway::start(Options::default()).await.unwrap();
    let base_url = local.base_url();
    let everything =
        "trace,h2=trace,hyper=trace,hyper_util=trace,hyper_rustls=trace,rmcp=trace,rustls=trace,tower=trace";
    let words = ["call", "list_contacts", "--base-url", &base_url, "--log", everything];
    // `Run` itself looks for the credential in both outputs.
    let refused = run(&words, &[("IMBRACE_ACCESS_TOKEN", CANARY)]);
    assert!(refused.code == 1 && refused.err.contains("TRACE"), "{}", refused.err);
    local.stop().await;
}

#[test]
fn dates_are_asked_for_in_the_operators_time_zone() {
    let filter = r#"{"filter":"created_at = 2025-09"}"#;
    let words = [&["call", "list_contacts", filter, "--time-zone", "asia/hong_kong"], FEW.as_slice()].concat();
    let answer = run(&words, &[]);
    assert!(answer.out.contains("dates in Asia/Hong_Kong"), "{answer:?}");
    let words = [&["call", "list_contacts", filter], FEW.as_slice()].concat();
    assert!(run(&words, &[]).out.contains("dates in UTC"));
    let words = [&["cleanup", "audit", "--time-zone", "Mars/Base"], FEW.as_slice()].concat();
    let refused = run(&words, &[]);
    assert!(refused.code == 78 && refused.err.contains("--time-zone") && refused.err.contains("IANA"), "{refused:?}");
}
