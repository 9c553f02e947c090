//! The lines that rules read, kept with what the register says of the household, and the one statement that asks them by the numbers
//! of each line's county: for a batch that comes in and for one that is replayed. Must not decide.

use crate::department::rules::{Grade, Standing};
use ::store::{DbResult, ScopedTx};
use base::{Error, RegionCode, Result};
use chrono::NaiveDate;
use serde_json::Value as Json;
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Columns of a kept line but for what it says in words.
const COLUMNS: &str = "region_code, batch_id, row_no, record_id, person_id, household_id, kept_on, day, data_day, amount_fen, relief_fen, \
    medical_12m, family_medical_12m, month_sums, amount_12m, times_12m, family_rows, is_new, poverty, monitored, eliminated, no_labor, \
    assisted, disabled, above_compulsory, net, operate, birth_date, labor_skill, relation, student_status, household_no, open_clue, refused";

/// A rule that a line met.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    /// Place among the rules asked.
    pub rule: usize,
    pub grade: Grade,
    pub value: Option<f64>,
    pub threshold: Option<f64>,
    pub called: usize,
    pub forced: bool,
}

/// A refusal of a clue of the household: by which rule, its highest value (fen; 0 without one), how many days before.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub rule: Uuid,
    pub most: f64,
    pub days: f64,
}

/// One line that met a rule, with what the register said of the household. Name, number and place are empty when it is replayed.
pub(crate) struct Candidate {
    pub record_id: Uuid,
    pub row_no: i32,
    pub name: String,
    pub cipher: String,
    pub place: String,
    pub data_day: Option<NaiveDate>,
    pub day: Option<NaiveDate>,
    pub amount_fen: i64,
    pub relief_fen: i64,
    pub person_id: Uuid,
    pub household_id: Uuid,
    pub village: RegionCode,
    pub standing: Standing,
    pub hits: Vec<Hit>,
    /// Values of the columns that sentences speak of.
    pub shown: Json,
    /// A clue of the household that was open: it takes this one in, whatever its rule or line.
    pub open_clue: Option<Uuid>,
    pub refused: Vec<Refused>,
}

/// What is kept of a batch.
pub(in crate::department) struct Keep<'a> {
    pub batch: Uuid,
    /// The condition on a line before the register is asked.
    pub near: &'a str,
    /// Words of the line that rules read.
    pub words: &'a [String],
    /// Lines may be about people who have left the family.
    pub gone: bool,
    pub today: NaiveDate,
}

/// Counties (six digits) that a batch is about: of the lines just matched, or of those kept.
pub(crate) async fn counties(tx: &mut ScopedTx, batch: Option<Uuid>) -> Result<Vec<String>> {
    match batch {
        None => sqlx::query_scalar("select distinct left(village, 6) from dept_match where village is not null order by 1"),
        Some(_) => {
            sqlx::query_scalar("select distinct left(region_code, 6) from relapse.dept_line where batch_id = $1 order by 1")
                .bind(batch)
        }
    }
    .fetch_all(tx.conn())
    .await
    .db()
}

