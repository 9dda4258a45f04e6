//! The rules of the grammar, one by one. tests/it/cleanup/filters.rs states its laws.

use super::*;

const MEI: &str = r#"{"id":"con_66d67483-8982-43d6-acbe-139568688add","channel_type":"whatsapp","email":"Mei.Wong@example.com",
    "display_name":"Nguyễn Thị Mei","created_at":"2025-03-01T09:00:00.000Z","company_name":"A=B; Ltd (HK) and Sons","birthday":"1990-05-12",
    "area_code":"84","phone_number":"938 471 605","gender":"Female","odooContactID":"77","position":" Chief  "}"#;

fn covers(filter: &str) -> bool {
    let filter = Filter::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
    filter.covers(&Subject::read(MEI).unwrap())
}

fn error(filter: &str) -> String {
    Filter::parse(filter).map(|filter| filter.to_string()).unwrap_err().to_string()
}

#[test]
fn what_holds() {
    for filter in [
        "",
        " ; ",
        "channel_type=WhatsApp",
        "CHANNEL = whatsapp",
        "email~@EXAMPLE",
        "channel_type = whatsapp; email ~ mei;",
        "company_name~a=b",
        "company ~ \"b; ltd (hk)\"",
        "remark=",
        "remark is empty",
        "email!=",
        "email IS NOT EMPTY",
        "name ~ nguyen thi",
        "name ~ NGUYỄN",
        "name = nguyễn thị mei",
        "name != Nguyen Thi Mei",
        "name !~ tran",
        "remark !~ vip and remark != vip",
        "channel in (web, whatsapp)",
        "channel not in (web, line)",
        "remark in (\"\", vip)",
        "created_at>=2025-03-01; created_at<=2025-03-01",
        "created_at>2025-02-28",
        "created_at<2025-03-02",
        "created_at>2024; channel_type!=web",
        "created = 2025",
        "created_at = 2025-03",
        "created_at = 2025-3-1",
        "created_at = 2025/03/01",
        "created_at = 2025-03-01T09",
        "created_at = 2025-03-01 09:00",
        "created_at = 2025-03-01T16:00+07:00",
        "created_at <= 2025 and created_at >= 2025 and created_at < 2026",
        "created_at != 2025-04",
        "updated_at != 2025",
        "birthday = 1990",
        "birthday = 12 May 1990",
        "birthday < 1990-06",
        "phone = +84938471605",
        "phone = 0938 471 605",
        "phone = 84938471605",
        "phone ~ 471 605",
        "phone_number = 938471605",
        "gender = f",
        "odoo_id = 77",
        "odooContactID > 9",
        "id = con_66d67483",
        "id in (con_00000000, CON_66D67483-8982-43d6-acbe-139568688add)",
        "reachable = yes",
        "position = chief",
        "company = 'A=B; Ltd (HK) and Sons'",
        "channel = web or channel = line or channel = whatsapp",
        "channel = whatsapp or channel = web and remark = x",
        "(channel = whatsapp or channel = web) and (remark is empty)",
        "name > m",
        "finding is empty and group is empty and has_duplicates = no",
    ] {
        assert!(covers(filter), "{filter}");
    }
}

#[test]
fn what_does_not_hold() {
    for filter in [
        "channel_type=web",
        "email=",
        "email~mei; channel_type=web",
        "created_at>2025-03-01",
        "created_at>2025",
        "created_at<2025-03-01",
        "created_at != 2025-03",
        "last_seen>2020",
        "last_seen<2030",
        "last_seen = 2025",
        "name = Nguyen Thi Mei",
        "name !~ nguyen",
        "position = \" chief \"",
        "(channel = whatsapp or channel = web) and remark = x",
        "phone = 0938 471 606",
        "phone = 471605",
        "id = con_66d6748",
        "id = con_66d67484",
        "odooContactID > 100",
        "reachable = no",
        "birthday > 1990",
        "company > 3",
    ] {
        assert!(!covers(filter), "{filter}");
    }
}

