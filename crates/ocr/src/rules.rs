//! From recognised words to fields: what a line may hold, what follows from the number, how sure one may be. Must not do I/O.

use crate::tesseract::Word;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Above this a field need not be looked over (domain 01 §6.6).
pub(crate) const SURE: f32 = 0.9;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// 人像面
    Front,
    /// 国徽面
    Back,
}

/// One field with its confidence, 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Field {
    pub name: &'static str,
    pub value: String,
    pub confidence: f32,
}

/// One side of a card.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reading {
    pub side: Side,
    pub fields: Vec<Field>,
    /// Check digit and date inside the number hold.
    pub number_ok: bool,
    /// Out of the number, never out of the print: `YYYY-MM-DD`.
    pub birth_date: Option<String>,
    /// Out of the number: code of list C51, `1` male, `2` female.
    pub gender: Option<&'static str>,
}

impl Reading {
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }
    /// Enough was read that the card need not be turned round.
    pub(crate) fn is_plausible(&self) -> bool {
        match self.side {
            Side::Front => self.number_ok || self.get("id_no").is_some_and(|f| f.value.len() >= 15),
            Side::Back => self.get("valid").is_some_and(|f| !f.value.is_empty()),
        }
    }
    pub(crate) fn weight(&self) -> f32 {
        self.fields.iter().map(|f| f.confidence * f.value.chars().count() as f32).sum()
    }
}

fn text(words: &[Word], keep: impl Fn(char) -> bool) -> String {
    words.iter().flat_map(|w| w.text.chars()).map(half).filter(|c| keep(*c)).collect()
}
/// Full-width digits and letters as half-width ones.
fn half(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    }
}
/// The least sure word decides, and an empty field is sure of nothing.
fn sureness(words: &[Word], value: &str) -> f32 {
    if value.is_empty() {
        return 0.0;
    }
    words.iter().map(|w| w.sure).fold(100.0, f32::min).clamp(0.0, 100.0) / 100.0
}
fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c) || ('\u{3400}'..='\u{4dbf}').contains(&c) || ('\u{20000}'..='\u{2ebef}').contains(&c)
}

pub(crate) fn name(words: &[Word]) -> Field {
    let mut value = text(words, |c| is_han(c) || c == '·');
    // the printed label reaches into the cut-out of a card held a little off
    if let Some(rest) = value.strip_prefix("姓名") {
        value = rest.to_owned();
    }
    let confidence = sureness(words, &value) * if (2..=20).contains(&value.chars().count()) { 1.0 } else { 0.5 };
    Field { name: "name", value, confidence }
}

/// The 56 nationalities as cards print them (GB/T 3304).
const NATIONS: [&str; 56] = [
    "汉",
    "蒙古",
    "回",
    "藏",
    "维吾尔",
    "苗",
    "彝",
    "壮",
    "布依",
    "朝鲜",
    "满",
    "侗",
    "瑶",
    "白",
    "土家",
    "哈尼",
    "哈萨克",
    "傣",
    "黎",
    "傈僳",
    "佤",
    "畲",
    "高山",
    "拉祜",
    "水",
    "东乡",
    "纳西",
    "景颇",
    "柯尔克孜",
    "土",
    "达斡尔",
    "仫佬",
    "羌",
    "布朗",
    "撒拉",
    "毛南",
    "仡佬",
    "锡伯",
    "阿昌",
    "普米",
    "塔吉克",
    "怒",
    "乌孜别克",
    "俄罗斯",
    "鄂温克",
    "德昂",
    "保安",
    "裕固",
    "京",
    "塔塔尔",
    "独龙",
    "鄂伦春",
    "赫哲",
    "门巴",
    "珞巴",
    "基诺",
];

pub(crate) fn nation(words: &[Word]) -> Field {
    let read = text(words, is_han).replace("民族", "");
    let known =
        NATIONS.iter().find(|n| read == **n).or_else(|| NATIONS.iter().filter(|n| read.ends_with(**n)).max_by_key(|n| n.len()));
    match known {
        Some(n) => Field { name: "nation", value: (*n).to_owned(), confidence: sureness(words, n) },
        None => Field { name: "nation", confidence: 0.3 * sureness(words, &read), value: read },
    }
}

pub(crate) fn address(words: &[Word]) -> Field {
    let mut value = text(words, |c| is_han(c) || c.is_ascii_alphanumeric() || c == '-' || c == '#');
    if let Some(rest) = value.strip_prefix("住址") {
        value = rest.to_owned();
    }
    let confidence = sureness(words, &value) * if value.chars().count() >= 6 { 1.0 } else { 0.5 };
    Field { name: "address", value, confidence }
}

