//! Which contacts are found to be one person, and which are not.

use imbrace_contacts_mcp::cleanup::Subject;
use imbrace_contacts_mcp::cleanup::duplicates::{Cluster, Matcher, Tier, Verdict, records};
use imbrace_contacts_mcp::cleanup::normalize::name::{Likeness, Name};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A contact with an id of one letter or more and these fields.
fn contact(id: &str, fields: &Value) -> String {
    let mut contact =
        json!({ "id": format!("con_{id}"), "created_at": format!("2026-01-01T00:00:00.{:03}Z", id.len()) });
    contact.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    contact.to_string()
}

fn matcher(contacts: &[(&str, Value)]) -> Matcher {
    let mut matcher = Matcher::default();
    for (id, fields) in contacts {
        matcher.put(&Subject::read(&contact(id, fields)).unwrap());
    }
    matcher
}

/// The members of each cluster, sorted, with its tier.
fn found(contacts: &[(&str, Value)]) -> Vec<(Vec<String>, Tier)> {
    members(&matcher(contacts).clusters())
}

fn members(clusters: &[Cluster]) -> Vec<(Vec<String>, Tier)> {
    let mut all: Vec<_> = clusters
        .iter()
        .map(|cluster| {
            let mut ids: Vec<String> = cluster.members.iter().map(|id| id.replace("con_", "")).collect();
            ids.sort();
            (ids, cluster.tier)
        })
        .collect();
    all.sort();
    all
}

fn one(ids: &str, tier: Tier) -> Vec<(Vec<String>, Tier)> {
    vec![(ids.split(' ').map(str::to_owned).collect(), tier)]
}

#[test]
fn one_number_in_two_spellings_and_one_name_in_two_orders_are_one_person() {
    let found = found(&[
        ("a", json!({ "display_name": "Chan Tai Man", "phone_number": "+852 5123 4567" })),
        ("b", json!({ "display_name": "TAI MAN CHAN", "phone_number": "51234567", "time_zone": "Asia/Hong_Kong" })),
    ]);
    assert_eq!(found, one("a b", Tier::Auto));
}

#[test]
fn one_number_and_two_names_are_a_family() {
    let contacts = [
        ("a", json!({ "display_name": "Anna Berg", "phone_number": "+85251234567" })),
        ("b", json!({ "display_name": "Carl Dunst", "phone_number": "+85251234567" })),
    ];
    assert_eq!(found(&contacts), []);
}

#[test]
fn one_number_and_names_that_cannot_be_compared_are_for_a_person_to_say() {
    let contacts = [
        ("a", json!({ "display_name": "김민수", "phone_number": "+85251234567" })),
        ("b", json!({ "display_name": "Chan Tai Man", "phone_number": "+85251234567" })),
    ];
    assert_eq!(found(&contacts).iter().filter(|(_, tier)| *tier == Tier::Auto).count(), 0);
    let questions = matcher(&contacts).questions();
    assert_eq!(questions.iter().map(|pair| pair.pattern.as_str()).collect::<Vec<_>>(), ["phone,name unknown"]);
}

#[test]
fn one_number_and_one_name_in_two_scripts_are_one_person() {
    for (native, latin) in [("陳大文", "Chan Tai Man"), ("田中 愛", "Ai Tanaka"), ("วิชัย แสงทอง", "Wichai Saengthong")]
    {
        let contacts = [
            ("a", json!({ "display_name": native, "phone_number": "+85251234567" })),
            ("b", json!({ "display_name": latin, "phone_number": "+85251234567" })),
        ];
        assert_eq!(found(&contacts), one("a b", Tier::Auto), "{native}");
        assert_eq!(matcher(&contacts).clusters()[0].pairs[0].pattern, "phone,name in two scripts");
    }
}

#[test]
fn a_family_that_shares_a_number_in_two_scripts_is_not_joined_unasked() {
    let contacts = [
        ("a", json!({ "display_name": "陳大文", "phone_number": "+85251234567" })),
        ("b", json!({ "display_name": "Chan Siu Ling", "phone_number": "+85251234567" })),
    ];
    assert_eq!(found(&contacts), []);
    assert_eq!(matcher(&contacts).questions()[0].pattern, "phone,name in part");
}

