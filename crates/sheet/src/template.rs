//! Templates to fill in: drop-downs (long lists on a hidden sheet), notes, marks of obligation, a page of explanations.
//! Must not know where columns come from.

use crate::out::{Column, OutKind, number_format, sheet_name, write_header};
use base::{Error, Result};
use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DataValidationRule, Format, FormatAlign, FormatBorder, Formula, Workbook,
    Worksheet,
};
use std::path::Path;

/// Rows that drop-downs reach.
const ROWS: u32 = 20_000;
/// Longest list that Excel takes inside a cell's own rule.
const INLINE: usize = 255;
const OPTIONS: &str = "选项";

/// One column of a template.
#[derive(Clone, Debug)]
pub struct TemplateColumn {
    pub column: Column,
    pub required: bool,
    /// Choices offered; empty for free text.
    pub options: Vec<String>,
    /// Several choices may stand in one cell.
    pub several: bool,
    /// What to write, in words.
    pub help: String,
}

fn xlsx(e: rust_xlsxwriter::XlsxError) -> Error {
    Error::internal(e)
}

/// Writes the template to `path`: the sheet to fill in first, then explanations, then the hidden choices.
pub fn write(title: &str, columns: &[TemplateColumn], path: &Path) -> Result<()> {
    let mut book = Workbook::new();
    let head = Format::new()
        .set_bold()
        .set_font_size(10)
        .set_border(FormatBorder::Thin)
        .set_background_color(Color::RGB(0x00E8_EEF7))
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_text_wrap();
    let mut choices = Worksheet::new();
    choices.set_name(OPTIONS).map_err(xlsx)?.set_hidden(true);
    let mut lists = 0u16;

    let sheet = book.add_worksheet();
    sheet.set_name(sheet_name(title, 1)).map_err(xlsx)?;
    let shown: Vec<Column> = columns.iter().map(shown).collect();
    let first = write_header(sheet, 0, &shown, &head)?;
    sheet.set_freeze_panes(first, 0).map_err(xlsx)?;
    for (i, c) in columns.iter().enumerate() {
        let col = i as u16;
        sheet
            .set_column_width(
                col,
                c.column.width.unwrap_or_else(|| 4.0 + 2.0 * c.column.label.chars().count() as f64).clamp(10.0, 40.0),
            )
            .map_err(xlsx)?;
        // codes, identity and telephone numbers are typed into text cells, so that Excel keeps every digit
        sheet.set_column_format(col, &Format::new().set_num_format(number_format(c.column.kind))).map_err(xlsx)?;
        if let Some(rule) = rule(c, &mut choices, &mut lists)? {
            sheet.add_data_validation(first, col, first + ROWS, col, &rule).map_err(xlsx)?;
        }
    }
    explain(book.add_worksheet(), columns, &head)?;
    if lists > 0 {
        book.push_worksheet(choices);
    }
    book.save(path).map_err(xlsx)
}

fn shown(c: &TemplateColumn) -> Column {
    let mut column = c.column.clone();
    if c.required {
        column.label = format!("*{}", column.label);
    }
    let note = note(c);
    column.note = (!note.is_empty()).then_some(note);
    column
}

fn note(c: &TemplateColumn) -> String {
    let mut parts = Vec::new();
    if c.required {
        parts.push("必填。".to_owned());
    }
    if !c.help.is_empty() {
        parts.push(c.help.clone());
    }
    match c.column.kind {
        OutKind::Date => parts.push("日期写作 2026-01-31。".into()),
        OutKind::Moment => parts.push("时间写作 2026-01-31 08:30。".into()),
        _ => {}
    }
    if c.several {
        parts.push("可填多项，用顿号“、”隔开。".into());
    }
    if !c.options.is_empty() && c.options.len() <= 30 {
        parts.push(format!("可选：{}。", c.options.join("、")));
    }
    parts.join("\n")
}

fn rule(c: &TemplateColumn, choices: &mut Worksheet, lists: &mut u16) -> Result<Option<DataValidation>> {
    let wrong = |v: DataValidation, text: &str| -> Result<DataValidation> {
        v.set_error_style(DataValidationErrorStyle::Stop)
            .set_error_title("填写有误")
            .map_err(xlsx)?
            .set_error_message(text)
            .map_err(xlsx)
    };
    if c.options.is_empty() || c.several {
        return Ok(match c.column.kind {
            OutKind::Int => {
                let v = DataValidation::new().allow_whole_number(DataValidationRule::Between(-2_000_000_000, 2_000_000_000));
                Some(wrong(v, "请填写整数。")?)
            }
            OutKind::Decimal(_) => {
                let v = DataValidation::new().allow_decimal_number(DataValidationRule::Between(-1e15, 1e15));
                Some(wrong(v, "请填写数字。")?)
            }
            OutKind::Date => {
                let v = DataValidation::new().allow_date(DataValidationRule::Between(new_year(1900)?, new_year(2200)?));
                // a warning only: dates typed as text are read as well
                Some(
                    v.set_error_style(DataValidationErrorStyle::Warning)
                        .set_error_message("请按 2026-01-31 的样式填写日期。")
                        .map_err(xlsx)?,
                )
            }
            _ => None,
        });
    }
    let fits = c.options.iter().map(|o| o.encode_utf16().count() + 1).sum::<usize>() <= INLINE
        && c.options.iter().all(|o| !o.contains(','));
    let list = if fits {
        DataValidation::new().allow_list_strings(&c.options).map_err(xlsx)?
    } else {
        let col = *lists;
        *lists += 1;
        for (r, o) in c.options.iter().enumerate() {
            choices.write_string(r as u32, col, o).map_err(xlsx)?;
        }
        let letters = crate::text::column_letters(usize::from(col));
        DataValidation::new().allow_list_formula(Formula::new(format!("={OPTIONS}!${letters}$1:${letters}${}", c.options.len())))
    };
    Ok(Some(wrong(list, "请从下拉列表中选择。")?))
}

fn new_year(y: i32) -> Result<chrono::NaiveDate> {
    chrono::NaiveDate::from_ymd_opt(y, 1, 1).ok_or_else(|| Error::internal("no such day"))
}

fn explain(sheet: &mut Worksheet, columns: &[TemplateColumn], head: &Format) -> Result<()> {
    sheet.set_name("填写说明").map_err(xlsx)?;
    let wrap = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    for (i, (label, width)) in [("列名", 24.0), ("是否必填", 10.0), ("填写要求", 60.0), ("可选内容", 60.0)].iter().enumerate()
    {
        sheet.write_string_with_format(0, i as u16, *label, head).map_err(xlsx)?;
        sheet.set_column_width(i as u16, *width).map_err(xlsx)?;
    }
    for (r, c) in columns.iter().enumerate() {
        let mut options = c.options.iter().take(60).cloned().collect::<Vec<_>>().join("、");
        if c.options.len() > 60 {
            options.push_str(&format!(" 等 {} 项", c.options.len()));
        }
        let required = if c.required { "必填" } else { "" };
        let mut help = note(&TemplateColumn { options: Vec::new(), required: false, ..c.clone() });
        if help.is_empty() {
            help = "文字".into();
        }
        for (i, text) in [c.column.label.as_str(), required, &help, &options].iter().enumerate() {
            sheet.write_string_with_format(r as u32 + 1, i as u16, *text, &wrap).map_err(xlsx)?;
        }
    }
    sheet.set_freeze_panes(1, 0).map_err(xlsx)?;
    Ok(())
}
