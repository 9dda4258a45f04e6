//! The commands of README.md and of every page of docs/ are run as they stand; commands of cargo are checked for what they name.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use imbrace_contacts_mcp::cli;
use regex_lite::Regex;

/// A server is taken for started when it has not ended after this time.
const SERVER_UP: Duration = Duration::from_millis(700);

/// Commands of the program that may end otherwise than with 0, with the codes and the reason.
const MAY_END_WITH: [(&str, &[i32], &str); 2] = [
    (" doctor", &[0, 1], "no iMBRACE gateway can be reached from a test"),
    (" cleanup apply", &[0, 1], "without a terminal nobody can be asked, so nothing is written"),
];

/// Commands that are not run, by how they begin, with the reason. What they name is looked up.
const NOT_RUN: [(&str, &str); 11] = [
    ("scripts/postgres run cargo test", "`.ci/run` runs every test so"),
    ("systemctl ", "it needs systemd; `deploy/check` verifies the units"),
    ("docker compose ", "it needs Docker; `deploy/docker/check` runs the image's steps"),
    ("kubectl ", "it needs a cluster; `deploy/check` validates the manifests"),
    ("pg_dump ", "it needs a database and its password"),
    ("cargo test", "it is what runs this test"),
    ("cargo install --path .", "it builds everything once more; `.ci/run` builds the binary"),
    (
        "cargo run -- ",
        "it builds what CARGO_BIN_EXE_imbrace-contacts-mcp is; the command behind it is run elsewhere on these pages",
    ),
    ("cargo build && cargo run -p evals", "`.ci/run` does the everyday jobs"),
    ("cargo run -p evals", "it asks a model, which needs an account and a network; `.ci/run` runs it without one"),
    ("cargo bench", "`.ci/run` runs every bench with --quick, figures take minutes"),
];

/// Longer than any documented command takes.
const LIMIT: Duration = Duration::from_secs(120);

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<PathBuf> {
    let folders = ["docs", "docs/adr"].map(|folder| std::fs::read_dir(root().join(folder)).unwrap());
    let docs = folders.into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> = docs.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    pages.extend(["README.md", "SECURITY.md", "CONTRIBUTING.md"].map(|name| root().join(name)));
    pages.sort();
    pages
}

/// The lines of a page's `sh` blocks; a line that ends with a backslash goes on in the next.
fn commands(page: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut is_shell = false;
    let mut open = String::new();
    for line in page.lines() {
        if line.starts_with("```") {
            is_shell = line == "```sh";
        } else if is_shell && !line.trim().is_empty() && !line.starts_with('#') {
            open.push_str(line.strip_suffix('\\').unwrap_or(line));
            if !line.ends_with('\\') {
                commands.push(std::mem::take(&mut open));
            }
        }
    }
    commands
}

/// Waits for the end of a command; `None` when it runs on.
fn ended_within(child: &mut Child, limit: Duration) -> Option<i32> {
    let began = Instant::now();
    while began.elapsed() < limit {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status.code().unwrap_or(-1));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    None
}

/// A shell in an empty home, in which the built binary is on the path; variables that a page exports stay.
struct Shell {
    home: tempfile::TempDir,
    exports: Vec<String>,
    plan: String,
}

/// How a command of this package is built and run.
const RUN: [&str; 2] = ["cargo run -- ", "cargo run --release -- "];

impl Shell {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let token = home.path().join(".config/imbrace-contacts-mcp/token");
        std::fs::create_dir_all(token.parent().unwrap()).unwrap();
        std::fs::write(&token, "acc_00000000-0000-4000-8000-000000000001\n").unwrap();
        Self { home, exports: Vec::new(), plan: String::new() }
    }

    fn run(&mut self, command: &str) -> Result<(), String> {
        let binary = Path::new(env!("CARGO_BIN_EXE_imbrace-contacts-mcp"));
        let started = RUN.iter().find_map(|run| command.strip_prefix(run));
        let command = started.map_or_else(|| command.to_owned(), |rest| format!("imbrace-contacts-mcp {rest}"));
        let command = command.replace("PLAN", &self.plan);
        let is_server = [" serve", " local-gateway ", " cleanup review"].iter().any(|server| command.contains(server));
        // The documented ports may be taken, and a large list takes a while to make up.
        let ports = Regex::new(r"(127\.0\.0\.1|0\.0\.0\.0):\d+").unwrap();
        let command = ports.replace_all(&command, "127.0.0.1:0").replace("--contacts 65681", "--contacts 200");
        let (out, err) = (self.home.path().join("stdout"), self.home.path().join("stderr"));
        let script = format!("set -e\n{}\n{command}\n", self.exports.join("\n"));
        let mut child = Command::new("sh")
            .args(["-c", &script])
            .current_dir(self.home.path())
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", format!("{}:/usr/bin:/bin", binary.parent().unwrap().display()))
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(&out).unwrap())
            .stderr(std::fs::File::create(&err).unwrap())
            .spawn()
            .unwrap();
        let code = ended_within(&mut child, if is_server { SERVER_UP } else { LIMIT });
        let said = format!("{}{}", std::fs::read_to_string(&out).unwrap(), std::fs::read_to_string(&err).unwrap());
        let Some(code) = code else {
            // `sh` may have replaced itself by the server, or be its parent.
            let _ = Command::new("pkill").args(["-P", &child.id().to_string()]).status();
            child.kill().unwrap();
            child.wait().unwrap();
            return if is_server { Ok(()) } else { Err(format!("`{command}` did not end")) };
        };
        if let Some(id) = Regex::new(r"\bplan_[0-9a-f]+").unwrap().find(&said) {
            self.plan = id.as_str().to_owned();
        }
        let exception = MAY_END_WITH.iter().find(|(part, _, _)| command.contains(part));
        let allowed: &[i32] = exception.map_or(&[0], |(_, codes, _)| codes);
        if command.starts_with("export ") {
            self.exports.push(command.clone());
        }
        if allowed.contains(&code)
            && !said.contains("error: unexpected argument")
            && !said.contains("unrecognized subcommand")
        {
            Ok(())
        } else {
            Err(format!("`{command}` ended with {code}: {said}"))
        }
    }
}

