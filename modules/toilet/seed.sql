-- Invented toilets of an invented register: what each household has follows from its number, so that every run is the same.
-- Sealed identity numbers are written afterwards by the program.
create temp table seed_h on commit drop as
select h.*, abs(hashtext(h.household_no)) as n, row_number() over (partition by h.region_code order by h.household_no) as k,
       extract(year from now() at time zone 'Asia/Shanghai')::integer as y
  from reg.household h where h.household_status = '01' and not h.deleted;

-- Middles of the counties, that points of the map lie where they belong; a county that is not here lies in the middle of the province.
create temp table seed_county (county text, lon numeric, lat numeric) on commit drop;
insert into seed_county values
  ('360102', 115.92, 28.727), ('360103', 115.876, 28.642), ('360104', 115.921, 28.623), ('360111', 115.835, 28.757),
  ('360112', 115.913, 28.799), ('360113', 115.791, 28.601), ('360121', 116.064, 28.615), ('360123', 115.588, 28.829),
  ('360124', 116.309, 28.436), ('360202', 117.112, 29.222), ('360203', 117.234, 29.284), ('360222', 117.301, 29.552),
  ('360281', 117.267, 28.965), ('360302', 113.884, 27.631), ('360313', 113.723, 27.511), ('360321', 113.954, 27.217),
  ('360322', 113.862, 27.82), ('360323', 114.063, 27.569), ('360402', 116.05, 29.665), ('360403', 116.014, 29.726),
  ('360404', 115.793, 29.61), ('360423', 115.016, 29.258), ('360424', 114.439, 28.995), ('360425', 115.737, 29.132),
  ('360426', 115.615, 29.406), ('360428', 116.333, 29.326), ('360429', 116.286, 29.662), ('360430', 116.622, 29.829),
  ('360481', 115.454, 29.624), ('360482', 115.827, 29.251), ('360483', 115.986, 29.417), ('360502', 115.0, 27.845),
  ('360521', 114.671, 27.839), ('360602', 117.05, 28.241), ('360603', 116.914, 28.315), ('360681', 117.191, 28.186),
  ('360702', 114.92, 25.815), ('360703', 114.696, 25.833), ('360704', 115.066, 25.896), ('360722', 114.975, 25.281),
  ('360723', 114.363, 25.443), ('360724', 114.396, 25.933), ('360725', 114.192, 25.673), ('360726', 115.39, 25.232),
  ('360728', 115.088, 24.82), ('360729', 114.512, 24.843), ('360730', 116.006, 26.584), ('360731', 115.503, 25.931),
  ('360732', 115.439, 26.419), ('360733', 115.758, 25.501), ('360734', 115.66, 24.899), ('360735', 116.366, 26.301),
  ('360781', 115.979, 25.916), ('360783', 114.727, 24.768), ('360802', 114.941, 27.151), ('360803', 115.224, 26.895),
  ('360821', 114.744, 27.137), ('360822', 115.247, 27.195), ('360823', 115.208, 27.584), ('360824', 115.502, 27.733),
  ('360825', 115.587, 27.092), ('360826', 114.934, 26.737), ('360827', 114.364, 26.338), ('360828', 114.818, 26.439),
  ('360829', 114.449, 27.355), ('360830', 114.184, 26.969), ('360881', 114.148, 26.643), ('360902', 114.284, 27.834),
  ('360921', 115.172, 28.709), ('360922', 114.33, 28.204), ('360923', 114.855, 28.193), ('360924', 114.768, 28.449),
  ('360925', 115.231, 28.94), ('360926', 114.364, 28.609), ('360981', 115.817, 28.107), ('360982', 115.416, 27.996),
  ('360983', 115.298, 28.359), ('361002', 116.354, 27.918), ('361003', 116.61, 28.214), ('361021', 116.675, 27.514),
  ('361022', 116.925, 27.255), ('361023', 116.493, 27.11), ('361024', 116.059, 27.708), ('361025', 115.837, 27.367),
  ('361026', 116.245, 27.388), ('361027', 116.751, 27.928), ('361028', 117.028, 27.738), ('361030', 116.356, 26.756),
  ('361102', 118.052, 28.49), ('361103', 118.271, 28.359), ('361104', 117.906, 28.454), ('361123', 118.163, 28.754),
  ('361124', 117.706, 28.104), ('361125', 117.637, 28.508), ('361126', 117.409, 28.446), ('361127', 116.613, 28.677),
  ('361128', 116.785, 29.239), ('361129', 117.008, 28.699), ('361130', 117.78, 29.322), ('361181', 117.747, 28.934);
