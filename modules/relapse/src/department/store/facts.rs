//! SQL of the facts that rules hold the register against: set by set over the staged and matched lines. Must not decide.

use crate::department::items::{Fact, Item, Take};
use ::store::{DbResult, ScopedTx};
use base::Result;
use chrono::NaiveDate;
use meta::rule::postgres::quoted;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

/// What is told of the delivery.
pub(in crate::department) struct Told<'a> {
    pub batch_no: &'a str,
    /// YYYYMM.
    pub period: i32,
    pub today: NaiveDate,
}

/// Columns of a fact beside who, which item and which number.
const SAYS: &str = "kind, grade, state, yes, year, begin_day, end_day, amount, number";

/// A text in the item's words.
fn text(take: Option<&Take>) -> String {
    let Some(take) = take else { return "null::text".into() };
    let cell = format!("(r.vals->>{})", quoted(&take.of));
    if take.is.is_empty() {
        return format!("left({cell}, 60)");
    }
    let mut out = format!("case when {cell} is null then null");
    for (word, says) in &take.is {
        let holds = match word.strip_prefix('=') {
            Some(whole) => format!("{cell} = {}", quoted(whole)),
            None => format!("strpos({cell}, {}) > 0", quoted(word)),
        };
        out.push_str(&format!(" when {holds} then {}", quoted(says)));
    }
    out + &format!(" else left({cell}, 60) end")
}

/// A column of the line beside its texts; empty where the item has none of that name.
fn value(item: &Item, key: &str, ty: &str) -> String {
    match item.columns.iter().any(|c| c.key == key) {
        true => format!("(r.vals->>{})::{ty}", quoted(key)),
        false => format!("null::{ty}"),
    }
}

/// What tells the facts of a person apart: the department's number, else what the line says. Lists of everybody come with new numbers
/// each time: there the line itself counts.
fn serial(item: &Item, fact: &Fact) -> String {
    let by = fact.by.iter().map(|k| match k.as_str() {
        "amount" => "r.amount_fen::text".to_owned(),
        "day" => "r.day::text".to_owned(),
        k => format!("r.vals->>{}", quoted(k)),
    });
    let by: Vec<String> = ["f.kind", "f.year::text", "f.begin_day::text"].into_iter().map(str::to_owned).chain(by).collect();
    let said = format!("md5(concat_ws('|', {}))", by.iter().map(|b| format!("coalesce({b}, '')")).collect::<Vec<_>>().join(", "));
    if item.whole { said } else { format!("case when r.serial <> '' then left(r.serial, 64) else {said} end") }
}

/// What the matched lines say, one row a fact, as a table of this transaction: with an index and counted, so that a list of everybody is
/// held against the one before in one pass, however many they are.
fn said(item: &Item, fact: &Fact, today: NaiveDate) -> String {
    let only = match fact.only.as_slice() {
        [] => String::new(),
        list => format!(" where f.kind in ({})", list.iter().map(|k| quoted(k)).collect::<Vec<_>>().join(", ")),
    };
    // a statement that makes a table takes no parameters: the words are of the catalogue, the day is made here
    format!(
        "create temp table dept_said on commit drop as \
         select distinct on (x.person_id, k.serial) x.person_id, x.household_id, x.village, k.serial, {f}, coalesce(r.data_day, date '{today}') as data_day \
           from dept_match x join dept_row r using (row_no) \
           cross join lateral (select {kind} as kind, {grade} as grade, {state} as state, {yes} as yes, {year} as year, r.day as begin_day, \
             {until} as end_day, r.amount_fen as amount, {number} as number) f \
           cross join lateral (select {serial} as serial) k{only} \
          order by x.person_id, k.serial, r.row_no desc; \
         create unique index on dept_said (person_id, serial); analyze dept_said",
        f = each("f."),
        kind = text(fact.kind.as_ref()),
        grade = text(fact.grade.as_ref()),
        state = text(fact.state.as_ref()),
        yes = fact.yes.as_ref().map_or("null::boolean".to_owned(), |k| value(item, k, "boolean")),
        year = value(item, "year", "integer"),
        until = value(item, "until", "date"),
        number = fact.number.as_ref().map_or("null::numeric".to_owned(), |k| value(item, k, "numeric")),
        serial = serial(item, fact),
    )
}

fn each(prefix: &str) -> String {
    SAYS.split(", ").map(|c| format!("{prefix}{c}")).collect::<Vec<_>>().join(", ")
}

/// People of the matched lines, and people about whom the item said something in these regions before.
pub(in crate::department) async fn people(tx: &mut ScopedTx, item: &str) -> Result<(i64, i64)> {
    let range = tx.scope().clone();
    let row = sqlx::query(
        "select (select count(distinct person_id) from dept_match) as now, \
                (select count(distinct person_id) from relapse.dept_fact \
                  where item_no = $1 and not deleted and region_code >= $2 and region_code < $3) as before",
    )
    .bind(item)
    .bind(range.lo)
    .bind(range.hi)
    .fetch_one(tx.conn())
    .await
    .db()?;
    Ok((row.try_get("now").db()?, row.try_get("before").db()?))
}

