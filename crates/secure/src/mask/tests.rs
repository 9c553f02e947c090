//! The table of domain 06 §4.3, every boundary it lists.

use super::MaskKind::*;
use super::*;
use crate::SoftVault;

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 24).unwrap()
}

fn check(rows: &[(MaskKind, Scene, &str, Option<&str>)]) {
    for (kind, scene, value, want) in rows {
        assert_eq!(mask_on(*kind, *scene, value, day()).as_deref(), *want, "{kind:?} {scene:?} {value}");
    }
}

#[test]
fn names() {
    check(&[
        (Name, Scene::List, "张三", Some("张*")),
        (Name, Scene::List, "欧阳娜娜", Some("欧***")),
        (Name, Scene::Public, "张三丰", Some("张*丰")),
        (Name, Scene::Public, "张三", Some("张*")),
        (Name, Scene::Public, "欧阳娜娜", Some("欧**娜")),
        (Name, Scene::Detail, "张", Some("*")),
        (Name, Scene::Public, "张", Some("*")),
        (Name, Scene::List, "阿卜杜拉·买买提", Some("阿***·***")),
        (Name, Scene::Public, "阿卜杜拉·买买提", Some("阿***·**提")),
        (Name, Scene::List, "  张三 ", Some("张*")),
        (Name, Scene::List, "𠮷田", Some("𠮷*")),
        (Name, Scene::List, "   ", None),
        (Name, Scene::List, "", None),
    ]);
}

#[test]
fn identity_numbers() {
    check(&[
        (Id, Scene::List, "360122199001011234", Some("360122********1234")),
        (Id, Scene::Export, "11010519491231002x", Some("110105********002X")),
        (Id, Scene::Share, "１１０１０５１９４９１２３１００２Ｘ", Some("110105********002X")),
        (Id, Scene::Public, "11010519491231002X", Some("1101**********002X")),
        (Id, Scene::Screen, "11010519491231002X", Some("1101**********002X")),
        (Id, Scene::Log, "11010519491231002X", Some("***")),
        (Id, Scene::Detail, "110105491231002", Some("110105******002")),
        (Id, Scene::Detail, "810000199001010010", Some("8***************10")),
        (Id, Scene::Detail, "H12345678", Some("H******78")),
        (Id, Scene::Detail, "CHN110105491231", Some("C************31")),
        (Id, Scene::Detail, "911010519491231002", Some("9***************02")),
        (Id, Scene::Detail, "11010519491231002X42", Some("110105********002X**")),
        (Id, Scene::Detail, "11010519491231002X42B1", Some("110105********002X****")),
        (Id, Scene::Detail, "1234567", Some("*******")),
        (Id, Scene::Detail, "", None),
    ]);
}

#[test]
fn telephones_and_banks() {
    check(&[
        (Phone, Scene::List, "13812345678", Some("138****5678")),
        (Phone, Scene::List, "+86 138-1234-5678", Some("138****5678")),
        (Phone, Scene::List, "008613812345678", Some("138****5678")),
        (Phone, Scene::List, "8613812345678", Some("138****5678")),
        (Phone, Scene::Public, "13812345678", Some("***********")),
        (Phone, Scene::List, "0791-86212345", Some("0791****45")),
        (Phone, Scene::List, "8621234", Some("****34")),
        (Phone, Scene::List, "862123", Some("******")),
        (Bank, Scene::List, "6222021234567890123", Some("***************0123")),
        (Bank, Scene::List, "6222 0212 3456 7890", Some("************7890")),
        (Bank, Scene::List, "622202123456", Some("********3456")),
        (Bank, Scene::List, "62220212345", Some("***********")),
        (Bank, Scene::List, "62220212345678901234", Some("********************")),
    ]);
}

#[test]
fn addresses() {
    check(&[
        (Address, Scene::List, "江西省南昌市进贤县民和镇新村村三组12号", Some("江西省南昌市进贤县民和镇新村村***")),
        (Address, Scene::Public, "江西省南昌市进贤县民和镇新村村三组12号", Some("江西省南昌市进贤县民和镇***")),
        (Address, Scene::Screen, "江西省南昌市进贤县民和镇新村村三组12号", Some("江西省南昌市进贤县民和镇***")),
        (Address, Scene::List, "江西省抚州市东乡区孝岗镇城北社区5栋", Some("江西省抚州市东乡区孝岗镇城北社区***")),
        (Address, Scene::List, "江西省丰城市曲江镇曲江村民委员会8号", Some("江西省丰城市曲江镇曲江村民委员会***")),
        (Address, Scene::List, "江西省景德镇市浮梁县三龙镇芦田村", Some("江西省景德镇市浮梁县三龙镇芦田村***")),
        (Address, Scene::List, "江西省萍乡市安源区高坑镇高坑村一组", Some("江西省萍乡市安源区高坑镇高坑村***")),
        (Address, Scene::List, "南昌市西湖区某某路88号", Some("南昌市西湖区***")),
        (Address, Scene::List, "江西省南昌市进贤县民和镇胜利路3号", Some("江西省南昌市进贤县***")),
        (Address, Scene::List, "胜利路3号302室", Some("***")),
    ]);
}

