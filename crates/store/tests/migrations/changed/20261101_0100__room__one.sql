create table public.m (id bigint);
