//! Changes to a file, each found at its line.

use std::path::{Path, PathBuf};

use imbrace_contacts_mcp::audit::{Audit, Call, OpenError, Outcome, Unverified};

use super::{lines, verdict};

fn call(writes: bool) -> Call {
    Call {
        tool: "update_contact",
        effect: "write",
        writes,
        ids: vec!["con_00000000-0000-4000-8000-000000000001".to_owned()],
        arguments: "{}".to_owned(),
        environment: "local",
        caller: "test".to_owned(),
    }
}

/// A file with six lines: the start, two writes, one read.
async fn written(folder: &Path) -> PathBuf {
    let path = folder.join("audit.jsonl");
    let (audit, _) = Audit::open(&path).unwrap();
    for writes in [true, false, true] {
        audit.begin(call(writes)).await.unwrap().end(Outcome::Done, "answer").await;
    }
    path
}

fn broken_line(path: &Path) -> Option<u64> {
    match verdict(path) {
        Err(Unverified::Broken(broken)) => Some(broken.line),
        _ => None,
    }
}

#[tokio::test]
async fn each_changed_byte_breaks_the_chain_at_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path()).await;
    let whole = std::fs::read(&path).unwrap();
    assert_eq!(verdict(&path).unwrap().lines, 6);
    for at in (0..whole.len()).step_by(37) {
        let line = whole[..at].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        if whole[at] == b'\n' {
            continue;
        }
        let mut changed = whole.clone();
        changed[at] ^= 1;
        std::fs::write(&path, &changed).unwrap();
        assert_eq!(broken_line(&path), Some(line), "byte {at}");
    }
}

#[tokio::test]
async fn removed_added_and_moved_lines_break_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path()).await;
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut swapped = lines.clone();
    swapped.swap(1, 3);
    let without_first = lines[1..].concat();
    let without_third = [&lines[..2], &lines[3..]].concat().concat();
    let doubled = [&lines[..3], &lines[2..]].concat().concat();
    for (changed, line) in [(without_first, 1), (without_third, 3), (doubled, 4), (swapped.concat(), 2)] {
        std::fs::write(&path, changed).unwrap();
        assert_eq!(broken_line(&path), Some(line));
        assert!(matches!(Audit::open(&path), Err(OpenError::Broken(broken)) if broken.line == line));
    }
}

#[tokio::test]
async fn a_shortened_file_is_told_by_the_last_hash() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path()).await;
    let before = verdict(&path).unwrap().last;
    let text = std::fs::read_to_string(&path).unwrap();
    let kept: String = text.split_inclusive('\n').take(4).collect();
    std::fs::write(&path, kept).unwrap();
    assert_ne!(verdict(&path).unwrap().last, before);
}

#[tokio::test]
async fn a_torn_last_line_is_cut_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path()).await;
    let whole = std::fs::read(&path).unwrap();
    for lost in [1, 2, 100, 300] {
        std::fs::write(&path, &whole[..whole.len() - lost]).unwrap();
        let truncated = verdict(&path).unwrap().truncated;
        assert!(truncated > 0);
        let (_, opened) = Audit::open(&path).unwrap();
        // The truncated line was the last outcome: its intent is left over.
        assert_eq!((opened.cut, opened.unknown.len()), (truncated, 1));
        let said = lines(&path);
        let kinds: Vec<&str> = said[5..].iter().map(|line| line["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["start", "cut", "outcome"]);
        assert_eq!((&said[7]["outcome"], &said[7]["error"]), (&"unknown".into(), &"process_ended".into()));
        let found = verdict(&path).unwrap();
        assert_eq!((found.truncated, found.unfinished.len(), found.unknown), (0, 0, 1));
    }
}

#[tokio::test]
async fn one_process_writes_a_file_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let (first, _) = Audit::open(&path).unwrap();
    assert!(matches!(Audit::open(&path), Err(OpenError::Taken)));
    drop(first);
    Audit::open(&path).unwrap();
}

#[tokio::test]
async fn calls_at_once_keep_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let (audit, _) = Audit::open(&path).unwrap();
    let calls = (0..100).map(|number| {
        let audit = audit.clone();
        async move { audit.begin(call(number % 3 == 0)).await.unwrap().end(Outcome::Done, "answer").await }
    });
    futures::future::join_all(calls).await;
    let found = verdict(&path).unwrap();
    assert_eq!((found.calls, found.intents, found.unfinished.len()), (100, 34, 0));
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path()).await;
    for path in [path.clone(), folder.path().join("audit.jsonl.key")] {
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

/// Something that happens to the file while it is written, and the word that tells it.
#[cfg(unix)]
type Accident = (fn(&Path), &'static str);

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_is_no_longer_in_its_place_takes_no_write_and_says_why() {
    let accidents: [Accident; 5] = [
        (|path| std::fs::remove_file(path).unwrap(), "moved or deleted"),
        (|path| std::fs::rename(path, path.with_extension("old")).unwrap(), "moved or deleted"),
        (|path| std::fs::write(path, "").unwrap(), "truncated"),
        (
            |path| {
                std::fs::rename(path, path.with_extension("old")).unwrap();
                std::fs::write(path, "").unwrap();
            },
            "another file",
        ),
        (
            |path| {
                let text = std::fs::read_to_string(path).unwrap();
                std::fs::write(path, format!("{text}{text}")).unwrap();
            },
            "somebody else",
        ),
    ];
    for (happen, told) in accidents {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let (audit, _) = Audit::open(&path).unwrap();
        audit.begin(call(true)).await.unwrap().end(Outcome::Done, "answer").await;
        happen(&path);
        let refused = audit.begin(call(true)).await.err().expect("no write goes unrecorded").to_string();
        assert!(refused.contains(told), "{told}: {refused}");
        // A read goes on.
        audit.begin(call(false)).await.unwrap().end(Outcome::Done, "answer").await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_is_put_back_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let (audit, _) = Audit::open(&path).unwrap();
    std::fs::rename(&path, folder.path().join("away")).unwrap();
    assert!(audit.begin(call(true)).await.is_err());
    std::fs::rename(folder.path().join("away"), &path).unwrap();
    audit.begin(call(true)).await.unwrap().end(Outcome::Done, "answer").await;
    assert_eq!(verdict(&path).unwrap().intents, 1);
}
