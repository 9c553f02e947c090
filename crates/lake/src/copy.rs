//! The binary form of `copy … to stdout`, read as it arrives and turned into batches. Must not know where it comes from.
//! Source: PostgreSQL 15 documentation, COPY, "Binary Format", and the send functions of the types.

use crate::shape::{Column, Type};
use base::{Error, Result};
use datafusion::arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Int32Builder, Int64Builder, ListBuilder,
    RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use datafusion::arrow::datatypes::{Field, SchemaRef};
use std::sync::Arc;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Days and microseconds from 1970-01-01 to 2000-01-01, where PostgreSQL begins to count.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

enum Builder {
    Text(StringBuilder),
    Int(Int32Builder),
    Long(Int64Builder),
    Decimal(Decimal128Builder),
    Bool(BooleanBuilder),
    Date(Date32Builder),
    Moment(TimestampMicrosecondBuilder),
    List(ListBuilder<StringBuilder>),
    Id(BinaryBuilder),
    Key(Int64Builder),
}

/// Takes bytes, gives batches.
pub struct Reader {
    schema: SchemaRef,
    builders: Vec<Builder>,
    rest: Vec<u8>,
    begun: bool,
    ended: bool,
    rows: usize,
    /// Rows of a batch.
    size: usize,
}

fn broken() -> Error {
    Error::internal("the copy stream of the database is not as documented")
}

impl Reader {
    pub fn new(columns: &[Column], schema: SchemaRef, size: usize) -> Reader {
        let builders = columns
            .iter()
            .map(|c| match c.of {
                Type::Text => Builder::Text(StringBuilder::new()),
                Type::Int => Builder::Int(Int32Builder::new()),
                Type::Long => Builder::Long(Int64Builder::new()),
                Type::Decimal(_) => Builder::Decimal(Decimal128Builder::new().with_data_type(c.of.arrow())),
                Type::Bool => Builder::Bool(BooleanBuilder::new()),
                Type::Date => Builder::Date(Date32Builder::new()),
                Type::Moment => Builder::Moment(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
                Type::List => Builder::List(ListBuilder::new(StringBuilder::new()).with_field(Field::new(
                    "element",
                    datafusion::arrow::datatypes::DataType::Utf8,
                    true,
                ))),
                Type::Id => Builder::Id(BinaryBuilder::new()),
                Type::Key => Builder::Key(Int64Builder::new()),
            })
            .collect();
        Reader { schema, builders, rest: Vec::new(), begun: false, ended: false, rows: 0, size }
    }

    /// Takes the next bytes; answers the batches that became full.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Vec<RecordBatch>> {
        let mut rest = std::mem::take(&mut self.rest);
        rest.extend_from_slice(bytes);
        let mut full = Vec::new();
        let mut at = 0;
        if !self.begun {
            // signature, flags, length of an extension
            if rest.len() < SIGNATURE.len() + 8 {
                self.rest = rest;
                return Ok(full);
            }
            if !rest.starts_with(SIGNATURE) {
                return Err(broken());
            }
            (at, self.begun) = (SIGNATURE.len() + 8, true);
        }
        while !self.ended
            && let Some(used) = self.row(&rest[at..])?
        {
            at += used;
            if self.rows == self.size {
                full.push(self.batch()?);
            }
        }
        rest.drain(..at);
        self.rest = rest;
        Ok(full)
    }

    /// What is left; refuses a stream that was cut short.
    pub fn finish(mut self) -> Result<Option<RecordBatch>> {
        if !self.ended {
            return Err(Error::unavailable("lake.copy_cut", "从数据库读取数据时连接中断，将自动重试。"));
        }
        if self.rows == 0 { Ok(None) } else { self.batch().map(Some) }
    }

