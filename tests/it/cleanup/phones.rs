//! Phone numbers: one reading for every country, and fixes that lose and guess nothing.

use std::path::PathBuf;
use std::time::Instant;

use imbrace_contacts_mcp::cleanup::Subject;
use imbrace_contacts_mcp::cleanup::findings::{Finding, Fixability, Kind, ValueCounts, findings};
use imbrace_contacts_mcp::cleanup::normalize::phone::{Evidence, Reading, Region, Sureness, of_subject, read};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn region(letters: &str) -> Region {
    Region::of_letters(letters).unwrap()
}

/// What a number is read as where it is of a region unless it says otherwise.
fn number(area_code: &str, text: &str, home: &str) -> String {
    match read(area_code, text, &Evidence::default_region(region(home))) {
        Reading::Number { phone, .. } => phone.to_string(),
        other => format!("{other:?}"),
    }
}

fn contact(fields: &Value) -> Map<String, Value> {
    fields.as_object().unwrap().clone()
}

fn found(contact: &Map<String, Value>) -> Vec<Finding> {
    found_in(contact, None)
}

fn found_in(contact: &Map<String, Value>, default: Option<Region>) -> Vec<Finding> {
    let json = Value::Object(contact.clone()).to_string();
    let subject = Subject::read(&json).unwrap();
    let mut value_counts = ValueCounts::of_default_region(default);
    value_counts.count(&subject);
    findings(&subject, &value_counts).into_iter().filter(|finding| finding.field == "phone_number").collect()
}

/// The reading of a contact's number, by what it says itself.
fn reading(contact: &Map<String, Value>) -> Reading {
    of_subject(&Subject::read(&Value::Object(contact.clone()).to_string()).unwrap(), None)
}

/// The kind of finding of a number at a place, and what its fix would make of it.
fn told(zone: &str, text: &str) -> (&'static str, String) {
    let contact =
        contact(&json!({"display_name": "Ada Example", "time_zone": zone, "language": "en", "phone_number": text}));
    let found = found(&contact);
    let Some(finding) = found.first() else { return ("", String::new()) };
    let value = |name: &str| finding.fix.iter().find(|(field, _)| *field == name).map_or("", |(_, value)| value);
    let fix = if finding.fix.is_empty() {
        String::new()
    } else {
        format!("+{}{}", value("area_code"), value("phone_number"))
    };
    (finding.kind.name(), fix)
}

fn expect(zone: &str, text: &str, kind: Kind, fix: &str) {
    assert_eq!(told(zone, text), (kind.name(), fix.to_owned()), "{text} in {zone}");
}

#[test]
fn one_number_however_it_is_typed() {
    for text in [
        "0912 345 670",
        "+84 912-345-670",
        "0084912345670",
        "84912345670",
        "912345670",
        "(0912) 345.670",
        "０９１２３４５６７０",
        "๐๙๑๒๓๔๕๖๗๐",
        "0912345670 (Zalo)",
        "'0912345670",
        "=\"0912345670\"",
        "0912345670.0",
        "84912345670.00",
        "8.4912345670E+10",
        "\u{202d}+84 912 345 670\u{202c}",
        "(+84)912345670",
        "+84(0)912345670",
        "84-0912345670",
        "++84912345670",
        "Tel: 0912 345 670",
        "📱0912345670",
    ] {
        assert_eq!(number("", text, "VN"), "+84912345670", "{text}");
    }
    assert_eq!(number("+84", "0912345670", "HK"), "+84912345670", "the trunk zero stays behind the area code");
    assert_eq!(number("84", "84912345670", "HK"), "+84912345670", "the country stands twice");
    assert_eq!(number("39", "0669821234", "HK"), "+390669821234", "Italy's zero is part of the number");
    assert_eq!(number("", "+44 20 7946 0018", "VN"), "+442079460018", "a plus outweighs the region");
}

