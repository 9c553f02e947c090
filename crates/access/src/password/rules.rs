//! What a password must be (domain/06 §7.2, §11.2). Pure: no clock, no database, no hashing; the history is compared elsewhere.

use base::FieldProblem;
use chrono::NaiveDate;
use pinyin::ToPinyin;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::LazyLock;

static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| lines(include_str!("../../data/common_passwords.txt")).collect());
static CONTEXT: LazyLock<Vec<&'static str>> = LazyLock::new(|| lines(include_str!("../../data/context_words.txt")).collect());

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'))
}

/// Parameters of domain/06 §7.2; a security administrator may tighten them, never loosen them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordPolicy {
    pub min_length: u32,
    /// For administrative roles.
    pub min_length_admin: u32,
    pub max_length: u32,
    /// Of digits, lower case, upper case, marks.
    pub min_classes: u32,
    pub max_age_days: i64,
    pub remind_days: i64,
    pub history: u32,
    /// A password set by its owner stays at least so long.
    pub min_age_days: i64,
    pub initial_hours: i64,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            min_length: 10,
            min_length_admin: 16,
            max_length: 128,
            min_classes: 3,
            max_age_days: 90,
            remind_days: 7,
            history: 5,
            min_age_days: 1,
            initial_hours: 24,
        }
    }
}

impl PasswordPolicy {
    /// What is looser than the floor of domain/06 §7.2, or nonsense.
    pub fn problems(&self) -> Vec<FieldProblem> {
        let floor = Self::default();
        let mut out = Vec::new();
        let mut check = |ok: bool, field: &str, message: String| {
            if !ok {
                out.push(FieldProblem::new(field, "access.policy_too_loose", message));
            }
        };
        let (least, longest) = (floor.min_length, floor.max_length);
        check((least..=64).contains(&self.min_length), "min_length", format!("最小长度应在 {least} 到 64 之间。"));
        check(
            self.min_length_admin >= floor.min_length_admin.max(self.min_length) && self.min_length_admin <= 64,
            "min_length_admin",
            format!("管理岗最小长度应在 {} 到 64 之间，且不小于普通账号。", floor.min_length_admin),
        );
        check(self.max_length == longest, "max_length", format!("最大长度固定为 {longest}。"));
        check((floor.min_classes..=4).contains(&self.min_classes), "min_classes", "字符类别应为 3 或 4。".into());
        check((1..=floor.max_age_days).contains(&self.max_age_days), "max_age_days", "有效期应在 1 到 90 天之间。".into());
        check((1..=30).contains(&self.remind_days), "remind_days", "提前提醒应在 1 到 30 天之间。".into());
        check((floor.history..=24).contains(&self.history), "history", "不得重复的历史口令数应在 5 到 24 之间。".into());
        check((0..=7).contains(&self.min_age_days), "min_age_days", "最短使用期应在 0 到 7 天之间。".into());
        check((1..=24).contains(&self.initial_hours), "initial_hours", "初始口令有效期应在 1 到 24 小时之间。".into());
        out
    }
}

/// What the password must not be built on.
#[derive(Clone, Debug, Default)]
pub struct PasswordOwner<'a> {
    pub login_name: &'a str,
    pub name: &'a str,
    pub id_card: Option<&'a str>,
    pub phone: Option<&'a str>,
    pub org: &'a str,
    pub administrative: bool,
}

