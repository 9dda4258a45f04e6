//! Every kind of finding: found where it is, not found where it only looks so, and gone once it is fixed.

use imbrace_contacts_mcp::cleanup::Subject;
use imbrace_contacts_mcp::cleanup::findings::{Finding, Fixability, Kind, ValueCounts, findings};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A contact without any finding, and some fields of it otherwise.
fn contact(fields: &Value) -> Map<String, Value> {
    let mut contact = json!({
        "id": "con_1", "display_name": "Mei Wong", "time_zone": "Asia/Saigon", "language": "en",
        "created_at": "2026-01-01T00:00:00.000Z", "last_seen": "2026-01-02T00:00:00.000Z",
    });
    contact.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    contact.as_object().unwrap().clone()
}

fn value_counts(contacts: &[Map<String, Value>]) -> ValueCounts {
    let mut value_counts = ValueCounts::default();
    for contact in contacts {
        value_counts.count(&Subject::read(&Value::from(contact.clone()).to_string()).unwrap());
    }
    value_counts
}

fn found_in(contact: &Map<String, Value>, value_counts: &ValueCounts) -> Vec<Finding> {
    findings(&Subject::read(&Value::from(contact.clone()).to_string()).unwrap(), value_counts)
}

fn kinds(contact: &Map<String, Value>, value_counts: &ValueCounts) -> Vec<Kind> {
    found_in(contact, value_counts).into_iter().map(|finding| finding.kind).collect()
}

fn fixed(contact: &Map<String, Value>, value_counts: &ValueCounts) -> Map<String, Value> {
    let mut fixed = contact.clone();
    for (field, value) in found_in(contact, value_counts).into_iter().flat_map(|finding| finding.fix) {
        fixed.insert(field.to_owned(), value.into());
    }
    fixed
}

/// The kind is found in the contact; with a fix, it holds `after` afterwards and the kind no more.
fn expect(kind: Kind, before: &Value, after: &Value) {
    let contact = contact(before);
    let value_counts = value_counts(std::slice::from_ref(&contact));
    assert!(
        kinds(&contact, &value_counts).contains(&kind),
        "{kind:?} in {before}: {:?}",
        kinds(&contact, &value_counts)
    );
    let fixed = fixed(&contact, &value_counts);
    for (field, value) in after.as_object().unwrap() {
        assert_eq!(fixed.get(field), Some(value), "{kind:?} in {before}");
    }
    if !after.as_object().unwrap().is_empty() {
        assert!(!kinds(&fixed, &value_counts).contains(&kind), "{kind:?} in {before} is still there: {fixed:?}");
    }
}

#[test]
fn names() {
    let name = |kind, before: &str, after: &str| {
        expect(kind, &json!({"display_name": before}), &json!({"display_name": after}))
    };
    expect(Kind::PlaceholderName, &json!({"display_name": "UNK#AB1234"}), &json!({}));
    expect(Kind::JunkName, &json!({"display_name": "WhatsApp User"}), &json!({}));
    expect(Kind::JunkName, &json!({"display_name": "?"}), &json!({}));
    name(Kind::NameMojibake, "Nguyá»…n An", "Nguyễn An");
    name(Kind::NameSpaces, "  Mei \u{200B} Wong ", "Mei Wong");
    name(Kind::NameDecomposed, "Lê\u{323} Hoa\u{300}", "Lệ Hoà");
    name(Kind::NameEmoji, "Mei ❤️ Wong 🌸", "Mei Wong");
    name(Kind::NameUpper, "SEAN O'NEILL-MCDONALD", "Sean O'Neill-McDonald");
    name(Kind::NameUpper, "ARJUN A/L KUMAR", "Arjun a/l Kumar");
    name(Kind::NameLower, "nguyễn văn đạt", "Nguyễn Văn Đạt");
    name(Kind::NameTitle, "Mr. Mei Wong", "Mei Wong");
    name(Kind::NameTitle, "王先生", "王");
    name(Kind::NameTitle, "Anh Nguyễn Văn Đạt", "Nguyễn Văn Đạt");
    let tagged = json!({"display_name": "Mei Wong - Lotus Tea", "company_name": "Lotus Tea"});
    expect(Kind::NameCompanyTag, &tagged, &json!({"display_name": "Mei Wong"}));
    let swapped = json!({"first_name": "Nguyễn", "last_name": "Văn Đạt"});
    expect(Kind::NameSwapped, &swapped, &json!({"first_name": "Văn Đạt", "last_name": "Nguyễn"}));
    let shouted = json!({"display_name": "MEI WONG", "first_name": "MEI", "last_name": "WONG"});
    expect(Kind::NameUpper, &shouted, &json!({"display_name": "Mei Wong", "first_name": "Mei", "last_name": "Wong"}));
}

