//! A flag wins over a variable, a variable over the file, the file over the default.

use imbrace_contacts_mcp::config::{KEYS, LogFormat, Source};

use super::{Trial, shown};

#[test]
fn the_higher_layer_wins_and_its_place_is_known() {
    let file = "local_contacts = 1\nlocal_seed = 2\nupload_limit = 3";
    let trial = Trial::complete()
        .file(file)
        .variable("IMBRACE_LOCAL_CONTACTS", "10")
        .variable("IMBRACE_LOCAL_SEED", "20")
        .flag("local_contacts", &["100"]);
    let settings = trial.settings().unwrap();
    assert_eq!((settings.local.contacts, settings.local.seed, settings.uploads.largest), (Some(100), Some(20), 3));

    let raw = trial.raw().unwrap();
    let source = |name: &str| raw.values.get(name).unwrap().source.clone();
    assert_eq!(source("local_contacts"), Source::Flag("--local-contacts".into()));
    assert_eq!(source("local_seed"), Source::Variable("IMBRACE_LOCAL_SEED".into()));
    let path = trial.path("imbrace-contacts-mcp/config.toml");
    assert_eq!(source("upload_limit"), Source::File { path, line: 3, key: "upload_limit" });
}

#[test]
fn without_anything_the_documented_defaults_hold() {
    let settings = Trial::complete().settings().unwrap();
    assert_eq!(settings.gateway.environment.name(), "product");
    assert_eq!((settings.local.contacts, settings.local.seed), (None, None));
    assert_eq!(settings.uploads.largest, 10_485_760);
    assert!(settings.uploads.directories.is_empty() && !settings.tools.read_only && settings.http.is_none());
    assert_eq!(settings.logging.format, LogFormat::Text);
    assert_eq!(settings.warnings, Vec::<String>::new());
}

#[test]
fn an_empty_variable_is_not_set() {
    let settings =
        Trial::complete().variable("IMBRACE_LOCAL_SEED", " ").variable("IMBRACE_ENV", "").settings().unwrap();
    assert_eq!((settings.local.seed, settings.gateway.environment.name()), (None, "product"));
}

#[test]
fn lists_are_separated_in_variables_and_arrays_in_the_file() {
    let trial = Trial::complete().variable("IMBRACE_TOOLS", "list_contacts, get_contact,");
    assert_eq!(trial.settings().unwrap().tools.names.unwrap().texts, ["list_contacts", "get_contact"]);
    let trial = Trial::complete().file("tools = [\"list_contacts\", \"get_contact\"]");
    assert_eq!(trial.settings().unwrap().tools.names.unwrap().texts, ["list_contacts", "get_contact"]);
    let trial = Trial::complete().file("tools = \"list_contacts\"");
    assert_eq!(trial.settings().unwrap().tools.names.unwrap().texts, ["list_contacts"]);
}

#[test]
fn relative_paths_in_the_file_start_at_its_directory() {
    let trial = Trial::complete().file("upload_dir = [\"uploads\", \"/srv/uploads\"]\nlocal_data = \"people.db\"");
    let settings = trial.settings().unwrap();
    let beside = |name: &str| trial.path("imbrace-contacts-mcp").join(name);
    assert_eq!(settings.uploads.directories, [beside("uploads"), "/srv/uploads".into()]);
    assert_eq!(settings.local.data, Some(beside("people.db")));
}

#[test]
fn a_value_that_cannot_be_meant_names_its_place() {
    let trial = Trial::complete().variable("IMBRACE_LOCAL_CONTACTS", "many");
    assert_eq!(trial.error(), "IMBRACE_LOCAL_CONTACTS: must be a whole number, 0 or more, not `many`");
    let trial = Trial::complete().file("\nenv = \"prodct\"");
    assert_eq!(
        trial.error(),
        "env (DIR/imbrace-contacts-mcp/config.toml, line 2): must be one of product, demo, dev, sandbox, productv2, \
         local, custom, not `prodct`; did you mean `product`?"
    );
    let trial = Trial::complete().variable("IMBRACE_READ_ONLY", "maybe");
    assert_eq!(trial.error(), "IMBRACE_READ_ONLY: must be true or false, not `maybe`");
    let trial = Trial::complete().flag("ids", &["long"]);
    assert_eq!(trial.error(), "--ids: must be short or whole, not `long`");
    let trial = Trial::complete().variable("IMBRACE_LOG_FORMAT", "xml");
    assert_eq!(trial.error(), "IMBRACE_LOG_FORMAT: must be text or json, not `xml`");
}

