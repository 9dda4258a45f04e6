//! Files that belong together by name, and rules about every file. The borders between crates are kept by rustc.

use std::collections::{BTreeMap, BTreeSet};
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

const CRATES: [&str; 5] =
    ["src", "crates/client/src", "crates/cleanup/src", "crates/local-gateway/src", "crates/store/src"];

/// Every source file with its path below its crate's `src` and its top-level module.
fn sources() -> Vec<(String, String, String)> {
    let described = |source: &Path, path: PathBuf| {
        let name = path.strip_prefix(source).unwrap().to_str().unwrap().to_owned();
        let module = name.split(['/', '.']).next().unwrap().to_owned();
        (name, module, std::fs::read_to_string(path).unwrap())
    };
    let crates = CRATES.map(|source| root().join(source));
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
        // What stands for `<name>`: every operation, every tool, and the transports that have a file of their own.
        let names: Vec<&str> = match chapter {
            "operation" => operations::catalog().iter().map(|operation| operation.name).collect(),
            "tool" => tools::catalog().iter().map(|entry| entry.name).collect(),
            _ => vec!["stdio", "http", "sse"],
        };
        let named = files.iter().flat_map(|file| names.iter().map(|name| file.replace("<name>", name)));
        let missing: BTreeSet<String> = named.filter(|file| !root().join(file).exists()).collect();
        wrong.extend(missing.into_iter().map(|file| format!("{file}, for a {chapter}, does not exist")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The state of the cleanup engine can be kept by another engine than SQLite: only the layer's own file for SQLite names it.
#[test]
fn sqlite_is_named_behind_the_layer_only() {
    let names_sqlite = |folder: &str| {
        let files = rust_files(&root().join(folder)).into_iter();
        let named =
            files.filter(|file| code(&std::fs::read_to_string(file).unwrap()).any(|line| line.contains("rusqlite")));
        let stem = |file: PathBuf| file.strip_prefix(root().join(folder)).unwrap().to_str().unwrap().to_owned();
        named.map(stem).collect::<Vec<_>>()
    };
    assert_eq!(names_sqlite("crates/cleanup/src"), [""; 0]);
    assert_eq!(names_sqlite("crates/store/src/sql"), ["sqlite.rs"]);
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

/// The modules at the crate's root that a file names: behind `crate::`, and behind as many `super::` as lead there.
fn root_modules(text: &str, depth: usize) -> BTreeSet<String> {
    let text: String = code(text.split("#[cfg(test)]\nmod ").next().unwrap()).map(|line| format!("{line}\n")).collect();
    let path = regex_lite::Regex::new(r"\b(crate::|(?:super::)+)(\w+|\{)").unwrap();
    let mut names = BTreeSet::new();
    for found in path.captures_iter(&text) {
        let (start, first) = (&found[1], &found[2]);
        if start != "crate::" && start.matches("super::").count() != depth {
            continue;
        }
        if first != "{" {
            names.insert(first.to_owned());
            continue;
        }
        // `{a::b, c::{d, e}}`: the names at the outermost level.
        let (mut level, mut begins) = (0, true);
        for word in regex_lite::Regex::new(r"\w+|[{},]|::").unwrap().find_iter(&text[found.get(2).unwrap().start()..]) {
            match word.as_str() {
                "{" => level += 1,
                "}" => level -= 1,
                "," => begins = level == 1,
                "::" => {}
                name if level == 1 && begins => {
                    names.insert(name.to_owned());
                    begins = false;
                }
                _ => {}
            }
            if level == 0 {
                break;
            }
        }
    }
    names
}

/// The modules that the front door of a crate takes names from, by name: `crate::Filter` is `crate::filter`.
fn front_door(lib: &str) -> BTreeMap<String, String> {
    let reexport = regex_lite::Regex::new(r"pub(?:\(crate\))? use (\w+)::(?:\w+::)*(\w+|\{[^}]*\})").unwrap();
    let word = regex_lite::Regex::new(r"\w+").unwrap();
    let mut modules = BTreeMap::new();
    for found in reexport.captures_iter(lib) {
        modules.extend(word.find_iter(&found[2]).map(|name| (name.as_str().to_owned(), found[1].to_owned())));
    }
    modules
}

/// The modules of a graph that are on a cycle or between two cycles, each with those that it uses among them.
fn cyclic(mut uses: BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, BTreeSet<String>> {
    loop {
        let used: BTreeSet<String> = uses.values().flatten().cloned().collect();
        let before = uses.len();
        uses.retain(|module, others| !others.is_empty() && used.contains(module));
        let left: BTreeSet<String> = uses.keys().cloned().collect();
        uses.values_mut().for_each(|others| others.retain(|other| left.contains(other)));
        if uses.len() == before {
            return uses;
        }
    }
}

/// rustc keeps the arrows between crates one-way, and this keeps those between the modules of a crate so.
#[test]
fn modules_of_a_crate_do_not_use_each_other_in_a_circle() {
    let mut wrong = BTreeMap::new();
    for source in CRATES {
        let source = root().join(source);
        let front_door = front_door(&std::fs::read_to_string(source.join("lib.rs")).unwrap());
        let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for path in rust_files(&source) {
            let name = path.strip_prefix(&source).unwrap().with_extension("");
            let parts: Vec<&str> = name.iter().map(|part| part.to_str().unwrap()).collect();
            if matches!(parts[..], ["lib" | "main"]) || parts.ends_with(&["tests"]) {
                continue;
            }
            let named = root_modules(&std::fs::read_to_string(&path).unwrap(), parts.len());
            let named = named.into_iter().map(|name| front_door.get(&name).cloned().unwrap_or(name));
            uses.entry(parts[0].to_owned()).or_default().extend(named.filter(|name| name != parts[0]));
        }
        let modules: BTreeSet<String> = uses.keys().cloned().collect();
        uses.values_mut().for_each(|others| others.retain(|other| modules.contains(other)));
        assert!(uses.values().any(|others| !others.is_empty()), "nothing is found in {}", source.display());
        wrong.extend(cyclic(uses).into_iter().map(|(module, others)| ((source.clone(), module), others)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn circles_of_modules_are_found() {
    let of = |module: &str, text: &str| (module.to_owned(), root_modules(text, 1));
    let one = of("one", "use crate::{two::{A, B}, three};\n// use crate::four;\nfn f(_: super::five::C) {}\n");
    assert_eq!(one.1, ["five", "three", "two"].map(str::to_owned).into());
    assert_eq!(root_modules("use super::two::A;\nuse super::super::three;", 2), ["three".to_owned()].into());
    let (two, three) = (of("two", "use crate::three;"), of("three", "use crate::one::D;\nuse crate::two;"));
    let found = cyclic([of("zero", "use crate::one;"), of("four", ""), one, two, three].into());
    assert_eq!(found.into_keys().collect::<Vec<_>>(), ["one", "three", "two"]);
    assert_eq!(front_door("pub use filter::{Filter, FilterError};")["Filter"], "filter");
}

/// The steps of CONTRIBUTING.md are those that every operation and every tool took: each place that is to have a line for it has one.
#[test]
fn every_operation_and_tool_stands_where_contributing_says() {
    let page = std::fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let text = |file: &str| {
        assert!(page.contains(&format!("`{file}`")), "CONTRIBUTING.md does not name {file}");
        std::fs::read_to_string(root().join(file)).unwrap()
    };
    let (operation_list, routes) =
        (text("crates/client/src/gateway/operations.rs"), text("crates/local-gateway/src/router/routes.rs"));
    let (wire, tool_list) = (text("tests/it/gateway/wire.rs"), text("src/tools.rs"));
    let camel = |name: &str| -> String {
        let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
        name.split('_').map(capital).collect()
    };
    let mut wrong = Vec::new();
    for operation in operations::catalog() {
        let name = operation.name;
        let places = [
            (&operation_list, format!("mod {name};")),
            (&operation_list, format!("Entry::of::<{}>()", camel(name))),
            (&routes, format!("Route::of::<of::{}>(", camel(name))),
            (&wire, format!("async fn {name}()")),
        ];
        wrong.extend(places.into_iter().filter(|(text, line)| !text.contains(line)).map(|(_, line)| line));
    }
    for entry in tools::catalog() {
        let name = entry.name;
        let places = [format!("mod {name};"), format!("Entry::of::<{name}::{}>()", camel(name))];
        wrong.extend(places.into_iter().filter(|line| !tool_list.contains(line)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
