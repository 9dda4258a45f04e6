//! Relatives, namesakes and tone marks: sure is sure, so these are questions unless an id is one.

use imbrace_contacts_mcp::cleanup::Subject;
use imbrace_contacts_mcp::cleanup::duplicates::{Matcher, Tier};
use imbrace_contacts_mcp::cleanup::normalize::name::{Likeness, Name};
use serde_json::{Value, json};

fn matcher(contacts: &[Value]) -> Matcher {
    let mut matcher = Matcher::default();
    for (at, fields) in contacts.iter().enumerate() {
        let mut contact =
            json!({ "id": format!("con_{at:05}"), "created_at": format!("2026-01-01T00:00:00.{at:05}Z") });
        contact.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        matcher.put(&Subject::read(&contact.to_string()).unwrap());
    }
    matcher
}

/// Whether these are acted on without asking, in whatever part.
fn is_sure(contacts: &[Value]) -> bool {
    let mut matcher = matcher(contacts);
    let shown = matcher.clusters().iter().any(|cluster| cluster.tier == Tier::Auto);
    assert_eq!(shown, !matcher.sure().is_empty(), "what is shown as sure is what is acted on: {contacts:?}");
    shown
}

/// Two contacts with one mobile number.
fn at_one_number(one: &str, two: &str) -> [Value; 2] {
    [one, two].map(|name| json!({ "display_name": name, "phone_number": "+84938471605" }))
}

#[test]
fn a_word_of_kinship_or_possession_makes_another_person() {
    for (one, two) in [
        ("Bố Minh", "Mẹ Minh"),
        ("Mẹ Minh", "Minh (con)"),
        ("Mẹ bé Bông", "Ba bé Bông"),
        ("Bé Bông", "Mẹ bé Bông"),
        ("Phụ huynh em Khang", "Em Khang"),
        ("Vợ anh Tùng", "Anh Tùng"),
        ("Con chị Yến", "Chị Yến"),
        ("Mrs Chan mother of Ivan Chan", "Ivan Chan"),
        ("Chan Tai Man's wife", "Chan Tai Man"),
        ("Chan Tai Man’s wife", "Chan Tai Man"),
        ("陳大文太太", "陳大文"),
        ("王小明媽媽", "王小明"),
        ("王小明妈妈", "王小明"),
        ("王小華爸爸", "王小華媽媽"),
        ("山田花子の母", "山田花子"),
        ("แม่น้องฟ้า", "น้องฟ้า"),
        ("Son of Lucas Tan", "Lucas Tan"),
        ("Mum of Lucas Tan", "Lucas Tan"),
    ] {
        assert!(!is_sure(&at_one_number(one, two)), "{one} and {two}");
    }
}

#[test]
fn other_marks_on_the_same_letters_are_two_names() {
    for (one, two) in [
        ("Nguyễn Minh Anh", "Nguyễn Minh Ánh"),
        ("Trần Thu Hà", "Trần Thu Hạ"),
        ("Lê Văn Tú", "Lê Văn Tư"),
        ("Phạm Hồng Vân", "Phạm Hồng Văn"),
        ("Bùi Văn Đức", "Bùi Văn Dục"),
        ("Lý Thanh Sơn", "Lý Thành Sơn"),
    ] {
        assert!(!is_sure(&at_one_number(one, two)), "{one} and {two}");
    }
    for (one, two) in [
        ("Đỗ Thị Thuỷ", "Đỗ Thị Thủy"),
        ("Hoàng Thị Hoà", "Hoàng Thị Hòa"),
        ("Vũ Ngọc Bảo", "Vu Ngoc Bao"),
        ("Nguyễn Văn Hùng", "Hung Nguyen Van"),
        ("Nguyễn Thanh Tú", "Thanh Tu Nguyễn"),
        ("Lê Quang Sơn", "Le Quang Son"),
        ("陳太太", "陳美儀"),
        ("Müller Jan", "Muller Jan"),
        ("José García", "Jose Garcia"),
    ] {
        assert!(is_sure(&at_one_number(one, two)), "{one} and {two}");
    }
}

