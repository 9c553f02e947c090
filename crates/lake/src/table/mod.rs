//! The rows of a dataset as conditions see them: what is asked of them is answered file by file, in the order of the files. Also trees
//! of conditions, and the places by which rows refer to others. Must not know what is asked.

mod asks;
mod places;
mod tree;

pub(crate) use asks::{Asks, Ready, simple};
pub(crate) use places::{NONE, NOWHERE, Places, Read, Side, find};
pub(crate) use tree::Tree;

use crate::engine::plan_error;
use crate::snapshot::{read_schema, touches};
use crate::store::{File, Moment};
use asks::{Answers, CODE, Reckoned};
use base::{Error, Result, Scope};
use datafusion::arrow::array::{Array, ArrayRef, BooleanBufferBuilder, new_null_array};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use futures::future::try_join_all;
use meta::{Dataset, Kind};
use std::collections::HashMap;
use std::sync::Arc;
use tokio_util::task::AbortOnDropHandle;

/// Rows of a batch: what a thread works on stays near it.
pub(crate) const BATCH_ROWS: usize = 1 << 15;

/// Rows of one dataset at one moment.
pub(crate) struct Table {
    pub moment: Arc<Moment>,
    /// All columns as they are read, codes as dictionaries.
    schema: SchemaRef,
    pub asks: Asks,
}

/// The same, ready to be looked through.
pub(crate) struct Rows {
    pub moment: Arc<Moment>,
    schema: SchemaRef,
    pub ready: Ready,
    needs: Vec<usize>,
}

/// What was asked of the rows of some files.
pub(crate) struct Looked {
    pub rows: usize,
    pub bits: Vec<BooleanBuffer>,
    pub values: Vec<ArrayRef>,
}

impl Table {
    pub(crate) fn new(session: &SessionContext, moment: &Arc<Moment>, d: &Dataset) -> Table {
        let codes = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let (mut read, mut asked) = (Vec::new(), Vec::new());
        for f in read_schema(&moment.columns).fields() {
            let kind = match f.name().as_str() {
                "region_code" | "source" => Some(Kind::Code),
                name => d.fields.get(name).map(|f| f.kind),
            };
            match kind {
                // few, over and over
                Some(Kind::Code | Kind::Region) if *f.data_type() == DataType::Utf8View => {
                    read.push(Arc::new(f.as_ref().clone().with_data_type(codes())));
                    asked.push(Arc::new(f.as_ref().clone().with_metadata(HashMap::from([(CODE.into(), String::new())]))));
                }
                Some(Kind::Codes) if matches!(f.data_type(), DataType::List(_)) => {
                    let list = DataType::List(Arc::new(Field::new("element", codes(), true)));
                    let f = Arc::new(f.as_ref().clone().with_data_type(list));
                    read.push(f.clone());
                    asked.push(f);
                }
                _ => {
                    read.push(f.clone());
                    asked.push(f.clone());
                }
            }
        }
        Table { moment: moment.clone(), schema: Arc::new(Schema::new(read)), asks: Asks::new(session, asked) }
    }

    pub(crate) fn ready(self) -> Result<Rows> {
        let ready = self.asks.ready()?;
        Ok(Rows { needs: ready.needs(), moment: self.moment, schema: self.schema, ready })
    }
}

impl Looked {
    /// Memory, about.
    pub(crate) fn bytes(&self) -> usize {
        let bits = self.bits.iter().map(|b| b.len() / 8).sum::<usize>();
        bits + self.values.iter().map(|v| v.get_array_memory_size()).sum::<usize>()
    }
}

impl Rows {
    /// The files that can hold rows of a range.
    pub(crate) fn files(&self, range: &Scope) -> Vec<File> {
        self.moment.files.iter().filter(|f| touches(&f.county, &range.lo, &range.hi)).cloned().collect()
    }

    /// A column by which rows refer to others, or are referred to.
    pub(crate) fn side(&self, files: Vec<File>, name: &str) -> Result<Side> {
        let schema = read_schema(&self.moment.columns);
        let column = schema.index_of(name).map_err(Error::internal)?;
        Ok(Side { files, schema, name: format!("{}.{name}", self.moment.dataset), column })
    }

    /// Looks through files; each has a thread, if there is one.
    pub(crate) async fn look(self: &Arc<Self>, places: &Arc<Places>, files: &[File]) -> Result<Looked> {
        let rows = usize::try_from(files.iter().map(|f| f.rows).sum::<u64>()).map_err(Error::internal)?;
        let each = files.iter().map(|f| {
            let (me, places, file) = (self.clone(), places.clone(), f.clone());
            AbortOnDropHandle::new(tokio::spawn(async move { me.file(&places, &file).await }))
        });
        let mut bits = vec![Vec::new(); self.ready.conditions.len()];
        let mut values = vec![Vec::new(); self.ready.values.len()];
        for file in try_join_all(each.collect::<Vec<_>>()).await.map_err(Error::internal)? {
            let (b, v) = file?;
            bits.iter_mut().zip(b).for_each(|(all, one)| all.extend(one));
            values.iter_mut().zip(v).for_each(|(all, one)| all.extend(one));
        }
        let bits: Vec<BooleanBuffer> = bits.iter().map(|pieces| joined(pieces)).collect();
        let whole = |(pieces, of): (&Vec<ArrayRef>, &Reckoned)| match pieces.as_slice() {
            [] => Ok(new_null_array(&of.of_type()?, 0)),
            pieces => concat(&pieces.iter().map(|p| p.as_ref()).collect::<Vec<_>>()).map_err(|e| plan_error(e.into())),
        };
        let values = values.iter().zip(&self.ready.values).map(whole).collect::<Result<Vec<_>>>()?;
        if bits.iter().any(|b| b.len() != rows) || values.iter().any(|v| v.len() != rows) {
            return Err(lost());
        }
        Ok(Looked { rows, bits, values })
    }

    async fn file(&self, places: &Places, file: &File) -> Result<(Vec<Vec<BooleanBuffer>>, Vec<Vec<ArrayRef>>)> {
        let mut bits = vec![Vec::new(); self.ready.conditions.len()];
        let mut values = vec![Vec::new(); self.ready.values.len()];
        let mut put = |a: Answers| {
            bits.iter_mut().zip(a.bits).for_each(|(all, one)| all.push(one));
            values.iter_mut().zip(a.values).for_each(|(all, one)| all.push(one));
        };
        if self.needs.is_empty() {
            let rows = usize::try_from(file.rows).map_err(Error::internal)?;
            put(self.ready.answer(rows, vec![None; self.schema.fields().len()])?);
            return Ok((bits, values));
        }
        let mut batches = places.read(file, self.schema.clone(), &self.needs, None).await?;
        while let Some(b) = batches.next().await {
            let b = b.map_err(|e| plan_error(e.into()))?;
            let mut columns = vec![None; self.schema.fields().len()];
            for (n, at) in self.needs.iter().enumerate() {
                *columns.get_mut(*at).ok_or_else(lost)? = b.columns().get(n).cloned();
            }
            put(self.ready.answer(b.num_rows(), columns)?);
        }
        Ok((bits, values))
    }
}

/// Bits one behind the other.
pub(crate) fn joined(pieces: &[BooleanBuffer]) -> BooleanBuffer {
    if let [one] = pieces {
        return one.clone();
    }
    let mut all = BooleanBufferBuilder::new(pieces.iter().map(BooleanBuffer::len).sum());
    pieces.iter().for_each(|p| all.append_buffer(p));
    all.finish()
}

fn lost() -> Error {
    Error::internal("rows of the lake came out in another form")
}
