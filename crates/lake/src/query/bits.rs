//! Conditions over whole counties as bits, one for each row of a table in the order of its files. Each condition on a field is asked
//! of its column alone, of a code once for each of its values; rows that refer to others are carried to them by their place, so that
//! nothing is joined and no id is read. Only for rows that lie where those they hang on lie. Must not decide who may ask what.

use super::places::{Places, Side};
use super::{Next, plan};
use crate::engine::{Engine, plan_error};
use crate::scan::{Seen, inside};
use crate::shape::Shape;
use crate::snapshot::{read_schema, touches};
use crate::store::{File, Moment};
use base::{Error, Result, Scope};
use chrono::NaiveDate;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, BooleanBufferBuilder, RecordBatch, StringViewBuilder};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::{cast, concat};
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use datafusion::common::DFSchema;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Expr, col};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_plan::PhysicalExpr;
use datafusion::prelude::SessionContext;
use futures::future::{BoxFuture, try_join_all};
use futures::{FutureExt, StreamExt};
use meta::{Dataset, Kind};
use parquet::arrow::arrow_reader::RowSelection;
use record::search::{Ask, Checked};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio_util::task::AbortOnDropHandle;

/// A question, ready to be put to counties.
pub(super) struct Asked {
    places: Arc<Places>,
    /// The rows that are asked for, and those that are looked for beside them.
    levels: Vec<Level>,
    counties: Vec<String>,
    threads: usize,
}

/// Rows of one dataset with the conditions on them.
struct Level {
    moment: Arc<Moment>,
    /// All columns, codes as dictionaries.
    schema: SchemaRef,
    tests: Vec<Test>,
    tree: Tree,
}

/// A condition on one column.
struct Test {
    column: usize,
    expr: Arc<dyn PhysicalExpr>,
    /// What the condition is asked of.
    of: SchemaRef,
}

/// How conditions hang together. What is unknown is not so: nothing here says no of what is below it but the absence of rows, and an
/// unknown row is not there.
enum Tree {
    All(Vec<Tree>),
    Any(Vec<Tree>),
    /// By place.
    Test(usize),
    /// There are at least so many of those rows (0: none).
    Rows(Hang, i64),
}

/// Rows of a level that refer to ours by `via`, or (`forward`) that ours refers to.
struct Hang {
    level: usize,
    via: String,
    forward: bool,
}

impl Asked {
    /// None where the lake does not hold what is asked.
    pub(super) fn new(engine: &Engine, places: &Arc<Places>, seen: &Seen, ask: &Ask<'_>, range: &Scope) -> Result<Option<Asked>> {
        let mut new = New { session: engine.session_of(1), seen, today: ask.today, levels: Vec::new() };
        if new.level(ask.dataset, ask.conditions, Some(range))?.is_none() {
            return Ok(None);
        }
        let levels = new.levels.into_iter().collect::<Option<Vec<_>>>().ok_or_else(lost)?;
        let of_range = |f: &&File| touches(&f.county, &range.lo, &range.hi);
        let counties: BTreeSet<String> =
            levels.first().ok_or_else(lost)?.moment.files.iter().filter(of_range).map(|f| f.county.clone()).collect();
        let threads = engine.bounds().threads.max(1);
        Ok(Some(Asked { places: places.clone(), levels, counties: counties.into_iter().collect(), threads }))
    }

    /// How many rows fit, and the first `limit` and one more behind a place. Counties lie in the order of their regions: where nobody
    /// asks how many there are, what follows a full page is not looked at.
    pub(super) async fn find(self, limit: usize, after: Option<(String, uuid::Uuid)>, count: bool) -> Result<Next> {
        let me = Arc::new(self);
        let asked = me.clone();
        let each = me.counties.clone().into_iter().map(move |county| {
            let bits = AbortOnDropHandle::new(tokio::spawn(asked.fitting(0, county.clone())));
            async move { Ok::<_, Error>((county, bits.await.map_err(Error::internal)??)) }.boxed()
        });
        let mut each = std::pin::pin!(futures::stream::iter(each).buffered(me.threads));
        let mut all = Next::new(limit + 1, after.clone());
        while let Some(one) = each.next().await {
            let (county, bits) = one?;
            let found = all.found + bits.count_set_bits() as u64;
            let is_behind = after.as_ref().is_none_or(|(region, _)| *region < crate::shape::county_range(&county).1);
            if all.first.len() <= limit && is_behind {
                me.name(&county, &bits, &mut all).await?;
                if all.first.len() > limit && !count {
                    break;
                }
            }
            all.found = found;
        }
        Ok(all)
    }

