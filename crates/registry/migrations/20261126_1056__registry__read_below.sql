-- What the province and the counties set for everybody below. The functions that looked past the scope for single values go.
select app.read_below('reg.monitor_line', 'registry.monitor_line');
select app.read_below('reg.policy_param', 'registry.policy_param');
select app.read_below('reg.work_calendar', 'registry.work_calendar');
select app.read_below('reg.term_map', 'registry.term_map');
drop function reg.param_value(text, text, date);
drop function reg.workdays_between(date, date);
drop function reg.monitor_line_fen(text, integer);
