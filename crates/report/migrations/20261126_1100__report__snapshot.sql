-- Figures of months that are over, as they stood at the end of the month: one row a report, month and region of any level.
-- `figures` holds what was counted by key; what is reckoned from it (ratios) is reckoned when it is read.
create table app.report_snapshot (
  report      text not null,
  period      integer not null,
  region_code text collate "C" not null,
  -- the region itself, against its place in the table of the region above (a region's own rows stand there too)
  level       smallint not null check (level between 1 and 5),
  figures     jsonb not null,
  taken_at    timestamptz not null default now(),
  primary key (report, period, region_code, level)
);
select app.protect('app.report_snapshot');