    /// Ids and regions of the rows of a county that fit.
    async fn name(&self, county: &str, bits: &BooleanBuffer, into: &mut Next) -> Result<()> {
        let level = self.levels.first().ok_or_else(lost)?;
        let schema = read_schema(&level.moment.columns);
        let at = |name: &str| schema.index_of(name).map_err(Error::internal);
        let columns = [at("id")?, at("region_code")?];
        let mut at = 0;
        for file in level.files(county) {
            let rows = usize::try_from(file.rows).map_err(Error::internal)?;
            let these = BooleanArray::new(bits.slice(at, rows), None);
            at += rows;
            if these.true_count() == 0 {
                continue;
            }
            let only = RowSelection::from_filters(&[these]);
            let mut batches = self.places.read(&file, schema.clone(), &columns, Some(only)).await?;
            while let Some(b) = batches.next().await {
                let b = b.map_err(|e| plan_error(e.into()))?;
                let by_name = |n: &str| b.column_by_name(n).ok_or_else(lost);
                into.take(by_name("id")?, by_name("region_code")?)?;
            }
        }
        Ok(())
    }

    /// The rows of a county that fit a level.
    fn fitting(self: &Arc<Self>, n: usize, county: String) -> BoxFuture<'static, Result<BooleanBuffer>> {
        let me = self.clone();
        async move {
            let level = me.levels.get(n).ok_or_else(lost)?;
            let files = level.files(&county);
            let rows = usize::try_from(files.iter().map(|f| f.rows).sum::<u64>()).map_err(Error::internal)?;
            // each file has a thread, if there is one
            let each = files.iter().map(|f| {
                let (me, file) = (me.clone(), f.clone());
                AbortOnDropHandle::new(tokio::spawn(async move { me.answers(n, &file).await }))
            });
            let each: Vec<_> = each.collect();
            let mut carried = BTreeMap::new();
            for hang in level.tree.hanging() {
                let bits = me.fitting(hang.level, county.clone()).await?;
                carried.insert(hang.level, me.carried(level, hang, &county, rows, &bits).await?);
            }
            let mut answers: Vec<Vec<BooleanBuffer>> = vec![Vec::new(); level.tests.len()];
            for file in try_join_all(each).await.map_err(Error::internal)? {
                for (all, bits) in answers.iter_mut().zip(file?) {
                    all.push(bits);
                }
            }
            let answers: Vec<BooleanBuffer> = answers.iter().map(|pieces| joined(pieces)).collect();
            if answers.iter().any(|a| a.len() != rows) {
                return Err(lost());
            }
            level.tree.bits(rows, &answers, &carried)
        }
        .boxed()
    }

    /// How often rows of a level below that fit hang on each of ours.
    async fn carried(&self, ours: &Level, hang: &Hang, county: &str, rows: usize, bits: &BooleanBuffer) -> Result<Vec<u32>> {
        let theirs = self.levels.get(hang.level).ok_or_else(lost)?;
        if hang.forward {
            let places = self.places.of(&ours.side(county, &hang.via)?, &theirs.side(county, "id")?).await?;
            let fits = |place: u32| (place as usize) < bits.len() && bits.value(place as usize);
            return Ok(places.iter().map(|place| u32::from(fits(*place))).collect());
        }
        let mut many = vec![0u32; rows];
        let places = self.places.of(&theirs.side(county, &hang.via)?, &ours.side(county, "id")?).await?;
        for child in bits.set_indices() {
            if let Some(n) = places.get(child).and_then(|p| many.get_mut(*p as usize)) {
                *n += 1;
            }
        }
        Ok(many)
    }

    /// What the tests of a level answer about the rows of a file.
    async fn answers(&self, n: usize, file: &File) -> Result<Vec<BooleanBuffer>> {
        let level = self.levels.get(n).ok_or_else(lost)?;
        let columns: Vec<usize> = level.tests.iter().map(|t| t.column).collect::<BTreeSet<_>>().into_iter().collect();
        if columns.is_empty() {
            return Ok(Vec::new());
        }
        let mut out: Vec<Vec<BooleanBuffer>> = vec![Vec::new(); level.tests.len()];
        let mut batches = self.places.read(file, level.schema.clone(), &columns, None).await?;
        while let Some(b) = batches.next().await {
            let b = b.map_err(|e| plan_error(e.into()))?;
            for (test, out) in level.tests.iter().zip(&mut out) {
                let at = columns.binary_search(&test.column).map_err(|_| lost())?;
                out.push(test.ask(b.column(at))?);
            }
        }
        Ok(out.iter().map(|pieces| joined(pieces)).collect())
    }
}

