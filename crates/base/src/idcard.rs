//! Identity numbers: normalising, kinds, check digit, what follows from them (birth date, sex).
//! Source: GB 11643; domain 01 appendix B. Must not know who holds a number, nor read the clock.

use crate::text::squeeze;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK: &[u8; 11] = b"10X98765432";

/// What kind of number it is; the names are those of the `<field>_kind` columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdKind {
    Resident15,
    Resident18,
    /// Disability certificate: identity number, category 1–7, grade 1–4.
    Disability20,
    /// The same reissued: `B` and how many times.
    Disability22,
    /// Residence permit of Hong Kong 81, Macao 82, Taiwan 83.
    Hkmo,
    /// `999999` + birth date + sequence + `0`: no document has been made out yet (rule Q006 reports it).
    Temp,
    /// Nothing was given.
    None,
    /// None of these forms.
    Bad,
}

impl IdKind {
    /// Text of the `<field>_kind` column.
    pub fn name(self) -> &'static str {
        match self {
            IdKind::Resident15 => "resident15",
            IdKind::Resident18 => "resident18",
            IdKind::Disability20 => "disability20",
            IdKind::Disability22 => "disability22",
            IdKind::Hkmo => "hkmo",
            IdKind::Temp => "temp",
            IdKind::None => "none",
            IdKind::Bad => "bad",
        }
    }
}

/// Sex as the sequence number says: odd male, even female.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    Male,
    Female,
}

/// What is wrong with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdFault {
    /// Length or characters fit no form.
    Form,
    /// The birth digits are no day of the calendar.
    BirthDate,
    /// Born before 1900 or after the day of checking.
    BirthRange,
    /// The last character does not follow from the first 17.
    CheckDigit,
    /// Category or grade of a disability certificate out of range.
    Disability,
}

impl IdFault {
    /// Sentence for the person who typed it; never repeats the number.
    pub fn sentence(self) -> &'static str {
        match self {
            IdFault::Form => "证件号码的位数或字符不对，请对照证件重新填写（身份证 18 位，残疾人证 20 或 22 位）。",
            IdFault::BirthDate => "证件号码中的出生日期不存在，请对照证件核对第 7 至 14 位。",
            IdFault::BirthRange => "证件号码中的出生日期早于 1900 年或晚于今天，请对照证件核对。",
            IdFault::CheckDigit => "证件号码的校验位不符，请对照证件逐位核对。",
            IdFault::Disability => "残疾人证号的类别应为 1–7、等级应为 1–4，请对照证件核对第 19、20 位。",
        }
    }
}

/// A number as it was read: normalised text and all that follows from it. Holds a plain number, hence no Debug.
#[derive(Clone, PartialEq, Eq)]
pub struct IdCard {
    /// Half width, no spaces, upper-case X.
    pub text: String,
    pub kind: IdKind,
    pub birth: Option<NaiveDate>,
    pub sex: Option<Sex>,
    pub fault: Option<IdFault>,
}

impl IdCard {
    /// True when the number may stand as it is (a temporary number may; Q006 reports it).
    pub fn is_ok(&self) -> bool {
        self.fault.is_none() && self.kind != IdKind::None
    }
    /// The 18 characters that identify the person: a 15-digit number upgraded, a disability certificate cut.
    pub fn person(&self) -> Option<String> {
        match self.kind {
            IdKind::Resident15 => upgrade(&self.text),
            IdKind::Resident18 | IdKind::Hkmo | IdKind::Temp => Some(self.text.clone()),
            IdKind::Disability20 | IdKind::Disability22 => Some(self.text[..18].to_owned()),
            IdKind::None | IdKind::Bad => None,
        }
    }
}

/// Full-width to half-width, white space removed, letters in upper case.
pub fn normalise(text: &str) -> String {
    squeeze(text).to_uppercase()
}

/// The form under which one person is found whatever was typed: the 18 characters, or the normalised text.
pub fn look_up_form(text: &str) -> String {
    let text = normalise(text);
    match kind_of(&text) {
        IdKind::Resident15 => upgrade(&text).unwrap_or(text),
        IdKind::Disability20 | IdKind::Disability22 => text[..18].to_owned(),
        _ => text,
    }
}

