//! Columns of a dataset: what its export shows, its template offers and its import looks for. One list for all three, so that
//! an export can be imported again. Must not know tables.

use crate::cell::{out_kind, out_label};
use crate::out::{Column, OutKind};
use crate::read::Want;
use crate::row_key::{LABEL, ROW_KEY};
use crate::template::TemplateColumn;
use meta::{Catalog, Dataset, Field, Kind, Place};

/// Key of the column that says where a row lies.
pub const REGION: &str = "region_code";
const REGION_LABEL: &str = "区划代码";
/// Keys and names of the columns that say the same in words, highest level first.
pub const REGION_WORDS: [(&str, &[&str]); 3] = [
    ("region:county", &["县", "县(市、区、旗)", "县（市、区）", "县区", "所在县"]),
    ("region:town", &["乡", "乡(镇)", "乡镇", "乡镇（街道）", "所在乡镇"]),
    ("region:village", &["村", "行政村", "村（社区）", "所在村"]),
];

/// Fields that a sheet carries in: in the description's order, without what engines and hooks write.
pub fn taken(d: &Dataset) -> impl Iterator<Item = &Field> {
    d.fields.values().filter(move |f| {
        let is_parent = d.parent.as_ref().is_some_and(|p| p.field == f.name);
        (f.is_in(Place::Sheet) || is_parent) && !f.is_derived() && f.kind != Kind::Attachment
    })
}

/// Whether the row's place stands in the sheet itself (a child lies where its parent lies).
pub fn has_own_region(d: &Dataset) -> bool {
    d.parent.is_none()
}

/// What the import looks for. Nothing but the keys of the dataset is needed for an update, so a column is required only
/// when every row needs it: a field that is always required of a dataset without a key, or the key itself.
pub fn wants(d: &Dataset) -> Vec<Want> {
    let mut out = Vec::new();
    if has_own_region(d) {
        out.push(Want::new(REGION, REGION_LABEL, false).or("行政区划代码").or("村代码").or("所在区划"));
        for (key, labels) in REGION_WORDS {
            out.push(Want { key: key.into(), labels: labels.iter().map(|l| (*l).to_owned()).collect(), required: false });
        }
    }
    let has_key = !d.unique.is_empty();
    for f in taken(d) {
        let always = matches!(f.required, meta::Need::Always(true));
        let in_key = d.unique.iter().any(|u| u.len() == 1 && u[0] == f.name);
        out.push(Want::new(&f.name, out_label(f), if has_key { always && in_key } else { always }).or(&f.label));
    }
    out.push(Want::new(ROW_KEY, LABEL, false));
    out
}

/// Columns of the template: the place first, then the fields with their choices.
pub fn template(catalog: &Catalog, d: &Dataset) -> Vec<TemplateColumn> {
    let mut out = Vec::new();
    if has_own_region(d) {
        out.push(TemplateColumn {
            column: Column { width: Some(16.0), ..Column::new(REGION_LABEL, OutKind::Text) },
            required: false,
            options: Vec::new(),
            several: false,
            help: "12 位区划代码；也可以改用“县”“乡”“村”三列填写名称。不填时按您本人的辖区。".into(),
        });
    }
    out.extend(taken(d).map(|f| {
        let options: Vec<String> = match f.kind {
            Kind::Bool => vec!["是".into(), "否".into()],
            Kind::Code | Kind::Codes => f
                .codes
                .as_deref()
                .and_then(|id| catalog.codes(id))
                .map(|l| l.labels().map(str::to_owned).collect())
                .unwrap_or_default(),
            _ => Vec::new(),
        };
        let mut help = f.help.clone();
        match f.kind {
            Kind::Month => help.push_str("年月写作 202511。"),
            Kind::Money => help.push_str("以元为单位，最多两位小数。"),
            Kind::Ref => help.push_str(&format!("填写{}。", key_label(catalog, f))),
            _ if !f.unit.is_empty() => help.push_str(&format!("单位：{}。", f.unit)),
            _ => {}
        }
        let mut column = Column::new(out_label(f), out_kind(f));
        if !f.group.is_empty() {
            column = column.under(&f.group);
        }
        TemplateColumn {
            column,
            required: matches!(f.required, meta::Need::Always(true)),
            options,
            several: f.kind == Kind::Codes,
            help,
        }
    }));
    out.push(TemplateColumn {
        column: Column { width: Some(14.0), ..Column::new(LABEL, OutKind::Text) },
        required: false,
        options: Vec::new(),
        several: false,
        help: "导出的文件带有此列，请勿改动，系统据此找到原记录；新增的行留空。".into(),
    });
    out
}

/// The field by which a reference is written in a sheet: the target's first key of one field that is not enciphered.
pub fn ref_key<'a>(catalog: &'a Catalog, f: &Field) -> Option<(&'a Dataset, &'a Field)> {
    let target = f.dataset.as_deref().and_then(|id| catalog.dataset(id))?;
    let key =
        target.unique.iter().filter(|u| u.len() == 1).find_map(|u| target.field(&u[0]).filter(|k| !k.kind.is_enciphered()))?;
    Some((target.as_ref(), key))
}

fn key_label(catalog: &Catalog, f: &Field) -> String {
    ref_key(catalog, f).map_or_else(|| "对方记录的编号".into(), |(d, k)| format!("“{}”的“{}”", d.title, k.label))
}
