//! Uploads: nothing but regular files of the allowed directories, under clean names, with the type of their content.
#![cfg(unix)]

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use imbrace_contacts_mcp::context::uploads::{OwnFiles, UploadError, Uploads};
use imbrace_contacts_mcp::redact::Secrets;
use imbrace_contacts_mcp::tools::{Confirm, Selection, Surface};
use insta::assert_snapshot;
use serde_json::json;

use crate::harness::{Harness, Wishes};

const TOOL: &str = "upload_contact_file";

/// What stands in files that nobody allowed.
const SECRET: &[u8] = b"secret of somebody else";

/// How often a name is swapped while it is read.
const SWAPS: usize = 200;

/// A directory that is allowed, beside a secret that is not.
struct Place {
    whole: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let whole = tempfile::tempdir().unwrap();
        std::fs::create_dir(whole.path().join("allowed")).unwrap();
        std::fs::write(whole.path().join("secret"), SECRET).unwrap();
        Self { whole }
    }

    fn allowed(&self) -> PathBuf {
        self.whole.path().join("allowed")
    }

    fn secret(&self) -> PathBuf {
        self.whole.path().join("secret")
    }

    async fn desk(&self, door: Surface) -> Harness {
        let selection = Selection { door, ..Selection::default() };
        let upload_directories = vec![self.allowed()];
        Harness::with(Wishes { contacts: 12, upload_directories, selection, ..Wishes::default() }).await
    }
}

/// A desk over HTTP without any directory.
async fn bare(confirm: Confirm) -> Harness {
    let selection = Selection { door: Surface::Http, confirm, ..Selection::default() };
    Harness::with(Wishes { contacts: 12, selection, ..Wishes::default() }).await
}

/// The line of the multipart head that holds the file's name, as the gateway got it, and its type.
fn part(desk: &Harness) -> String {
    let arrivals = desk.arrivals();
    let body = String::from_utf8_lossy(&arrivals.last().unwrap().body).into_owned();
    body.lines().filter(|line| line.starts_with("Content-")).collect::<Vec<_>>().join(" | ")
}

/// Puts a regular file and a link to the secret by turns into one place.
fn swapping(place: &Place, name: &str, swaps: &Arc<AtomicUsize>) -> std::thread::JoinHandle<()> {
    let (allowed, secret, name, swaps) = (place.allowed(), place.secret(), name.to_owned(), Arc::clone(swaps));
    std::thread::spawn(move || {
        let (target, spare) = (allowed.join(&name), allowed.join("spare"));
        for _ in 0..SWAPS {
            std::fs::write(&spare, b"harmless").unwrap();
            std::fs::rename(&spare, &target).unwrap();
            symlink(&secret, &spare).unwrap();
            std::fs::rename(&spare, &target).unwrap();
            swaps.fetch_add(1, Ordering::Relaxed);
        }
    })
}

#[test]
fn a_name_that_is_swapped_for_a_link_never_leads_out() {
    let place = Place::new();
    std::fs::write(place.allowed().join("photo"), b"harmless").unwrap();
    let uploads = Uploads::open(&[place.allowed()], 1 << 20).unwrap();
    let swaps = Arc::default();
    let swapping = swapping(&place, "photo", &swaps);
    while !swapping.is_finished() {
        if let Ok(file) = uploads.read("photo") {
            assert_eq!(file.content, b"harmless");
        }
    }
    swapping.join().unwrap();
    assert_eq!(swaps.load(Ordering::Relaxed), SWAPS);
}

