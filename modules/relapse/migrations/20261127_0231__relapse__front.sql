-- 前置库 (domain 05 §12.4): a department's own account of the database writes lines into schema `front`, marks the batch ended
-- and reads its receipt there. It sees its own batches and nothing else of the database. Accounts are made by whoever runs
-- the database (docs/ops/department-interface.md): `create role front_x login in role ganong_front`.
do $$
begin
  if not exists (select from pg_roles where rolname = 'ganong_front') then
    create role ganong_front nologin nosuperuser nobypassrls nocreatedb nocreaterole;
  end if;
exception when duplicate_object or unique_violation then null; -- made at the same moment for another database of the cluster
end $$;

create schema front;
grant usage on schema front to ganong_front, ganong_app;

create table front.batch (
    id uuid primary key default gen_random_uuid(),
    sender name not null default session_user,
    -- number in the catalogue, the sender's own number, month as YYYYMM (this month when none)
    item text not null check (length(item) between 1 and 4),
    batch_no text not null check (length(batch_no) between 1 and 60),
    period integer check (period between 190001 and 219912),
    -- how many lines there are, as the sender counts; the batch is taken once this is said and stands
    lines integer check (lines >= 0),
    ended_at timestamptz,
    begun_at timestamptz not null default now(),
    taken_at timestamptz,
    unique (sender, batch_no)
);
comment on table front.batch is '一批数据：先插入本行，再写 front.line，写完后填 lines（行数）和 ended_at（结束时间）';
create table front.line (
    batch_id uuid not null references front.batch (id) on delete cascade,
    line_no integer not null check (line_no > 0),
    -- columns of the item by their names in the catalogue
    vals jsonb not null check (jsonb_typeof(vals) = 'object'),
    primary key (batch_id, line_no)
);
comment on table front.line is '一行记录：vals 为对象，键为数据目录中的列名';
create table front.receipt (
    batch_id uuid primary key references front.batch (id) on delete cascade,
    sender name not null,
    batch_no text not null,
    state text not null,
    message text not null,
    report jsonb,
    at timestamptz not null default now()
);
comment on table front.receipt is '回执：processing 处理中，accepted 已接收，refused 未接收';

alter table front.batch enable row level security;
alter table front.line enable row level security;
alter table front.receipt enable row level security;
create policy own on front.batch to ganong_front using (sender = session_user) with check (sender = session_user and taken_at is null);
create policy own on front.line to ganong_front using (batch_id in (select id from front.batch b where b.sender = session_user));
-- lines are added while the batch is not ended
create policy open on front.line as restrictive for insert to ganong_front
  with check (batch_id in (select id from front.batch b where b.sender = session_user and b.ended_at is null));
create policy open on front.batch as restrictive for update to ganong_front using (ended_at is null) with check (true);
create policy own on front.receipt for select to ganong_front using (sender = session_user);
create policy app on front.batch to ganong_app using (true) with check (true);
create policy app on front.line to ganong_app using (true) with check (true);
create policy app on front.receipt to ganong_app using (true) with check (true);
grant select, insert (item, batch_no, period, lines, ended_at), update (period, lines, ended_at) on front.batch to ganong_front;
grant select, insert on front.line to ganong_front;
grant select on front.receipt to ganong_front;
grant select, update, delete on front.batch, front.line, front.receipt to ganong_app;
grant insert on front.receipt to ganong_app;
