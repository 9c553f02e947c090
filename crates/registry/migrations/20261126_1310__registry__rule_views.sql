-- What views of rules ask from outside their rows: how often a number, a phone, an income stands in the register. Each looks
-- with a range of its own, as reg.param_value does, and answers with one number; null asks for nothing.
create index member_phone_in_use on reg.member (phone) where phone is not null;
create index household_bank_account_in_use on reg.household (bank_account_token) where bank_account_token is not null;

create function reg.same_id_no(p_token bytea) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select case when p_token is null then 0 else (select count(*)::integer from reg.member where id_no_token = p_token and member_status = '01' and not deleted) end
$$;

create function reg.same_id_no_households(p_token bytea) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select case when p_token is null then 0 else (select count(distinct household_id)::integer from reg.member where id_no_token = p_token and member_status = '01' and not deleted) end
$$;

create function reg.namesakes(p_region text, p_name text, p_birth date, p_token bytea) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select count(*)::integer from reg.member where region_code = p_region and birth_date = p_birth and name = p_name and member_status = '01' and not deleted and id_no_token <> p_token
$$;

create function reg.phone_households(p_phone text) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select case when p_phone is null then 0 else (select count(distinct household_id)::integer from reg.member where phone = p_phone and member_status = '01' and not deleted) end
$$;

create function reg.same_head_households(p_token bytea) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select case when p_token is null then 0 else (select count(*)::integer from reg.household where head_id_no_token = p_token and household_status = '01' and not deleted) end
$$;

create function reg.same_phone_households(p_phone text) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select case when p_phone is null then 0 else (select count(*)::integer from reg.household where phone = p_phone and household_status = '01' and not deleted) end
$$;

create function reg.same_bank_households(p_token bytea) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select case when p_token is null then 0 else (select count(*)::integer from reg.household where bank_account_token = p_token and household_status = '01' and not deleted) end
$$;

create function reg.same_income_pc(p_region text, p_year integer, p_pc float8) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select count(*)::integer from reg.income_period where region_code = p_region and year = p_year and net_pc = p_pc and period_kind = '01' and not deleted
$$;

create function reg.same_income_four(p_region text, p_year integer, p_wage float8, p_operate float8, p_property float8, p_transfer float8) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select count(*)::integer from reg.income_period where region_code = p_region and year = p_year and wage = p_wage and operate = p_operate
     and property = p_property and transfer = p_transfer and period_kind = '01' and not deleted
$$;

create function reg.village_cultivated(p_region text, p_year integer) returns numeric
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select sum(cultivated_area) from reg.living_year where region_code = p_region and year = p_year and not deleted
$$;

create function reg.village_households_of(p_region text, p_year integer) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select household_total from reg.village_year where region_code = p_region and year = p_year and not deleted order by id desc limit 1
$$;

create function reg.village_collective_of(p_region text, p_year integer) returns numeric
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select collective_income from reg.village_year where region_code = p_region and year = p_year and not deleted order by id desc limit 1
$$;

create function reg.same_helper_id(p_token bytea) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select case when p_token is null then 0 else (select count(*)::integer from reg.helper where id_no_token = p_token and status = '01' and not deleted) end
$$;

-- The line of a year as it stands for a region: the county's own, else the city's, else the province's.
create function reg.line_fen(p_region text, p_year integer) returns bigint
language sql stable parallel safe
as $$
  select amount from reg.monitor_line
   where year = p_year and not deleted and amount is not null
     and region_code in (rpad(left(p_region, 6), 12, '0'), rpad(left(p_region, 4), 12, '0'), rpad(left(p_region, 2), 12, '0'))
   order by region_code desc, valid_from desc limit 1
$$;

--VIEWS--