/// Everything wrong with a new password; empty when it may be used. Messages never repeat the password.
pub fn check_password(policy: &PasswordPolicy, owner: &PasswordOwner<'_>, password: &str) -> Vec<FieldProblem> {
    let mut out = Vec::new();
    let mut bad = |code: &'static str, message: String| out.push(FieldProblem::new("password", code, message));
    let length = password.chars().count() as u32;
    let least = if owner.administrative { policy.min_length_admin } else { policy.min_length };
    if length < least {
        bad("access.password_short", format!("口令至少 {least} 位，现在是 {length} 位，请加长。"));
    }
    if length > policy.max_length {
        bad("access.password_long", format!("口令最多 {} 位，请缩短。", policy.max_length));
    }
    if classes(password) < policy.min_classes {
        bad("access.password_classes", format!("口令应包含数字、小写字母、大写字母、符号中的至少 {} 类。", policy.min_classes));
    }
    if has_sequence(password) {
        bad("access.password_sequence", "口令不能含 4 位以上连续的字母或数字（如 abcd、4321），请改动。".into());
    }
    if has_repeat(password) {
        bad("access.password_repeat", "口令不能含 4 个以上相同字符（如 1111），请改动。".into());
    }
    if has_keyboard_run(password) {
        bad("access.password_keyboard", "口令不能含 4 个以上键盘相邻字符（如 qwer、1qaz），请改动。".into());
    }
    let lower = password.to_lowercase();
    let login: String = owner.login_name.to_lowercase();
    let backwards: String = login.chars().rev().collect();
    if login.chars().count() >= 3 && (lower.contains(&login) || lower.contains(&backwards)) {
        bad("access.password_login", "口令不能包含登录名，请改动。".into());
    }
    if contains_name(&lower, owner.name) {
        bad("access.password_name", "口令不能包含本人姓名或姓名拼音，请改动。".into());
    }
    if contains_personal_digits(password, owner) {
        bad("access.password_personal", "口令不能包含本人生日、身份证号或手机号中的数字，请改动。".into());
    }
    if is_contextual(&lower, owner.org) {
        bad("access.password_context", "口令不能由系统、地区、单位名称组成，请改动。".into());
    }
    if is_common(&lower) {
        bad("access.password_common", "这是常见弱口令，容易被猜中，请换一个。".into());
    } else if is_word_and_year(password) {
        bad("access.password_year", "口令不能只是单词加年份（如 Spring2026!），请换一个。".into());
    }
    out
}

fn classes(p: &str) -> u32 {
    let any = |f: fn(char) -> bool| u32::from(p.chars().any(f));
    any(|c| c.is_ascii_digit())
        + any(|c| c.is_ascii_lowercase())
        + any(|c| c.is_ascii_uppercase())
        + any(|c| !c.is_ascii_alphanumeric())
}

fn windows4(p: &str) -> Vec<[char; 4]> {
    let chars: Vec<char> = p.to_lowercase().chars().collect();
    chars.windows(4).map(|w| [w[0], w[1], w[2], w[3]]).collect()
}

fn has_sequence(p: &str) -> bool {
    windows4(p).iter().any(|w| {
        let same_kind = w.iter().all(char::is_ascii_digit) || w.iter().all(char::is_ascii_lowercase);
        let step = |d: i32| w.windows(2).all(|p| p[1] as i32 - p[0] as i32 == d);
        same_kind && (step(1) || step(-1))
    })
}

fn has_repeat(p: &str) -> bool {
    let chars: Vec<char> = p.chars().collect();
    chars.windows(4).any(|w| w.iter().all(|c| *c == w[0]))
}

/// Rows, columns (both slants) and the number pad, each also backwards.
const KEY_LINES: [&str; 28] = [
    "`1234567890-=",
    "qwertyuiop[]\\",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "8ik,",
    "9ol.",
    "0p;/",
    "4esz",
    "5rdx",
    "6tfc",
    "7ygv",
    "8uhb",
    "9ijn",
    "0okm",
    "147258369",
    "741852963",
    "789456123",
    "qazwsxedcrfvtgbyhnujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "a1s2d3f4g5h6j7k8l9",
];

fn unshift(c: char) -> char {
    const UP: &str = "~!@#$%^&*()_+{}|:\"<>?";
    const DOWN: &str = "`1234567890-=[]\\;',./";
    UP.chars().position(|u| u == c).and_then(|i| DOWN.chars().nth(i)).unwrap_or(c)
}