/// Check character of the first 17 digits; none when they are not 17 digits.
pub fn check_digit(first17: &str) -> Option<char> {
    let b = first17.as_bytes();
    if b.len() != 17 || !b.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let sum: u32 = b.iter().zip(WEIGHTS).map(|(d, w)| u32::from(d - b'0') * w).sum();
    Some(char::from(CHECK[(sum % 11) as usize]))
}

/// True for 18 characters whose last follows from the first 17; says nothing about the date.
pub fn check_digit_ok(text: &str) -> bool {
    text.len() == 18 && text.is_ascii() && check_digit(&text[..17]) == text.chars().last()
}

/// A 15-digit number as 18: century 19 and a check digit. None when it is not 15 digits.
pub fn upgrade(text15: &str) -> Option<String> {
    if text15.len() != 15 || !text15.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let first17 = format!("{}19{}", &text15[..6], &text15[6..]);
    check_digit(&first17).map(|c| format!("{first17}{c}"))
}

fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// 17 digits and a digit or X.
fn like_18(text: &str) -> bool {
    text.len() == 18 && digits(&text[..17]) && matches!(text.as_bytes()[17], b'0'..=b'9' | b'X')
}

/// The form alone of a normalised number.
fn kind_of(text: &str) -> IdKind {
    if text.is_empty() {
        return IdKind::None;
    }
    if !text.is_ascii() {
        return IdKind::Bad;
    }
    match text.len() {
        15 if digits(text) => IdKind::Resident15,
        18 if like_18(text) && text.starts_with("999999") && text.ends_with('0') => IdKind::Temp,
        18 if like_18(text) && ["810000", "820000", "830000"].contains(&&text[..6]) => IdKind::Hkmo,
        18 if like_18(text) => IdKind::Resident18,
        20 if like_18(&text[..18]) && digits(&text[18..]) => IdKind::Disability20,
        22 if like_18(&text[..18]) && digits(&text[18..20]) && text.as_bytes()[20] == b'B' && digits(&text[21..]) => {
            IdKind::Disability22
        }
        _ => IdKind::Bad,
    }
}

/// Reads a number as of `today` (birth dates after it are refused). Never fails: faults are part of the answer.
pub fn parse(text: &str, today: NaiveDate) -> IdCard {
    let text = normalise(text);
    let kind = kind_of(&text);
    let mut card = IdCard { text, kind, birth: None, sex: None, fault: None };
    if kind == IdKind::None {
        return card;
    }
    let Some(person) = card.person() else {
        card.fault = Some(IdFault::Form);
        return card;
    };
    card.birth = birth_of(&person);
    card.sex = Some(if (person.as_bytes()[16] - b'0') % 2 == 1 { Sex::Male } else { Sex::Female });
    card.fault = fault_of(&card, &person, today);
    card
}

fn birth_of(person: &str) -> Option<NaiveDate> {
    let n = |r: std::ops::Range<usize>| person[r].parse::<u32>().ok();
    NaiveDate::from_ymd_opt(i32::try_from(n(6..10)?).ok()?, n(10..12)?, n(12..14)?)
}

