-- Accounts, posts, sessions, sign-in events, guards against guessing, address rules, parameters, quotas and two-person
-- requests (domain/06 §1.3, §7, A02–A04). Reached by the program's own connection only: the role ganong_app of business
-- transactions gets no right here. Every moment comes from the program's clock, so that rules can be tested.
create schema if not exists app;

create table app.user_account (
    id                  uuid primary key,
    login_name          text not null unique check (login_name = lower(login_name)),
    name                text not null,
    id_card_cipher      text,
    id_card_token       bytea unique,
    phone_cipher        text,
    phone_token         bytea,
    org                 text not null default '',
    region_code         text collate "C" not null check (region_code ~ '^[0-9]{12}$'),
    account_type        text not null default '1' check (account_type in ('1', '2', '3', '4', '5')),
    status              text not null default '0' check (status in ('0', '1', '2', '3', '4', '5')),
    status_reason       text not null default '',
    valid_from          date not null,
    valid_to            date,
    pwd_hash            text not null,
    pwd_history         text[] not null default '{}',
    pwd_changed_at      timestamptz not null,
    pwd_expire_at       timestamptz not null,
    initial_until       timestamptz,
    must_change         boolean not null default true,
    weak_flag           boolean not null default false,
    totp_secret_cipher  text,
    totp_pending_cipher text,
    totp_bound_at       timestamptz,
    totp_last_step      bigint,
    recovery_codes      bytea[] not null default '{}',
    factor_fail_count   integer not null default 0,
    factor_locked_until timestamptz,
    wx_openid_hash      bytea unique,
    time_window         jsonb,
    last_login_at       timestamptz,
    last_login_ip       text,
    last_login_ua       text,
    apply_doc           text not null default '',
    approved_by         text not null default '',
    last_review_at      timestamptz not null,
    created_by          uuid not null,
    created_at          timestamptz not null,
    updated_by          uuid not null,
    updated_at          timestamptz not null,
    row_version         integer not null default 1
);
create index user_account_region on app.user_account (region_code, login_name);
create index user_account_phone on app.user_account (phone_token) where phone_token is not null;

-- A post: one role in one region. Rows are ended, never deleted; row_mac holds the grant against edits past the program.
create table app.post (
    id          uuid primary key,
    user_id     uuid not null references app.user_account (id),
    role        text not null,
    region_code text collate "C" not null check (region_code ~ '^[0-9]{12}$'),
    valid_from  date not null,
    valid_to    date check (valid_to >= valid_from),
    is_default  boolean not null default false,
    row_mac     bytea not null,
    created_by  uuid not null,
    created_at  timestamptz not null,
    ended_by    uuid,
    ended_at    timestamptz
);
create unique index post_once on app.post (user_id, role, region_code) where ended_at is null;
create unique index post_default on app.post (user_id) where is_default and ended_at is null;
create index post_role on app.post (role) where ended_at is null;

create table app.session (
    id                 uuid primary key,
    token_hash         bytea not null unique,
    user_id            uuid not null references app.user_account (id),
    post_id            uuid not null references app.post (id),
    channel            text not null check (channel in ('pc', 'mini')),
    created_at         timestamptz not null,
    last_seen_at       timestamptz not null,
    absolute_expire_at timestamptz not null,
    factor_at          timestamptz,
    locked             text not null default '' check (locked in ('', 'user', 'idle', 'address')),
    ip                 text not null,
    ua                 text not null,
    ended_at           timestamptz,
    end_reason         text
);
create index session_of_user on app.session (user_id) where ended_at is null;
create index session_of_post on app.session (post_id);
create index session_ended on app.session (ended_at);

-- Sign-in events. An account that does not exist is kept as a digest only (login_name null).
create table app.login_event (
    id         uuid primary key,
    at         timestamptz not null,
    login_key  bytea not null,
    login_name text,
    user_id    uuid,
    channel    text not null,
    result     text not null,
    factor1    text not null default '口令',
    factor2    text,
    ip         text not null,
    ua         text not null,
    session_id uuid,
    trace_id   text
);
create index login_event_ip on app.login_event (ip, at);
create index login_event_key on app.login_event (login_key, at);
create index login_event_user on app.login_event (user_id, at) where user_id is not null;

-- One row for each name that was tried, existing or not, so that both are treated and timed alike.
create table app.login_guard (
    login_key     bytea primary key,
    fail_count    integer not null default 0,
    first_fail_at timestamptz,
    locked_until  timestamptz,
    lock_day      date,
    lock_count    integer not null default 0,
    admin_only    boolean not null default false,
    lock_reason   text not null default '',
    updated_at    timestamptz not null
);

create table app.ip_block (
    ip     text primary key,
    until  timestamptz not null,
    reason text not null
);

create table app.ip_rule (
    id          uuid primary key,
    scope       text not null check (scope in ('user', 'role', 'app', 'global')),
    scope_ref   text not null default '',
    cidr        text not null,
    zone        text not null,
    action      text not null check (action in ('ALLOW', 'DENY')),
    reason      text not null,
    valid_from  timestamptz not null,
    valid_to    timestamptz not null,
    approved_by text not null,
    created_by  uuid not null,
    created_at  timestamptz not null,
    ended_by    uuid,
    ended_at    timestamptz,
    check ((scope = 'global') = (scope_ref = ''))
);

-- Parameters an administrator may tighten (password policy); one row a name.
create table app.access_parameter (
    name       text primary key,
    value      jsonb not null,
    updated_by uuid not null,
    updated_at timestamptz not null
);

create table app.unmask_quota (
    user_id uuid not null references app.user_account (id),
    day     date not null,
    used    integer not null,
    primary key (user_id, day)
);

create table app.two_person_request (
    id         uuid primary key,
    kind       text not null check (kind in ('disable_user')),
    user_id    uuid not null references app.user_account (id),
    reason     text not null,
    asked_by   uuid not null,
    asked_at   timestamptz not null,
    expires_at timestamptz not null,
    signatures jsonb not null default '[]',
    done_at    timestamptz
);
create index two_person_request_open on app.two_person_request (user_id) where done_at is null;
