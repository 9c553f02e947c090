//! Visible marks (domain 06 §9, L0): export numbers, the text over pages, the line under exported sheets.
//! Must not know what is exported.

use base::{Actor, Result};
use chrono::{DateTime, FixedOffset, NaiveDate, Offset, TimeZone, Utc};

/// Digits and letters that are not mistaken for one another (Crockford).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn beijing(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    FixedOffset::east_opt(8 * 3600).unwrap_or_else(|| Utc.fix()).from_utc_datetime(&at.naive_utc())
}

fn check(body: &str) -> char {
    let sum = body.bytes().enumerate().fold(0usize, |sum, (i, b)| {
        let value = ALPHABET.iter().position(|a| *a == b).unwrap_or(0);
        sum + value * (2 * i + 1)
    });
    char::from(ALPHABET[sum % 32])
}

/// A new export number: `DC20261124-` and 40 random bits in 8 characters and one check character.
pub fn export_no(day: NaiveDate) -> Result<String> {
    let bits = crate::random::<5>()?.iter().fold(0u64, |n, b| n << 8 | u64::from(*b));
    let body: String = (0..8).rev().map(|i| char::from(ALPHABET[(bits >> (5 * i) & 31) as usize])).collect();
    Ok(format!("DC{}-{body}{}", day.format("%Y%m%d"), check(&body)))
}

/// Whether a number read off a print was read right.
pub fn export_no_ok(text: &str) -> bool {
    let Some((head, tail)) = text.split_once('-') else { return false };
    head.len() == 10
        && head.starts_with("DC")
        && tail.len() == 9
        && tail.bytes().all(|b| ALPHABET.contains(&b))
        && tail.ends_with(check(&tail[..8]))
}

/// Text laid over every page: who, in which post and region, from where, when.
pub fn page_watermark(actor: &Actor, region_name: &str, at: DateTime<Utc>) -> String {
    let id = actor.user_id.simple().to_string();
    let ip = actor.ip.as_deref().unwrap_or("-");
    format!("{} {} {region_name} {ip} {}", actor.name, &id[id.len() - 6..], beijing(at).format("%Y-%m-%d %H:%M"))
}

/// Line in the header or footer of an exported file.
pub fn export_footer(export_no: &str, actor: &Actor, region_name: &str, at: DateTime<Utc>) -> String {
    let at = beijing(at).format("%Y-%m-%d %H:%M");
    format!("导出号 {export_no}｜{} {region_name}｜{at}｜内部资料，注意保密，用后按规定销毁", actor.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_number_notices_a_misread_character() {
        let no = export_no(NaiveDate::from_ymd_opt(2026, 11, 24).unwrap()).unwrap();
        assert!(no.starts_with("DC20261124-") && export_no_ok(&no), "{no}");
        for at in 11..20 {
            let mut bad = no.clone().into_bytes();
            bad[at] = if bad[at] == b'7' { b'8' } else { b'7' };
            assert!(!export_no_ok(&String::from_utf8(bad).unwrap()), "{no} {at}");
        }
        assert_ne!(no, export_no(NaiveDate::from_ymd_opt(2026, 11, 24).unwrap()).unwrap());
    }

    #[test]
    fn marks_name_the_person_and_the_hour_in_beijing() {
        let actor = Actor::system("导出");
        let at = Utc.with_ymd_and_hms(2026, 11, 24, 16, 5, 0).unwrap();
        assert_eq!(page_watermark(&actor, "江西省", at), "系统·导出 000000 江西省 - 2026-11-25 00:05");
        assert!(export_footer("DC20261124-ABCDEFGH0", &actor, "江西省", at).contains("导出号 DC20261124-ABCDEFGH0"));
    }
}