#[test]
fn an_address_with_a_slip_and_one_name_are_one_person_and_a_digit_is_none() {
    let with = |email: &str| json!({ "display_name": "Anna Berg", "email": email });
    let slip = [("a", with("anna.berg77@firm.example")), ("b", with("anna.bergg77@firm.example"))];
    assert_eq!(matcher(&slip).clusters()[0].pairs[0].pattern, "email_typo,same name");
    let digit = [("a", with("anna.berg77@firm.example")), ("b", with("anna.berg78@firm.example"))];
    assert_eq!(found(&digit).iter().filter(|(_, tier)| *tier == Tier::Auto).count(), 0);
    let domain = [("a", with("anna.berg77@firm.example")), ("b", with("anna.bergg77@other.example"))];
    assert_eq!(found(&domain), [], "the slip is looked for at one domain only");
}

#[test]
fn one_address_and_one_name_outweigh_two_numbers_and_a_family_does_not() {
    let with =
        |name: &str, phone: &str| json!({ "display_name": name, "phone_number": phone, "email": "berg@firm.example" });
    let person = [("a", with("Anna Berg", "+85251234567")), ("b", with("Berg Anna", "+85251234568"))];
    assert_eq!(found(&person), one("a b", Tier::Auto));
    let family = [("a", with("Anna Berg", "+85251234567")), ("b", with("Carl Berg", "+85251234568"))];
    assert_eq!(found(&family), []);
}

#[test]
fn one_birthday_brings_names_of_two_scripts_together() {
    let contacts = [
        ("a", json!({ "display_name": "陳大文", "birthday": "1990-05-17" })),
        ("b", json!({ "display_name": "Chan Tai Man", "birthday": "17/05/1990" })),
    ];
    assert_eq!(matcher(&contacts).clusters()[0].pairs[0].pattern, "birthday,name in two scripts");
    let strangers = [
        ("a", json!({ "display_name": "Anna Berg", "birthday": "1990-05-17" })),
        ("b", json!({ "display_name": "Carl Dunst", "birthday": "1990-05-17" })),
    ];
    assert_eq!((found(&strangers), matcher(&strangers).questions()), (vec![], vec![]));
}

#[test]
fn namesakes_at_one_company_are_never_joined_unasked() {
    let contacts = [
        ("a", json!({ "display_name": "Anna Berg", "company_name": "Firm Ltd", "email": "anna.b@firm.example" })),
        ("b", json!({ "display_name": "Anna Berg", "company_name": "FIRM", "email": "berg2@firm.example" })),
    ];
    assert_eq!(found(&contacts).iter().filter(|(_, tier)| *tier == Tier::Auto).count(), 0);
}

#[test]
fn a_hotline_of_thousands_joins_nobody() {
    let mut matcher = Matcher::default();
    for at in 0..3_000 {
        let fields = json!({ "display_name": format!("Guest {at}"), "phone_number": "+85228001234" });
        matcher.put(&Subject::read(&contact(&format!("{at:04}"), &fields)).unwrap());
    }
    assert_eq!((matcher.clusters(), matcher.questions()), (vec![], vec![]));
}

#[test]
fn an_organisation_of_nobody_or_one_has_no_duplicates() {
    let mut nobody = Matcher::default();
    assert_eq!((nobody.clusters(), nobody.sure(), nobody.questions()), (vec![], vec![], vec![]));
    assert_eq!(found(&[("a", json!({ "display_name": "Anna Berg", "phone_number": "+85251234567" }))]), []);
}

#[test]
fn what_is_sure_is_not_held_up_by_a_question() {
    let with =
        |name: &str, email: &str| json!({ "display_name": name, "email": email, "phone_number": "+85251234567" });
    let mut matcher = matcher(&[
        ("a", with("Anna Berg", "anna@firm.example")),
        ("b", with("Anna Berg", "anna@firm.example")),
        ("c", json!({ "display_name": "", "phone_number": "+85251234567" })),
    ]);
    assert_eq!(members(&matcher.sure()), one("a b", Tier::Auto));
    matcher.decide("con_a", "con_c", Verdict::Same);
    assert_eq!(members(&matcher.sure()), one("a b c", Tier::Auto));
}

