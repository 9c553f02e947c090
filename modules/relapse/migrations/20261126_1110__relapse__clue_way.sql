-- How a clue ended and whether in time (domain 01 §8 T04); what a case keeps of the monitoring line; what the verification
-- says of a disaster; a proposed clue is nobody's business but the province's until it is dispatched (§4.2, 10).
alter table relapse.clue
    add column finished_at timestamptz,
    add column used_days integer,
    add column on_time boolean;
create index clue_finished_at on relapse.clue (region_code, finished_at);

alter table relapse.verify_form
    add column disaster_kind text,
    add column risk_other_note text;

alter table relapse.monitor_case add column line_state text;

-- `1`: the province has not dispatched it, or closed it before it did. Only a range that is a whole province sees those.
create policy dispatched on relapse.clue as restrictive for select
  using (dispatch_level_now is distinct from '1' or right(app.scope_lo(), 10) = '0000000000');
create policy of_clue on relapse.clue_trigger as restrictive for select
  using (exists (select from relapse.clue c where c.id = clue_id));
