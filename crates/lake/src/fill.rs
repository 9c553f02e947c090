//! Fills a dataset with rows in the text form of COPY, past PostgreSQL: for benchmarks over a province that would take hours to
//! load. What it makes is what a refresh would make of the same rows. Must not be used on a lake whose records matter.

use crate::shape::{Column, Shape, Type, schema};
use crate::store::{self, File, News};
use crate::write::{self, FILE_ROWS};
use crate::{Lake, When, delta};
use base::{Error, Result};
use chrono::{DateTime, NaiveDate};
use datafusion::arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Int32Builder, Int64Builder, ListBuilder,
    RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field};
use meta::Dataset;
use parquet::arrow::ArrowWriter;
use std::borrow::Cow;
use std::sync::Arc;
use uuid::Uuid;

/// Takes rows in the order of their regions.
pub struct Fill {
    lake: Lake,
    shape: Shape,
    shape_id: i64,
    folder: String,
    /// Place of each column in a line; none where the rows do not have it.
    places: Vec<Option<usize>>,
    region: usize,
    county: String,
    writer: Option<ArrowWriter<Vec<u8>>>,
    rows: usize,
    files: Vec<File>,
}

fn broken(what: &str) -> Error {
    Error::internal(format!("a line to fill the lake with has no {what}"))
}

impl Fill {
    /// `columns`: names of the values of a line.
    pub async fn start(lake: &Lake, d: &Dataset, columns: &[String]) -> Result<Fill> {
        let shape = Shape::of(d);
        let (shape_id, folder) = store::shape(lake.db.pool(), &shape).await?;
        let at = |name: &str| columns.iter().position(|c| c == name);
        let places = shape
            .columns
            .iter()
            .map(|c| match c.of {
                Type::Key => at(&c.name.replace("_key", "_token")),
                _ => at(&c.name).or_else(|| at(c.name.strip_suffix("_ok")?)),
            })
            .collect();
        let region = at("region_code").ok_or_else(|| broken("region_code"))?;
        let (county, files) = (String::new(), Vec::new());
        Ok(Fill { lake: lake.clone(), shape, shape_id, folder, places, region, county, writer: None, rows: 0, files })
    }

    /// Takes whole lines.
    pub async fn take(&mut self, lines: &[u8]) -> Result<()> {
        let text = std::str::from_utf8(lines).map_err(Error::internal)?;
        let mut same: Vec<Vec<&str>> = Vec::new();
        for line in text.lines() {
            let cells: Vec<&str> = line.split('\t').collect();
            let county = cells.get(self.region).and_then(|c| c.get(..6)).ok_or_else(|| broken("county"))?;
            if county != self.county {
                self.write(&std::mem::take(&mut same))?;
                self.close().await?;
                self.county = county.to_owned();
            }
            same.push(cells);
        }
        self.write(&same)?;
        if self.rows >= FILE_ROWS {
            self.close().await?;
        }
        Ok(())
    }

    /// Takes over what another took of the same dataset.
    pub async fn join(&mut self, mut other: Fill) -> Result<()> {
        other.close().await?;
        self.files.append(&mut other.files);
        Ok(())
    }

    /// Commits and publishes; answers the rows.
    pub async fn finish(mut self) -> Result<u64> {
        self.close().await?;
        self.files.sort_by(|a, b| a.county.cmp(&b.county));
        let pool = self.lake.db.pool();
        let version = delta::commit(
            self.lake.files.as_ref(),
            &self.folder,
            &self.shape.columns,
            None,
            &self.files,
            chrono::Utc::now().timestamp_millis(),
        )
        .await?;
        let base = store::publication(pool, &self.shape.dataset, When::Now).await?.map(|(id, _)| id);
        let news = News {
            dataset: &self.shape.dataset,
            shape_id: self.shape_id,
            version,
            base,
            counties: None,
            files: &self.files,
            parts: &[],
            todo: &[],
        };
        store::publish(pool, &news).await?;
        Ok(self.files.iter().map(|f| f.rows).sum())
    }

    fn write(&mut self, lines: &[Vec<&str>]) -> Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let schema = schema(&self.shape.columns);
        let arrays =
            self.shape.columns.iter().zip(&self.places).map(|(c, at)| column(c, *at, lines)).collect::<Result<Vec<_>>>()?;
        let batch = RecordBatch::try_new(schema.clone(), arrays).map_err(Error::internal)?;
        let writer = match &mut self.writer {
            Some(w) => w,
            None => {
                let new = ArrowWriter::try_new(Vec::new(), schema, Some(write::properties())).map_err(Error::internal)?;
                self.writer.insert(new)
            }
        };
        writer.write(&batch).map_err(Error::internal)?;
        self.rows += lines.len();
        Ok(())
    }

    async fn close(&mut self) -> Result<()> {
        let Some(w) = self.writer.take() else { return Ok(()) };
        let made = w.into_inner().map_err(Error::internal)?;
        let rows = std::mem::take(&mut self.rows) as u64;
        self.files.push(write::put(self.lake.files.as_ref(), &self.folder, &self.county, made.into(), rows).await?);
        Ok(())
    }
}

