//! Decisions about a home visit: how far from the house it was recorded, and what a form still lacks. Must not do I/O.

use base::FieldProblem;

/// Mean radius of the earth in metres.
const RADIUS_M: f64 = 6_371_008.8;

/// Great-circle distance in whole metres between two points given as longitude and latitude in degrees.
pub(super) fn distance_m(a: (f64, f64), b: (f64, f64)) -> i64 {
    let (lon1, lat1, lon2, lat2) = (a.0.to_radians(), a.1.to_radians(), b.0.to_radians(), b.1.to_radians());
    let h = ((lat2 - lat1) / 2.0).sin().powi(2) + lat1.cos() * lat2.cos() * ((lon2 - lon1) / 2.0).sin().powi(2);
    (2.0 * RADIUS_M * h.sqrt().min(1.0).asin()).round() as i64
}

/// What hangs on a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub verifiers: i64,
    pub photos: i64,
    pub householder_signs: i64,
    pub verifier_signs: i64,
    /// Ticked reasons, and those whose particulars are written down.
    pub reasons: Vec<String>,
    pub explained: Vec<String>,
    /// A person under 16, over 60 or disabled lives there, and neither an obligor nor 没有 is given.
    pub obligor_asked: bool,
    pub obligors: i64,
    pub no_obligor: bool,
}

/// How many of each a form needs; parameters by region and year.
#[derive(Clone, Copy, Debug)]
pub(super) struct Least {
    pub verifiers: i64,
    pub photos: i64,
}

/// Reasons without particulars of their own: the system knows the value (01, 13) or a file says it (14).
const SELF_EXPLAINING: [&str; 3] = ["01", "13", "14"];

/// What a form still lacks before it may be handed in (domain 01 §2.14).
pub(super) fn lacking(h: &Held, least: Least) -> Vec<FieldProblem> {
    let mut out = Vec::new();
    let mut say = |field: &str, code: &str, text: String| out.push(FieldProblem::new(field, code.to_owned(), text));
    if h.verifiers < least.verifiers {
        say(
            "verifiers",
            "relapse.few_verifiers",
            format!("核查人至少 {} 人，现有 {} 人，请补充。", least.verifiers, h.verifiers),
        );
    }
    if h.photos < least.photos {
        let text = format!("照片至少 {} 张（人户合影、住房、证明材料），现有 {} 张，请补拍。", least.photos, h.photos);
        say("photos", "relapse.few_photos", text);
    }
    if h.householder_signs == 0 {
        say("householder_sign", "relapse.no_householder_sign", "还没有户主签名，请由户主或受访人签名。".into());
    }
    if h.verifier_signs == 0 {
        say("verifier_sign", "relapse.no_verifier_sign", "还没有核查人签名，请由核查人签名。".into());
    }
    if h.obligor_asked && h.obligors == 0 && !h.no_obligor {
        let text = "户内有老人、未成年人或残疾人，请登记非共同生活的法定义务人，或勾选“没有”。";
        say("no_obligor", "relapse.obligor_unsaid", text.into());
    }
    for r in h.reasons.iter().filter(|r| !SELF_EXPLAINING.contains(&r.as_str()) && !h.explained.contains(r)) {
        say("not_include_reasons", "relapse.reason_unsaid", format!("不纳入原因 {r} 还没有填写具体情况，请补充。"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: Least = Least { verifiers: 2, photos: 3 };

    fn whole() -> Held {
        Held { verifiers: 2, photos: 3, householder_signs: 1, verifier_signs: 1, ..Held::default() }
    }

    #[test]
    fn a_degree_of_latitude_is_a_hundred_and_eleven_kilometres() {
        assert_eq!(distance_m((115.0, 28.0), (115.0, 29.0)), 111_195);
        assert_eq!(distance_m((115.0, 28.0), (115.0, 28.0)), 0);
        let d = distance_m((115.0, 28.0), (115.005, 28.0));
        assert!((485..500).contains(&d), "{d}");
    }

    #[test]
    fn each_thing_that_is_missing_is_named() {
        assert_eq!(lacking(&whole(), LEAST), vec![]);
        let none = Held { obligor_asked: true, reasons: vec!["02".into(), "01".into()], ..Held::default() };
        let codes: Vec<String> = lacking(&none, LEAST).into_iter().map(|p| p.code).collect();
        assert_eq!(
            codes,
            [
                "relapse.few_verifiers",
                "relapse.few_photos",
                "relapse.no_householder_sign",
                "relapse.no_verifier_sign",
                "relapse.obligor_unsaid",
                "relapse.reason_unsaid"
            ]
        );
        let said = Held { no_obligor: true, explained: vec!["02".into()], ..none };
        assert_eq!(lacking(&said, LEAST).len(), 4);
    }
}
