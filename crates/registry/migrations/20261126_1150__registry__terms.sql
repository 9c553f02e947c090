-- Terms by year (domain 01 §0.4): what a thing is called in the year that is looked at. The province keeps them; everybody reads.
create function reg.terms(p_year integer) returns table (term_key text, term text)
language sql stable
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select distinct on (term_key) term_key, term from reg.term_map
   where not deleted and year_from <= p_year and (year_to is null or year_to >= p_year)
   order by term_key, year_from desc
$$;

select set_config('ganong.scope_lo', '360000000000', true), set_config('ganong.scope_hi', '370000000000', true);
insert into reg.term_map (id, region_code, term_key, term, year_from, year_to, note)
select v.id::uuid, '360000000000', v.key, v.term, v.year_from, v.year_to, 'domain 01 §0.4'
  from (values
    ('01930000-0000-7000-8000-000000000401', 'monitored_object', '监测对象', 2021, 2025),
    ('01930000-0000-7000-8000-000000000402', 'monitored_object', '防止返贫致贫对象', 2026, null),
    ('01930000-0000-7000-8000-000000000403', 'monitor_line', '监测范围', 2021, 2025),
    ('01930000-0000-7000-8000-000000000404', 'monitor_line', '防止返贫致贫对象认定标准', 2026, null),
    ('01930000-0000-7000-8000-000000000405', 'national_system', '全国防返贫监测信息系统', 2021, 2025),
    ('01930000-0000-7000-8000-000000000406', 'national_system', '防止返贫致贫促乡村振兴大数据信息系统', 2026, null)
  ) v (id, key, term, year_from, year_to)
 where not exists (select from reg.term_map t where t.term_key = v.key and t.year_from = v.year_from and not t.deleted);

-- The lines of the years, as a reader of any level may see them: which hold in his regions, and whether they are approved.
create function reg.monitor_lines(p_region text) returns table (year integer, region_code text, amount bigint, valid_from date, doc_no text, state text, note text)
language sql stable
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select distinct on (year) year, region_code, amount, valid_from, doc_no, state, note from reg.monitor_line
   where not deleted and region_code in (rpad(left(p_region, 6), 12, '0'), rpad(left(p_region, 4), 12, '0'), rpad(left(p_region, 2), 12, '0'))
   order by year desc, region_code desc, valid_from desc
$$;