    /// One tuple; none while it is not complete.
    fn row(&mut self, b: &[u8]) -> Result<Option<usize>> {
        let Some(count) = b.first_chunk::<2>().map(|n| i16::from_be_bytes(*n)) else { return Ok(None) };
        if count == -1 {
            self.ended = true;
            return Ok(None);
        }
        if count as usize != self.builders.len() {
            return Err(broken());
        }
        // complete? builders must not get half a row
        let mut at = 2;
        for _ in 0..count {
            let Some(n) = b.get(at..).and_then(|r| r.first_chunk::<4>()) else { return Ok(None) };
            at += 4 + i32::from_be_bytes(*n).max(0) as usize;
        }
        if b.len() < at {
            return Ok(None);
        }
        let mut at = 2;
        for builder in &mut self.builders {
            let n = i32::from_be_bytes(*b[at..].first_chunk::<4>().ok_or_else(broken)?);
            at += 4;
            let value = if n < 0 { None } else { Some(&b[at..at + n as usize]) };
            at += n.max(0) as usize;
            put(builder, value)?;
        }
        self.rows += 1;
        Ok(Some(at))
    }

    fn batch(&mut self) -> Result<RecordBatch> {
        self.rows = 0;
        let arrays: Vec<ArrayRef> = self
            .builders
            .iter_mut()
            .map(|b| -> ArrayRef {
                match b {
                    Builder::Text(x) => Arc::new(x.finish()),
                    Builder::Int(x) => Arc::new(x.finish()),
                    Builder::Long(x) | Builder::Key(x) => Arc::new(x.finish()),
                    Builder::Decimal(x) => Arc::new(x.finish()),
                    Builder::Bool(x) => Arc::new(x.finish()),
                    Builder::Date(x) => Arc::new(x.finish()),
                    Builder::Moment(x) => Arc::new(x.finish()),
                    Builder::List(x) => Arc::new(x.finish()),
                    Builder::Id(x) => Arc::new(x.finish()),
                }
            })
            .collect();
        RecordBatch::try_new(self.schema.clone(), arrays).map_err(|_| broken())
    }
}

fn int<const N: usize>(b: &[u8]) -> Result<[u8; N]> {
    b.try_into().map_err(|_| broken())
}

/// The head of a token; one that is shorter is filled up.
fn key(b: &[u8]) -> Result<i64> {
    let mut all = [0; 8];
    all.get_mut(..b.len()).ok_or_else(broken)?.copy_from_slice(b);
    Ok(i64::from_be_bytes(all))
}

fn put(builder: &mut Builder, value: Option<&[u8]>) -> Result<()> {
    let text = |b: &[u8]| std::str::from_utf8(b).map(str::to_owned).map_err(|_| broken());
    match builder {
        Builder::Text(x) => match value {
            Some(b) => x.append_value(std::str::from_utf8(b).map_err(|_| broken())?),
            None => x.append_null(),
        },
        Builder::Int(x) => x.append_option(value.map(int::<4>).transpose()?.map(i32::from_be_bytes)),
        Builder::Key(x) => x.append_option(value.map(key).transpose()?),
        Builder::Long(x) => x.append_option(value.map(int::<8>).transpose()?.map(i64::from_be_bytes)),
        Builder::Decimal(x) => x.append_option(value.map(int::<8>).transpose()?.map(|b| i64::from_be_bytes(b).into())),
        Builder::Bool(x) => x.append_option(value.map(|b| b == [1])),
        Builder::Date(x) => {
            x.append_option(value.map(int::<4>).transpose()?.map(|b| i32::from_be_bytes(b).saturating_add(EPOCH_DAYS)));
        }
        Builder::Moment(x) => {
            x.append_option(value.map(int::<8>).transpose()?.map(|b| i64::from_be_bytes(b).saturating_add(EPOCH_MICROS)));
        }
        Builder::Id(x) => x.append_option(value),
        Builder::List(x) => match value {
            None => x.append_null(),
            Some(b) => {
                for item in list(b)? {
                    x.values().append_option(item.map(text).transpose()?);
                }
                x.append(true);
            }
        },
    }
    Ok(())
}