create temp table seed_village on commit drop as
select v.region_code, coalesce(c.lon, 115.8) + (t % 200 - 100) / 1800.0 + (k % 160 - 80) / 3200.0 as lon,
       coalesce(c.lat, 27.6) + (t / 200 % 200 - 100) / 2000.0 + (k / 160 % 160 - 80) / 3600.0 as lat
  from (select distinct region_code, abs(hashtext(left(region_code, 9))) as t, abs(hashtext(region_code || 'v')) as k from seed_h) v
  left join seed_county c on c.county = left(v.region_code, 6);

insert into toilet.house_toilet (id, region_code, data_year, group_name, toilet_no, household_id, head_name, head_id_card_token,
  head_id_card_ok, head_id_card_kind, phone, family_size, resident_size, house_no, address, longitude, latitude, residence_status, has_toilet,
  no_toilet_reason, toilet_count, build_form, location_type, toilet_type, sanitary_claimed, toilet_area, room_height, wall_ok, roof_ok,
  door_ok, window_ok, pan_type, flush_mode, water_available, septic_form, septic_volume, septic_depth, vol1, vol2, vol3, septic_vendor,
  septic_model, overflow_pipe_ok, vent_pipe_ok, cover_ok, sewage_dest, connected_pipe_network, joint_house_count, use_status, unused_reason,
  hygiene_level, odor_level, fly_level, feces_exposed, old_toilet_status, renovated, fiscal_supported, renovate_willing, plan_year,
  satisfaction, responsible_person, responsible_phone, survey_date, surveyor, surveyor_phone, record_state)