#[test]
fn names_of_any_script_are_left_alone() {
    for name in [
        "O'Neill",
        "Ronald McDonald",
        "J. R. Ewing",
        "IBM",
        "Na",
        "Núñez",
        "Müller-Lüdenscheidt",
        "علی‌رضا",
        "王小明",
        "山田　太郎",
        "สมชาย ใจดี",
        "Anh Tuan",
        "Chi Nguyen",
        "Siti binti Ahmad",
        "Nguyễn Thị Ánh",
        "김철수",
        "Đặng Anh",
        "Mei-Ling Wong",
        "Mei Wong (Mimi)",
        "अनिता शर्मा",
    ] {
        let contact = contact(&json!({"display_name": name}));
        assert_eq!(kinds(&contact, &value_counts(std::slice::from_ref(&contact))), [], "{name}");
    }
}

#[test]
fn phones() {
    let phone = |kind, before: &str, area: &str, after: &str| {
        expect(
            kind,
            &json!({"phone_number": before, "time_zone": "Asia/Saigon"}),
            &json!({"area_code": area, "phone_number": after, "time_zone": "Asia/Saigon"}),
        );
    };
    phone(Kind::PhoneForm, "0912-345 670", "84", "912345670");
    phone(Kind::PhoneForm, "0085251234560", "852", "51234560");
    phone(Kind::PhoneSplit, "+85251234560", "852", "51234560");
    phone(Kind::PhoneLegacy, "01662345678", "84", "362345678");
    expect(
        Kind::PhoneSplit,
        &json!({"area_code": "+84", "phone_number": "0912345670"}),
        &json!({"area_code": "84", "phone_number": "912345670"}),
    );
    expect(
        Kind::PhoneExtra,
        &json!({"area_code": "84", "phone_number": "(0912) 345.670 (Zalo)"}),
        &json!({"area_code": "84", "phone_number": "912345670", "remark": "Phone: 84 (0912) 345.670 (Zalo)"}),
    );
    expect(Kind::PhoneJunk, &json!({"phone_number": "N/A"}), &json!({"phone_number": ""}));
    expect(Kind::PhoneNotRead, &json!({"phone_number": "7215508214963"}), &json!({}));
    expect(Kind::PhoneInvalid, &json!({"phone_number": "+84 7215 508 214 963"}), &json!({}));
    expect(
        Kind::WhatsappPhoneMismatch,
        &json!({"area_code": "84", "phone_number": "0912345670", "whatsapp_id": "84912345671"}),
        &json!({}),
    );
    let stored = contact(&json!({"area_code": "84", "phone_number": "912345670", "whatsapp_id": "84912345670"}));
    assert_eq!(kinds(&stored, &value_counts(&[])), []);
}

#[test]
fn emails() {
    let address = |kind, before: &str, after: &str| expect(kind, &json!({"email": before}), &json!({"email": after}));
    address(Kind::EmailWrapped, "mailto:mei@example.com", "mei@example.com");
    address(Kind::EmailCase, "<Mei@Example.com>", "mei@example.com");
    address(Kind::EmailDomainTypo, "meiwong@gmial.com", "meiwong@gmail.com");
    address(Kind::EmailJunk, "none@gmail.com", "");
    address(Kind::EmailWrapped, "Mei Wong <mei@example.com>", "mei@example.com");
    address(Kind::EmailWrapped, "mei＠example.com", "mei@example.com");
    address(Kind::EmailSlip, "meiwong@gmailcom", "meiwong@gmail.com");
    address(Kind::EmailDomainTypo, "mei@lotus-tea.con", "mei@lotus-tea.com");
    address(Kind::EmailJunk, "không có", "");
    for (typed, value) in [
        ("Jane Doe <jane@example.com>", "jane@example.com"),
        ("mei@example.com (work), mei@example.org", "mei@example.com"),
    ] {
        let kept = json!({"email": value, "remark": format!("likes tea\nEmail: {typed}")});
        expect(Kind::EmailExtra, &json!({"email": typed, "remark": "likes tea"}), &kept);
        assert_eq!(Kind::EmailExtra.fixability(), Fixability::Ask);
    }
    // Two fields whose rest goes to the remark: neither is lost, in whatever order they are made.
    let both = contact(&json!({"email": "mei@example.com (work)", "phone_number": "+84 912 345 670 ext. 12"}));
    let counts = value_counts(std::slice::from_ref(&both));
    assert_eq!(fixed(&both, &counts)["remark"], json!("Phone: +84 912 345 670 ext. 12\nEmail: mei@example.com (work)"));
    assert_eq!(kinds(&fixed(&both, &counts), &counts), []);
    expect(Kind::EmailNotRead, &json!({"email": "mei@localhost"}), &json!({}));
    expect(Kind::EmailInvalid, &json!({"email": "mei at example"}), &json!({}));
    expect(Kind::EmailRole, &json!({"email": "info@lotus.example"}), &json!({}));
    expect(Kind::EmailDisposable, &json!({"email": "mei@mailinator.com"}), &json!({}));
    for address in ["mei+news@example.com", "m.wong@ymail.com", "ng@mail.com", "abc@lotus.example"] {
        let contact = contact(&json!({"email": address}));
        assert_eq!(kinds(&contact, &value_counts(std::slice::from_ref(&contact))), [], "{address}");
    }
}

