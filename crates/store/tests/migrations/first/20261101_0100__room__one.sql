create table public.m (id int);
