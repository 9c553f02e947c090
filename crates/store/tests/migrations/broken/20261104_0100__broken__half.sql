create table public.half (id int);
select * from public.nowhere;
