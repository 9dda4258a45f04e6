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