#[test]
fn births_places_and_money() {
    check(&[
        (Birth, Scene::List, "1968-03-04", Some("1968-**-**")),
        (Birth, Scene::Share, "1968-03-04", Some("55–59岁")),
        (Birth, Scene::Screen, "1968-03-04", Some("55–59岁")),
        (Birth, Scene::List, "2012-11-25", Some("10–14岁")),
        (Birth, Scene::List, "2012-11-24", Some("2012-**-**")),
        (Birth, Scene::Log, "1968-03-04", Some("****-**-**")),
        (Birth, Scene::List, "1968-02-30", Some("****-**-**")),
        (Geo, Scene::List, "28.683712,115.893421", Some("28.68,115.89")),
        (Geo, Scene::List, "115.893421", Some("115.89")),
        (Geo, Scene::List, "91,115.8", None),
        (Geo, Scene::List, "28.6,181", None),
        (Geo, Scene::List, "北纬", None),
        (Money, Scene::List, "1234567", Some("12345.67")),
        (Money, Scene::Public, "1234567", Some("1–2万元")),
        (Money, Scene::Screen, "2000000", Some("2–3万元")),
        (Money, Scene::Share, "0", Some("0元")),
        (Money, Scene::Share, "-100", Some("负数")),
        (Money, Scene::Share, "9223372036854775807", Some("100万元以上")),
        (Money, Scene::Log, "100", Some("***")),
        (Health, Scene::List, "大病：某病", Some("大病(有)")),
        (Health, Scene::List, "某病", Some("有")),
        (Health, Scene::List, "无", Some("无")),
        (Image, Scene::List, "a.jpg", Some("（图片，查看原图需申请）")),
        (File, Scene::List, "张三身份证.JPG", Some("***.jpg")),
        (File, Scene::List, "张三.身份证", Some("***")),
    ]);
}

#[test]
fn free_text() {
    check(&[
        (Text, Scene::List, "张三11010519491231002X电话13812345678。", Some("张三110105********002X电话138****5678。")),
        (Text, Scene::List, "证件号１１０１０５１９４９１２３１００２ｘ", Some("证件号110105********002X")),
        (Text, Scene::List, "编号110105194912310021不变", Some("编号110105194912310021不变")),
        (Text, Scene::List, "卡4111 1111 1111 1111已发", Some("卡************1111已发")),
        (Text, Scene::List, "138-1234-5678或+8613812345678", Some("138****5678或+138****5678")),
        (Text, Scene::List, "2026-11-24 13812345678", Some("2026-11-24 138****5678")),
        (Text, Scene::List, "共 12345678901234567890 元", Some("共 12345678901234567890 元")),
        (Text, Scene::Public, "13812345678", Some("***********")),
        (Text, Scene::Log, "11010519491231002X", Some("***")),
    ]);
}

#[test]
fn pseudonyms_hold_within_a_scene_and_differ_between_scenes() {
    let vault = SoftVault::in_memory().unwrap();
    let of = |scene, v| mask_with(&vault, Pseudo, scene, v).unwrap();
    assert_eq!(of(Scene::Share, "张三"), of(Scene::Share, " 张三"));
    let all: std::collections::BTreeSet<String> = Scene::ALL.iter().map(|s| of(*s, "张三")).collect();
    assert_eq!(all.len(), 8);
    assert!(all.iter().all(|p| p.len() == 16 && p.bytes().all(|b| b.is_ascii_hexdigit())));
    let log = |v| mask_with(&vault, Id, Scene::Log, v).unwrap();
    assert_eq!(log("110105491231002"), log("11010519491231002x"));
    assert_eq!(log("11010519491231002X").len(), 16);
    assert_eq!(mask_with(&vault, Id, Scene::Log, " "), None);
    assert!(mask_with(&vault, File, Scene::List, "张三.PDF").unwrap().ends_with(".pdf"));
}

#[test]
fn test_data_keeps_the_form_and_a_right_check_digit() {
    let vault = SoftVault::in_memory().unwrap();
    let new = mask_with(&vault, Id, Scene::Test, "11010519491231002X").unwrap();
    let (was, is) = (base::idcard::parse("11010519491231002X", day()), base::idcard::parse(&new, day()));
    assert!(is.is_ok() && is.sex == was.sex && new.starts_with("1101051949"));
    assert_eq!(mask_with(&vault, Id, Scene::Test, "11010519491231002X").unwrap(), new);
}

#[test]
fn no_mask_gives_the_whole_value_back() {
    for scene in Scene::ALL {
        for (kind, value) in [
            (Name, "张三"),
            (Id, "11010519491231002X"),
            (Phone, "13812345678"),
            (Bank, "6222021234567890123"),
            (Address, "江西省南昌市进贤县民和镇新村村三组"),
            (Birth, "1968-03-04"),
            (Health, "大病：某病"),
            (File, "张三.jpg"),
            (Text, "11010519491231002X"),
            (Pseudo, "张三"),
        ] {
            assert_ne!(mask_on(kind, scene, value, day()).as_deref(), Some(value), "{kind:?} {scene:?}");
        }
    }
}