#[test]
fn business_units_share_a_group_and_are_acted_on_apart() {
    let of =
        |unit: &str| json!({ "display_name": "Anna Berg", "phone_number": "+85251234567", "business_unit_id": unit });
    let contacts = [("a", of("bu_1")), ("b", of("bu_2")), ("c", of("bu_1")), ("d", of("bu_3"))];
    let group = matcher(&contacts).sure().remove(0);
    assert_eq!(group.members.len(), 4);
    let parts = group.within_units();
    assert_eq!(members(&parts), one("a c", Tier::Auto));
    assert_ne!(parts[0].id, group.id);
    assert!(parts[0].pairs.iter().all(|pair| pair.ids == ("con_a".to_owned(), "con_c".to_owned())));
    let alone = matcher(&contacts[..1]).sure();
    assert_eq!(alone, []);
    let one_unit = matcher(&[contacts[0].clone(), contacts[2].clone()]).sure().remove(0);
    assert_eq!(one_unit.within_units(), std::slice::from_ref(&one_unit));
}

#[test]
fn a_value_that_many_share_says_nothing() {
    let name = |at: u8| format!("Person {}", char::from(b'a' + at));
    let contacts: Vec<(String, Value)> =
        (0..9).map(|at| (name(at), json!({ "display_name": "Same Name", "email": "one@example.com" }))).collect();
    let borrowed: Vec<(&str, Value)> = contacts.iter().map(|(id, fields)| (id.as_str(), fields.clone())).collect();
    assert_eq!(found(&borrowed), []);
    // With one less it is no hub any more, however the ninth went.
    let mut matcher = matcher(&borrowed);
    matcher.remove("con_Person i");
    assert_eq!(matcher.clusters().iter().map(|cluster| cluster.members.len()).collect::<Vec<_>>(), [8]);
}

#[test]
fn a_list_where_all_share_one_value_has_no_sure_group() {
    let wide = "x".repeat(64 * 1024);
    let make: [(&str, &dyn Fn(usize) -> Value); 8] = [
        ("one birthday", &|at| json!({ "display_name": format!("Anna{at} Berg{at}"), "birthday": "1990-02-01" })),
        ("one number", &|at| json!({ "display_name": format!("Anna{at} Berg{at}"), "phone_number": "+85251234567" })),
        ("one name", &|at| json!({ "display_name": "Anna Berg", "email": format!("box{}@example.com", at * 7_919) })),
        ("one name and number", &|_| json!({ "display_name": "Anna Berg", "phone_number": "+85251234567" })),
        ("one name and birthday", &|_| json!({ "display_name": "Anna Berg", "birthday": "1990-02-01" })),
        ("one place", &|at| json!({ "display_name": format!("Anna{at} Berg{at}"), "location": "1 High Street" })),
        ("one letter", &|at| json!({ "display_name": "A", "phone_number": format!("+8526{:07}", at * 1_009) })),
        ("no name", &|_| json!({ "display_name": "", "location": "1 High Street" })),
    ];
    for (what, fields) in make {
        let mut all = Matcher::default();
        for at in 0..2_000 {
            all.put(&Subject::read(&contact(&format!("{at:05}"), &fields(at))).unwrap());
        }
        let sure = all.sure();
        assert!(sure.is_empty(), "{what}: {:?}", sure.first().map(|group| &group.members));
    }
    let fields = json!({ "display_name": wide, "email": format!("{wide}@example.com"), "phone_number": wide, "birthday": wide, "location": wide, "company_name": wide });
    let mut all = Matcher::default();
    for at in 0..20 {
        all.put(&Subject::read(&contact(&format!("{at:05}"), &fields)).unwrap());
    }
    assert_eq!(all.sure(), []);
}

#[test]
fn the_order_of_dates_is_learnt_from_the_list() {
    let mut american = Matcher::default();
    let others = [
        ("Anna Berg", "04/13/1980"),
        ("Bela Costa", "05/23/1981"),
        ("Dora Ek", "06/30/1982"),
        ("Finn Gram", "12/31/1983"),
    ];
    for (at, (name, day)) in others.iter().enumerate() {
        let fields = json!({ "display_name": name, "birthday": day });
        american.put(&Subject::read(&contact(&format!("x{at}"), &fields)).unwrap());
    }
    let person = |id: &str, day: &str| contact(id, &json!({ "display_name": "Carl Dunst", "birthday": day }));
    american.put(&Subject::read(&person("a", "03/04/1990")).unwrap());
    american.put(&Subject::read(&person("b", "1990-03-04")).unwrap());
    american.put(&Subject::read(&person("c", "1990-04-03")).unwrap());
    assert_eq!(members(&american.sure()), one("a b", Tier::Auto));
}

