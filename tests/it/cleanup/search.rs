//! Search in the snapshot: the person is found whatever the form, and few others are.

use imbrace_contacts_mcp::cleanup::{Closeness, SearchQuery};
use serde_json::{Value, json};

use super::TestWorkspace;

/// Contacts with these fields, one a contact, in a snapshot; their ids.
async fn holding(fields: &[Value]) -> (TestWorkspace, Vec<String>) {
    let bench = TestWorkspace::with(fields.len() + 20).await;
    let ids = bench.ids(fields.len());
    let blank = json!({
        "display_name": "", "first_name": "", "last_name": "", "email": "", "area_code": "", "phone_number": "",
        "company_name": "", "remark": "", "whatsapp_id": "", "line_id": "", "time_zone": "", "language": "",
    });
    for (id, fields) in ids.iter().zip(fields) {
        let mut all = blank.clone();
        all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        bench.edit(id, all);
    }
    bench.sync(false).await;
    (bench, ids)
}

/// The ids that a search finds with the field that matched, the best first.
async fn found(bench: &TestWorkspace, text: &str) -> Vec<(String, &'static str)> {
    let report = bench.workspace.search(SearchQuery::new(text)).await.unwrap();
    assert!(report.found.is_sorted_by_key(|found| found.matched.closeness), "{text}");
    let is_sure = report.found.iter().any(|found| found.matched.is_sure());
    let found = report.found.into_iter().filter(|found| !is_sure || found.matched.closeness == Closeness::Whole);
    found.map(|found| (found.id, found.matched.field)).collect()
}

#[tokio::test]
async fn a_person_is_found_in_any_form_and_the_field_is_named() {
    let people = [
        json!({ "display_name": "Nguyễn Thị Lan", "phone_number": "0938 471 605", "area_code": "84", "email": "Lan.Nguyen@example.com" }),
        json!({ "display_name": "陳大文", "company_name": "Acme 國際 Ltd", "line_id": "U12ab34cd" }),
        json!({ "display_name": "Łukasz Żółć", "remark": "prefers ｅ－ｍａｉｌ; code RX-55", "whatsapp_id": "85255500101" }),
        json!({ "display_name": "Иван Петров", "first_name": "Иван", "last_name": "Петров" }),
        json!({ "display_name": "佐藤 健" }),
        json!({ "display_name": "Chan Siu Ming", "email": "siuming@merlin.example" }),
    ];
    let (bench, ids) = holding(&people).await;
    for (text, who, field) in [
        ("nguyen thi lan", 0, "name"),
        ("NGUYỄN", 0, "name"),
        ("lan nguyen", 0, "name"),
        ("ｎｇｕｙｅｎ ｔｈｉ", 0, "name"),
        ("0938471605", 0, "phone"),
        ("0938 471 605", 0, "phone"),
        ("+84938471605", 0, "phone"),
        ("+84 (0)938 471 605", 0, "phone"),
        ("84938471605", 0, "phone"),
        ("0084 938-471-605", 0, "phone"),
        ("471 605", 0, "phone"),
        ("lan.nguyen@EXAMPLE.com", 0, "email"),
        ("lan.nguyen", 0, "email"),
        ("陳大文", 1, "name"),
        ("陈大文", 1, "name"),
        ("大文", 1, "name"),
        ("chan tai man", 1, "name"),
        ("Chen Dawen", 1, "name"),
        ("acme", 1, "company"),
        ("国際", 1, ""),
        ("u12AB34cd", 1, "line_id"),
        ("lukasz zolc", 2, "name"),
        ("rx-55", 2, "remark"),
        ("e-mail", 2, "remark"),
        ("5550 0101", 2, "whatsapp_id"),
        ("+852 5550 0101", 2, "whatsapp_id"),
        ("ivan petrov", 3, "name"),
        ("ПЕТРОВ", 3, "name"),
        ("sato ken", 4, "name"),
        ("merlin", 5, "email"),
        ("陳小明", 5, "name"),
    ] {
        let found = found(&bench, text).await;
        let is_found = found.iter().any(|(id, matched)| *id == ids[who] && *matched == field);
        assert_eq!(is_found, !field.is_empty(), "{text}: {found:?}, {}", ids[who]);
    }
    for (place, id) in ids.iter().enumerate() {
        for text in [id.clone(), id[..12].to_owned(), id[..12].to_uppercase(), id[4..12].to_owned()] {
            assert_eq!(found(&bench, &text).await, [(id.clone(), "id")], "{place}: {text}");
        }
    }
    for nobody in ["gandalf", "0938 471 606", "con_00000000", "zz@example.org", "!!!", "陳大武"] {
        assert_eq!(found(&bench, nobody).await, [], "{nobody}");
    }
}

