-- The first rule and the item of the catalogue it reads (domain 01 §6.1 item 31, §6.3 W03), and what the flow's lists want.
-- Thresholds are parameters of the register (w03_low_income_yuan, w03_ordinary_yuan); the module's params.toml has defaults.
select set_config('ganong.scope_lo', '360000000000', true), set_config('ganong.scope_hi', '370000000000', true);

insert into relapse.dept_dataset (id, region_code, item_no, dept, name, key_fields, uses, frequency, enabled)
select '01930000-0000-7000-8000-000000000031', '360000000000', '31', '09', '住院结算',
       '姓名、证件号码、区划、入院日期、政策范围内个人负担', array['W'], '04', true
 where not exists (select from relapse.dept_dataset where item_no = '31' and not deleted);

insert into relapse.warn_rule (id, region_code, rule_id, version, name, dept, dataset_id, subject, risk, basis, expr,
                               weight, level_default, dedupe_days, cooldown_days, enabled, state, published_at)
select '01930000-0000-7000-8000-000000000303', '360000000000', 'W03', 1, '住院自付超阈值', '09',
       (select id from relapse.dept_dataset where item_no = '31' and not deleted), '01', array['01'], 'domain 01 §6.3 W03，S12e',
       'own_yuan >= case when is_low_income then :w03_low_income_yuan else :w03_ordinary_yuan end',
       30, '3', 30, 180, true, '03', now()
 where not exists (select from relapse.warn_rule where rule_id = 'W03' and not deleted);

create index clue_state_region on relapse.clue (state, region_code) where not deleted;
create index clue_due on relapse.clue (region_code, due_at) where not deleted;
create index clue_household_rule on relapse.clue (household_id, rule_id, created_at) where not deleted;