#[test]
fn a_directory_that_is_swapped_for_a_link_never_leads_out() {
    let place = Place::new();
    let (folder, spare) = (place.allowed().join("folder"), place.allowed().join("spare"));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("secret"), b"harmless").unwrap();
    symlink(place.whole.path(), &spare).unwrap();
    let uploads = Uploads::open(&[place.allowed()], 1 << 20).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let (stopped, kept) = (Arc::clone(&stop), place.allowed().join("kept"));
    let swapping = std::thread::spawn(move || {
        while !stopped.load(Ordering::Relaxed) {
            std::fs::rename(&folder, &kept).unwrap();
            std::fs::rename(&spare, &folder).unwrap();
            std::fs::rename(&folder, &spare).unwrap();
            std::fs::rename(&kept, &folder).unwrap();
        }
    });
    for _ in 0..2_000 {
        if let Ok(file) = uploads.read("folder/secret") {
            assert_eq!(file.content, b"harmless");
        }
    }
    stop.store(true, Ordering::Relaxed);
    swapping.join().unwrap();
}

#[test]
fn a_pipe_that_is_swapped_in_holds_nobody_up() {
    let place = Place::new();
    let (target, spare) = (place.allowed().join("file"), place.allowed().join("spare"));
    let made = std::process::Command::new("mkfifo").arg(&spare).status().unwrap();
    assert!(made.success());
    std::fs::write(&target, b"harmless").unwrap();
    let uploads = Uploads::open(&[place.allowed()], 1 << 20).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let (stopped, kept) = (Arc::clone(&stop), place.allowed().join("kept"));
    let swapping = std::thread::spawn(move || {
        while !stopped.load(Ordering::Relaxed) {
            std::fs::rename(&target, &kept).unwrap();
            std::fs::rename(&spare, &target).unwrap();
            std::fs::rename(&target, &spare).unwrap();
            std::fs::rename(&kept, &target).unwrap();
        }
    });
    for _ in 0..2_000 {
        if let Ok(file) = uploads.read("file") {
            assert_eq!(file.content, b"harmless");
        }
    }
    stop.store(true, Ordering::Relaxed);
    swapping.join().unwrap();
}

#[test]
fn a_file_that_grows_while_it_is_read_stops_at_the_limit() {
    let place = Place::new();
    let path = place.allowed().join("log");
    std::fs::write(&path, vec![b'a'; 60_000]).unwrap();
    let uploads = Uploads::open(&[place.allowed()], 64_000).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let growing = std::thread::spawn(move || {
        while !stopped.load(Ordering::Relaxed) {
            let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
            std::io::Write::write_all(&mut file, &[b'a'; 500]).unwrap();
            if file.metadata().unwrap().len() > 1_000_000 {
                file.set_len(60_000).unwrap();
            }
        }
    });
    for _ in 0..500 {
        if let Ok(file) = uploads.read("log") {
            assert!(file.content.len() <= 64_000);
        }
    }
    stop.store(true, Ordering::Relaxed);
    growing.join().unwrap();
}

