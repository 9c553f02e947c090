-- Facts and reasons of security events: the trail (app.audit_line) has no column for them and refers here by auth_ref.
-- detail holds ids, codes and the reason an administrator typed; never a password, code or number of a person.
create table app.security_event (
    id       uuid primary key,
    at       timestamptz not null,
    kind     text not null,
    action   text not null,
    result   text not null check (result in ('ok', 'failed', 'denied')),
    code     text not null,
    actor_id uuid,
    user_id  uuid,
    ip       text,
    trace_id text,
    detail   jsonb not null,
    alert    boolean not null
);
create index security_event_alert on app.security_event (id desc) where alert;
create index security_event_user on app.security_event (user_id, id desc) where user_id is not null;
