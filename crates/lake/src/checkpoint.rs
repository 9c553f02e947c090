//! A checkpoint of a table's log: one Parquet file with the protocol, the metadata and the files of one version. Must not know
//! what the table holds. Source: Delta Transaction Log Protocol, "Checkpoint Schema".

use crate::delta::{Add, protocol};
use base::{Error, Result};
use bytes::Bytes;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, Int32Builder, Int64Builder, ListBuilder, MapBuilder, MapFieldNames, RecordBatch,
    StringBuilder, StructArray,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Fields, Int64Type, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

fn broken() -> Error {
    Error::internal("a checkpoint of the lake is not as documented; ganong lake rebuild makes it anew")
}

fn map_type() -> DataType {
    let entries = Fields::from(vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Utf8, true)]);
    DataType::Map(Arc::new(Field::new("key_value", DataType::Struct(entries), false)), false)
}
fn map_builder() -> MapBuilder<StringBuilder, StringBuilder> {
    let names = MapFieldNames { entry: "key_value".into(), key: "key".into(), value: "value".into() };
    MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new())
}
fn list_type() -> DataType {
    DataType::List(Arc::new(Field::new("element", DataType::Utf8, true)))
}
fn field(name: &str, of: DataType) -> Field {
    Field::new(name, of, true)
}

/// One row: `at` is filled, the rest is empty.
fn only(rows: usize, at: std::ops::Range<usize>) -> NullBuffer {
    NullBuffer::from((0..rows).map(|i| at.contains(&i)).collect::<Vec<bool>>())
}

/// The bytes of the file and its rows.
pub fn write(metadata: &Json, files: &[&Add]) -> Result<(Bytes, usize)> {
    let rows = files.len() + 2;
    let (mut reader, mut writer) = (Int32Builder::new(), Int32Builder::new());
    let texts = StringBuilder::new;
    let (mut id, mut provider, mut schema) = (texts(), texts(), texts());
    let (mut options, mut configuration) = (map_builder(), map_builder());
    let mut partitions = ListBuilder::new(texts()).with_field(Field::new("element", DataType::Utf8, true));
    let mut created = Int64Builder::new();
    let (mut path, mut stats, mut values) = (texts(), texts(), map_builder());
    let (mut size, mut modified, mut change) = (Int64Builder::new(), Int64Builder::new(), BooleanBuilder::new());
    let versions = protocol();
    for row in 0..rows {
        let (is_protocol, is_metadata) = (row == 0, row == 1);
        let number = |name: &str| versions[name].as_i64().and_then(|n| i32::try_from(n).ok()).filter(|_| is_protocol);
        reader.append_option(number("minReaderVersion"));
        writer.append_option(number("minWriterVersion"));
        let text = |v: &Json| v.as_str().filter(|_| is_metadata).map(str::to_owned);
        id.append_option(text(&metadata["id"]));
        provider.append_option(text(&metadata["format"]["provider"]));
        schema.append_option(text(&metadata["schemaString"]));
        options.append(true).map_err(|_| broken())?;
        configuration.append(true).map_err(|_| broken())?;
        if is_metadata {
            for name in metadata["partitionColumns"].as_array().ok_or_else(broken)? {
                partitions.values().append_option(name.as_str());
            }
        }
        partitions.append(is_metadata);
        created.append_option(metadata["createdTime"].as_i64().filter(|_| is_metadata));
        let f = row.checked_sub(2).and_then(|i| files.get(i));
        path.append_option(f.map(|f| f.path.as_str()));
        for (k, v) in f.iter().flat_map(|f| &f.partition_values) {
            values.keys().append_value(k);
            values.values().append_option(v.as_deref());
        }
        values.append(true).map_err(|_| broken())?;
        size.append_option(f.map(|f| f.size));
        modified.append_option(f.map(|f| f.modification_time));
        change.append_option(f.map(|_| false));
        stats.append_option(f.and_then(|f| f.stats.as_deref()));
    }
    let put = |at: std::ops::Range<usize>, parts: Vec<(Field, ArrayRef)>| -> Result<ArrayRef> {
        let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = parts.into_iter().unzip();
        let made = StructArray::try_new(Fields::from(fields), arrays, Some(only(rows, at)));
        Ok(Arc::new(made.map_err(Error::internal)?))
    };
    let format = put(
        1..2,
        vec![
            (field("provider", DataType::Utf8), Arc::new(provider.finish())),
            (field("options", map_type()), Arc::new(options.finish())),
        ],
    )?;
    let columns = [
        (
            "protocol",
            put(
                0..1,
                vec![
                    (field("minReaderVersion", DataType::Int32), Arc::new(reader.finish()) as ArrayRef),
                    (field("minWriterVersion", DataType::Int32), Arc::new(writer.finish())),
                ],
            )?,
        ),
        (
            "metaData",
            put(
                1..2,
                vec![
                    (field("id", DataType::Utf8), Arc::new(id.finish()) as ArrayRef),
                    (field("format", format.data_type().clone()), format),
                    (field("schemaString", DataType::Utf8), Arc::new(schema.finish())),
                    (field("partitionColumns", list_type()), Arc::new(partitions.finish())),
                    (field("configuration", map_type()), Arc::new(configuration.finish())),
                    (field("createdTime", DataType::Int64), Arc::new(created.finish())),
                ],
            )?,
        ),
        (
            "add",
            put(
                2..rows,
                vec![
                    (field("path", DataType::Utf8), Arc::new(path.finish()) as ArrayRef),
                    (field("partitionValues", map_type()), Arc::new(values.finish())),
                    (field("size", DataType::Int64), Arc::new(size.finish())),
                    (field("modificationTime", DataType::Int64), Arc::new(modified.finish())),
                    (field("dataChange", DataType::Boolean), Arc::new(change.finish())),
                    (field("stats", DataType::Utf8), Arc::new(stats.finish())),
                ],
            )?,
        ),
    ];
    let schema = Schema::new(columns.iter().map(|(n, a)| field(n, a.data_type().clone())).collect::<Vec<_>>());
    let batch = RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|(_, a)| a).collect()).map_err(Error::internal)?;
    let mut out = ArrowWriter::try_new(Vec::new(), batch.schema(), None).map_err(Error::internal)?;
    out.write(&batch).map_err(Error::internal)?;
    Ok((out.into_inner().map_err(Error::internal)?.into(), rows))
}