#[test]
fn what_is_no_filter_is_named_with_what_was_meant() {
    assert!(error("whatsapp").starts_with("`whatsapp` is no condition; write field = value (or !=,"));
    assert_eq!(error("channel_typ=web"), "no field is called `channel_typ`; did you mean `channel`?");
    let unknown = error("zzz=1");
    assert!(
        unknown.starts_with("no field is called `zzz`; there are id name phone reachable has_duplicates"),
        "{unknown}"
    );
    assert_eq!(error("email~"), "`email~` compares with nothing; write is empty or is not empty");
    assert_eq!(error("email ~ \"\""), "`email ~ \"\"` compares with nothing; write is empty or is not empty");
    assert!(error(&"x".repeat(10_000)).len() < 400);
    // Letters of rare scripts, of which each byte costs a model a token.
    let rare = error(
        "\u{10efc}\u{1ee34}\u{1d51e}\u{11da0}\u{1e2ff}!\u{ab11}a#A+,\"0\u{a4d0}A\u{154}\u{a69}0\u{108a7}*o0a\u{105b3}\u{1e290}",
    );
    assert!(rare.starts_with('`') && rare.len() - error("x").len() < 48, "{rare}");
    for text in [
        "email!x",
        "email is",
        "email is not",
        "email is web",
        "email in web",
        "email not web",
        "company ~ Black and Decker",
        "email = \"a\" b",
        "email ~~ a",
        "= a",
        "a = b or",
        "and email = a",
        "email = a; and remark = b",
        "company name = x",
    ] {
        assert!(
            error(text).contains("condition") || error(text).contains("no field is called `a`"),
            "{text}: {}",
            error(text)
        );
    }
    for text in ["(email = a", "email = a)", "((email = a)", "company ~ (a or b)", "channel in (web", "remark ~ :("] {
        assert!(error(text).contains("parenthesis") || error(text).contains("condition"), "{text}: {}", error(text));
    }
    assert!(error("email = \"a").contains("the quote at `\"a` is not closed"));
    for text in [
        "created_at = yesterday",
        "created_at > 2025-13",
        "last_seen < 2025-02-30",
        "created_at = 2025-09-01T25:00",
        "birthday > soon",
    ] {
        assert!(error(text).contains("is no date; write 2025, 2025-09"), "{text}: {}", error(text));
    }
    assert_eq!(error("finding > a"), "`finding` has no order; compare it with =, != or in");
    assert!(error("phone > 1").contains("no order"));
    assert!(error("has_duplicates = maybe").contains("yes or no"));
    assert!(error("finding = email_cases").contains("did you mean `email_case`?"));
    assert!(error("channel in (web,,line)").contains("compares with nothing"));
}

#[test]
fn ten_thousand_conditions_and_parentheses_are_refused_without_a_deep_stack() {
    assert_eq!(error(&vec!["email = a"; 10_000].join(" or ")), FilterError::TooMany.to_string());
    assert_eq!(error(&format!("email in ({})", vec!["a"; 10_000].join(","))), FilterError::TooMany.to_string());
    assert_eq!(
        error(&format!("{}email = a{}", "(".repeat(10_000), ")".repeat(10_000))),
        FilterError::TooDeep.to_string()
    );
    assert!(error(&format!("email = {}", "(".repeat(100_000))).contains("parenthesis"));
    let deep = format!("{}email = a{}", "(".repeat(MOST_NESTED), ")".repeat(MOST_NESTED));
    assert!(Filter::parse(&deep).is_ok());
}

#[test]
fn a_filter_is_printed_as_it_is_read() {
    for (text, printed) in [
        ("channel_type=web;email=", "channel = web and email is empty"),
        ("a.b", ""),
        (
            "name ~ \"a \"\"b\"\"\" or (remark != 'x y' and id in (con_1,con_2))",
            "name ~ \"a \"\"b\"\"\" or (remark != \"x y\" and id in (con_1, con_2))",
        ),
        ("created > 2025-09", "created_at > 2025-09"),
        ("name = and", ""),
        ("name = \"and\"", "name = \"and\""),
    ] {
        match Filter::parse(text) {
            Ok(filter) => assert_eq!(filter.to_string(), printed, "{text}"),
            Err(_) => assert_eq!(printed, "", "{text}"),
        }
    }
}

#[test]
fn ids_of_contacts_are_made_whole_wherever_they_stand() {
    let filter = Filter::parse("id = con_1 or (id not in (con_2, \"\") and name ~ con_3)").unwrap();
    let whole = filter.with_whole_ids(|id| Ok::<_, ()>(format!("{id}0"))).unwrap();
    assert_eq!(whole.to_string(), "id = con_10 or (id not in (con_20, \"\") and name ~ con_3)");
    assert!(Filter::parse("id = x").unwrap().with_whole_ids(|id| Err::<String, _>(id.to_owned())).is_err());
}

#[test]
fn it_is_known_what_a_filter_asks_of_the_whole_list() {
    let of = |text: &str| {
        let filter = Filter::parse(text).unwrap();
        (filter.has_dates(), filter.has_findings(), filter.has_duplicates())
    };
    assert_eq!(of("name ~ a and birthday = 1990"), (false, false, false));
    assert_eq!(of("name ~ a or (last_seen > 2025)"), (true, false, false));
    assert_eq!(of("finding is not empty"), (false, true, false));
    assert_eq!(of("group = dup_1 or has_duplicates = yes"), (false, false, true));
}
