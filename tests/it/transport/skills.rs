//! Skills: the served texts are the files, and every tool and argument that a skill or a prompt names exists.

use std::collections::BTreeMap;
use std::path::Path;

use imbrace_contacts_mcp::cleanup::findings::Kind;
use imbrace_contacts_mcp::cleanup::{Field, Filter};
use imbrace_contacts_mcp::mcp::Server;
use imbrace_contacts_mcp::tools::Selection;
use imbrace_contacts_mcp::transport::http::Options;
use serde_json::{Value, json};

use super::server::{self, TestServer};
use crate::harness::{Harness, Wishes};

async fn open(selection: Selection) -> (Harness, TestServer) {
    let desk = Harness::with(Wishes { contacts: 12, selection, ..Wishes::default() }).await;
    let server = TestServer::of(Server::new(desk.toolbox.clone()), Options::default()).await;
    (desk, server)
}

async fn ask(server: &TestServer, method: &str, params: Value) -> Value {
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    server::json(server.post(message.to_string()).send().await.unwrap()).await
}

/// The text of each skill by its name: what stands in the files.
fn files() -> BTreeMap<String, String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("skills");
    let folders = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let file = |folder: std::path::PathBuf| {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(folder.join("SKILL.md")).unwrap())
    };
    folders.map(file).collect()
}

#[tokio::test]
async fn what_is_served_is_what_stands_in_the_files() {
    let (_desk, server) = open(Selection::default()).await;
    let files = files();
    assert_eq!(files.len(), 2);
    let listed = ask(&server, "skills/list", json!({})).await;
    let skills = listed["result"]["skills"].as_array().unwrap();
    assert_eq!(skills.len(), files.len(), "{listed}");
    let resources = ask(&server, "resources/list", json!({})).await;
    for skill in skills {
        let (matter, uri) = (&skill["frontmatter"], skill["uri"].as_str().unwrap());
        let name = matter["name"].as_str().unwrap();
        let text = &files[name];
        assert_eq!(uri, format!("skill://{name}/SKILL.md"));
        let description = matter["description"].as_str().unwrap();
        assert!(text.starts_with(&format!("---\nname: {name}\ndescription: {description}\n---\n")), "{matter}");
        assert!((40..1024).contains(&description.len()) && !description.contains(": "), "{description}");
        let got = ask(&server, "skills/get", json!({ "uri": uri })).await;
        assert_eq!(&got["result"]["skill"], skill);
        let read = ask(&server, "resources/read", json!({ "uri": uri })).await;
        let content = &read["result"]["contents"][0];
        assert_eq!((content["text"].as_str(), &content["mimeType"]), (Some(text.as_str()), &json!("text/markdown")));
        assert_eq!(skill["resources"][0]["size"], text.len());
        assert!(resources["result"]["resources"].as_array().unwrap().iter().any(|found| found["uri"] == uri));
    }
    let unknown = ask(&server, "skills/get", json!({ "uri": "skill://nobody/SKILL.md" })).await;
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
    assert!(unknown["error"]["message"].as_str().unwrap().contains("There is no skill"), "{unknown}");
}

#[tokio::test]
async fn a_skill_is_offered_with_its_tools_and_the_extension_with_a_skill() {
    let names = async |selection: Selection| {
        let (_desk, server) = open(selection).await;
        let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" } });
        let capabilities = ask(&server, "initialize", params).await["result"]["capabilities"].clone();
        let is_declared = capabilities["extensions"]["io.modelcontextprotocol/skills"].is_object();
        let listed = ask(&server, "skills/list", json!({})).await;
        let skills = listed["result"]["skills"].as_array().cloned();
        assert_eq!(skills.is_some(), is_declared, "{capabilities}");
        let name = |skill: &Value| skill["frontmatter"]["name"].as_str().unwrap().to_owned();
        skills.iter().flatten().map(name).collect::<Vec<String>>()
    };
    assert_eq!(names(Selection::default()).await, ["clean-contacts", "find-contacts"]);
    assert_eq!(names(Selection { read_only: true, ..Selection::default() }).await, ["find-contacts"]);
    let only = Some(vec!["list_contacts".to_owned()]);
    assert!(names(Selection { names: only, ..Selection::default() }).await.is_empty());
}