#[test]
fn a_slip_before_the_at_sign_is_told_from_a_slip_in_the_name() {
    let mut list: Vec<_> = (0..8).map(|_| contact(&json!({"display_name": "Charlotte Huang"}))).collect();
    let typo = contact(&json!({"display_name": "Charlotte Huang", "email": "charlote.huang@example.com"}));
    let misspelt = contact(&json!({"display_name": "Charlote Huang", "email": "charlotte.huang@example.com"}));
    list.extend([typo.clone(), misspelt.clone()]);
    let value_counts = value_counts(&list);
    assert_eq!(kinds(&typo, &value_counts), [Kind::EmailLocalTypo]);
    assert_eq!(fixed(&typo, &value_counts).get("email"), Some(&json!("charlotte.huang@example.com")));
    assert_eq!(kinds(&misspelt, &value_counts), []);
}

#[test]
fn days_codes_and_ids() {
    expect(Kind::BirthdayForm, &json!({"birthday": "26/12/1987"}), &json!({"birthday": "1987-12-26"}));
    expect(Kind::BirthdayForm, &json!({"birthday": "2530年3月4日"}), &json!({"birthday": "1987-03-04"}));
    expect(Kind::BirthdayAmbiguous, &json!({"birthday": "03/10/2001"}), &json!({"birthday": "2001-10-03"}));
    let american = json!({"birthday": "03/10/2001", "time_zone": "America/New_York"});
    expect(Kind::BirthdayAmbiguous, &american, &json!({"birthday": "2001-03-10"}));
    for day in ["2001-02-30", "2051-01-01", "1801-01-01", "31-31-1990", "0000-00-00"] {
        expect(Kind::BirthdayImpossible, &json!({"birthday": day}), &json!({}));
    }
    expect(Kind::BirthdayNotRead, &json!({"birthday": "soon"}), &json!({}));
    for (day, read) in [
        ("3rd April 1990", "1990-04-03"),
        ("3 tháng 4 năm 1990", "1990-04-03"),
        ("１９９０/０４/０３", "1990-04-03"),
        ("民國79年4月3日", "1990-04-03"),
        ("平成2年4月3日", "1990-04-03"),
    ] {
        expect(Kind::BirthdayForm, &json!({"birthday": day}), &json!({"birthday": read}));
    }
    for (day, read) in [("3/4/68", "1968-04-03"), ("825552000000", "1996-02-29"), ("1990/13/04", "1990-04-13")] {
        expect(Kind::BirthdayAmbiguous, &json!({"birthday": day}), &json!({"birthday": read}));
    }
    for day in ["--02-29", "--0229", "1604-02-29", "29/02", "1996-02", "02/1996", "1996"] {
        let contact = contact(&json!({"birthday": day}));
        assert_eq!(
            kinds(&contact, &value_counts(std::slice::from_ref(&contact))),
            [],
            "{day} is a part of a date, and no fault"
        );
    }
    expect(Kind::GenderCode, &json!({"gender": "nữ"}), &json!({"gender": "f"}));
    let zone = json!({"time_zone": "GMT+8", "area_code": "852", "phone_number": "51234560"});
    expect(Kind::TimeZoneUnknown, &zone, &json!({"time_zone": "Asia/Hong_Kong"}));
    expect(Kind::TimeZoneMissing, &json!({"time_zone": "", "language": "th"}), &json!({"time_zone": "Asia/Bangkok"}));
    expect(Kind::LanguageUnknown, &json!({"language": "xq"}), &json!({}));
    expect(Kind::ChannelIdMismatch, &json!({"channel_type": "line", "whatsapp_id": "84912345670"}), &json!({}));
    expect(Kind::AnonymousEmpty, &json!({"display_name": "UNK#AB1234"}), &json!({}));
    let filler = json!({"display_name": "UNK#AB1234", "email": "test@test.com"});
    expect(Kind::AnonymousFiller, &filler, &json!({"display_name": "UNK#AB1234"}));
    let told = kinds(&contact(&filler), &value_counts(&[contact(&filler)]));
    assert!(told.contains(&Kind::EmailJunk) && !told.contains(&Kind::PlaceholderName), "told once: {told:?}");
    let reached =
        contact(&json!({"display_name": "UNK#AB1234", "email": "test@test.com", "phone_number": "+84912345678"}));
    let told = kinds(&reached, &value_counts(std::slice::from_ref(&reached)));
    assert!(told.contains(&Kind::PlaceholderName) && !told.contains(&Kind::AnonymousFiller), "{told:?}");
    let fine = json!({"birthday": "1988-02-29", "gender": "Female", "time_zone": "Europe/Berlin", "language": "zh_tw", "channel_type": "line", "line_id": "U1"});
    assert_eq!(kinds(&contact(&fine), &value_counts(&[])), []);
}

