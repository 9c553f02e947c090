//! Accounts, sign-in, sessions and administration against a real PostgreSQL.

mod accounts;
mod pg;
mod sessions;
mod sign_in;
mod wechat;
mod world;
