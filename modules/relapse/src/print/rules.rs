//! What stands where on the two forms. No IO and no clock; values come as texts.

use super::lines::PARTS;
use report::document::{Cell, Look, Page};
use report::printing::Texts;

/// What is known of one household.
#[derive(Clone, Debug, Default)]
pub(super) struct Household {
    /// 县, 乡(镇), 村.
    pub place: [String; 3],
    pub house: Texts,
    pub members: Vec<Texts>,
    pub living: Texts,
    /// The latest yearly income and its items.
    pub income: Texts,
    pub items: Vec<Texts>,
    pub security: Texts,
    pub case: Texts,
    pub measures: Vec<Texts>,
}

/// Columns of the grid of both forms.
pub(super) const GRID: usize = 60;

fn of<'a>(t: &'a Texts, name: &str) -> &'a str {
    t.get(name).map_or("", String::as_str)
}

/// 县、乡、村 without repeating an ending that the name has already.
fn place(h: &Household) -> String {
    h.place.concat()
}

/// 脱贫户（监测对象）信息对照表, A3 landscape (§7.1).
pub(super) fn check_page(number: usize, year: i32, h: &Household) -> Page {
    let kind = match (of(&h.house, "household_type"), of(&h.house, "is_monitored")) {
        ("脱贫户", "是") => "脱贫户/监测对象",
        (_, "是") => "监测对象",
        ("脱贫户", _) => "脱贫户",
        _ => "农户",
    };
    let title = format!("{} {kind}信息对照表（{year}年）", place(h));
    let line = format!(
        "户编号：{}　　户主：{}　　联系电话：{}　　户类型：{}　　监测类别：{}　　风险状态：{}　　采集人：＿＿＿＿＿＿　　日期：＿＿＿＿年＿＿月＿＿日",
        of(&h.house, "household_no"),
        of(&h.house, "head_name"),
        of(&h.house, "phone"),
        of(&h.house, "household_type"),
        or_dash(of(&h.case, "monitor_type")),
        or_dash(of(&h.house, "risk_state")),
    );
    let mut rows = vec![section("一、户信息")];
    rows.push((0..3).flat_map(|_| [Cell::head("项目", 5), Cell::head("系统值", 8), Cell::head("核对值", 7)]).collect());
    let facts = house_facts(h);
    for three in facts.chunks(3) {
        let cells = three.iter().flat_map(|(k, v)| [Cell::head(*k, 5), Cell::text(v, 8), Cell::text("", 7)]);
        let fill = (three.len()..3).flat_map(|_| [Cell::head("", 5), Cell::text("", 8), Cell::text("", 7)]);
        rows.push(cells.chain(fill).collect());
    }
    rows.push(section("二、家庭成员"));
    rows.push(MEMBER.iter().map(|(label, _, span)| Cell::head(*label, *span)).collect());
    for (i, m) in h.members.iter().enumerate() {
        let cell = |(_, field, span): &(&str, &str, usize)| match *field {
            "#" => Cell::middle((i + 1).to_string(), *span),
            "" => Cell::text("", *span),
            f => Cell::middle(of(m, f), *span),
        };
        rows.push(MEMBER.iter().map(cell).collect());
    }
    // lines for those who are missing
    for _ in 0..2 {
        rows.push(MEMBER.iter().map(|(_, _, span)| Cell::text("", *span)).collect());
    }
    rows.push(section("三、收入汇总（元）"));
    let mut head = vec![Cell::head("", 4)];
    head.extend(INCOME.iter().map(|(label, _)| Cell::head(*label, 8)));
    rows.push(head);
    let year = of(&h.income, "year");
    let known = if year.is_empty() { "系统上期".to_owned() } else { format!("系统上期（{year}）") };
    let mut last = vec![Cell::head(known, 4)];
    last.extend(INCOME.iter().map(|(_, f)| Cell::number(of(&h.income, f), 8)));
    rows.push(last);
    let mut this = vec![Cell::head("本期采集", 4)];
    this.extend(INCOME.iter().map(|_| Cell::number("", 8)));
    rows.push(this);
    rows.push(section("四、三保障与饮水"));
    rows.push(SECURITY.iter().flat_map(|_| [Cell::head("项目", 4), Cell::head("系统值", 3), Cell::head("核对值", 3)]).collect());
    let guarantee = |(label, field, good): &(&str, &str, &str)| {
        let said = match of(&h.security, field) {
            "" => "",
            v if v == *good => "有保障",
            _ => "有问题",
        };
        [Cell::head(*label, 4), Cell::middle(said, 3), Cell::text("", 3)]
    };
    rows.push(SECURITY.iter().flat_map(guarantee).collect());
    rows.push(section("五、帮扶措施"));
    rows.push(MEASURE.iter().map(|(label, _, span)| Cell::head(*label, *span)).collect());
    for (i, m) in h.measures.iter().enumerate() {
        let cell = |(_, field, span): &(&str, &str, usize)| match *field {
            "#" => Cell::middle((i + 1).to_string(), *span),
            "" => Cell::text("", *span),
            f => Cell::text(of(m, f), *span),
        };
        rows.push(MEASURE.iter().map(cell).collect());
    }
    rows.push(MEASURE.iter().map(|(_, _, span)| Cell::text("", *span)).collect());
    rows.push(section("六、风险"));
    rows.push(
        (1..=5).flat_map(|n| [Cell::head(format!("风险{n}"), 4), Cell::text(of(&h.case, &format!("risk{n}")), 8)]).collect(),
    );
    rows.push(vec![Cell { down: 1, ..Cell::new("", GRID, Look::Bare) }]);
    let sign = ["户主签字：", "采集人签字：", "审核人：", "日期：　　　　年　　月　　日"];
    rows.push(sign.iter().map(|s| Cell::new(*s, 15, Look::Bare)).collect());
    Page { name: format!("{number}-{}", of(&h.house, "head_name")), title, line, rows }
}

