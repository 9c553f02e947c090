-- both; in one file
create index concurrently if not exists m_id on public.m (id);
create index concurrently if not exists m_neg on public.m ((-id));
