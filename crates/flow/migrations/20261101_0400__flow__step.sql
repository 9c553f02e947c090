-- One line a step of a row through its flow (domain 01 §2.18): who led it from where to where, with which opinion, and
-- whether in time. Only ever added to.
create table app.flow_step (
  id          bigint generated always as identity primary key,
  dataset     text not null,
  row_id      uuid not null,
  region_code text collate "C" not null,
  -- none for the beginning
  from_state  text,
  to_state    text not null,
  transition  text not null,
  -- a step back
  returned    boolean not null default false,
  actor_id    uuid not null,
  actor_name  text not null,
  actor_role  text not null,
  at          timestamptz not null default now(),
  opinion     text not null default '' check (char_length(opinion) <= 400),
  -- when the step that ended here was due, and whether it came later
  due_at      timestamptz,
  overdue     boolean not null default false
);
create index flow_step_row on app.flow_step (row_id, id);
create index flow_step_region on app.flow_step (region_code, dataset, transition, at);
select app.protect('app.flow_step');
revoke update, delete on app.flow_step from ganong_app;