#[test]
fn the_region_decides_what_a_national_number_is() {
    for (home, text, value) in [
        ("TW", "0912345670", "+886912345670"),
        ("HK", "51234560", "+85251234560"),
        ("SG", "81234560", "+6581234560"),
        ("MY", "012 345 6780", "+60123456780"),
        ("JP", "090-1234-5670", "+819012345670"),
        ("US", "(202) 555-0143", "+12025550143"),
        ("US", "1 202 555 0143 ext 12", "+12025550143"),
        ("FR", "07 68 15 02 93", "+33768150293"),
        ("GB", "07400 123456", "+447400123456"),
        ("RU", "8 (916) 180-27-45", "+79161802745"),
    ] {
        assert_eq!(number("", text, home), value, "{text}");
    }
}

#[test]
fn a_number_is_read_in_the_country_of_its_zone_and_in_no_other() {
    for (zone, text, value) in [
        ("Europe/Paris", "07 68 15 02 93", "+33768150293"),
        ("Europe/Paris", "01 99 00 12 34", "+33199001234"),
        ("Europe/London", "020 7946 0958", "+442079460958"),
        ("Europe/Berlin", "0151 2358 1470", "+4915123581470"),
        ("Europe/Berlin", "030 2318 0417", "+493023180417"),
        ("Europe/Madrid", "612 40 87 35", "+34612408735"),
        ("Europe/Rome", "347 182 0965", "+393471820965"),
        ("Europe/Rome", "06 6982 1407", "+390669821407"),
        ("Australia/Sydney", "0491 570 156", "+61491570156"),
        ("Asia/Jakarta", "0812-8047-1935", "+6281280471935"),
        ("Asia/Manila", "0917 180 2745", "+639171802745"),
        ("Asia/Seoul", "010-8042-1963", "+821080421963"),
        ("Asia/Kolkata", "98201 47365", "+919820147365"),
        ("Asia/Shanghai", "138 1702 4956", "+8613817024956"),
        ("America/Sao_Paulo", "(11) 96180-2745", "+5511961802745"),
        ("America/Mexico_City", "55 1840 2796", "+525518402796"),
        ("Asia/Dubai", "050 182 4796", "+971501824796"),
        ("Africa/Lagos", "0803 172 4956", "+2348031724956"),
        ("Asia/Karachi", "0301 8274196", "+923018274196"),
        ("Europe/Moscow", "8 (916) 180-27-45", "+79161802745"),
        ("America/Toronto", "(416) 555-0147", "+14165550147"),
        ("Asia/Phnom_Penh", "012 804 173", "+85512804173"),
        ("Asia/Yangon", "09 420 817 365", "+959420817365"),
        ("Europe/London", "447400123456", "+447400123456"),
        ("Asia/Jakarta", "6281234567890", "+6281234567890"),
        ("Asia/Shanghai", "8613800138000", "+8613800138000"),
        ("Asia/Saigon", "938471606", "+84938471606"),
        ("Asia/Saigon", "0938471609.00", "+84938471609"),
        ("Asia/Saigon", "84938471605.0", "+84938471605"),
    ] {
        let expected = if text.starts_with(|c: char| c != '+') { Kind::PhoneForm } else { Kind::PhoneSplit };
        expect(zone, text, expected, value);
    }
}

