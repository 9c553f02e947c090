insert into public.m values (1);
