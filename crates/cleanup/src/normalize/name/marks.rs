//! Marks of names that tell two people apart: Vietnamese tone marks, words of kinship and possession, and suffixes.

use unicode_normalization::UnicodeNormalization;

/// Words by which a text names a relative of somebody, or somebody's anything, in Latin letters.
const KIN_WORDS: &[&str] = &[
    // English.
    "mum", "mom", "mommy", "mummy", "mother", "dad", "daddy", "father", "wife", "husband", "daughter", "sister",
    "brother", "grandma", "grandpa", "auntie", "uncle", // Vietnamese.
    "mẹ", "bố", "vợ", "chồng", "con", "cháu", "má", // Malay.
    "ibu", "bapa", "ayah", "emak", "isteri", "suami", "anak", "abang", "kakak", "adik",
];

/// The same of two words, and in scripts that write no spaces.
const KIN_PARTS: &[&str] = &[
    // Vietnamese, of two words: a pupil's parent.
    "phụ huynh",
    // Chinese, traditional and simplified.
    "媽",
    "妈",
    "爸",
    "老公",
    "老婆",
    "妻子",
    "丈夫",
    "兒子",
    "儿子",
    "女兒",
    "女儿",
    "嫂",
    "哥哥",
    "姐姐",
    "弟弟",
    "妹妹",
    "外婆",
    "婆婆",
    "爺爺",
    "爷爷", // Japanese.
    "の母",
    "の父",
    "の妻",
    "の夫",
    "の娘",
    "の息子",
    "の姉",
    "の妹",
    "の兄",
    "の弟",
    "ママ",
    "パパ",
    "お母さん",
    "お父さん",
    "奥様", // Thai.
    "แม่",
    "พ่อ",
    "ภรรยา",
];

/// Numbers and words behind a name that part a father from his son.
const SUFFIXES: [(&str, &str); 10] = [
    ("jr", "jr"),
    ("junior", "jr"),
    ("sr", "sr"),
    ("senior", "sr"),
    ("ii", "2"),
    ("2nd", "2"),
    ("iii", "3"),
    ("3rd", "3"),
    ("iv", "4"),
    ("4th", "4"),
];

/// What a name says beside its letters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Marks {
    /// Words with their marks, each beside its bare letters, sorted.
    words: Vec<(String, Marked)>,
    /// Words of kinship and possession, sorted.
    kin: Vec<&'static str>,
    /// A generation.
    suffix: Option<&'static str>,
    /// Whether a word is written with a mark.
    is_marked: bool,
}

/// A Vietnamese syllable: its letters with the marks that make vowels, and its tone, wherever that is written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Marked {
    letters: String,
    tone: Option<char>,
}

impl Marks {
    /// The marks of a text. `bare` gives a word without marks.
    pub(super) fn read(text: &str, bare: impl Fn(&str) -> String) -> Self {
        // In Turkish the dot parts two letters; whether a name has it depends on who wrote it.
        let plain = |letter: char| match letter {
            'İ' | 'ı' => 'i',
            letter => letter,
        };
        let lower = text.nfkc().map(plain).collect::<String>().to_lowercase().replace('ς', "σ");
        let mut marks = Self::default();
        let has_marks = lower.chars().any(|letter| !letter.is_ascii() && letter.is_alphanumeric());
        let words = || lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let last = words().count().saturating_sub(1);
        for (at, word) in words().enumerate() {
            if has_marks {
                let (bare, marked) = (bare(word), marked(word));
                // `Thanh Tu Nguyễn`: who writes the family name last has romanised the others.
                marks.is_marked |= marked.is_marked(&bare) && (at < last || last == 0);
                marks.words.push((bare, marked));
            }
            marks.kin.extend(KIN_WORDS.iter().filter(|kin| **kin == word));
            if at > 0 {
                let suffix = SUFFIXES.iter().find(|(written, _)| *written == word);
                marks.suffix = suffix.map(|(_, meant)| *meant).or(marks.suffix);
            }
        }
        // `Chan Tai Man's wife`, `son of Chan Tai Man`, `c/o Chan Tai Man`. The word `son` alone is a Vietnamese name.
        let is_possessive = ["'s ", "’s ", "son of ", "c/o "].iter().any(|mark| lower.contains(mark));
        marks.kin.extend(is_possessive.then_some("s"));
        marks.kin.extend(KIN_PARTS.iter().filter(|kin| !lower.is_ascii() && lower.contains(**kin)));
        marks.kin.extend(is_wife(&lower).then_some("太太"));
        marks.words.sort_unstable();
        marks.kin.sort_unstable();
        marks.kin.dedup();
        marks
    }

    /// These, with what another spelling of the same name adds.
    pub(super) fn or(mut self, other: Self) -> Self {
        if self.words.is_empty() {
            (self.words, self.is_marked) = (other.words, other.is_marked);
        }
        self.kin.extend(other.kin);
        self.kin.sort_unstable();
        self.kin.dedup();
        self.suffix = self.suffix.or(other.suffix);
        self
    }

    /// Whether one of two names is a relative's: a word of kinship or possession stands in one only.
    pub(super) fn are_kin(&self, other: &Self) -> bool {
        self.kin != other.kin
    }

    /// Whether two names end in different generations: `Jr` beside `Sr`, `II`, or nothing.
    pub(super) fn differ_in_suffix(&self, other: &Self) -> bool {
        self.suffix != other.suffix
    }

    /// Whether both names write marks, and a word of the same letters with other ones: `Thu Hà` and `Thu Hạ`, `Minh Anh` and
    /// `Minh Ánh` behind one `Nguyễn`. Where the tone stands (`Hoà`, `Hòa`) says nothing, and neither does a name without marks.
    pub(super) fn differ_in_tone(&self, other: &Self) -> bool {
        let both_marked = self.is_marked && other.is_marked;
        // Words that both write alike go in pairs: `Văn Văn` beside `Văn Vân` leaves one on each side.
        let mut two: Vec<&(String, Marked)> = other.words.iter().collect();
        let one: Vec<&(String, Marked)> = self
            .words
            .iter()
            .filter(|word| match two.iter().position(|other| other == word) {
                Some(at) => {
                    two.swap_remove(at);
                    false
                }
                None => true,
            })
            .collect();
        one.iter().any(|(bare, marked)| {
            two.iter().any(|(also, written)| {
                also == bare && (both_marked || (marked.is_marked(bare) && written.is_marked(bare)))
            })
        })
    }
}

impl Marked {
    fn is_marked(&self, bare: &str) -> bool {
        self.tone.is_some() || self.letters != bare
    }
}

/// Whether a text names somebody's wife: `陳大文太太`. Behind a family name alone (`陳太太`) the word is a title.
fn is_wife(text: &str) -> bool {
    ["太太", "夫人"].iter().any(|word| {
        let before = text.split_once(word).map(|(before, _)| before.trim_end());
        before.is_some_and(|name| name.chars().rev().take_while(|letter| *letter >= '\u{3400}').count() >= 3)
    })
}

/// Takes the tone out of a word.
fn marked(word: &str) -> Marked {
    let mut tone = None;
    let letters = word.nfd().filter(|letter| {
        let is_tone = matches!(letter, '\u{0300}' | '\u{0301}' | '\u{0303}' | '\u{0309}' | '\u{0323}');
        if is_tone {
            tone = Some(*letter);
        }
        !is_tone
    });
    let letters: String = letters.nfc().collect();
    Marked { letters, tone }
}