/// The number: its check digit is worth more than the program's own opinion.
pub(crate) fn number(words: &[Word]) -> Field {
    let value = text(words, |c| c.is_ascii_digit() || matches!(c, 'x' | 'X')).to_uppercase();
    // a stroke of the frame is read as a digit before or behind
    let whole = (0..=value.len().saturating_sub(18)).filter_map(|i| value.get(i..i + 18)).find(|n| holds(n));
    match whole {
        Some(n) => Field { name: "id_no", value: n.to_owned(), confidence: 0.99 },
        None => Field { name: "id_no", confidence: sureness(words, &value) * 0.5, value },
    }
}

/// Check digit and date of an eighteen-digit number (GB 11643).
fn holds(n: &str) -> bool {
    base::idcard::check_digit_ok(n) && birth(n).is_some()
}
fn birth(n: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(n.get(6..14)?, "%Y%m%d").ok()
}

pub(crate) fn authority(words: &[Word]) -> Field {
    let mut value = text(words, is_han);
    if let Some(rest) = value.strip_prefix("签发机关") {
        value = rest.to_owned();
    }
    let known = value.ends_with('局') || value.ends_with("分局");
    Field { name: "authority", confidence: sureness(words, &value) * if known { 1.0 } else { 0.7 }, value }
}

/// `2016.01.01-2036.01.01` or `2016.01.01-长期`.
pub(crate) fn valid(words: &[Word]) -> Field {
    let raw = text(words, |c| c.is_ascii_digit() || is_han(c));
    let digits: String = raw.chars().filter(char::is_ascii_digit).collect();
    let day = |t: &str| NaiveDate::parse_from_str(t, "%Y%m%d").ok();
    let dotted = |d: NaiveDate| d.format("%Y.%m.%d").to_string();
    let from = digits.get(0..8).and_then(day);
    let value = match (from, digits.get(8..16).and_then(day)) {
        (Some(a), Some(b)) if a < b => format!("{}-{}", dotted(a), dotted(b)),
        (Some(a), None) if raw.contains('长') || raw.contains('期') => format!("{}-长期", dotted(a)),
        _ => return Field { name: "valid", confidence: 0.3 * sureness(words, &digits), value: digits },
    };
    Field { name: "valid", confidence: sureness(words, &value).max(0.8), value }
}

pub(crate) fn reading(side: Side, fields: Vec<Field>) -> Reading {
    let number = fields.iter().find(|f| f.name == "id_no").map(|f| f.value.clone()).unwrap_or_default();
    let ok = holds(&number);
    let born = birth(&number).filter(|_| ok);
    let male = number.as_bytes().get(16).map(|d| (d - b'0') % 2 == 1).filter(|_| ok);
    Reading {
        side,
        fields,
        number_ok: ok,
        birth_date: born.map(|d| d.to_string()),
        gender: male.map(|m| if m { "1" } else { "2" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(list: &[(&str, f32)]) -> Vec<Word> {
        list.iter().map(|(t, s)| Word { text: (*t).into(), sure: *s }).collect()
    }

    #[test]
    fn a_number_with_its_check_digit_is_sure_and_another_never() {
        let good = number(&words(&[("36019919800101", 40.0), ("0012", 50.0)]));
        assert_eq!((good.value.as_str(), good.confidence), ("360199198001010012", 0.99));
        let framed = number(&words(&[("1360199198001010012", 80.0)]));
        assert_eq!(framed.value, "360199198001010012");
        assert!(number(&words(&[("360199198001010013", 99.0)])).confidence < SURE);
        assert_eq!(number(&words(&[("11010519491231002x", 90.0)])).value, "11010519491231002X");
        let r = reading(Side::Front, vec![good]);
        assert_eq!((r.number_ok, r.birth_date.as_deref(), r.gender), (true, Some("1980-01-01"), Some("1")));
        let bad = reading(Side::Front, vec![number(&words(&[("360199198013010012", 99.0)]))]);
        assert_eq!((bad.number_ok, bad.birth_date, bad.gender), (false, None, None));
    }

    #[test]
    fn labels_and_specks_are_no_part_of_a_field() {
        assert_eq!(name(&words(&[("姓名", 90.0), ("阿依·", 95.0), ("古丽。", 96.0)])).value, "阿依·古丽");
        assert_eq!(nation(&words(&[("民族", 90.0), ("汉", 95.0)])).value, "汉");
        assert!(nation(&words(&[("汊", 95.0)])).confidence < SURE);
        assert_eq!(address(&words(&[("住址", 90.0), ("某县某镇某村", 90.0), ("１２号", 90.0)])).value, "某县某镇某村12号");
        assert_eq!(valid(&words(&[("2016.01.01-2036.01.01", 90.0)])).value, "2016.01.01-2036.01.01");
        assert_eq!(valid(&words(&[("2016.01.01-", 90.0), ("长期", 90.0)])).value, "2016.01.01-长期");
        assert!(valid(&words(&[("2036.01.01-2016.01.01", 99.0)])).confidence < SURE);
        assert_eq!(name(&[]).confidence, 0.0);
    }
}
