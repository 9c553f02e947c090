//! How alike two names are: written alike, of like characters, or of like sound as it is spoken in Jiangxi, where front and back
//! nasals, flat and curled tongue, n and l are not told apart.

use pinyin::ToPinyin;
use serde::Serialize;

/// From the same to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Alike {
    Different,
    /// Of three or more characters one is another.
    OneOther,
    Sound,
    Shape,
    /// Spaces, points and forms of the same character.
    Same,
}

/// Forms of one character, as they stand in household registers.
const FORMS: [&str; 24] = [
    "峰峯",
    "哲喆",
    "杰傑",
    "群羣",
    "升昇陞",
    "勋勳",
    "淑婌",
    "秋秌",
    "略畧",
    "秀琇",
    "和龢",
    "丽麗",
    "华華",
    "国國",
    "荣榮",
    "义義",
    "兰蘭",
    "凤鳳",
    "龙龍",
    "庆慶",
    "云雲",
    "贵貴",
    "连連",
    "发發",
];
/// Characters that are taken for each other when they are copied.
const SHAPES: [&str; 22] = [
    "末未",
    "己已巳",
    "戊戌戍",
    "土士",
    "人入",
    "日曰",
    "天夭",
    "干千于",
    "晴睛",
    "宾滨",
    "芳方",
    "清青淸",
    "梅海",
    "桂佳",
    "平乎",
    "治冶",
    "辛幸",
    "刘刈",
    "玉王",
    "太大犬",
    "令今",
    "申甲由田",
];

/// A name without spaces, points and brackets, in the first form of each character.
pub fn fold(name: &str) -> String {
    let drop = |c: &char| !c.is_whitespace() && !"·•．.‧・*（）()".contains(*c);
    name.chars().filter(drop).map(|c| first(&FORMS, c)).collect()
}

fn first(groups: &[&str], c: char) -> char {
    groups.iter().find(|g| g.contains(c)).and_then(|g| g.chars().next()).unwrap_or(c)
}

/// The sound of a character without what is not heard.
fn sound(c: char) -> Option<String> {
    let plain = c.to_pinyin()?.plain();
    let (head, tail) = match plain {
        p if p.starts_with("zh") || p.starts_with("ch") || p.starts_with("sh") => (&p[..1], &p[2..]),
        p if p.starts_with('l') => ("n", &p[1..]),
        p if p.starts_with("hu") => ("f", &p[2..]),
        p => ("", p),
    };
    let tail = tail.strip_suffix("ng").map_or_else(|| tail.to_owned(), |t| format!("{t}n"));
    Some(format!("{head}{tail}"))
}

/// How alike two names are.
pub fn alike(a: &str, b: &str) -> Alike {
    let (a, b): (Vec<char>, Vec<char>) = (fold(a).chars().collect(), fold(b).chars().collect());
    if a.is_empty() || a.len() != b.len() {
        return Alike::Different;
    }
    if a == b {
        return Alike::Same;
    }
    let other: Vec<(char, char)> = a.iter().copied().zip(b.iter().copied()).filter(|(x, y)| x != y).collect();
    if other.iter().all(|(x, y)| first(&SHAPES, *x) == first(&SHAPES, *y)) {
        return Alike::Shape;
    }
    if other.iter().all(|(x, y)| sound(*x).is_some_and(|s| sound(*y) == Some(s))) {
        return Alike::Sound;
    }
    if a.len() >= 3 && other.len() == 1 { Alike::OneOther } else { Alike::Different }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_alike_as_people_confuse_them() {
        for (a, b, want) in [
            ("李大明", "李大明", Alike::Same),
            ("李 大明 ", "李大明", Alike::Same),
            ("阿依古丽·买买提", "阿依古麗.买买提", Alike::Same),
            ("陈建峯", "陈建峰", Alike::Same),
            ("王玉兰", "王王兰", Alike::Shape),
            ("赵未生", "赵末生", Alike::Shape),
            ("刘金花", "刘金华", Alike::Sound),
            ("张心平", "张星平", Alike::Sound),
            ("胡林生", "胡宁生", Alike::Sound),
            ("张小军", "章晓军", Alike::Sound),
            ("李大明", "李大力", Alike::OneOther),
            ("李明", "李力", Alike::Different),
            ("李大明", "李明", Alike::Different),
            ("", "", Alike::Different),
        ] {
            assert_eq!(alike(a, b), want, "{a} {b}");
            assert_eq!(alike(b, a), want, "{b} {a}");
        }
    }
}
