//! Splits a script into its statements at semicolons outside quotes, comments and dollar quotes.

/// The statements of a script, without empty ones.
pub(crate) fn split(sql: &str) -> Vec<&str> {
    let b = sql.as_bytes();
    let (mut out, mut from, mut i) = (Vec::new(), 0, 0);
    // the end of a stretch that starts at `i` and ends with `mark`, or the end of the script
    let past = |i: usize, mark: &str| sql[i..].find(mark).map_or(sql.len(), |n| i + n + mark.len());
    let mut solid = false;
    while i < b.len() {
        match b[i] {
            b'-' if b[i..].starts_with(b"--") => {
                i = past(i, "\n");
                continue;
            }
            b'/' if b[i..].starts_with(b"/*") => {
                i = past(i + 2, "*/");
                continue;
            }
            q @ (b'\'' | b'"') => i = past(i + 1, if q == b'\'' { "'" } else { "\"" }) - 1,
            b'$' => {
                let tag_end = b[i + 1..].iter().position(|c| !(c.is_ascii_alphanumeric() || *c == b'_'));
                if let Some(n) = tag_end
                    && b[i + 1 + n] == b'$'
                    && !b[i + 1].is_ascii_digit()
                {
                    let tag = &sql[i..i + n + 2];
                    i = past(i + n + 2, tag) - 1;
                }
            }
            b';' => {
                if solid {
                    out.push(sql[from..i].trim());
                }
                (from, solid) = (i + 1, false);
                i += 1;
                continue;
            }
            _ => {}
        }
        solid |= !b[i].is_ascii_whitespace();
        i += 1;
    }
    if solid {
        out.push(sql[from..].trim());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn semicolons_inside_quotes_and_comments_do_not_split() {
        let sql = "-- a; b\ncreate index x on t (a);\n\nselect 'it''s; so', \"a;b\" /* c;d */; do $f$ begin x; end $f$;; select $1 ; -- end";
        let parts = split(sql);
        assert_eq!(parts.len(), 4, "{parts:?}");
        assert!(parts[0].ends_with("on t (a)"));
        assert_eq!(parts[2], "do $f$ begin x; end $f$");
        assert_eq!(parts[3], "select $1");
        assert_eq!(split("  \n-- nothing;\n/* ; */ "), Vec::<&str>::new());
        assert_eq!(split("select '中文；; 结束"), ["select '中文；; 结束"]);
    }
}
