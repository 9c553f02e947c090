//! What stands where on the collection form (domain 02 A7.1, blocks ① to ⑧ in their order). No IO and no clock; values come as
//! texts.

use report::document::{Cell, Look, Page};
use report::printing::Texts;

/// Columns of the grid.
pub(super) const GRID: usize = 60;
/// Problems that have a line; the others are counted.
const LINES: usize = 3;

/// What is known of one toilet.
#[derive(Clone, Debug, Default)]
pub(super) struct Collected {
    /// 县, 乡(镇), 村.
    pub place: [String; 3],
    pub house: Texts,
    /// The latest renovation, and how many there were.
    pub renovation: Texts,
    pub renovations: usize,
    /// Latest first.
    pub troubles: Vec<Trouble>,
}

/// A problem and the day it was last worked on.
#[derive(Clone, Debug, Default)]
pub(super) struct Trouble {
    pub problem: Texts,
    pub done: String,
}

fn of<'a>(t: &'a Texts, name: &str) -> &'a str {
    t.get(name).map_or("", String::as_str)
}

/// A value with its unit; nothing where there is no value.
fn unit(value: &str, unit: &str) -> String {
    if value.is_empty() { String::new() } else { format!("{value} {unit}") }
}

/// Values that are there, parted by a stroke.
fn join(values: &[&str]) -> String {
    values.iter().filter(|v| !v.is_empty()).copied().collect::<Vec<_>>().join(" / ")
}

fn section(title: &str) -> Vec<Cell> {
    vec![Cell::new(title, GRID, Look::Section)]
}

/// Heading and value side by side, as many pairs as fill the row.
fn pairs(list: &[(&str, String)]) -> Vec<Cell> {
    let wide = GRID / list.len();
    let head = 8.min(wide / 2);
    list.iter().flat_map(|(label, value)| [Cell::head(*label, head), Cell::text(value, wide - head)]).collect()
}

/// 农村户厕信息采集表, A4 portrait.
pub(super) fn page(number: usize, c: &Collected) -> Page {
    let h = |f: &str| of(&c.house, f).to_owned();
    let mut rows = vec![section("一、基本信息")];
    rows.push(pairs(&[("户厕编号", h("toilet_no")), ("县乡村组", c.place.concat() + of(&c.house, "group_name"))]));
    rows.push(pairs(&[("户主", h("head_name")), ("身份证号", h("head_id_card")), ("联系电话", h("phone"))]));
    let people = join(&[&unit(&h("family_size"), "人"), &unit(&h("resident_size"), "人")]);
    rows.push(pairs(&[("户属性", h("house_attr")), ("家庭/常住", people), ("居住状况", h("residence_status"))]));
    rows.push(pairs(&[("地址", h("address")), ("经纬度", join(&[of(&c.house, "longitude"), of(&c.house, "latitude")]))]));
    rows.push(section("二、户厕现状"));
    rows.extend(present(&c.house));
    rows.push(section("三、化粪池"));
    rows.extend(pit(&c.house));
    rows.push(section("四、粪污去向与卫生"));
    rows.push(pairs(&[("粪污去向", h("sewage_dest")), ("粪渣处理", h("residue_dest")), ("洗涤污水", h("greywater_dest"))]));
    rows.push(pairs(&[("日常卫生", h("hygiene_level")), ("臭味", h("odor_level")), ("蝇蛆", h("fly_level"))]));
    rows.push(pairs(&[("粪便暴露", h("feces_exposed")), ("旧厕状态", h("old_toilet_status")), ("使用状态", h("use_status"))]));
    rows.push(section(&match c.renovations {
        0 | 1 => "五、改厕情况".to_owned(),
        n => format!("五、改厕情况（最近一次，共 {n} 次）"),
    }));
    rows.extend(renewed(&c.renovation));
    rows.push(section("六、问题与整改"));
    rows.extend(troubles(&c.troubles));
    rows.push(section("七、意愿与满意度"));
    rows.push(pairs(&[("改厕意愿", h("renovate_willing")), ("计划年度", h("plan_year")), ("满意度", h("satisfaction"))]));
    rows.push(section("八、签字"));
    let sign = ["户主：", "采集人：", "村负责人：", "乡镇审核人："];
    rows.push(sign.iter().map(|s| Cell::text(*s, GRID / sign.len()).down(2)).collect());
    rows.push(vec![]);
    rows.push(sign.iter().map(|_| Cell::text("　　　年　　月　　日", GRID / sign.len())).collect());
    let line = format!(
        "数据年度：{}　　状态：{}　　采集人：{}　　采集日期：{}",
        of(&c.house, "data_year"),
        of(&c.house, "record_state"),
        of(&c.house, "surveyor"),
        of(&c.house, "survey_date"),
    );
    let title = format!("{} 农村户厕信息采集表", c.place.concat());
    Page { name: format!("{number}-{}", of(&c.house, "head_name")), title: title.trim().to_owned(), line, rows }
}

