//! Which of two parts of a name is the family name.

use super::{han, sounds, western};

/// Family names in Latin letters, without marks, that are hardly given names.
const VIETNAMESE: [&str; 12] =
    ["nguyễn", "trần", "phạm", "huỳnh", "đặng", "bùi", "đỗ", "ngô", "nguyen", "tran", "pham", "huynh"];

/// Family names of Chinese, one character; those that are given names as often are left out.
const CHINESE: &str = "林周高馬马方洪王李張张劉刘陳陈楊杨黃黄趙赵吳吴徐孫孙朱胡郭何羅罗鄭郑梁謝谢宋唐許许鄧邓馮冯韓韩曹曾彭蕭萧蔡潘田董袁余葉叶蔣蒋杜蘇苏魏呂吕丁沈任姚盧卢傅鍾钟姜崔譚谭廖范汪陸陆金石戴賈贾韋韦夏邱侯鄒邹熊孟秦閻阎薛";

/// Family names of Chinese with two characters.
const CHINESE_OF_TWO: [&str; 10] = ["歐陽", "欧阳", "司徒", "司馬", "司马", "上官", "諸葛", "诸葛", "東方", "夏侯"];

/// Family names of Japan that are given names nowhere.
const JAPANESE: &str = "佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邉 渡邊 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 斎藤 清水 山崎 阿部 森 池田 橋本 石川 \
    山下 小川 石井 長谷川 後藤 岡田 近藤 前田 藤田 遠藤 青木 坂本 村上 太田 金子 藤井 福田 西村 三浦 竹内 中川 岡本 松田 原田 中野 小野 田村 藤原 中島 石田 \
    小島 和田 森田 内田 柴田 酒井 原 横山 工藤 宮崎 宮本 高木 安藤 谷口 大野 丸山 今井 高田 藤本 武田 村田 上野 杉山 増田 菅原 平野 大塚 千葉 久保 松井 岩崎 桜井 \
    木下 野口 松尾 野村 菊地 佐野 大西 杉本 新井 浜田 菅野 市川 古川 水野 小松 島田 小山";

/// Family names of Korea, one syllable.
const KOREAN: &str = "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민";

/// Family names of Chinese as they are written in Hong Kong, Malaysia and Singapore, and that are no syllable of most given names.
const SOUTHERN: [&str; 58] = [
    "chan", "wong", "lee", "leung", "cheung", "lau", "cheng", "ho", "ng", "lam", "tsang", "kwok", "chow", "yeung",
    "tang", "tsui", "fung", "poon", "yip", "choi", "lai", "tse", "szeto", "au", "yuen", "chiu", "mok", "tam", "kwan",
    "kwong", "tan", "lim", "goh", "ong", "koh", "teo", "tay", "chua", "chong", "low", "toh", "sim", "yeo", "tham",
    "foo", "loh", "chin", "liew", "khoo", "heng", "quek", "soh", "phua", "gan", "chew", "boey", "chia", "seow",
];

/// Whether the field for the given name has the family name and the other way about.
pub fn are_swapped(first: &str, last: &str, display: &str) -> bool {
    if first.is_empty() || last.is_empty() {
        return false;
    }
    let (given, family) = (first.to_lowercase(), last.to_lowercase());
    let is_family = |word: &str| VIETNAMESE.contains(&word);
    // `Nguyễn` and `Văn An`.
    if is_family(&given) {
        return !family.split_whitespace().any(is_family);
    }
    if first.chars().chain(last.chars()).all(|c| c > '\u{2E80}') {
        return is_native_family(first) && !is_native_family(last);
    }
    // `Chan` and `Tai Man`: a given name is of two syllables, and a family name of one.
    let syllables: Vec<&str> = family.split([' ', '-']).collect();
    let is_given = syllables.len() == 2
        && syllables.iter().all(|word| sounds::sound(word).is_some() && !is_family(word) && !western::is_western(word));
    if SOUTHERN.contains(&given.as_str()) && is_given {
        return true;
    }
    // `Smith` and `John`, who is shown as `John Smith`.
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    let shown = [words(last), words(first)].concat();
    words(display) == shown && western::is_western(&family) && !western::is_western(&given)
}

/// Whether a word is a family name of Chinese, Japanese or Korean.
fn is_native_family(word: &str) -> bool {
    let mut letters = word.chars();
    let one = letters.next().filter(|_| letters.next().is_none());
    let is_one = |letter: char| CHINESE.contains(letter) || KOREAN.contains(letter);
    one.is_some_and(is_one)
        || CHINESE_OF_TWO.contains(&word)
        || (word.chars().all(|c| han::is_han(c) || c == '々')
            && JAPANESE.split_whitespace().any(|family| family == word))
}