#[test]
fn a_mailbox_of_a_role_is_no_person() {
    let contacts = [
        ("a", json!({ "display_name": "Anna Berg", "email": "info@firm.example" })),
        ("b", json!({ "display_name": "", "email": "info@firm.example" })),
    ];
    assert_eq!(found(&contacts), []);
}

#[test]
fn namesakes_with_two_birthdays_stay_apart_and_with_one_are_joined() {
    let with = |day: &str| json!({ "display_name": "Nguyễn Văn An", "birthday": day });
    assert_eq!(found(&[("a", with("1990-02-01")), ("b", with("1991-02-01"))]), []);
    assert_eq!(found(&[("a", with("1990-02-01")), ("b", with("01/02/1990"))]), one("a b", Tier::Auto));
}

#[test]
fn a_birthday_that_nobody_has_says_nothing() {
    let with =
        |day: &str, phone: &str| json!({ "display_name": "Nguyễn Văn An", "birthday": day, "phone_number": phone });
    for day in ["2099-12-31", "1901-01-01", "1990-02-31", "1970-01-01", "31/12/2099"] {
        let namesakes = [("a", with(day, "")), ("b", with(day, ""))];
        assert_eq!(found(&namesakes), [], "{day} is no evidence that they are one");
        let spoilt = [("a", with(day, "+85251234567")), ("b", with("1990-02-01", "+85251234567"))];
        assert_eq!(found(&spoilt), one("a b", Tier::Auto), "nor that {day} is somebody else's");
    }
    let era = [("a", with("1990-02-01", "")), ("b", with("2533-02-01", ""))];
    assert_eq!(found(&era), one("a b", Tier::Auto), "the Buddhist era, as findings read it");
}

#[test]
fn an_address_with_a_tag_dots_or_a_slip_in_the_provider_is_the_same() {
    let contacts = [
        ("a", json!({ "display_name": "Anna Berg", "email": "anna.berg@gmail.com" })),
        ("b", json!({ "display_name": "Berg, Anna", "email": "<AnnaBerg+news@gmial.com>" })),
    ];
    assert_eq!(found(&contacts), one("a b", Tier::Auto));
}

#[test]
fn what_somebody_decided_outweighs_every_score() {
    let contacts = [
        ("a", json!({ "display_name": "Anna Berg", "phone_number": "+85251234567" })),
        ("b", json!({ "display_name": "Anna Berg", "phone_number": "+85251234567" })),
        ("c", json!({ "display_name": "Carl Dunst" })),
    ];
    let mut matcher = matcher(&contacts);
    matcher.decide("con_b", "con_a", Verdict::Different);
    matcher.decide("con_c", "con_a", Verdict::Same);
    assert_eq!(members(&matcher.clusters()), one("a c", Tier::Auto));
    assert_eq!(matcher.questions(), []);
}

/// Nine that scores tie together: eight share a number, one of them an address with the ninth.
fn nine() -> Vec<(&'static str, Value)> {
    let with = |phone: &str, email: &str| json!({ "display_name": "Anna Berg", "phone_number": phone, "email": email });
    let mut nine: Vec<_> =
        ["a", "b", "c", "d", "e", "f", "g"].map(|id| (id, with("+85251234567", ""))).into_iter().collect();
    nine.extend([("h", with("+85251234567", "anna@example.com")), ("i", with("", "anna@example.com"))]);
    nine
}

#[test]
fn scores_tie_together_so_many_and_what_somebody_said_as_many_as_they_are() {
    let sizes = |matcher: &mut Matcher| matcher.clusters().iter().map(|one| one.members.len()).collect::<Vec<_>>();
    let mut people = nine();
    let mut scored = matcher(&people);
    assert_eq!(sizes(&mut scored), [9]);
    // A chain: each shares a number with one neighbour and an address with the other.
    let link = |at: usize| {
        let (phone, email) =
            (format!("+8525{:07}", 1_234_567 + at / 2 * 1_111), format!("box{}x@example.com", at.div_ceil(2) * 37));
        (format!("{at:03}"), json!({ "display_name": "Anna Berg", "phone_number": phone, "email": email }))
    };
    let chain: Vec<(String, Value)> = (0..100).map(link).collect();
    let chain: Vec<(&str, Value)> = chain.iter().map(|(id, fields)| (id.as_str(), fields.clone())).collect();
    let longest = sizes(&mut matcher(&chain)).into_iter().max();
    assert!(longest.is_some_and(|longest| (9..=48).contains(&longest)), "{longest:?}");

    people.iter_mut().for_each(|(_, fields)| *fields = json!({ "display_name": "" }));
    let mut said = matcher(&people);
    people.iter().skip(1).for_each(|(id, _)| said.decide("con_a", &format!("con_{id}"), Verdict::Same));
    assert_eq!(members(&said.clusters()), one("a b c d e f g h i", Tier::Auto));
    said.decide("con_b", "con_i", Verdict::Different);
    assert_eq!(sizes(&mut said), [8], "a no still keeps two apart");
}