fn section(title: &str) -> Vec<Cell> {
    vec![Cell::new(title, GRID, Look::Section)]
}

fn or_dash(t: &str) -> &str {
    if t.is_empty() { "—" } else { t }
}

fn house_facts(h: &Household) -> Vec<(&'static str, String)> {
    let house = |f: &str| of(&h.house, f).to_owned();
    let living = |f: &str| of(&h.living, f).to_owned();
    let mu = |f: &str| if living(f).is_empty() { String::new() } else { format!("{} 亩", living(f)) };
    let water = match of(&h.living, "safe_water") {
        "是" => "已解决安全饮水".to_owned(),
        "否" => "未解决安全饮水".to_owned(),
        _ => String::new(),
    };
    let toilet = match (of(&h.living, "toilet"), of(&h.living, "toilet_type")) {
        ("是", kind) if !kind.is_empty() => format!("有卫生厕所（{kind}）"),
        ("是", _) => "有卫生厕所".to_owned(),
        ("否", _) => "无卫生厕所".to_owned(),
        _ => String::new(),
    };
    let danger = match (of(&h.living, "dangerous_house"), of(&h.living, "danger_level")) {
        ("否", _) => "非危房".to_owned(),
        (_, level) => level.to_owned(),
    };
    let area = living("house_area");
    let cause = [house("poverty_cause_main"), house("poverty_cause_other")];
    vec![
        ("家庭住址", Some(house("live_address")).filter(|a| !a.is_empty()).unwrap_or_else(|| house("hukou_address"))),
        ("人口数", house("hukou_count")),
        ("脱贫年度", house("out_of_poverty_year")),
        ("致贫原因", cause.into_iter().filter(|c| !c.is_empty()).collect::<Vec<_>>().join("；")),
        ("住房面积", if area.is_empty() { area } else { format!("{area} ㎡") }),
        ("危房级别", danger),
        ("饮水", water),
        ("厕所", toilet),
        ("入户路", living("road_type")),
        ("耕地面积", mu("cultivated_area")),
        ("林地面积", mu("forest_area")),
        ("林果面积", mu("orchard_area")),
        ("水面面积", mu("water_area")),
        ("合作社", living("coop_member")),
        ("龙头企业", living("leader_enterprise")),
        ("带头人", living("leader_person")),
        ("开户行", house("bank_name")),
    ]
}

/// 家庭成员, in the order of §7.1: heading, field, columns.
const MEMBER: [(&str, &str, usize); 23] = [
    ("序号", "#", 1),
    ("姓名", "name", 3),
    ("性别", "gender", 1),
    ("证件号码", "id_no", 6),
    ("与户主关系", "relation", 2),
    ("民族", "nation", 2),
    ("政治面貌", "political", 2),
    ("文化程度", "education", 3),
    ("在校生状况", "student_status", 3),
    ("健康状况", "health", 3),
    ("劳动技能", "labor_skill", 3),
    ("务工地点", "work_place", 5),
    ("务工月数", "work_months", 2),
    ("公益岗", "public_post", 3),
    ("居民医保", "ins_resident_med", 2),
    ("职工医保", "ins_employee_med", 2),
    ("大病保险", "ins_major_illness", 2),
    ("居民养老", "pension_resident", 2),
    ("职工养老", "pension_employee", 2),
    ("低保", "dibao_status", 2),
    ("特困", "tekun_status", 2),
    ("电话", "phone", 4),
    ("核对更正", "", 3),
];

