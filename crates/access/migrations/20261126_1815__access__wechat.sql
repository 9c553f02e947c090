-- A mini-program's user bound to an account (domain/06 §7.1, §7.4). The hash finds the account, the cipher text is opened to send
-- a message. A consent is one message the person agreed to; told_* say what the last message counted and when.
alter table app.user_account
    add column wx_openid_cipher text,
    add column wx_bound_at      timestamptz,
    add column wx_consents      integer not null default 0 check (wx_consents between 0 and 100),
    add column wx_told_at       timestamptz,
    add column wx_told_count    bigint not null default 0;