#[test]
fn a_no_is_asked_about_once_more_on_new_evidence_and_on_nothing_else() {
    let family = |id: &str, name: &str, email: &str| {
        contact(id, &json!({ "display_name": name, "phone_number": "+85251234567", "email": email }))
    };
    let put = |matcher: &mut Matcher, document: &str| matcher.put(&Subject::read(document).unwrap());
    let mut matcher = Matcher::default();
    put(&mut matcher, &family("a", "Anna Berg", ""));
    put(&mut matcher, &family("b", "Berg", ""));
    matcher.decide("con_b", "con_a", Verdict::Different);
    assert!(matcher.questions().is_empty() && matcher.clusters().is_empty());
    put(&mut matcher, &family("b", "A. Berg", ""));
    assert!(matcher.questions().is_empty(), "another spelling is no evidence");
    for id in ["a", "b"] {
        put(&mut matcher, &family(id, "Anna Berg", "anna.berg@example.com"));
    }
    let asked: Vec<_> = matcher.questions().into_iter().map(|pair| pair.ids).collect();
    assert_eq!(asked, [("con_a".to_owned(), "con_b".to_owned())]);
    assert!(matcher.clusters().is_empty(), "until somebody says otherwise, no stays no, however sure the score");
    matcher.decide("con_a", "con_b", Verdict::Different);
    assert!(matcher.questions().is_empty(), "and it is not asked again");
    matcher.recall("con_a", "con_b", Verdict::Different, None);
    assert!(matcher.questions().is_empty(), "unknown evidence is no news");
}

#[test]
fn a_cluster_keeps_its_id_and_names_its_fullest_member_first() {
    let contacts = [
        ("a", json!({ "display_name": "Anna Berg", "phone_number": "+85251234567" })),
        ("bb", json!({ "display_name": "Anna Berg", "phone_number": "+85251234567", "email": "anna@example.com" })),
    ];
    let mut matcher = matcher(&contacts);
    let before = matcher.clusters().remove(0);
    assert_eq!(before.members, ["con_bb", "con_a"]);
    let third = contact("ccc", &json!({ "display_name": "Anna Berg", "email": "anna@example.com" }));
    matcher.put(&Subject::read(&third).unwrap());
    let after = matcher.clusters().remove(0);
    assert_eq!((after.members.len(), after.id), (3, before.id));
}

#[test]
fn two_groups_whose_handles_would_be_one_by_chance_have_two_all_the_same() {
    // The 32-bit FNV-1a hashes of these two ids are equal.
    let contacts = [
        ("e35d7a57", json!({ "display_name": "Anna Berg", "phone_number": "+85251234567" })),
        ("e35d7a57x", json!({ "display_name": "Anna Berg", "phone_number": "+85251234567" })),
        ("c372b25e", json!({ "display_name": "Carl Dunst", "phone_number": "+85261234568" })),
        ("c372b25ex", json!({ "display_name": "Carl Dunst", "phone_number": "+85261234568" })),
    ];
    let clusters = matcher(&contacts).clusters();
    assert_eq!(clusters.len(), 2);
    assert_ne!(clusters[0].id, clusters[1].id);
    let mut turned = contacts.clone();
    turned.reverse();
    assert_eq!(matcher(&turned).clusters(), clusters, "in whatever order they came");
}

