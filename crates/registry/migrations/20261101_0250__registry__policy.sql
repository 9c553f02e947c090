-- Parameters, working days and monitoring lines hold for everybody below the region they stand at, who does not see that
-- region's rows. These functions look with a range of their own and answer with single values only.
create function reg.param_value(p_key text, p_region text, p_on date) returns text
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select value from reg.policy_param
   where key = p_key and not deleted and valid_from <= p_on and (valid_to is null or valid_to >= p_on)
     and region_code in (p_region, rpad(left(p_region, 9), 12, '0'), rpad(left(p_region, 6), 12, '0'),
                         rpad(left(p_region, 4), 12, '0'), rpad(left(p_region, 2), 12, '0'))
   order by region_code desc, valid_from desc limit 1
$$;

create function reg.workdays_between(p_from date, p_to date) returns table (day date, is_workday boolean)
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select date, is_workday from reg.work_calendar where date between p_from and p_to and not deleted
$$;

create function reg.monitor_line_fen(p_region text, p_year integer) returns bigint
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select amount from reg.monitor_line
   where year = p_year and not deleted and amount is not null
     and region_code in (rpad(left(p_region, 6), 12, '0'), rpad(left(p_region, 4), 12, '0'), rpad(left(p_region, 2), 12, '0'))
   order by region_code desc, valid_from desc limit 1
$$;
