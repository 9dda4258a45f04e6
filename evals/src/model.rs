//! A model at work on a job: behind a command, or behind an endpoint of OpenAI's or Anthropic's shape.
//!
//! A conversation is kept in our own form and put into each one's when it is sent. No key is ever printed.

use std::process::Stdio;

use anyhow::{Context as _, bail, ensure};
use rmcp::model::Tool;
use serde_json::{Map, Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::job::Job;
use crate::table::Cost;
use crate::world::World;

/// Tokens that one turn of a model may have.
const MOST_TOKENS: u64 = 4_096;

/// Where a model is.
#[derive(Debug, Clone)]
pub enum Model {
    /// A command that gets a turn as JSON on stdin (`instructions`, `tools`, `turns`) and answers on stdout with
    /// `{"text": …}` or `{"calls": [{"tool": …, "arguments": {…}}]}`.
    Command(String),
    /// An endpoint of OpenAI's shape, `POST URL/chat/completions`.
    OpenAi(Endpoint),
    /// An endpoint of Anthropic's shape, `POST URL/v1/messages`.
    Anthropic(Endpoint),
}

/// Where an endpoint is, and what it is asked for.
#[derive(Clone)]
pub struct Endpoint {
    /// Its address, without the path above.
    pub url: String,
    /// The model's name.
    pub model: String,
    /// The key; empty where none is needed.
    pub key: String,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Endpoint").field("url", &self.url).field("model", &self.model).finish_non_exhaustive()
    }
}

/// A turn of a conversation.
enum Turn {
    /// What the colleague says.
    Said(String),
    /// What the model called.
    Called(Vec<Request>),
    /// What came back, in the order of the calls.
    Answered(Vec<(String, String, bool)>),
}

/// A call that a model wants.
#[derive(Debug, Clone, PartialEq)]
struct Request {
    id: String,
    tool: String,
    arguments: Map<String, Value>,
}

/// What a model said.
#[derive(Debug, PartialEq)]
enum Reply {
    Text(String),
    Calls(Vec<Request>),
}

/// Lets a model do a job. What it cost, and its last words.
pub async fn work(model: &Model, job: &Job, world: &World, most_calls: usize) -> anyhow::Result<(Cost, String)> {
    let (tools, instructions) = (world.tools().await?, world.instructions());
    let mut turns = vec![Turn::Said(job.sentence.clone())];
    let mut cost = Cost::default();
    loop {
        match model.reply(&instructions, &tools, &turns).await? {
            Reply::Text(text) => return Ok((cost, text)),
            Reply::Calls(calls) => {
                let mut answers = Vec::with_capacity(calls.len());
                for call in &calls {
                    ensure!(cost.calls < most_calls, "more than {most_calls} calls");
                    let answer = world.call(&call.tool, call.arguments.clone()).await?;
                    cost.add(&call.tool, &call.arguments, &answer, false);
                    answers.push((call.id.clone(), answer.text, answer.is_error));
                }
                turns.extend([Turn::Called(calls), Turn::Answered(answers)]);
            }
        }
    }
}

impl Model {
    async fn reply(&self, instructions: &str, tools: &[Tool], turns: &[Turn]) -> anyhow::Result<Reply> {
        match self {
            Self::Command(command) => {
                let question = json!({ "instructions": instructions, "tools": tools, "turns": plain_turns(turns) });
                let answer = run(command, &question.to_string()).await?;
                plain_reply(&serde_json::from_str(&answer).context("the command did not answer in JSON")?)
            }
            Self::OpenAi(endpoint) => {
                let tools: Vec<Value> = tools
                    .iter()
                    .map(|tool| {
                        json!({ "type": "function", "function": {
                    "name": tool.name, "description": tool.description, "parameters": *tool.input_schema } })
                    })
                    .collect();
                let messages = openai_messages(instructions, turns);
                let body = json!({ "model": endpoint.model, "messages": messages, "tools": tools });
                openai_reply(&endpoint.post("chat/completions", &body, |request, key| request.bearer_auth(key)).await?)
            }
            Self::Anthropic(endpoint) => {
                let tools: Vec<Value> = tools
                    .iter()
                    .map(|tool| {
                        json!({
                    "name": tool.name, "description": tool.description, "input_schema": *tool.input_schema })
                    })
                    .collect();
                let body = json!({ "model": endpoint.model, "max_tokens": MOST_TOKENS, "system": instructions,
                    "messages": anthropic_messages(turns), "tools": tools });
                let with_key = |request: reqwest::RequestBuilder, key: &str| {
                    request.header("x-api-key", key).header("anthropic-version", "2023-06-01")
                };
                anthropic_reply(&endpoint.post("v1/messages", &body, with_key).await?)
            }
        }
    }
}