#[test]
fn http_settings_go_together() {
    assert_eq!(Trial::complete().flag("sse", &["true"]).error(), "--sse needs an address to listen at (--http)");
    let trial = Trial::complete().flag("http", &["8080"]);
    assert_eq!(trial.error(), "--http: must be an address and port, such as 127.0.0.1:8080, not `8080`");

    let trial =
        Trial::complete().flag("http", &["localhost:0"]).flag("sse", &["true"]).flag("allow_host", &["crm.example"]);
    let trial = {
        let token = trial.written("token", "a-bearer-token\n");
        trial.flag("http_token_file", &[&shown(&token)])
    };
    let http = trial.settings().unwrap().http.unwrap();
    assert!(http.listen.ip().is_loopback() && http.sse && http.tokens.is_some());
    assert_eq!(http.allowed_hosts, ["crm.example"]);
}

#[test]
fn an_address_that_others_reach_needs_tokens_or_an_issuer() {
    let open = || Trial::complete().flag("http", &["0.0.0.0:8080"]);
    assert!(open().error().contains("it needs --http-token-file, --oauth-issuer with"), "{}", open().error());
    let oauth = |audience: &str, keys: &str| {
        open()
            .flag("oauth_issuer", &["https://login.example.com"])
            .flag("oauth_audience", &[audience])
            .flag("oauth_jwks", &[keys])
    };
    let (audience, keys) = ("https://contacts.example.com/mcp", "https://login.example.com/jwks.json");
    let http = oauth(audience, keys).settings().unwrap().http.unwrap();
    assert_eq!(http.allowed_hosts, ["contacts.example.com"]);
    let half = open().flag("oauth_issuer", &["https://login.example.com"]);
    assert!(half.error().contains("all three of oauth_issuer"), "{}", half.error());
    for (audience, keys) in [
        ("http://contacts.example.com/mcp", keys),
        ("https://user:secret@contacts.example.com/mcp", keys),
        ("https://contacts.example.com/mcp?x=1", keys),
        ("contacts", keys),
        (audience, "http://login.example.com/jwks.json"),
        (audience, "/nowhere/jwks.json"),
    ] {
        assert!(oauth(audience, keys).error().contains("must be an https address"), "{audience} {keys}");
    }
    assert!(oauth(audience, "http://127.0.0.1:9000/jwks.json").settings().is_ok());
    assert!(oauth(audience, keys).flag("oauth_scopes", &["a\"b"]).error().contains("names of scopes"));
}

#[test]
fn a_header_for_gateway_credentials_replaces_the_operators_own() {
    let header = |name: &str| {
        let trial = Trial::new().variable("IMBRACE_ENV", "product").flag("http", &["127.0.0.1:0"]);
        trial.flag("gateway_credential_header", &[name])
    };
    let settings = header("X-Imbrace-Access-Token").settings().unwrap();
    assert!(settings.gateway.credential.is_none());
    assert_eq!(settings.http.unwrap().credential_header.unwrap(), "x-imbrace-access-token");
    for name in ["authorization", "Host", "mcp-session-id", "x imbrace", "x-organization-id", ""] {
        assert!(header(name).error().contains("a header of its own"), "{name}");
    }
    let both = Trial::complete().flag("http", &["127.0.0.1:0"]).flag("gateway_credential_header", &["x-token"]);
    let warnings = both.settings().unwrap().warnings;
    assert!(warnings.iter().any(|warning| warning.contains("is not used by serve")), "{warnings:?}");
    let alone = Trial::complete().flag("gateway_credential_header", &["x-token"]).error();
    assert_eq!(alone, "--gateway-credential-header needs an address to listen at (--http)");
}