/// Metadata and files of a checkpoint of ours.
pub fn read(bytes: Bytes) -> Result<(Json, Vec<Add>)> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).and_then(ParquetRecordBatchReaderBuilder::build);
    let (mut metadata, mut files) = (Json::Null, Vec::new());
    for batch in reader.map_err(|_| broken())? {
        let batch = batch.map_err(|_| broken())?;
        let column = |name: &str| batch.column_by_name(name).and_then(|c| c.as_struct_opt()).ok_or_else(broken);
        let (meta, add) = (column("metaData")?, column("add")?);
        let text = |of: &StructArray, name: &str, i: usize| -> Result<Option<String>> {
            let c = of.column_by_name(name).and_then(|c| c.as_string_opt::<i32>()).ok_or_else(broken)?;
            Ok(c.is_valid(i).then(|| c.value(i).to_owned()))
        };
        let number = |of: &StructArray, name: &str, i: usize| -> Result<i64> {
            Ok(of.column_by_name(name).and_then(|c| c.as_primitive_opt::<Int64Type>()).ok_or_else(broken)?.value(i))
        };
        for i in 0..batch.num_rows() {
            if meta.is_valid(i) {
                metadata = json!({
                    "id": text(meta, "id", i)?, "format": {"provider": "parquet", "options": {}},
                    "schemaString": text(meta, "schemaString", i)?, "partitionColumns": [crate::delta::PARTITION],
                    "configuration": {}, "createdTime": number(meta, "createdTime", i)?,
                });
            }
            if add.is_valid(i) {
                let values = add.column_by_name("partitionValues").and_then(|c| c.as_map_opt()).ok_or_else(broken)?.value(i);
                let (keys, of) = (values.column(0).as_string::<i32>(), values.column(1).as_string::<i32>());
                let pairs = (0..values.len()).map(|n| (keys.value(n).to_owned(), of.is_valid(n).then(|| of.value(n).to_owned())));
                files.push(Add {
                    path: text(add, "path", i)?.ok_or_else(broken)?,
                    partition_values: pairs.collect::<BTreeMap<_, _>>(),
                    size: number(add, "size", i)?,
                    modification_time: number(add, "modificationTime", i)?,
                    data_change: true,
                    stats: text(add, "stats", i)?,
                });
            }
        }
    }
    if metadata.is_null() { Err(broken()) } else { Ok((metadata, files)) }
}
