//! One moment of one dataset as a table for plans: the recorded list of files, nothing else. Must not look into folders:
//! they also hold files that were replaced.

use crate::engine::place;
use crate::shape::{Column, schema};
use crate::store::{File, Moment};
use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{Result, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use std::sync::Arc;

/// Files of one moment, or of some of its counties.
#[derive(Debug, Clone)]
pub struct SnapshotTable {
    schema: SchemaRef,
    files: Vec<File>,
}

impl SnapshotTable {
    /// The files of a moment that can hold rows of a range of region codes.
    pub fn new(m: &Moment, lo: &str, hi: &str) -> SnapshotTable {
        SnapshotTable::of(m, m.files.iter().filter(|f| touches(&f.county, lo, hi)).cloned().collect())
    }
    /// These files.
    pub fn of(m: &Moment, files: Vec<File>) -> SnapshotTable {
        SnapshotTable { schema: read_schema(&m.columns), files }
    }
    pub(crate) fn into_files(self) -> Vec<File> {
        self.files
    }
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|f| f.rows).sum()
    }
    /// Whether no file can hold a row outside of a range, so that nobody need look.
    pub fn is_inside(&self, lo: &str, hi: &str) -> bool {
        self.files.iter().all(|f| {
            let (first, past) = crate::shape::county_range(&f.county);
            lo <= first.as_str() && past.as_str() <= hi
        })
    }

    /// Files dealt to so many readers, the largest first, so that they end together.
    fn groups(&self, readers: usize) -> Vec<FileGroup> {
        let mut files: Vec<&File> = self.files.iter().collect();
        files.sort_by_key(|f| std::cmp::Reverse(f.bytes));
        let mut groups: Vec<(u64, Vec<PartitionedFile>)> = vec![(0, Vec::new()); readers.clamp(1, files.len().max(1))];
        for f in files {
            if let Some(least) = groups.iter_mut().min_by_key(|g| g.0) {
                least.0 += f.bytes;
                least.1.push(PartitionedFile::new(f.path.clone(), f.bytes));
            }
        }
        groups.into_iter().map(|(_, files)| FileGroup::new(files)).collect()
    }
}

/// Texts and ids are read as views: they are compared and grouped without being copied.
pub(crate) fn read_schema(columns: &[Column]) -> SchemaRef {
    let fields: Vec<Field> = schema(columns)
        .fields()
        .iter()
        .map(|f| match f.data_type() {
            DataType::Utf8 => f.as_ref().clone().with_data_type(DataType::Utf8View),
            DataType::Binary => f.as_ref().clone().with_data_type(DataType::BinaryView),
            _ => f.as_ref().clone(),
        })
        .collect();
    Arc::new(Schema::new(fields))
}

/// Whether a county (six digits) can hold codes of a half-open range.
pub fn touches(county: &str, lo: &str, hi: &str) -> bool {
    let (first, past) = crate::shape::county_range(county);
    first.as_str() < hi && lo < past.as_str()
}

#[async_trait]
impl TableProvider for SnapshotTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
    fn table_type(&self) -> TableType {
        TableType::Base
    }
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }
    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if self.files.is_empty() {
            let schema = match projection {
                Some(p) => Arc::new(self.schema.project(p)?),
                None => self.schema.clone(),
            };
            return Ok(Arc::new(datafusion::physical_plan::empty::EmptyExec::new(schema)));
        }
        // the source does not take the session's options by itself
        let mut options = state.table_options().parquet.clone();
        options.global.pushdown_filters = true;
        options.global.reorder_filters = true;
        let source = ParquetSource::new(self.schema.clone()).with_table_parquet_options(options);
        let readers = state.config().target_partitions();
        let mut stats = Statistics::new_unknown(&self.schema);
        stats.num_rows = Precision::Exact(self.rows() as usize);
        let scan = FileScanConfigBuilder::new(place(), Arc::new(source))
            .with_file_groups(self.groups(readers))
            .with_statistics(stats)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(scan))
    }
}

#[cfg(test)]
mod tests {
    use super::touches;

    #[test]
    fn a_county_is_read_when_the_range_meets_it() {
        for (lo, hi, want) in [
            ("360000000000", "370000000000", true),
            ("360121000000", "360122000000", true),
            ("360121100000", "360121101000", true),
            ("360122000000", "360123000000", false),
            ("360100000000", "360121000000", false),
            ("360100000000", "360200000000", true),
        ] {
            assert_eq!(touches("360121", lo, hi), want, "{lo} {hi}");
        }
    }
}