/// ② 有无、座数、形式、位置、类型、厕屋四要素、便器、冲水、水源.
fn present(house: &Texts) -> Vec<Vec<Cell>> {
    let h = |f: &str| of(house, f).to_owned();
    let has = match of(house, "has_toilet") {
        "否" => join(&["无", of(house, "no_toilet_reason")]),
        "是" => "有".to_owned(),
        _ => String::new(),
    };
    let room: Vec<String> = [("墙", "wall_ok"), ("顶", "roof_ok"), ("门", "door_ok"), ("窗", "window_ok")]
        .iter()
        .map(|(name, field)| match of(house, field) {
            "是" => format!("☑{name}"),
            "否" => format!("☒{name}"),
            _ => format!("□{name}"),
        })
        .collect();
    let size = join(&[&unit(of(house, "toilet_area"), "㎡"), &unit(of(house, "room_height"), "m")]);
    vec![
        pairs(&[("有无户厕", has), ("厕所座数", h("toilet_count")), ("建造形式", h("build_form"))]),
        pairs(&[("位置", h("location_type")), ("厕所类型", h("toilet_type")), ("厕屋", room.join(" "))]),
        pairs(&[("面积/净高", size), ("便器", h("pan_type")), ("冲水方式", h("flush_mode"))]),
        pairs(&[("稳定水源", h("water_available")), ("卫生厕所", h("is_sanitary")), ("无害化", h("is_harmless"))]),
    ]
}

/// ③ 形式、厂家型号、容积、深度、三池、过粪管、排气管、盖板、距水源.
fn pit(house: &Texts) -> Vec<Vec<Cell>> {
    let h = |f: &str| of(house, f).to_owned();
    let three = join(&[of(house, "vol1"), of(house, "vol2"), of(house, "vol3")]);
    vec![
        pairs(&[
            ("形式", h("septic_form")),
            ("厂家/型号", join(&[of(house, "septic_vendor"), of(house, "septic_model")])),
            ("有效容积", unit(of(house, "septic_volume"), "m³")),
        ]),
        pairs(&[
            ("有效深度", unit(of(house, "septic_depth"), "m")),
            ("三池容积", unit(&three, "m³")),
            ("过粪管正确", h("overflow_pipe_ok")),
        ]),
        pairs(&[
            ("排气管符合", h("vent_pipe_ok")),
            ("盖板完好", h("cover_ok")),
            ("距取水点", unit(of(house, "well_distance"), "m")),
        ]),
    ]
}

/// 资金七项, in the order of the form: heading, field, columns.
const FUNDS: [(&str, &str, usize); 7] = [
    ("总投入（元）", "invest_total", 12),
    ("中央", "fund_central", 8),
    ("省", "fund_province", 8),
    ("市", "fund_city", 8),
    ("县", "fund_county", 8),
    ("社会", "fund_other", 8),
    ("自筹", "fund_self", 8),
];

/// ⑤ 年度、性质、改前后类型、实施方式、施工/监理/验收、日期、资金七项、奖补兑付.
fn renewed(renovation: &Texts) -> Vec<Vec<Cell>> {
    let r = |f: &str| of(renovation, f).to_owned();
    vec![
        pairs(&[("改厕年度", r("renov_year")), ("改造性质", r("renov_nature")), ("实施方式", r("build_mode"))]),
        pairs(&[("改前类型", r("before_type")), ("改后类型", r("after_type")), ("施工单位", r("builder"))]),
        pairs(&[("监理人", r("supervisor")), ("开工日期", r("start_date")), ("完工日期", r("finish_date"))]),
        pairs(&[("验收结果", r("accept_result")), ("验收日期", r("accept_date")), ("验收人", r("acceptors"))]),
        FUNDS.iter().map(|(label, _, span)| Cell::head(*label, *span)).collect(),
        FUNDS.iter().map(|(_, field, span)| Cell::number(of(renovation, field), *span)).collect(),
        pairs(&[("应兑付奖补", r("subsidy_amount")), ("已兑付", r("subsidy_paid")), ("兑付日期", r("subsidy_paid_date"))]),
    ]
}