fn has_keyboard_run(p: &str) -> bool {
    windows4(p).iter().any(|w| {
        let run: String = w.iter().map(|c| unshift(*c)).collect();
        let back: String = run.chars().rev().collect();
        KEY_LINES.iter().any(|line| line.contains(&run) || line.contains(&back))
    })
}

fn contains_name(lower: &str, name: &str) -> bool {
    let name = name.trim();
    let syllables: Vec<&str> = name.chars().filter_map(|c| c.to_pinyin()).map(|p| p.plain()).collect();
    let full = syllables.concat();
    // the given name alone is what people use, after a family name of one syllable or two; one syllable would refuse too much
    let given = |skip: usize| syllables.get(skip..).filter(|rest| rest.len() >= 2).map(<[&str]>::concat);
    (name.chars().count() >= 2 && lower.contains(&name.to_lowercase()))
        || (full.len() >= 4 && lower.contains(&full))
        || [1, 2].into_iter().filter_map(given).any(|g| g.len() >= 4 && lower.contains(&g))
}

fn contains_personal_digits(p: &str, owner: &PasswordOwner<'_>) -> bool {
    let pieces = |source: &str, n: usize| {
        let digits: Vec<char> = source.chars().filter(char::is_ascii_digit).collect();
        digits.windows(n).any(|w| p.contains(&w.iter().collect::<String>()))
    };
    // the first six digits of an identity number are the county: not personal, so the pieces start after them
    let id = owner.id_card.unwrap_or_default();
    let own = id.get(6..).unwrap_or_default();
    let birthday = own.get(..8).and_then(|b| NaiveDate::parse_from_str(b, "%Y%m%d").ok());
    let day = birthday
        .is_some_and(|b| ["%Y%m%d", "%y%m%d", "%Y-%m-%d", "%Y.%m.%d"].iter().any(|f| p.contains(&b.format(f).to_string())));
    day || pieces(own, 6) || owner.phone.is_some_and(|phone| pieces(phone, 6))
}

/// Long words anywhere; short ones when nothing else but digits and marks is left.
fn is_contextual(lower: &str, org: &str) -> bool {
    let plain = undo_look_alikes(lower);
    let letters = |s: &str| s.chars().filter(char::is_ascii_lowercase).collect::<String>();
    let (a, b) = (letters(lower), letters(&plain));
    let long = |w: &str| w.len() >= 5 && (lower.contains(w) || plain.contains(w));
    let org = org.trim().to_lowercase();
    CONTEXT.iter().any(|w| long(w) || a == *w || b == *w) || (org.chars().count() >= 3 && lower.contains(&org))
}

fn undo_look_alikes(lower: &str) -> String {
    lower
        .chars()
        .map(|c| match c {
            '@' => 'a',
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '5' | '$' => 's',
            c => c,
        })
        .collect()
}

fn is_common(lower: &str) -> bool {
    let mark = |c: char| !c.is_alphanumeric();
    let bare = lower.trim_matches(mark);
    let stem = lower.trim_end_matches(|c: char| c.is_ascii_digit() || mark(c));
    let plain = undo_look_alikes(stem);
    [lower, bare, stem, plain.as_str()].iter().any(|w| w.len() >= 4 && COMMON.contains(w))
}

