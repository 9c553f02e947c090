//! How a row of the rolls stands to the register (YL_MATCH_RESULT). No clock, no IO.

use chrono::NaiveDate;
use std::collections::HashMap;

/// `known` is the name the register has under the same number, `others` how many rolls of the term name the same number.
/// Whom the number does not find may be there under a wrong number ([`Misnumbered`]); that is asked after.
pub(crate) fn result(name: &str, known: Option<&str>, others: i64) -> &'static str {
    match known {
        None => "5",
        Some(_) if others > 0 => "4",
        Some(k) if plain(k) == plain(name) => "1",
        Some(_) => "2",
    }
}

/// People of the register whose number does not hold, by name and day of birth.
pub(super) struct Misnumbered<T>(HashMap<(String, NaiveDate), Vec<T>>);

impl<T> Misnumbered<T> {
    pub(super) fn of(people: impl IntoIterator<Item = (T, String, NaiveDate)>) -> Misnumbered<T> {
        let mut by: HashMap<_, Vec<T>> = HashMap::new();
        for (who, name, born) in people {
            by.entry((plain(&name), born)).or_default().push(who);
        }
        Misnumbered(by)
    }

    /// The only one of this name and day; of two nobody knows which.
    pub(super) fn find(&self, name: &str, born: NaiveDate) -> Option<&T> {
        match self.0.get(&(plain(name), born)).map(Vec::as_slice) {
            Some([one]) => Some(one),
            _ => None,
        }
    }
}

/// A name without blanks and with one kind of middle dot.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).map(|c| if matches!(c, '•' | '・' | '．' | '.') { '·' } else { c }).collect()
}

/// Stages of secondary and higher vocational schools that the scheme is for (domain 03 §1.1).
pub(crate) fn is_vocational(stage: &str) -> bool {
    matches!(stage, "11" | "12" | "13" | "14" | "21" | "22" | "23" | "24" | "31")
}

/// Whether a stage counts as secondary: the first three years of the five-year course do (domain 03 §1.9). 技工 schools are
/// counted with them in the county's document, which knows two groups only.
pub(crate) fn is_secondary(stage: &str, grade: i64) -> bool {
    matches!(stage, "11" | "12" | "13" | "14" | "23" | "24") || stage == "22" && grade <= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_roll_is_the_person_whose_number_and_name_it_bears() {
        assert_eq!(result("王 小明", Some("王小明"), 0), "1");
        assert_eq!(result("阿里•木", Some("阿里·木"), 0), "1");
        assert_eq!(result("王小名", Some("王小明"), 0), "2");
        assert_eq!(result("王小明", Some("王小明"), 1), "4");
        assert_eq!(result("王小明", None, 0), "5");
    }

    #[test]
    fn somebody_under_a_wrong_number_is_found_by_name_and_birth_where_only_one_is() {
        let day = |d: u32| NaiveDate::from_ymd_opt(2008, 5, d).unwrap();
        let people = [
            (1, "王小明".to_owned(), day(1)),
            (2, "李 红".into(), day(2)),
            (3, "王小明".into(), day(3)),
            (4, "王小明".into(), day(3)),
        ];
        let m = Misnumbered::of(people);
        assert_eq!(m.find("王小明", day(1)), Some(&1));
        assert_eq!(m.find("李红", day(2)), Some(&2));
        assert_eq!(m.find("王小明", day(3)), None, "two of them");
        assert_eq!(m.find("王小明", day(9)), None);
    }

    #[test]
    fn the_five_year_course_is_secondary_for_three_years() {
        assert!(is_secondary("22", 3) && !is_secondary("22", 4) && !is_secondary("21", 1));
        assert!(is_vocational("24") && !is_vocational("90"));
    }
}
