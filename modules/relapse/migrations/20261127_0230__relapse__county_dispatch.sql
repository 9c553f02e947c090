-- Why a township sends a clue back up (domain 01 §4.2, 21 须选错因).
alter table relapse.clue add column return_cause text;

-- What a county has entered and not dispatched yet (10 待派发(省/县)) is not shown below it, as that of the province is not.
create policy of_county on relapse.clue as restrictive for select
  using (state <> '10' or dispatch_level_now is distinct from '3' or right(app.scope_lo(), 6) = '000000');
