//! Tool `upload_contact_file`.

use imbrace_contacts_mcp::local_gateway::Faults;
use insta::assert_snapshot;
use serde_json::json;

use crate::harness::{Harness, Wishes};

/// A harness with one allowed directory that holds `photo.png`.
async fn with_a_photo() -> (Harness, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("photo.png"), b"\x89PNG\r\n\x1a\nnot much of a picture").unwrap();
    let upload_directories = vec![directory.path().to_owned()];
    (Harness::with(Wishes { contacts: 12, upload_directories, ..Wishes::default() }).await, directory)
}

#[tokio::test]
async fn the_receipt_holds_address_size_type_and_digest() {
    let (desk, directory) = with_a_photo().await;
    let answer = desk.call("upload_contact_file", json!({ "path": "photo.png" })).await;
    let url = answer.lines().find_map(|line| line.strip_prefix("public: ")).unwrap();
    let served = crate::transport::server::client().get(url).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(served, std::fs::read(directory.path().join("photo.png")).unwrap());
    assert_snapshot!(answer.replace(url, "ADDRESS"));
    let whole = directory.path().join("photo.png");
    desk.call("upload_contact_file", json!({ "path": whole.to_str().unwrap() })).await;
}

#[tokio::test]
async fn progress_counts_the_bytes_that_have_left() {
    let (desk, directory) = with_a_photo().await;
    std::fs::write(directory.path().join("large.bin"), vec![7; 1_000_000]).unwrap();
    let (progress, mut steps) = imbrace_contacts_mcp::context::Progress::channel();
    let arguments = json!({ "path": "large.bin" }).as_object().cloned().unwrap();
    desk.toolbox.call("upload_contact_file", arguments, progress).await.unwrap();
    let mut done = Vec::new();
    while let Ok(step) = steps.try_recv() {
        assert_eq!(step.total, Some(1_000_000.0));
        done.push(step.done);
    }
    assert!(done.len() >= 10, "{done:?}");
    assert!(done.is_sorted() && done.first() == Some(&0.0) && done.last() == Some(&1_000_000.0), "{done:?}");
}

#[tokio::test]
async fn without_an_allowed_directory_the_answer_says_how_to_allow_one() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    assert_snapshot!(desk.fail("upload_contact_file", json!({ "path": "/etc/hostname" })).await);
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_outside_the_directory_is_read() {
    let (desk, directory) = with_a_photo().await;
    std::os::unix::fs::symlink("/etc/hostname", directory.path().join("link")).unwrap();
    std::os::unix::fs::symlink("..", directory.path().join("up")).unwrap();
    std::fs::create_dir(directory.path().join("folder")).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(directory.path().join("pipe")).status().unwrap();
    assert!(fifo.success());
    let shown = directory.path().display().to_string();
    let mut said = Vec::new();
    for path in ["/etc/hostname", "../photo.png", "link", "up/x", "folder", "pipe", "missing.png", "photo.png\0.txt"] {
        let text = desk.fail("upload_contact_file", json!({ "path": path })).await;
        said.push(format!("{path:?}\n  {}", text.replace(&shown, "DIRECTORY")));
    }
    assert_snapshot!(said.join("\n"));
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn a_file_above_the_limit_is_not_sent() {
    let (desk, directory) = with_a_photo().await;
    let file = std::fs::File::create(directory.path().join("large.bin")).unwrap();
    file.set_len(30 << 20).unwrap();
    assert_snapshot!(desk.fail("upload_contact_file", json!({ "path": "large.bin" })).await);
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn a_lost_answer_is_an_unknown_outcome_with_the_digest_and_is_not_repeated() {
    let (desk, _directory) = with_a_photo().await;
    desk.gateway.set_faults("upload_contact_file:reset_after".parse::<Faults>().unwrap());
    let text = desk.fail("upload_contact_file", json!({ "path": "photo.png" })).await;
    assert_snapshot!(text);
    assert_eq!(desk.arrivals().len(), 1);
}
