//! Opening many accounts from rows (domain/06 §7.6); where the rows come from is the caller's affair.

use crate::Access;
use crate::account::{Created, NewUser};
use base::{Actor, Result};

impl Access {
    /// Opens an account a row; each row stands alone, a refused one does not hold back the others. The answers are in the
    /// order of the rows. A row whose person already has an account is refused with `access.person_has_account`.
    pub async fn create_users(&self, actor: &Actor, rows: &[NewUser]) -> Vec<Result<Created>> {
        let mut out = Vec::with_capacity(rows.len());
        for row in rows {
            out.push(self.create_user(actor, row).await);
        }
        out
    }
}
