//! Numbers of before a country renumbered, as they are today, and the forms in which one mobile number may be written.

/// The prefixes of eleven-digit Vietnamese mobile numbers and what replaced them in 2018.
const VIETNAMESE_MOBILES: [(&str, &str); 21] = [
    ("120", "70"),
    ("121", "79"),
    ("122", "77"),
    ("123", "83"),
    ("124", "84"),
    ("125", "85"),
    ("126", "76"),
    ("127", "81"),
    ("128", "78"),
    ("129", "82"),
    ("162", "32"),
    ("163", "33"),
    ("164", "34"),
    ("165", "35"),
    ("166", "36"),
    ("167", "37"),
    ("168", "38"),
    ("169", "39"),
    ("186", "56"),
    ("188", "58"),
    ("199", "59"),
];

/// The area codes of Vietnam's provinces and what replaced them in 2017.
#[rustfmt::skip]
const VIETNAMESE_AREAS: [(&str, &str); 59] = [
    ("22", "212"), ("231", "213"), ("20", "214"), ("230", "215"), ("29", "216"), ("52", "232"), ("53", "233"),
    ("54", "234"), ("510", "235"), ("511", "236"), ("37", "237"), ("38", "238"), ("39", "239"), ("33", "203"),
    ("240", "204"), ("25", "205"), ("26", "206"), ("27", "207"), ("280", "208"), ("281", "209"), ("320", "220"),
    ("321", "221"), ("241", "222"), ("31", "225"), ("351", "226"), ("36", "227"), ("350", "228"), ("30", "229"),
    ("780", "290"), ("781", "291"), ("710", "292"), ("711", "293"), ("74", "294"), ("76", "296"), ("77", "297"),
    ("79", "299"), ("4", "24"), ("8", "28"), ("61", "251"), ("62", "252"), ("64", "254"), ("55", "255"),
    ("56", "256"), ("57", "257"), ("58", "258"), ("68", "259"), ("60", "260"), ("501", "261"), ("500", "262"),
    ("63", "263"), ("59", "269"), ("70", "270"), ("651", "271"), ("72", "272"), ("73", "273"), ("650", "274"),
    ("75", "275"), ("66", "276"), ("67", "277"),
];

/// A number of today for one that no longer is a number, both without a trunk prefix, and whether the old number can have
/// become no other.
pub(super) fn of_today(country: u16, national: &str) -> Option<(String, bool)> {
    match country {
        84 => vietnamese(national).map(|today| (today, true)),
        225 => ivorian(national).map(|today| (today, true)),
        55 => brazilian(national).map(|today| (today, false)),
        // The 1 before mobile numbers, which Mexico gave up in 2019.
        52 if national.len() == 11 => national.strip_prefix('1').map(|today| (today.to_owned(), false)),
        _ => None,
    }
}

fn replaced(table: &[(&str, &str)], national: &str, code: usize) -> Option<String> {
    let (old, rest) = national.split_at_checked(code)?;
    table.iter().find(|(prefix, _)| *prefix == old).map(|(_, today)| format!("{today}{rest}"))
}

fn vietnamese(national: &str) -> Option<String> {
    let landline = |code| replaced(&VIETNAMESE_AREAS, national, code);
    match national.len() {
        // Hanoi and Ho Chi Minh City had a code of one digit and numbers of eight.
        9 => landline(1).or_else(|| landline(2)),
        10 => replaced(&VIETNAMESE_MOBILES, national, 3).or_else(|| landline(3)),
        _ => None,
    }
}

/// Ho Chi Minh City's landlines of before 2017 where they are written as such, `(08) 3822 7195`: the same digits are a
/// mobile number of today.
pub(super) fn of_ho_chi_minh_city(typed: &str) -> Option<String> {
    let (_, number) = typed.split_once("(08)").or_else(|| typed.split_once("(8)"))?;
    let number: String = number.chars().filter(char::is_ascii_digit).collect();
    (number.len() == 8 && number.starts_with(['2', '3', '5', '6', '7'])).then(|| format!("28{number}"))
}

/// Ivory Coast put the operator's code before its numbers of eight digits in 2021; the second digit says which.
fn ivorian(national: &str) -> Option<String> {
    let bytes = national.as_bytes();
    if bytes.len() != 8 || matches!(bytes.first(), Some(b'2' | b'3')) {
        return None;
    }
    let operator = match bytes.get(1)? {
        b'0'..=b'3' => "01",
        b'4'..=b'6' => "05",
        _ => "07",
    };
    Some(format!("{operator}{national}"))
}

/// Brazil put a 9 before its mobile numbers of eight digits between 2012 and 2016.
fn brazilian(national: &str) -> Option<String> {
    let (area, rest) = national.split_at_checked(2)?;
    (national.len() == 10 && rest.starts_with(['6', '7', '8', '9'])).then(|| format!("{area}9{rest}"))
}

/// One form of the numbers that are one mobile phone: Brazil's with and without the ninth digit, Mexico's with and without
/// 1, Argentina's with and without 9.
pub(super) fn comparable(country: u16, national: &str) -> String {
    let changed = match country {
        55 => brazilian(national),
        52 if national.len() == 11 => national.strip_prefix('1').map(str::to_owned),
        54 if national.len() == 11 => national.strip_prefix('9').map(str::to_owned),
        _ => None,
    };
    changed.unwrap_or_else(|| national.to_owned())
}