select gen_random_uuid(), region_code, y, (1 + k % 6) || '组', region_code || lpad((y % 100)::text, 2, '0') || lpad(k::text, 5, '0'), id, head_name,
       head_id_no_token, head_id_no_ok, head_id_no_kind, phone, greatest(1, least(20, hukou_count)), greatest(0, least(hukou_count, resident_count)),
       k || '号', (1 + k % 6) || '组' || k || '号', round(v_lon + (n % 900 - 450) / 90000.0, 7), round(v_lat + (n / 900 % 900 - 450) / 100000.0, 7),
       case when n % 40 = 0 then '3' when n % 25 = 1 then '2' else '1' end, kind is not null,
       case when kind is null then case n % 3 when 0 then '1' when 1 then '3' else '6' end end, case when kind is not null then 1 end,
       case when kind is not null then (1 + n % 2)::text end, case when kind is not null then (1 + n % 3)::text end, kind,
       kind is not null and kind not in ('20', '21', '22'), 1.4 + (n % 12) / 10.0, 2.2, kind is not null, kind is not null, kind is not null,
       kind is not null and n % 5 > 0, case when kind = '21' then '4' when kind = '04' then '3' when kind is not null then (1 + n % 2)::text end,
       case when kind in ('21', '04') then '5' when kind is not null then (1 + n % 3)::text end,
       case when kind is not null and kind not in ('21', '04') then true end,
       case when tank then (1 + n % 5)::text end, case when kind in ('01', '02', '10') then vol end, case when kind in ('01', '02', '10') then 1.2 end,
       case when kind in ('01', '10') then round(vol / 3, 2) end, case when kind in ('01', '10') then round(vol / 6, 2) end,
       case when kind in ('01', '10') then vol - round(vol / 3, 2) - round(vol / 6, 2) end,
       case when tank then '赣洁' || (array['甲', '乙', '丙', '丁'])[1 + n % 4] || '厂' end, case when tank then 'GJ-' || (1 + n % 3) end,
       case when kind in ('01', '02') then true end, case when tank then true end, case when tank then true end,
       case when kind = '21' then '9' when kind = '06' then '2' when kind = '10' then '3' when kind is not null then '1' end,
       case when kind is not null then kind = '06' end, case when kind = '09' then 3 end,
       case when kind is null then null when n % 40 = 0 then '2' when n % 211 = 3 then '3' else '1' end,
       case when kind is not null and n % 40 = 0 then '长期外出' when kind is not null and n % 211 = 3 then '待维修' end,
       case when kind is not null then case when n % 9 = 0 then '2' else '1' end end, case when kind is not null then case when n % 9 = 0 then '2' else '3' end end,
       case when kind is not null then case when n % 9 = 0 then '2' else '1' end end, case when kind is not null then kind = '21' and n % 4 = 0 end,
       case when done then case when n % 60 = 7 then '3' else '1' end end, done, done and n % 10 < 6,
       case when not done then case when n % 4 = 0 then '2' else '1' end end, case when not done and n % 4 > 0 then y + 1 end,
       case when done then case when n % 30 = 1 then '3' when n % 7 = 0 then '2' else '1' end end,
       case when kind is not null then '村管护员' end, case when kind is not null then '1390000' || lpad((n % 10000)::text, 4, '0') end,
       make_date(y, 1, 5) + (n % 40)::integer, '采集员' || left(region_code, 9) || (1 + k % 3), '1380000' || lpad((n % 10000)::text, 4, '0'),
       case when n % 90 = 11 then '21' when n % 90 = 12 then '22' when n % 90 = 13 then '10' else '30' end
  from (select *, kind in ('01', '02', '03', '04', '05', '06', '08', '09', '10') as tank, 1.5 + (n % 10) / 10.0 as vol,
               kind is not null and kind <> '21' and n % 10 < 7 as done
          from (select *, case when n % 100 < 64 then '01' when n % 100 < 70 then '10' when n % 100 < 78 then '06' when n % 100 < 82 then '02'
                               when n % 100 < 84 then '04' when n % 100 < 85 then '03' when n % 100 < 87 then '09' when n % 100 < 89 then '08'
                               when n % 100 < 97 then '21' end as kind from (select h.*, v.lon as v_lon, v.lat as v_lat from seed_h h join seed_village v on v.region_code = h.region_code) z) a) b;

create temp table seed_t on commit drop as
select t.*, h.n, h.y from toilet.house_toilet t join seed_h h on h.id = t.household_id where not t.deleted;

insert into toilet.renovation (id, region_code, toilet_id, renov_year, renov_nature, before_type, after_type, apply_date, build_mode, builder,
  start_date, finish_date, invest_total, fund_central, fund_province, fund_city, fund_county, fund_source_type, fund_other, fund_self,
  subsidy_amount, subsidy_paid, subsidy_paid_date, accept_result, accept_date, acceptors, accept_hidden_pit, accept_hidden_cover, water_test,
  apply_publicity_date, publicity_date, publicity_end, sampled, state)