#[test]
fn gateway_keys_are_an_authentication_of_their_own() {
    let keys = || {
        let trial = Trial::new().variable("IMBRACE_ENV", "product").flag("http", &["0.0.0.0:0"]);
        trial.flag("auth", &["gateway-key"])
    };
    let settings = keys().settings().unwrap();
    assert!(settings.gateway.credential.is_none() && settings.http.unwrap().gateway_keys);
    for (other, value) in [
        ("http_token_file", "tokens"),
        ("oauth_issuer", "https://login.example"),
        ("oauth_scopes", "contacts"),
        ("gateway_credential_header", "x-token"),
        ("upload_dir", "/tmp"),
    ] {
        let error = keys().flag(other, &[value]).error();
        assert!(error.starts_with("--auth") || error.contains(&other.replace('_', "-")), "{other}: {error}");
    }
    let error = keys().flag("oauth_issuer", &["https://login.example"]).error();
    assert!(error.contains("goes with no other authentication"), "{error}");
    assert!(keys().flag("auth", &["none"]).error().contains("must be gateway-key"));
    let alone = Trial::complete().flag("auth", &["gateway-key"]).error();
    assert_eq!(alone, "--auth needs an address to listen at (--http)");
    let both = Trial::complete().flag("http", &["127.0.0.1:0"]).flag("auth", &["gateway-key"]);
    let both = both.flag("organization_id", &["org_example"]);
    let warnings = both.settings().unwrap().warnings;
    assert!(warnings.iter().any(|warning| warning.contains("is not used by serve")), "{warnings:?}");
    assert!(warnings.iter().any(|warning| warning.contains("--organization-id is not used")), "{warnings:?}");
}

#[test]
fn every_key_but_the_credentials_has_a_flag_and_each_has_a_variable() {
    for key in &KEYS {
        let is_credential =
            ["access_token", "api_key", "jwt", "state_password"].iter().any(|name| key.name.starts_with(name));
        assert_eq!(key.flag().is_none(), is_credential, "{}", key.name);
        assert!(key.variable().starts_with("IMBRACE_"), "{}", key.name);
    }
}

#[test]
fn an_address_for_metrics_is_one_of_its_own_beside_that_of_the_tools() {
    let served = || Trial::complete().flag("http", &["127.0.0.1:8080"]);
    let settings = served().variable("IMBRACE_METRICS_ADDRESS", "localhost:9464").settings().unwrap();
    assert_eq!(settings.http.unwrap().metrics, Some("127.0.0.1:9464".parse().unwrap()));
    assert_eq!(settings.warnings, Vec::<String>::new());
    let open = served().file("metrics_address = \"0.0.0.0:9464\"").settings().unwrap();
    assert!(open.warnings[0].contains("reads the metrics without authentication"), "{:?}", open.warnings);
    assert_eq!(
        served().flag("metrics_address", &["127.0.0.1:8080"]).error(),
        "--metrics-address: it is the address of the tools (--http); metrics need one of their own"
    );
    let error = served().flag("metrics_address", &["9464"]).error();
    assert!(error.contains("an address and port, such as 127.0.0.1:9464"), "{error}");
    let alone = Trial::complete().flag("metrics_address", &["127.0.0.1:9464"]).error();
    assert!(alone.starts_with("--metrics-address") && alone.contains("--http"), "{alone}");
}

#[test]
fn a_collector_is_named_by_an_address_without_secrets_and_needs_its_feature() {
    let named = |address: &str| Trial::complete().flag("otlp_endpoint", &[address]);
    if cfg!(feature = "otel") {
        let traces = named("https://collector.example.com:4318/otlp").variable("IMBRACE_SEND_TRACEPARENT", "true");
        let traces = traces.settings().unwrap().traces.unwrap();
        assert_eq!((traces.endpoint.port(), traces.to_gateway), (Some(4318), true));
        for wrong in
            ["127.0.0.1:4318", "grpc://127.0.0.1:4317", "http://user:secret@127.0.0.1", "http://127.0.0.1/v1/traces"]
        {
            let error = named(wrong).error();
            assert!(error.contains("address of a collector") && error.contains("--otlp-endpoint"), "{error}");
        }
    } else {
        let error = named("http://127.0.0.1:4318").error();
        assert!(error.contains("--otlp-endpoint") && error.contains("`otel`"), "{error}");
    }
    let alone = Trial::complete().variable("IMBRACE_SEND_TRACEPARENT", "true").error();
    assert!(alone.starts_with("IMBRACE_SEND_TRACEPARENT"), "{alone}");
}