fn fault_of(card: &IdCard, person: &str, today: NaiveDate) -> Option<IdFault> {
    let Some(birth) = card.birth else { return Some(IdFault::BirthDate) };
    if birth.year() < 1900 || birth > today {
        return Some(IdFault::BirthRange);
    }
    if card.kind != IdKind::Temp && !check_digit_ok(person) {
        return Some(IdFault::CheckDigit);
    }
    if matches!(card.kind, IdKind::Disability20 | IdKind::Disability22) {
        let (category, grade) = (card.text.as_bytes()[18], card.text.as_bytes()[19]);
        if !(b'1'..=b'7').contains(&category) || !(b'1'..=b'4').contains(&grade) {
            return Some(IdFault::Disability);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }
    fn read(text: &str) -> IdCard {
        parse(text, day(2026, 11, 24))
    }

    #[test]
    fn the_vectors_of_the_standard_hold() {
        assert_eq!(check_digit("11010519491231002"), Some('X'));
        assert_eq!(check_digit("44052418800101001"), Some('4'));
        assert_eq!(check_digit("36019919800101001"), Some('2'));
        let c = read("11010519491231002X");
        assert!(c.is_ok() && c.sex == Some(Sex::Female) && c.birth == Some(day(1949, 12, 31)));
        let c = read("440524188001010014");
        assert!(check_digit_ok(&c.text) && c.sex == Some(Sex::Male));
        assert_eq!(c.fault, Some(IdFault::BirthRange));
        assert!(read("360199198001010012").is_ok());
    }

    #[test]
    fn each_form_has_its_kind_and_fault() {
        use {IdFault as F, IdKind as K};
        for (text, kind, fault) in [
            ("", K::None, None),
            ("　１１０１０５ 19491231 002ｘ ", K::Resident18, None),
            ("110105194912310021", K::Resident18, Some(F::CheckDigit)),
            ("110105194902310026", K::Resident18, Some(F::BirthDate)),
            ("110105491231002", K::Resident15, None),
            ("110105490231002", K::Resident15, Some(F::BirthDate)),
            ("11010519491231002X42", K::Disability20, None),
            ("11010519491231002X82", K::Disability20, Some(F::Disability)),
            ("11010519491231002X45", K::Disability20, Some(F::Disability)),
            ("11010519491231002X42B1", K::Disability22, None),
            ("11010519491231002X42b1", K::Disability22, None),
            ("11010519491231002X42C1", K::Bad, Some(F::Form)),
            ("999999202001010010", K::Temp, None),
            ("999999202013010010", K::Temp, Some(F::BirthDate)),
            ("1101051949123100", K::Bad, Some(F::Form)),
            ("一一〇一〇五一九四九一二三一〇〇二", K::Bad, Some(F::Form)),
        ] {
            let c = read(text);
            assert_eq!((c.kind, c.fault), (kind, fault), "{text}");
        }
        for head in ["810000", "820000", "830000"] {
            let first = format!("{head}19900101001");
            let c = read(&format!("{first}{}", check_digit(&first).unwrap()));
            assert!(c.is_ok() && c.kind == K::Hkmo);
        }
        assert_eq!(parse("36019920300101001X", day(2026, 1, 1)).fault, Some(F::BirthRange));
    }

    #[test]
    fn one_person_has_one_look_up_form() {
        for typed in ["110105491231002", "11010519491231002x", "11010519491231002X42", "11010519491231002X42B1"] {
            assert_eq!(look_up_form(typed), "11010519491231002X");
        }
        assert_eq!(look_up_form(" h1234 "), "H1234");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,30}") {
            let c = read(&text);
            prop_assert_eq!(c.person().is_some(), !matches!(c.kind, IdKind::None | IdKind::Bad));
        }
        #[test]
        fn one_changed_digit_is_always_noticed(area in 110000u32..660000, days in 0i64..45_000, seq in 0u32..1000,
                                               at in 0usize..17, by in 1u8..10) {
            let birth = day(1901, 1, 1) + chrono::Days::new(days as u64);
            let first = format!("{area}{}{seq:03}", birth.format("%Y%m%d"));
            let good = format!("{first}{}", check_digit(&first).unwrap());
            let mut bad = good.clone().into_bytes();
            bad[at] = b'0' + (bad[at] - b'0' + by) % 10;
            prop_assert!(check_digit_ok(&good));
            prop_assert!(!check_digit_ok(&String::from_utf8(bad).unwrap()));
            prop_assert_eq!(parse(&good, day(2030, 1, 1)).birth, Some(birth));
        }
        #[test]
        fn an_old_number_keeps_its_facts_when_upgraded(area in 110000u32..660000, days in 0u64..36_000, seq in 0u32..1000) {
            let birth = day(1900, 1, 1) + chrono::Days::new(days);
            let old = read(&format!("{area}{}{seq:03}", birth.format("%y%m%d")));
            let new = read(&old.person().unwrap());
            prop_assert!(old.is_ok() && new.is_ok());
            prop_assert_eq!((old.birth, old.sex), (new.birth, new.sex));
        }
    }
}