/// Lays the numbers of each county beside the lines under a name of its own, replacing those of that name.
pub(crate) async fn numbers(
    tx: &mut ScopedTx,
    table: &'static str,
    keys: &[&str],
    counties: &BTreeMap<String, Vec<f64>>,
) -> Result<()> {
    let named = keys.iter().map(|k| format!("{k} float8")).collect::<Vec<_>>().join(", ");
    let rows: Vec<String> = counties
        .iter()
        .map(|(county, values)| {
            let values: Vec<String> = values.iter().map(|v| format!("{v}::float8")).collect();
            format!("('{}', {})", county.replace('\'', ""), values.join(", "))
        })
        .collect();
    let fill = if rows.is_empty() { String::new() } else { format!("insert into {table} values {};", rows.join(", ")) };
    let sql = format!(
        "drop table if exists pg_temp.{table}; create temp table {table} (county text primary key, {named}) on commit drop; {fill} analyze {table}"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(tx.conn()).await.db()?;
    Ok(())
}

/// Keeps the lines of a batch that a rule could meet, by the lower numbers of table `dept_near`. How many.
pub(in crate::department) async fn keep_lines(tx: &mut ScopedTx, k: &Keep<'_>) -> Result<u64> {
    let range = tx.scope().clone();
    let sql = format!(
        "insert into relapse.dept_line ({COLUMNS}, vals) \
         select h.region_code, $1, r.row_no, r.id, x.person_id, x.household_id, $2, r.day, r.data_day, r.amount_fen, r.relief_fen, \
                s.medical_12m, s.family_medical_12m, s.month_sums, s.amount_12m, s.times_12m, s.family_rows, s.is_new, \
                coalesce(h.household_type = '02', false), coalesce(h.is_monitored, false) and h.risk_state is distinct from '1', \
                h.risk_state is not distinct from '1', coalesce(h.whole_no_labor, false), \
                g.assisted, g.disabled, g.above_compulsory, i.net, i.operate, m.birth_date, m.labor_skill, m.relation, m.student_status, h.household_no, \
                (select c.id from relapse.clue c where c.household_id = h.id and not c.deleted \
                    and c.state not in ('79', '80', '90') order by c.created_at limit 1), \
                (select jsonb_agg(jsonb_build_array(o.rule_id, o.most, o.days)) from ( \
                   select c.rule_id, coalesce(max(case when t.unit = '元' then t.value::numeric * 100 end), 0) as most, \
                          extract(epoch from now() - c.updated_at) / 86400 as days \
                     from relapse.clue c left join relapse.clue_trigger t on t.clue_id = c.id and not t.deleted \
                    where c.household_id = h.id and c.rule_id is not null and not c.deleted and c.state = '80' \
                      and c.updated_at > now() - interval '1000 days' group by c.id) o), \
                case when cardinality($3::text[]) > 0 then (select jsonb_object_agg(w, r.vals->w) from unnest($3) w where r.vals ? w) end \
           from dept_match x join dept_row r using (row_no) join dept_sum s using (person_id) \
           join dept_near n on n.county = left(x.village, 6) \
           join reg.household h on h.id = x.household_id join reg.member m on m.id = x.person_id \
           left join lateral ( \
             select coalesce(bool_or(coalesce(o.dibao_status, '00') <> '00' or coalesce(o.tekun_status, '00') <> '00'), false) as assisted, \
                    count(*) filter (where '04' = any(o.health) or o.disability_level is not null)::integer as disabled, \
                    count(*) filter (where o.student_status >= '07')::integer as above_compulsory \
               from reg.member o where o.household_id = h.id and not o.deleted and o.member_status = '01') g on true \
           left join lateral ( \
             select p.net, p.operate from reg.income_period p where p.household_id = h.id and p.period_kind = '01' and not p.deleted \
              order by p.year desc limit 1) i on true \
          where (x.in_family or $4) and not h.deleted and h.household_status = '01' and h.region_code >= $5 and h.region_code < $6 \
            and ({near})",
        near = k.near,
    );
    let done = sqlx::query(AssertSqlSafe(sql))
        .bind(k.batch)
        .bind(k.today)
        .bind(k.words)
        .bind(k.gone)
        .bind(range.lo)
        .bind(range.hi)
        .execute(tx.conn())
        .await
        .db()?;
    Ok(done.rows_affected())
}

/// Whether the batch lies staged in this transaction, or only what was kept of it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Staged,
    Kept,
}

/// What is asked of the lines of an item, by the numbers of the table `dept_number`.
pub(crate) struct Asked {
    /// Columns of each rule.
    pub rules: Vec<String>,
    /// Name and SQL of the columns that sentences speak of.
    pub shown: Vec<(String, String)>,
    /// The condition without which no rule is asked.
    pub near: String,
}