select gen_random_uuid(), region_code, id, year, case when n % 11 = 0 then '1' else '2' end, case when n % 11 = 0 then '30' else '21' end, toilet_type,
       case when year >= 2021 then make_date(year, 2, 1) + (n % 20)::integer end, (array['1', '3', '1', '2'])[1 + n % 4], '某施工队',
       case when step >= 3 then make_date(year, 3, 15) + (n % 60)::integer end, case when step >= 5 then make_date(year, 6, 1) + (n % 60)::integer end,
       central + province + county + 50000, central, province, 0, county, case when fiscal_supported then '1' end, 0, 50000,
       central + province + county, case when step >= 7 then central + province + county end, case when step >= 7 then make_date(year, 10, 15) end,
       case when step >= 5 then '1' else '4' end, case when step >= 5 then make_date(year, 8, 15) end, case when step >= 5 then '村干部、乡镇干部、农户' end,
       step >= 4, step >= 4, case when step >= 4 then '1' end, make_date(year, 2, 21), case when step >= 7 then make_date(year, 9, 20) end,
       case when step >= 7 then make_date(year, 10, 5) end, n % 8 = 0,
       (array['15', '20', '30', '35', '40', '50', '60'])[step]
  from (select *, case when fiscal_supported then 60000 else 0 end as central, case when fiscal_supported then 20000 else 0 end as province,
               case when fiscal_supported then 20000 else 0 end as county,
               case when year < y then 7 else 1 + n / 13 % 7 end as step
          from (select *, y - (case when n % 3 = 0 then 0 else n / 5 % 13 end) as year from seed_t where renovated) a) b;

insert into toilet.problem (id, region_code, toilet_id, problem_no, find_source, find_date, finder, problem_item, usable, problem_desc, severity,
  rectify_class, rectify_measure, need_fund, duty_unit, duty_person, duty_phone, deadline, status, solved_date, plan_year)
select gen_random_uuid(), region_code, id, toilet_no || 'P01', (1 + n % 5)::text, found, '巡查员', array[item],
       case when item = '42' then '3' when n % 5 = 0 then '2' else '1' end, '巡查发现：' || case item when '14' then '过粪管装反' when '44' then '粪满未清掏'
         when '16' then '盖板破损' when '21' then '砖砌池渗漏' when '47' then '卫生差，有蝇蛆' else '无法正常使用' end || '，须尽快整改',
       case when item = '42' then '3' when n % 4 = 0 then '2' else '1' end, case when n % 3 = 0 then '3' else '2' end,
       array[case item when '44' then '6' when '16' then '2' else '1' end], 30000, '村民委员会', '村管护员', '1390000' || lpad((n % 10000)::text, 4, '0'),
       found + (case when n % 7 = 0 then 20 else 120 end), status, case when status = '70' then found + 40 end, case when n % 3 = 0 then y + 1 end
  from (select *, (array['14', '44', '16', '21', '47', '42'])[1 + n / 3 % 6] as item, make_date(y, 2, 1) + (n % 90)::integer as found,
               (array['10', '20', '30', '30', '40', '50', '60', '70', '70', '70', '70', '90'])[1 + n / 17 % 12] as status
          from seed_t where has_toilet and (fiscal_supported and n % 14 = 0 or use_status = '3')) a;

insert into toilet.rectification (id, region_code, problem_id, round_no, action_date, action_desc, actual_fund, fund_from, after_use_status,
  householder_confirm, village_result, village_checker, town_result, town_date, county_result, county_date)
select gen_random_uuid(), region_code, id, 1, find_date + 30, '已按要求整改', 25000, '1', '1', '1', '1', '村干部',
       case when status in ('60', '70') then '1' end, case when status in ('60', '70') then find_date + 34 end,
       case when status = '70' then '1' end, case when status = '70' then find_date + 40 end
  from toilet.problem where status in ('40', '50', '60', '70') and not deleted;

update toilet.house_toilet t set
  has_problem = coalesce(o.any, false),
  is_sanitary = coalesce(t.has_toilet and t.toilet_type in ('01', '02', '03', '04', '05', '06', '07', '08', '09', '10')
    and not coalesce(o.items && array['11', '13', '21', '23', '28', '2D', '43'], false), false),
  is_harmless = coalesce(t.has_toilet and t.toilet_type in ('01', '02', '03', '04', '05', '06', '08', '09', '10') and t.sewage_dest not in ('5', '6')
    and not coalesce(o.items && array['11', '12', '13', '14', '21', '23', '28', '2D', '32', '43'], false), false)
  from toilet.house_toilet x
  left join (select p.toilet_id, true as any, array_agg(i.item) as items from toilet.problem p cross join unnest(p.problem_item) i (item)
              where not p.deleted and p.status not in ('70', '90', '91') group by 1) o on o.toilet_id = x.id
 where x.id = t.id;