/// Checks that what a command of cargo names exists. Running all of them is `.ci/run`'s part.
fn names_what_exists(command: &str) -> Result<(), String> {
    let places: [(&str, &[&str]); 3] = [
        ("--example", &["examples", "crates/client/examples"]),
        ("--bench", &["benches"]),
        ("--bin", &["stress/src/bin"]),
    ];
    for (flag, folders) in places {
        let Some((_, rest)) = command.split_once(&format!("{flag} ")) else { continue };
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if name == "NAME" {
            continue;
        }
        let is_there = |folder: &&str| {
            let base = root().join(folder).join(&name);
            base.with_extension("rs").is_file() || base.join("main.rs").is_file()
        };
        if !folders.iter().any(is_there) {
            return Err(format!("`{command}` names {name}, which is not in {folders:?}"));
        }
    }
    Ok(())
}

/// Checks that the command line understands a command that stands inside of a sentence, where capitals and `…` stand for something.
fn is_understood(command: &str) -> Result<(), String> {
    let words = Regex::new(r"'([^']*)'|(\S+)").unwrap();
    let words = words.captures_iter(command).map(|found| {
        let word = found.get(1).or(found.get(2)).unwrap().as_str();
        let stands_for = |it: &str| word == it || word == format!("{it}.csv");
        match word {
            "…" => "phone_form".to_owned(),
            // One of several that may stand there.
            word if word.contains('|') => word.split('|').next().unwrap().to_owned(),
            _ if stands_for("PLAN") => "plan_1a2b3c4d".to_owned(),
            _ if stands_for("CONTACT") => "con_66d67483".to_owned(),
            word => word.to_owned(),
        }
    });
    let words: Vec<OsString> =
        ["imbrace-contacts-mcp".to_owned()].into_iter().chain(words).map(OsString::from).collect();
    match cli::parse(words) {
        Ok(_) => Ok(()),
        // Named, and not written out.
        Err(stop)
            if ["required arguments were not provided", "a value is required"]
                .iter()
                .any(|said| stop.text(false).contains(said)) =>
        {
            Ok(())
        }
        Err(stop) if stop.is_error() => Err(format!("`{command}` is not understood: {}", stop.text(false))),
        Err(_) => Ok(()),
    }
}

#[test]
#[cfg(unix)]
fn documented_commands_work() {
    let mut wrong = Vec::new();
    let mut run = 0;
    for path in pages() {
        let page = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut shell = Shell::new();
        for command in commands(&page) {
            let begins = |word: &str| command.trim_start().starts_with(word);
            let result = if begins("imbrace-contacts-mcp ")
                || begins("export ")
                || RUN.iter().any(|run| begins(run))
                || begins("(umask")
            {
                run += 1;
                shell.run(&command)
            } else if begins(".ci/run") || NOT_RUN.iter().any(|(start, _)| begins(start)) {
                names_what_exists(&command)
            } else {
                Err(format!("`{command}` is neither run nor among those that are not, with a reason"))
            };
            wrong.extend(result.err().map(|error| format!("{name}: {error}")));
        }
        // Commands inside of sentences and tables.
        let inline = Regex::new(r"`(cargo (?:run|bench)[^`]*)`").unwrap();
        for found in inline.captures_iter(&page) {
            wrong.extend(names_what_exists(&found[1]).err().map(|error| format!("{name}: {error}")));
        }
        let own =
            Regex::new(r"`(?:imbrace-contacts-mcp )?((?:serve|call|tools|doctor|init|audit|cleanup|state) [^`]+)`")
                .unwrap();
        for found in own.captures_iter(&page) {
            wrong.extend(is_understood(&found[1]).err().map(|error| format!("{name}: {error}")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(run >= 15, "only {run} documented commands were found");
}

#[test]
fn links_between_pages_lead_somewhere() {
    let link = Regex::new(r"\]\(([^)#]+)\)").unwrap();
    let mut wrong = Vec::new();
    for path in pages().into_iter().chain(["ARCHITECTURE.md", "CHANGELOG.md"].map(|name| root().join(name))) {
        let page = std::fs::read_to_string(&path).unwrap();
        for found in link.captures_iter(&page).filter(|found| !found[1].contains("://")) {
            if !path.parent().unwrap().join(&found[1]).exists() {
                wrong.push(format!("{}: {}", path.display(), &found[1]));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A bench marks a row that it does not trust with `(~)`, and says what it does not trust; such figures are not published.
#[test]
fn no_page_publishes_what_a_bench_does_not_trust() {
    for path in pages() {
        let page = std::fs::read_to_string(&path).unwrap();
        let untrusted: Vec<&str> =
            page.lines().filter(|line| line.contains("(~)") || line.contains("NOT TRUSTED")).collect();
        assert!(untrusted.is_empty(), "{}: {untrusted:#?}", path.display());
    }
}