/// One column of some lines.
fn column<'a>(c: &Column, at: Option<usize>, lines: &[Vec<&'a str>]) -> Result<ArrayRef> {
    let wrong = || broken(&c.name);
    let cell = |l: &Vec<&'a str>| -> Option<Cow<'a, str>> {
        match *l.get(at?)? {
            "\\N" => None,
            t if t.contains('\\') => Some(t.replace("\\\\", "\\").into()),
            t => Some(t.into()),
        }
    };
    let cells = lines.iter().map(cell);
    Ok(match c.of {
        Type::Text => {
            let mut b = StringBuilder::new();
            cells.for_each(|t| b.append_option(t));
            Arc::new(b.finish())
        }
        Type::Int => {
            let mut b = Int32Builder::new();
            for t in cells {
                b.append_option(t.map(|t| t.parse().map_err(|_| wrong())).transpose()?);
            }
            Arc::new(b.finish())
        }
        Type::Long => {
            let mut b = Int64Builder::new();
            for t in cells {
                b.append_option(t.map(|t| t.parse().map_err(|_| wrong())).transpose()?);
            }
            Arc::new(b.finish())
        }
        Type::Key => {
            let mut b = Int64Builder::new();
            let key = |t: Cow<'_, str>| -> Option<i64> {
                Some(i64::from_be_bytes(*hex::decode(t.strip_prefix("\\x")?).ok()?.first_chunk::<8>()?))
            };
            for t in cells {
                b.append_option(t.map(|t| key(t).ok_or_else(wrong)).transpose()?);
            }
            Arc::new(b.finish())
        }
        Type::Decimal(scale) => {
            let mut b = Decimal128Builder::new().with_data_type(c.of.arrow());
            for t in cells {
                let n: Option<rust_decimal::Decimal> = t.map(|t| t.parse().map_err(|_| wrong())).transpose()?;
                b.append_option(n.map(|mut n| {
                    n.rescale(scale.into());
                    n.mantissa()
                }));
            }
            Arc::new(b.finish())
        }
        Type::Bool => {
            let mut b = BooleanBuilder::new();
            // `t`, `f`, or a telephone that is asked whether it can be one
            let yes = |t: Cow<'_, str>| match &*t {
                "t" => true,
                "f" => false,
                t => t.len() == 11 && t.starts_with('1') && t.bytes().all(|b| b.is_ascii_digit()) && t.as_bytes()[1] >= b'3',
            };
            cells.for_each(|t| b.append_option(t.map(yes)));
            Arc::new(b.finish())
        }
        Type::Date => {
            let mut b = Date32Builder::new();
            let days = |t: Cow<'_, str>| -> Option<i32> {
                let d: NaiveDate = t.parse().ok()?;
                i32::try_from(d.signed_duration_since(NaiveDate::default()).num_days()).ok()
            };
            for t in cells {
                b.append_option(t.map(|t| days(t).ok_or_else(wrong)).transpose()?);
            }
            Arc::new(b.finish())
        }
        Type::Moment => {
            let mut b = TimestampMicrosecondBuilder::new().with_timezone("UTC");
            for t in cells {
                let m = t.map(|t| DateTime::parse_from_rfc3339(&t).map_err(|_| wrong())).transpose()?;
                b.append_option(m.map(|m| m.timestamp_micros()));
            }
            Arc::new(b.finish())
        }
        Type::List => {
            let mut b = ListBuilder::new(StringBuilder::new()).with_field(Field::new("element", DataType::Utf8, true));
            for t in cells {
                let Some(t) = t else {
                    b.append_null();
                    continue;
                };
                for item in t.trim_matches(['{', '}']).split(',').filter(|i| !i.is_empty()) {
                    b.values().append_value(item);
                }
                b.append(true);
            }
            Arc::new(b.finish())
        }
        Type::Id => {
            let mut b = BinaryBuilder::new();
            for t in cells {
                let id: Option<Uuid> = t.map(|t| t.parse().map_err(|_| wrong())).transpose()?;
                b.append_option(id.map(|u| u.as_bytes().to_vec()));
            }
            Arc::new(b.finish())
        }
    })
}
