//! Totals of a list against those of its document. No clock, no IO.

use crate::roll::rules::is_secondary;
use uuid::Uuid;

/// Fields that stand still in a state of the document.
pub(crate) fn held(state: &str) -> &'static [&'static str] {
    const TOTALS: &[&str] = &[
        "batch_id",
        "doc_no",
        "doc_date",
        "approve_people",
        "approve_amount",
        "stage_people_mid",
        "stage_people_high",
        "stage_amount_mid",
        "stage_amount_high",
    ];
    if matches!(state, "20" | "30") { TOTALS } else { &[] }
}

/// A student on the list.
pub(crate) struct Listed {
    pub verify: Uuid,
    pub stage: String,
    pub grade: i64,
    pub fen: i64,
}

/// People and fen by stage.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Totals {
    pub mid: (i64, i64),
    pub high: (i64, i64),
}

pub(crate) fn totals(list: &[Listed]) -> Totals {
    let mut t = Totals::default();
    for s in list {
        let part = if is_secondary(&s.stage, s.grade) { &mut t.mid } else { &mut t.high };
        part.0 += 1;
        part.1 += s.fen;
    }
    t
}

/// Every figure of the document that is not the list's, in words.
pub(crate) fn differences(said: &Totals, total: (i64, i64), have: &Totals) -> Vec<String> {
    let people = [
        ("批复人数", total.0, have.mid.0 + have.high.0),
        ("中职人数", said.mid.0, have.mid.0),
        ("高职人数", said.high.0, have.high.0),
    ];
    let money = [
        ("批复金额", total.1, have.mid.1 + have.high.1),
        ("中职金额", said.mid.1, have.mid.1),
        ("高职金额", said.high.1, have.high.1),
    ];
    let mut out = vec![];
    if people[0].2 == 0 {
        out.push("名单里还没有学生".to_owned());
    }
    out.extend(people.iter().filter(|(_, s, h)| s != h).map(|(t, s, h)| format!("{t}文件 {s} 人，名单 {h} 人")));
    out.extend(money.iter().filter(|(_, s, h)| s != h).map(|(t, s, h)| format!("{t}文件 {} 元，名单 {} 元", yuan(*s), yuan(*h))));
    out
}

fn yuan(fen: i64) -> String {
    if fen % 100 == 0 { (fen / 100).to_string() } else { format!("{}.{:02}", fen / 100, fen % 100) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn student(stage: &str, grade: i64, fen: i64) -> Listed {
        Listed { verify: Uuid::nil(), stage: stage.into(), grade, fen }
    }

    #[test]
    fn a_document_is_taken_only_with_the_totals_of_its_list() {
        let list = [student("11", 1, 150_000), student("22", 3, 150_000), student("22", 4, 150_000), student("21", 1, 120_050)];
        let have = totals(&list);
        assert_eq!(have, Totals { mid: (2, 300_000), high: (2, 270_050) });
        let said = Totals { mid: (2, 300_000), high: (2, 270_050) };
        assert!(differences(&said, (4, 570_050), &have).is_empty());
        let wrong = differences(&said, (5, 570_051), &have);
        assert_eq!(wrong, ["批复人数文件 5 人，名单 4 人", "批复金额文件 5700.51 元，名单 5700.50 元"]);
        let shifted = Totals { mid: (3, 300_000), high: (1, 270_050) };
        assert_eq!(differences(&shifted, (4, 570_050), &have).len(), 2);
        assert_eq!(differences(&Totals::default(), (0, 0), &Totals::default()), ["名单里还没有学生"]);
    }
}
