//! The numbering plans of the eight regions that contacts are mostly of, and every country's calling code.

/// A region whose numbering plan is tabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Region {
    /// +84
    Vietnam,
    /// +852
    HongKong,
    /// +886
    Taiwan,
    /// +65
    Singapore,
    /// +60
    Malaysia,
    /// +66
    Thailand,
    /// +81
    Japan,
    /// +1, which Canada shares
    UnitedStates,
}

/// Numbers that begin with one of `first` and have so many digits in all.
struct Range {
    first: &'static [&'static str],
    digits: &'static [usize],
    mobile: bool,
}

struct Plan {
    country: &'static str,
    trunk: &'static str,
    zones: &'static [&'static str],
    languages: &'static [&'static str],
    letters: [&'static str; 2],
    ranges: &'static [Range],
}

const fn mobile(first: &'static [&'static str], digits: &'static [usize]) -> Range {
    Range { first, digits, mobile: true }
}

const fn fixed(first: &'static [&'static str], digits: &'static [usize]) -> Range {
    Range { first, digits, mobile: false }
}

const VIETNAM: Plan = Plan {
    country: "84",
    trunk: "0",
    zones: &["Asia/Saigon", "Asia/Ho_Chi_Minh", "Asia/Hanoi"],
    languages: &["vi"],
    letters: ["VN", "VNM"],
    ranges: &[mobile(&["3", "5", "7", "8", "9"], &[9]), fixed(&["2"], &[10])],
};
const HONG_KONG: Plan = Plan {
    country: "852",
    trunk: "",
    zones: &["Asia/Hong_Kong", "Hongkong"],
    languages: &["zh-HK", "zh_HK", "yue"],
    letters: ["HK", "HKG"],
    ranges: &[mobile(&["4", "5", "6", "7", "8", "9"], &[8]), fixed(&["2", "3"], &[8])],
};
const TAIWAN: Plan = Plan {
    country: "886",
    trunk: "0",
    zones: &["Asia/Taipei", "ROC"],
    languages: &["zh-TW", "zh_TW", "zh_tw"],
    letters: ["TW", "TWN"],
    ranges: &[mobile(&["9"], &[9]), fixed(&["2", "3", "4", "5", "6", "7", "8"], &[8, 9])],
};
const SINGAPORE: Plan = Plan {
    country: "65",
    trunk: "",
    zones: &["Asia/Singapore", "Singapore"],
    languages: &["en-SG"],
    letters: ["SG", "SGP"],
    ranges: &[mobile(&["8", "9"], &[8]), fixed(&["3", "6"], &[8])],
};
const MALAYSIA: Plan = Plan {
    country: "60",
    trunk: "0",
    zones: &["Asia/Kuala_Lumpur", "Asia/Kuching"],
    languages: &["ms"],
    letters: ["MY", "MYS"],
    ranges: &[mobile(&["11", "15"], &[10]), mobile(&["1"], &[9]), fixed(&["3", "4", "5", "6", "7", "8", "9"], &[8, 9])],
};
const THAILAND: Plan = Plan {
    country: "66",
    trunk: "0",
    zones: &["Asia/Bangkok"],
    languages: &["th"],
    letters: ["TH", "THA"],
    ranges: &[mobile(&["6", "8", "9"], &[9]), fixed(&["2", "3", "4", "5", "7"], &[8])],
};
const JAPAN: Plan = Plan {
    country: "81",
    trunk: "0",
    zones: &["Asia/Tokyo", "Japan"],
    languages: &["ja"],
    letters: ["JP", "JPN"],
    ranges: &[mobile(&["60", "70", "80", "90"], &[10]), fixed(&["1", "2", "3", "4", "5", "6", "7", "8", "9"], &[9])],
};
const UNITED_STATES: Plan = Plan {
    country: "1",
    trunk: "1",
    zones: &[],
    languages: &["en-US", "en_US"],
    letters: ["US", "USA"],
    ranges: &[mobile(&["2", "3", "4", "5", "6", "7", "8", "9"], &[10])],
};

