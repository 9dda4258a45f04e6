//! Texts agree in number: one contact, two contacts.

use std::path::{Path, PathBuf};

use imbrace_contacts_client::plural::{agree, counted};

/// Words that end as a plural does and are none, and units that have no other form here.
const NO_PLURALS: [&str; 12] =
    ["is", "has", "was", "this", "its", "plus", "us", "as", "address", "class", "less", "business"];

/// Files of answers, snapshots and pages below a directory.
fn texts(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "snap" || ending == "md") {
            found.push(path);
        }
    }
}

/// The phrases of a text in which one thing has a plural: `1 contacts`, `1 of 1 files were`.
fn faults(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split([' ', '\n', '\t', '"', '(', ')', ';', ',', ':']).collect();
    let is_plural = |word: &str| {
        word.len() > 2
            && word.bytes().all(|byte| byte.is_ascii_lowercase())
            && word.ends_with('s')
            && !NO_PLURALS.contains(&word)
    };
    let pairs = words.windows(2).filter(|pair| pair[0] == "1" && is_plural(pair[1])).map(|pair| pair.join(" "));
    let verbs = words.windows(3).filter(|three| three[0] == "1" && ["are", "were", "have"].contains(&three[2]));
    pairs.chain(verbs.map(|three| three.join(" "))).collect()
}

#[test]
fn no_answer_and_no_page_says_one_and_means_several() {
    assert_eq!(faults("1 contacts; 11 contacts, 1 contact, and 1 file were read"), ["1 contacts", "1 file were"]);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for directory in ["tests", "docs"] {
        texts(&root.join(directory), &mut found);
    }
    found.extend(["README.md", "SECURITY.md", "CHANGELOG.md"].map(|name| root.join(name)));
    assert!(found.len() > 100, "{}", found.len());
    let wrong: Vec<String> = found
        .iter()
        .flat_map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            faults(&text).into_iter().map(move |fault| format!("{}: {fault}", path.display()))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Formats in our sources that put a number of any size before a plural.
#[test]
fn no_format_in_the_sources_puts_any_number_before_a_plural() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let nouns = [
        "contacts",
        "files",
        "fields",
        "groups",
        "questions",
        "rows",
        "changes",
        "pairs",
        "requests",
        "writes",
        "calls",
        "notifications",
        "plans",
        "steps",
        "findings",
        "entries",
        "messages",
        "lines",
    ];
    let mut sources = Vec::new();
    let mut rest = vec![root.join("src"), root.join("crates/cleanup/src")];
    while let Some(directory) = rest.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                rest.push(path);
            } else if !path.ends_with("tests.rs") {
                sources.push(path);
            }
        }
    }
    let wrong: Vec<String> = sources
        .iter()
        .flat_map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let lines: Vec<String> = text.lines().map(|line| line.trim_start().to_owned()).collect();
            let path = path.display().to_string();
            lines.into_iter().filter(|line| !line.starts_with("//")).filter_map(move |line| {
                // A constant, in capitals, is known to be more than one.
                let is_wrong = line.match_indices("} ").any(|(end, _)| {
                    let variable = line[..end].rsplit('{').next().unwrap_or_default();
                    let is_constant =
                        !variable.is_empty() && variable.chars().all(|c| c.is_ascii_uppercase() || c == '_');
                    let word = line[end + 2..].split(|c: char| !c.is_ascii_lowercase()).next().unwrap_or_default();
                    !is_constant && nouns.contains(&word)
                });
                is_wrong.then(|| format!("{path}: {line}"))
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn counts_agree_with_their_nouns() {
    let told: Vec<String> = [0_u64, 1, 2].iter().map(|count| counted(*count, "reply of a contact")).collect();
    assert_eq!(told, ["0 replies of a contact", "1 reply of a contact", "2 replies of a contact"]);
    assert_eq!(
        [counted(2_u64, "day"), counted(3_u64, "address"), counted(1_u64, "box")],
        ["2 days", "3 addresses", "1 box"]
    );
    assert_eq!([agree(1_u64, "is", "are"), agree(2_u64, "is", "are")], ["is", "are"]);
}
