//! Words that say "there is none" or "nobody knows", in the languages of the lists that are cleaned. They mean the same in every field.

/// Words that people write into a field that they cannot leave empty, and that spreadsheets write for a missing value.
const NONE: [&str; 50] = [
    "n/a",
    "n.a",
    "n.a.",
    "none",
    "nil",
    "null",
    "undefined",
    "unknown",
    "not available",
    "not provided",
    "not applicable",
    "not known",
    "declined",
    "refused",
    "tbc",
    "tbd",
    "#n/a",
    "#ref!",
    "#value!",
    "#name?",
    "không có",
    "ko có",
    "k có",
    "khong co",
    "không rõ",
    "chưa rõ",
    "chưa có",
    "chua co",
    "無",
    "无",
    "沒有",
    "没有",
    "冇",
    "不明",
    "不詳",
    "不详",
    "未提供",
    "未知",
    "なし",
    "ない",
    "無し",
    "ナシ",
    "ไม่มี",
    "ไม่ทราบ",
    "ไม่ระบุ",
    "tiada",
    "tidak ada",
    "tak ada",
    "없음",
    "нет",
];

/// Returns true if a text in lower case says that there is no value. A field adds words of its own: `no phone`, `no name`.
pub(crate) fn says_none(lower: &str) -> bool {
    NONE.contains(&lower)
}

#[cfg(test)]
mod tests {
    use super::NONE;
    use crate::findings::{Kind, ValueCounts, findings};
    use crate::subject::Subject;

    #[test]
    fn a_word_for_none_is_a_filler_in_every_field() {
        for word in NONE {
            let told = |field: &str| {
                let contact = serde_json::json!({ "id": "con_1", "display_name": "Mei Wong", "time_zone": "Asia/Saigon", field: word });
                let text = contact.to_string();
                let subject = Subject::read(&text).unwrap();
                findings(&subject, &ValueCounts::default()).into_iter().map(|finding| finding.kind).collect::<Vec<_>>()
            };
            for (field, kind) in
                [("display_name", Kind::JunkName), ("phone_number", Kind::PhoneJunk), ("email", Kind::EmailJunk)]
            {
                assert!(told(field).contains(&kind), "{word} in {field}: {:?}", told(field));
            }
        }
    }
}
