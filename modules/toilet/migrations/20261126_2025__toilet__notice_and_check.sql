-- The payout list hangs on days of its own; a check belongs to a renovation.
alter table toilet.renovation add column apply_publicity_date date;
alter table toilet."check" add column renovation_id uuid;
create index check_renovation_id on toilet."check" (renovation_id);
-- what was checked while a renovation was under way belonged to it
update toilet."check" c set renovation_id = (
  select r.id from toilet.renovation r
   where r.toilet_id = c.toilet_id and not r.deleted and (r.start_date is null or r.start_date <= c.check_date)
   order by r.start_date desc nulls last, r.id desc limit 1)
 where c.check_type in ('1', '2', '3');