/// The letters of Vietnamese and other marks in the population, as people type them without a keyboard for them.
fn without_marks(text: &str) -> String {
    const MARKED: [(&str, char); 12] = [
        ("àáảãạăằắẳẵặâầấẩẫậä", 'a'),
        ("èéẻẽẹêềếểễệë", 'e'),
        ("ìíỉĩịï", 'i'),
        ("òóỏõọôồốổỗộơờớởỡợö", 'o'),
        ("ùúủũụưừứửữựü", 'u'),
        ("ỳýỷỹỵ", 'y'),
        ("đ", 'd'),
        ("ñ", 'n'),
        ("ç", 'c'),
        ("ß", 's'),
        ("ø", 'o'),
        ("å", 'a'),
    ];
    let plain =
        |letter: char| MARKED.iter().find(|(marked, _)| marked.contains(letter)).map_or(letter, |(_, plain)| *plain);
    text.to_lowercase().chars().map(plain).collect()
}

/// Other forms in which people ask for a contact, and what in the contact they are forms of.
fn forms(contact: &Value) -> Vec<(String, &'static str)> {
    let text = |field: &str| contact[field].as_str().unwrap_or_default().trim().to_owned();
    let (name, email, id) = (text("display_name"), text("email"), text("id"));
    let mut forms = vec![(id[..12].to_owned(), "id")];
    let is_name = name.split(' ').count() > 1 && name.chars().all(|c| c.is_alphabetic() || c == ' ');
    if is_name {
        let mut turned: Vec<&str> = name.split(' ').collect();
        turned.rotate_left(1);
        let wide = |c: char| if c.is_ascii_alphabetic() { char::from_u32(u32::from(c) + 0xFEE0).unwrap() } else { c };
        let forms_of_name =
            [without_marks(&name), name.to_uppercase(), turned.join(" "), name.chars().map(wide).collect()];
        forms.extend(forms_of_name.map(|form| (form, "display_name")));
    }
    if email.matches('@').count() == 1 && !email.contains(' ') {
        forms.push((email.to_uppercase(), "email"));
        forms.push((email.split('@').next().unwrap().to_owned(), "email"));
    }
    let (code, number) = (text("area_code"), text("phone_number"));
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let is_plain = code.len() >= 2
        && code.bytes().all(|b| b.is_ascii_digit())
        && number.chars().all(|c| " -".contains(c) || c.is_ascii_digit());
    if is_plain && (8..=10).contains(&digits.len()) && !digits.starts_with('0') && !digits.starts_with(&code) {
        let spaced = format!("{} {} {}", &digits[..3], &digits[3..6], &digits[6..]);
        let all = [
            format!("+{code}{digits}"),
            format!("00{code} {spaced}"),
            format!("{code}{digits}"),
            format!("0{spaced}"),
            spaced,
        ];
        forms.extend(all.map(|form| (form, "phone_number")));
    }
    forms
}

#[tokio::test]
async fn look_ups_by_other_forms_find_their_contact_and_few_others() {
    let bench = TestWorkspace::with(400).await;
    bench.sync(false).await;
    let contacts: Vec<Value> =
        bench.gateway.contacts_json().unwrap().iter().map(|json| serde_json::from_str(json).unwrap()).collect();
    let (mut asked, mut missed, mut extra) = (0, Vec::new(), Vec::new());
    for contact in contacts.iter().step_by(3) {
        for (form, field) in forms(contact) {
            let rows = found(&bench, &form).await;
            asked += 1;
            if rows.iter().all(|(id, _)| *id != contact["id"]) {
                missed.push(format!("{form} of {field} {}", contact[field]));
            }
            // Who holds the same value is meant as well.
            let others = contacts.iter().filter(|other| other[field] != contact[field] || field == "id");
            let others = others.filter(|other| rows.iter().any(|(id, _)| *id == other["id"])).count();
            extra.push(others - usize::from(field == "id" && !rows.is_empty()));
        }
    }
    extra.sort_unstable();
    let (recall, median) = (1.0 - missed.len() as f64 / f64::from(asked), extra[extra.len() / 2]);
    println!(
        "{asked} look-ups, recall {recall:.4}, {median} extra rows in the median, {} at most",
        extra.last().unwrap()
    );
    assert!(asked >= 500, "{asked}");
    assert!(recall >= 0.98, "{recall}: {missed:#?}");
    assert!(median <= 3, "{median}");
}