impl Level {
    fn files(&self, county: &str) -> Vec<File> {
        self.moment.files.iter().filter(|f| f.county == county).cloned().collect()
    }
    fn side(&self, county: &str, name: &str) -> Result<Side> {
        let schema = read_schema(&self.moment.columns);
        let column = schema.index_of(name).map_err(Error::internal)?;
        Ok(Side { files: self.files(county), schema, name: format!("{}.{name}", self.moment.dataset), column })
    }
}

impl Test {
    fn ask(&self, column: &ArrayRef) -> Result<BooleanBuffer> {
        let Some(codes) = column.as_dictionary_opt::<Int32Type>() else { return self.put(column) };
        // each value is asked once, and nothing at the end
        let values = cast(codes.values(), &DataType::Utf8View).map_err(|e| plan_error(e.into()))?;
        let mut nothing = StringViewBuilder::new();
        nothing.append_null();
        let values = concat(&[&values, &nothing.finish()]).map_err(|e| plan_error(e.into()))?;
        let fits: Vec<bool> = self.put(&values)?.iter().collect();
        let (keys, nothing) = (codes.keys(), fits.last().copied().unwrap_or_default());
        if fits.iter().all(|f| *f == nothing) {
            return Ok(if nothing { BooleanBuffer::new_set(keys.len()) } else { BooleanBuffer::new_unset(keys.len()) });
        }
        let of = |n: usize| fits.get(keys.values()[n] as usize).copied().unwrap_or_default();
        Ok(match keys.nulls() {
            None => BooleanBuffer::collect_bool(keys.len(), of),
            Some(known) => BooleanBuffer::collect_bool(keys.len(), |n| if known.is_valid(n) { of(n) } else { nothing }),
        })
    }

    fn put(&self, column: &ArrayRef) -> Result<BooleanBuffer> {
        let batch = RecordBatch::try_new(self.of.clone(), vec![column.clone()]).map_err(Error::internal)?;
        let answer = self.expr.evaluate(&batch).and_then(|a| a.into_array(batch.num_rows())).map_err(plan_error)?;
        let answer = answer.as_boolean_opt().ok_or_else(lost)?;
        Ok(match answer.nulls() {
            None => answer.values().clone(),
            Some(known) => answer.values() & known.inner(),
        })
    }
}

impl Tree {
    /// What hangs on the rows.
    fn hanging(&self) -> Vec<&Hang> {
        match self {
            Tree::All(l) | Tree::Any(l) => l.iter().flat_map(Tree::hanging).collect(),
            Tree::Test(_) => vec![],
            Tree::Rows(hang, _) => vec![hang],
        }
    }

