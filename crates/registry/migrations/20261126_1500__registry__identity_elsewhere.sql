-- The county in which an identity number stands in the register already, in a row other than p_row (domain 01 §2.4: 全库唯一).
-- It looks beyond the caller's regions and tells the county only. Of two rows written by one transaction the first one stands.
create function reg.identity_elsewhere(p_token bytea, p_row uuid) returns text
language sql stable security definer
set search_path = reg, pg_temp
set "ganong.scope_lo" = ''
set "ganong.scope_hi" = '~'
as $$
  select left(region_code, 6) from reg.member
  where id_no_token = p_token and id <> p_row and member_status = '01' and not deleted and (created_at < now() or id < p_row)
  order by id limit 1
$$;
revoke all on function reg.identity_elsewhere(bytea, uuid) from public;
grant execute on function reg.identity_elsewhere(bytea, uuid) to ganong_app;
