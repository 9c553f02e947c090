//! Folding of typed text: full-width to half-width, spaces and dashes. Must not know what the text means.

/// One character in half width; the ideographic space becomes a space.
pub fn half_width_char(c: char) -> char {
    match c {
        '\u{3000}' | '\u{a0}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '—' | '–' | '‐' | '−' => '-',
        '。' => '.',
        '、' => ',',
        other => other,
    }
}

/// Half-width form without spaces around it.
pub fn half_width(text: &str) -> String {
    text.chars().map(half_width_char).collect::<String>().trim().to_owned()
}

/// Half-width form without any white space inside (identity numbers, telephones, bank cards).
pub fn squeeze(text: &str) -> String {
    text.chars()
        .map(half_width_char)
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{202a}'..='\u{202e}'))
        .collect()
}
