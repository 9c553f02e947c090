//! Where a graduate works and what must be known of him. No clock, no IO.

/// The area of work by list YL_WORK_AREA (domain 03 §0.6): abroad, another province, the own county, else the province.
pub(super) fn work_area(province: &str, county: &str, own: Option<&str>) -> Option<&'static str> {
    match province {
        "" => None,
        "00" => Some("04"),
        "36" if own.is_some_and(|o| !county.is_empty() && o.contains(county.trim())) => Some("01"),
        "36" => Some("02"),
        _ => Some("03"),
    }
}

/// Fields that a destination asks for, with their names.
pub(super) fn asked(dest: &str) -> Vec<(&'static str, &'static str)> {
    let mut out = vec![("survey_method", "调查方式"), ("surveyor", "调查人"), ("survey_date", "调查日期")];
    if matches!(dest, "1" | "4" | "5") {
        out.extend([("emp_form", "就业形式"), ("work_province", "务工省"), ("work_county", "务工县"), ("start_ym", "就业起始")]);
    }
    if dest == "1" {
        out.push(("company_name", "单位"));
    }
    if dest == "6" {
        out.extend([
            ("unemp_reason", "未就业原因"),
            ("want_job", "意向岗位"),
            ("want_area", "意向地区"),
            ("service_need", "就业服务需求"),
        ]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_of_work_follows_from_the_place() {
        assert_eq!(work_area("44", "宝安区", Some("南昌县")), Some("03"));
        assert_eq!(work_area("36", "南昌县", Some("南昌县")), Some("01"));
        assert_eq!(work_area("36", "进贤县", Some("南昌县")), Some("02"));
        assert_eq!(work_area("36", "", Some("南昌县")), Some("02"));
        assert_eq!(work_area("00", "", None), Some("04"));
        assert_eq!(work_area("", "", None), None);
    }

    #[test]
    fn employment_is_told_with_its_place_and_firm() {
        assert_eq!(asked("1").len(), 8);
        assert_eq!(asked("5").len(), 7);
        assert_eq!(asked("6").len(), 7);
        assert_eq!(asked("2").len(), 3);
    }
}
