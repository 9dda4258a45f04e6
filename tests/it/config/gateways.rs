//! Which gateway is meant.

use imbrace_contacts_mcp::config::{Address, misspelt_variables};
use imbrace_contacts_mcp::model::{Environment, Prefix, PrefixChoice};

use super::{CANARY, Trial};

#[test]
fn with_nothing_configured_the_error_says_what_to_set_and_how_to_try_it() {
    let error = Trial::new().error();
    for part in ["nothing is configured", "serve --env local", "IMBRACE_ENV=", "IMBRACE_ACCESS_TOKEN_FILE=", "doctor"] {
        assert!(error.contains(part), "{part} is missing in: {error}");
    }
}

#[test]
fn the_local_gateway_must_be_asked_for_by_name() {
    let asked = [
        Trial::new().flag("env", &["local"]),
        Trial::new().variable("IMBRACE_ENV", "local"),
        Trial::new().file("env = \"local\""),
    ];
    for trial in asked {
        assert_eq!(trial.settings().unwrap().gateway.address, Address::InProcess);
    }
    for trial in [Trial::complete(), Trial::complete().variable("IMBRACE_LOCAL_CONTACTS", "5")] {
        assert_eq!(trial.settings().unwrap().gateway.environment, Environment::Product);
    }
}

#[test]
fn the_local_gateway_never_gets_a_configured_credential() {
    // Not even read: the file does not exist.
    let trial = Trial::complete().variable("IMBRACE_JWT_FILE", "/nowhere").flag("env", &["local"]);
    assert!(trial.settings().unwrap().gateway.credential.is_none());
}

#[test]
fn names_and_aliases_of_environments_are_known() {
    for (name, environment) in [
        ("PRODUCT", Environment::Product),
        ("production", Environment::Product),
        ("develop", Environment::Dev),
        ("stable", Environment::ProductV2),
        ("sandbox", Environment::Sandbox),
    ] {
        let settings = Trial::complete().variable("IMBRACE_ENV", name).settings().unwrap();
        assert_eq!(settings.gateway.environment, environment, "{name}");
    }
}

#[test]
fn an_address_alone_means_custom() {
    let gateway =
        Trial::complete().variable("IMBRACE_BASE_URL", "https://gateway.example.com").settings().unwrap().gateway;
    assert_eq!(gateway.environment, Environment::Custom);
    let Address::Own(given) = gateway.address else { panic!("an address of one's own") };
    assert_eq!(given.text(), "https://gateway.example.com");
    assert_eq!(gateway.prefix, PrefixChoice::Auto(Prefix::ChannelService));
}

#[test]
fn custom_without_an_address_is_an_error() {
    assert_eq!(
        Trial::complete().flag("env", &["custom"]).error(),
        "--env says `custom`, so base_url must be set too (--base-url or IMBRACE_BASE_URL)"
    );
}

#[test]
fn an_address_beside_a_named_environment_is_an_error() {
    let trial =
        Trial::complete().variable("IMBRACE_ENV", "demo").variable("IMBRACE_BASE_URL", "https://gateway.example.com");
    let error = trial.error();
    assert!(error.starts_with("IMBRACE_BASE_URL gives an address, but IMBRACE_ENV names `demo`"), "{error}");
    let custom = trial.variable("IMBRACE_ENV", "custom").settings().unwrap();
    assert_eq!(custom.gateway.environment, Environment::Custom);
}

#[test]
fn of_an_address_and_a_name_in_different_layers_the_higher_wins_and_says_so() {
    let file = "base_url = \"https://gateway.example.com\"";
    let settings = Trial::complete().file(file).flag("env", &["local"]).settings().unwrap();
    assert_eq!(settings.gateway.environment, Environment::Local);
    assert!(settings.warnings[0].contains("is not used: --env names local"), "{:?}", settings.warnings);

    let settings =
        Trial::complete().file("env = \"demo\"").flag("base_url", &["https://gateway.example.com"]).settings().unwrap();
    assert_eq!(settings.gateway.environment, Environment::Custom);
    assert!(settings.warnings[0].contains("is not used: --base-url gives an address"), "{:?}", settings.warnings);
}

#[test]
fn a_gateway_without_a_credential_says_which_variables_to_set() {
    let error = Trial::new().variable("IMBRACE_ENV", "demo").error();
    assert!(error.starts_with("the demo gateway needs a credential: set IMBRACE_ACCESS_TOKEN"), "{error}");
}

#[test]
fn a_prefix_is_one_of_two_or_auto() {
    let prefix = |text: &str| {
        Trial::complete().variable("IMBRACE_API_PREFIX", text).settings().map(|found| found.gateway.prefix)
    };
    assert_eq!(prefix("auto").unwrap(), PrefixChoice::Auto(Prefix::Backend));
    assert_eq!(prefix("/v1/backend/").unwrap(), PrefixChoice::Fixed(Prefix::Backend));
    assert_eq!(prefix("channel-service/v1").unwrap(), PrefixChoice::Fixed(Prefix::ChannelService));
    assert!(prefix("v2").unwrap_err().to_string().contains("must be auto, channel-service/v1 or v1/backend"));
}

#[test]
fn a_misspelt_variable_is_noticed() {
    let names = ["IMBRACE_ACESS_TOKEN", "IMBRACE_ENV", "HOME", "IMBRACE_QQQ"].map(str::to_owned);
    assert_eq!(
        misspelt_variables(names),
        ["IMBRACE_ACESS_TOKEN is not read; did you mean IMBRACE_ACCESS_TOKEN?", "IMBRACE_QQQ is not read"]
    );
}

#[test]
fn nothing_that_can_be_printed_holds_the_credential() {
    let trial = Trial::complete().file(&format!("jwt = \"{CANARY}\""));
    assert!(!format!("{:?}", trial.raw().unwrap()).contains(CANARY));
    assert!(!format!("{:?}", Trial::complete().settings().unwrap()).contains(CANARY));
    trial.error();
}