    fn bits(&self, rows: usize, answers: &[BooleanBuffer], carried: &BTreeMap<usize, Vec<u32>>) -> Result<BooleanBuffer> {
        let each = |l: &[Tree], first: BooleanBuffer, and: fn(&BooleanBuffer, &BooleanBuffer) -> BooleanBuffer| {
            l.iter().try_fold(first, |all, t| Ok::<_, Error>(and(&all, &t.bits(rows, answers, carried)?)))
        };
        match self {
            Tree::All(l) => each(l, BooleanBuffer::new_set(rows), |a, b| a & b),
            Tree::Any(l) => each(l, BooleanBuffer::new_unset(rows), |a, b| a | b),
            Tree::Test(n) => answers.get(*n).cloned().ok_or_else(lost),
            Tree::Rows(hang, least) => {
                let many = carried.get(&hang.level).filter(|many| many.len() == rows).ok_or_else(lost)?;
                let least = u32::try_from(*least).unwrap_or(u32::MAX);
                Ok(BooleanBuffer::collect_bool(rows, |n| if least == 0 { many[n] == 0 } else { many[n] >= least }))
            }
        }
    }
}

/// Makes levels of conditions.
struct New<'a> {
    session: SessionContext,
    seen: &'a Seen,
    today: NaiveDate,
    levels: Vec<Option<Level>>,
}

impl New<'_> {
    /// `range`: where rows must lie, if that has to be looked at.
    fn level(&mut self, d: &Dataset, c: &Checked, range: Option<&Scope>) -> Result<Option<usize>> {
        let moment = self.seen.moments.get(&d.id).ok_or_else(|| Error::internal("a query looks at what was not looked up"))?;
        let moment = moment.clone();
        let place = self.levels.len();
        self.levels.push(None);
        let shape = Shape::of(d);
        let plain = read_schema(&moment.columns);
        let coded = |f: &Arc<Field>| match d.fields.get(f.name()).map(|f| f.kind) {
            Some(Kind::Code) if *f.data_type() == DataType::Utf8View => Arc::new(
                f.as_ref().clone().with_data_type(DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))),
            ),
            _ => f.clone(),
        };
        let schema = Arc::new(Schema::new(plain.fields().iter().map(coded).collect::<Vec<_>>()));
        let mut tests = Vec::new();
        let Some(mut tree) = self.tree(&shape, &plain, c, &mut tests)? else { return Ok(None) };
        let outside = |r: &&Scope| !crate::snapshot::SnapshotTable::new(&moment, &r.lo, &r.hi).is_inside(&r.lo, &r.hi);
        if let Some(range) = range.filter(outside) {
            tests.push(test(&self.session, "region_code", inside(range), &plain)?);
            tree = Tree::All(vec![tree, Tree::Test(tests.len() - 1)]);
        }
        if let Some(level) = self.levels.get_mut(place) {
            *level = Some(Level { moment, schema, tests, tree });
        }
        Ok(Some(place))
    }

    fn tree(&mut self, shape: &Shape, plain: &SchemaRef, c: &Checked, tests: &mut Vec<Test>) -> Result<Option<Tree>> {
        Ok(Some(match c {
            Checked::All(l) | Checked::Any(l) => {
                let mut each = Vec::with_capacity(l.len());
                for c in l {
                    let Some(t) = self.tree(shape, plain, c, tests)? else { return Ok(None) };
                    each.push(t);
                }
                if matches!(c, Checked::All(_)) { Tree::All(each) } else { Tree::Any(each) }
            }
            Checked::Rows { dataset, via, forward, least, inner } => {
                let Some(level) = self.level(dataset, inner, None)? else { return Ok(None) };
                Tree::Rows(Hang { level, via: via.clone(), forward: *forward }, *least)
            }
            Checked::Test { field, op, values } => {
                let mut take = |name: &str| shape.columns.iter().find(|c| c.name == name).map(|c| (col(name), c.of));
                let Some(e) = plan::test(&mut take, field, *op, values, self.today) else { return Ok(None) };
                tests.push(test(&self.session, &field.name, e, plain)?);
                Tree::Test(tests.len() - 1)
            }
        }))
    }
}

