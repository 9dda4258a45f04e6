//! What answers cost: the figures of the bench, held to the recorded table; and what several clients
//! would show a model of the same answer.

#[path = "../../benches/tokens/measure.rs"]
#[allow(dead_code)]
pub(crate) mod measure;
#[path = "../../benches/tokens/naive.rs"]
mod naive;
#[path = "../../benches/tokens/tasks.rs"]
mod tasks;

use serde_json::json;

use crate::harness::Harness;
use measure::Counter;

#[tokio::test]
async fn no_figure_has_grown_by_more_than_a_quarter() {
    let recorded = std::fs::read_to_string(measure::RECORDED).unwrap();
    let complaints = measure::complaints(&measure::all().await, &recorded);
    assert!(complaints.is_empty(), "{complaints:#?}");
}

/// The content of a `tools/call` result as clients put it before a model.
#[tokio::test]
async fn every_client_shows_the_same_data_at_nearly_the_same_price() {
    let counter = Counter::new();
    let desk = Harness::new().await;
    for (tool, arguments) in [
        ("list_contacts", json!({ "limit": 10 })),
        ("list_contacts", json!({ "limit": 50, "skip": 10 })),
        ("search_contacts", json!({ "query": "nguyen" })),
        ("list_notifications", json!({})),
    ] {
        let text = desk.call(tool, arguments).await;
        let plain = counter.count(&text);
        let result = json!({ "content": [{ "type": "text", "text": text }], "isError": false });
        // Claude Code and Gemini CLI show the text of each block; Copilot shows the text and, where there is any, the
        // structured content, of which a text answer has none.
        assert!(result.get("structuredContent").is_none());
        // Codex puts the blocks before the model as JSON.
        let escaped = result["content"].to_string();
        let decoded: serde_json::Value = serde_json::from_str(&escaped).unwrap();
        assert_eq!(decoded[0]["text"], text);
        let around = counter.count(&json!([{ "type": "text", "text": "" }]).to_string());
        let ratio = (counter.count(&escaped) - around) / plain;
        assert!(ratio <= 1.05, "{tool}: {ratio:.3} times the tokens as JSON");
    }
}

#[test]
fn definitions_and_instructions_keep_to_their_budgets() {
    let mut figures = Vec::new();
    measure::tool_list(&Counter::new(), &mut figures);
    assert!(figures.len() >= 6);
    let over = figures.iter().filter(|figure| figure.value > figure.goal.unwrap());
    let over: Vec<String> = over.map(|figure| format!("{}: {}", figure.what, figure.value)).collect();
    assert!(over.is_empty(), "{over:?}");
}
