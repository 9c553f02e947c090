//! The students of a term, found in the register and the rolls. Must not decide.

use ::store::{DbResult, ScopedTx};
use base::{Error, Result};
use chrono::NaiveDate;
use record::Row as Values;
use sqlx::Row as _;
use uuid::Uuid;

/// A student to verify.
pub(super) struct Candidate {
    pub person: Uuid,
    pub region: String,
    pub id_cipher: Option<String>,
    /// The fields of `yulu.verify`, in wire form.
    pub values: Values,
}

/// What a term decides by.
pub(crate) struct Term {
    pub school_year: i32,
    pub term: String,
    pub base_date: NaiveDate,
}

/// A county of the province.
pub(super) struct County {
    pub code: String,
    pub name: String,
}

/// Whom a term looks for.
pub(super) struct Sought {
    pub term: Uuid,
    pub base: NaiveDate,
    /// Least and greatest age on the base day.
    pub ages: (i64, i64),
    /// Monitored households whose risk is cleared belong too.
    pub cleared: bool,
}

/// The roll of a person in the term `$1`: of several the one that is still open, then the newest.
const ROLL: &str = "left join lateral (select x.* from yulu.roll x where x.person_id = m.id and x.batch_id = $1 and not x.deleted \
     order by x.roll_status, x.created_at desc limit 1) r on true";

/// What a roll says of a student, as fields of `yulu.verify`.
const STUDIES: &str = "'match_result', coalesce(r.match_result, '6'), 'roll_id', r.id, 'roll_source', coalesce(r.roll_source, '5'), \
     'roll_status', r.roll_status, 'school_name', r.school_name, 'school_province', r.school_province, \
     'edu_stage', r.school_type, 'major_name', r.major_name, 'study_years', r.study_years::text, 'study_form', r.study_form, \
     'grade', r.grade, 'enroll_ym', r.enroll_ym, 'expect_grad_ym', r.expect_grad_ym, 'intern_flag', r.intern_flag";

/// Counties in force, by code.
pub(super) async fn counties(tx: &mut ScopedTx) -> Result<Vec<County>> {
    let rows = sqlx::query("select code, name from reg.region where level = 3 and valid_to is null order by code")
        .fetch_all(tx.conn())
        .await
        .db()?;
    rows.into_iter().map(|r| Ok(County { code: r.try_get("code").db()?, name: r.try_get("name").db()? })).collect()
}

/// Holds a term for one comparison at a time.
pub(super) async fn hold(tx: &mut ScopedTx, term: Uuid) -> Result<()> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('yulu.compare' || $1::text, 0))")
        .bind(term)
        .execute(tx.conn())
        .await
        .db()
        .map(drop)
}

/// Members of poor or monitored households of a county inside the ages on the base day who are on a roll of the term or whom the
/// register takes for vocational students (C09 10 to 19), and who have no row in the term yet.
pub(super) async fn candidates(tx: &mut ScopedTx, s: &Sought, county: &str) -> Result<Vec<Candidate>> {
    let sql = format!(
        "select m.id, m.region_code, m.id_no_cipher, jsonb_strip_nulls(jsonb_build_object( \
           'batch_id', $1, 'person_id', m.id, 'household_id', m.household_id, 'name', m.name, 'gender', m.gender, \
           'birth_date', m.birth_date, 'household_no', h.household_no, 'head_name', h.head_name, \
           'household_type', h.household_type, 'risk_state', h.risk_state, 'student_status', m.student_status, {STUDIES})) as fields \
           from reg.member m join reg.household h on h.id = m.household_id {ROLL} \
          where m.region_code >= $6 and m.region_code <= rpad(left($6, 6), 12, '9') \
            and not m.deleted and m.member_status = '01' and not h.deleted and h.household_status = '01' \
            and (h.household_type = '02' or h.is_monitored and (h.risk_state = '0' or $5)) \
            and extract(year from age($2, m.birth_date)) between $3 and $4 \
            and (r.id is not null or m.student_status between '10' and '19') \
            and not exists (select from yulu.verify v where v.batch_id = $1 and v.person_id = m.id and not v.deleted) \
          order by m.region_code, m.id"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(s.term)
        .bind(s.base)
        .bind(s.ages.0)
        .bind(s.ages.1)
        .bind(s.cleared)
        .bind(county)
        .fetch_all(tx.conn())
        .await
        .db()?;
    let mut out = Vec::with_capacity(rows.len());
    for r in rows {
        out.push(Candidate {
            person: r.try_get("id").db()?,
            region: r.try_get("region_code").db()?,
            id_cipher: r.try_get("id_no_cipher").db()?,
            values: object(r.try_get("fields").db()?)?,
        });
    }
    Ok(out)
}

/// A row that waits for its village and has a roll only now.
pub(super) struct Late {
    pub id: Uuid,
    pub region: String,
    pub row_version: i32,
    pub values: Values,
}

/// Rows of a term that nobody worked on yet and that came without a roll, where there is one now.
pub(super) async fn late(tx: &mut ScopedTx, term: Uuid) -> Result<Vec<Late>> {
    let sql = format!(
        "select v.id, v.region_code, v.row_version, jsonb_build_object({STUDIES}) as fields \
           from yulu.verify v join reg.member m on m.id = v.person_id {ROLL} \
          where v.batch_id = $1 and not v.deleted and v.state in ('10', '20') and v.roll_id is null and v.verify_result is null \
            and not v.apply_flag and r.id is not null order by v.id for update of v"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(term).fetch_all(tx.conn()).await.db()?;
    let one = |r: sqlx::postgres::PgRow| {
        Ok(Late {
            id: r.try_get("id").db()?,
            region: r.try_get("region_code").db()?,
            row_version: r.try_get("row_version").db()?,
            values: object(r.try_get("fields").db()?)?,
        })
    };
    rows.into_iter().map(one).collect()
}

fn object(json: serde_json::Value) -> Result<Values> {
    match json {
        serde_json::Value::Object(values) => Ok(values),
        _ => Err(Error::internal("fields are not an object".to_owned())),
    }
}

/// How many students stand in a term.
pub(super) async fn listed(tx: &mut ScopedTx, term: Uuid) -> Result<i64> {
    sqlx::query_scalar("select count(*) from yulu.verify where batch_id = $1 and not deleted")
        .bind(term)
        .fetch_one(tx.conn())
        .await
        .db()
}

/// How many of them are not through.
pub(super) async fn open(tx: &mut ScopedTx, term: Uuid) -> Result<i64> {
    sqlx::query_scalar("select count(*) from yulu.verify where batch_id = $1 and not deleted and state not in ('80', '90', '95')")
        .bind(term)
        .fetch_one(tx.conn())
        .await
        .db()
}

pub(crate) async fn term(tx: &mut ScopedTx, id: Uuid) -> Result<Option<Term>> {
    let row = sqlx::query("select school_year, term, base_date from yulu.term_batch where id = $1 and not deleted")
        .bind(id)
        .fetch_optional(tx.conn())
        .await
        .db()?;
    row.map(|r| {
        Ok(Term {
            school_year: r.try_get("school_year").db()?,
            term: r.try_get("term").db()?,
            base_date: r.try_get("base_date").db()?,
        })
    })
    .transpose()
}
