//! A contact before it is saved: the matcher and the findings of the list judge it as they would inside of it.

use imbrace_contacts_mcp::cleanup::{CleanupError, DuplicatesRequest, Subject};
use serde_json::{Value, json};

use super::TestWorkspace;

/// The fields of a contact of the list.
fn fields_of(bench: &TestWorkspace, id: &str) -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(&bench.gateway.contact_json(id).unwrap().unwrap()).unwrap();
    let text = |name: &&str| document[*name].as_str().map(|value| ((*name).to_owned(), value.to_owned()));
    Subject::FIELDS.iter().filter_map(text).collect()
}

#[tokio::test]
async fn who_is_in_the_list_gets_the_scores_that_the_list_gives() {
    let bench = TestWorkspace::with(2_000).await;
    bench.sync(false).await;
    let all = DuplicatesRequest { limit: usize::MAX, ..DuplicatesRequest::default() };
    let report = bench.workspace.duplicates(all).await.unwrap();
    let pairs: Vec<_> = report.clusters.iter().flat_map(|cluster| &cluster.pairs).take(60).collect();
    assert!(pairs.len() > 20);
    for pair in pairs {
        let checked = bench.workspace.check(fields_of(&bench, &pair.ids.0)).await.unwrap();
        let found = checked.candidates.iter().find(|candidate| candidate.contact == pair.ids.1);
        let found = found.unwrap_or_else(|| panic!("{pair:?} is not found: {:?}", checked.candidates));
        assert_eq!(found.pattern, pair.pattern);
        assert!((found.score - pair.score).abs() < 1e-6 || found.score <= 0.94, "{found:?} {pair:?}");
        assert!(
            checked.candidates.iter().all(|candidate| candidate.contact != pair.ids.0),
            "nobody is a duplicate of itself"
        );
    }
}

#[tokio::test]
async fn who_could_be_either_of_two_people_is_surely_neither() {
    let bench = TestWorkspace::with(60).await;
    let ids = bench.ids(2);
    let twin = |first: &str, birthday: &str| {
        json!({ "display_name": format!("{first} Example"), "first_name": first, "last_name": "Example",
            "email": "example.family@example.com", "area_code": "852", "phone_number": "55500101", "birthday": birthday })
    };
    bench.edit(&ids[0], twin("Mei", "1990-04-03"));
    bench.edit(&ids[1], twin("Ling", "1985-01-09"));
    bench.sync(true).await;
    let fields = [("email", "example.family@example.com"), ("phone", "85255500101"), ("last_name", "Example")];
    let fields = fields.map(|(field, value)| (field.to_owned(), value.to_owned())).to_vec();
    let checked = bench.workspace.check(fields).await.unwrap();
    let found: Vec<&str> = checked.candidates.iter().map(|candidate| candidate.contact.as_str()).collect();
    assert!(found.contains(&ids[0].as_str()) && found.contains(&ids[1].as_str()), "{checked:?}");
    assert!(checked.candidates.iter().all(|candidate| !candidate.is_sure), "{checked:?}");
}

#[tokio::test]
async fn nothing_is_said_before_the_list_was_read() {
    let bench = TestWorkspace::with(20).await;
    let error = bench.workspace.check(vec![("name".to_owned(), "Mei".to_owned())]).await.unwrap_err();
    assert!(matches!(error, CleanupError::NoSnapshot), "{error}");
}