const INCOME: [(&str, &str); 7] = [
    ("工资性", "wage"),
    ("生产经营性", "operate"),
    ("财产性", "property"),
    ("转移性", "transfer"),
    ("生产经营性支出", "operate_cost"),
    ("纯收入", "net"),
    ("人均", "net_pc"),
];

/// Heading, field, the text that is good.
const SECURITY: [(&str, &str, &str); 6] = [
    ("不愁吃", "food_ok", "是"),
    ("不愁穿", "clothes_ok", "是"),
    ("义务教育", "edu_problem", "否"),
    ("基本医疗", "med_problem", "否"),
    ("住房安全", "house_problem", "否"),
    ("饮水安全", "water_problem", "否"),
];

const MEASURE: [(&str, &str, usize); 10] = [
    ("序号", "#", 2),
    ("措施大类", "category", 8),
    ("子项", "item", 10),
    ("责任部门", "resp_unit", 10),
    ("责任人", "resp_person", 6),
    ("开始", "start_date", 5),
    ("结束", "end_date", 5),
    ("金额（元）", "amount", 6),
    ("状态", "state", 4),
    ("核对", "", 4),
];

/// 收入信息采集表, A3 portrait (§7.2). `label` names an item of income.
pub(super) fn income_page(number: usize, h: &Household, label: impl Fn(&str) -> String) -> Page {
    let title = format!("{} 收入信息采集表（脱贫户和监测对象）", place(h));
    let line = format!(
        "户编号：{}　　户主：{}　　联系电话：{}　　户类型：{}　　收入计算人口：{}　　年度：{}",
        of(&h.house, "household_no"),
        of(&h.house, "head_name"),
        of(&h.house, "phone"),
        of(&h.house, "household_type"),
        of(&h.house, "income_pop"),
        or_dash(of(&h.income, "year")),
    );
    let heads = [("项目", 19), ("计算说明", 13), ("数量", 5), ("单位", 4), ("单价", 5), ("金额（元）", 7), ("备注（来源人）", 7)];
    let mut rows: Vec<Vec<Cell>> = vec![heads.iter().map(|(t, span)| Cell::head(*t, *span)).collect()];
    let sum = |title: &str, how: &str, field: &str| -> Vec<Cell> {
        vec![Cell::head(title, 19), Cell::text(how, 27), Cell::number(of(&h.income, field), 7), Cell::text("", 7)]
    };
    for (title, lines, field) in &PARTS {
        if title.starts_with('八') {
            rows.push(sum("六、纯收入", "一＋二＋三＋四－五", "net"));
            rows.push(sum("七、人均", "六÷收入计算人口", "net_pc"));
        }
        let mut part: Vec<Vec<Cell>> = Vec::new();
        for (code, how) in *lines {
            let mut known: Vec<&Texts> = h.items.iter().filter(|i| of(i, "item_code_raw") == *code).collect();
            let blank = Texts::new();
            if known.is_empty() {
                known.push(&blank);
            }
            for item in known {
                let note =
                    [of(item, "person"), of(item, "note")].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" ");
                part.push(vec![
                    Cell::text(format!("{code} {}", label(code)), 13),
                    Cell::text(*how, 13),
                    Cell::number(of(item, "quantity"), 5),
                    Cell::middle(of(item, "unit"), 4),
                    Cell::number(of(item, "price"), 5),
                    Cell::number(of(item, "amount"), 7),
                    Cell::text(note, 7),
                ]);
            }
        }
        part.push(vec![Cell::head("小计", 13), Cell::text("", 27), Cell::number(of(&h.income, field), 7), Cell::text("", 7)]);
        let tall = part.len();
        part[0].insert(0, Cell::head(*title, 6).down(tall));
        rows.extend(part);
    }
    rows.push(sum("十、参考范围", "六＋八－九", "ref_net"));
    rows.push(sum("十一、人均参考", "十÷收入计算人口", "ref_pc"));
    rows.push(vec![
        Cell::new("户主签字：", 15, Look::Bare),
        Cell::new("采集人：", 15, Look::Bare),
        Cell::new("电话：", 15, Look::Bare),
        Cell::new("采集日期：　　　年　　月　　日", 15, Look::Bare),
    ]);
    rows.push(vec![Cell::new("采集期：上年10月1日—本年9月30日", GRID, Look::Bare)]);
    Page { name: format!("{number}-{}", of(&h.house, "head_name")), title, line, rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[(&str, &str)]) -> Texts {
        list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }
    fn household() -> Household {
        Household {
            place: ["某县".into(), "某乡".into(), "某村".into()],
            house: texts(&[
                ("household_no", "360121100200000001"),
                ("head_name", "某某"),
                ("household_type", "脱贫户"),
                ("is_monitored", "是"),
            ]),
            members: vec![texts(&[("name", "某某"), ("id_no", "3601**********0011")]), texts(&[("name", "某")])],
            living: texts(&[("toilet", "是"), ("toilet_type", "三格式"), ("dangerous_house", "否"), ("cultivated_area", "3.5")]),
            income: texts(&[("year", "2025"), ("wage", "12000.00"), ("net", "20000.00"), ("ref_net", "18000.00")]),
            items: vec![
                texts(&[("item_code_raw", "A01"), ("amount", "8000.00"), ("person", "某某")]),
                texts(&[("item_code_raw", "A01"), ("amount", "4000.00"), ("person", "某")]),
            ],
            security: texts(&[("food_ok", "是"), ("edu_problem", "是"), ("med_problem", "否")]),
            case: texts(&[("risk1", "因病")]),
            measures: vec![texts(&[("category", "健康帮扶")])],
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
    fn all(page: &Page) -> Vec<&str> {
        page.rows.iter().flatten().map(|c| c.text.as_str()).filter(|t| !t.is_empty()).collect()
    }

    #[test]
    fn the_check_form_is_laid_out_as_the_page_says() {
        let p = check_page(1, 2026, &household());
        full(&p);
        assert_eq!(p.title, "某县某乡某村 脱贫户/监测对象信息对照表（2026年）");
        for part in [
            "户编号：360121100200000001",
            "户主：某某",
            "联系电话：",
            "户类型：脱贫户",
            "监测类别：",
            "风险状态：",
            "采集人：",
            "日期：",
        ] {
            assert!(p.line.contains(part), "{part}");
        }
        let texts = all(&p);
        let heads: Vec<&str> = MEMBER.iter().map(|m| m.0).collect();
        assert_eq!(
            heads.join("｜"),
            "序号｜姓名｜性别｜证件号码｜与户主关系｜民族｜政治面貌｜文化程度｜在校生状况｜健康状况｜劳动技能｜务工地点｜务工月数｜公益岗｜居民医保｜职工医保｜大病保险｜居民养老｜职工养老｜低保｜特困｜电话｜核对更正"
        );
        for t in [
            "有卫生厕所（三格式）",
            "非危房",
            "3.5 亩",
            "有保障",
            "有问题",
            "健康帮扶",
            "因病",
            "系统上期（2025）",
            "本期采集",
            "3601**********0011",
        ] {
            assert!(texts.contains(&t), "{t}");
        }
    }

    #[test]
    fn the_income_form_has_every_line_of_the_page_and_people_in_lines_of_their_own() {
        let p = income_page(1, &household(), |c| format!("名{c}"));
        full(&p);
        let texts = all(&p);
        assert_eq!(texts.iter().filter(|t| t.starts_with("A01 ")).count(), 2, "one line a person");
        for (n, codes) in [("A", 9 + 1), ("B", 17), ("C", 6), ("D", 24), ("E", 4), ("L", 5), ("P", 7)] {
            let found = texts.iter().filter(|t| t.starts_with(n) && t.contains(" 名")).count();
            assert_eq!(found, codes, "{n}");
        }
        let order = [
            "一、工资性收入",
            "二、生产经营性收入",
            "三、财产性收入",
            "四、转移性收入",
            "五、生产经营性支出",
            "六、纯收入",
            "七、人均",
            "八、理赔收入",
            "九、合规自付支出",
            "十、参考范围",
            "十一、人均参考",
        ];
        let at: Vec<usize> = order.iter().map(|o| texts.iter().position(|t| t == o).unwrap_or_else(|| panic!("{o}"))).collect();
        assert!(at.is_sorted());
        assert_eq!(texts.iter().filter(|t| **t == "小计").count(), 7);
    }

    #[test]
    fn a_household_of_which_nothing_is_known_is_a_form_to_fill_in() {
        full(&check_page(1, 2026, &Household::default()));
        full(&income_page(1, &Household::default(), str::to_owned));
    }
}
