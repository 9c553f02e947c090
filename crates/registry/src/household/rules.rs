//! Decisions about members without IO: what an identity number says.

use base::idcard::{Sex, parse};
use base::{Error, FieldProblem};
use chrono::NaiveDate;

/// Facts of an identity number: sex as code of list C51, birth date as ISO text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct IdFacts {
    pub(crate) gender: Option<&'static str>,
    pub(crate) birth: Option<String>,
}

pub(crate) fn facts_of(number: Option<&str>, today: NaiveDate) -> IdFacts {
    let Some(number) = number else { return IdFacts::default() };
    let card = parse(number, today);
    IdFacts {
        gender: card.sex.map(|s| match s {
            Sex::Male => "1",
            Sex::Female => "2",
        }),
        birth: card.birth.map(|b| b.to_string()),
    }
}

/// What is said of a number that stands in the register already; `region` is the row's own, `county` the other row's six digits.
pub(crate) fn stands_already(region: &str, county: &str, name: Option<&str>) -> Error {
    let sentence = if region.starts_with(county) {
        "该证件号码已登记在本县另一户，一人只能在一户在册。请核对号码；确为迁入的，先在原户办理减少，再在本户登记。".to_owned()
    } else {
        let place = name.unwrap_or("其他县");
        format!("该证件号码已登记在{place}，一人只能在一户在册。请核对号码；确为迁入的，请联系原登记地办理减少后再登记。")
    };
    let problem = FieldProblem::new("id_no", "registry.identity_elsewhere", sentence.clone());
    Error::refused("registry.identity_elsewhere", sentence).with_problems(vec![problem])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_says_sex_and_birth() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
        for (number, gender, birth) in [
            (Some("11010519491231002X"), Some("2"), Some("1949-12-31")),
            (Some("360199198001010012"), Some("1"), Some("1980-01-01")),
            (Some("abc"), None, None),
            (None, None, None),
        ] {
            let f = facts_of(number, day);
            assert_eq!((f.gender, f.birth.as_deref()), (gender, birth));
        }
    }
}