/// `Spring2026!`, `Jx@2026`, `Wang_19880312`.
fn is_word_and_year(p: &str) -> bool {
    let rest = p.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    if rest.len() == p.len() {
        return false;
    }
    let rest = rest.trim_matches(|c: char| !c.is_alphanumeric());
    (rest.starts_with("19") || rest.starts_with("20"))
        && matches!(rest.len(), 4 | 6 | 8)
        && rest.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(owner: &PasswordOwner<'_>, password: &str) -> Vec<String> {
        check_password(&PasswordPolicy::default(), owner, password).into_iter().map(|p| p.code).collect()
    }

    #[test]
    fn each_rule_refuses_what_it_is_for() {
        let owner = PasswordOwner {
            login_name: "xiajia07",
            name: "欧阳春花",
            id_card: Some("360121198803124321"),
            phone: Some("13879105544"),
            org: "下甲村委会",
            administrative: false,
        };
        for (password, code) in [
            ("Tx7#kpm", "access.password_short"),
            ("tulipmarble", "access.password_classes"),
            ("Kite#7abcdM", "access.password_sequence"),
            ("Kite#8765pM", "access.password_sequence"),
            ("Kite#7hhhhM", "access.password_repeat"),
            ("Kite#7wertM", "access.password_keyboard"),
            ("Kite7!QAZpm", "access.password_keyboard"),
            ("Kitepm#7412", "access.password_personal_not"),
            ("Kite#1474zaq1", "access.password_keyboard"),
            ("Kite7258369#", "access.password_keyboard"),
            ("#Xiajia07Kite", "access.password_login"),
            ("#70aijaixKite", "access.password_login"),
            ("Chunhua#77Kite", "access.password_name"),
            ("OuyangChunhua#7", "access.password_name"),
            ("Kite#880312pm", "access.password_personal"),
            ("Kite#1988.03.12", "access.password_personal"),
            ("Kite#910554pm", "access.password_personal"),
            ("Kite#Ganong77", "access.password_context"),
            ("Jx#77412886", "access.password_context"),
            ("#J1angx1#77", "access.password_context"),
            ("下甲村委会#7Kite", "access.password_context"),
            ("P@ssw0rd!!!", "access.password_common"),
            ("Woaini1314!", "access.password_common"),
            ("Sakura@2026", "access.password_year"),
            ("Sakura_19770708!", "access.password_year"),
        ] {
            let found = codes(&owner, password);
            match code.strip_suffix("_not") {
                Some(code) => assert!(!found.contains(&code.to_owned()), "{password}: {found:?}"),
                None => assert!(found.contains(&code.to_owned()), "{password}: {found:?} lacks {code}"),
            }
        }
    }

    #[test]
    fn every_listed_weak_password_is_refused() {
        let owner = PasswordOwner { login_name: "someone", name: "某人", ..Default::default() };
        let weak: Vec<_> = COMMON.iter().filter(|w| codes(&owner, w).is_empty()).collect();
        assert!(weak.is_empty(), "{weak:?}");
        assert!(COMMON.len() > 400);
        for shouted in ["Password123!", "Admin@123456", "Qwer@1234567", "Iloveyou1314!"] {
            assert!(!codes(&owner, shouted).is_empty(), "{shouted}");
        }
    }

    #[test]
    fn good_passwords_pass_and_administrators_need_longer_ones() {
        let owner = PasswordOwner { login_name: "xiajia07", name: "李明", ..Default::default() };
        for good in ["Kite#7pm-Rv", "水稻田埂3Rows!x", "correct Horse 9 staple"] {
            assert_eq!(codes(&owner, good), Vec::<String>::new(), "{good}");
        }
        let admin = PasswordOwner { administrative: true, ..owner };
        assert_eq!(codes(&admin, "Kite#7pm-Rv"), ["access.password_short"]);
        assert!(codes(&admin, "Kite#7pm-Rv.Tz29u").is_empty());
    }

    #[test]
    fn parameters_may_be_tightened_only() {
        assert!(PasswordPolicy::default().problems().is_empty());
        assert!(PasswordPolicy { min_length: 12, max_age_days: 60, ..Default::default() }.problems().is_empty());
        for loose in [
            PasswordPolicy { min_length: 8, ..Default::default() },
            PasswordPolicy { min_classes: 2, ..Default::default() },
            PasswordPolicy { max_age_days: 365, ..Default::default() },
            PasswordPolicy { history: 0, ..Default::default() },
            PasswordPolicy { min_length_admin: 10, ..Default::default() },
        ] {
            assert_eq!(loose.problems().len(), 1, "{loose:?}");
        }
    }
}
