-- Of many rows at once: those whose identity number stands in the register already, with the county of the other row
-- (domain 01 §2.4: 全库唯一). Looks beyond the caller's regions and tells the county only. Of two rows written by one
-- transaction the first one stands.
drop function reg.identity_elsewhere(bytea, uuid);
create function reg.identities_elsewhere(p_tokens bytea[], p_rows uuid[]) returns table (row_id uuid, county text)
language sql stable security definer
set search_path = reg, pg_temp
set "ganong.scope_lo" = ''
set "ganong.scope_hi" = '~'
as $$
  select k.id, left(o.region_code, 6) from unnest(p_tokens, p_rows) as k(token, id)
  cross join lateral (
    select m.region_code from reg.member m
    where m.id_no_token = k.token and m.id <> k.id and m.member_status = '01' and not m.deleted
      and (m.created_at < now() or m.id < k.id)
    order by m.id limit 1) o
$$;
revoke all on function reg.identities_elsewhere(bytea[], uuid[]) from public;
grant execute on function reg.identities_elsewhere(bytea[], uuid[]) to ganong_app;