insert into toilet.village_stat (id, region_code, data_year, total_households, resident_households, empty_households, demolish_households,
  should_count, natural_villages, pipe_network, treat_facility, maintain_mechanism, confirmed_by, confirmed_at, locked)
select gen_random_uuid(), region_code, y - b, n, n - e, e, 0, n - e, 6, k % 5 = 0, k % 5 = 0, k % 7 > 0, '村书记', make_date(y - b, 1, 20), b > 0
  from (select region_code, y, count(*)::integer as n, count(*) filter (where abs(hashtext(household_no)) % 40 = 0)::integer as e,
               abs(hashtext(region_code)) as k from seed_h group by 1, 2) v cross join generate_series(0, 1) b;

-- tasks: what each village renovates this year and a little more, added up to the province
create temp table seed_task on commit drop as
select gen_random_uuid() as id, region_code as code, y, (r.n + case when abs(hashtext(region_code)) % 3 = 0 then 1 else 0 end) as up, p.n as problems
  from (select distinct region_code, y from seed_h) v
  cross join lateral (select count(*)::integer as n from toilet.renovation r where r.region_code = v.region_code and r.renov_year = v.y) r
  cross join lateral (select count(*)::integer as n from toilet.problem p where p.region_code = v.region_code) p;
do $$
declare digits integer;
begin
  foreach digits in array array[9, 6, 4, 2] loop
    insert into seed_task
    select gen_random_uuid(), rpad(left(code, digits), 12, '0'), y, sum(up), sum(problems) from seed_task
     where code not like case digits when 9 then '%000' when 6 then '%000000' when 4 then '%00000000' else '%0000000000' end
       and case digits when 9 then true when 6 then code like '%000' when 4 then code like '%000000' else code like '%00000000' end
     group by 2, 3;
  end loop;
end $$;
insert into toilet.task (id, region_code, task_year, parent_id, plan_new, plan_upgrade, plan_problem, plan_public, plan_fund, fund_arrived, fund_paid,
  start_deadline, finish_deadline, doc_no, done_new, done_upgrade, accepted, fixed, over_flag, state)
select s.id, s.code, s.y, p.id, 0, s.up, s.problems, 0, s.up * 100000::bigint, s.up * 100000::bigint, s.up * 70000::bigint, make_date(s.y, 4, 30), make_date(s.y, 11, 30),
       '演示〔' || s.y || '〕1号', 0, 0, 0, 0, false, '20'
  from seed_task s
  left join seed_task p on p.code = case when s.code not like '%000' then left(s.code, 9) || '000' when s.code not like '%000000' then left(s.code, 6) || '000000'
      when s.code not like '%00000000' then left(s.code, 4) || '00000000' when s.code not like '%0000000000' then left(s.code, 2) || '0000000000' end;

insert into toilet.station (id, region_code, station_name, operator_type, operator_name, truck_count, staff_count, service_phone, fund_year,
  charge_std, contract_end)
select gen_random_uuid(), rpad(left(region_code, 9), 12, '0'), '农村户厕管护站', (1 + min(n) % 4)::text, '某管护服务单位', 1 + min(n) % 3, 3 + min(n) % 5,
       '0791' || lpad((min(n) % 10000000)::text, 7, '0'), 12000000, '三格池每次 60 元', make_date(min(y) + 1, 6, 30)
  from seed_h group by left(region_code, 9);
insert into toilet.station_village (id, region_code, station_id, village_code)
select gen_random_uuid(), s.region_code, s.id, v.region_code
  from toilet.station s join (select distinct region_code from seed_h) v on left(v.region_code, 9) = left(s.region_code, 9) where not s.deleted;