#[test]
fn another_birthday_gender_or_an_english_given_name_is_a_question() {
    let pair = |one: Value, two: Value| {
        let phone = json!({ "phone_number": "+84938471605" });
        [one, two].map(|mut contact| {
            contact.as_object_mut().unwrap().extend(phone.as_object().unwrap().clone());
            contact
        })
    };
    for (one, two) in [
        (
            json!({ "display_name": "Lee Mei", "birthday": "1990-01-02" }),
            json!({ "display_name": "Lee May", "birthday": "1993-05-06" }),
        ),
        (
            json!({ "display_name": "Chan Tai Man", "birthday": "1960-01-02" }),
            json!({ "display_name": "David Chan", "birthday": "1993-05-06" }),
        ),
        (
            json!({ "display_name": "Chan Tai Man", "gender": "m" }),
            json!({ "display_name": "Mary Chan", "gender": "f" }),
        ),
        (json!({ "display_name": "陳大文" }), json!({ "display_name": "Alice Chan" })),
        (json!({ "display_name": "Wong Siu Ming" }), json!({ "display_name": "Peter Wong" })),
        (
            json!({ "display_name": "Trần Văn Nam", "birthday": "1970-01-02" }),
            json!({ "display_name": "Trần Văn Nam", "birthday": "2005-05-06" }),
        ),
        (
            json!({ "display_name": "Trần Văn Bắc", "gender": "male" }),
            json!({ "display_name": "Trần Văn Bắc", "gender": "female" }),
        ),
        (json!({ "display_name": "Henry Ford II" }), json!({ "display_name": "Henry Ford III" })),
        (json!({ "display_name": "John Smith Jr" }), json!({ "display_name": "John Smith" })),
    ] {
        assert!(!is_sure(&pair(one.clone(), two.clone())), "{one} and {two}");
    }
}

#[test]
fn two_extensions_of_a_switchboard_are_two_people() {
    for (one, two) in [
        (("Jan Lee", "+1 415-555-0132 ext. 12"), ("Jane Lee", "+1 415-555-0132 ext. 31")),
        (("Trần Thị Mai", "028 3822 7195 (máy lẻ 15)"), ("Trần Thị Mai", "028 3822 7195 máy lẻ 16")),
    ] {
        let contacts = [one, two].map(|(name, phone)| {
            json!({ "display_name": name, "phone_number": phone, "email": "desk@example.com",
                "time_zone": "Asia/Ho_Chi_Minh", "birthday": "1990-02-03" })
        });
        assert!(!is_sure(&contacts), "{contacts:?}");
    }
}

#[test]
fn no_two_members_of_a_sure_group_contradict_each_other() {
    // The bare name goes with either, but these are two people.
    let names = ["Trần Thu Hà", "Tran Thu Ha", "Trần Thu Hạ"];
    let contacts = names.map(|name| json!({ "display_name": name, "phone_number": "+84938471605" }));
    assert!(!is_sure(&contacts));
    // `Wong Mei Ling` may be either of the two, so a person says which.
    let names = ["Wong Mei Ling", "王美玲", "黃美玲"];
    let contacts = names.map(|name| json!({ "display_name": name, "phone_number": "+85251234567" }));
    assert!(!is_sure(&contacts));
    assert!(is_sure(&contacts[..2]));
}

/// A name without marks is that of either sister: a number that all share leaves it open which, and an address of one of them tells.
#[test]
fn who_could_be_either_of_two_people_is_a_question_unless_more_is_shared_with_one() {
    let with =
        |name: &str, email: &str| json!({ "display_name": name, "phone_number": "+84912345678", "email": email });
    let sisters = |email: &str| [with("Lê Thu Hà", "ha@firm.example"), with("Lê Thu Hạ", ""), with("Le Thu Ha", email)];
    let sure = |email: &str| -> Vec<usize> {
        matcher(&sisters(email)).sure().iter().map(|group| group.members.len()).collect()
    };
    assert!(sure("").is_empty());
    assert_eq!(sure("ha@firm.example"), vec![2], "the sister stays apart");
}

#[test]
fn names_that_share_a_letter_without_decomposition_are_compared_as_others_are() {
    for (one, two) in [
        ("Jan Wałęsik", "Piotr Michałek"),
        ("Søren Holm", "Jørgen Brandt"),
        ("Jón Þórsson", "Guðrún Þráinsdóttir"),
        ("Anna Großmann", "Peter Weiß"),
        ("Æsa Berg", "Lærke Dunst"),
    ] {
        let likeness = Name::read(one).likeness(&Name::read(two));
        assert!(likeness < Likeness::Part, "{one} and {two}: {likeness:?}");
        assert!(!is_sure(&at_one_number(one, two)), "{one} and {two}");
    }
    assert_eq!(Name::read("Søren Wałęsik").likeness(&Name::read("Soren Walesik")), Likeness::Equal);
    assert_eq!(Name::read("Weiß").likeness(&Name::read("Weiss")), Likeness::Equal);
}

#[test]
fn every_latin_letter_counts_as_latin() {
    use unicode_script::{Script, UnicodeScript};
    let letters = ('\u{80}'..=char::MAX).filter(|c| c.is_alphabetic() && c.script() == Script::Latin);
    let mut count = 0;
    for letter in letters {
        assert_eq!(Name::read(&format!("Ka{letter}ra Bo")).native(), [] as [String; 0], "{letter}");
        count += 1;
    }
    assert!(count > 1_000, "{count}");
}