#[test]
fn names_are_compared_without_titles_tags_marks_and_order() {
    let likeness = |one: &str, two: &str| Name::read(one).likeness(&Name::read(two));
    assert_eq!(likeness("Mr. Đặng Văn Lâm (Acme)", "lam dang van"), Likeness::Equal);
    assert_eq!(likeness("陳大文先生", "陳大文 ✨"), Likeness::Equal);
    assert_eq!(likeness("Steph Green", "Stephanie Green"), Likeness::Compatible);
    assert_eq!(likeness("J. Smith", "John Smith"), Likeness::Compatible);
    assert_eq!(likeness("Andy Chow", "Chow Kin Mei"), Likeness::Alias);
    assert_eq!(likeness("Chow Siu Ling", "Chow Kin Mei"), Likeness::Related);
    assert_eq!(likeness("Bill Berg", "William Berg"), Likeness::Compatible);
    assert_eq!(likeness("Le L.", "Lê Quốc Trung Long"), Likeness::Compatible);
    assert_eq!(likeness("Shanti", "Shanti a/p Kumar"), Likeness::Part);
    assert_eq!(likeness("Winnie Chow", "Kin Mei"), Likeness::Unknown);
    assert_eq!(likeness("Anna Berg", "Carl Dunst"), Likeness::Conflict);
    assert_eq!(likeness("UNK#DO1695", "Carl Dunst"), Likeness::Unknown);
}

#[test]
fn a_name_is_read_across_scripts() {
    let likeness = |one: &str, two: &str| Name::read(one).likeness(&Name::read(two));
    for (native, latin) in [
        ("陳大文", "Chan Tai Man"),
        ("陈大文", "CHEN Da-wen"),
        ("羅敏豪", "Luo Min-Hao"),
        ("吳國士", "Wu Kuo-Shih"),
        ("黃惠明", "Wong Wai Ming"),
        ("黃惠明", "Ng Hui Meng"),
        ("林", "Lim"),
        ("山本 愛", "Yamamoto Ai"),
        ("髙橋 ジュン", "Jun Takahashi"),
        ("タナカ ユウコ", "Tanaka Yuko"),
        ("นภา ชัยเจริญ", "Napha Chaicharoen"),
        ("อนันต์ ทองดี", "Anan Thongdee"),
    ] {
        assert_eq!(likeness(native, latin), Likeness::Reading, "{native} {latin}");
        assert_eq!(likeness(latin, native), Likeness::Reading, "{latin} {native}");
    }
    assert_eq!(likeness("陳太太", "Chan Tai Man"), Likeness::Part);
    assert_eq!(likeness("陳大文", "Tai Man"), Likeness::Part);
    assert_eq!(likeness("陳大文", "Chan T."), Likeness::Part);
    assert_eq!(likeness("陳大文", "Peter Chan"), Likeness::Alias);
    assert_eq!(likeness("陳大文", "Peter Chan Tai Man"), Likeness::Reading);
    assert_eq!(likeness("陳大文", "Chan Siu Ling"), Likeness::Related);
    assert_eq!(likeness("陳大文", "Peter"), Likeness::Unknown);
    assert_eq!(likeness("陳大文", "陈大文"), Likeness::Equal);
    assert_eq!(likeness("田中 優子", "タナカ ユウコ"), Likeness::Reading);
    assert_eq!(likeness("김민수", "Kim Min-su"), Likeness::Reading);
    assert_eq!(likeness("Анна Берг", "Anna Berg"), Likeness::Reading);
    assert_eq!(likeness("Анна Берг", "Carl Dunst"), Likeness::Unknown);
    assert_eq!(likeness("佐藤文康", "Sato Fumiyasu"), Likeness::Reading);
    assert_eq!(likeness("佐藤文康", "Sato Yurina"), Likeness::Related);
    // No Mandarin syllable beside a Japanese one.
    assert_ne!(likeness("王明", "Wang Mei"), Likeness::Reading);
}

#[test]
fn every_signal_has_a_weight_and_every_weight_a_signal() {
    let words = |text: &str, word: fn(&str) -> Option<&str>| {
        text.lines().filter_map(word).map(str::to_owned).collect::<std::collections::BTreeSet<_>>()
    };
    let signals = include_str!("../../../crates/cleanup/src/duplicates/signals.rs");
    let mut signals = words(signals, |line| line.split_once(" = \"")?.1.split_once("\", \"").map(|(word, _)| word));
    let learnt = include_str!("../../../crates/cleanup/src/duplicates/learnt.rs");
    signals.extend(words(learnt, |line| {
        line.trim().strip_prefix("(Signal::")?.split_once('"')?.1.split_once('"').map(|(word, _)| word)
    }));
    let weights = include_str!("../../../crates/cleanup/src/duplicates/weights.csv");
    let weights = words(weights, |line| line.split_once(',').map(|(word, _)| word).filter(|_| !line.starts_with('#')));
    assert!(signals.len() > 40, "{signals:?}");
    let missing: Vec<&String> = signals.symmetric_difference(&weights).collect();
    assert_eq!(missing, ["none"], "it is where a pair without any signal begins");
}