/// Lines of a batch that met a rule, of households in order, by household and row.
pub(crate) async fn candidates(tx: &mut ScopedTx, which: Which, batch: Uuid, ask: &Asked) -> Result<Vec<Candidate>> {
    let (rules, shown) = (&ask.rules, &ask.shown);
    if rules.is_empty() {
        return Ok(vec![]);
    }
    let any: Vec<String> = (0..rules.len()).map(|n| format!("g{n} is not null")).collect();
    let shown: Vec<String> = shown.iter().map(|(name, sql)| format!("'{name}', {sql}")).collect();
    let line: String = COLUMNS.split(", ").map(|c| format!("l.{}", c.trim())).collect::<Vec<_>>().join(", ");
    let q = match which {
        Which::Staged => {
            format!(
                "select {line}, r.vals, r.name, r.cipher, r.place from relapse.dept_line l join dept_row r using (row_no) where l.batch_id = $1"
            )
        }
        Which::Kept => {
            format!(
                "select {line}, l.vals, '—' as name, '' as cipher, '' as place from relapse.dept_line l where l.batch_id = $1"
            )
        }
    };
    let sql = format!(
        "with q as ({q}), \
         met as (select q.*, jsonb_build_object({shown}) as shown, {rules} from q join dept_number p on p.county = left(q.region_code, 6) where {near}) \
         select met.* from met where {any} order by met.household_id, met.row_no",
        shown = shown.join(", "),
        rules = rules.join(", "),
        any = any.join(" or "),
        near = ask.near,
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(batch).fetch_all(tx.conn()).await.db()?;
    rows.iter().map(|r| read(r, ask.rules.len())).collect()
}

fn read(r: &sqlx::postgres::PgRow, rules: usize) -> Result<Candidate> {
    let village: String = r.try_get("region_code").db()?;
    let mut hits = Vec::new();
    for n in 0..rules {
        if let Some(grade) = r.try_get::<Option<String>, _>(format!("g{n}").as_str()).db()? {
            let called = r.try_get::<Option<i32>, _>(format!("c{n}").as_str()).db()?.unwrap_or(0);
            hits.push(Hit {
                rule: n,
                grade: Grade::of(&grade),
                value: r.try_get(format!("v{n}").as_str()).db()?,
                threshold: r.try_get(format!("t{n}").as_str()).db()?,
                called: usize::try_from(called).unwrap_or(0),
                forced: r.try_get(format!("f{n}").as_str()).db()?,
            });
        }
    }
    let refused: Option<Json> = r.try_get("refused").db()?;
    let refused = refused.as_ref().and_then(Json::as_array).into_iter().flatten();
    Ok(Candidate {
        record_id: r.try_get("record_id").db()?,
        row_no: r.try_get("row_no").db()?,
        name: r.try_get("name").db()?,
        cipher: r.try_get::<Option<String>, _>("cipher").db()?.ok_or_else(|| Error::internal("a matched row has no number"))?,
        place: r.try_get("place").db()?,
        data_day: r.try_get("data_day").db()?,
        day: r.try_get("day").db()?,
        amount_fen: r.try_get::<Option<i64>, _>("amount_fen").db()?.unwrap_or(0),
        relief_fen: r.try_get("relief_fen").db()?,
        person_id: r.try_get("person_id").db()?,
        household_id: r.try_get("household_id").db()?,
        village: RegionCode::parse(&village)?,
        standing: Standing {
            poverty: r.try_get("poverty").db()?,
            monitored: r.try_get("monitored").db()?,
            assisted: r.try_get("assisted").db()?,
            eliminated: r.try_get("eliminated").db()?,
            no_labor: r.try_get("no_labor").db()?,
        },
        hits,
        shown: r.try_get("shown").db()?,
        open_clue: r.try_get("open_clue").db()?,
        refused: refused
            .filter_map(|o| {
                Some(Refused { rule: Uuid::parse_str(o[0].as_str()?).ok()?, most: o[1].as_f64()?, days: o[2].as_f64()? })
            })
            .collect(),
    })
}

/// What became of one rule that a household met.
pub(in crate::department) struct Kept {
    pub village: RegionCode,
    pub household: Uuid,
    pub rule: Uuid,
    pub grade: Grade,
    pub score: i64,
    pub verdict: &'static str,
    pub clue: Option<Uuid>,
}

/// Keeps what became of the rules that households met.
pub(in crate::department) async fn keep_hits(
    tx: &mut ScopedTx,
    hits: &[Kept],
    batch: Uuid,
    dept: &str,
    version: i32,
    on: NaiveDate,
) -> Result<()> {
    let text = |f: &dyn Fn(&Kept) -> String| hits.iter().map(f).collect::<Vec<_>>();
    let ids = |f: &dyn Fn(&Kept) -> Uuid| hits.iter().map(f).collect::<Vec<_>>();
    let clues: Vec<Option<Uuid>> = hits.iter().map(|h| h.clue).collect();
    let scores: Vec<i32> = hits.iter().map(|h| i32::try_from(h.score).unwrap_or(100)).collect();
    sqlx::query(
        "insert into relapse.dept_hit (region_code, batch_id, household_id, rule_id, dept, made_on, grade, score, verdict, clue_id, model_version) \
         select x.village, $1, x.household, x.rule, $2, $3, x.grade, x.score, x.verdict, x.clue, $4 \
           from unnest($5::text[], $6::uuid[], $7::uuid[], $8::text[], $9::integer[], $10::text[], $11::uuid[]) \
             x (village, household, rule, grade, score, verdict, clue)",
    )
    .bind(batch)
    .bind(dept)
    .bind(on)
    .bind(version)
    .bind(text(&|h| h.village.as_str().to_owned()))
    .bind(ids(&|h| h.household))
    .bind(ids(&|h| h.rule))
    .bind(text(&|h| h.grade.code().unwrap_or("0").to_owned()))
    .bind(scores)
    .bind(text(&|h| h.verdict.to_owned()))
    .bind(clues)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}