#[tokio::test]
async fn what_is_no_regular_file_of_the_directory_is_refused_at_once() {
    let place = Place::new();
    let allowed = place.allowed();
    std::fs::File::create(allowed.join("sparse")).unwrap().set_len(1 << 40).unwrap();
    symlink("/dev/zero", allowed.join("zero")).unwrap();
    symlink("/proc/self/environ", allowed.join("environ")).unwrap();
    symlink(place.secret(), allowed.join("absolute")).unwrap();
    symlink("../secret", allowed.join("relative")).unwrap();
    symlink("loop", allowed.join("loop")).unwrap();
    symlink(".", allowed.join("here")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(allowed.join("pipe")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(allowed.join("socket")).unwrap();
    std::fs::write(allowed.join(std::ffi::OsStr::from_bytes(b"caf\xE9.txt")), "latin").unwrap();
    let desk = place.desk(Surface::Here).await;
    let mut said = Vec::new();
    for path in [
        "sparse",
        "zero",
        "environ",
        "absolute",
        "relative",
        "loop",
        "here",
        "pipe",
        "socket",
        "caf\u{FFFD}.txt",
        ".",
        "here/../../secret",
        "/dev/zero",
        "/proc/self/environ",
        "\u{0}",
        "a\nb",
        "-",
        "~",
        "$HOME",
    ] {
        let text = desk.fail(TOOL, json!({ "path": path })).await;
        said.push(format!("{path:?}\n  {}", text.replace(&allowed.display().to_string(), "DIRECTORY")));
    }
    let long = desk.fail(TOOL, json!({ "path": "x".repeat(4_000) })).await;
    said.push(format!("4,000 letters\n  {long}"));
    assert_snapshot!(said.join("\n"));
    assert!(desk.arrivals().is_empty());
    // A link that stays inside is a way like any other.
    std::fs::write(allowed.join("note.txt"), "a note").unwrap();
    desk.call(TOOL, json!({ "path": "here/note.txt" })).await;
}

#[tokio::test]
async fn names_arrive_without_what_could_deceive() {
    let place = Place::new();
    let desk = place.desk(Surface::Here).await;
    let long = format!("{}.png", "ä".repeat(100));
    let mut said = Vec::new();
    for name in [
        "photo\u{202E}gnp.exe",
        "a\r\nX-Evil: 1.txt",
        "a\"; filename=\"b.html",
        "名刺.jpg",
        "תמונה.png",
        "\u{200B}.hidden",
        &long,
    ] {
        let path = place.allowed().join(name);
        std::fs::write(&path, b"\x89PNG\r\n\x1a\n").unwrap();
        desk.call(TOOL, json!({ "path": name })).await;
        said.push(format!("{name:?}\n  {}", part(&desk)));
    }
    assert_snapshot!(said.join("\n"));
}

#[tokio::test]
async fn several_directories_are_several_chances() {
    let (one, two) = (Place::new(), Place::new());
    std::fs::write(two.allowed().join("note.txt"), "a note").unwrap();
    let upload_directories = vec![one.allowed(), two.allowed()];
    let desk = Harness::with(Wishes { contacts: 12, upload_directories, ..Wishes::default() }).await;
    assert!(desk.call(TOOL, json!({ "path": "note.txt" })).await.starts_with("uploaded 6 bytes text/plain"));
    let whole = two.allowed().join("note.txt");
    desk.call(TOOL, json!({ "path": whole })).await;
    desk.fail(TOOL, json!({ "path": two.secret() })).await;
    assert!(part(&desk).contains(r#"filename="note.txt""#));
}

#[tokio::test]
async fn over_http_a_small_file_travels_in_the_call() {
    let desk = bare(Confirm::Destructive).await;
    let content = BASE64_STANDARD.encode("name,phone\nAnn,+12025550101\n");
    let answer = desk.call(TOOL, json!({ "content": content, "name": "../../people.csv" })).await;
    let url = answer.lines().find_map(|line| line.strip_prefix("public: ")).unwrap();
    assert_snapshot!(answer.replace(url, "ADDRESS"));
    assert_eq!(reqwest::get(url).await.unwrap().text().await.unwrap(), "name,phone\nAnn,+12025550101\n");
    assert_snapshot!(part(&desk));
    desk.gateway.forget_requests();
    let mut said = Vec::new();
    for arguments in [
        json!({ "path": "/etc/hostname" }),
        json!({ "content": content }),
        json!({ "name": "a.txt" }),
        json!({ "content": "no base64!", "name": "a.txt" }),
        json!({ "content": "", "name": "a.txt" }),
        json!({ "content": BASE64_STANDARD.encode(vec![7; 65_537]), "name": "a.bin" }),
        json!({ "content": "data:text/plain,hello", "name": "a.txt" }),
        json!({ "content": ["YQ=="], "name": "" }),
    ] {
        said.push(desk.fail(TOOL, arguments).await);
    }
    assert_snapshot!(said.join("\n"));
    assert!(desk.arrivals().is_empty());
    let most = BASE64_STANDARD.encode(vec![7; 65_536]);
    assert!(desk.call(TOOL, json!({ "content": most, "name": "a.bin" })).await.starts_with("uploaded 65536 bytes"));
}

#[tokio::test]
async fn over_http_a_path_is_an_argument_only_where_directories_are_allowed() {
    let place = Place::new();
    std::fs::write(place.allowed().join("note.txt"), "a note").unwrap();
    let desk = place.desk(Surface::Http).await;
    desk.call(TOOL, json!({ "path": "note.txt" })).await;
    desk.call(TOOL, json!({ "content": "YQ==", "name": "a.txt" })).await;
    desk.gateway.forget_requests();
    for arguments in [
        json!({}),
        json!({ "path": "note.txt", "content": "YQ==", "name": "a.txt" }),
        json!({ "path": "note.txt", "name": "a.txt" }),
    ] {
        let text = desk.fail(TOOL, arguments).await;
        assert!(text.ends_with("`content` with `name`; nothing was sent."), "{text}");
    }
    // On stdio the caller has files, so there is nothing to carry in a call.
    let here = place.desk(Surface::Here).await;
    let text = here.fail(TOOL, json!({ "content": "YQ==", "name": "a.txt" })).await;
    assert_eq!(text, "No argument `content`. Arguments: path.");
    assert!(here.arrivals().is_empty() && desk.arrivals().is_empty());
}

#[tokio::test]
async fn a_confirmed_upload_is_the_previewed_content() {
    let place = Place::new();
    let path: &Path = &place.allowed().join("note.txt");
    std::fs::write(path, "a note").unwrap();
    let selection = Selection { confirm: Confirm::All, ..Selection::default() };
    let upload_directories = vec![place.allowed()];
    let wishes = Wishes { contacts: 12, upload_directories, selection, ..Wishes::default() };
    let desk = Harness::with(wishes).await;
    let preview = desk.call(TOOL, json!({ "path": "note.txt" })).await;
    let token = preview.rsplit_once("confirm=").unwrap().1;
    assert_snapshot!(preview.replace(token, "TOKEN"));
    std::fs::write(path, "b note").unwrap();
    let again = desk.call(TOOL, json!({ "path": "note.txt", "confirm": token })).await;
    assert!(again.starts_with("Nothing was done: it has changed since the preview."), "{again}");
    assert!(desk.arrivals().is_empty());
    desk.confirmed(TOOL, json!({ "path": "note.txt" })).await;
    assert_eq!(desk.arrivals().len(), 1);
}

/// What belongs to the server lies in an allowed directory: by its own name, by a hard link and by a symbolic link.
#[test]
fn the_servers_own_files_are_never_read() {
    let place = Place::new();
    let allowed = place.allowed();
    let own = ["config.toml", "token", "tokens", "jwks.json", "audit", "audit.key"];
    for name in own {
        std::fs::write(allowed.join(name), "harmless").unwrap();
        std::fs::hard_link(allowed.join(name), allowed.join(format!("hard-{name}"))).unwrap();
        symlink(name, allowed.join(format!("soft-{name}"))).unwrap();
    }
    let state = allowed.join("state");
    std::fs::create_dir(&state).unwrap();
    std::fs::write(state.join("contacts.sqlite"), "harmless").unwrap();
    std::fs::hard_link(state.join("contacts.sqlite"), allowed.join("hard-state")).unwrap();
    std::fs::write(allowed.join("photo"), "harmless").unwrap();
    let files = own.iter().map(|name| allowed.join(name)).collect();
    let own_files = OwnFiles { files, directories: vec![state], ..OwnFiles::default() };
    let uploads = Uploads::open(std::slice::from_ref(&allowed), 1 << 20).unwrap().without(own_files);
    let named = own.iter().flat_map(|name| [(*name).to_owned(), format!("hard-{name}"), format!("soft-{name}")]);
    for name in named.chain(["state/contacts.sqlite".to_owned(), "hard-state".to_owned()]) {
        for path in [name.clone(), allowed.join(&name).to_str().unwrap().to_owned()] {
            assert!(matches!(uploads.read(&path), Err(UploadError::Own)), "{path}");
        }
    }
    assert_eq!(uploads.read("photo").unwrap().content, b"harmless");
    let warnings = uploads.warnings();
    assert_eq!(warnings.len(), own.len() + 1, "{warnings:?}");
    assert!(warnings.iter().all(|warning| warning.contains("is never uploaded")), "{warnings:?}");
}

#[test]
fn names_with_a_dot_in_front_are_read_only_where_the_operator_says_so() {
    let place = Place::new();
    let allowed = place.allowed();
    std::fs::create_dir_all(allowed.join(".ssh")).unwrap();
    for name in [".env", ".ssh/id_ed25519", "photo.png"] {
        std::fs::write(allowed.join(name), "harmless").unwrap();
    }
    symlink(".env", allowed.join("notes.txt")).unwrap();
    symlink(".ssh", allowed.join("keys")).unwrap();
    let uploads = |allows_hidden| {
        let own = OwnFiles { allows_hidden, ..OwnFiles::default() };
        Uploads::open(std::slice::from_ref(&allowed), 1 << 20).unwrap().without(own)
    };
    for name in [".env", "./.env", ".ssh/id_ed25519", "notes.txt", "keys/id_ed25519"] {
        assert!(matches!(uploads(false).read(name), Err(UploadError::Hidden)), "{name}");
        assert_eq!(uploads(true).read(name).unwrap().content, b"harmless", "{name}");
    }
    assert_eq!(uploads(false).read("./photo.png").unwrap().content, b"harmless");
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_of_the_system_is_read() {
    let uploads = Uploads::open(&["/".into(), "/proc/self".into()], 1 << 20).unwrap();
    for path in [
        "/proc/self/environ",
        "/proc/version",
        "environ",
        "/sys/kernel/notes",
        "/sys/kernel/mm/transparent_hugepage/enabled",
    ] {
        assert!(uploads.read(path).is_err(), "{path}");
    }
    assert!(matches!(uploads.read("/proc/version"), Err(UploadError::System)));
    assert!(matches!(uploads.read("status"), Err(UploadError::System)));
    assert!(uploads.warnings().iter().any(|warning| warning.contains("/proc")), "{:?}", uploads.warnings());
}

/// A copy of a secret under any name, in any usual spelling, in a text or in the middle of other bytes.
#[tokio::test]
async fn a_file_that_holds_a_secret_is_never_uploaded() {
    let place = Place::new();
    let secret = "bearer-3f0c2e91d7ab8d1f6a3477c24b0e";
    let secrets = Secrets::default();
    secrets.add([secret]);
    let selection = Selection { door: Surface::Http, confirm: Confirm::Never, ..Selection::default() };
    let wishes =
        Wishes { contacts: 12, upload_directories: vec![place.allowed()], selection, secrets, ..Wishes::default() };
    let desk = Harness::with(wishes).await;
    let wide: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let across = [vec![b'a'; 256 * 1024 - 10], secret.as_bytes().to_vec(), vec![b'b'; 1000]].concat();
    let binary = [&[0xFF, 0xD8, 0xFF, 0xE0, 0][..], secret.to_uppercase().as_bytes(), &[0xFF; 90_000]].concat();
    let spelled: [(&str, Vec<u8>); 6] = [
        ("plain.txt", format!("token = {secret}\n").into_bytes()),
        ("base64.txt", BASE64_STANDARD.encode(secret).into_bytes()),
        ("wide.txt", wide),
        ("across.txt", across),
        ("photo.jpg", binary),
        // The gateway credential of the caller.
        ("own.txt", imbrace_contacts_mcp::local_gateway::ACCESS_TOKEN.as_bytes().to_vec()),
    ];
    for (name, content) in &spelled {
        std::fs::write(place.allowed().join(name), content).unwrap();
        let said = desk.fail(TOOL, json!({ "path": name })).await;
        assert!(said.contains("holds a credential of the server"), "{name}: {said}");
        if content.len() < 60_000 {
            let said = desk.fail(TOOL, json!({"content": BASE64_STANDARD.encode(content), "name": "x.txt"})).await;
            assert!(said.contains("holds a credential of the server"), "{name}: {said}");
        }
    }
    assert!(desk.arrivals().is_empty(), "nothing was sent");
    std::fs::write(place.allowed().join("harmless.txt"), "no secret").unwrap();
    desk.call(TOOL, json!({ "path": "harmless.txt" })).await;
}