/// 200 people of four columns; every fourth a second time, misspelt in one column and blank in another.
fn people() -> Vec<Vec<String>> {
    let syllables = ["ba", "lo", "mi", "kan", "ren", "tu", "so"];
    let word = |at: usize| format!("{}{}{}", syllables[at % 7], syllables[at / 7 % 7], syllables[at / 49 % 7]);
    let mut people: Vec<Vec<String>> = Vec::new();
    for at in 0..200_usize {
        let day = format!("19{:02}{:02}{:02}", 40 + at * 17 % 57, 1 + at * 5 % 12, 1 + at * 11 % 28);
        let person = vec![word(at * 31 % 90), word(at * 53 % 110), day, format!("{} some street", at * 37 % 199)];
        if at % 4 == 0 {
            people.push(vec![person[0].clone(), format!("{}x", person[1]), person[2].clone(), String::new()]);
        }
        people.push(person);
    }
    people
}

#[test]
fn records_of_any_columns_are_grouped_without_labels() {
    let people = people();
    let mut groups = records::group(&people);
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups.sort();
    // Each misspelt record stands right before its person.
    let expected: Vec<Vec<usize>> =
        (0..people.len() - 1).filter(|at| people[*at][3].is_empty()).map(|at| vec![at, at + 1]).collect();
    assert_eq!(expected.len(), 50);
    assert_eq!(groups, expected);
}

#[test]
fn records_that_are_few_empty_or_uneven_are_in_no_group() {
    assert_eq!(records::group(&[]), Vec::<Vec<usize>>::new());
    let rows = |rows: &[&[&str]]| {
        rows.iter().map(|row| row.iter().map(|&value| value.to_owned()).collect()).collect::<Vec<Vec<String>>>()
    };
    assert_eq!(records::group(&rows(&[&["anna", "berg"]])), Vec::<Vec<usize>>::new());
    assert_eq!(records::group(&rows(&[&["", ""], &["", ""], &[]])), Vec::<Vec<usize>>::new());
    assert_eq!(records::group(&rows(&[&["anna"], &["anna", "berg"], &[]])), Vec::<Vec<usize>>::new());
}

#[test]
fn a_text_that_is_no_name_is_not_tried_in_every_order() {
    let likeness = |one: &str, two: &str| Name::read(one).likeness(&Name::read(two));
    assert_eq!(likeness(&"陳".repeat(5_000), "Chan Chan Chan Chan Chan"), Likeness::Unknown);
    assert_eq!(likeness("陳大文", &"Chan ".repeat(5_000)), Likeness::Unknown);
    assert_eq!(Name::read(&"word ".repeat(5_000)).latin().len(), 16);
}

/// Few names, numbers and addresses, so that many contacts share some.
fn anybody() -> impl Strategy<Value = (usize, Value)> {
    let names = prop::sample::select(vec!["Anna Berg", "Berg Anna", "Carl Dunst", "陳大文", "UNK#DO1695"]);
    let phone = prop::sample::select(vec!["", "+85251234567", "+85251234568"]);
    let email = prop::sample::select(vec!["", "a@example.com", "b@example.com"]);
    (0..14_usize, (names, phone, email)).prop_map(|(id, (name, phone, email))| {
        (id, json!({ "display_name": name, "phone_number": phone, "email": email }))
    })
}

proptest! {
    #[test]
    fn changes_one_by_one_lead_where_a_fresh_start_leads(edits in prop::collection::vec(anybody(), 1..60)) {
        let mut step_by_step = Matcher::default();
        let mut last = std::collections::BTreeMap::new();
        for (id, fields) in &edits {
            let text = contact(&format!("{id:02}"), fields);
            step_by_step.put(&Subject::read(&text).unwrap());
            step_by_step.clusters();
            last.insert(*id, text);
        }
        let mut fresh = Matcher::default();
        for text in last.values() {
            fresh.put(&Subject::read(text).unwrap());
        }
        prop_assert_eq!(step_by_step.clusters(), fresh.clusters());
        prop_assert_eq!(step_by_step.questions(), fresh.questions());
    }
}
