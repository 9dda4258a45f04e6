//! A name that many others are compared with: which of them cannot be its reading in another script is told without comparing them.

use std::collections::HashMap;

use super::sounds::{Sound, sound};
use super::{Name, across, han};

/// The most letters of a syllable.
const SYLLABLE: usize = 6;

/// A name that is looked for among many.
#[derive(Debug)]
pub(crate) struct AskedName<'a> {
    name: &'a Name,
    /// True if one word is enough, so that a part of the other name is meant.
    is_one_word: bool,
    /// The sounds of all syllables that may be in the Latin words.
    sounds: Vec<Sound>,
    /// True if the words may have a letter in them.
    letters: HashMap<char, bool>,
    /// True if a word in Latin letters may be in this name.
    words: HashMap<String, bool>,
}

impl<'a> AskedName<'a> {
    pub(crate) fn new(name: &'a Name, is_one_word: bool) -> Self {
        let mut sounds = Vec::new();
        for word in name.latin() {
            for start in 0..word.len() {
                let ends = start + 1..=word.len().min(start + SYLLABLE);
                for sound in ends.filter_map(|end| sound(word.get(start..end)?)) {
                    if !sounds.contains(&sound) {
                        sounds.push(sound);
                    }
                }
            }
        }
        let letters = han::japanese_letters(name.latin()).map(|letter| (letter, true)).collect();
        Self { name, is_one_word, sounds, letters, words: HashMap::new() }
    }

    /// Returns true if a name in its own script alone may be how the Latin words are written, or Latin words the reading of this name. What is
    /// `false` is sure; names of the same script are not looked at.
    pub(crate) fn may_be(&mut self, held: &Name) -> bool {
        let (native, latin) = (self.name.native(), self.name.latin());
        match (native.is_empty(), held.native().is_empty()) {
            (true, true) => false,
            (true, false) => !latin.is_empty() && (!held.latin().is_empty() || self.may_be_written(held.native())),
            (false, true) => !latin.is_empty() || held.latin().iter().any(|word| self.may_have(word)),
            (false, false) => true,
        }
    }

    /// Returns true if Chinese characters may be how the Latin words are written: but for one letter each has a reading in them.
    fn may_be_written(&mut self, native: &[String]) -> bool {
        let letters = || native.iter().flat_map(|word| word.chars());
        if !letters().any(han::is_han) {
            return true;
        }
        let (mut all, mut readable) = (0, 0);
        for letter in letters() {
            all += 1;
            let (sounds, words) = (&self.sounds, self.name.latin());
            let may = self.letters.entry(letter).or_insert_with(|| han::may_read(letter, sounds, words));
            readable += usize::from(*may);
        }
        readable > 0 && (self.is_one_word || readable + 1 >= all)
    }

    /// Returns true if a Latin word may be the reading of a part of this name.
    fn may_have(&mut self, word: &str) -> bool {
        if let Some(known) = self.words.get(word) {
            return *known;
        }
        let may = across::may_read(self.name.native(), word);
        self.words.insert(word.to_owned(), may);
        may
    }
}

#[cfg(test)]
mod tests {
    use super::{AskedName, Name};
    use crate::normalize::name::Likeness;

    const HAN: [&str; 24] = [
        "陳大文",
        "陈大文",
        "佐藤",
        "佐藤花子",
        "佐々木 健",
        "鈴木一郎",
        "山田太郎",
        "王小明",
        "歐陽美玲",
        "李",
        "黃美玲",
        "阮文安",
        "林志偉",
        "田中さくら",
        "さとう はな",
        "サトウ",
        "高橋 真理子",
        "大野 聡",
        "渡辺 恵子",
        "中村 悠",
        "長谷川 陽菜",
        "王",
        "郭富城",
        "吳",
    ];
    const LATIN: [&str; 36] = [
        "chan tai man",
        "Chan Taiman",
        "chen dawen",
        "sato",
        "satou",
        "sato hana",
        "Hanako Sato",
        "sasaki ken",
        "suzuki ichiro",
        "yamada taro",
        "Taro Yamada",
        "wang xiaoming",
        "wong siu ming",
        "auyeung mei ling",
        "ouyang meiling",
        "lee",
        "li",
        "wong mei ling",
        "huang meiling",
        "nguyen van an",
        "ruan wen an",
        "lam chi wai",
        "lin zhiwei",
        "tanaka sakura",
        "takahashi mariko",
        "ono satoshi",
        "ohno satoshi",
        "watanabe keiko",
        "nakamura yu",
        "hasegawa hina",
        "wong",
        "kwok fu shing",
        "Aaron Kwok",
        "ng",
        "chan t m",
        "Mary Chan",
    ];

    /// Every pair that is alike in either direction is one that may be, whichever of the two is asked for.
    #[test]
    fn no_name_that_is_alike_is_passed_over() {
        let mut csv = csv::Reader::from_reader(include_str!("script_pairs.csv").as_bytes());
        let mut pairs: Vec<(String, String)> =
            csv.records().map(|row| row.unwrap()).map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
        pairs
            .extend(HAN.iter().flat_map(|han| LATIN.iter().map(move |latin| ((*han).to_owned(), (*latin).to_owned()))));
        let (mut alike, mut spared, mut all) = (0, 0, 0);
        for (one, two) in &pairs {
            for (asked, held) in [(one, two), (two, one)] {
                let (asked, held) = (Name::read(asked), Name::read(held));
                for is_one_word in [asked.latin().len() + asked.native().len() == 1, false] {
                    let may = AskedName::new(&asked, is_one_word).may_be(&held);
                    let is_across = asked.native().is_empty() != held.native().is_empty();
                    let likeness = asked.likeness(&held);
                    let is = likeness >= Likeness::Compatible || (likeness == Likeness::Part && is_one_word);
                    assert!(may || !is || !is_across, "{asked:?} is like {held:?}: {likeness:?}");
                    alike += usize::from(is && is_across);
                    spared += usize::from(!may);
                    all += 1;
                }
            }
        }
        println!("{alike} alike, {spared} of {all} spared");
        assert!(alike > 500 && spared > 1_000, "{alike} alike, {spared} of {all} spared");
    }
}