/// The arguments of each tool.
fn arguments(desk: &Harness) -> BTreeMap<&'static str, Vec<String>> {
    let of =
        |schema: serde_json::Map<String, Value>| schema["properties"].as_object().unwrap().keys().cloned().collect();
    desk.toolbox.entries().iter().map(|entry| (entry.name, of(entry.schema()))).collect()
}

/// Checks every tool, argument and filter that a line of guidance names.
fn check(tools: &BTreeMap<&str, Vec<String>>, line: &str) -> usize {
    let mut named: Vec<&str> = Vec::new();
    let mut checked = 0;
    let mut unquoted = String::new();
    for (place, part) in line.split('"').enumerate() {
        if place % 2 == 0 {
            unquoted.push_str(part);
        } else if unquoted.ends_with("filter=") || unquoted.ends_with("protect=") {
            Filter::parse(part).unwrap_or_else(|error| panic!("{part}: {error}"));
            checked += 1;
        }
    }
    for word in unquoted.split(|letter: char| letter.is_whitespace() || "`(),;".contains(letter)) {
        let word = word.trim_end_matches(['.', ':']);
        let is_kind = |word: &str| Kind::ALL.iter().any(|kind| kind.name() == word);
        let is_name =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        match word.split_once('=') {
            Some((argument, _)) if is_name(argument) => {
                let has = |tool: &&&str| tools[**tool].iter().any(|known| known == argument);
                assert!(named.iter().any(|tool| has(&tool)), "{argument} is no argument of {named:?}: {line}");
                checked += 1;
            }
            None if is_name(word) && word.contains('_') => match tools.get_key_value(word) {
                Some((tool, _)) => named.push(tool),
                None => assert!(Field::named(word).is_some() || is_kind(word), "{word} is no tool: {line}"),
            },
            _ => {}
        }
    }
    checked
}

#[tokio::test]
async fn every_tool_and_argument_that_guidance_names_exists() {
    let (desk, server) = open(Selection::default()).await;
    let tools = arguments(&desk);
    for (name, text) in files() {
        // A following line may go on about the tool of the line before only where it names it.
        let checked: usize = text.lines().map(|line| check(&tools, line)).sum();
        assert!(checked > 10, "{name}: {checked}");
    }
    for (prompt, arguments) in [
        ("clean_contacts", json!({})),
        ("clean_contacts", json!({ "kinds": "phone_form" })),
        ("find_duplicates", json!({})),
        ("find_duplicates", json!({ "channel": "line,web" })),
        ("find_duplicates", json!({ "channel_type": "line" })),
    ] {
        let got = ask(&server, "prompts/get", json!({ "name": prompt, "arguments": arguments })).await;
        let text = got["result"]["messages"][0]["content"]["text"].as_str().unwrap();
        let checked = check(&tools, text);
        assert!(checked >= 1, "{text}");
        let is_narrowed = arguments.as_object().unwrap().keys().any(|name| name.starts_with("channel"));
        assert_eq!(text.matches("filter=\"channel in (line").count(), if is_narrowed { 3 } else { 0 }, "{text}");
    }
    let listed = ask(&server, "prompts/list", json!({})).await;
    let of = |prompt: &Value| prompt["arguments"][0]["name"].as_str().unwrap().to_owned();
    let names: Vec<String> = listed["result"]["prompts"].as_array().unwrap().iter().map(of).collect();
    assert_eq!(names, ["kinds", "channel"]);
    assert!(tools["audit_contacts"].contains(&"kinds".to_owned()) && Field::named("channel").is_some());
    let refused = std::panic::catch_unwind(|| check(&tools, "`plan_cleanup merge=link colour=red`"));
    assert!(refused.is_err(), "the check finds what does not exist");
}
