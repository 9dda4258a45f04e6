//! `doctor`: what it finds, told to a stranger.

use imbrace_contacts_mcp::local_gateway::{LocalGateway, Options};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{CANARY, Run, run};

fn examined(base_url: &str) -> Run {
    run(&["doctor", "--base-url", base_url], &[("IMBRACE_ACCESS_TOKEN", CANARY)])
}

#[test]
fn a_gateway_that_works_is_reported_with_its_way() {
    let report = run(&["doctor", "--env", "local", "--local-contacts", "12"], &[("IMBRACE_ACCESS_TOKEN", CANARY)]);
    assert_eq!((report.code, report.err.as_str()), (0, ""));
    for part in [
        "local  (--env)",
        "set, not shown  (IMBRACE_ACCESS_TOKEN)",
        "channel-service/v1",
        "12 contacts",
        "Everything works.",
    ] {
        assert!(report.out.contains(part), "{part}: {}", report.out);
    }
}

#[test]
fn nothing_configured_ends_with_78_and_the_remedy() {
    let report = run(&["doctor"], &[("IMBRACE_ACESS_TOKEN", CANARY)]);
    assert_eq!(report.code, 78);
    for part in ["nothing is configured", "--env local", "did you mean IMBRACE_ACCESS_TOKEN?"] {
        assert!(report.out.contains(part), "{part}: {}", report.out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_traced_to_where_it_was_set() {
    let local = LocalGateway::start(Options::default()).await.unwrap();
    let report = examined(&local.base_url());
    assert_eq!(report.code, 1);
    assert!(report.out.contains("does not accept the credential in IMBRACE_ACCESS_TOKEN"), "{}", report.out);
    local.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_host_is_named() {
    let local = LocalGateway::start(Options::default()).await.unwrap();
    let (base_url, address) = (local.base_url(), local.address());
    local.stop().await;
    let report = examined(&base_url);
    assert_eq!(report.code, 1);
    assert!(
        report.out.contains(&format!("Nothing answers at {address}. Check the address in --base-url")),
        "{}",
        report.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_page_instead_of_a_gateway_is_recognised() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 13\r\nconnection: close\r\n\r\n<html></html>";
            let _ = stream.write_all(page.as_bytes()).await;
        }
    });
    let report = examined(&base_url);
    assert_eq!(report.code, 1);
    assert!(
        report.out.contains("not like an iMBRACE gateway") && report.out.contains("--api-prefix"),
        "{}",
        report.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fixed_prefix_that_is_wrong_leads_to_the_other() {
    let local = LocalGateway::start(Options { faults: "*:404,prefix=backend".parse().unwrap(), ..Options::default() });
    let local = local.await.unwrap();
    let token = imbrace_contacts_mcp::local_gateway::ACCESS_TOKEN;
    let base_url = local.base_url();
    let words = ["doctor", "--base-url", &base_url, "--api-prefix", "v1/backend"];
    let report = run(&words, &[("IMBRACE_ACCESS_TOKEN", token)]);
    assert_eq!(report.code, 1);
    assert!(report.out.contains("try --api-prefix channel-service/v1"), "{}", report.out);
    let words = ["doctor", "--base-url", &base_url];
    assert_eq!(run(&words, &[("IMBRACE_ACCESS_TOKEN", token)]).code, 0);
    local.stop().await;
}

#[test]
fn a_variable_that_the_client_left_unexpanded_is_recognised() {
    for (name, value, placeholder) in [
        ("IMBRACE_ACCESS_TOKEN", "${IMBRACE_ACCESS_TOKEN}", "${IMBRACE_ACCESS_TOKEN}"),
        ("IMBRACE_ACCESS_TOKEN", "acc_${env:TOKEN}", "${env:TOKEN}"),
        ("IMBRACE_BASE_URL", "https://{{HOST}}/api", "{{HOST}}"),
        ("IMBRACE_ACCESS_TOKEN_FILE", "%TOKEN_FILE%", "%TOKEN_FILE%"),
    ] {
        for words in [&["doctor"][..], &["serve"], &["call", "list_contacts", "{}"]] {
            let report = run(words, &[(name, value)]);
            assert_eq!(report.code, 78, "{words:?}: {report:?}");
            let said = format!("{}{}", report.out, report.err);
            let expected = format!("{name} holds the placeholder `{placeholder}` as it is written");
            assert!(said.contains(&expected), "{words:?}: {said}");
        }
    }
}

#[test]
fn a_name_that_nobody_knows_gets_advice_of_its_own() {
    let report = examined("https://gateway.invalid");
    assert_eq!(report.code, 1);
    assert!(
        report.out.contains("No name server knows gateway.invalid:443. Check the address in --base-url"),
        "{report:?}"
    );
}

#[test]
fn what_serve_would_refuse_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let audit = folder.path().join("missing/audit.jsonl");
    let keys = folder.path().join("keys.json");
    std::fs::write(&keys, r#"{"keys":[]}"#).unwrap();
    let words = [
        "doctor",
        "--env",
        "local",
        "--http",
        &address,
        "--audit",
        audit.to_str().unwrap(),
        "--oauth-issuer",
        "https://issuer.example.com",
        "--oauth-audience",
        "https://contacts.example.com/mcp",
        "--oauth-jwks",
        keys.to_str().unwrap(),
    ];
    let report = run(&words, &[]);
    assert_eq!(report.code, 78);
    for part in [
        format!("Nothing can listen at {address}"),
        format!("there is no directory {}", folder.path().join("missing").display()),
        "hold none for RS256, ES256 or EdDSA".to_owned(),
        "2000 contacts".to_owned(),
    ] {
        assert!(report.out.contains(&part), "{part}: {}", report.out);
    }
    assert!(!folder.path().join("missing").exists());
    let served = run(&["doctor", "--env", "local", "--local-contacts", "5", "--http", "127.0.0.1:0"], &[]);
    assert_eq!(served.code, 0, "{served:?}");
}

#[test]
fn the_report_is_json_too_and_a_bundle_holds_no_credential() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("support.json");
    let words = ["doctor", "--env", "local", "--local-contacts", "12", "--json", "--bundle", bundle.to_str().unwrap()];
    let variables = [
        ("IMBRACE_ACCESS_TOKEN", CANARY),
        ("HTTPS_PROXY", "http://ann:secret-of-the-proxy@proxy.example.com:3128"),
        ("HOME", folder.path().to_str().unwrap()),
    ];
    let ran = run(&words, &variables);
    assert_eq!(ran.code, 0, "{ran:?}");
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&report["ok"], &report["exit_code"]), (&true.into(), &0.into()));
    assert_eq!(report["parts"][2]["title"], "Gateway");
    let text = std::fs::read_to_string(&bundle).unwrap();
    for part in ["\"version\"", "channel-service/v1", "***@proxy.example.com:3128", "set, not shown"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    for secret in [CANARY, "secret-of-the-proxy", folder.path().to_str().unwrap()] {
        assert!(!text.contains(secret), "{text}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&bundle).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = run(&words, &variables);
    assert!(again.code != 0 && again.err.contains("support.json"), "a file that is there stays: {again:?}");
    assert_eq!(std::fs::read_to_string(&bundle).unwrap(), text);
}