/// Whether no delivery of the item came from the same region after this one.
pub(in crate::department) async fn is_newest(tx: &mut ScopedTx, batch: Uuid) -> Result<bool> {
    sqlx::query_scalar(
        "select not exists (select from relapse.dept_batch b join relapse.dept_batch n \
           on n.dataset_id = b.dataset_id and n.region_code = b.region_code and n.received_at > b.received_at \
          where b.id = $1 and n.supplements is null and not n.deleted)",
    )
    .bind(batch)
    .fetch_one(tx.conn())
    .await
    .db()
}

/// Keeps what the lines say: facts that are no longer said go (only of a list of everybody), new ones come, others are brought up to
/// date; what is said as before is not written. How many were written.
pub(in crate::department) async fn keep_lines(
    tx: &mut ScopedTx,
    item: &Item,
    fact: &Fact,
    whole: bool,
    told: &Told<'_>,
) -> Result<u64> {
    let (range, by) = (tx.scope().clone(), tx.actor().user_id);
    sqlx::raw_sql(AssertSqlSafe(said(item, fact, told.today))).execute(tx.conn()).await.db()?;
    let mut written = 0;
    if whole {
        let gone = sqlx::query(
            "update relapse.dept_fact d set deleted = true, row_version = row_version + 1, updated_at = now(), updated_by = $4 \
              where d.item_no = $1 and not d.deleted and d.region_code >= $2 and d.region_code < $3 \
                and not exists (select from dept_said s where s.person_id = d.person_id and s.serial = d.serial)",
        );
        let gone = gone.bind(&item.no).bind(range.lo).bind(range.hi).bind(by).execute(tx.conn()).await.db()?;
        written += gone.rows_affected();
    }
    let set = SAYS.split(", ").map(|c| format!("{c} = excluded.{c}")).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "insert into relapse.dept_fact as d (id, region_code, source, created_by, updated_by, person_id, household_id, item_no, serial, {SAYS}, data_day, batch_no) \
         select gen_random_uuid(), s.village, '03', $2, $2, s.person_id, s.household_id, $1, s.serial, {s}, s.data_day, $3 from dept_said s \
         on conflict (person_id, item_no, serial) where not deleted do update \
            set household_id = excluded.household_id, region_code = excluded.region_code, {set}, data_day = excluded.data_day, batch_no = excluded.batch_no, \
                row_version = d.row_version + 1, updated_at = now(), updated_by = excluded.updated_by \
          where (d.household_id, d.region_code, {d}) is distinct from (excluded.household_id, excluded.region_code, {e})",
        s = each("s."),
        d = each("d."),
        e = each("excluded."),
    );
    let come = sqlx::query(AssertSqlSafe(sql)).bind(&item.no).bind(by).bind(told.batch_no).execute(tx.conn()).await.db()?;
    Ok(written + come.rows_affected())
}

/// Keeps the amounts of an item added up by income year (October to September) for everybody in this batch.
pub(in crate::department) async fn keep_sums(tx: &mut ScopedTx, item: &str, told: &Told<'_>) -> Result<u64> {
    let by = tx.actor().user_id;
    let done = sqlx::query(
        "with p as (select distinct on (person_id) person_id, household_id, village from dept_match order by person_id, row_no), \
              s as (select a.person_id, extract(year from a.day + interval '3 months')::integer as year, sum(a.amount)::bigint as amount \
                      from relapse.dept_amount a join p using (person_id) where a.item_no = $1 group by 1, 2) \
         insert into relapse.dept_fact as d (id, region_code, source, created_by, updated_by, person_id, household_id, item_no, serial, year, amount, data_day, batch_no) \
         select gen_random_uuid(), p.village, '03', $4, $4, p.person_id, p.household_id, $1, s.year::text, s.year, s.amount, $2, $3 \
           from s join p using (person_id) \
         on conflict (person_id, item_no, serial) where not deleted do update \
            set household_id = excluded.household_id, region_code = excluded.region_code, amount = excluded.amount, data_day = excluded.data_day, \
                batch_no = excluded.batch_no, row_version = d.row_version + 1, updated_at = now(), updated_by = excluded.updated_by \
          where (d.household_id, d.region_code, d.amount) is distinct from (excluded.household_id, excluded.region_code, excluded.amount)",
    )
    .bind(item)
    .bind(told.today)
    .bind(told.batch_no)
    .bind(by)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(done.rows_affected())
}

/// Remembers which villages a list of everybody reached: those of the sender's regions that are in force.
pub(in crate::department) async fn cover(tx: &mut ScopedTx, item: &str, told: &Told<'_>) -> Result<u64> {
    let (range, by) = (tx.scope().clone(), tx.actor().user_id);
    sqlx::query("delete from relapse.dept_cover where item_no = $1 and region_code >= $2 and region_code < $3")
        .bind(item)
        .bind(&range.lo)
        .bind(&range.hi)
        .execute(tx.conn())
        .await
        .db()?;
    let done = sqlx::query(
        "insert into relapse.dept_cover (id, region_code, source, created_by, updated_by, item_no, listed_on, period, batch_no) \
         select gen_random_uuid(), v.code, '03', $4, $4, $1, coalesce((select max(data_day) from dept_row where reject is null), $2), $5, $3 \
           from reg.region v \
          where v.level = 5 and v.code >= $6 and v.code < $7 and v.valid_from <= $2 and (v.valid_to is null or v.valid_to >= $2)",
    )
    .bind(item)
    .bind(told.today)
    .bind(told.batch_no)
    .bind(by)
    .bind(told.period)
    .bind(range.lo)
    .bind(range.hi)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(done.rows_affected())
}
