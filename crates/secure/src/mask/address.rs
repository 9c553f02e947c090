//! M_ADDR: an address kept to the village, in public to the town, otherwise to the county. Must not know the list of regions.

use super::{HIDDEN, Scene};

/// End of the part that begins at `from` and ends with one of `marks`, at least `min` characters before the mark.
fn part(chars: &[char], from: usize, longest: usize, min: usize, marks: &[&str], spoils: &[&str]) -> Option<usize> {
    for at in from + min..chars.len().min(from + longest) {
        for mark in marks {
            let mark: Vec<char> = mark.chars().collect();
            if chars[at..].starts_with(&mark) {
                let name: String = chars[from..at].iter().collect();
                // the first character may be anything; a mark of a lower level inside says that this level is missing
                let inner: String = name.chars().skip(1).collect();
                return (!spoils.iter().any(|s| inner.contains(s))).then_some(at + mark.len());
            }
        }
    }
    None
}

/// Keeps the address to the level that the scene allows, `***` after it.
pub(super) fn address(scene: Scene, value: &str) -> String {
    let chars: Vec<char> = value.chars().filter(|c| !c.is_whitespace()).collect();
    let province = part(&chars, 0, 9, 2, &["自治区", "省"], &["县", "镇", "市"]).unwrap_or(0);
    let city = part(&chars, province, 10, 1, &["自治州", "地区", "市", "盟"], &["县", "区", "旗", "村"]).unwrap_or(province);
    let county = part(&chars, city, 12, 1, &["自治县", "县", "区", "市", "旗"], &["镇", "街道", "村", "社", "组"]);
    // a city without districts, or a county-level city named right after the province
    let county = county.or((city > province).then_some(city));
    let Some(county) = county else { return HIDDEN.into() };
    let town_marks = ["街道办事处", "街道", "镇", "乡", "苏木", "垦殖场", "林场", "农场", "管理处"];
    let town = part(&chars, county, 14, 1, &town_marks, &["村委", "社区"]);
    let village_marks = ["村民委员会", "村委会", "居民委员会", "居委会", "社区", "嘎查", "村"];
    let village = town.and_then(|t| part(&chars, t, 14, 1, &village_marks, &["路", "组", "号"])).map(|end| {
        // 新村村, 新村社区: the first mark belongs to the name
        let next: String = chars[end..].iter().take(5).collect();
        end + village_marks.iter().find(|m| next.starts_with(**m)).map_or(0, |m| m.chars().count())
    });
    let end = match scene {
        Scene::Public | Scene::Screen => town.unwrap_or(county),
        _ => village.unwrap_or(county),
    };
    format!("{}{HIDDEN}", chars[..end].iter().collect::<String>())
}
