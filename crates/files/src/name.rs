//! File names as shown and offered for download: no paths, no control characters, no identity or phone numbers.
//! Source: domain 06 §4.3 M_FILE. Must not know where bytes lie.

const LONGEST: usize = 120;

/// The name without folders and control characters, long numbers starred, cut to 120 characters before its extension.
pub fn clean(raw: &str) -> String {
    let last = raw.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|c| !c.is_control() && !"<>:\"|?*\u{202e}\u{202d}".contains(*c)).collect();
    let starred = star_numbers(kept.trim().trim_start_matches('.'));
    if starred.is_empty() {
        return "未命名".into();
    }
    let (stem, ext) = match starred.rsplit_once('.') {
        Some((s, e)) if !s.is_empty() && e.chars().count() <= 8 => (s, format!(".{e}")),
        _ => (starred.as_str(), String::new()),
    };
    format!("{}{ext}", stem.chars().take(LONGEST).collect::<String>())
}

/// Extension in lower case, without the dot.
pub fn extension(name: &str) -> String {
    name.rsplit_once('.').map(|(_, e)| e.trim().to_ascii_lowercase()).unwrap_or_default()
}

/// A run of 11 or more digits (phone, bank, identity number, with its closing x) becomes three stars.
fn star_numbers(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let digit = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        let mut end = i;
        while end < chars.len() && digit(chars[end]) {
            end += 1;
        }
        if end - i >= 11 {
            // 14 digits that begin like a moment (20261124153000) are a time, not a person's number
            let run: String = chars[i..end].iter().collect();
            let is_time =
                run.len() == 14 && run.starts_with("20") && run[4..6].parse::<u8>().is_ok_and(|m| (1..=12).contains(&m));
            out.push_str(if is_time { &run } else { "***" });
            i = end + usize::from(!is_time && end - i == 17 && chars.get(end).is_some_and(|c| "xXｘＸ".contains(*c)));
        } else if end > i {
            out.extend(&chars[i..end]);
            i = end;
        } else {
            out.push(chars[i]);
            i += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_paths_controls_and_numbers_of_people() {
        for (raw, want) in [
            ("C:\\a\\户口本.jpg", "户口本.jpg"),
            ("../../etc/passwd", "passwd"),
            ("张三36012219681103123X.pdf", "张三***.pdf"),
            ("13812345678 证明.pdf", "*** 证明.pdf"),
            ("导出20261124153000.xlsx", "导出20261124153000.xlsx"),
            ("a\u{202e}gpj.exe\n", "agpj.exe"),
            ("", "未命名"),
            (".htaccess", "htaccess"),
        ] {
            assert_eq!(clean(raw), want, "{raw}");
        }
        let long = clean(&format!("{}.xlsx", "长".repeat(400)));
        assert!(long.ends_with(".xlsx") && long.chars().count() == LONGEST + 5);
    }
}
