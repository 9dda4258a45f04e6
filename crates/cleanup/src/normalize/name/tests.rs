//! Names across scripts and forms, by pairs of others' making.

use super::*;

fn likeness(one: &str, two: &str) -> Likeness {
    Name::read(one).likeness(&Name::read(two))
}

/// The chance that a pair of one name is liker than a pair of two, ties counted by half.
fn auc(pairs: &[(bool, Likeness)]) -> f64 {
    let of = |same: bool| pairs.iter().filter(move |(is, _)| *is == same).map(|(_, likeness)| *likeness);
    let (mut wins, mut all) = (0.0, 0.0);
    for one in of(true) {
        for two in of(false) {
            all += 1.0;
            wins += match one.cmp(&two) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
        }
    }
    wins / all
}

#[test]
fn names_in_six_more_scripts_meet_their_latin_spellings() {
    let mut csv = csv::Reader::from_reader(include_str!("script_pairs.csv").as_bytes());
    let mut scripts: std::collections::BTreeMap<String, Vec<(bool, Likeness)>> = std::collections::BTreeMap::new();
    for row in csv.records() {
        let row = row.unwrap();
        scripts.entry(row[3].to_owned()).or_default().push((&row[2] == "1", likeness(&row[0], &row[1])));
    }
    assert_eq!(scripts.len(), 6);
    for (script, pairs) in &scripts {
        let auc = auc(pairs);
        println!("{script}: AUC {auc:.4} of {} pairs", pairs.len());
        assert!(auc >= 0.90, "{script}: {auc:.4}");
    }
}

#[test]
fn pairs_of_other_peoples_lists() {
    let Some(lists) = std::env::var_os("CONTACTS_LISTS").map(std::path::PathBuf::from) else {
        return println!("skipped: CONTACTS_LISTS names no folder with name_pairs.csv");
    };
    let Ok(mut csv) = csv::Reader::from_path(lists.join("name_pairs.csv")) else {
        return println!("skipped: no name_pairs.csv in CONTACTS_LISTS");
    };
    let mut scripts: std::collections::BTreeMap<String, Vec<(bool, Likeness)>> = std::collections::BTreeMap::new();
    for row in csv.records() {
        let row = row.unwrap();
        // Some names of the list are written as their address in the web is.
        let left = row[0].replace("%C4%90", "Đ").replace("%C4%91", "đ");
        scripts.entry(row[3].to_owned()).or_default().push((&row[2] == "1", likeness(&left, &row[1])));
    }
    for (script, goal) in [("Kana", 0.97), ("Latin-VN", 0.97), ("Han", 0.80), ("Han-Kana", 0.0)] {
        let auc = auc(&scripts[script]);
        println!("{script}: AUC {auc:.4} of {} pairs", scripts[script].len());
        assert!(auc >= goal, "{script}: {auc:.4}");
    }
}

#[test]
fn forms_of_one_name_are_one() {
    for (one, two) in [
        ("サトウ ハナ", "さとう はな"),
        ("オオノ サトシ", "オーノ サトシ"),
        ("ｶﾞﾊﾞﾔｼ ﾎﾞｳ", "ガバヤシ ボウ"),
        ("Ｔａｒｏ\u{3000}Ｙａｍａｄａ", "Yamada Taro"),
        ("İPEK ÇELİK", "İpek Çelik"),
        ("IŞIK YILMAZ", "Işık Yılmaz"),
        ("ΓΙΩΡΓΟΣ ΠΑΠΑΔΟΠΟΥΛΟΣ", "Γιωργος Παπαδοπουλος"),
        ("นายสมชาย ใจดี", "สมชาย ใจดี"),
        ("山田太郎様", "山田太郎"),
        ("अनिता शर्मा", "शर्मा अनिता"),
    ] {
        assert_eq!(likeness(one, two), Likeness::Equal, "{one} and {two}");
    }
    for (one, two) in [("นายิกา ศรีสุข", "ิกา ศรีสุข"), ("様々木 花", "々木 花")]
    {
        assert_ne!(likeness(one, two), Likeness::Equal, "{one} and {two}");
    }
}

#[test]
fn the_family_name_is_told_from_the_given_name() {
    for (first, last, display) in [
        ("Nguyễn", "Văn An", "Nguyễn Văn An"),
        ("山田", "太郎", "山田太郎"),
        ("王", "小明", "王小明"),
        ("김", "민수", "김민수"),
        ("歐陽", "美玲", "歐陽美玲"),
        ("Chan", "Tai Man", "Chan Tai Man"),
        ("Tham", "Jun Hoe", "Tham Jun Hoe"),
        ("Smith", "John", "John Smith"),
    ] {
        assert!(are_swapped(first, last, display), "{first} {last}");
        assert!(!are_swapped(last, first, display), "{last} {first}");
    }
    for (first, last, display) in [
        ("Lê", "Mai", "Lê Mai"),
        ("Kim", "Nguyen", "Kim Nguyen"),
        ("Kim", "Nguyen", "Nguyen Kim"),
        ("Lee", "Jordan", "Lee Jordan"),
        ("Scott", "James", "Scott James"),
        ("Park", "Min", "Park Min"),
        ("Lin", "Mei", "Lin Mei"),
        ("Hoàng", "Long", "Hoàng Long"),
        ("", "山田", "山田"),
    ] {
        assert!(!are_swapped(first, last, display), "{first} {last}");
    }
}
