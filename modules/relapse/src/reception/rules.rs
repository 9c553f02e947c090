//! What a delivery is known by and whether a signature holds. No IO and no clock.

use crate::department::items::Item;
use base::Month;
use serde_json::{Value as Json, json};

/// Ways of delivery (RECEPTION_CHANNEL).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Folder,
    Front,
    Signed,
}
impl Channel {
    pub fn code(self) -> &'static str {
        match self {
            Channel::Folder => "02",
            Channel::Front => "03",
            Channel::Signed => "04",
        }
    }
    pub fn of(code: &str) -> Option<Channel> {
        [Channel::Folder, Channel::Front, Channel::Signed].into_iter().find(|c| c.code() == code)
    }
}

/// What is signed: method, path with its query, seconds since 1970, number used once, SM3 of the body in hexadecimal; one a line.
pub fn canonical(method: &str, path: &str, timestamp: &str, nonce: &str, digest: &str) -> String {
    [method, path, timestamp, nonce, digest].join("\n")
}

/// HMAC-SM3 over [`canonical`], in hexadecimal.
pub fn sign(secret: &[u8], canonical: &str) -> String {
    hex::encode(secure::hash::hmac_sm3(secret, canonical.as_bytes()))
}

/// Whether two signatures are equal, in a time that does not tell where they differ.
pub fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |d, (x, y)| d | (x ^ y)) == 0
}

/// Whether a clock is within the window, in seconds.
pub fn fresh(timestamp: i64, now: i64, window: i64) -> bool {
    timestamp.abs_diff(now) <= window.unsigned_abs()
}

/// A number used once: 16 to 64 letters, digits, `-`, `_`.
pub fn is_nonce(text: &str) -> bool {
    (16..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// A batch number of a sender: 1 to 60 letters, digits, `-`, `_`, `.`.
pub fn is_batch_no(text: &str) -> bool {
    (1..=60).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// Numbers of items in a sender's list (`31、32`).
pub fn items_of(list: &str) -> Vec<&str> {
    list.split(['、', ',', '，', ' ']).map(str::trim).filter(|i| !i.is_empty()).collect()
}

/// The item a folder or a file is named after: `31`, `31_住院结算_202611.csv`, `住院结算202611.xlsx`.
pub fn item_of_name<'a>(name: &str, items: &'a [Item]) -> Option<&'a Item> {
    let name = name.trim();
    let lead: String = name.chars().take_while(char::is_ascii_alphanumeric).collect();
    items
        .iter()
        .find(|i| i.no.eq_ignore_ascii_case(&lead))
        // the longest name wins: of two items one may begin as the other
        .or_else(|| items.iter().filter(|i| name.starts_with(&i.name)).max_by_key(|i| i.name.len()))
}

/// The month in a name: six digits `YYYYMM` or `YYYY-MM`, standing alone.
pub fn month_of_name(name: &str) -> Option<Month> {
    let digits: Vec<&str> = name.split(|c: char| !c.is_ascii_digit()).collect();
    let month = |y: &str, m: &str| match (y.len(), m.len()) {
        (4, 2) => y.parse::<i32>().ok().zip(m.parse::<i32>().ok()).filter(|(y, _)| (2000..2100).contains(y)),
        _ => None,
    };
    let whole = digits.iter().filter(|d| d.len() == 6).find_map(|d| month(&d[..4], &d[4..]));
    let apart = || digits.windows(2).find_map(|w| month(w[0], w[1]));
    whole.or_else(apart).and_then(|(y, m)| Month::from_number(y * 100 + m).ok())
}

/// How a delivery stands, as its sender reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Processing,
    Accepted,
    Refused,
}
impl Standing {
    /// Item of RECEPTION_STATE, and the word of the interface.
    pub fn code(self) -> &'static str {
        match self {
            Standing::Processing => "01",
            Standing::Accepted => "02",
            Standing::Refused => "03",
        }
    }
    pub fn of(code: &str) -> Standing {
        match code {
            "02" => Standing::Accepted,
            "03" => Standing::Refused,
            _ => Standing::Processing,
        }
    }
    pub fn word(self) -> &'static str {
        match self {
            Standing::Processing => "processing",
            Standing::Accepted => "accepted",
            Standing::Refused => "refused",
        }
    }
}

/// The report without a header row: places counted as lines of the interface or the table are one less than in a sheet.
pub fn by_line(mut report: Json) -> Json {
    let less = |row: &mut Json| {
        if let Some(n) = row.as_i64() {
            *row = json!(n - 1);
        }
    };
    for list in ["missing", "reasons", "unmatched_rows", "asked_rows"] {
        for entry in report[list].as_array_mut().into_iter().flatten() {
            for row in entry["first_rows"].as_array_mut().into_iter().flatten() {
                less(row);
            }
        }
    }
    for entry in report["refused"].as_array_mut().into_iter().flatten() {
        less(&mut entry["row"]);
    }
    report
}