/// A condition on a column of rows that are read so.
fn test(session: &SessionContext, name: &str, e: Expr, plain: &SchemaRef) -> Result<Test> {
    let column = plain.index_of(name).map_err(Error::internal)?;
    let of: SchemaRef = Arc::new(Schema::new(vec![plain.field(column).clone()]));
    let named = Arc::new(DFSchema::try_from(of.clone()).map_err(plan_error)?);
    // some functions are only another way of writing
    let simple = ExprSimplifier::new(SimplifyContext::builder().with_schema(named.clone()).build());
    let e = simple.coerce(e, &named).and_then(|e| simple.simplify(e)).map_err(plan_error)?;
    let expr = session.create_physical_expr(e, &named).map_err(plan_error)?;
    Ok(Test { column, expr, of })
}

/// Bits one behind the other.
fn joined(pieces: &[BooleanBuffer]) -> BooleanBuffer {
    if let [one] = pieces {
        return one.clone();
    }
    let mut all = BooleanBufferBuilder::new(pieces.iter().map(BooleanBuffer::len).sum());
    pieces.iter().for_each(|p| all.append_buffer(p));
    all.finish()
}

fn lost() -> Error {
    Error::internal("a query over the lake came out in another form")
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{DictionaryArray, StringArray};
    use datafusion::functions::core::expr_fn::coalesce;
    use datafusion::logical_expr::{in_list, lit, not};

    #[test]
    fn a_code_is_asked_once_a_value_and_answers_as_its_cells_do() {
        let cells = [Some("01"), None, Some("02"), Some("03"), None, Some("01"), Some("")];
        let plain: StringArray = cells.iter().copied().collect();
        let coded: ArrayRef = Arc::new(cells.iter().copied().collect::<DictionaryArray<Int32Type>>());
        let plain = cast(&plain, &DataType::Utf8View).unwrap();
        let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new("c", DataType::Utf8View, true)]));
        let session = SessionContext::new();
        let is = |codes: &[&str]| coalesce(vec![in_list(col("c"), codes.iter().map(|c| lit(*c)).collect(), false), lit(false)]);
        let all = [
            (is(&["01", "03"]), [true, false, false, true, false, true, false]),
            (not(is(&["01"])), [false, true, true, true, true, false, true]),
            (col("c").is_null(), [false, true, false, false, true, false, false]),
            (col("c").eq(lit("02")), [false, false, true, false, false, false, false]),
            (is(&["09"]), [false; 7]),
            (not(is(&["09"])), [true; 7]),
        ];
        for (e, want) in all {
            let test = test(&session, "c", e.clone(), &schema).unwrap();
            for column in [&plain, &coded] {
                assert_eq!(test.ask(column).unwrap().iter().collect::<Vec<_>>(), want, "{e} of {}", column.data_type());
            }
        }
    }

    #[test]
    fn what_hangs_on_a_row_is_counted_and_none_is_an_answer() {
        let hang = |level| Hang { level, via: "v".into(), forward: false };
        let carried = BTreeMap::from([(1, vec![0, 1, 2, 3]), (2, vec![1, 0, 0, 0])]);
        let answers = [BooleanBuffer::from(vec![true, true, false, true])];
        let bits = |t: Tree| t.bits(4, &answers, &carried).unwrap().iter().collect::<Vec<_>>();
        assert_eq!(bits(Tree::Rows(hang(1), 2)), [false, false, true, true]);
        assert_eq!(bits(Tree::All(vec![Tree::Test(0), Tree::Rows(hang(1), 0)])), [true, false, false, false]);
        assert_eq!(bits(Tree::Any(vec![Tree::Rows(hang(2), 1), Tree::Rows(hang(1), 3)])), [true, false, false, true]);
        assert_eq!((bits(Tree::All(vec![])), bits(Tree::Any(vec![]))), (vec![true; 4], vec![false; 4]));
        assert!(Tree::Rows(hang(3), 1).bits(4, &answers, &carried).is_err(), "what was not carried is no zero");
    }
}