impl Region {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Vietnam,
        Self::HongKong,
        Self::Taiwan,
        Self::Singapore,
        Self::Malaysia,
        Self::Thailand,
        Self::Japan,
        Self::UnitedStates,
    ];

    const fn plan(self) -> &'static Plan {
        match self {
            Self::Vietnam => &VIETNAM,
            Self::HongKong => &HONG_KONG,
            Self::Taiwan => &TAIWAN,
            Self::Singapore => &SINGAPORE,
            Self::Malaysia => &MALAYSIA,
            Self::Thailand => &THAILAND,
            Self::Japan => &JAPAN,
            Self::UnitedStates => &UNITED_STATES,
        }
    }

    /// The region with a calling code.
    pub fn of_country_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|region| region.plan().country == code)
    }

    /// The region of an IANA time zone.
    pub fn of_time_zone(zone: &str) -> Option<Self> {
        const AMERICAN: [&str; 8] =
            ["New_York", "Chicago", "Denver", "Los_Angeles", "Phoenix", "Anchorage", "Detroit", "Boise"];
        if let Some(city) = zone.strip_prefix("America/") {
            return AMERICAN.contains(&city).then_some(Self::UnitedStates);
        }
        if zone.starts_with("US/") || zone == "Pacific/Honolulu" {
            return Some(Self::UnitedStates);
        }
        Self::ALL.into_iter().find(|region| region.plan().zones.contains(&zone))
    }

    /// The region that a language is mostly spoken in.
    pub fn of_language(language: &str) -> Option<Self> {
        let of = |tag: &str| Self::ALL.into_iter().find(|region| region.plan().languages.contains(&tag));
        of(language).or_else(|| of(language.split(['-', '_']).next()?))
    }

    /// The region of an ISO 3166 code of two or three letters.
    pub fn of_letters(letters: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|region| region.plan().letters.contains(&letters))
    }

    /// The calling code.
    pub const fn country_code(self) -> &'static str {
        self.plan().country
    }

    /// The time zone, where the region has but one.
    pub fn time_zone(self) -> Option<&'static str> {
        self.plan().zones.first().copied()
    }

    pub(super) const fn trunk(self) -> &'static str {
        self.plan().trunk
    }

    /// Whether the region has such a number.
    pub fn has(self, national: &str) -> bool {
        if self == Self::UnitedStates {
            return national.len() == 10
                && [0, 3].iter().all(|at| matches!(national.as_bytes().get(*at), Some(b'2'..=b'9')));
        }
        self.range(national).is_some()
    }

    /// Whether it is a number of a mobile phone (in the United States they look alike).
    pub fn is_mobile(self, national: &str) -> bool {
        self.has(national) && self.range(national).is_some_and(|range| range.mobile)
    }

    fn range(self, national: &str) -> Option<&'static Range> {
        self.plan().ranges.iter().find(|range| {
            range.digits.contains(&national.len()) && range.first.iter().any(|first| national.starts_with(first))
        })
    }
}

/// The prefixes of eleven-digit Vietnamese mobile numbers and what replaced them in 2018.
const VIETNAMESE: [(&str, &str); 21] = [
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

/// The number of today of a Vietnamese mobile number of before 2018 without its trunk zero.
pub(super) fn vietnamese_of_today(national: &str) -> Option<String> {
    if national.len() != 10 {
        return None;
    }
    let (old, rest) = national.split_at_checked(3)?;
    VIETNAMESE.iter().find(|(prefix, _)| *prefix == old).map(|(_, today)| format!("{today}{rest}"))
}

/// Every calling code (ITU-T E.164), sorted as text.
#[rustfmt::skip]
pub const COUNTRY_CODES: [&str; 216] = [
    "1", "20", "211", "212", "213", "216", "218", "220", "221", "222", "223", "224", "225", "226", "227",
    "228", "229", "230", "231", "232", "233", "234", "235", "236", "237", "238", "239", "240", "241", "242",
    "243", "244", "245", "246", "247", "248", "249", "250", "251", "252", "253", "254", "255", "256", "257",
    "258", "260", "261", "262", "263", "264", "265", "266", "267", "268", "269", "27", "290", "291", "297",
    "298", "299", "30", "31", "32", "33", "34", "350", "351", "352", "353", "354", "355", "356", "357", "358",
    "359", "36", "370", "371", "372", "373", "374", "375", "376", "377", "378", "379", "380", "381", "382",
    "383", "385", "386", "387", "389", "39", "40", "41", "420", "421", "423", "43", "44", "45", "46", "47",
    "48", "49", "500", "501", "502", "503", "504", "505", "506", "507", "508", "509", "51", "52", "53", "54",
    "55", "56", "57", "58", "590", "591", "592", "593", "594", "595", "596", "597", "598", "599", "60", "61",
    "62", "63", "64", "65", "66", "670", "672", "673", "674", "675", "676", "677", "678", "679", "680", "681",
    "682", "683", "685", "686", "687", "688", "689", "690", "691", "692", "7", "800", "808", "81", "82", "84",
    "850", "852", "853", "855", "856", "86", "870", "878", "880", "881", "882", "883", "886", "888", "90",
    "91", "92", "93", "94", "95", "960", "961", "962", "963", "964", "965", "966", "967", "968", "970", "971",
    "972", "973", "974", "975", "976", "977", "979", "98", "992", "993", "994", "995", "996", "998",
];
