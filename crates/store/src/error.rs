//! What PostgreSQL and the pool say, turned into the one error of the system. The only place that reads SQLSTATE.
//! Must not let a value of a row into a sentence: only names of constraints and tables go out.

use base::Error;
use sqlx::postgres::PgDatabaseError;

/// The error of a statement by its SQLSTATE (PostgreSQL documentation, appendix A).
pub fn db_error(e: sqlx::Error) -> Error {
    let made = match &e {
        sqlx::Error::RowNotFound => Error::not_found("store.not_found", "没有找到该记录，可能已被删除或不在您的管辖范围内。"),
        sqlx::Error::PoolTimedOut => {
            Error::unavailable("store.pool_exhausted", "数据库繁忙或正在恢复，请稍后重试；反复出现请联系管理员。")
        }
        sqlx::Error::PoolClosed => Error::unavailable("store.closed", "系统正在停止，请稍后重试。"),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed | sqlx::Error::BeginFailed => gone(),
        sqlx::Error::Database(d) => {
            let code = d.code().unwrap_or_default();
            let mut made = by_state(&code);
            if let Some(pg) = d.try_downcast_ref::<PgDatabaseError>() {
                for (key, name) in [("constraint", pg.constraint()), ("table", pg.table()), ("column", pg.column())] {
                    if let Some(name) = name {
                        made = made.with(key, name);
                    }
                }
            }
            if made.kind == base::Kind::Internal {
                return Error { extra: made.extra, ..Error::internal(e) };
            }
            made
        }
        _ => return Error::internal(e),
    };
    made.because(e)
}

fn gone() -> Error {
    Error::unavailable("store.unavailable", "数据库暂时无法连接，正在恢复，请稍后重试；反复出现请联系管理员。")
}

fn by_state(state: &str) -> Error {
    match state {
        "23505" => Error::conflict("store.duplicate", "已有相同的记录，不能重复保存，请核对后修改。"),
        "23503" => Error::refused("store.reference", "引用的记录不存在，或该记录仍被其他记录引用，请先处理相关记录。"),
        "23502" => Error::refused("store.required", "必填项没有填写，请补充后再保存。"),
        "23514" => Error::refused("store.check", "填写的内容不符合规定的取值，请核对后修改。"),
        "23P01" => Error::conflict("store.overlap", "与已有记录的时间或范围重叠，请核对后修改。"),
        "22001" => Error::refused("store.too_long", "填写的内容超过允许的长度，请缩短后再保存。"),
        "22003" => Error::refused("store.out_of_range", "填写的数值超出允许的范围，请核对后修改。"),
        "22021" | "22P05" => Error::refused("store.bad_character", "内容中含有无法保存的字符，请删除后重新填写。"),
        "42501" => Error::forbidden("store.out_of_scope", "该操作超出您的管辖范围或权限，请联系上级或管理员办理。"),
        "40001" | "40P01" | "55P03" => Error::busy("store.contended", "其他人正在处理同一数据，请重试。"),
        "57014" => Error::busy("store.cancelled", "查询用时过长已停止，请缩小范围后重试。"),
        "25006" => Error::unavailable("store.read_only", "数据库当前只能查询、不能保存，请稍后重试或联系管理员。"),
        "53300" => Error::unavailable("store.pool_exhausted", "数据库繁忙或正在恢复，请稍后重试；反复出现请联系管理员。"),
        "53100" => Error::unavailable("store.disk_full", "服务器磁盘空间不足，暂时不能保存，请联系管理员。"),
        // shut down, crashed, starting; killed by its administrator; connection exceptions
        "57P01" | "57P02" | "57P03" | "57P05" | "25P03" => gone(),
        s if s.starts_with("08") => gone(),
        _ => Error::new(base::Kind::Internal, "base.internal", String::new()),
    }
}

/// `.db()?` on what sqlx returns.
pub trait DbResult<T> {
    /// The value, or [`db_error`] of the failure.
    fn db(self) -> base::Result<T>;
}

impl<T> DbResult<T> for Result<T, sqlx::Error> {
    fn db(self) -> base::Result<T> {
        self.map_err(db_error)
    }
}