insert into toilet.maintenance (id, region_code, toilet_id, service_type, request_time, request_by, station_id, handle_time, handler, content, fee,
  sludge_volume, sludge_dest, householder_score, state)
select gen_random_uuid(), t.region_code, t.id, kind, asked, t.head_name, s.id, case when done then asked + make_interval(hours => 6 + n % 60) end,
       case when done then '管护员' end, case when done then '已处理' end, 6000, case when kind = '1' and done then 1.2 end,
       case when kind = '1' and done then '1' end, case when done then 3 + n % 3 end, case when done then '30' else '10' end
  from (select *, (array['1', '1', '1', '2', '3', '4', '5'])[1 + n / 9 % 7] as kind, n / 9 % 11 > 0 as done,
               (make_date(y, 1, 10) + (n % 280)::integer)::timestamp at time zone 'Asia/Shanghai' as asked
          from seed_t where has_toilet and n % 9 = 0) t
  join toilet.station s on s.region_code = rpad(left(t.region_code, 9), 12, '0') and not s.deleted;

insert into toilet.public_toilet (id, region_code, name, location_desc, longitude, latitude, site_type, build_year, toilet_type, male_seats,
  female_seats, third_toilet, accessible, area, grade, invest_total, fund_central, fund_province, fund_city, fund_county, fund_other, open_hours,
  manager, manager_phone, clean_frequency, use_status)
select gen_random_uuid(), region_code, '村部公厕', '村民委员会旁', round(lon, 7), round(lat, 7), '1', 2016 + n % 9,
       '01', 2, 3, n % 4 = 0, n % 2 = 0, 24, (array['2', '3', '9', '1'])[1 + n % 4], 8000000, 5000000, 2000000, 0, 1000000, 0, '全天', '村保洁员',
       '1370000' || lpad((n % 10000)::text, 4, '0'), '2', case when n % 15 = 0 then '2' else '1' end
  from (select h.region_code, min(h.n) as n, min(v.lon) as lon, min(v.lat) as lat from seed_h h join seed_village v on v.region_code = h.region_code
         group by 1) v where n % 3 > 0;

insert into toilet.sample (id, region_code, toilet_id, sample_no, way, state)
select gen_random_uuid(), region_code, id, y || '年第一批', '随机抽取', '10' from seed_t where record_state = '30' and n % 401 = 5;

-- aims of counties, villages in protected waters, what was counted when last year was locked
insert into toilet.county_aim (id, region_code, data_year, region_class, coverage_target, septic_intact_target, doc_no)
select gen_random_uuid(), county, y - b, (1 + k % 3)::text, (array[88, 85, 80])[1 + k % 3], 90, '演示〔' || (y - b) || '〕3号'
  from (select rpad(left(region_code, 6), 12, '0') as county, min(y) as y, abs(hashtext(left(region_code, 6))) as k from seed_h group by 1, 3) c
 cross join generate_series(0, 1) b;
insert into toilet.water_village (id, region_code, kind, area_name, given_by, given_on)
select gen_random_uuid(), region_code, case when k % 2 = 0 then '1' else '2' end, case when k % 2 = 0 then '鄱阳湖' else '饮用水源保护区' end,
       '县生态环境局', make_date(y, 1, 31)
  from (select region_code, min(y) as y, abs(hashtext(region_code || 'w')) as k from seed_h group by 1) v where k % 30 < 2;
update toilet.village_stat s set sanitary_locked = t.n
  from (select region_code, count(*) filter (where is_sanitary)::integer as n from toilet.house_toilet group by 1) t
 where t.region_code = s.region_code and s.locked;
update toilet.village_stat s set region_class = a.region_class
  from toilet.county_aim a where a.region_code = rpad(left(s.region_code, 6), 12, '0') and a.data_year = s.data_year;
