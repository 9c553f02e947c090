//! The functions of rules over columns. [`meta::rule::functions`] says what each means; here cells are brought to them and taken
//! back. Must not decide what a function answers.

use super::columns;
use chrono::{DateTime, NaiveDate, Utc};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, Date32Builder, Float64Builder, Int32Builder, ListBuilder, StringBuilder,
    StringViewBuilder,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Field, Float64Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use meta::rule::functions::{Cell, Function, Now, find};
use std::sync::Arc;

/// Codes of several columns as a list; no function of rules, but a column of views.
pub(super) const LIST_OF: &str = "list_of";

#[derive(Debug, PartialEq, Eq, Hash)]
struct Called {
    name: &'static str,
    signature: Signature,
    returns: DataType,
    today: NaiveDate,
    moment: DateTime<Utc>,
}

/// A call of a function of rules.
pub(crate) fn call(name: &'static str, returns: DataType, now: Now, args: Vec<Expr>) -> Expr {
    let signature = Signature::variadic_any(Volatility::Immutable);
    ScalarUDF::from(Called { name, signature, returns, today: now.today, moment: now.moment }).call(args)
}

/// The functions that answer the same whenever and wherever they are asked, for a process that is handed a plan. Those that read the
/// clock are left out: a plan that asks them of a column is worked on by the process that made it.
#[cfg(feature = "cluster")]
pub(crate) fn everywhere() -> Vec<Arc<ScalarUDF>> {
    let names = meta::rule::functions::ALL.iter().map(|f| f.name).filter(|n| !matches!(*n, "today" | "in_future"));
    names
        .chain([LIST_OF])
        .map(|name| {
            let signature = Signature::variadic_any(Volatility::Immutable);
            let (today, moment) = (NaiveDate::MIN, DateTime::UNIX_EPOCH);
            // the plan says what is returned
            Arc::new(ScalarUDF::from(Called { name, signature, returns: DataType::Null, today, moment }))
        })
        .collect()
}

/// A list of codes.
pub(super) fn codes() -> DataType {
    DataType::List(Arc::new(Field::new("element", DataType::Utf8, true)))
}

impl ScalarUDFImpl for Called {
    fn name(&self) -> &str {
        self.name
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _args: &[DataType]) -> Result<DataType> {
        Ok(self.returns.clone())
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let of = args.return_field.data_type();
        if let Some(done) = columns::answer(self.name, &args.args, rows, of) {
            return done.map(ColumnarValue::Array);
        }
        if self.name == LIST_OF {
            return list_of(&args.args, rows);
        }
        let Some(f) = find(self.name) else { return Err(DataFusionError::Internal(self.name.to_owned())) };
        by_cells(f, Now { today: self.today, moment: self.moment }, &args.args, rows, of).map(ColumnarValue::Array)
    }
}

pub(super) fn by_cells(f: &Function, now: Now, args: &[ColumnarValue], rows: usize, of: &DataType) -> Result<ArrayRef> {
    let (mut cells, mut moving) = (Vec::new(), Vec::new());
    for (i, a) in args.iter().enumerate() {
        match a {
            ColumnarValue::Scalar(s) => cells.push(Reader::new(&s.to_array()?)?.at(0)),
            ColumnarValue::Array(a) => {
                cells.push(Cell::Null);
                moving.push((i, Reader::new(a)?));
            }
        }
    }
    each(f, now, &mut cells, &moving, rows, of)
}

fn each(f: &Function, now: Now, cells: &mut [Cell], moving: &[(usize, Reader)], rows: usize, of: &DataType) -> Result<ArrayRef> {
    let nothing = (f.run)(cells, now);
    let mut answers = (0..rows).map(|row| {
        // where nothing moves there is nothing to reckon again; most columns are empty nearly everywhere
        if moving.iter().all(|(_, r)| r.0.is_null(row)) {
            return nothing.clone();
        }
        for (i, r) in moving {
            cells[*i] = r.at(row);
        }
        (f.run)(cells, now)
    });
    Ok(match of {
        DataType::Boolean => {
            let mut b = BooleanBuilder::with_capacity(rows);
            answers.for_each(|c| b.append_option(if let Cell::Bool(x) = c { Some(x) } else { None }));
            Arc::new(b.finish())
        }
        DataType::Float64 => {
            let mut b = Float64Builder::with_capacity(rows);
            answers.for_each(|c| b.append_option(if let Cell::Num(x) = c { Some(x) } else { None }));
            Arc::new(b.finish())
        }
        // a month
        DataType::Int32 => {
            let mut b = Int32Builder::with_capacity(rows);
            answers.for_each(|c| b.append_option(if let Cell::Num(x) = c { Some(x as i32) } else { None }));
            Arc::new(b.finish())
        }
        DataType::Date32 => {
            let mut b = Date32Builder::with_capacity(rows);
            let days = |c| if let Cell::Date(d) = c { Some(Date32Type::from_naive_date(d)) } else { None };
            answers.for_each(|c| b.append_option(days(c)));
            Arc::new(b.finish())
        }
        DataType::Utf8View => {
            let mut b = StringViewBuilder::new();
            answers.for_each(|c| b.append_option(if let Cell::Text(t) = c { Some(t) } else { None }));
            Arc::new(b.finish())
        }
        other => {
            let _ = answers.next();
            return Err(DataFusionError::NotImplemented(format!("a function that answers {other}")));
        }
    })
}

/// Cells of a column.
struct Reader(ArrayRef);

impl Reader {
    fn new(a: &ArrayRef) -> Result<Reader> {
        let to = match a.data_type() {
            DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
            DataType::Timestamp(..) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            DataType::List(_) => codes(),
            t if t.is_numeric() => DataType::Float64,
            t => t.clone(),
        };
        Ok(Reader(if a.data_type() == &to { a.clone() } else { cast(a, &to)? }))
    }
    fn at(&self, row: usize) -> Cell {
        let a = &self.0;
        if a.is_null(row) {
            return Cell::Null;
        }
        match a.data_type() {
            DataType::Boolean => Cell::Bool(a.as_boolean().value(row)),
            DataType::Float64 => Cell::Num(a.as_primitive::<Float64Type>().value(row)),
            DataType::Utf8 => Cell::Text(a.as_string::<i32>().value(row).to_owned()),
            DataType::Date32 => {
                Date32Type::to_naive_date_opt(a.as_primitive::<Date32Type>().value(row)).map_or(Cell::Null, Cell::Date)
            }
            DataType::Timestamp(..) => {
                let micros = a.as_primitive::<TimestampMicrosecondType>().value(row);
                DateTime::from_timestamp_micros(micros).map_or(Cell::Null, Cell::Moment)
            }
            DataType::List(_) => {
                let items = a.as_list::<i32>().value(row);
                Cell::List(items.as_string::<i32>().iter().flatten().map(str::to_owned).collect())
            }
            // ids and keys are told apart from empty ones, and nothing else
            DataType::Null => Cell::Null,
            _ => Cell::Bool(true),
        }
    }
}

fn list_of(args: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let columns = ColumnarValue::values_to_arrays(args)?;
    let columns = columns.iter().map(|c| cast(c, &DataType::Utf8)).collect::<std::result::Result<Vec<_>, _>>()?;
    let mut out = ListBuilder::new(StringBuilder::new()).with_field(Field::new("element", DataType::Utf8, true));
    for row in 0..rows {
        for c in columns.iter().map(|c| c.as_string::<i32>()).filter(|c| c.is_valid(row)) {
            out.values().append_value(c.value(row));
        }
        out.append(true);
    }
    Ok(ColumnarValue::Array(Arc::new(out.finish())))
}
