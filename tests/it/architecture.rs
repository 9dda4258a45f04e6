//! Files that belong together by name, and rules about every file. The borders between crates are kept by rustc.

use std::path::{Path, PathBuf};

use imbrace_contacts_mcp::gateway::operations;
use imbrace_contacts_mcp::{local_gateway, tools};

/// Operations that no tool offers to a model: an export is the whole organisation in one answer, for programs.
const WITHOUT_TOOL: [&str; 1] = ["export_contacts"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// Every source file with its path below its crate's `src` and its top-level module.
fn sources() -> Vec<(String, String, String)> {
    let described = |source: &Path, path: PathBuf| {
        let name = path.strip_prefix(source).unwrap().to_str().unwrap().to_owned();
        let module = name.split(['/', '.']).next().unwrap().to_owned();
        (name, module, std::fs::read_to_string(path).unwrap())
    };
    let crates = ["src", "crates/client/src", "crates/cleanup/src", "crates/local-gateway/src", "crates/store/src"]
        .map(|source| root().join(source));
    crates.iter().flat_map(|source| rust_files(source).into_iter().map(|path| described(source, path))).collect()
}

/// The code of a file without its comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim_start).filter(|line| !line.starts_with("//"))
}

#[test]
fn tools_never_use_each_other() {
    let stems: Vec<&str> = tools::catalog().iter().map(|entry| entry.name).collect();
    let mut wrong = Vec::new();
    for (name, module, text) in sources().into_iter().filter(|(_, module, _)| module == "tools") {
        let own = name.trim_start_matches("tools/").trim_end_matches(".rs").to_owned();
        for other in stems.iter().filter(|stem| **stem != own) {
            let marks = [format!("super::{other}"), format!("tools::{other}")];
            if name != "tools.rs" && code(&text).any(|line| marks.iter().any(|mark| line.contains(mark))) {
                wrong.push(format!("{name} ({module}) uses {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_operation_has_its_file_its_route_and_its_tool() {
    let tools: Vec<&str> = tools::catalog().iter().map(|entry| entry.name).collect();
    let routes = local_gateway::routes();
    for operation in operations::catalog() {
        let name = operation.name;
        let file = root().join(format!("crates/client/src/gateway/operations/{name}.rs"));
        assert!(file.is_file(), "operation `{name}` has no file {}", file.display());
        assert!(routes.contains(&name), "operation `{name}` has no local route");
        let has_tool = tools.contains(&name) || WITHOUT_TOOL.contains(&name);
        assert!(has_tool, "operation `{name}` has no tool");
    }
}

#[test]
fn every_tool_has_its_file_and_its_test() {
    for entry in tools::catalog() {
        for folder in ["src/tools", "tests/it/tools"] {
            let file = root().join(folder).join(format!("{}.rs", entry.name));
            assert!(file.is_file(), "tool `{}` has no file {}", entry.name, file.display());
        }
    }
}

#[test]
fn files_begin_with_what_they_are_for() {
    let mut wrong = Vec::new();
    for (name, _, text) in sources() {
        if !text.starts_with("//!") {
            wrong.push(format!("{name} does not say what it is for"));
        }
        if name.ends_with("/mod.rs") {
            wrong.push(format!("{name}: modules are name.rs and name/"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// CONTRIBUTING.md names the files to touch for each kind of addition, and they are where it says.
#[test]
fn the_files_that_contributing_names_exist() {
    let page = std::fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let chapters = ["operation", "tool", "kind of finding", "transport", "setting"];
    let named = regex_lite::Regex::new(r"`((?:src|crates|tests|examples|stress|fuzz|docs|benches)/[^`\s]+)`").unwrap();
    let mut wrong = Vec::new();
    for chapter in chapters {
        let Some((_, text)) = page
            .split_once(&format!("\n## Add a {chapter}\n"))
            .or_else(|| page.split_once(&format!("\n## Add an {chapter}\n")))
        else {
            wrong.push(format!("no chapter on adding a {chapter}"));
            continue;
        };
        let text = text.split("\n## ").next().unwrap();
        let files: Vec<String> = named.captures_iter(text).map(|found| found[1].to_owned()).collect();
        if files.is_empty() {
            wrong.push(format!("the chapter on adding a {chapter} names no file"));
        }
        // One of each kind stands for `<name>`.
        let example = match chapter {
            "transport" => "stdio",
            _ => "search_contacts",
        };
        wrong.extend(
            files
                .iter()
                .map(|file| file.replace("<name>", example))
                .filter(|file| !root().join(file).exists())
                .map(|file| format!("{file}, for a {chapter}, does not exist")),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Code that was written for 0.1 still names its types.
#[test]
#[expect(deprecated, reason = "the names of 0.1")]
fn types_of_0_1_keep_their_names() {
    use imbrace_contacts_mcp::{cleanup, context, ids};

    fn same<T: 'static, U: 'static>() {
        assert_eq!(std::any::TypeId::of::<T>(), std::any::TypeId::of::<U>());
    }
    same::<context::Place, context::GatewayTarget>();
    same::<context::Parts, context::ContextParts>();
    same::<ids::Handles, ids::ShortIds>();
    same::<ids::UnknownHandle, ids::UnknownShortId>();
    same::<tools::Answered, tools::ToolOutput>();
    same::<tools::Said, tools::CallOutcome>();
    same::<tools::Door, tools::Surface>();
    same::<tools::Withheld, tools::DisabledReason>();
    same::<tools::Offer, tools::ToolSet>();
    same::<cleanup::Home, cleanup::StateLocation>();
    same::<local_gateway::Crowd, local_gateway::ConcurrentEdits>();
    same::<local_gateway::CrowdError, local_gateway::ConcurrentEditsError>();
}