#[test]
fn what_many_share_and_who_is_long_gone() {
    let shared = contact(&json!({"area_code": "84", "phone_number": "912345670", "email": "mei@example.com"}));
    let mut list = vec![shared.clone(); 8];
    assert_eq!(kinds(&shared, &value_counts(&list)), [], "eight may share");
    list.push(shared.clone());
    assert_eq!(kinds(&shared, &value_counts(&list)), [Kind::HubPhone, Kind::HubEmail]);
    let old = contact(&json!({"created_at": "2023-01-01T00:00:00.000Z", "last_seen": "2023-05-01T00:00:00.000Z"}));
    assert_eq!(kinds(&old, &value_counts(std::slice::from_ref(&old))), []);
    assert_eq!(kinds(&old, &value_counts(&[old.clone(), shared.clone()])), [Kind::Stale]);
    // An edit, which a cleanup makes, too, is nothing that the contact did: it makes nobody fresh, and the others no older.
    let edited = |contact: &Map<String, Value>| {
        let mut edited = contact.clone();
        edited.insert("updated_at".to_owned(), "2029-01-01T00:00:00.000Z".into());
        edited
    };
    let list = [edited(&old), edited(&shared)];
    assert_eq!(kinds(&list[0], &value_counts(&list)), [Kind::Stale]);
    assert_eq!(kinds(&list[1], &value_counts(&list)), []);
}

#[test]
fn ids_that_many_share_are_told_like_numbers_and_addresses() {
    let person = |field: &str, value: &str| contact(&json!({ "time_zone": "Asia/Hong_Kong", field: value }));
    for (field, value) in [
        ("odooContactID", "4711"),
        ("facebook_id", "1000200030004"),
        ("line_id", "@Shop"),
        ("wechat_id", "wx_shop"),
        ("whatsapp_id", "85251234567@c.us"),
    ] {
        let list: Vec<_> = (0..9).map(|_| person(field, value)).collect();
        let found: Vec<_> =
            found_in(&list[0], &value_counts(&list)).into_iter().map(|one| (one.kind, one.field)).collect();
        assert_eq!(found, [(Kind::HubId, field)], "{field}");
        assert_eq!(kinds(&list[0], &value_counts(&list[1..])), [], "eight may be one person");
    }
    // Some have the number as their phone number, some as their account: it is one value, told once of each.
    let both = |phone: &str, account: &str| {
        contact(&json!({
            "time_zone": "Asia/Hong_Kong", "area_code": if phone.is_empty() { "" } else { "852" }, "phone_number": phone,
            "whatsapp_id": account,
        }))
    };
    let mut list: Vec<_> = (0..5).map(|_| both("51234567", "85251234567")).collect();
    list.extend((0..4).map(|_| both("", "85251234567")));
    let value_counts = value_counts(&list);
    assert_eq!(
        (kinds(&list[0], &value_counts), kinds(&list[8], &value_counts)),
        (vec![Kind::HubPhone], vec![Kind::HubId])
    );
}