impl Endpoint {
    async fn post(
        &self,
        path: &str,
        body: &Value,
        with_key: impl FnOnce(reqwest::RequestBuilder, &str) -> reqwest::RequestBuilder,
    ) -> anyhow::Result<Value> {
        // The program has no other use for TLS; a second choice of the same provider is no error.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let request = reqwest::Client::new().post(format!("{}/{path}", self.url.trim_end_matches('/'))).json(body);
        let response = with_key(request, &self.key).send().await.context("the model's endpoint does not answer")?;
        let status = response.status();
        let text = response.text().await?;
        ensure!(
            status.is_success(),
            "the model's endpoint answered {status}: {}",
            text.chars().take(300).collect::<String>()
        );
        serde_json::from_str(&text).context("the model's endpoint did not answer in JSON")
    }
}

async fn run(command: &str, input: &str) -> anyhow::Result<String> {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = shell.spawn().context("the command does not start")?;
    let mut stdin = child.stdin.take().context("the command has no input")?;
    // A command that answers without reading everything is no error.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = child.wait_with_output().await?;
    ensure!(output.status.success(), "the command ended with {}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

fn request(id: &Value, tool: &Value, arguments: Value) -> anyhow::Result<Request> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let arguments = match arguments {
        Value::Object(arguments) => arguments,
        Value::String(text) if text.trim().is_empty() => Map::new(),
        Value::String(text) => serde_json::from_str(&text).context("a call has arguments that are no JSON object")?,
        Value::Null => Map::new(),
        other => bail!("a call has arguments that are no object: {other}"),
    };
    Ok(Request { id: text(id), tool: text(tool), arguments })
}

fn plain_turns(turns: &[Turn]) -> Vec<Value> {
    let turn = |turn: &Turn| match turn {
        Turn::Said(text) => json!({ "said": text }),
        Turn::Called(calls) => {
            json!({ "calls": calls.iter().map(|call| json!({ "tool": call.tool, "arguments": call.arguments })).collect::<Vec<_>>() })
        }
        Turn::Answered(answers) => {
            json!({ "answers": answers.iter().map(|(_, text, is_error)| json!({ "text": text, "is_error": is_error })).collect::<Vec<_>>() })
        }
    };
    turns.iter().map(turn).collect()
}

fn plain_reply(reply: &Value) -> anyhow::Result<Reply> {
    if let Some(calls) = reply.get("calls").and_then(Value::as_array).filter(|calls| !calls.is_empty()) {
        let one = |call: &Value| {
            let field = |name: &str| call.get(name).cloned().unwrap_or_default();
            request(&Value::Null, &field("tool"), field("arguments"))
        };
        return Ok(Reply::Calls(calls.iter().map(one).collect::<anyhow::Result<_>>()?));
    }
    let text = reply.get("text").and_then(Value::as_str).context("the command answered neither `text` nor `calls`")?;
    Ok(Reply::Text(text.to_owned()))
}

fn openai_messages(instructions: &str, turns: &[Turn]) -> Vec<Value> {
    let mut messages = vec![json!({ "role": "system", "content": instructions })];
    for turn in turns {
        match turn {
            Turn::Said(text) => messages.push(json!({ "role": "user", "content": text })),
            Turn::Called(calls) => {
                let calls: Vec<Value> = calls
                    .iter()
                    .map(|call| {
                        json!({ "id": call.id, "type": "function", "function": {
                    "name": call.tool, "arguments": Value::Object(call.arguments.clone()).to_string() } })
                    })
                    .collect();
                messages.push(json!({ "role": "assistant", "content": null, "tool_calls": calls }));
            }
            Turn::Answered(answers) => messages.extend(
                answers.iter().map(|(id, text, _)| json!({ "role": "tool", "tool_call_id": id, "content": text })),
            ),
        }
    }
    messages
}

fn openai_reply(answer: &Value) -> anyhow::Result<Reply> {
    let message = answer.pointer("/choices/0/message").context("the endpoint answered without a message")?;
    if let Some(calls) = message.get("tool_calls").and_then(Value::as_array).filter(|calls| !calls.is_empty()) {
        let one = |call: &Value| {
            let at = |path: &str| call.pointer(path).cloned().unwrap_or_default();
            request(&at("/id"), &at("/function/name"), at("/function/arguments"))
        };
        return Ok(Reply::Calls(calls.iter().map(one).collect::<anyhow::Result<_>>()?));
    }
    Ok(Reply::Text(message.get("content").and_then(Value::as_str).unwrap_or_default().to_owned()))
}

fn anthropic_messages(turns: &[Turn]) -> Vec<Value> {
    let message = |turn: &Turn| match turn {
        Turn::Said(text) => json!({ "role": "user", "content": text }),
        Turn::Called(calls) => json!({ "role": "assistant", "content": calls.iter().map(|call| json!({
            "type": "tool_use", "id": call.id, "name": call.tool, "input": call.arguments })).collect::<Vec<_>>() }),
        Turn::Answered(answers) => json!({ "role": "user", "content": answers.iter().map(|(id, text, is_error)| json!({
            "type": "tool_result", "tool_use_id": id, "content": text, "is_error": is_error })).collect::<Vec<_>>() }),
    };
    turns.iter().map(message).collect()
}

fn anthropic_reply(answer: &Value) -> anyhow::Result<Reply> {
    let blocks = answer.get("content").and_then(Value::as_array).context("the endpoint answered without content")?;
    let (mut calls, mut text) = (Vec::new(), String::new());
    for block in blocks {
        let field = |name: &str| block.get(name).cloned().unwrap_or_default();
        match block.get("type").and_then(Value::as_str) {
            Some("tool_use") => calls.push(request(&field("id"), &field("name"), field("input"))?),
            Some("text") => text.push_str(block.get("text").and_then(Value::as_str).unwrap_or_default()),
            _ => {}
        }
    }
    Ok(if calls.is_empty() { Reply::Text(text) } else { Reply::Calls(calls) })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::Json;
    use axum::routing::post;
    use serde_json::{Value, json};

    use super::{Endpoint, Model, Reply, Turn};

    /// An endpoint that plays these answers and keeps what it was asked.
    async fn endpoint(path: &'static str, answers: Vec<Value>) -> (Endpoint, Arc<Mutex<Vec<Value>>>) {
        let asked: Arc<Mutex<Vec<Value>>> = Arc::default();
        let kept = Arc::clone(&asked);
        let answer = move |Json(body): Json<Value>| {
            let mut asked = kept.lock().unwrap();
            asked.push(body);
            let answer = answers[(asked.len() - 1).min(answers.len() - 1)].clone();
            async move { Json(answer) }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, axum::Router::new().route(path, post(answer))).await });
        (Endpoint { url, model: "synthetic".to_owned(), key: "synthetic-key".to_owned() }, asked)
    }

    /// Two turns of a model that calls a tool and then says something.
    async fn talk(model: &Model) -> String {
        let said = Turn::Said("Who is Ann?".to_owned());
        let Reply::Calls(calls) = model.reply("Be brief.", &[], &[said]).await.unwrap() else { panic!("a call") };
        assert_eq!((calls[0].tool.as_str(), &calls[0].arguments["query"]), ("search_contacts", &json!("ann")));
        let answered = Turn::Answered(vec![(calls[0].id.clone(), "# no contact".to_owned(), false)]);
        let turns = [Turn::Said("Who is Ann?".to_owned()), Turn::Called(calls), answered];
        match model.reply("Be brief.", &[], &turns).await.unwrap() {
            Reply::Text(text) => text,
            Reply::Calls(calls) => panic!("{calls:?}"),
        }
    }

    #[tokio::test]
    async fn a_model_behind_an_endpoint_of_openais_shape_calls_and_answers() {
        let call = json!({ "id": "c1", "type": "function", "function": { "name": "search_contacts", "arguments": "{\"query\":\"ann\"}" } });
        let answers = vec![
            json!({ "choices": [{ "message": { "content": null, "tool_calls": [call] } }] }),
            json!({ "choices": [{ "message": { "content": "Nobody." } }] }),
        ];
        let (endpoint, asked) = endpoint("/chat/completions", answers).await;
        assert_eq!(talk(&Model::OpenAi(endpoint)).await, "Nobody.");
        let last = asked.lock().unwrap().pop().unwrap();
        assert_eq!(last["messages"][3], json!({ "role": "tool", "tool_call_id": "c1", "content": "# no contact" }));
    }

    #[tokio::test]
    async fn a_model_behind_an_endpoint_of_anthropics_shape_calls_and_answers() {
        let answers = vec![
            json!({ "content": [{ "type": "text", "text": "I look." },
                { "type": "tool_use", "id": "t1", "name": "search_contacts", "input": { "query": "ann" } }] }),
            json!({ "content": [{ "type": "text", "text": "Nobody." }] }),
        ];
        let (endpoint, asked) = endpoint("/v1/messages", answers).await;
        assert_eq!(talk(&Model::Anthropic(endpoint)).await, "Nobody.");
        let last = asked.lock().unwrap().pop().unwrap();
        assert_eq!(last["messages"][2]["content"][0]["tool_use_id"], "t1");
    }

    #[tokio::test]
    async fn a_model_behind_a_command_calls_and_answers() {
        let command = r#"if grep -q answers; then echo '{"text":"Nobody."}'; else echo '{"calls":[{"tool":"search_contacts","arguments":{"query":"ann"}}]}'; fi"#;
        assert_eq!(talk(&Model::Command(command.to_owned())).await, "Nobody.");
    }

    #[tokio::test]
    async fn an_endpoint_that_refuses_is_an_error_without_the_key() {
        let (endpoint, _) = endpoint("/v1/messages", vec![json!({})]).await;
        let other = Endpoint { url: format!("{}/elsewhere", endpoint.url), ..endpoint };
        let error = Model::OpenAi(other).reply("", &[], &[]).await.unwrap_err().to_string();
        assert!(error.contains("404") && !error.contains("synthetic-key"), "{error}");
    }
}
