//! Words of the national system for the codes of domain 01 §3, as its exports spell them.

pub(crate) fn yes(b: bool) -> &'static str {
    if b { "是" } else { "否" }
}
pub(crate) fn relation(code: &str) -> &'static str {
    match code {
        "01" => "户主",
        "02" => "配偶",
        "03" => "之子",
        "04" => "之女",
        "05" => "之儿媳",
        "07" => "之孙子",
        "08" => "之孙女",
        "11" => "之父",
        "12" => "之母",
        "" => "",
        _ => "其他",
    }
}
pub(crate) fn nation(code: &str) -> &'static str {
    match code {
        "01" => "汉族",
        "22" => "畲族",
        "03" => "回族",
        "06" => "苗族",
        _ => "其他",
    }
}
pub(crate) fn political(code: &str) -> &'static str {
    match code {
        "01" => "中共党员",
        "02" => "中共预备党员",
        "03" => "共青团员",
        _ => "群众",
    }
}
pub(crate) fn education(code: &str) -> &'static str {
    match code {
        "01" => "文盲或半文盲",
        "02" => "小学",
        "03" => "初中",
        "04" => "高中",
        "05" => "大专",
        "06" => "本科及以上",
        _ => "",
    }
}
pub(crate) fn student(code: &str) -> &'static str {
    match code {
        "01" => "学龄前儿童",
        "02" => "学前教育",
        "03" => "小学",
        "04" => "七年级",
        "05" => "八年级",
        "06" => "九年级",
        "07" => "普通高中一年级",
        "08" => "普通高中二年级",
        "09" => "普通高中三年级",
        "10" => "中职一年级",
        "11" => "中职二年级",
        "12" => "中职三年级",
        "13" => "高职高专一年级",
        "14" => "高职高专二年级",
        "15" => "高职高专三年级",
        "20" => "本科一年级",
        "21" => "本科二年级",
        "22" => "本科三年级",
        "23" => "本科四年级",
        "25" => "硕士研究生及以上",
        _ => "",
    }
}
pub(crate) fn health(codes: &[&str]) -> String {
    let words: Vec<_> = codes
        .iter()
        .map(|c| match *c {
            "01" => "健康",
            "02" => "长期慢性病",
            "03" => "患有大病",
            _ => "残疾",
        })
        .collect();
    words.join(",")
}
pub(crate) fn labor(code: &str) -> &'static str {
    match code {
        "01" => "普通劳动力",
        "02" => "技能劳动力",
        "03" => "弱劳动力或半劳动力",
        "04" => "丧失劳动力",
        _ => "无劳动力",
    }
}
pub(crate) fn disability(kind: u8) -> &'static str {
    ["视力残疾", "听力残疾", "言语残疾", "肢体残疾", "智力残疾", "精神残疾", "多重残疾"][usize::from(kind.clamp(1, 7)) - 1]
}
pub(crate) fn grade(grade: u8) -> &'static str {
    ["一级", "二级", "三级", "四级"][usize::from(grade.clamp(1, 4)) - 1]
}
pub(crate) fn dibao(code: &str) -> &'static str {
    if code == "01" { "享受农村低保" } else { "未享受" }
}
pub(crate) fn tekun(code: &str) -> &'static str {
    match code {
        "01" => "农村特困（分散供养）",
        "02" => "农村特困（集中供养）",
        _ => "未享受",
    }
}
pub(crate) fn monitored(code: &str) -> &'static str {
    match code {
        "01" => "脱贫不稳定户",
        "02" => "边缘易致贫户",
        "03" => "突发严重困难户",
        _ => "",
    }
}
pub(crate) fn risk(code: &str) -> &'static str {
    match code {
        "01" => "因病",
        "02" => "因学",
        "03" => "因残",
        "04" => "因自然灾害",
        "05" => "因意外事故",
        "06" => "因产业项目失败",
        "07" => "因务工就业不稳",
        "08" => "缺劳动力",
        "09" => "因安全住房",
        "10" => "因安全饮水",
        "11" => "因义务教育",
        "99" => "其他",
        _ => "",
    }
}
pub(crate) fn disaster(code: &str) -> &'static str {
    match code {
        "01" => "洪涝灾害",
        "02" => "地质灾害",
        "03" => "旱灾",
        "05" => "气象灾害",
        _ => "",
    }
}
pub(crate) fn cause(code: &str) -> &'static str {
    match code {
        "01" => "因病",
        "02" => "因残",
        "03" => "因学",
        "07" => "缺技术",
        "08" => "缺劳动力",
        "09" => "缺资金",
        "11" => "自身发展力不足",
        _ => "",
    }
}
pub(crate) fn post(code: &str) -> &'static str {
    match code {
        "01" => "护林员",
        "02" => "保洁员",
        "03" => "护路员",
        "04" => "护河员",
        "07" => "村级文书",
        "08" => "防返贫监测网格员",
        _ => "其他",
    }
}
pub(crate) fn channel(code: &str) -> &'static str {
    match code {
        "01" => "自主外出",
        "02" => "政府组织劳务输出",
        "03" => "帮扶车间",
        "04" => "公益性岗位",
        "06" => "企业招聘",
        "07" => "亲友介绍",
        "08" => "自主创业",
        _ => "其他",
    }
}
/// GB/T 4754 三次产业划分.
pub(crate) fn industry_class(industry: &str) -> &'static str {
    match industry {
        "农林牧渔业" => "第一产业",
        "制造业" | "建筑业" => "第二产业",
        _ => "第三产业",
    }
}
pub(crate) fn road(code: &str) -> &'static str {
    match code {
        "01" => "沥青（水泥）路",
        "02" => "砂石路",
        "03" => "砖石路",
        _ => "泥土路",
    }
}
pub(crate) fn fuel(code: &str) -> &'static str {
    match code {
        "01" => "柴草",
        "04" => "清洁能源",
        _ => "其他",
    }
}
pub(crate) fn measure(category: &str, item: &str) -> &'static str {
    match (category, item) {
        ("01", "02") => "产业奖补",
        ("01", _) => "致富带头人、合作社、龙头企业带动",
        ("02", "03") => "外出务工补贴",
        ("02", _) => "帮扶车间就业",
        ("03", _) => "小额信贷",
        ("04", item) => post(item),
        ("05", "01") => "参加城乡居民基本医疗保险个人缴费补贴",
        ("05", "02") => "医疗救助",
        ("05", _) => "办理慢性病卡",
        ("07", "01") => "雨露计划",
        ("07", _) => "助学金",
        ("08", "01") => "低保",
        ("08", "02") => "特困供养",
        ("08", "05") => "残疾人补贴",
        ("08", _) => "临时救助",
        ("09", "01") => "危房改造",
        ("09", _) => "房屋修缮加固",
        ("10", _) => "新建/改造工程",
        ("11", _) => "结对帮扶",
        _ => "其他",
    }
}
/// Fen as yuan, without a decimal point where there are no cents.
pub(crate) fn yuan(fen: i64) -> String {
    if fen % 100 == 0 { (fen / 100).to_string() } else { format!("{:.2}", fen as f64 / 100.0) }
}
/// Hundredths as a decimal.
pub(crate) fn hundredths(n: i32) -> String {
    format!("{}", f64::from(n) / 100.0)
}
