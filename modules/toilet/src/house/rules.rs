//! When a toilet is sanitary and harmless (domain 02 A3 卫生/无害化推导). Pure.

/// What the derivation looks at.
#[derive(Clone, Debug, Default)]
pub struct Toilet<'a> {
    pub has_toilet: bool,
    pub kind: &'a str,
    pub wall: bool,
    pub roof: bool,
    pub door: bool,
    pub sewage: &'a str,
    /// PROBLEM_ITEM of problems that are not closed.
    pub open_items: &'a [String],
}

const SANITARY_KINDS: [&str; 10] = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10"];
const HARMLESS_KINDS: [&str; 9] = ["01", "02", "03", "04", "05", "06", "08", "09", "10"];
const AGAINST_SANITARY: [&str; 7] = ["11", "13", "21", "23", "28", "2D", "43"];
const AGAINST_HARMLESS: [&str; 3] = ["12", "14", "32"];
/// 直排沟渠、直排地下。
const DIRECT: [&str; 2] = ["5", "6"];

/// 99 (其他) is decided by people: the answer is what they claimed.
pub fn is_sanitary(t: &Toilet<'_>, claimed: bool) -> bool {
    let stands = t.has_toilet && t.wall && t.roof && t.door;
    if !stands || t.open_items.iter().any(|i| AGAINST_SANITARY.contains(&i.as_str())) {
        return false;
    }
    SANITARY_KINDS.contains(&t.kind) || (t.kind == "99" && claimed)
}

/// Harmless is sanitary, of a kind that makes the sewage harmless, and the sewage goes somewhere.
pub fn is_harmless(t: &Toilet<'_>, sanitary: bool) -> bool {
    sanitary
        && HARMLESS_KINDS.contains(&t.kind)
        && !DIRECT.contains(&t.sewage)
        && !t.open_items.iter().any(|i| AGAINST_HARMLESS.contains(&i.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_room_sewage_and_open_problems_decide() {
        let good = Toilet { has_toilet: true, kind: "01", wall: true, roof: true, door: true, sewage: "1", open_items: &[] };
        let items = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let both = |t: &Toilet<'_>| (is_sanitary(t, false), is_harmless(t, is_sanitary(t, false)));
        assert_eq!(both(&good), (true, true));
        assert_eq!(both(&Toilet { kind: "07", ..good.clone() }), (true, false), "阁楼式卫生但非无害化");
        for kind in ["20", "21", "22", "30", "99"] {
            assert_eq!(both(&Toilet { kind, ..good.clone() }), (false, false), "{kind}");
        }
        assert!(is_sanitary(&Toilet { kind: "99", ..good.clone() }, true), "99 是人工认定");
        assert_eq!(both(&Toilet { door: false, ..good.clone() }), (false, false));
        assert_eq!(both(&Toilet { sewage: "6", ..good.clone() }), (true, false));
        assert_eq!(both(&Toilet { open_items: &items(&["2D"]), ..good.clone() }), (false, false));
        assert_eq!(both(&Toilet { open_items: &items(&["14", "47"]), ..good.clone() }), (true, false));
        assert_eq!(both(&Toilet { open_items: &items(&["25"]), ..good.clone() }), (true, true));
        assert_eq!(both(&Toilet { has_toilet: false, ..good }), (false, false));
    }
}