#[test]
fn without_evidence_a_country_is_unknown_and_against_a_zone_nothing_is_guessed() {
    for zone in ["", "UTC"] {
        expect(zone, "06 39 98 57 41", Kind::PhoneCountryUnknown, "");
        expect(zone, "0491 570 156", Kind::PhoneCountryUnknown, "");
    }
    // Vietnam's form of a number, and a zone that has none like it.
    expect("Asia/Singapore", "0912 345 670", Kind::PhoneNotRead, "");
    expect("Asia/Hong_Kong", "13800138000", Kind::PhoneNotRead, "");
    // Kept free by the numbering plan: no number of the zone's country, and not Thailand's either.
    expect("Europe/Paris", "06 39 98 57 41", Kind::PhoneNotRead, "");
    expect("Asia/Saigon", "+84 912 345 670 91", Kind::PhoneInvalid, "");
    let contact =
        |fields: Value| found(&contact(&fields)).first().map(|finding| (finding.kind, finding.fix.is_empty()));
    let vietnamese = |zone| json!({"phone_number": "0912 345 670", "language": "vi", "time_zone": zone});
    assert_eq!(contact(vietnamese("")), Some((Kind::PhoneForm, false)), "the language is evidence");
    assert_eq!(contact(vietnamese("Asia/Singapore")), Some((Kind::PhoneNotRead, true)), "and weaker than the zone");
    // A name in Vietnamese letters is a hint, so a person is asked.
    let hinted = json!({"display_name": "Ngô Bảo Đạt", "phone_number": "0912 345 670"});
    assert_eq!(contact(hinted), Some((Kind::PhoneGuess, false)));
    // The account says the number itself.
    let account = json!({"phone_number": "07 68 15 02 93", "whatsapp_id": "33768150293"});
    assert_eq!(contact(account), Some((Kind::PhoneForm, false)));
    // Two that contradict each other: a question.
    let two = json!({"phone_number": "0912 345 670", "whatsapp_id": "84912345999", "time_zone": "Asia/Taipei"});
    assert_eq!(contact(two), Some((Kind::PhoneGuess, false)));
    // A default stands in for evidence that is missing.
    assert_eq!(number("", "07 68 15 02 93", "FR"), "+33768150293");
}

#[test]
fn what_stands_beside_a_number_is_kept_or_a_person_is_asked() {
    for (zone, text, value, extension, others) in [
        ("Asia/Hong_Kong", "+852 2345 6789 ext. 123", "+85223456789", "123", 0),
        ("America/Los_Angeles", "(415) 555-0132 x12", "+14155550132", "12", 0),
        ("Asia/Saigon", "028 3822 1234 (máy lẻ 15)", "+842838221234", "15", 0),
        ("Asia/Tokyo", "03-3234-5678 内線12", "+81332345678", "12", 0),
        ("Asia/Singapore", "+65 6123 4567;ext=8", "+6561234567", "8", 0),
        ("Asia/Singapore", "6123 4567 #204", "+6561234567", "204", 0),
        ("Asia/Bangkok", "02 123 4567 ต่อ 101", "+6621234567", "101", 0),
        ("Asia/Taipei", "(02) 2345-6789 分機 301", "+886223456789", "301", 0),
        ("Asia/Kuala_Lumpur", "03-2161 1234 samb. 22", "+60321611234", "22", 0),
        ("Asia/Saigon", "0901 234 567 / 0912 345 678", "+84901234567", "", 1),
        ("Asia/Saigon", "0901234567, 0912345678", "+84901234567", "", 1),
        ("Asia/Saigon", "0901234567 0912345678", "+84901234567", "", 1),
        ("Asia/Saigon", "0901234567 (zalo)", "+84901234567", "", 0),
        ("Asia/Saigon", "0901.234.567 - 568", "+84901234567", "", 0),
        ("America/Los_Angeles", "415-555-0132,,44#", "+14155550132", "44", 0),
        ("America/Los_Angeles", "1-415-555-0132 p 7", "+14155550132", "7", 0),
        ("America/Los_Angeles", "tel:+14155550132;ext=12", "+14155550132", "12", 0),
        ("Asia/Saigon", "0938471609 gọi sau 18h", "+84938471609", "", 0),
        ("Asia/Saigon", "nhà 02838227196, dđ 0938471610", "+842838227196", "", 1),
    ] {
        expect(zone, text, Kind::PhoneExtra, value);
        let typed =
            contact(&json!({"display_name": "Ada", "time_zone": zone, "phone_number": text, "remark": "likes tea"}));
        let Reading::Number { beside, .. } = reading(&typed) else { panic!("{text}") };
        assert_eq!((beside.extension.as_str(), beside.others.len()), (extension, others), "{text}");
        let all = found(&typed);
        assert_eq!(all[0].kind.fixability(), Fixability::Ask);
        let remark = &all[0].fix.iter().find(|(field, _)| *field == "remark").unwrap().1;
        assert!(remark.starts_with("likes tea") && remark.contains(text), "{remark}");
    }
}