/// A thousand pairs of each kind, each pair at a number of its own.
#[test]
fn of_a_thousand_of_each_kind_none_is_sure() {
    let family = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ"];
    let middle = ["Văn", "Thị", "Minh", "Ngọc", "Thanh", "Quốc", "Hồng", "Kim", "Đức", "Xuân"];
    let given = [
        ("Hà", "Hạ"),
        ("Tú", "Tư"),
        ("Vân", "Văn"),
        ("Sơn", "Sớn"),
        ("Lán", "Lân"),
        ("Hùng", "Hưng"),
        ("Hóa", "Hòa"),
        ("Lòng", "Lộng"),
        ("Tâm", "Tám"),
        ("Dụng", "Dũng"),
    ];
    type Make = fn(&str, (&str, &str)) -> (Value, Value);
    let kinds: [(&str, Make); 7] = [
        ("extensions", |name, given| {
            let of = |extension: u32| json!({ "display_name": format!("{name} {}", given.0), "fixed": format!("+1 212 555 0143 ext. {extension}") });
            (of(12), of(31))
        }),
        ("relatives", |name, given| {
            (
                json!({ "display_name": format!("{name} {}", given.0) }),
                json!({ "display_name": format!("Mẹ {name} {}", given.0) }),
            )
        }),
        ("namesakes", |name, given| {
            let name = format!("{name} {}", given.0);
            (
                json!({ "display_name": name, "birthday": "1962-03-04" }),
                json!({ "display_name": name, "birthday": "1991-08-09" }),
            )
        }),
        ("tone marks", |name, given| {
            (
                json!({ "display_name": format!("{name} {}", given.0) }),
                json!({ "display_name": format!("{name} {}", given.1) }),
            )
        }),
        ("suffixes", |name, given| {
            (
                json!({ "display_name": format!("{name} {} Jr", given.0) }),
                json!({ "display_name": format!("{name} {} Sr", given.0) }),
            )
        }),
        ("genders", |name, given| {
            let name = format!("{name} {}", given.0);
            (json!({ "display_name": name, "gender": "m" }), json!({ "display_name": name, "gender": "f" }))
        }),
        ("swapped days", |name, given| {
            let name = format!("{name} {}", given.0);
            (
                json!({ "display_name": name, "birthday": "1990-03-04" }),
                json!({ "display_name": name, "birthday": "1990-04-03" }),
            )
        }),
    ];
    for (kind, make) in kinds {
        let mut contacts = Vec::new();
        for at in 0..1_000 {
            let name = format!("{} {}", family[at % 10], middle[at / 10 % 10]);
            let (mut one, mut two) = make(&name, given[at / 100]);
            for contact in [&mut one, &mut two] {
                let line =
                    contact["fixed"].as_str().map(|fixed| fixed.replace("0143", &format!("{:04}", 100 + at % 100)));
                contact["phone_number"] = json!(line.unwrap_or_else(|| format!("+84938{at:06}")));
                contact["email"] = json!(format!("family{at}@example.com"));
            }
            contacts.extend([one, two]);
        }
        let sure = matcher(&contacts).sure();
        assert!(sure.is_empty(), "{kind}: {} sure, first {:?}", sure.len(), sure.first().map(|group| &group.members));
    }
}

#[test]
fn a_mailbox_alone_is_outvoted_by_two_values_that_differ() {
    let with = |number: &str, company: &str, birthday: &str| {
        json!({ "display_name": "Anna Berg", "email": "anna.berg@example.com", "phone_number": number,
            "company_name": company, "birthday": birthday })
    };
    let first = with("+85251234567", "Example Trading Ltd", "");
    assert!(is_sure(&[first.clone(), with("+85261234560", "", "")]), "two numbers alone do not outvote it");
    assert!(is_sure(&[first.clone(), with("", "Sample Foods Ltd", "")]), "nor do two companies");
    assert!(!is_sure(&[first.clone(), with("+85261234560", "Sample Foods Ltd", "")]));
    assert!(is_sure(&[first, with("+85251234567", "Sample Foods Ltd", "")]), "one number more is two values");
    let [one, two] = ["Example Trading Ltd", "Sample Foods Ltd"];
    let born = [with("+85251234567", one, "1980-02-03"), with("+85261234560", two, "1980-02-03")];
    assert!(is_sure(&born), "and so is one birthday");
}

#[test]
fn a_number_without_its_area_code_is_none_at_another_place() {
    let with =
        |place: &str| json!({ "display_name": "Kwabena Ahlqvist", "phone_number": "555-0143", "location": place });
    assert!(is_sure(&[with("12 Example Street"), with("12 Example St")]));
    assert!(!is_sure(&[with("12 Example Street"), with("900 Sample Avenue")]));
}