/// The elements of a one-dimensional array: dimensions, flags, element type, then length and lower bound of the dimension.
fn list(b: &[u8]) -> Result<Vec<Option<&[u8]>>> {
    let word = |at: usize| -> Result<i32> {
        Ok(i32::from_be_bytes(*b.get(at..).and_then(|r| r.first_chunk::<4>()).ok_or_else(broken)?))
    };
    match word(0)? {
        0 => return Ok(Vec::new()),
        1 => {}
        _ => return Err(broken()),
    }
    let (count, mut at) = (word(12)?, 20);
    let mut out = Vec::new();
    for _ in 0..count {
        let n = word(at)?;
        at += 4;
        out.push(if n < 0 { None } else { Some(b.get(at..at + n as usize).ok_or_else(broken)?) });
        at += n.max(0) as usize;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::AsArray;
    use datafusion::arrow::datatypes::{Date32Type, Int32Type};

    fn column(name: &str, of: Type) -> Column {
        Column { name: name.into(), of, ask: name.into() }
    }
    fn stream(rows: &[(i32, Option<&str>, i32)]) -> Vec<u8> {
        let mut b = SIGNATURE.to_vec();
        b.extend([0; 8]);
        for (n, text, day) in rows {
            b.extend(3i16.to_be_bytes());
            b.extend(4i32.to_be_bytes());
            b.extend(n.to_be_bytes());
            match text {
                Some(t) => {
                    b.extend((t.len() as i32).to_be_bytes());
                    b.extend(t.as_bytes());
                }
                None => b.extend((-1i32).to_be_bytes()),
            }
            b.extend(4i32.to_be_bytes());
            b.extend(day.to_be_bytes());
        }
        b.extend((-1i16).to_be_bytes());
        b
    }

    #[test]
    fn rows_are_read_however_the_bytes_are_cut() {
        let columns = [column("n", Type::Int), column("t", Type::Text), column("d", Type::Date)];
        let bytes = stream(&[(7, Some("甲"), 0), (8, None, 1), (9, Some(""), -1)]);
        for step in [1, 2, 3, 5, 1000] {
            let mut r = Reader::new(&columns, crate::shape::schema(&columns), 2);
            let mut batches = Vec::new();
            for piece in bytes.chunks(step) {
                batches.extend(r.take(piece).unwrap());
            }
            batches.extend(r.finish().unwrap());
            let sizes: Vec<usize> = batches.iter().map(RecordBatch::num_rows).collect();
            assert_eq!(sizes, [2, 1], "step {step}");
            assert_eq!(batches[0].column(0).as_primitive::<Int32Type>().values(), &[7, 8]);
            assert_eq!(batches[0].column(1).as_string::<i32>().value(0), "甲");
            assert!(batches[0].column(1).is_null(1) && batches[1].column(1).is_valid(0));
            assert_eq!(batches[0].column(2).as_primitive::<Date32Type>().values(), &[10_957, 10_958]);
        }
    }

    #[test]
    fn a_stream_cut_short_is_not_taken_for_a_whole_one() {
        let columns = [column("n", Type::Int), column("t", Type::Text), column("d", Type::Date)];
        let bytes = stream(&[(7, Some("甲"), 0), (8, None, 1)]);
        for cut in 0..bytes.len() {
            let mut r = Reader::new(&columns, crate::shape::schema(&columns), 10);
            r.take(&bytes[..cut]).unwrap();
            assert!(r.finish().is_err(), "{cut} of {}", bytes.len());
        }
    }

    #[test]
    fn an_array_is_read_with_its_empty_places() {
        let mut b = Vec::new();
        for n in [1, 1, 25, 2, 1, 2] {
            b.extend(i32::to_be_bytes(n));
        }
        b.extend(b"01");
        b.extend((-1i32).to_be_bytes());
        assert_eq!(list(&b).unwrap(), [Some(&b"01"[..]), None]);
        assert!(list(&[0; 12]).unwrap().is_empty());
    }
}