#[test]
fn kinds_have_names_of_their_own_and_fixes_only_where_they_say_so() {
    let mut names: Vec<_> = Kind::ALL.map(Kind::name).to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Kind::ALL.len());
    for before in [json!({"display_name": "test"}), json!({"email": "mei at example"}), json!({"birthday": "soon"})] {
        for finding in found_in(&contact(&before), &value_counts(&[])) {
            assert!(finding.kind.fixability() != Fixability::None || finding.fix.is_empty(), "{finding:?}");
        }
    }
}

#[test]
fn a_filler_that_words_stand_around_is_told_and_left() {
    let contact = contact(&json!({ "email": "A z@Z.AA" }));
    let value_counts = value_counts(std::slice::from_ref(&contact));
    let found = found_in(&contact, &value_counts);
    let of_email: Vec<_> = found.iter().filter(|finding| finding.field == "email").collect();
    assert!(!of_email.is_empty() && of_email.iter().all(|finding| finding.fix.is_empty()), "{of_email:?}");
}

proptest! {
    #[test]
    fn a_fixed_contact_needs_no_fix(
        name in "\\PC{0,16}", given in "[A-Za-zÀ-ỹ '-]{0,12}", area in "[+0-9]{0,4}", phone in "[+0-9 ().-]{0,18}",
        email in "[ <a-zA-Z0-9._+-]{0,12}@[a-zA-Z.]{0,12}[>. ]{0,2}", day in "[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}",
    ) {
        let contact = contact(&json!({
            "display_name": name, "first_name": given, "area_code": area, "phone_number": phone, "email": email, "birthday": day,
        }));
        let value_counts = value_counts(std::slice::from_ref(&contact));
        let fixed = fixed(&contact, &value_counts);
        for finding in found_in(&fixed, &value_counts) {
            prop_assert!(!finding.field.starts_with("phone") && !finding.field.starts_with("email") || finding.fix.is_empty(), "{:?} {:?}", finding, fixed);
        }
    }

    #[test]
    fn fixing_comes_to_an_end_and_takes_no_name_away(
        display in written(), given in written(), family in written(), company in "[A-Za-z ]{0,10}",
        day in "[0-9]{0,4}[./-]?[0-9]{0,2}[./-]?[0-9]{0,4}", zone in "[A-Za-z/+0-9]{0,12}", gender in "[A-Za-z]{0,6}",
    ) {
        let mut contact = contact(&json!({
            "display_name": display, "first_name": given, "last_name": family, "company_name": company, "birthday": day,
            "time_zone": zone, "gender": gender,
        }));
        let value_counts = value_counts(std::slice::from_ref(&contact));
        for _ in 0..4 {
            for finding in found_in(&contact, &value_counts) {
                for (field, value) in &finding.fix {
                    let had = contact.get(*field).and_then(Value::as_str).unwrap_or_default();
                    // What says nothing about a person is cleared; everything else stays a name.
                    let is_junk = matches!(finding.kind, Kind::PlaceholderName | Kind::JunkName);
                    prop_assert!(!field.ends_with("name") || had.is_empty() || !value.is_empty() || is_junk, "{finding:?} {contact:?}");
                }
            }
            contact = fixed(&contact, &value_counts);
        }
        let left: Vec<Finding> = found_in(&contact, &value_counts).into_iter().filter(|finding| !finding.fix.is_empty()).collect();
        prop_assert!(left.is_empty(), "{left:?} {contact:?}");
    }
}

/// Names as people write them, and as nobody should.
fn written() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("Mr. "),
        Just("MEI "),
        Just("wong"),
        Just("Nguyễn "),
        Just("Văn"),
        Just("Lê\u{323} "),
        Just("王"),
        Just("先生"),
        Just("❤️"),
        Just(" - Lotus Tea"),
        Just("UNK#AB1234"),
        Just("  "),
        Just("\u{200B}"),
        Just("á»…"),
        Just("'"),
        Just("-"),
        Just("A/L "),
        Just("สมชาย "),
        Just("?"),
        Just("(VIP)"),
        Just("Dr "),
        Just("ß"),
        Just("Đ"),
    ];
    prop_oneof![
        prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat()),
        "\\PC{0,12}".prop_map(|text| text),
    ]
}
