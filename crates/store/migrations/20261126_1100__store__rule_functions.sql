-- Functions of the rule language (meta::rule::functions is the definition; a test holds these against it). Each is total:
-- what cannot be answered is null, so that no row stops a scan. Amounts are fen, months YYYYMM, numbers double precision.
create schema rule;
grant usage on schema rule to ganong_app;

-- The day of reckoning: that of the scan where one was set, else the day in China.
create function rule.today() returns date language sql stable parallel safe
  return coalesce(nullif(current_setting('ganong.today', true), '')::date, (now() at time zone 'Asia/Shanghai')::date);
create function rule.in_future(at timestamptz) returns boolean language sql stable parallel safe
  return at > now() + interval '5 minutes';
create function rule.day_of(at timestamptz) returns date language sql immutable parallel safe
  return (at at time zone 'UTC' + interval '8 hours')::date;
create function rule.month_of(day date) returns integer language sql immutable parallel safe
  return extract(year from day)::integer * 100 + extract(month from day)::integer;
create function rule.year_of(day date) returns float8 language sql immutable parallel safe
  return extract(year from day)::float8;
create function rule.year_of(month integer) returns float8 language sql immutable parallel safe
  return (month / 100)::float8;
create function rule.month_no(day date) returns float8 language sql immutable parallel safe
  return extract(month from day)::float8;
create function rule.month_no(month integer) returns float8 language sql immutable parallel safe
  return (month % 100)::float8;
create function rule.make_day(y float8, m float8, d float8) returns date language sql immutable parallel safe
  return case when y between 1 and 9999 and m between 1 and 12.99 and d >= 1
                and d < 1 + extract(day from make_date(floor(y)::integer, floor(m)::integer, 1) + interval '1 month' - interval '1 day')
              then make_date(floor(y)::integer, floor(m)::integer, floor(d)::integer) end;
create function rule.first_day(month integer) returns date language sql immutable parallel safe
  return case when month % 100 between 1 and 12 and month / 100 between 1 and 9999 then make_date(month / 100, month % 100, 1) end;
create function rule.age_at(birth date, at date) returns float8 language sql immutable parallel safe
  return case when at >= birth then extract(year from at)::float8 - extract(year from birth)::float8
    - case when extract(month from at) * 100 + extract(day from at) < extract(month from birth) * 100 + extract(day from birth)
           then 1 else 0 end end;
create function rule.days_between(a date, b date) returns float8 language sql immutable parallel safe
  return (b - a)::float8;
create function rule.months_between(a integer, b integer) returns float8 language sql immutable parallel safe
  return ((b / 100 - a / 100) * 12 + (b % 100 - a % 100))::float8;
create function rule.school_day(day date) returns date language sql immutable parallel safe
  return make_date(extract(year from day - interval '8 months')::integer, 9, 1);
create function rule.add_days(day date, n float8) returns date language sql immutable parallel safe
  return case when abs(n) <= 100000 then day + (sign(n) * floor(abs(n)))::integer end;
create function rule.add_months(day date, n float8) returns date language sql immutable parallel safe
  return case when abs(n) <= 3000 then (day + make_interval(months => (sign(n) * floor(abs(n)))::integer))::date end;
create function rule.yuan(n float8) returns float8 language sql immutable parallel safe return n * 100;
create function rule.to_yuan(n float8) returns float8 language sql immutable parallel safe return n / 100;
create function rule.length(t text) returns float8 language sql immutable parallel safe return char_length(t)::float8;
create function rule.ends_with(t text, x text) returns boolean language sql immutable parallel safe
  return right(t, char_length(x)) = x;
create function rule.has_text(t text, x text) returns boolean language sql immutable parallel safe return position(x in t) > 0;
create function rule.phone_ok(t text) returns boolean language sql immutable parallel safe return t ~ '^1[3-9][0-9]{9}$';
create function rule.size(l text[]) returns float8 language sql immutable parallel safe return cardinality(l)::float8;
create function rule.repeats(l text[]) returns boolean language sql immutable parallel safe
  return (select count(distinct x) from unnest(l) x) < cardinality(l);
create function rule.count_true(l boolean[]) returns float8 language sql immutable parallel safe
  return (select count(*) filter (where x) from unnest(l) x)::float8;
