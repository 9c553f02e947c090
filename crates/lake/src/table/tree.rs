//! How conditions hang together, as bits: what is unknown is not so. Must not know what a condition is about.

use base::Result;
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

pub(crate) enum Tree<L> {
    All(Vec<Tree<L>>),
    Any(Vec<Tree<L>>),
    /// Where the tree below is not so, be it unknown or wrong.
    No(Box<Tree<L>>),
    Leaf(L),
}

impl<L> Tree<L> {
    /// Cuts an expression at its `and`, `or` and `not`, so that each condition below is asked once wherever it stands.
    ///
    /// `leaf` is given conditions that are true exactly where what they were cut from must be so.
    pub(crate) fn cut(e: Expr, leaf: &mut dyn FnMut(Expr) -> Result<Tree<L>>) -> Result<Tree<L>> {
        cut(e, false, leaf)
    }

    pub(crate) fn leaves<'a>(&'a self, out: &mut Vec<&'a L>) {
        match self {
            Tree::All(l) | Tree::Any(l) => l.iter().for_each(|t| t.leaves(out)),
            Tree::No(t) => t.leaves(out),
            Tree::Leaf(l) => out.push(l),
        }
    }

    /// Bits of `rows` rows, from those of the conditions.
    pub(crate) fn bits(&self, rows: usize, of: &mut dyn FnMut(&L) -> Result<BooleanBuffer>) -> Result<BooleanBuffer> {
        Ok(match self {
            Tree::All(l) => match l.split_first() {
                None => BooleanBuffer::new_set(rows),
                Some((first, rest)) => {
                    let mut all = first.bits(rows, of)?;
                    for t in rest {
                        // nothing that follows brings a row back
                        if all.count_set_bits() == 0 {
                            break;
                        }
                        all = &all & &t.bits(rows, of)?;
                    }
                    all
                }
            },
            Tree::Any(l) => match l.split_first() {
                None => BooleanBuffer::new_unset(rows),
                Some((first, rest)) => {
                    rest.iter().try_fold(first.bits(rows, of)?, |all, t| Ok::<_, base::Error>(&all | &t.bits(rows, of)?))?
                }
            },
            Tree::No(t) => !&t.bits(rows, of)?,
            Tree::Leaf(l) => of(l)?,
        })
    }
}

/// `no`: it is wanted where the expression is false.
fn cut<L>(e: Expr, no: bool, leaf: &mut dyn FnMut(Expr) -> Result<Tree<L>>) -> Result<Tree<L>> {
    Ok(match e {
        Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::And | Operator::Or), right }) => {
            // false where one is false, or where both are
            let all = (op == Operator::And) != no;
            let mut out = Vec::new();
            for t in [cut(*left, no, leaf)?, cut(*right, no, leaf)?] {
                match t {
                    Tree::All(l) if all => out.extend(l),
                    Tree::Any(l) if !all => out.extend(l),
                    t => out.push(t),
                }
            }
            if all { Tree::All(out) } else { Tree::Any(out) }
        }
        Expr::Not(e) => cut(*e, !no, leaf)?,
        Expr::IsTrue(e) if !no => cut(*e, false, leaf)?,
        Expr::IsFalse(e) if !no => cut(*e, true, leaf)?,
        Expr::IsNotTrue(e) if no => cut(*e, false, leaf)?,
        Expr::IsNotFalse(e) if no => cut(*e, true, leaf)?,
        Expr::IsTrue(e) | Expr::IsNotTrue(e) => Tree::No(Box::new(cut(*e, false, leaf)?)),
        Expr::IsFalse(e) | Expr::IsNotFalse(e) => Tree::No(Box::new(cut(*e, true, leaf)?)),
        Expr::Literal(ScalarValue::Boolean(Some(b)), _) if b != no => Tree::All(vec![]),
        Expr::Literal(..) => Tree::Any(vec![]),
        e if no => leaf(Expr::Not(Box::new(e)))?,
        e => leaf(e)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
    use datafusion::arrow::datatypes::{DataType, Field, Schema};
    use datafusion::common::DFSchema;
    use datafusion::logical_expr::{col, lit, not};
    use datafusion::prelude::SessionContext;
    use std::sync::Arc;

    /// Bits of an expression as it is: true, and nothing else.
    fn whole(e: &Expr, batch: &RecordBatch) -> BooleanBuffer {
        let schema = DFSchema::try_from(batch.schema()).unwrap();
        let e = SessionContext::new().create_physical_expr(e.clone(), &schema).unwrap();
        let a = e.evaluate(batch).unwrap().into_array(batch.num_rows()).unwrap();
        let a = a.as_boolean();
        a.nulls().map_or(a.values().clone(), |n| a.values() & n.inner())
    }

    #[test]
    fn a_tree_says_what_its_expression_says_also_of_the_unknown() {
        // all of true, false and unknown for three columns
        let three = [Some(true), Some(false), None];
        let column =
            |n: u32| -> ArrayRef { Arc::new((0..27usize).map(|row| three[row / 3usize.pow(n) % 3]).collect::<BooleanArray>()) };
        let fields = ["a", "b", "c"].map(|n| Field::new(n, DataType::Boolean, true));
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields.to_vec())), vec![column(0), column(1), column(2)]).unwrap();
        let (a, b, c) = (|| col("a"), || col("b"), || col("c"));
        let all = [
            a().and(b()).or(c()),
            not(a().and(b()).or(not(c()))),
            not(a().or(b())).and(c().is_not_true()),
            not(a().and(not(b())).is_true()),
            a().or(b()).is_false().or(c().is_null()),
            not(a().or(b()).is_false()).and(not(c().is_not_false())),
            not(a().is_null().or(b()).is_not_false()).or(not(c().is_not_true())),
            a().and(b()).is_not_false().and(not(not(c()))),
            not(lit(false)).and(a()),
            not(lit(ScalarValue::Boolean(None))).or(a()),
            lit(true).is_not_true().or(b()),
        ];
        for e in all {
            let tree = Tree::cut(e.clone(), &mut |e| Ok(Tree::Leaf(e))).unwrap();
            let bits = tree.bits(27, &mut |e| Ok(whole(e, &batch))).unwrap();
            assert_eq!(bits, whole(&e, &batch), "{e}");
        }
    }
}
