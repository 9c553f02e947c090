//! Folding of texts that people type in several ways. Must not know fields.

/// Full-width letters, digits and signs to half-width, ideographic space to space.
pub fn half_width(text: &str) -> String {
    text.chars().map(half).collect()
}

fn half(c: char) -> char {
    match c {
        '\u{3000}' | '\u{a0}' => ' ',
        '—' | '–' | '−' => '-',
        '！'..='～' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        c => c,
    }
}

/// For comparing labels: half-width, no white space, no marks of obligation, lower case.
pub fn fold(text: &str) -> String {
    text.chars()
        .map(half)
        .filter(|c| !c.is_whitespace() && !c.is_control() && !"*\u{feff}\u{200b}★※:".contains(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// A folded label without a closing parenthesis such as a unit: `人均纯收入(元)` → `人均纯收入`.
pub fn without_unit(folded: &str) -> &str {
    match folded.strip_suffix(')').and_then(|s| s.rsplit_once('(')) {
        Some((head, _)) if !head.is_empty() => head,
        _ => folded,
    }
}

/// `AB` for the 0-based column 27.
pub fn column_letters(column: usize) -> String {
    let mut n = column + 1;
    let mut out = Vec::new();
    while n > 0 {
        out.push(b'A' + ((n - 1) % 26) as u8);
        n = (n - 1) / 26;
    }
    out.iter().rev().map(|b| char::from(*b)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_fold_to_one_form() {
        assert_eq!(fold(" * 户编号\n（省）： "), "户编号(省)");
        assert_eq!(without_unit("人均纯收入(元)"), "人均纯收入");
        assert_eq!(without_unit("(元)"), "(元)");
        assert_eq!(half_width("３６０１２１　Ｘ"), "360121 X");
    }

    #[test]
    fn columns_have_letters() {
        for (n, s) in [(0, "A"), (25, "Z"), (26, "AA"), (40, "AO"), (108, "DE"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(column_letters(n), s);
        }
    }
}