#[test]
fn numbers_of_before_a_renumbering_become_those_of_today() {
    for (zone, text, value) in [
        ("Asia/Saigon", "01662345678", "+84362345678"),
        ("Asia/Saigon", "+841662345678", "+84362345678"),
        ("Asia/Saigon", "1662345678", "+84362345678"),
        ("Asia/Saigon", "0123 480 7195", "+84834807195"),
        ("Asia/Saigon", "+84 169 480 7195", "+84394807195"),
        ("Asia/Saigon", "04 3825 7196", "+842438257196"),
        ("Asia/Saigon", "0511 382 7194", "+842363827194"),
        ("Africa/Abidjan", "+225 07 81 42 93", "+2250707814293"),
    ] {
        expect(zone, text, Kind::PhoneLegacy, value);
    }
    // The same digits are a mobile number of today: how they are grouped says which, and a person is asked.
    expect("Asia/Saigon", "(08) 3822 7195", Kind::PhoneGuess, "+842838227195");
    expect("Asia/Saigon", "0838 227 195", Kind::PhoneForm, "+84838227195");
    // Brazil's ninth digit: two forms of one mobile phone.
    let phone = |text: &str| match read("", text, &Evidence::default_region(region("BR"))) {
        Reading::Number { phone, .. } => phone.comparable(),
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(phone("551161234567"), phone("+55 11 96123-4567"));
    let compared = |text: &str| match read("", text, &Evidence::default()) {
        Reading::Number { phone, .. } => phone.comparable(),
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(compared("+52 1 55 1840 2796"), compared("+52 55 1840 2796"));
    assert_eq!(compared("+54 9 11 2345 6789"), compared("+54 11 2345 6789"));
}

#[test]
fn a_text_that_is_no_number_is_told_from_a_filler() {
    for text in [
        "-",
        "N/A",
        "0000000000",
        "123456789",
        "852",
        "+84000000000",
        "99999999",
        "987654321",
        "không có",
        "なし",
        "#REF!",
    ] {
        assert_eq!(number("", text, "HK"), "Junk", "{text}");
    }
    for text in ["someone@example.com", "ask at the desk", "8.4938E+10", "9.38E+08", "09384716l9", "3l438582"] {
        assert_eq!(number("", text, "VN"), "NotRead", "{text}");
    }
    assert_eq!(number("852", " ", "HK"), "Empty");
    assert_eq!(number("", "+999 2079 4600", "HK"), "Invalid");
}

#[test]
fn the_example_numbers_of_every_region_are_read_right() {
    let util = &rlibphonenumber::PHONE_NUMBER_UTIL;
    let (mut count, mut wrong) = (0, Vec::new());
    for known in util.get_supported_regions() {
        for kind in util.get_supported_types_for_region(known).into_iter().flatten() {
            let Ok(example) = util.get_example_number_for_type_and_region(known, kind) else { continue };
            let value = example.format_as(rlibphonenumber::PhoneNumberFormat::E164).into_owned();
            let home = Region::of_letters(&known.to_string()).unwrap();
            for form in [
                rlibphonenumber::PhoneNumberFormat::E164,
                rlibphonenumber::PhoneNumberFormat::International,
                rlibphonenumber::PhoneNumberFormat::National,
            ] {
                let text = example.format_as(form).into_owned();
                count += 1;
                match read("", &text, &Evidence::default_region(home)) {
                    Reading::Number { phone, .. } if phone.to_string() == value => {}
                    other => wrong.push(format!("{known} {kind:?} {text} {value}: {other:?}")),
                }
            }
        }
    }
    let share = 1.0 - wrong.len() as f64 / count as f64;
    println!("{count} example numbers in three forms: {share:.5} right");
    assert!(count > 3_000 && share >= 0.999, "{share:.5} of {count}: {wrong:#?}");
}

#[test]
fn the_operators_region_is_read_by_audit_and_matcher_alike() {
    use imbrace_contacts_mcp::cleanup::duplicates::Matcher;
    let national = contact(&json!({"id": "con_1", "display_name": "Ada Example", "phone_number": "07 68 15 02 93"}));
    let whole = contact(&json!({"id": "con_2", "display_name": "Ada Example", "phone_number": "+33768150293"}));
    for (default, kind, groups) in [(None, Kind::PhoneCountryUnknown, 0), (Some(region("FR")), Kind::PhoneForm, 1)] {
        assert_eq!(found_in(&national, default)[0].kind, kind);
        let mut matcher = Matcher::of_default_region(default);
        for contact in [&national, &whole] {
            matcher.put(&Subject::read(&Value::Object(contact.clone()).to_string()).unwrap());
        }
        assert_eq!(matcher.sure().len(), groups, "{default:?}");
    }
}

/// A list of `CONTACTS_LISTS`, if there is one.
pub fn list(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("CONTACTS_LISTS").map(PathBuf::from)?.join(name);
    path.is_file().then_some(path)
}

#[test]
fn the_oracle_of_other_peoples_numbers() {
    let Some(path) = list("phones.csv") else {
        println!("skipped: CONTACTS_LISTS does not name a folder with phones.csv");
        return;
    };
    let (mut valid, mut right, mut spoilt, mut rejected) = (0, 0, 0, 0);
    let (mut formal, mut fixed, mut wrong_fix) = (0, 0, Vec::new());
    let (mut misread, mut accepted, mut unfixed) = (Vec::new(), Vec::new(), Vec::new());
    for row in csv::Reader::from_path(path).unwrap().records() {
        let row = row.unwrap();
        let cell = |at: usize| row.get(at).unwrap_or_default();
        let (raw, home, e164, class, style, made_from) = (cell(0), cell(1), cell(2), cell(6), cell(7), cell(8));
        let reading = read("", raw, &Evidence::default_region(region(home)));
        let value = match &reading {
            Reading::Number { phone, .. } => phone.to_string(),
            _ => String::new(),
        };
        let fixes = found_in(&contact(&json!({"phone_number": raw})), Some(region(home)));
        let is_safe = fixes.iter().any(|fix| fix.kind.fixability() == Fixability::Safe)
            // Or it is as it should be already.
            || (!value.is_empty() && fixes.is_empty());
        let is_right = value == e164 || (!made_from.is_empty() && value == made_from);
        let line = || format!("{raw:?} {home} {e164} {style} {made_from}: {reading:?}");
        if e164 != "invalid" {
            valid += 1;
            right += usize::from(is_right);
            if !is_right {
                misread.push(line());
            }
        } else if class == "spoilt" {
            spoilt += 1;
            rejected += usize::from(value.is_empty());
            if !value.is_empty() {
                accepted.push(line());
            }
        }
        let beside = ["ext", "two numbers", "trailing note", "vanity"].contains(&style);
        if class == "good" && e164 != "invalid" && !beside {
            formal += 1;
            fixed += usize::from(is_safe && is_right);
            if !is_safe {
                unfixed.push(line());
            }
        }
        if is_safe && !is_right {
            wrong_fix.push(line());
        }
    }
    let ratio = |part: usize, whole: usize| part as f64 / whole as f64;
    let figures = (ratio(right, valid), ratio(rejected, spoilt), wrong_fix.len(), ratio(fixed, formal));
    println!("{valid} valid numbers: {:.4} right; {spoilt} spoilt: {:.4} rejected", figures.0, figures.1);
    println!("wrong by a safe fix: {}; of {formal} with a fault of form only: {:.4} safe", figures.2, figures.3);
    let few = |lines: &[String]| lines.iter().take(25).cloned().collect::<Vec<_>>();
    let report = [few(&misread), few(&accepted), few(&wrong_fix), few(&unfixed)];
    assert!(figures.0 >= 0.995 && figures.1 >= 0.97 && figures.2 == 0 && figures.3 >= 0.97, "{figures:?} {report:#?}");
}

/// What people and programs write into the field.
fn typed() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[0-9]{1,11}".prop_map(|text| text),
        Just("+".to_owned()),
        Just("00".to_owned()),
        Just("0912345670".to_owned()),
        Just("+85251234560".to_owned()),
        Just("(0)".to_owned()),
        Just(" / ".to_owned()),
        Just(" - ".to_owned()),
        Just(" ext 12".to_owned()),
        Just("máy lẻ 5".to_owned()),
        Just("内線".to_owned()),
        Just("(zalo)".to_owned()),
        Just("Tel: ".to_owned()),
        Just(".0".to_owned()),
        Just("E+10".to_owned()),
        Just("'".to_owned()),
        Just("０９１２".to_owned()),
        Just("٠٩".to_owned()),
        Just("\u{202d}".to_owned()),
        Just("l".to_owned()),
        "[ ().-]{1,2}".prop_map(|text| text),
        "\\PC{0,3}".prop_map(|text| text),
    ];
    prop::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn a_safe_fix_loses_and_guesses_nothing_and_leaves_nothing_to_fix(
        text in typed(),
        area in prop_oneof![Just(""), Just("84"), Just("+852"), Just("020"), Just("1"), Just("abc")],
        zone in prop_oneof![Just(""), Just("Asia/Saigon"), Just("Asia/Hong_Kong"), Just("Europe/Rome"), Just("America/Sao_Paulo"), Just("UTC")],
        language in prop_oneof![Just(""), Just("en"), Just("vi"), Just("ja")],
        account in prop_oneof![Just(""), Just("84912345670"), Just("393471820965")],
    ) {
        let before = contact(&json!({
            "display_name": "Ada", "area_code": area, "phone_number": text, "time_zone": zone, "language": language,
            "whatsapp_id": account, "remark": "note",
        }));
        for finding in found(&before).iter().filter(|finding| !finding.fix.is_empty()) {
            let mut after = before.clone();
            for (field, value) in &finding.fix {
                after.insert((*field).to_owned(), json!(value));
            }
            // Idempotent, and nothing is left for the next audit.
            let left: Vec<_> = found(&after).into_iter().filter(|left| !left.fix.is_empty()).collect();
            prop_assert!(left.is_empty(), "{before:?} {finding:?} {left:?}");
            if finding.kind.fixability() == Fixability::Safe {
                // The same value by the one reading; nobody guessed, and nothing stood beside it.
                let (Reading::Number { phone, sureness, beside, .. }, Reading::Number { phone: again, .. }) =
                    (reading(&before), reading(&after)) else { panic!("{before:?} {after:?}") };
                prop_assert_eq!(&phone, &again);
                prop_assert!(sureness == Sureness::Evident && beside.is_empty(), "{:?}", before);
                // Letters that say something are never dropped.
                let letters = text.chars().filter(|c| c.is_alphabetic()).collect::<String>().to_lowercase();
                prop_assert!(["", "tel", "e", "p", "t", "m"].contains(&letters.replace("tel", "").as_str()), "{:?}", before);
            } else if finding.kind == Kind::PhoneExtra {
                let remark = after["remark"].as_str().unwrap();
                prop_assert!(remark.starts_with("note") && remark.contains(text.trim()), "{remark}");
            }
        }
    }
}

#[test]
fn a_field_of_64_kib_takes_no_time() {
    let started = Instant::now();
    for piece in ["0", "+", "(", " ", "1 ", "/", "ext 1 ", "+84 912 345 670 / ", "\u{202d}", "é", "E+", ".0"] {
        let text = piece.repeat(65_536 / piece.len());
        for zone in ["Asia/Saigon", ""] {
            let _ = told(zone, &text);
        }
    }
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}
