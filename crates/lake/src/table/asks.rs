//! Conditions and values over the same columns: each stands once and answers with a bit, or a value, for each row. A condition on a code
//! is asked once for each of its values, what several reckon is reckoned once. Must not know where rows come from.

use super::lost;
use crate::engine::plan_error;
use base::{Error, Result};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StringViewBuilder, new_null_array};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::{cast, concat};
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::expressions::Column as PhysicalColumn;
use datafusion::physical_plan::PhysicalExpr;
use datafusion::prelude::SessionContext;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Conditions and values over the same columns.
pub(crate) struct Asks {
    session: SessionContext,
    fields: Vec<Arc<Field>>,
    /// By place of the condition, or of the value.
    conditions: Wanted,
    values: Wanted,
}

/// Expressions, each once.
#[derive(Default)]
struct Wanted {
    all: Vec<Expr>,
    places: HashMap<Expr, usize>,
}

impl Wanted {
    fn put(&mut self, e: Expr) -> usize {
        *self.places.entry(e).or_insert_with_key(|e| {
            self.all.push(e.clone());
            self.all.len() - 1
        })
    }
}

impl Asks {
    pub(crate) fn new(session: &SessionContext, fields: Vec<Arc<Field>>) -> Asks {
        Asks { session: session.clone(), fields, conditions: Wanted::default(), values: Wanted::default() }
    }

    /// One more column.
    pub(crate) fn add(&mut self, column: Field) {
        self.fields.push(Arc::new(column));
    }
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|f| f.name() == name)
    }
    pub(crate) fn field(&self, name: &str) -> Result<&Arc<Field>> {
        self.fields.iter().find(|f| f.name() == name).ok_or_else(lost)
    }
    /// The columns of an expression.
    pub(crate) fn schema(&self, e: &Expr) -> Result<Arc<DFSchema>> {
        let names: BTreeSet<&str> = e.column_refs().into_iter().map(|c| c.name.as_str()).collect();
        let fields = names.into_iter().map(|n| self.field(n).cloned()).collect::<Result<Vec<_>>>()?;
        DFSchema::try_from(Schema::new(fields)).map(Arc::new).map_err(plan_error)
    }

    /// The place of a condition. Fails where there is no such column, or it cannot be worked out.
    pub(crate) fn condition(&mut self, e: Expr) -> Result<usize> {
        let one = self.reckoned(&e, &self.fields)?;
        if one.of_type()? != DataType::Boolean {
            return Err(Error::invalid("lake.cannot_plan", "数据湖不能计算这个条件。"));
        }
        Ok(self.conditions.put(e))
    }

    /// The place of a value, with its type.
    pub(crate) fn value(&mut self, e: Expr) -> Result<(usize, DataType)> {
        let of = self.reckoned(&e, &self.fields)?.of_type()?;
        Ok((self.values.put(e), of))
    }

    fn reckoned(&self, e: &Expr, fields: &[Arc<Field>]) -> Result<Reckoned> {
        let names: BTreeSet<&str> = e.column_refs().into_iter().map(|c| c.name.as_str()).collect();
        let of_name = |n: &&str| fields.iter().position(|f| f.name() == *n).ok_or_else(lost);
        let columns = names.iter().map(of_name).collect::<Result<Vec<_>>>()?;
        let of: SchemaRef = Arc::new(Schema::new(columns.iter().map(|c| fields[*c].clone()).collect::<Vec<_>>()));
        let named = Arc::new(DFSchema::try_from(of.clone()).map_err(plan_error)?);
        let e = simple(e.clone(), &named)?;
        let expr = self.session.create_physical_expr(e, &named).map_err(plan_error)?;
        Ok(Reckoned { columns, expr, of })
    }

    /// Ready to be answered.
    pub(crate) fn ready(&self) -> Result<Ready> {
        // a code is asked of its values, which are few
        let asked_of_values = |e: &&Expr| {
            let columns = e.column_refs();
            columns.len() == 1 && columns.iter().all(|c| self.fields.iter().any(|f| f.name() == &c.name && is_code(f)))
        };
        let mut calls = Calls { often: HashMap::new(), all: Vec::new() };
        for e in self.conditions.all.iter().filter(|e| !asked_of_values(e)).chain(&self.values.all) {
            calls.count(e).map_err(plan_error)?;
        }
        let rewritten = |e: &Expr, calls: &mut Calls| if asked_of_values(&e) { Ok(e.clone()) } else { calls.put(e) };
        let conditions = self.conditions.all.iter().map(|e| rewritten(e, &mut calls)).collect::<Result<Vec<_>>>()?;
        let values = self.values.all.iter().map(|e| rewritten(e, &mut calls)).collect::<Result<Vec<_>>>()?;
        let mut fields = self.fields.clone();
        let mut known = Vec::new();
        for (name, e) in &calls.all {
            let one = self.reckoned(e, &self.fields)?;
            fields.push(Arc::new(Field::new(name, one.of_type()?, true)));
            known.push(one);
        }
        let each = |l: Vec<Expr>| l.iter().map(|e| self.reckoned(e, &fields)).collect::<Result<Vec<_>>>();
        let mut ready = Ready {
            columns: self.fields.len(),
            calls: known,
            conditions: each(conditions)?,
            values: each(values)?,
            nothing: vec![],
        };
        let nothing = self.fields.iter().map(|f| Some(new_null_array(plain(f.data_type()), 1))).collect();
        ready.nothing = ready.answer(1, nothing)?.bits.iter().map(|b| b.value(0)).collect();
        Ok(ready)
    }
}