/// ⑥: heading, field, columns; `#done` is the day of the last round.
const TROUBLE: [(&str, &str, usize); 8] = [
    ("问题类型", "problem_item", 14),
    ("能否使用", "usable", 8),
    ("整改类别", "rectify_class", 7),
    ("措施", "rectify_measure", 8),
    ("责任人", "duty_person", 6),
    ("时限", "deadline", 6),
    ("完成", "#done", 6),
    ("销号", "solved_date", 5),
];

fn troubles(all: &[Trouble]) -> Vec<Vec<Cell>> {
    let mut rows: Vec<Vec<Cell>> = vec![TROUBLE.iter().map(|(label, _, span)| Cell::head(*label, *span)).collect()];
    for n in 0..LINES {
        let blank = Trouble::default();
        let t = all.get(n).unwrap_or(&blank);
        let cell = |(_, field, span): &(&str, &str, usize)| match *field {
            "#done" => Cell::text(&t.done, *span),
            f => Cell::text(of(&t.problem, f), *span),
        };
        rows.push(TROUBLE.iter().map(cell).collect());
    }
    if all.len() > LINES {
        rows.push(vec![Cell::text(format!("另有 {} 个问题，见问题户厕台账。", all.len() - LINES), GRID)]);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[(&str, &str)]) -> Texts {
        list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }
    fn collected() -> Collected {
        Collected {
            place: ["某县".into(), "某乡".into(), "某村".into()],
            house: texts(&[
                ("toilet_no", "3699011000012600001"),
                ("head_name", "某某"),
                ("group_name", "3组"),
                ("has_toilet", "是"),
                ("toilet_type", "三格化粪池式"),
                ("wall_ok", "是"),
                ("roof_ok", "是"),
                ("door_ok", "否"),
                ("family_size", "4"),
                ("resident_size", "3"),
                ("vol1", "0.50"),
                ("vol2", "0.25"),
                ("vol3", "0.75"),
                ("septic_volume", "1.50"),
            ]),
            renovation: texts(&[("renov_year", "2023"), ("invest_total", "2500.00"), ("fund_central", "600.00")]),
            renovations: 2,
            troubles: vec![
                Trouble {
                    problem: texts(&[("problem_item", "罐体渗漏"), ("deadline", "2026-04-01")]),
                    done: "2026-03-20".into()
                };
                4
            ],
        }
    }
    /// Each row fills the grid, counting what cells above take.
    fn full(page: &Page) {
        let mut above = vec![0usize; GRID];
        for (n, row) in page.rows.iter().enumerate() {
            let taken = above.iter().filter(|a| **a > 0).count();
            assert_eq!(row.iter().map(|c| c.span).sum::<usize>() + taken, GRID, "row {n}: {row:?}");
            let mut free = (0..GRID).filter(|i| above[*i] == 0).collect::<Vec<_>>().into_iter();
            let mut below: Vec<usize> = above.iter().map(|a| a.saturating_sub(1)).collect();
            for c in row {
                for i in free.by_ref().take(c.span) {
                    below[i] = c.down - 1;
                }
            }
            above = below;
        }
    }

    #[test]
    fn the_blocks_stand_in_the_order_of_the_page() {
        let p = page(1, &collected());
        full(&p);
        assert_eq!(p.title, "某县某乡某村 农村户厕信息采集表");
        let heads: Vec<&str> =
            p.rows.iter().flatten().filter(|c| c.look == Look::Section).map(|c| c.text.split('、').nth(1).unwrap()).collect();
        let asked = [
            "基本信息",
            "户厕现状",
            "化粪池",
            "粪污去向与卫生",
            "改厕情况（最近一次，共 2 次）",
            "问题与整改",
            "意愿与满意度",
            "签字",
        ];
        assert_eq!(heads, asked);
        let all: Vec<&str> = p.rows.iter().flatten().map(|c| c.text.as_str()).collect();
        for t in [
            "某县某乡某村3组",
            "4 人 / 3 人",
            "☑墙 ☑顶 ☒门 □窗",
            "0.50 / 0.25 / 0.75 m³",
            "2500.00",
            "罐体渗漏",
            "2026-03-20",
            "另有 1 个问题，见问题户厕台账。",
        ] {
            assert!(all.contains(&t), "{t}: {all:?}");
        }
    }

    #[test]
    fn it_fits_on_one_page_of_a4() {
        // least height of a row, title and line, within the paper less its margins
        let p = page(1, &collected());
        assert!(p.rows.len() as u32 * 320 + 900 < 16_838 - 2 * 567, "{} rows", p.rows.len());
    }

    #[test]
    fn a_toilet_of_which_nothing_is_known_is_a_form_to_fill_in() {
        full(&page(1, &Collected::default()));
    }
}