/// The receipt as text, for people beside the file.
pub fn told(receipt: &Json) -> String {
    let text = |k: &str| receipt[k].as_str().unwrap_or_default().to_owned();
    let state = match text("state").as_str() {
        "accepted" => "已接收",
        "refused" => "未接收",
        _ => "处理中",
    };
    let mut out =
        format!("回执号：{}\n单位批次：{}\n状态：{state}\n说明：{}\n", text("delivery_no"), text("batch"), text("message"));
    let r = &receipt["report"];
    let n = |k: &str| r[k].as_i64().unwrap_or(0);
    if r.is_object() {
        out.push_str(&format!(
            "\n共 {} 行：匹配 {}，待人工核定 {}，台账中没有 {}，拒收 {}（其中重复 {}）\n",
            n("rows"),
            n("matched"),
            n("asked"),
            n("unmatched"),
            n("rejected"),
            n("duplicates")
        ));
        let each = |list: &str| r[list].as_array().cloned().unwrap_or_default();
        for m in each("missing") {
            out.push_str(&format!("必填为空：{} {} 行\n", m["column"].as_str().unwrap_or_default(), m["rows"]));
        }
        for m in each("remarks") {
            out.push_str(&format!("提示：{}\n", m.as_str().unwrap_or_default()));
        }
        let refused = each("refused");
        if !refused.is_empty() {
            out.push_str("\n拒收的行：\n");
        }
        for m in &refused {
            let s = |k: &str| m[k].as_str().unwrap_or_default().to_owned();
            out.push_str(&format!("第 {} 行，{}：{}\n", m["row"], s("column"), s("reason")));
        }
        let more = n("rejected") - i64::try_from(refused.len()).unwrap_or(0);
        if more > 0 {
            out.push_str(&format!("另有 {more} 行，见差错标注文件\n"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::department::items;

    #[test]
    fn a_signature_holds_for_what_was_signed_and_nothing_else() {
        let (path, digest) = ("/api/v1/relapse/interface/deliver?item=31&batch=A1", "00ff");
        let text = canonical("POST", path, "1790000000", "0123456789abcdef", digest);
        assert_eq!(text.lines().count(), 5);
        let (a, b) = (sign(b"key", &text), sign(b"key", &text.replace("A1", "A2")));
        assert!(same(&a, &sign(b"key", &text)) && !same(&a, &b) && !same(&a, &sign(b"kez", &text)) && !same(&a, &a[1..]));
        assert_eq!(a.len(), 64);
    }

    #[test]
    fn clocks_and_numbers_used_once_are_held_to_their_form() {
        assert!(fresh(1000, 1300, 300) && fresh(1300, 1000, 300) && !fresh(1000, 1301, 300));
        assert!(!fresh(i64::MIN, 0, 300) && !fresh(i64::MAX, 0, 300));
        assert!(is_nonce("0123456789abcdef") && !is_nonce("0123456789abcde") && !is_nonce("0123456789abcde\n"));
        assert!(is_batch_no("YB-2026.11_1") && !is_batch_no("") && !is_batch_no("a b") && !is_batch_no("批"));
    }

    #[test]
    fn an_item_and_a_month_are_read_from_a_name() {
        let all = items::all().unwrap();
        let of = |n: &str| item_of_name(n, all).map(|i| i.no.as_str());
        for (name, item) in [
            ("31", Some("31")),
            ("31_住院结算_202611.csv", Some("31")),
            ("住院结算202611.xlsx", Some("31")),
            ("f2-贷款.xlsx", Some("F2")),
            ("3.csv", Some("3")),
            ("310.csv", None),
            ("名单.csv", None),
            ("202611.csv", None),
        ] {
            assert_eq!(of(name), item, "{name}");
        }
        let month = |n: &str| month_of_name(n).map(Month::number);
        for (name, want) in [
            ("31_202611.csv", Some(202_611)),
            ("住院2026-11.xlsx", Some(202_611)),
            ("住院20261101.xlsx", None),
            ("31_202613.csv", None),
            ("31.csv", None),
        ] {
            assert_eq!(month(name), want, "{name}");
        }
    }

    #[test]
    fn lines_are_counted_without_a_header() {
        let report = json!({"rows": 3, "missing": [{"column": "姓名", "rows": 1, "first_rows": [2]}], "refused": [{"row": 2, "column": "姓名", "reason": "空"}]});
        let out = by_line(report);
        assert_eq!((&out["missing"][0]["first_rows"][0], &out["refused"][0]["row"]), (&json!(1), &json!(1)));
        let told = told(&json!({"delivery_no": "BS1", "batch": "A", "state": "accepted", "message": "好", "report": out}));
        assert!(
            told.contains("第 1 行，姓名：空") && told.contains("必填为空：姓名 1 行") && told.contains("状态：已接收"),
            "{told}"
        );
    }
}