/// Types are brought together and some functions are only another way of writing.
pub(crate) fn simple(e: Expr, of: &Arc<DFSchema>) -> Result<Expr> {
    let simple = ExprSimplifier::new(SimplifyContext::builder().with_schema(of.clone()).build());
    simple.coerce(e, of).and_then(|e| simple.simplify(e)).map_err(plan_error)
}

/// Calls of functions that stand in several expressions.
struct Calls {
    often: HashMap<Expr, usize>,
    all: Vec<(String, Expr)>,
}

impl Calls {
    fn count(&mut self, e: &Expr) -> datafusion::common::Result<()> {
        let mut mine = BTreeSet::new();
        e.apply(|e| {
            let works = matches!(e, Expr::ScalarFunction(_) | Expr::Cast(_) | Expr::Case(_));
            if works && !e.column_refs().is_empty() && mine.insert(e.to_string()) {
                *self.often.entry(e.clone()).or_default() += 1;
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(())
    }

    /// The expression with such calls as columns.
    fn put(&mut self, e: &Expr) -> Result<Expr> {
        let one = |e: Expr| {
            if self.often.get(&e).is_none_or(|n| *n < 2) {
                return Ok(Transformed::no(e));
            }
            let name = match self.all.iter().find(|(_, known)| *known == e) {
                Some((name, _)) => name.clone(),
                None => {
                    let name = format!("call {}", self.all.len());
                    self.all.push((name.clone(), e));
                    name
                }
            };
            Ok(Transformed::new(Expr::Column(Column::from_name(name)), true, TreeNodeRecursion::Jump))
        };
        e.clone().transform_down(one).map(|t| t.data).map_err(plan_error)
    }
}

/// An expression over some columns.
pub(super) struct Reckoned {
    columns: Vec<usize>,
    expr: Arc<dyn PhysicalExpr>,
    /// Those columns.
    of: SchemaRef,
}

impl Reckoned {
    pub(super) fn of_type(&self) -> Result<DataType> {
        self.expr.data_type(&self.of).map_err(plan_error)
    }
    fn value(&self, rows: usize, columns: Vec<ArrayRef>) -> Result<ArrayRef> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(self.of.clone(), columns, &options).map_err(Error::internal)?;
        self.expr.evaluate(&batch).and_then(|a| a.into_array(rows)).map_err(plan_error)
    }
    /// What is unknown is not so.
    fn bits(&self, rows: usize, columns: Vec<ArrayRef>) -> Result<BooleanBuffer> {
        let answer = self.value(rows, columns)?;
        let answer = answer.as_boolean_opt().ok_or_else(lost)?;
        Ok(match answer.nulls() {
            None => answer.values().clone(),
            Some(known) => answer.values() & known.inner(),
        })
    }
    fn by_code(&self, codes: &ArrayRef) -> Result<Option<BooleanBuffer>> {
        let Some(codes) = codes.as_dictionary_opt::<Int32Type>() else { return Ok(None) };
        // each value is asked once, and nothing at the end
        let values = cast(codes.values(), &DataType::Utf8View).map_err(|e| plan_error(e.into()))?;
        let mut nothing = StringViewBuilder::new();
        nothing.append_null();
        let values = concat(&[&values, &nothing.finish()]).map_err(|e| plan_error(e.into()))?;
        let fits: Vec<bool> = self.bits(values.len(), vec![values])?.iter().collect();
        let (keys, nothing) = (codes.keys(), fits.last().copied().unwrap_or_default());
        if fits.iter().all(|f| *f == nothing) {
            return Ok(Some(if nothing { BooleanBuffer::new_set(keys.len()) } else { BooleanBuffer::new_unset(keys.len()) }));
        }
        let of = |n: usize| fits.get(keys.values()[n] as usize).copied().unwrap_or_default();
        Ok(Some(match keys.nulls() {
            None => BooleanBuffer::collect_bool(keys.len(), of),
            Some(known) => BooleanBuffer::collect_bool(keys.len(), |n| if known.is_valid(n) { of(n) } else { nothing }),
        }))
    }
}

/// Conditions and values, ready to be answered.
pub(crate) struct Ready {
    /// How many there are beside the calls, which come behind them.
    columns: usize,
    calls: Vec<Reckoned>,
    pub(super) conditions: Vec<Reckoned>,
    pub(super) values: Vec<Reckoned>,
    /// What each condition answers about a row that is not there.
    pub nothing: Vec<bool>,
}

/// Answers about some rows.
pub(crate) struct Answers {
    pub bits: Vec<BooleanBuffer>,
    pub values: Vec<ArrayRef>,
}

impl Ready {
    /// How many conditions there are.
    pub(crate) fn many(&self) -> usize {
        self.conditions.len()
    }

    /// The columns that are looked at.
    pub(crate) fn needs(&self) -> Vec<usize> {
        let all = self.calls.iter().chain(&self.conditions).chain(&self.values).flat_map(|r| &r.columns).copied();
        all.filter(|c| *c < self.columns).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// `columns`: by place; those that nobody looks at may be missing, codes may be dictionaries.
    pub(crate) fn answer(&self, rows: usize, columns: Vec<Option<ArrayRef>>) -> Result<Answers> {
        let mut laid_out: Vec<Option<ArrayRef>> = vec![None; columns.len()];
        let mut get = |r: &Reckoned, called: &[ArrayRef]| {
            r.columns
                .iter()
                .map(|c| {
                    if *c >= self.columns {
                        return called.get(*c - self.columns).cloned().ok_or_else(lost);
                    }
                    let slot = laid_out.get_mut(*c).ok_or_else(lost)?;
                    if slot.is_none() {
                        let raw = columns.get(*c).and_then(Option::as_ref).ok_or_else(lost)?;
                        let of = plain(raw.data_type());
                        *slot = Some(if of == raw.data_type() {
                            raw.clone()
                        } else {
                            cast(raw, of).map_err(|e| plan_error(e.into()))?
                        });
                    }
                    slot.clone().ok_or_else(lost)
                })
                .collect::<Result<Vec<_>>>()
        };
        let mut called = Vec::with_capacity(self.calls.len());
        for c in &self.calls {
            let columns = get(c, &called)?;
            called.push(c.value(rows, columns)?);
        }
        let mut bits = Vec::with_capacity(self.conditions.len());
        for c in &self.conditions {
            let code = match c.columns.as_slice() {
                [one] => columns.get(*one).and_then(Option::as_ref).map(|a| c.by_code(a)).transpose()?.flatten(),
                _ => None,
            };
            bits.push(match code {
                Some(bits) => bits,
                None => c.bits(rows, get(c, &called)?)?,
            });
        }
        let value = |v: &Reckoned| match v.columns.as_slice() {
            // a column by itself stays as it was read: a code is smaller so
            [one] if v.expr.is::<PhysicalColumn>() && *one < self.columns => {
                columns.get(*one).cloned().flatten().ok_or_else(lost)
            }
            _ => v.value(rows, get(v, &called)?),
        };
        let values = self.values.iter().map(value).collect::<Result<Vec<_>>>()?;
        Ok(Answers { bits, values })
    }
}

/// As it is in expressions: a code as its text.
fn plain(of: &DataType) -> &DataType {
    if matches!(of, DataType::Dictionary(..)) { &DataType::Utf8View } else { of }
}

fn is_code(f: &Field) -> bool {
    f.metadata().contains_key(CODE)
}
/// Marks a column of codes.
pub(super) const CODE: &str = "code";

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{DictionaryArray, Float64Array, StringArray};
    use datafusion::functions::core::expr_fn::coalesce;
    use datafusion::functions::math::expr_fn::abs;
    use datafusion::logical_expr::{col, in_list, lit, not};

    fn fields(code: bool) -> Vec<Arc<Field>> {
        let c = Field::new("c", DataType::Utf8View, true);
        let c = if code { c.with_metadata(HashMap::from([(CODE.into(), String::new())])) } else { c };
        vec![Arc::new(c), Arc::new(Field::new("x", DataType::Float64, true))]
    }

    #[test]
    fn a_code_is_asked_once_a_value_and_answers_as_its_cells_do() {
        let cells = [Some("01"), None, Some("02"), Some("03"), None, Some("01"), Some("")];
        let plain: StringArray = cells.iter().copied().collect();
        let coded: ArrayRef = Arc::new(cells.iter().copied().collect::<DictionaryArray<Int32Type>>());
        let plain = cast(&plain, &DataType::Utf8View).unwrap();
        let is = |codes: &[&str]| coalesce(vec![in_list(col("c"), codes.iter().map(|c| lit(*c)).collect(), false), lit(false)]);
        let all = [
            (is(&["01", "03"]), [true, false, false, true, false, true, false]),
            (not(is(&["01"])), [false, true, true, true, true, false, true]),
            (col("c").is_null(), [false, true, false, false, true, false, false]),
            (col("c").eq(lit("02")), [false, false, true, false, false, false, false]),
            (is(&["09"]), [false; 7]),
            (not(is(&["09"])), [true; 7]),
        ];
        let mut asks = Asks::new(&SessionContext::new(), fields(true));
        for (n, (e, _)) in all.iter().enumerate() {
            assert_eq!((asks.condition(e.clone()).unwrap(), asks.condition(e.clone()).unwrap()), (n, n), "each is asked once");
        }
        let ready = asks.ready().unwrap();
        assert_eq!((ready.nothing.as_slice(), ready.needs()), ([false, true, true, false, false, true].as_slice(), vec![0]));
        for column in [plain, coded] {
            let answers = ready.answer(7, vec![Some(column), None]).unwrap();
            for ((e, want), bits) in all.iter().zip(&answers.bits) {
                assert_eq!(bits.iter().collect::<Vec<_>>(), want, "{e}");
            }
        }
    }

    #[test]
    fn what_two_reckon_is_reckoned_once_and_what_cannot_be_is_refused() {
        let mut asks = Asks::new(&SessionContext::new(), fields(false));
        let far = || abs(col("x"));
        asks.condition(far().gt(lit(2.0))).unwrap();
        asks.condition(not(far().lt(lit(1.0)))).unwrap();
        let (place, of) = asks.value(far()).unwrap();
        assert_eq!((place, of), (0, DataType::Float64));
        assert!(asks.condition(col("y").eq(lit(1))).is_err(), "no such column");
        assert_eq!(asks.condition(far()).unwrap_err().code, "lake.cannot_plan", "no condition");
        let ready = asks.ready().unwrap();
        assert_eq!((ready.calls.len(), ready.needs()), (1, vec![1]));
        let x: ArrayRef = Arc::new(Float64Array::from(vec![Some(-3.0), None, Some(0.5)]));
        let answers = ready.answer(3, vec![None, Some(x)]).unwrap();
        let bits: Vec<Vec<bool>> = answers.bits.iter().map(|b| b.iter().collect()).collect();
        assert_eq!(bits, [[true, false, false], [true, false, false]]);
        assert_eq!(answers.values[0].as_ref(), &Float64Array::from(vec![Some(3.0), None, Some(0.5)]) as &dyn Array);
    }
}
