-- The schema after all migrations. Written by cargo xtask codegen; not executed.

create table app.access_parameter (
    name text not null,
    value jsonb not null,
    updated_by uuid not null,
    updated_at timestamp with time zone not null,
    constraint access_parameter_pkey PRIMARY KEY (name)
);

create table app.audit_anchor (
    seq bigint not null,
    hash bytea not null,
    at timestamp with time zone not null,
    signature bytea not null,
    constraint audit_anchor_pkey PRIMARY KEY (seq, at)
);

create table app.audit_line (
    seq bigint not null,
    ts timestamp with time zone not null,
    event_type text not null,
    action text not null,
    actor_id uuid not null,
    actor_name text not null,
    role text not null,
    region text collate "C" not null,
    session_id uuid,
    trace_id text,
    ip text,
    channel text,
    object_type text not null,
    object_id text,
    object_region text collate "C",
    fields text[] not null,
    row_count bigint not null,
    api text,
    result text not null,
    error_code text,
    auth_ref text,
    prev_hash bytea not null,
    hash bytea not null,
    mac bytea not null,
    constraint audit_line_pkey PRIMARY KEY (seq),
    constraint audit_line_result_check CHECK ((result = ANY (ARRAY['ok'::text, 'failed'::text, 'denied'::text]))),
    constraint audit_line_seq_check CHECK ((seq >= 1))
);
CREATE INDEX audit_line_actor ON app.audit_line USING btree (actor_id, seq DESC);
CREATE INDEX audit_line_event ON app.audit_line USING btree (event_type, seq DESC);
CREATE INDEX audit_line_object ON app.audit_line USING btree (object_type, object_id, seq DESC);
CREATE INDEX audit_line_ts ON app.audit_line USING btree (ts);

create table app.change_mark (
    tx xid8 default pg_current_xact_id() not null,
    source text not null,
    county text collate "C" not null,
    at timestamp with time zone default now() not null,
    constraint change_mark_pkey PRIMARY KEY (tx, source, county)
);
CREATE INDEX change_mark_source ON app.change_mark USING btree (source, county, at);

create table app.extract_run (
    id uuid not null,
    template_id uuid not null,
    job_id uuid,
    scheduled boolean not null,
    begun_at timestamp with time zone default now() not null,
    ended_at timestamp with time zone,
    state text default 'running'::text not null,
    rows bigint,
    message text default ''::text not null,
    file_id uuid,
    export_no text,
    expires_at timestamp with time zone,
    expired boolean default false not null,
    constraint extract_run_pkey PRIMARY KEY (id),
    constraint extract_run_template_id_fkey FOREIGN KEY (template_id) REFERENCES app.extract_template(id) ON DELETE CASCADE,
    constraint extract_run_state_check CHECK ((state = ANY (ARRAY['running'::text, 'done'::text, 'failed'::text])))
);
CREATE INDEX extract_run_expires ON app.extract_run USING btree (expires_at) WHERE ((file_id IS NOT NULL) AND (NOT expired));
CREATE INDEX extract_run_template ON app.extract_run USING btree (template_id, begun_at DESC);

create table app.extract_template (
    id uuid not null,
    name text not null,
    dataset text not null,
    query_id uuid not null,
    region_code text collate "C" not null,
    columns text[] default '{}'::text[] not null,
    strict boolean default false not null,
    cron text default ''::text not null,
    keep_days integer not null,
    valid_to date,
    state text default 'on'::text not null,
    stopped_why text default ''::text not null,
    owner_id uuid not null,
    owner_post uuid not null,
    owner_name text not null,
    created_at timestamp with time zone default now() not null,
    updated_at timestamp with time zone default now() not null,
    constraint extract_template_pkey PRIMARY KEY (id),
    constraint extract_template_keep_days_check CHECK (((keep_days >= 1) AND (keep_days <= 90))),
    constraint extract_template_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 60))),
    constraint extract_template_state_check CHECK ((state = ANY (ARRAY['on'::text, 'off'::text, 'stopped'::text])))
);
CREATE INDEX extract_template_owner ON app.extract_template USING btree (owner_id);

create table app.file (
    id uuid not null,
    kind text not null,
    dataset text,
    row_id uuid,
    field text,
    region_code text collate "C" not null,
    key text not null,
    name text not null,
    mime text not null,
    size bigint not null,
    sm3 bytea not null,
    created_by uuid not null,
    created_by_name text not null,
    created_at timestamp with time zone default now() not null,
    once_key uuid,
    constraint file_key_key UNIQUE (key),
    constraint file_pkey PRIMARY KEY (id),
    constraint file_check CHECK (((kind = 'attachment'::text) = ((dataset IS NOT NULL) AND (row_id IS NOT NULL) AND (field IS NOT NULL)))),
    constraint file_kind_check CHECK ((kind = ANY (ARRAY['attachment'::text, 'job_result'::text, 'import'::text])))
);
CREATE INDEX file_owner ON app.file USING btree (created_by, created_at);
CREATE INDEX file_row ON app.file USING btree (row_id, field) WHERE (row_id IS NOT NULL);
CREATE INDEX file_sm3 ON app.file USING btree (sm3) WHERE (kind = 'attachment'::text);
CREATE UNIQUE INDEX file_once ON app.file USING btree (created_by, once_key) WHERE (once_key IS NOT NULL);

create table app.flow_step (
    id bigint generated always as identity not null,
    dataset text not null,
    row_id uuid not null,
    region_code text collate "C" not null,
    from_state text,
    to_state text not null,
    transition text not null,
    returned boolean default false not null,
    actor_id uuid not null,
    actor_name text not null,
    actor_role text not null,
    at timestamp with time zone default now() not null,
    opinion text default ''::text not null,
    due_at timestamp with time zone,
    overdue boolean default false not null,
    constraint flow_step_pkey PRIMARY KEY (id),
    constraint flow_step_opinion_check CHECK ((char_length(opinion) <= 400))
);
CREATE INDEX flow_step_region ON app.flow_step USING btree (region_code, dataset, transition, at);
CREATE INDEX flow_step_row ON app.flow_step USING btree (row_id, id);
alter table app.flow_step force row level security;
create policy scope on app.flow_step as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table app.ip_block (
    ip text not null,
    until timestamp with time zone not null,
    reason text not null,
    constraint ip_block_pkey PRIMARY KEY (ip)
);

create table app.ip_rule (
    id uuid not null,
    scope text not null,
    scope_ref text default ''::text not null,
    cidr text not null,
    zone text not null,
    action text not null,
    reason text not null,
    valid_from timestamp with time zone not null,
    valid_to timestamp with time zone not null,
    approved_by text not null,
    created_by uuid not null,
    created_at timestamp with time zone not null,
    ended_by uuid,
    ended_at timestamp with time zone,
    constraint ip_rule_pkey PRIMARY KEY (id),
    constraint ip_rule_action_check CHECK ((action = ANY (ARRAY['ALLOW'::text, 'DENY'::text]))),
    constraint ip_rule_check CHECK (((scope = 'global'::text) = (scope_ref = ''::text))),
    constraint ip_rule_scope_check CHECK ((scope = ANY (ARRAY['user'::text, 'role'::text, 'app'::text, 'global'::text])))
);

create table app.job (
    id uuid not null,
    kind text not null,
    title text not null,
    owner_user_id uuid not null,
    owner_post_id uuid not null,
    actor jsonb not null,
    region_code text collate "C" not null,
    payload jsonb default '{}'::jsonb not null,
    state text default 'queued'::text not null,
    undoing boolean default false not null,
    progress smallint default 0 not null,
    step text default ''::text not null,
    eta_seconds integer,
    message text default ''::text not null,
    result jsonb,
    mark jsonb,
    attempts integer default 0 not null,
    run_after timestamp with time zone default now() not null,
    worker uuid,
    heartbeat_at timestamp with time zone,
    cancel_asked boolean default false not null,
    created_at timestamp with time zone default now() not null,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    constraint job_pkey PRIMARY KEY (id),
    constraint job_progress_check CHECK (((progress >= 0) AND (progress <= 100))),
    constraint job_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'failed'::text, 'cancelled'::text, 'undone'::text])))
);
CREATE INDEX job_owner ON app.job USING btree (owner_user_id, id DESC);
CREATE INDEX job_running ON app.job USING btree (heartbeat_at) WHERE (state = 'running'::text);
CREATE INDEX job_waiting ON app.job USING btree (run_after, id) WHERE (state = 'queued'::text);

create table app.lake_file (
    id bigint generated always as identity not null,
    dataset text not null,
    shape_id bigint not null,
    county text collate "C" not null,
    path text not null,
    bytes bigint not null,
    rows bigint not null,
    added bigint not null,
    removed bigint,
    constraint lake_file_path_key UNIQUE (path),
    constraint lake_file_pkey PRIMARY KEY (id),
    constraint lake_file_shape_id_fkey FOREIGN KEY (shape_id) REFERENCES app.lake_shape(id)
);
CREATE INDEX lake_file_dataset ON app.lake_file USING btree (dataset, county, added);
CREATE INDEX lake_file_open ON app.lake_file USING btree (dataset) WHERE (removed IS NULL);
CREATE INDEX lake_file_shape ON app.lake_file USING btree (shape_id);

create table app.lake_part (
    dataset text not null,
    county text collate "C" not null,
    copied_at timestamp with time zone not null,
    took_ms bigint not null,
    rows bigint not null,
    constraint lake_part_pkey PRIMARY KEY (dataset, county)
);

create table app.lake_publication (
    id bigint generated always as identity not null,
    dataset text not null,
    shape_id bigint not null,
    version bigint not null,
    at timestamp with time zone default now() not null,
    month_end integer,
    constraint lake_publication_pkey PRIMARY KEY (id),
    constraint lake_publication_shape_id_fkey FOREIGN KEY (shape_id) REFERENCES app.lake_shape(id)
);
CREATE INDEX lake_publication_dataset ON app.lake_publication USING btree (dataset, id DESC);
CREATE INDEX lake_publication_shape ON app.lake_publication USING btree (shape_id);
CREATE UNIQUE INDEX lake_publication_month ON app.lake_publication USING btree (dataset, month_end) WHERE (month_end IS NOT NULL);

create table app.lake_shape (
    id bigint generated always as identity not null,
    dataset text not null,
    digest text not null,
    folder text not null,
    columns jsonb not null,
    created_at timestamp with time zone default now() not null,
    constraint lake_shape_dataset_digest_key UNIQUE (dataset, digest),
    constraint lake_shape_folder_key UNIQUE (folder),
    constraint lake_shape_pkey PRIMARY KEY (id)
);

create table app.lake_todo (
    id bigint generated always as identity not null,
    dataset text not null,
    county text collate "C" not null,
    since timestamp with time zone not null,
    constraint lake_todo_pkey PRIMARY KEY (id)
);
CREATE INDEX lake_todo_dataset ON app.lake_todo USING btree (dataset, county, since);

create table app.login_event (
    id uuid not null,
    at timestamp with time zone not null,
    login_key bytea not null,
    login_name text,
    user_id uuid,
    channel text not null,
    result text not null,
    factor1 text default '口令'::text not null,
    factor2 text,
    ip text not null,
    ua text not null,
    session_id uuid,
    trace_id text,
    constraint login_event_pkey PRIMARY KEY (id)
);
CREATE INDEX login_event_ip ON app.login_event USING btree (ip, at);
CREATE INDEX login_event_key ON app.login_event USING btree (login_key, at);
CREATE INDEX login_event_user ON app.login_event USING btree (user_id, at) WHERE (user_id IS NOT NULL);

create table app.login_guard (
    login_key bytea not null,
    fail_count integer default 0 not null,
    first_fail_at timestamp with time zone,
    locked_until timestamp with time zone,
    lock_day date,
    lock_count integer default 0 not null,
    admin_only boolean default false not null,
    lock_reason text default ''::text not null,
    updated_at timestamp with time zone not null,
    constraint login_guard_pkey PRIMARY KEY (login_key)
);

create table app.migration (
    name text not null,
    checksum text not null,
    applied_at timestamp with time zone default now() not null,
    took_ms bigint not null,
    constraint migration_pkey PRIMARY KEY (name)
);

create table app.once (
    user_id uuid not null,
    key uuid not null,
    asked text not null,
    digest bytea not null,
    row_id uuid,
    at timestamp with time zone default now() not null,
    constraint once_pkey PRIMARY KEY (user_id, key)
);
CREATE INDEX once_age ON app.once USING btree (user_id, at);
alter table app.once force row level security;
create policy own on app.once as permissive for all using ((user_id = (NULLIF(current_setting('ganong.user_id'::text, true), ''::text))::uuid)) with check ((user_id = (NULLIF(current_setting('ganong.user_id'::text, true), ''::text))::uuid));

create table app.post (
    id uuid not null,
    user_id uuid not null,
    role text not null,
    region_code text collate "C" not null,
    valid_from date not null,
    valid_to date,
    is_default boolean default false not null,
    row_mac bytea not null,
    created_by uuid not null,
    created_at timestamp with time zone not null,
    ended_by uuid,
    ended_at timestamp with time zone,
    constraint post_pkey PRIMARY KEY (id),
    constraint post_user_id_fkey FOREIGN KEY (user_id) REFERENCES app.user_account(id),
    constraint post_check CHECK ((valid_to >= valid_from)),
    constraint post_region_code_check CHECK ((region_code ~ '^[0-9]{12}$'::text))
);
CREATE INDEX post_role ON app.post USING btree (role) WHERE (ended_at IS NULL);
CREATE UNIQUE INDEX post_default ON app.post USING btree (user_id) WHERE (is_default AND (ended_at IS NULL));
CREATE UNIQUE INDEX post_once ON app.post USING btree (user_id, role, region_code) WHERE (ended_at IS NULL);

create table app.read_below (
    dataset text not null,
    constraint read_below_pkey PRIMARY KEY (dataset)
);

create table app.report_snapshot (
    report text not null,
    period integer not null,
    region_code text collate "C" not null,
    level smallint not null,
    figures jsonb not null,
    taken_at timestamp with time zone default now() not null,
    constraint report_snapshot_pkey PRIMARY KEY (report, period, region_code, level),
    constraint report_snapshot_level_check CHECK (((level >= 1) AND (level <= 5)))
);
alter table app.report_snapshot force row level security;
create policy scope on app.report_snapshot as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table app.row_change (
    id bigint generated always as identity not null,
    dataset text not null,
    row_id uuid not null,
    region_code text collate "C" not null,
    row_version integer not null,
    verb text not null,
    at timestamp with time zone default now() not null,
    actor_id uuid not null,
    actor_name text not null,
    batch_no text,
    changes jsonb default '{}'::jsonb not null,
    constraint row_change_pkey PRIMARY KEY (id)
);
CREATE INDEX row_change_batch ON app.row_change USING btree (batch_no) WHERE (batch_no IS NOT NULL);
CREATE INDEX row_change_region ON app.row_change USING btree (region_code, id);
CREATE INDEX row_change_row ON app.row_change USING btree (row_id, id);
alter table app.row_change force row level security;
create policy below on app.row_change as permissive for select using (((region_code = ANY (app.scope_above())) AND (dataset IN ( SELECT b.dataset
   FROM app.read_below b))));
create policy scope on app.row_change as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table app.saved_query (
    id uuid not null,
    dataset text not null,
    name text not null,
    conditions jsonb not null,
    owner_id uuid not null,
    owner_name text not null,
    region_code text collate "C" not null,
    shared boolean default false not null,
    roles text[] default '{}'::text[] not null,
    levels smallint[] default '{}'::smallint[] not null,
    created_at timestamp with time zone default now() not null,
    updated_at timestamp with time zone default now() not null,
    shared_region text collate "C",
    persons uuid[] default '{}'::uuid[] not null,
    person_names text[] default '{}'::text[] not null,
    constraint saved_query_pkey PRIMARY KEY (id),
    constraint saved_query_name_check CHECK ((char_length(name) <= 60))
);
CREATE INDEX saved_query_owner ON app.saved_query USING btree (owner_id, dataset);
CREATE INDEX saved_query_shared ON app.saved_query USING btree (dataset) WHERE shared;

create table app.schedule (
    name text not null,
    kind text not null,
    title text not null,
    payload jsonb default '{}'::jsonb not null,
    cron text not null,
    next_at timestamp with time zone not null,
    enabled boolean default true not null,
    last_job_id uuid,
    constraint schedule_pkey PRIMARY KEY (name)
);

create table app.security_event (
    id uuid not null,
    at timestamp with time zone not null,
    kind text not null,
    action text not null,
    result text not null,
    code text not null,
    actor_id uuid,
    user_id uuid,
    ip text,
    trace_id text,
    detail jsonb not null,
    alert boolean not null,
    constraint security_event_pkey PRIMARY KEY (id),
    constraint security_event_result_check CHECK ((result = ANY (ARRAY['ok'::text, 'failed'::text, 'denied'::text])))
);
CREATE INDEX security_event_alert ON app.security_event USING btree (id DESC) WHERE alert;
CREATE INDEX security_event_user ON app.security_event USING btree (user_id, id DESC) WHERE (user_id IS NOT NULL);

create table app.session (
    id uuid not null,
    token_hash bytea not null,
    user_id uuid not null,
    post_id uuid not null,
    channel text not null,
    created_at timestamp with time zone not null,
    last_seen_at timestamp with time zone not null,
    absolute_expire_at timestamp with time zone not null,
    factor_at timestamp with time zone,
    locked text default ''::text not null,
    ip text not null,
    ua text not null,
    ended_at timestamp with time zone,
    end_reason text,
    constraint session_token_hash_key UNIQUE (token_hash),
    constraint session_pkey PRIMARY KEY (id),
    constraint session_post_id_fkey FOREIGN KEY (post_id) REFERENCES app.post(id),
    constraint session_user_id_fkey FOREIGN KEY (user_id) REFERENCES app.user_account(id),
    constraint session_channel_check CHECK ((channel = ANY (ARRAY['pc'::text, 'mini'::text]))),
    constraint session_locked_check CHECK ((locked = ANY (ARRAY[''::text, 'user'::text, 'idle'::text, 'address'::text])))
);
CREATE INDEX session_ended ON app.session USING btree (ended_at);
CREATE INDEX session_of_post ON app.session USING btree (post_id);
CREATE INDEX session_of_user ON app.session USING btree (user_id) WHERE (ended_at IS NULL);

create table app.sync_batch (
    no text not null,
    package text not null,
    state text default 'received'::text not null,
    channel text default '1'::text not null,
    asof date,
    created_at timestamp with time zone default now() not null,
    created_by uuid not null,
    created_by_name text not null,
    job_id uuid,
    rows_in bigint default 0 not null,
    rows_bad bigint default 0 not null,
    message text default ''::text not null,
    staged jsonb default '{}'::jsonb not null,
    decided_at timestamp with time zone,
    decided_by uuid,
    decided_by_name text,
    opinion text,
    applied_at timestamp with time zone,
    rolled_back_at timestamp with time zone,
    rolled_back_by_name text,
    constraint sync_batch_pkey PRIMARY KEY (no),
    constraint sync_batch_state CHECK ((state = ANY (ARRAY['received'::text, 'reading'::text, 'waiting'::text, 'held'::text, 'approved'::text, 'applying'::text, 'applied'::text, 'rejected'::text, 'failed'::text, 'rolling_back'::text, 'rolled_back'::text])))
);
CREATE INDEX sync_batch_created ON app.sync_batch USING btree (created_at DESC);

create table app.sync_count (
    batch_no text not null,
    dataset text not null,
    region_code text collate "C" not null,
    rows_in bigint default 0 not null,
    present bigint default 0 not null,
    added bigint default 0 not null,
    changed bigint default 0 not null,
    gone bigint default 0 not null,
    conflicts bigint default 0 not null,
    weighed boolean default false not null,
    hold_reason text,
    applied_at timestamp with time zone,
    rolled_back_at timestamp with time zone,
    kept bigint default 0 not null,
    constraint sync_count_pkey PRIMARY KEY (batch_no, dataset, region_code),
    constraint sync_count_batch_no_fkey FOREIGN KEY (batch_no) REFERENCES app.sync_batch(no)
);
alter table app.sync_count force row level security;
create policy scope on app.sync_count as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table app.sync_difference (
    batch_no text not null,
    dataset text not null,
    row_id uuid not null,
    region_code text collate "C" not null,
    verb text not null,
    fields text[] default '{}'::text[] not null,
    key text default ''::text not null,
    "position" integer,
    row_number integer,
    constraint sync_difference_batch_no_fkey FOREIGN KEY (batch_no) REFERENCES app.sync_batch(no)
);
CREATE INDEX sync_difference_row ON app.sync_difference USING btree (batch_no, dataset, region_code, row_id);
alter table app.sync_difference force row level security;
create policy scope on app.sync_difference as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table app.sync_file (
    batch_no text not null,
    "position" integer not null,
    file_id uuid not null,
    name text not null,
    kind text default ''::text not null,
    sm3 text default ''::text not null,
    size bigint default 0 not null,
    rows_in bigint default 0 not null,
    rows_bad bigint default 0 not null,
    unknown text[] default '{}'::text[] not null,
    constraint sync_file_pkey PRIMARY KEY (batch_no, "position"),
    constraint sync_file_batch_no_fkey FOREIGN KEY (batch_no) REFERENCES app.sync_batch(no)
);

create table app.sync_problem (
    id bigint generated always as identity not null,
    batch_no text not null,
    dataset text default ''::text not null,
    region_code text collate "C" not null,
    "position" integer not null,
    row_number integer not null,
    col text default ''::text not null,
    label text default ''::text not null,
    code text not null,
    message text not null,
    constraint sync_problem_pkey PRIMARY KEY (id),
    constraint sync_problem_batch_no_fkey FOREIGN KEY (batch_no) REFERENCES app.sync_batch(no)
);
CREATE INDEX sync_problem_batch ON app.sync_problem USING btree (batch_no, "position", row_number);
alter table app.sync_problem force row level security;
create policy scope on app.sync_problem as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table app.two_person_request (
    id uuid not null,
    kind text not null,
    user_id uuid not null,
    reason text not null,
    asked_by uuid not null,
    asked_at timestamp with time zone not null,
    expires_at timestamp with time zone not null,
    signatures jsonb default '[]'::jsonb not null,
    done_at timestamp with time zone,
    constraint two_person_request_pkey PRIMARY KEY (id),
    constraint two_person_request_user_id_fkey FOREIGN KEY (user_id) REFERENCES app.user_account(id),
    constraint two_person_request_kind_check CHECK ((kind = 'disable_user'::text))
);
CREATE INDEX two_person_request_open ON app.two_person_request USING btree (user_id) WHERE (done_at IS NULL);

create table app.unmask_quota (
    user_id uuid not null,
    day date not null,
    used integer not null,
    constraint unmask_quota_pkey PRIMARY KEY (user_id, day),
    constraint unmask_quota_user_id_fkey FOREIGN KEY (user_id) REFERENCES app.user_account(id)
);

create table app.user_account (
    id uuid not null,
    login_name text not null,
    name text not null,
    id_card_cipher text,
    id_card_token bytea,
    phone_cipher text,
    phone_token bytea,
    org text default ''::text not null,
    region_code text collate "C" not null,
    account_type text default '1'::text not null,
    status text default '0'::text not null,
    status_reason text default ''::text not null,
    valid_from date not null,
    valid_to date,
    pwd_hash text not null,
    pwd_history text[] default '{}'::text[] not null,
    pwd_changed_at timestamp with time zone not null,
    pwd_expire_at timestamp with time zone not null,
    initial_until timestamp with time zone,
    must_change boolean default true not null,
    weak_flag boolean default false not null,
    totp_secret_cipher text,
    totp_pending_cipher text,
    totp_bound_at timestamp with time zone,
    totp_last_step bigint,
    recovery_codes bytea[] default '{}'::bytea[] not null,
    factor_fail_count integer default 0 not null,
    factor_locked_until timestamp with time zone,
    wx_openid_hash bytea,
    time_window jsonb,
    last_login_at timestamp with time zone,
    last_login_ip text,
    last_login_ua text,
    apply_doc text default ''::text not null,
    approved_by text default ''::text not null,
    last_review_at timestamp with time zone not null,
    created_by uuid not null,
    created_at timestamp with time zone not null,
    updated_by uuid not null,
    updated_at timestamp with time zone not null,
    row_version integer default 1 not null,
    wx_openid_cipher text,
    wx_bound_at timestamp with time zone,
    wx_consents integer default 0 not null,
    wx_told_at timestamp with time zone,
    wx_told_count bigint default 0 not null,
    wx_outcome text,
    wx_tried_at timestamp with time zone,
    constraint user_account_id_card_token_key UNIQUE (id_card_token),
    constraint user_account_login_name_key UNIQUE (login_name),
    constraint user_account_wx_openid_hash_key UNIQUE (wx_openid_hash),
    constraint user_account_pkey PRIMARY KEY (id),
    constraint user_account_account_type_check CHECK ((account_type = ANY (ARRAY['1'::text, '2'::text, '3'::text, '4'::text, '5'::text]))),
    constraint user_account_login_name_check CHECK ((login_name = lower(login_name))),
    constraint user_account_region_code_check CHECK ((region_code ~ '^[0-9]{12}$'::text)),
    constraint user_account_status_check CHECK ((status = ANY (ARRAY['0'::text, '1'::text, '2'::text, '3'::text, '4'::text, '5'::text]))),
    constraint user_account_wx_consents_check CHECK (((wx_consents >= 0) AND (wx_consents <= 100))),
    constraint user_account_wx_outcome_check CHECK ((wx_outcome = ANY (ARRAY['sending'::text, 'delivered'::text, 'unknown'::text, 'not_wanted'::text, 'not_sent'::text])))
);
CREATE INDEX user_account_phone ON app.user_account USING btree (phone_token) WHERE (phone_token IS NOT NULL);
CREATE INDEX user_account_region ON app.user_account USING btree (region_code, login_name);

create table front.batch (
    id uuid default gen_random_uuid() not null,
    sender name collate "C" default SESSION_USER not null,
    item text not null,
    batch_no text not null,
    period integer,
    lines integer,
    ended_at timestamp with time zone,
    begun_at timestamp with time zone default now() not null,
    taken_at timestamp with time zone,
    constraint batch_sender_batch_no_key UNIQUE (sender, batch_no),
    constraint batch_pkey PRIMARY KEY (id),
    constraint batch_batch_no_check CHECK (((length(batch_no) >= 1) AND (length(batch_no) <= 60))),
    constraint batch_item_check CHECK (((length(item) >= 1) AND (length(item) <= 4))),
    constraint batch_lines_check CHECK ((lines >= 0)),
    constraint batch_period_check CHECK (((period >= 190001) AND (period <= 219912)))
);
alter table front.batch enable row level security;
create policy app on front.batch as permissive for all using (true) with check (true);
create policy open on front.batch as restrictive for update using ((ended_at IS NULL)) with check (true);
create policy own on front.batch as permissive for all using ((sender = SESSION_USER)) with check (((sender = SESSION_USER) AND (taken_at IS NULL)));

create table front.line (
    batch_id uuid not null,
    line_no integer not null,
    vals jsonb not null,
    constraint line_pkey PRIMARY KEY (batch_id, line_no),
    constraint line_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES front.batch(id) ON DELETE CASCADE,
    constraint line_line_no_check CHECK ((line_no > 0)),
    constraint line_vals_check CHECK ((jsonb_typeof(vals) = 'object'::text))
);
alter table front.line enable row level security;
create policy app on front.line as permissive for all using (true) with check (true);
create policy open on front.line as restrictive for insert using () with check ((batch_id IN ( SELECT b.id
   FROM front.batch b
  WHERE ((b.sender = SESSION_USER) AND (b.ended_at IS NULL)))));
create policy own on front.line as permissive for all using ((batch_id IN ( SELECT b.id
   FROM front.batch b
  WHERE (b.sender = SESSION_USER))));

create table front.receipt (
    batch_id uuid not null,
    sender name collate "C" not null,
    batch_no text not null,
    state text not null,
    message text not null,
    report jsonb,
    at timestamp with time zone default now() not null,
    constraint receipt_pkey PRIMARY KEY (batch_id),
    constraint receipt_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES front.batch(id) ON DELETE CASCADE
);
alter table front.receipt enable row level security;
create policy app on front.receipt as permissive for all using (true) with check (true);
create policy own on front.receipt as permissive for select using ((sender = SESSION_USER));

create table quality.finding (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    rule_id text not null,
    title text,
    severity text,
    subject_name text,
    message text,
    found_values text,
    at_field text,
    view_id text,
    rule_version integer,
    found_at timestamp with time zone,
    last_seen timestamp with time zone,
    times integer default 1 not null,
    reopened integer default 0 not null,
    state text default '01'::text not null,
    dispatched_at timestamp with time zone,
    due_at timestamp with time zone,
    fix_way text,
    fix_note text,
    exempt_kind text,
    exempt_reason text,
    exempt_until date,
    closed_at timestamp with time zone,
    fixed_by uuid,
    fixed_at timestamp with time zone,
    record_id uuid,
    person_ref uuid,
    subject_id uuid not null,
    file_id uuid,
    last_run uuid,
    constraint finding_pkey PRIMARY KEY (id)
);
CREATE INDEX finding_due_at ON quality.finding USING btree (region_code, due_at);
CREATE INDEX finding_exempt_kind ON quality.finding USING btree (region_code, exempt_kind);
CREATE INDEX finding_exempt_until ON quality.finding USING btree (region_code, exempt_until);
CREATE INDEX finding_file_id ON quality.finding USING btree (file_id, view_id);
CREATE INDEX finding_fix_way ON quality.finding USING btree (region_code, fix_way);
CREATE INDEX finding_fixed_by ON quality.finding USING btree (fixed_by);
CREATE INDEX finding_found_at ON quality.finding USING btree (region_code, found_at);
CREATE INDEX finding_person_ref ON quality.finding USING btree (person_ref);
CREATE INDEX finding_record_id ON quality.finding USING btree (record_id);
CREATE INDEX finding_region ON quality.finding USING btree (region_code, id);
CREATE INDEX finding_rule_id ON quality.finding USING btree (region_code, rule_id);
CREATE INDEX finding_severity ON quality.finding USING btree (region_code, severity);
CREATE INDEX finding_state ON quality.finding USING btree (region_code, state);
CREATE INDEX finding_subject_name ON quality.finding USING btree (region_code, subject_name);
CREATE INDEX finding_times ON quality.finding USING btree (region_code, times);
CREATE INDEX finding_view_id ON quality.finding USING btree (region_code, view_id);
CREATE UNIQUE INDEX finding_rule_id_subject_id_key ON quality.finding USING btree (rule_id, subject_id) WHERE (NOT deleted);
alter table quality.finding force row level security;
create policy scope on quality.finding as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table quality.pending (
    file_id uuid not null,
    region_code text collate "C" not null,
    at timestamp with time zone default now() not null,
    constraint pending_pkey PRIMARY KEY (file_id)
);
CREATE INDEX pending_at ON quality.pending USING btree (at);

create table quality.rule_edition (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    rule_id text not null,
    version integer not null,
    title text,
    national_no text,
    view_id text,
    scope text,
    expr text,
    severity text,
    message_tpl text,
    at_field text,
    basis text,
    stopped boolean default false not null,
    state text default '02'::text not null,
    submitted_by uuid,
    submitted_at timestamp with time zone,
    released_by uuid,
    released_at timestamp with time zone,
    constraint rule_edition_pkey PRIMARY KEY (id)
);
CREATE INDEX rule_edition_region ON quality.rule_edition USING btree (region_code, id);
CREATE INDEX rule_edition_released_by ON quality.rule_edition USING btree (released_by);
CREATE INDEX rule_edition_rule_id ON quality.rule_edition USING btree (region_code, rule_id);
CREATE INDEX rule_edition_severity ON quality.rule_edition USING btree (region_code, severity);
CREATE INDEX rule_edition_state ON quality.rule_edition USING btree (region_code, state);
CREATE INDEX rule_edition_submitted_by ON quality.rule_edition USING btree (submitted_by);
CREATE INDEX rule_edition_view_id ON quality.rule_edition USING btree (region_code, view_id);
CREATE UNIQUE INDEX rule_edition_one_released ON quality.rule_edition USING btree (rule_id) WHERE ((state = '03'::text) AND (NOT deleted));
CREATE UNIQUE INDEX rule_edition_rule_id_version_key ON quality.rule_edition USING btree (rule_id, version) WHERE (NOT deleted);
alter table quality.rule_edition force row level security;
create policy below on quality.rule_edition as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on quality.rule_edition as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table quality.rule_switch (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    rule_id text not null,
    county text collate "C" not null,
    enabled boolean default false not null,
    reason text,
    constraint rule_switch_pkey PRIMARY KEY (id)
);
CREATE INDEX rule_switch_county ON quality.rule_switch USING btree (region_code, county);
CREATE INDEX rule_switch_region ON quality.rule_switch USING btree (region_code, id);
CREATE INDEX rule_switch_rule_id ON quality.rule_switch USING btree (region_code, rule_id);
CREATE UNIQUE INDEX rule_switch_rule_id_county_key ON quality.rule_switch USING btree (rule_id, county) WHERE (NOT deleted);
alter table quality.rule_switch force row level security;
create policy below on quality.rule_switch as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on quality.rule_switch as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table quality.run (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    run_no text not null,
    started timestamp with time zone,
    ended timestamp with time zone,
    state text default '01'::text not null,
    checked integer,
    found integer,
    found_new integer,
    reopened integer,
    closed integer,
    error_count integer,
    suspect_count integer,
    hint_count integer,
    note text,
    job_id uuid,
    constraint run_pkey PRIMARY KEY (id)
);
CREATE INDEX run_region ON quality.run USING btree (region_code, id);
CREATE INDEX run_run_no ON quality.run USING btree (region_code, run_no);
CREATE INDEX run_state ON quality.run USING btree (region_code, state);
CREATE UNIQUE INDEX run_run_no_key ON quality.run USING btree (run_no) WHERE (NOT deleted);
alter table quality.run force row level security;
create policy scope on quality.run as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table quality.run_count (
    run_id uuid not null,
    region_code text collate "C" not null,
    rule_id text not null,
    severity text not null,
    rows bigint not null,
    hits bigint not null,
    capped boolean not null,
    started timestamp with time zone not null,
    constraint run_count_pkey PRIMARY KEY (run_id, region_code, rule_id)
);
CREATE INDEX run_count_region ON quality.run_count USING btree (region_code, started);
alter table quality.run_count force row level security;
create policy scope on quality.run_count as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.helper (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    name text,
    gender text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    phone text,
    political text,
    unit_name text,
    unit_level text,
    post text,
    helper_kind text,
    status text,
    user_id uuid,
    constraint helper_pkey PRIMARY KEY (id)
);
CREATE INDEX helper_helper_kind ON reg.helper USING btree (region_code, helper_kind);
CREATE INDEX helper_id_no_token ON reg.helper USING btree (id_no_token);
CREATE INDEX helper_name_prefix ON reg.helper USING btree (name);
CREATE INDEX helper_region ON reg.helper USING btree (region_code, id);
CREATE INDEX helper_status ON reg.helper USING btree (region_code, status);
CREATE INDEX helper_unit_level ON reg.helper USING btree (region_code, unit_level);
CREATE INDEX helper_unit_name ON reg.helper USING btree (region_code, unit_name);
CREATE INDEX helper_user_id ON reg.helper USING btree (user_id);
alter table reg.helper force row level security;
create policy scope on reg.helper as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.helper_pair (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    household_id uuid not null,
    helper_id uuid not null,
    start_date date,
    end_date date,
    end_reason text,
    is_primary boolean default false not null,
    constraint helper_pair_pkey PRIMARY KEY (id),
    constraint helper_pair_helper_id_fkey FOREIGN KEY (helper_id) REFERENCES reg.helper(id) ON DELETE RESTRICT,
    constraint helper_pair_household_id_fkey FOREIGN KEY (household_id) REFERENCES reg.household(id) ON DELETE RESTRICT
);
CREATE INDEX helper_pair_end_date ON reg.helper_pair USING btree (region_code, end_date);
CREATE INDEX helper_pair_helper_id ON reg.helper_pair USING btree (helper_id);
CREATE INDEX helper_pair_household_id ON reg.helper_pair USING btree (household_id);
CREATE INDEX helper_pair_region ON reg.helper_pair USING btree (region_code, id);
CREATE INDEX helper_pair_start_date ON reg.helper_pair USING btree (region_code, start_date);
CREATE UNIQUE INDEX helper_pair_primary_key ON reg.helper_pair USING btree (household_id) WHERE (is_primary AND (end_date IS NULL) AND (NOT deleted));
alter table reg.helper_pair force row level security;
create policy scope on reg.helper_pair as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.household (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    household_no text not null,
    national_household_code text,
    natural_village_code text,
    hukou_book_no text,
    head_person_id uuid,
    head_name text,
    head_id_no_cipher text,
    head_id_no_token bytea,
    head_id_no_ok boolean,
    head_id_no_kind text,
    hukou_count integer,
    resident_count integer,
    income_pop integer,
    phone text,
    hukou_address text,
    live_address text,
    lon numeric(18,6),
    lat numeric(18,6),
    household_type text,
    poverty_enjoy text,
    poverty_attr text,
    first_identify_ym integer,
    out_of_poverty_year integer,
    poverty_cause_main text,
    poverty_cause_other text[],
    is_monitored boolean default false not null,
    current_monitor_id text,
    risk_state text,
    whole_no_labor boolean default false not null,
    assist_class text,
    relocation_flag boolean,
    relocation_mode text,
    relocation_site text,
    synchronous_relocation boolean,
    military_martyr boolean,
    only_child boolean,
    double_girl boolean,
    household_status text,
    bank_name text,
    bank_account_cipher text,
    bank_account_token bytea,
    province_risk_score integer,
    province_risk_level text,
    last_visit_date date,
    constraint household_pkey PRIMARY KEY (id),
    constraint household_head_person_id_fkey FOREIGN KEY (head_person_id) REFERENCES reg.member(id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX household_assist_class ON reg.household USING btree (region_code, assist_class);
CREATE INDEX household_bank_account_token ON reg.household USING btree (bank_account_token);
CREATE INDEX household_head_id_no_token ON reg.household USING btree (head_id_no_token);
CREATE INDEX household_head_name_prefix ON reg.household USING btree (head_name);
CREATE INDEX household_head_person_id ON reg.household USING btree (head_person_id);
CREATE INDEX household_household_status ON reg.household USING btree (region_code, household_status);
CREATE INDEX household_household_type ON reg.household USING btree (region_code, household_type);
CREATE INDEX household_hukou_count ON reg.household USING btree (region_code, hukou_count);
CREATE INDEX household_is_monitored ON reg.household USING btree (region_code, is_monitored);
CREATE INDEX household_last_visit_date ON reg.household USING btree (region_code, last_visit_date);
CREATE INDEX household_out_of_poverty_year ON reg.household USING btree (region_code, out_of_poverty_year);
CREATE INDEX household_phone ON reg.household USING btree (phone);
CREATE INDEX household_poverty_attr ON reg.household USING btree (region_code, poverty_attr);
CREATE INDEX household_poverty_cause_main ON reg.household USING btree (region_code, poverty_cause_main);
CREATE INDEX household_poverty_enjoy ON reg.household USING btree (region_code, poverty_enjoy);
CREATE INDEX household_province_risk_level ON reg.household USING btree (region_code, province_risk_level);
CREATE INDEX household_region ON reg.household USING btree (region_code, id);
CREATE INDEX household_relocation_flag ON reg.household USING btree (region_code, relocation_flag);
CREATE INDEX household_risk_state ON reg.household USING btree (region_code, risk_state);
CREATE INDEX household_whole_no_labor ON reg.household USING btree (region_code, whole_no_labor);
CREATE UNIQUE INDEX household_household_no_key ON reg.household USING btree (household_no) WHERE (NOT deleted);
CREATE UNIQUE INDEX household_national_household_code_key ON reg.household USING btree (national_household_code) WHERE (NOT deleted);
alter table reg.household force row level security;
create policy scope on reg.household as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.income_item (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    period_id uuid not null,
    item_code text,
    person_id uuid,
    quantity numeric(18,2),
    unit text,
    price bigint,
    amount bigint,
    note text,
    constraint income_item_pkey PRIMARY KEY (id),
    constraint income_item_period_id_fkey FOREIGN KEY (period_id) REFERENCES reg.income_period(id) ON DELETE RESTRICT,
    constraint income_item_person_id_fkey FOREIGN KEY (person_id) REFERENCES reg.member(id) ON DELETE RESTRICT
);
CREATE INDEX income_item_item_code ON reg.income_item USING btree (region_code, item_code);
CREATE INDEX income_item_period_id ON reg.income_item USING btree (period_id);
CREATE INDEX income_item_person_id ON reg.income_item USING btree (person_id);
CREATE INDEX income_item_region ON reg.income_item USING btree (region_code, id);
alter table reg.income_item force row level security;
create policy scope on reg.income_item as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.income_period (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    household_id uuid not null,
    period_kind text,
    year integer,
    period_start date,
    period_end date,
    pop integer,
    collector text,
    collector_phone text,
    collect_date date,
    bookkeeping_person text,
    audit_state text,
    wage bigint,
    operate bigint,
    property bigint,
    transfer bigint,
    operate_cost bigint,
    gross bigint,
    net bigint,
    net_pc bigint,
    claim bigint,
    self_pay bigint,
    ref_net bigint,
    ref_pc bigint,
    yoy_pct numeric(18,2),
    constraint income_period_pkey PRIMARY KEY (id),
    constraint income_period_household_id_fkey FOREIGN KEY (household_id) REFERENCES reg.household(id) ON DELETE RESTRICT
);
CREATE INDEX income_period_audit_state ON reg.income_period USING btree (region_code, audit_state);
CREATE INDEX income_period_collect_date ON reg.income_period USING btree (region_code, collect_date);
CREATE INDEX income_period_household_id ON reg.income_period USING btree (household_id);
CREATE INDEX income_period_net_pc ON reg.income_period USING btree (region_code, net_pc);
CREATE INDEX income_period_period_kind ON reg.income_period USING btree (region_code, period_kind);
CREATE INDEX income_period_region ON reg.income_period USING btree (region_code, id);
CREATE INDEX income_period_year ON reg.income_period USING btree (region_code, year);
CREATE UNIQUE INDEX income_period_household_id_year_key ON reg.income_period USING btree (household_id, year) WHERE ((period_kind = '01'::text) AND (NOT deleted));
alter table reg.income_period force row level security;
create policy scope on reg.income_period as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.living_year (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    household_id uuid not null,
    year integer not null,
    cultivated_area numeric(18,2),
    irrigated_area numeric(18,2),
    forest_area numeric(18,2),
    tghl_area numeric(18,2),
    orchard_area numeric(18,2),
    pasture_area numeric(18,2),
    water_area numeric(18,2),
    coop_member boolean,
    leader_enterprise boolean,
    leader_person boolean,
    industry_help_kind text[],
    elec_life boolean,
    elec_prod boolean,
    tv boolean,
    road_dist numeric(18,2),
    road_type text,
    house_area numeric(18,2),
    dangerous_house boolean,
    danger_level text,
    house_source text,
    house_structure text,
    build_year integer,
    safety_way text,
    safety_org text,
    safety_date date,
    safe_water boolean,
    water_source text,
    supply_mode text,
    toilet boolean,
    toilet_type text,
    toilet_normal boolean,
    fuel text,
    constraint living_year_pkey PRIMARY KEY (id),
    constraint living_year_household_id_fkey FOREIGN KEY (household_id) REFERENCES reg.household(id) ON DELETE RESTRICT
);
CREATE INDEX living_year_danger_level ON reg.living_year USING btree (region_code, danger_level);
CREATE INDEX living_year_dangerous_house ON reg.living_year USING btree (region_code, dangerous_house);
CREATE INDEX living_year_household_id ON reg.living_year USING btree (household_id);
CREATE INDEX living_year_region ON reg.living_year USING btree (region_code, id);
CREATE INDEX living_year_safe_water ON reg.living_year USING btree (region_code, safe_water);
CREATE INDEX living_year_toilet ON reg.living_year USING btree (region_code, toilet);
CREATE INDEX living_year_year ON reg.living_year USING btree (region_code, year);
CREATE UNIQUE INDEX living_year_household_id_year_key ON reg.living_year USING btree (household_id, year) WHERE (NOT deleted);
alter table reg.living_year force row level security;
create policy scope on reg.living_year as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.member (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    household_id uuid not null,
    national_person_code text,
    name text,
    gender text,
    id_type text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    birth_date date,
    id_gender text,
    id_birth_date date,
    nation text,
    relation text,
    relation_gb text,
    political text,
    marital text,
    military_status text,
    hukou_in_household boolean,
    shared_life boolean,
    resident_flag boolean,
    member_status text,
    identify_ym integer,
    phone text,
    relocation_person boolean,
    education text,
    student_status text,
    school_name text,
    school_region text,
    dropout_reason text,
    speak_mandarin boolean,
    health text[],
    major_disease text[],
    chronic_disease text,
    disability_cert_no_cipher text,
    disability_cert_no_token bytea,
    disability_cert_no_ok boolean,
    disability_cert_no_kind text,
    disability_kind text,
    disability_level text,
    disability_year integer,
    labor_skill text,
    work_place text,
    work_region text,
    work_months numeric(18,1),
    work_company text,
    work_channel text,
    work_abroad boolean,
    work_industry text,
    work_monthly_income bigint,
    work_start_ym integer,
    work_end_ym integer,
    work_point_to_point boolean,
    work_transport_subsidy bigint,
    work_planned boolean,
    work_plan_region text,
    employment_need text,
    industry_class text,
    public_post text,
    public_post_months integer,
    ins_resident_med boolean,
    ins_employee_med boolean,
    ins_other_type text,
    ins_major_illness boolean,
    ins_commercial_med boolean,
    med_assist boolean,
    other_health_help boolean,
    pension_resident boolean,
    pension_employee boolean,
    accident_ins_subsidy boolean,
    dibao_status text,
    tekun_status text,
    dibao_level text,
    dibao_start_ym integer,
    constraint member_pkey PRIMARY KEY (id),
    constraint member_household_id_fkey FOREIGN KEY (household_id) REFERENCES reg.household(id) ON DELETE RESTRICT
);
CREATE INDEX member_birth_date ON reg.member USING btree (region_code, birth_date);
CREATE INDEX member_dibao_status ON reg.member USING btree (region_code, dibao_status);
CREATE INDEX member_disability_cert_no_token ON reg.member USING btree (disability_cert_no_token);
CREATE INDEX member_disability_level ON reg.member USING btree (region_code, disability_level);
CREATE INDEX member_health ON reg.member USING gin (health);
CREATE INDEX member_household_id ON reg.member USING btree (household_id);
CREATE INDEX member_id_no_token ON reg.member USING btree (id_no_token);
CREATE INDEX member_labor_skill ON reg.member USING btree (region_code, labor_skill);
CREATE INDEX member_member_status ON reg.member USING btree (region_code, member_status);
CREATE INDEX member_name_prefix ON reg.member USING btree (name);
CREATE INDEX member_phone_in_use ON reg.member USING btree (phone) WHERE (phone IS NOT NULL);
CREATE INDEX member_region ON reg.member USING btree (region_code, id);
CREATE INDEX member_relation ON reg.member USING btree (region_code, relation);
CREATE INDEX member_student_status ON reg.member USING btree (region_code, student_status);
CREATE INDEX member_tekun_status ON reg.member USING btree (region_code, tekun_status);
CREATE UNIQUE INDEX member_national_person_code_key ON reg.member USING btree (national_person_code) WHERE (NOT deleted);
alter table reg.member force row level security;
create policy scope on reg.member as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.member_change (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    household_id uuid not null,
    person_id uuid,
    change_kind text,
    increase_reason text,
    decrease_reason text,
    change_date date,
    approver uuid,
    note text,
    constraint member_change_pkey PRIMARY KEY (id),
    constraint member_change_household_id_fkey FOREIGN KEY (household_id) REFERENCES reg.household(id) ON DELETE RESTRICT,
    constraint member_change_person_id_fkey FOREIGN KEY (person_id) REFERENCES reg.member(id) ON DELETE RESTRICT
);
CREATE INDEX member_change_approver ON reg.member_change USING btree (approver);
CREATE INDEX member_change_change_date ON reg.member_change USING btree (region_code, change_date);
CREATE INDEX member_change_change_kind ON reg.member_change USING btree (region_code, change_kind);
CREATE INDEX member_change_decrease_reason ON reg.member_change USING btree (region_code, decrease_reason);
CREATE INDEX member_change_household_id ON reg.member_change USING btree (household_id);
CREATE INDEX member_change_increase_reason ON reg.member_change USING btree (region_code, increase_reason);
CREATE INDEX member_change_person_id ON reg.member_change USING btree (person_id);
CREATE INDEX member_change_region ON reg.member_change USING btree (region_code, id);
alter table reg.member_change force row level security;
create policy scope on reg.member_change as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.monitor_line (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    year integer not null,
    amount bigint,
    valid_from date,
    doc_no text,
    note text,
    state text,
    constraint monitor_line_pkey PRIMARY KEY (id)
);
CREATE INDEX monitor_line_region ON reg.monitor_line USING btree (region_code, id);
CREATE INDEX monitor_line_state ON reg.monitor_line USING btree (region_code, state);
CREATE INDEX monitor_line_year ON reg.monitor_line USING btree (region_code, year);
CREATE UNIQUE INDEX monitor_line_region_code_year_valid_from_key ON reg.monitor_line USING btree (region_code, year, valid_from) WHERE (NOT deleted);
alter table reg.monitor_line force row level security;
create policy below on reg.monitor_line as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on reg.monitor_line as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.natural_village (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    code text not null,
    name text,
    group_no text,
    household_count integer,
    population integer,
    constraint natural_village_pkey PRIMARY KEY (id)
);
CREATE INDEX natural_village_group_no ON reg.natural_village USING btree (region_code, group_no);
CREATE INDEX natural_village_name_prefix ON reg.natural_village USING btree (name);
CREATE INDEX natural_village_region ON reg.natural_village USING btree (region_code, id);
CREATE UNIQUE INDEX natural_village_code_key ON reg.natural_village USING btree (code) WHERE (NOT deleted);
alter table reg.natural_village force row level security;
create policy scope on reg.natural_village as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.notice_sheet (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    household_id uuid not null,
    kind text,
    date date,
    way text,
    constraint notice_sheet_pkey PRIMARY KEY (id),
    constraint notice_sheet_household_id_fkey FOREIGN KEY (household_id) REFERENCES reg.household(id) ON DELETE RESTRICT
);
CREATE INDEX notice_sheet_date ON reg.notice_sheet USING btree (region_code, date);
CREATE INDEX notice_sheet_household_id ON reg.notice_sheet USING btree (household_id);
CREATE INDEX notice_sheet_kind ON reg.notice_sheet USING btree (region_code, kind);
CREATE INDEX notice_sheet_region ON reg.notice_sheet USING btree (region_code, id);
alter table reg.notice_sheet force row level security;
create policy scope on reg.notice_sheet as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.obligor (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    household_id uuid not null,
    person_id uuid not null,
    duty_kind text,
    relation text,
    name text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    phone text,
    live_region text,
    live_address text,
    spouse_name text,
    spouse_id_no_cipher text,
    spouse_id_no_token bytea,
    spouse_id_no_ok boolean,
    spouse_id_no_kind text,
    family_pop integer,
    job text,
    year_income bigint,
    assets_note text,
    support_way text,
    support_amount bigint,
    calc_amount bigint,
    capability text,
    no_capability_reason text,
    authorized boolean,
    check_conclusion text,
    constraint obligor_pkey PRIMARY KEY (id),
    constraint obligor_household_id_fkey FOREIGN KEY (household_id) REFERENCES reg.household(id) ON DELETE RESTRICT,
    constraint obligor_person_id_fkey FOREIGN KEY (person_id) REFERENCES reg.member(id) ON DELETE RESTRICT
);
CREATE INDEX obligor_household_id ON reg.obligor USING btree (household_id);
CREATE INDEX obligor_id_no_token ON reg.obligor USING btree (id_no_token);
CREATE INDEX obligor_person_id ON reg.obligor USING btree (person_id);
CREATE INDEX obligor_region ON reg.obligor USING btree (region_code, id);
CREATE INDEX obligor_spouse_id_no_token ON reg.obligor USING btree (spouse_id_no_token);
alter table reg.obligor force row level security;
create policy scope on reg.obligor as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.policy_param (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    key text not null,
    title text,
    value text,
    unit text,
    valid_from date not null,
    valid_to date,
    doc_no text,
    basis text,
    constraint policy_param_pkey PRIMARY KEY (id)
);
CREATE INDEX policy_param_basis ON reg.policy_param USING btree (region_code, basis);
CREATE INDEX policy_param_key_prefix ON reg.policy_param USING btree (key);
CREATE INDEX policy_param_region ON reg.policy_param USING btree (region_code, id);
CREATE INDEX policy_param_valid_from ON reg.policy_param USING btree (region_code, valid_from);
CREATE UNIQUE INDEX policy_param_region_code_key_valid_from_key ON reg.policy_param USING btree (region_code, key, valid_from) WHERE (NOT deleted);
alter table reg.policy_param force row level security;
create policy below on reg.policy_param as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on reg.policy_param as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.region (
    code text collate "C" not null,
    name text not null,
    full_name text not null,
    level smallint not null,
    parent_code text collate "C",
    urban_rural_code text,
    region_kind text default '0'::text not null,
    poverty_county_flag boolean default false not null,
    county_class text[] default '{}'::text[] not null,
    village_class text[] default '{}'::text[] not null,
    out_of_list_year integer,
    national_code text collate "C",
    valid_from date not null,
    valid_to date,
    replaced_by text collate "C",
    lon numeric(10,6),
    lat numeric(10,6),
    sort_no integer not null,
    pinyin text default ''::text not null,
    constraint region_pkey PRIMARY KEY (code),
    constraint region_parent_code_fkey FOREIGN KEY (parent_code) REFERENCES reg.region(code),
    constraint region_replaced_by_fkey FOREIGN KEY (replaced_by) REFERENCES reg.region(code),
    constraint region_check CHECK (((valid_to IS NULL) OR (valid_to >= valid_from))),
    constraint region_code_check CHECK ((code ~ '^36[0-9]{10}$'::text)),
    constraint region_level_check CHECK (((level >= 1) AND (level <= 5))),
    constraint region_region_kind_check CHECK ((region_kind = ANY (ARRAY['0'::text, '1'::text])))
);
CREATE INDEX region_national ON reg.region USING btree (national_code) WHERE (national_code IS NOT NULL);
CREATE INDEX region_parent ON reg.region USING btree (parent_code, sort_no);
CREATE INDEX region_replaced_by ON reg.region USING btree (replaced_by) WHERE (replaced_by IS NOT NULL);

create table reg.region_change (
    id uuid not null,
    at timestamp with time zone default now() not null,
    actor_id uuid not null,
    actor_name text not null,
    title text not null,
    root_code text collate "C" not null,
    effective_on date not null,
    changes jsonb not null,
    moved jsonb not null,
    constraint region_change_pkey PRIMARY KEY (id),
    constraint region_change_root_code_fkey FOREIGN KEY (root_code) REFERENCES reg.region(code)
);
CREATE INDEX region_change_at ON reg.region_change USING btree (at);
CREATE INDEX region_change_root ON reg.region_change USING btree (root_code);

create table reg.security_check (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    household_id uuid not null,
    stage text,
    check_date date,
    food_ok boolean,
    clothes_ok boolean,
    edu_problem boolean,
    house_problem boolean,
    med_problem boolean,
    water_problem boolean,
    solved_by text,
    solved_date date,
    constraint security_check_pkey PRIMARY KEY (id),
    constraint security_check_household_id_fkey FOREIGN KEY (household_id) REFERENCES reg.household(id) ON DELETE RESTRICT
);
CREATE INDEX security_check_check_date ON reg.security_check USING btree (region_code, check_date);
CREATE INDEX security_check_edu_problem ON reg.security_check USING btree (region_code, edu_problem);
CREATE INDEX security_check_house_problem ON reg.security_check USING btree (region_code, house_problem);
CREATE INDEX security_check_household_id ON reg.security_check USING btree (household_id);
CREATE INDEX security_check_med_problem ON reg.security_check USING btree (region_code, med_problem);
CREATE INDEX security_check_region ON reg.security_check USING btree (region_code, id);
CREATE INDEX security_check_stage ON reg.security_check USING btree (region_code, stage);
CREATE INDEX security_check_water_problem ON reg.security_check USING btree (region_code, water_problem);
alter table reg.security_check force row level security;
create policy scope on reg.security_check as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.security_edu_person (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    check_id uuid not null,
    person_id uuid,
    dropout_reason text,
    note text,
    solved_date date,
    constraint security_edu_person_pkey PRIMARY KEY (id),
    constraint security_edu_person_check_id_fkey FOREIGN KEY (check_id) REFERENCES reg.security_check(id) ON DELETE RESTRICT,
    constraint security_edu_person_person_id_fkey FOREIGN KEY (person_id) REFERENCES reg.member(id) ON DELETE RESTRICT
);
CREATE INDEX security_edu_person_check_id ON reg.security_edu_person USING btree (check_id);
CREATE INDEX security_edu_person_person_id ON reg.security_edu_person USING btree (person_id);
CREATE INDEX security_edu_person_region ON reg.security_edu_person USING btree (region_code, id);
alter table reg.security_edu_person force row level security;
create policy scope on reg.security_edu_person as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.security_house_detail (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    check_id uuid not null,
    house_level text,
    survey_org text,
    survey_date date,
    is_only_house boolean,
    note text,
    constraint security_house_detail_pkey PRIMARY KEY (id),
    constraint security_house_detail_check_id_fkey FOREIGN KEY (check_id) REFERENCES reg.security_check(id) ON DELETE RESTRICT
);
CREATE INDEX security_house_detail_check_id ON reg.security_house_detail USING btree (check_id);
CREATE INDEX security_house_detail_region ON reg.security_house_detail USING btree (region_code, id);
alter table reg.security_house_detail force row level security;
create policy scope on reg.security_house_detail as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.security_water_detail (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    check_id uuid not null,
    cause text,
    start_date date,
    note text,
    constraint security_water_detail_pkey PRIMARY KEY (id),
    constraint security_water_detail_check_id_fkey FOREIGN KEY (check_id) REFERENCES reg.security_check(id) ON DELETE RESTRICT
);
CREATE INDEX security_water_detail_check_id ON reg.security_water_detail USING btree (check_id);
CREATE INDEX security_water_detail_region ON reg.security_water_detail USING btree (region_code, id);
alter table reg.security_water_detail force row level security;
create policy scope on reg.security_water_detail as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.term_map (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    term_key text not null,
    term text,
    year_from integer not null,
    year_to integer,
    doc_no text,
    note text,
    constraint term_map_pkey PRIMARY KEY (id)
);
CREATE INDEX term_map_region ON reg.term_map USING btree (region_code, id);
CREATE INDEX term_map_term ON reg.term_map USING btree (region_code, term);
CREATE INDEX term_map_term_key ON reg.term_map USING btree (region_code, term_key);
CREATE INDEX term_map_year_from ON reg.term_map USING btree (region_code, year_from);
CREATE UNIQUE INDEX term_map_term_key_year_from_key ON reg.term_map USING btree (term_key, year_from) WHERE (NOT deleted);
alter table reg.term_map force row level security;
create policy below on reg.term_map as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on reg.term_map as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.village_year (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    year integer not null,
    household_total integer,
    population_total integer,
    population_resident integer,
    natural_village_count integer,
    group_count integer,
    poverty_hh integer,
    poverty_pop integer,
    monitor_hh integer,
    monitor_pop integer,
    monitor_open_hh integer,
    dibao_hh integer,
    dibao_pop integer,
    tekun_pop integer,
    disabled_pop integer,
    med_ins_pop integer,
    pension_pop integer,
    labor_pop integer,
    migrant_pop integer,
    collective_income numeric(18,2),
    net_income_pc bigint,
    land_cultivated numeric(18,2),
    land_irrigated numeric(18,2),
    land_forest numeric(18,2),
    land_tghl numeric(18,2),
    land_orchard numeric(18,2),
    land_pasture numeric(18,2),
    land_water numeric(18,2),
    coop_count integer,
    coop_member_hh integer,
    tourism_pop integer,
    farmstay_hh integer,
    road_to_town_paved boolean,
    unpaved_nv_count integer,
    unpaved_km numeric(18,2),
    bus boolean,
    power_life boolean,
    power_prod boolean,
    broadband boolean,
    mobile4g boolean,
    unsafe_water_hh integer,
    dangerous_hh integer,
    school_count integer,
    clinic_count integer,
    doctor_count integer,
    toilet_count integer,
    garbage_count integer,
    library_count integer,
    secretary text,
    secretary_phone text,
    first_secretary text,
    first_secretary_phone text,
    delisted boolean,
    delist_year integer,
    constraint village_year_pkey PRIMARY KEY (id)
);
CREATE INDEX village_year_region ON reg.village_year USING btree (region_code, id);
CREATE INDEX village_year_year ON reg.village_year USING btree (region_code, year);
CREATE UNIQUE INDEX village_year_region_code_year_key ON reg.village_year USING btree (region_code, year) WHERE (NOT deleted);
alter table reg.village_year force row level security;
create policy scope on reg.village_year as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table reg.work_calendar (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    date date not null,
    is_workday boolean default true not null,
    note text,
    constraint work_calendar_pkey PRIMARY KEY (id)
);
CREATE INDEX work_calendar_is_workday ON reg.work_calendar USING btree (region_code, is_workday);
CREATE INDEX work_calendar_region ON reg.work_calendar USING btree (region_code, id);
CREATE UNIQUE INDEX work_calendar_date_key ON reg.work_calendar USING btree (date) WHERE (NOT deleted);
alter table reg.work_calendar force row level security;
create policy below on reg.work_calendar as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on reg.work_calendar as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse."authorization" (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    auth_no text,
    household_id uuid,
    clue_id uuid,
    applicant text,
    template_version text,
    scope text[],
    signed_on date,
    valid_to date,
    sign_way text,
    agent_name text,
    agent_relation text,
    agent_reason text,
    status text default '01'::text not null,
    withdrawn_at timestamp with time zone,
    constraint authorization_pkey PRIMARY KEY (id),
    constraint authorization_clue_id_fkey FOREIGN KEY (clue_id) REFERENCES relapse.clue(id) ON DELETE RESTRICT
);
CREATE INDEX authorization_applicant_prefix ON relapse."authorization" USING btree (applicant);
CREATE INDEX authorization_auth_no ON relapse."authorization" USING btree (region_code, auth_no);
CREATE INDEX authorization_auth_no_prefix ON relapse."authorization" USING btree (auth_no);
CREATE INDEX authorization_clue_id ON relapse."authorization" USING btree (clue_id);
CREATE INDEX authorization_household_id ON relapse."authorization" USING btree (household_id);
CREATE INDEX authorization_region ON relapse."authorization" USING btree (region_code, id);
CREATE INDEX authorization_sign_way ON relapse."authorization" USING btree (region_code, sign_way);
CREATE INDEX authorization_signed_on ON relapse."authorization" USING btree (region_code, signed_on);
CREATE INDEX authorization_status ON relapse."authorization" USING btree (region_code, status);
CREATE INDEX authorization_valid_to ON relapse."authorization" USING btree (region_code, valid_to);
CREATE UNIQUE INDEX authorization_auth_no_key ON relapse."authorization" USING btree (auth_no) WHERE (NOT deleted);
alter table relapse."authorization" force row level security;
create policy scope on relapse."authorization" as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.ai_doc (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    title text,
    doc_no text,
    issuer text,
    publish_date date,
    valid_to date,
    text text,
    constraint ai_doc_pkey PRIMARY KEY (id)
);
CREATE INDEX ai_doc_doc_no ON relapse.ai_doc USING btree (region_code, doc_no);
CREATE INDEX ai_doc_issuer ON relapse.ai_doc USING btree (region_code, issuer);
CREATE INDEX ai_doc_publish_date ON relapse.ai_doc USING btree (region_code, publish_date);
CREATE INDEX ai_doc_region ON relapse.ai_doc USING btree (region_code, id);
CREATE INDEX ai_doc_title_prefix ON relapse.ai_doc USING btree (title);
CREATE INDEX ai_doc_valid_to ON relapse.ai_doc USING btree (region_code, valid_to);
alter table relapse.ai_doc force row level security;
create policy below on relapse.ai_doc as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on relapse.ai_doc as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.ai_doc_chunk (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    doc_id uuid not null,
    seq integer not null,
    clause text,
    text text,
    constraint ai_doc_chunk_pkey PRIMARY KEY (id),
    constraint ai_doc_chunk_doc_id_fkey FOREIGN KEY (doc_id) REFERENCES relapse.ai_doc(id) ON DELETE RESTRICT
);
CREATE INDEX ai_doc_chunk_doc_id ON relapse.ai_doc_chunk USING btree (doc_id);
CREATE INDEX ai_doc_chunk_region ON relapse.ai_doc_chunk USING btree (region_code, id);
CREATE UNIQUE INDEX ai_doc_chunk_doc_id_seq_key ON relapse.ai_doc_chunk USING btree (doc_id, seq) WHERE (NOT deleted);
alter table relapse.ai_doc_chunk force row level security;
create policy below on relapse.ai_doc_chunk as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on relapse.ai_doc_chunk as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.ai_qa (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    question text,
    answer text,
    audience text,
    valid boolean,
    valid_to date,
    constraint ai_qa_pkey PRIMARY KEY (id)
);
CREATE INDEX ai_qa_audience ON relapse.ai_qa USING btree (region_code, audience);
CREATE INDEX ai_qa_question_prefix ON relapse.ai_qa USING btree (question);
CREATE INDEX ai_qa_region ON relapse.ai_qa USING btree (region_code, id);
CREATE INDEX ai_qa_valid ON relapse.ai_qa USING btree (region_code, valid);
CREATE INDEX ai_qa_valid_to ON relapse.ai_qa USING btree (region_code, valid_to);
alter table relapse.ai_qa force row level security;
create policy below on relapse.ai_qa as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on relapse.ai_qa as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.ai_qa_cite (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    qa_id uuid not null,
    doc_id uuid,
    doc_no text,
    clause text,
    constraint ai_qa_cite_pkey PRIMARY KEY (id),
    constraint ai_qa_cite_doc_id_fkey FOREIGN KEY (doc_id) REFERENCES relapse.ai_doc(id) ON DELETE RESTRICT,
    constraint ai_qa_cite_qa_id_fkey FOREIGN KEY (qa_id) REFERENCES relapse.ai_qa(id) ON DELETE RESTRICT
);
CREATE INDEX ai_qa_cite_doc_id ON relapse.ai_qa_cite USING btree (doc_id);
CREATE INDEX ai_qa_cite_qa_id ON relapse.ai_qa_cite USING btree (qa_id);
CREATE INDEX ai_qa_cite_region ON relapse.ai_qa_cite USING btree (region_code, id);
alter table relapse.ai_qa_cite force row level security;
create policy below on relapse.ai_qa_cite as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on relapse.ai_qa_cite as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.ai_session (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    user_id uuid,
    asked_at timestamp with time zone,
    q text,
    a text,
    latency integer,
    thumbs text,
    refused_reason text,
    constraint ai_session_pkey PRIMARY KEY (id)
);
CREATE INDEX ai_session_asked_at ON relapse.ai_session USING btree (region_code, asked_at);
CREATE INDEX ai_session_region ON relapse.ai_session USING btree (region_code, id);
CREATE INDEX ai_session_thumbs ON relapse.ai_session USING btree (region_code, thumbs);
CREATE INDEX ai_session_user_id ON relapse.ai_session USING btree (user_id);
alter table relapse.ai_session force row level security;
create policy scope on relapse.ai_session as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.ai_session_cite (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    session_id uuid not null,
    qa_id uuid,
    doc_id uuid,
    doc_no text,
    clause text,
    constraint ai_session_cite_pkey PRIMARY KEY (id),
    constraint ai_session_cite_doc_id_fkey FOREIGN KEY (doc_id) REFERENCES relapse.ai_doc(id) ON DELETE RESTRICT,
    constraint ai_session_cite_qa_id_fkey FOREIGN KEY (qa_id) REFERENCES relapse.ai_qa(id) ON DELETE RESTRICT,
    constraint ai_session_cite_session_id_fkey FOREIGN KEY (session_id) REFERENCES relapse.ai_session(id) ON DELETE RESTRICT
);
CREATE INDEX ai_session_cite_doc_id ON relapse.ai_session_cite USING btree (doc_id);
CREATE INDEX ai_session_cite_qa_id ON relapse.ai_session_cite USING btree (qa_id);
CREATE INDEX ai_session_cite_region ON relapse.ai_session_cite USING btree (region_code, id);
CREATE INDEX ai_session_cite_session_id ON relapse.ai_session_cite USING btree (session_id);
alter table relapse.ai_session_cite force row level security;
create policy scope on relapse.ai_session_cite as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.audit_step (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    biz_kind text not null,
    biz_id text not null,
    step text not null,
    actor uuid,
    actor_name text,
    at timestamp with time zone,
    action text,
    opinion text,
    due_at timestamp with time zone,
    overdue boolean default false not null,
    constraint audit_step_pkey PRIMARY KEY (id),
    constraint audit_step_opinion_check CHECK ((char_length(opinion) <= 400))
);
CREATE INDEX audit_step_action ON relapse.audit_step USING btree (region_code, action);
CREATE INDEX audit_step_actor ON relapse.audit_step USING btree (actor);
CREATE INDEX audit_step_at ON relapse.audit_step USING btree (region_code, at);
CREATE INDEX audit_step_biz_id ON relapse.audit_step USING btree (region_code, biz_id);
CREATE INDEX audit_step_biz_kind ON relapse.audit_step USING btree (region_code, biz_kind);
CREATE INDEX audit_step_overdue ON relapse.audit_step USING btree (region_code, overdue);
CREATE INDEX audit_step_region ON relapse.audit_step USING btree (region_code, id);
CREATE INDEX audit_step_step ON relapse.audit_step USING btree (region_code, step);
alter table relapse.audit_step force row level security;
create policy scope on relapse.audit_step as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.authorization_person (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    auth_id uuid not null,
    person_id uuid,
    obligor_id uuid,
    name text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    relation text,
    is_obligor boolean,
    signed_on date,
    constraint authorization_person_pkey PRIMARY KEY (id),
    constraint authorization_person_auth_id_fkey FOREIGN KEY (auth_id) REFERENCES relapse."authorization"(id) ON DELETE RESTRICT
);
CREATE INDEX authorization_person_auth_id ON relapse.authorization_person USING btree (auth_id);
CREATE INDEX authorization_person_id_no_token ON relapse.authorization_person USING btree (id_no_token);
CREATE INDEX authorization_person_obligor_id ON relapse.authorization_person USING btree (obligor_id);
CREATE INDEX authorization_person_person_id ON relapse.authorization_person USING btree (person_id);
CREATE INDEX authorization_person_region ON relapse.authorization_person USING btree (region_code, id);
CREATE UNIQUE INDEX authorization_person_auth_id_id_no_token_key ON relapse.authorization_person USING btree (auth_id, id_no_token) WHERE (NOT deleted);
alter table relapse.authorization_person force row level security;
create policy scope on relapse.authorization_person as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.clue (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    clue_no text,
    line text,
    batch_id uuid,
    rule_id uuid,
    dept text,
    raw_name text,
    raw_id_no_cipher text,
    raw_id_no_token bytea,
    raw_id_no_ok boolean,
    raw_id_no_kind text,
    raw_region text,
    household_id uuid,
    person_id uuid,
    is_poverty boolean default false not null,
    is_monitored boolean default false not null,
    is_lowincome boolean default false not null,
    trigger_text text,
    risk_hint text[],
    score integer,
    level text,
    dup_of uuid,
    dispatch_level_now text,
    receiver_region text collate "C",
    due_at timestamp with time zone,
    state text default '10'::text not null,
    result text,
    urge_count integer default 0 not null,
    overdue boolean default false not null,
    finished_at timestamp with time zone,
    used_days integer,
    on_time boolean,
    sampled boolean,
    sample_note text,
    decide_doc_no text,
    informed_at timestamp with time zone,
    inform_way text,
    green_channel boolean default false not null,
    green_due date,
    return_cause text,
    model_version integer,
    refuse_reasons text[],
    constraint clue_pkey PRIMARY KEY (id),
    constraint clue_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES relapse.dispatch_batch(id) ON DELETE RESTRICT,
    constraint clue_dup_of_fkey FOREIGN KEY (dup_of) REFERENCES relapse.clue(id) ON DELETE RESTRICT,
    constraint clue_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES relapse.warn_rule(id) ON DELETE RESTRICT
);
CREATE INDEX clue_batch_id ON relapse.clue USING btree (batch_id);
CREATE INDEX clue_dept ON relapse.clue USING btree (region_code, dept);
CREATE INDEX clue_dispatch_level_now ON relapse.clue USING btree (region_code, dispatch_level_now);
CREATE INDEX clue_due ON relapse.clue USING btree (region_code, due_at) WHERE (NOT deleted);
CREATE INDEX clue_due_at ON relapse.clue USING btree (region_code, due_at);
CREATE INDEX clue_dup_of ON relapse.clue USING btree (dup_of);
CREATE INDEX clue_finished_at ON relapse.clue USING btree (region_code, finished_at);
CREATE INDEX clue_green_channel ON relapse.clue USING btree (region_code, green_channel);
CREATE INDEX clue_household_id ON relapse.clue USING btree (household_id);
CREATE INDEX clue_household_open ON relapse.clue USING btree (household_id) WHERE ((NOT deleted) AND (state <> ALL (ARRAY['10'::text, '79'::text, '80'::text, '90'::text])));
CREATE INDEX clue_household_rule ON relapse.clue USING btree (household_id, rule_id, created_at) WHERE (NOT deleted);
CREATE INDEX clue_late ON relapse.clue USING btree (due_at) WHERE ((NOT deleted) AND (state <> ALL (ARRAY['10'::text, '79'::text, '80'::text, '90'::text])));
CREATE INDEX clue_level ON relapse.clue USING btree (region_code, level);
CREATE INDEX clue_line ON relapse.clue USING btree (region_code, line);
CREATE INDEX clue_model_version ON relapse.clue USING btree (region_code, model_version);
CREATE INDEX clue_overdue ON relapse.clue USING btree (region_code, overdue);
CREATE INDEX clue_person_id ON relapse.clue USING btree (person_id);
CREATE INDEX clue_raw_id_no_token ON relapse.clue USING btree (raw_id_no_token);
CREATE INDEX clue_raw_name_prefix ON relapse.clue USING btree (raw_name);
CREATE INDEX clue_refuse_reasons ON relapse.clue USING gin (refuse_reasons);
CREATE INDEX clue_region ON relapse.clue USING btree (region_code, id);
CREATE INDEX clue_result ON relapse.clue USING btree (region_code, result);
CREATE INDEX clue_risk_hint ON relapse.clue USING gin (risk_hint);
CREATE INDEX clue_rule_id ON relapse.clue USING btree (rule_id);
CREATE INDEX clue_state ON relapse.clue USING btree (region_code, state);
CREATE INDEX clue_state_region ON relapse.clue USING btree (state, region_code) WHERE (NOT deleted);
CREATE UNIQUE INDEX clue_clue_no_key ON relapse.clue USING btree (clue_no) WHERE (NOT deleted);
alter table relapse.clue force row level security;
create policy dispatched on relapse.clue as restrictive for select using (((dispatch_level_now IS DISTINCT FROM '1'::text) OR ("right"(app.scope_lo(), 10) = '0000000000'::text)));
create policy of_county on relapse.clue as restrictive for select using (((state <> '10'::text) OR (dispatch_level_now IS DISTINCT FROM '3'::text) OR ("right"(app.scope_lo(), 6) = '000000'::text)));
create policy scope on relapse.clue as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.clue_trigger (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    clue_id uuid not null,
    indicator text,
    value text,
    threshold text,
    unit text,
    data_time timestamp with time zone,
    source_serial text,
    constraint clue_trigger_pkey PRIMARY KEY (id),
    constraint clue_trigger_clue_id_fkey FOREIGN KEY (clue_id) REFERENCES relapse.clue(id) ON DELETE RESTRICT
);
CREATE INDEX clue_trigger_clue_id ON relapse.clue_trigger USING btree (clue_id);
CREATE INDEX clue_trigger_region ON relapse.clue_trigger USING btree (region_code, id);
alter table relapse.clue_trigger force row level security;
create policy of_clue on relapse.clue_trigger as restrictive for select using ((EXISTS ( SELECT
   FROM relapse.clue c
  WHERE (c.id = clue_trigger.clue_id))));
create policy scope on relapse.clue_trigger as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.compare_clue (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    compare_no text,
    title text,
    depts text[],
    asks text,
    grade text,
    handler text,
    limit_text text,
    handling text,
    rules text,
    constraint compare_clue_pkey PRIMARY KEY (id)
);
CREATE INDEX compare_clue_depts ON relapse.compare_clue USING gin (depts);
CREATE INDEX compare_clue_grade ON relapse.compare_clue USING btree (region_code, grade);
CREATE INDEX compare_clue_region ON relapse.compare_clue USING btree (region_code, id);
CREATE UNIQUE INDEX compare_clue_compare_no_key ON relapse.compare_clue USING btree (compare_no) WHERE (NOT deleted);
alter table relapse.compare_clue force row level security;
create policy below on relapse.compare_clue as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on relapse.compare_clue as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dept_amount (
    region_code text collate "C" not null,
    person_id uuid not null,
    household_id uuid not null,
    item_no text not null,
    day date not null,
    amount bigint not null,
    serial text default ''::text not null
);
CREATE INDEX dept_amount_household ON relapse.dept_amount USING btree (household_id, item_no, day);
CREATE INDEX dept_amount_region ON relapse.dept_amount USING btree (region_code);
CREATE UNIQUE INDEX dept_amount_once ON relapse.dept_amount USING btree (person_id, item_no, day, amount, serial);
alter table relapse.dept_amount force row level security;
create policy scope on relapse.dept_amount as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dept_batch (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    batch_no text not null,
    dept text,
    dataset_id uuid not null,
    period integer,
    received_at timestamp with time zone,
    file_hash text,
    rows integer,
    matched integer,
    unmatched integer,
    rejected integer,
    quality_note text,
    asked integer default 0,
    confirmed integer default 0,
    denied integer default 0,
    supplements uuid,
    constraint dept_batch_pkey PRIMARY KEY (id),
    constraint dept_batch_dataset_id_fkey FOREIGN KEY (dataset_id) REFERENCES relapse.dept_dataset(id) ON DELETE RESTRICT,
    constraint dept_batch_supplements_fkey FOREIGN KEY (supplements) REFERENCES relapse.dept_batch(id) ON DELETE RESTRICT
);
CREATE INDEX dept_batch_dataset_id ON relapse.dept_batch USING btree (dataset_id);
CREATE INDEX dept_batch_dept ON relapse.dept_batch USING btree (region_code, dept);
CREATE INDEX dept_batch_period ON relapse.dept_batch USING btree (region_code, period);
CREATE INDEX dept_batch_received_at ON relapse.dept_batch USING btree (region_code, received_at);
CREATE INDEX dept_batch_region ON relapse.dept_batch USING btree (region_code, id);
CREATE INDEX dept_batch_supplements ON relapse.dept_batch USING btree (supplements);
CREATE UNIQUE INDEX dept_batch_batch_no_key ON relapse.dept_batch USING btree (batch_no) WHERE (NOT deleted);
alter table relapse.dept_batch force row level security;
create policy scope on relapse.dept_batch as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dept_candidate (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    record_id uuid not null,
    person_id uuid not null,
    household_id uuid not null,
    method text not null,
    name_alike text not null,
    confidence numeric(18,4) not null,
    constraint dept_candidate_pkey PRIMARY KEY (id),
    constraint dept_candidate_record_id_fkey FOREIGN KEY (record_id) REFERENCES relapse.dept_record(id) ON DELETE RESTRICT
);
CREATE INDEX dept_candidate_household_id ON relapse.dept_candidate USING btree (household_id);
CREATE INDEX dept_candidate_method ON relapse.dept_candidate USING btree (region_code, method);
CREATE INDEX dept_candidate_person_id ON relapse.dept_candidate USING btree (person_id);
CREATE INDEX dept_candidate_record_id ON relapse.dept_candidate USING btree (record_id);
CREATE INDEX dept_candidate_region ON relapse.dept_candidate USING btree (region_code, id);
CREATE UNIQUE INDEX dept_candidate_record_id_person_id_key ON relapse.dept_candidate USING btree (record_id, person_id) WHERE (NOT deleted);
alter table relapse.dept_candidate force row level security;
create policy scope on relapse.dept_candidate as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dept_cover (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    item_no text not null,
    listed_on date not null,
    period integer not null,
    batch_no text not null,
    constraint dept_cover_pkey PRIMARY KEY (id)
);
CREATE INDEX dept_cover_item_no ON relapse.dept_cover USING btree (region_code, item_no);
CREATE INDEX dept_cover_region ON relapse.dept_cover USING btree (region_code, id);
alter table relapse.dept_cover force row level security;
create policy scope on relapse.dept_cover as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dept_dataset (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    item_no text not null,
    dept text,
    name text,
    key_fields text,
    uses text[],
    frequency text,
    enabled boolean,
    note text,
    constraint dept_dataset_pkey PRIMARY KEY (id)
);
CREATE INDEX dept_dataset_dept ON relapse.dept_dataset USING btree (region_code, dept);
CREATE INDEX dept_dataset_enabled ON relapse.dept_dataset USING btree (region_code, enabled);
CREATE INDEX dept_dataset_frequency ON relapse.dept_dataset USING btree (region_code, frequency);
CREATE INDEX dept_dataset_name_prefix ON relapse.dept_dataset USING btree (name);
CREATE INDEX dept_dataset_region ON relapse.dept_dataset USING btree (region_code, id);
CREATE INDEX dept_dataset_uses ON relapse.dept_dataset USING gin (uses);
CREATE UNIQUE INDEX dept_dataset_item_no_key ON relapse.dept_dataset USING btree (item_no) WHERE (NOT deleted);
alter table relapse.dept_dataset force row level security;
create policy below on relapse.dept_dataset as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on relapse.dept_dataset as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dept_delivery (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    delivery_no text not null,
    sender_id uuid,
    channel text not null,
    dataset_id uuid,
    sender_no text not null,
    period integer,
    received_at timestamp with time zone not null,
    state text default '01'::text not null,
    message text,
    batch_id uuid,
    by_line boolean default false not null,
    content_hash text,
    job_id uuid,
    file_id uuid,
    place text,
    front_batch uuid,
    report jsonb,
    constraint dept_delivery_pkey PRIMARY KEY (id),
    constraint dept_delivery_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES relapse.dept_batch(id) ON DELETE RESTRICT,
    constraint dept_delivery_dataset_id_fkey FOREIGN KEY (dataset_id) REFERENCES relapse.dept_dataset(id) ON DELETE RESTRICT,
    constraint dept_delivery_sender_id_fkey FOREIGN KEY (sender_id) REFERENCES relapse.dept_sender(id) ON DELETE RESTRICT
);
CREATE INDEX dept_delivery_batch_id ON relapse.dept_delivery USING btree (batch_id);
CREATE INDEX dept_delivery_channel ON relapse.dept_delivery USING btree (region_code, channel);
CREATE INDEX dept_delivery_dataset_id ON relapse.dept_delivery USING btree (dataset_id);
CREATE INDEX dept_delivery_delivery_no ON relapse.dept_delivery USING btree (region_code, delivery_no);
CREATE INDEX dept_delivery_open ON relapse.dept_delivery USING btree (state) WHERE ((state = '01'::text) AND (NOT deleted));
CREATE INDEX dept_delivery_period ON relapse.dept_delivery USING btree (region_code, period);
CREATE INDEX dept_delivery_received_at ON relapse.dept_delivery USING btree (region_code, received_at);
CREATE INDEX dept_delivery_region ON relapse.dept_delivery USING btree (region_code, id);
CREATE INDEX dept_delivery_sender_id ON relapse.dept_delivery USING btree (sender_id);
CREATE INDEX dept_delivery_sender_no ON relapse.dept_delivery USING btree (region_code, sender_no);
CREATE INDEX dept_delivery_state ON relapse.dept_delivery USING btree (region_code, state);
CREATE UNIQUE INDEX dept_delivery_delivery_no_key ON relapse.dept_delivery USING btree (delivery_no) WHERE (NOT deleted);
CREATE UNIQUE INDEX dept_delivery_once ON relapse.dept_delivery USING btree (COALESCE(sender_id, '00000000-0000-0000-0000-000000000000'::uuid), channel, sender_no) WHERE (NOT deleted);
alter table relapse.dept_delivery force row level security;
create policy scope on relapse.dept_delivery as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dept_due (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    dataset_id uuid not null,
    dept text,
    sender_name text,
    period_text text not null,
    due date not null,
    days_late integer,
    last_received date,
    made_up date,
    state text default '01'::text not null,
    party text default ''::text not null,
    constraint dept_due_pkey PRIMARY KEY (id),
    constraint dept_due_dataset_id_fkey FOREIGN KEY (dataset_id) REFERENCES relapse.dept_dataset(id) ON DELETE RESTRICT
);
CREATE INDEX dept_due_dataset_id ON relapse.dept_due USING btree (dataset_id);
CREATE INDEX dept_due_dept ON relapse.dept_due USING btree (region_code, dept);
CREATE INDEX dept_due_due ON relapse.dept_due USING btree (region_code, due);
CREATE INDEX dept_due_once ON relapse.dept_due USING btree (dataset_id, party, due) WHERE (NOT deleted);
CREATE INDEX dept_due_region ON relapse.dept_due USING btree (region_code, id);
CREATE INDEX dept_due_state ON relapse.dept_due USING btree (region_code, state);
alter table relapse.dept_due force row level security;
create policy scope on relapse.dept_due as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dept_event (
    region_code text collate "C" not null,
    household_id uuid not null,
    person_id uuid not null,
    item_no text not null,
    day date not null,
    until date
);
CREATE INDEX dept_event_household ON relapse.dept_event USING btree (household_id, day);
CREATE INDEX dept_event_region ON relapse.dept_event USING btree (region_code);
CREATE UNIQUE INDEX dept_event_once ON relapse.dept_event USING btree (person_id, item_no, day);
alter table relapse.dept_event force row level security;
create policy scope on relapse.dept_event as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dept_fact (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    person_id uuid not null,
    household_id uuid not null,
    item_no text not null,
    serial text not null,
    kind text,
    grade text,
    state text,
    yes boolean,
    year integer,
    begin_day date,
    end_day date,
    amount bigint,
    number numeric(18,2),
    data_day date,
    batch_no text,
    constraint dept_fact_pkey PRIMARY KEY (id)
);
CREATE INDEX dept_fact_household_id ON relapse.dept_fact USING btree (household_id);
CREATE INDEX dept_fact_item_no ON relapse.dept_fact USING btree (item_no, region_code) WHERE (NOT deleted);
CREATE INDEX dept_fact_region ON relapse.dept_fact USING btree (region_code, id);
CREATE UNIQUE INDEX dept_fact_person_id_item_no_serial_key ON relapse.dept_fact USING btree (person_id, item_no, serial) WHERE (NOT deleted);
alter table relapse.dept_fact force row level security;
create policy scope on relapse.dept_fact as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dept_fault (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    batch_id uuid not null,
    kind text not null,
    column_label text,
    reason text,
    fault_rows integer not null,
    share numeric(18,2),
    first_rows text,
    constraint dept_fault_pkey PRIMARY KEY (id),
    constraint dept_fault_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES relapse.dept_batch(id) ON DELETE RESTRICT
);
CREATE INDEX dept_fault_batch_id ON relapse.dept_fault USING btree (batch_id);
CREATE INDEX dept_fault_kind ON relapse.dept_fault USING btree (region_code, kind);
CREATE INDEX dept_fault_region ON relapse.dept_fault USING btree (region_code, id);
alter table relapse.dept_fault force row level security;
create policy scope on relapse.dept_fault as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dept_held (
    record_id uuid not null,
    region_code text collate "C" not null,
    batch_id uuid not null,
    kept_on date not null,
    data_day date,
    day date,
    amount_fen bigint,
    relief_fen bigint not null,
    serial text not null,
    vals jsonb,
    constraint dept_held_pkey PRIMARY KEY (record_id),
    constraint dept_held_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES relapse.dept_batch(id) ON DELETE RESTRICT,
    constraint dept_held_record_id_fkey FOREIGN KEY (record_id) REFERENCES relapse.dept_record(id) ON DELETE RESTRICT
);
CREATE INDEX dept_held_batch ON relapse.dept_held USING btree (batch_id);
CREATE INDEX dept_held_region ON relapse.dept_held USING btree (region_code);
alter table relapse.dept_held force row level security;
create policy scope on relapse.dept_held as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dept_hit (
    id uuid default gen_random_uuid() not null,
    region_code text collate "C" not null,
    batch_id uuid not null,
    household_id uuid not null,
    rule_id uuid not null,
    dept text not null,
    made_on date not null,
    grade text not null,
    score integer not null,
    verdict text not null,
    clue_id uuid,
    model_version integer not null,
    constraint dept_hit_pkey PRIMARY KEY (id)
);
CREATE INDEX dept_hit_batch ON relapse.dept_hit USING btree (batch_id);
CREATE INDEX dept_hit_clue ON relapse.dept_hit USING btree (clue_id);
CREATE INDEX dept_hit_household ON relapse.dept_hit USING btree (household_id, made_on);
CREATE INDEX dept_hit_region ON relapse.dept_hit USING btree (region_code);
CREATE INDEX dept_hit_rule ON relapse.dept_hit USING btree (rule_id, made_on);
alter table relapse.dept_hit force row level security;
create policy scope on relapse.dept_hit as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dept_key (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    sender_id uuid not null,
    key_no text,
    purpose text not null,
    valid_from date,
    valid_to date,
    taken_at timestamp with time zone,
    used_at timestamp with time zone,
    state text default '01'::text,
    due_at timestamp with time zone,
    secret_cipher text,
    constraint dept_key_pkey PRIMARY KEY (id),
    constraint dept_key_sender_id_fkey FOREIGN KEY (sender_id) REFERENCES relapse.dept_sender(id) ON DELETE RESTRICT
);
CREATE INDEX dept_key_key_no ON relapse.dept_key USING btree (region_code, key_no);
CREATE INDEX dept_key_region ON relapse.dept_key USING btree (region_code, id);
CREATE INDEX dept_key_sender_id ON relapse.dept_key USING btree (sender_id);
CREATE INDEX dept_key_state ON relapse.dept_key USING btree (region_code, state);
CREATE UNIQUE INDEX dept_key_key_no_key ON relapse.dept_key USING btree (key_no) WHERE (NOT deleted);
alter table relapse.dept_key force row level security;
create policy scope on relapse.dept_key as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dept_line (
    region_code text collate "C" not null,
    batch_id uuid not null,
    row_no integer not null,
    record_id uuid not null,
    person_id uuid not null,
    household_id uuid not null,
    kept_on date not null,
    day date,
    data_day date,
    amount_fen bigint,
    relief_fen bigint not null,
    vals jsonb,
    medical_12m bigint,
    family_medical_12m bigint,
    month_sums bigint[],
    amount_12m bigint,
    times_12m integer,
    family_rows integer,
    is_new boolean not null,
    poverty boolean not null,
    monitored boolean not null,
    eliminated boolean not null,
    no_labor boolean not null,
    assisted boolean not null,
    disabled integer not null,
    above_compulsory integer not null,
    net bigint,
    operate bigint,
    birth_date date,
    labor_skill text,
    relation text,
    student_status text,
    household_no text,
    open_clue uuid,
    refused jsonb,
    constraint dept_line_pkey PRIMARY KEY (batch_id, row_no)
);
CREATE INDEX dept_line_household ON relapse.dept_line USING btree (household_id);
CREATE INDEX dept_line_kept ON relapse.dept_line USING btree (kept_on);
CREATE INDEX dept_line_region ON relapse.dept_line USING btree (region_code);
alter table relapse.dept_line force row level security;
create policy scope on relapse.dept_line as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dept_nonce (
    key_id uuid not null,
    nonce text not null,
    at timestamp with time zone default now() not null,
    constraint dept_nonce_pkey PRIMARY KEY (key_id, nonce),
    constraint dept_nonce_key_id_fkey FOREIGN KEY (key_id) REFERENCES relapse.dept_key(id) ON DELETE CASCADE
);
CREATE INDEX dept_nonce_at ON relapse.dept_nonce USING btree (at);

create table relapse.dept_record (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    batch_id uuid not null,
    row_no integer not null,
    raw_name text,
    raw_id_no_cipher text,
    raw_id_no_token bytea,
    raw_id_no_ok boolean,
    raw_id_no_kind text,
    raw_region text,
    data_time timestamp with time zone,
    source_serial text,
    match_state text default '00'::text not null,
    match_score numeric(18,4),
    household_id uuid,
    person_id uuid,
    reject_reason text,
    dataset_id uuid,
    match_method text,
    ask_reason text,
    deferred boolean,
    decided_by uuid,
    decided_at timestamp with time zone,
    decide_note text,
    constraint dept_record_pkey PRIMARY KEY (id),
    constraint dept_record_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES relapse.dept_batch(id) ON DELETE RESTRICT,
    constraint dept_record_dataset_id_fkey FOREIGN KEY (dataset_id) REFERENCES relapse.dept_dataset(id) ON DELETE RESTRICT
);
CREATE INDEX dept_record_ask_reason ON relapse.dept_record USING btree (region_code, ask_reason);
CREATE INDEX dept_record_batch_id ON relapse.dept_record USING btree (batch_id);
CREATE INDEX dept_record_dataset_id ON relapse.dept_record USING btree (dataset_id);
CREATE INDEX dept_record_decided_by ON relapse.dept_record USING btree (decided_by);
CREATE INDEX dept_record_deferred ON relapse.dept_record USING btree (region_code, deferred);
CREATE INDEX dept_record_household_id ON relapse.dept_record USING btree (household_id);
CREATE INDEX dept_record_match_method ON relapse.dept_record USING btree (region_code, match_method);
CREATE INDEX dept_record_match_state ON relapse.dept_record USING btree (region_code, match_state);
CREATE INDEX dept_record_person_id ON relapse.dept_record USING btree (person_id);
CREATE INDEX dept_record_raw_id_no_token ON relapse.dept_record USING btree (raw_id_no_token);
CREATE INDEX dept_record_region ON relapse.dept_record USING btree (region_code, id);
CREATE INDEX dept_record_waiting ON relapse.dept_record USING btree (region_code, deferred, id) WHERE ((match_state = '06'::text) AND (NOT deleted));
CREATE UNIQUE INDEX dept_record_batch_id_row_no_key ON relapse.dept_record USING btree (batch_id, row_no) WHERE (NOT deleted);
alter table relapse.dept_record force row level security;
create policy scope on relapse.dept_record as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dept_seen (
    region_code text collate "C" not null,
    person_id uuid not null,
    item_no text not null,
    first_on date not null
);
CREATE INDEX dept_seen_region ON relapse.dept_seen USING btree (region_code);
CREATE UNIQUE INDEX dept_seen_once ON relapse.dept_seen USING btree (item_no, person_id);
alter table relapse.dept_seen force row level security;
create policy scope on relapse.dept_seen as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dept_sender (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    name text not null,
    dept text not null,
    items text not null,
    folder text,
    db_role text,
    contact text,
    contact_phone text,
    state text default '01'::text,
    due_at timestamp with time zone,
    constraint dept_sender_pkey PRIMARY KEY (id)
);
CREATE INDEX dept_sender_dept ON relapse.dept_sender USING btree (region_code, dept);
CREATE INDEX dept_sender_name ON relapse.dept_sender USING btree (region_code, name);
CREATE INDEX dept_sender_region ON relapse.dept_sender USING btree (region_code, id);
CREATE INDEX dept_sender_state ON relapse.dept_sender USING btree (region_code, state);
CREATE UNIQUE INDEX dept_sender_folder ON relapse.dept_sender USING btree (folder) WHERE ((folder IS NOT NULL) AND (state <> '04'::text) AND (NOT deleted));
CREATE UNIQUE INDEX dept_sender_name_key ON relapse.dept_sender USING btree (name) WHERE (NOT deleted);
CREATE UNIQUE INDEX dept_sender_role ON relapse.dept_sender USING btree (db_role) WHERE ((db_role IS NOT NULL) AND (state <> '04'::text) AND (NOT deleted));
alter table relapse.dept_sender force row level security;
create policy scope on relapse.dept_sender as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dept_value (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    record_id uuid not null,
    field_name text not null,
    value_text text,
    value_number numeric(18,4),
    value_date date,
    constraint dept_value_pkey PRIMARY KEY (id),
    constraint dept_value_record_id_fkey FOREIGN KEY (record_id) REFERENCES relapse.dept_record(id) ON DELETE RESTRICT
);
CREATE INDEX dept_value_record_id ON relapse.dept_value USING btree (record_id);
CREATE INDEX dept_value_region ON relapse.dept_value USING btree (region_code, id);
CREATE UNIQUE INDEX dept_value_record_id_field_name_key ON relapse.dept_value USING btree (record_id, field_name) WHERE (NOT deleted);
alter table relapse.dept_value force row level security;
create policy scope on relapse.dept_value as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dispatch_batch (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    batch_no text not null,
    month integer,
    rule_version text,
    total integer default 0 not null,
    state text default '01'::text not null,
    approved_by uuid,
    approved_at timestamp with time zone,
    dispatched_at timestamp with time zone,
    note text,
    model_version integer,
    constraint dispatch_batch_pkey PRIMARY KEY (id)
);
CREATE INDEX dispatch_batch_approved_by ON relapse.dispatch_batch USING btree (approved_by);
CREATE INDEX dispatch_batch_model_version ON relapse.dispatch_batch USING btree (region_code, model_version);
CREATE INDEX dispatch_batch_month ON relapse.dispatch_batch USING btree (region_code, month);
CREATE INDEX dispatch_batch_region ON relapse.dispatch_batch USING btree (region_code, id);
CREATE INDEX dispatch_batch_state ON relapse.dispatch_batch USING btree (region_code, state);
CREATE UNIQUE INDEX dispatch_batch_batch_no_key ON relapse.dispatch_batch USING btree (batch_no) WHERE (NOT deleted);
alter table relapse.dispatch_batch force row level security;
create policy below on relapse.dispatch_batch as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on relapse.dispatch_batch as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.dispatch_count (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    batch_id uuid not null,
    county text collate "C" not null,
    level text not null,
    clue_count integer default 0 not null,
    constraint dispatch_count_pkey PRIMARY KEY (id),
    constraint dispatch_count_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES relapse.dispatch_batch(id) ON DELETE RESTRICT
);
CREATE INDEX dispatch_count_batch_id ON relapse.dispatch_count USING btree (batch_id);
CREATE INDEX dispatch_count_region ON relapse.dispatch_count USING btree (region_code, id);
CREATE UNIQUE INDEX dispatch_count_batch_id_county_level_key ON relapse.dispatch_count USING btree (batch_id, county, level) WHERE (NOT deleted);
alter table relapse.dispatch_count force row level security;
create policy scope on relapse.dispatch_count as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.economic_check (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    check_no text,
    household_id uuid,
    clue_id uuid,
    case_id uuid,
    auth_id uuid,
    entrust_region text collate "C",
    purpose text,
    check_items text[],
    period_start date,
    period_end date,
    check_date_base date,
    submit_at timestamp with time zone,
    accept_at timestamp with time zone,
    report_at timestamp with time zone,
    report_no text,
    conclusion text,
    over_limit text[],
    county_watch boolean,
    shared_with text,
    valid_to date,
    due_at timestamp with time zone,
    state text default '10'::text not null,
    used_days integer,
    constraint economic_check_pkey PRIMARY KEY (id),
    constraint economic_check_auth_id_fkey FOREIGN KEY (auth_id) REFERENCES relapse."authorization"(id) ON DELETE RESTRICT,
    constraint economic_check_case_id_fkey FOREIGN KEY (case_id) REFERENCES relapse.monitor_case(id) ON DELETE RESTRICT,
    constraint economic_check_clue_id_fkey FOREIGN KEY (clue_id) REFERENCES relapse.clue(id) ON DELETE RESTRICT
);
CREATE INDEX economic_check_auth_id ON relapse.economic_check USING btree (auth_id);
CREATE INDEX economic_check_case_id ON relapse.economic_check USING btree (case_id);
CREATE INDEX economic_check_check_no ON relapse.economic_check USING btree (region_code, check_no);
CREATE INDEX economic_check_check_no_prefix ON relapse.economic_check USING btree (check_no);
CREATE INDEX economic_check_clue_id ON relapse.economic_check USING btree (clue_id);
CREATE INDEX economic_check_conclusion ON relapse.economic_check USING btree (region_code, conclusion);
CREATE INDEX economic_check_county_watch ON relapse.economic_check USING btree (region_code, county_watch);
CREATE INDEX economic_check_due_at ON relapse.economic_check USING btree (region_code, due_at);
CREATE INDEX economic_check_household_id ON relapse.economic_check USING btree (household_id);
CREATE INDEX economic_check_purpose ON relapse.economic_check USING btree (region_code, purpose);
CREATE INDEX economic_check_region ON relapse.economic_check USING btree (region_code, id);
CREATE INDEX economic_check_state ON relapse.economic_check USING btree (region_code, state);
CREATE INDEX economic_check_state_region ON relapse.economic_check USING btree (state, region_code) WHERE (NOT deleted);
CREATE INDEX economic_check_submit_at ON relapse.economic_check USING btree (region_code, submit_at);
CREATE INDEX economic_check_valid_to ON relapse.economic_check USING btree (region_code, valid_to);
CREATE UNIQUE INDEX economic_check_check_no_key ON relapse.economic_check USING btree (check_no) WHERE (NOT deleted);
alter table relapse.economic_check force row level security;
create policy scope on relapse.economic_check as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.economic_check_objection (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    check_id uuid not null,
    raised_on date,
    content text,
    result text,
    handled_on date,
    constraint economic_check_objection_pkey PRIMARY KEY (id),
    constraint economic_check_objection_check_id_fkey FOREIGN KEY (check_id) REFERENCES relapse.economic_check(id) ON DELETE RESTRICT
);
CREATE INDEX economic_check_objection_check_id ON relapse.economic_check_objection USING btree (check_id);
CREATE INDEX economic_check_objection_region ON relapse.economic_check_objection USING btree (region_code, id);
alter table relapse.economic_check_objection force row level security;
create policy scope on relapse.economic_check_objection as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.economic_check_person (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    check_id uuid not null,
    name text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    relation text,
    is_obligor boolean,
    constraint economic_check_person_pkey PRIMARY KEY (id),
    constraint economic_check_person_check_id_fkey FOREIGN KEY (check_id) REFERENCES relapse.economic_check(id) ON DELETE RESTRICT
);
CREATE INDEX economic_check_person_check_id ON relapse.economic_check_person USING btree (check_id);
CREATE INDEX economic_check_person_id_no_token ON relapse.economic_check_person USING btree (id_no_token);
CREATE INDEX economic_check_person_region ON relapse.economic_check_person USING btree (region_code, id);
CREATE UNIQUE INDEX economic_check_person_check_id_id_no_token_key ON relapse.economic_check_person USING btree (check_id, id_no_token) WHERE (NOT deleted);
alter table relapse.economic_check_person force row level security;
create policy scope on relapse.economic_check_person as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.economic_check_result (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    check_id uuid not null,
    item text,
    data_source text,
    value_range text,
    over boolean,
    constraint economic_check_result_pkey PRIMARY KEY (id),
    constraint economic_check_result_check_id_fkey FOREIGN KEY (check_id) REFERENCES relapse.economic_check(id) ON DELETE RESTRICT
);
CREATE INDEX economic_check_result_check_id ON relapse.economic_check_result USING btree (check_id);
CREATE INDEX economic_check_result_region ON relapse.economic_check_result USING btree (region_code, id);
alter table relapse.economic_check_result force row level security;
create policy scope on relapse.economic_check_result as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.elimination (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    case_id uuid,
    household_id uuid,
    apply_date date,
    way text,
    natural_reason text,
    after_income_id uuid,
    after_security_id uuid,
    after_ref_pc bigint,
    income_stable_months integer,
    expense_solved boolean,
    no_new_risk boolean,
    verify_note text,
    contact_after uuid,
    contact_phone text,
    county_doc_no text,
    eliminate_ym integer,
    due_at timestamp with time zone,
    state text default '10'::text not null,
    constraint elimination_pkey PRIMARY KEY (id),
    constraint elimination_case_id_fkey FOREIGN KEY (case_id) REFERENCES relapse.monitor_case(id) ON DELETE RESTRICT
);
CREATE INDEX elimination_after_income_id ON relapse.elimination USING btree (after_income_id);
CREATE INDEX elimination_after_security_id ON relapse.elimination USING btree (after_security_id);
CREATE INDEX elimination_apply_date ON relapse.elimination USING btree (region_code, apply_date);
CREATE INDEX elimination_case_id ON relapse.elimination USING btree (case_id);
CREATE INDEX elimination_contact_after ON relapse.elimination USING btree (contact_after);
CREATE INDEX elimination_due_at ON relapse.elimination USING btree (region_code, due_at);
CREATE INDEX elimination_eliminate_ym ON relapse.elimination USING btree (region_code, eliminate_ym);
CREATE INDEX elimination_household_id ON relapse.elimination USING btree (household_id);
CREATE INDEX elimination_region ON relapse.elimination USING btree (region_code, id);
CREATE INDEX elimination_state ON relapse.elimination USING btree (region_code, state);
CREATE INDEX elimination_state_region ON relapse.elimination USING btree (state, region_code) WHERE (NOT deleted);
CREATE INDEX elimination_way ON relapse.elimination USING btree (region_code, way);
alter table relapse.elimination force row level security;
create policy scope on relapse.elimination as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.elimination_risk (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    elimination_id uuid not null,
    risk text,
    solved text,
    measure_id uuid,
    constraint elimination_risk_pkey PRIMARY KEY (id),
    constraint elimination_risk_elimination_id_fkey FOREIGN KEY (elimination_id) REFERENCES relapse.elimination(id) ON DELETE RESTRICT,
    constraint elimination_risk_measure_id_fkey FOREIGN KEY (measure_id) REFERENCES relapse.measure(id) ON DELETE RESTRICT
);
CREATE INDEX elimination_risk_elimination_id ON relapse.elimination_risk USING btree (elimination_id);
CREATE INDEX elimination_risk_measure_id ON relapse.elimination_risk USING btree (measure_id);
CREATE INDEX elimination_risk_region ON relapse.elimination_risk USING btree (region_code, id);
CREATE UNIQUE INDEX elimination_risk_elimination_id_risk_key ON relapse.elimination_risk USING btree (elimination_id, risk) WHERE (NOT deleted);
alter table relapse.elimination_risk force row level security;
create policy scope on relapse.elimination_risk as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.feedback (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    feedback_no text,
    user_id uuid,
    user_name text,
    module text,
    page_url text,
    kind text,
    title text,
    content text,
    contact text,
    related_clue uuid,
    related_rule uuid,
    state text default '01'::text not null,
    handler uuid,
    accepted_at timestamp with time zone,
    reply text,
    reply_at timestamp with time zone,
    satisfaction integer,
    constraint feedback_pkey PRIMARY KEY (id),
    constraint feedback_related_clue_fkey FOREIGN KEY (related_clue) REFERENCES relapse.clue(id) ON DELETE RESTRICT,
    constraint feedback_related_rule_fkey FOREIGN KEY (related_rule) REFERENCES relapse.warn_rule(id) ON DELETE RESTRICT
);
CREATE INDEX feedback_handler ON relapse.feedback USING btree (handler);
CREATE INDEX feedback_kind ON relapse.feedback USING btree (region_code, kind);
CREATE INDEX feedback_module ON relapse.feedback USING btree (region_code, module);
CREATE INDEX feedback_region ON relapse.feedback USING btree (region_code, id);
CREATE INDEX feedback_related_clue ON relapse.feedback USING btree (related_clue);
CREATE INDEX feedback_related_rule ON relapse.feedback USING btree (related_rule);
CREATE INDEX feedback_state ON relapse.feedback USING btree (region_code, state);
CREATE INDEX feedback_title ON relapse.feedback USING btree (region_code, title);
CREATE INDEX feedback_user_id ON relapse.feedback USING btree (user_id);
CREATE UNIQUE INDEX feedback_feedback_no_key ON relapse.feedback USING btree (feedback_no) WHERE (NOT deleted);
alter table relapse.feedback force row level security;
create policy scope on relapse.feedback as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.help_plan (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    case_id uuid not null,
    version integer,
    plan_date date,
    expected_net_pc bigint,
    state text default '01'::text not null,
    approve_by uuid,
    approve_at timestamp with time zone,
    due_at timestamp with time zone,
    constraint help_plan_pkey PRIMARY KEY (id),
    constraint help_plan_case_id_fkey FOREIGN KEY (case_id) REFERENCES relapse.monitor_case(id) ON DELETE RESTRICT
);
CREATE INDEX help_plan_approve_by ON relapse.help_plan USING btree (approve_by);
CREATE INDEX help_plan_case_id ON relapse.help_plan USING btree (case_id);
CREATE INDEX help_plan_due_at ON relapse.help_plan USING btree (region_code, due_at);
CREATE INDEX help_plan_plan_date ON relapse.help_plan USING btree (region_code, plan_date);
CREATE INDEX help_plan_region ON relapse.help_plan USING btree (region_code, id);
CREATE INDEX help_plan_state ON relapse.help_plan USING btree (region_code, state);
CREATE UNIQUE INDEX help_plan_case_id_version_key ON relapse.help_plan USING btree (case_id, version) WHERE (NOT deleted);
alter table relapse.help_plan force row level security;
create policy scope on relapse.help_plan as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.help_plan_target (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    plan_id uuid not null,
    risk text,
    category text,
    item text,
    measure_text text,
    resp_unit text,
    resp_person text,
    due_date date,
    expected text,
    person_id uuid,
    constraint help_plan_target_pkey PRIMARY KEY (id),
    constraint help_plan_target_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES relapse.help_plan(id) ON DELETE RESTRICT
);
CREATE INDEX help_plan_target_person_id ON relapse.help_plan_target USING btree (person_id);
CREATE INDEX help_plan_target_plan_id ON relapse.help_plan_target USING btree (plan_id);
CREATE INDEX help_plan_target_region ON relapse.help_plan_target USING btree (region_code, id);
alter table relapse.help_plan_target force row level security;
create policy scope on relapse.help_plan_target as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.measure (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    case_id uuid,
    household_id uuid not null,
    category text,
    item text,
    other_note text,
    person_id uuid,
    project_id text,
    amount bigint,
    quantity numeric(18,2),
    unit text,
    start_date date,
    end_date date,
    resp_unit text,
    resp_person text,
    state text,
    landed_date date,
    effect_income bigint,
    effect_note text,
    household_confirm boolean,
    plan_id uuid,
    due_at timestamp with time zone,
    constraint measure_pkey PRIMARY KEY (id),
    constraint measure_case_id_fkey FOREIGN KEY (case_id) REFERENCES relapse.monitor_case(id) ON DELETE RESTRICT,
    constraint measure_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES relapse.help_plan(id) ON DELETE RESTRICT
);
CREATE INDEX measure_case_id ON relapse.measure USING btree (case_id);
CREATE INDEX measure_category ON relapse.measure USING btree (region_code, category);
CREATE INDEX measure_due_at ON relapse.measure USING btree (region_code, due_at);
CREATE INDEX measure_household_id ON relapse.measure USING btree (household_id);
CREATE INDEX measure_item ON relapse.measure USING btree (region_code, item);
CREATE INDEX measure_person_id ON relapse.measure USING btree (person_id);
CREATE INDEX measure_plan_id ON relapse.measure USING btree (plan_id);
CREATE INDEX measure_region ON relapse.measure USING btree (region_code, id);
CREATE INDEX measure_start_date ON relapse.measure USING btree (region_code, start_date);
CREATE INDEX measure_state ON relapse.measure USING btree (region_code, state);
alter table relapse.measure force row level security;
create policy scope on relapse.measure as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.meeting_case (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    meeting_id uuid not null,
    household_id uuid,
    clue_id uuid,
    elimination_id uuid,
    matter text,
    agree integer,
    against integer,
    abstain integer,
    avoided integer,
    result text,
    opinion text,
    constraint meeting_case_pkey PRIMARY KEY (id),
    constraint meeting_case_clue_id_fkey FOREIGN KEY (clue_id) REFERENCES relapse.clue(id) ON DELETE RESTRICT,
    constraint meeting_case_elimination_id_fkey FOREIGN KEY (elimination_id) REFERENCES relapse.elimination(id) ON DELETE RESTRICT,
    constraint meeting_case_meeting_id_fkey FOREIGN KEY (meeting_id) REFERENCES relapse.review_meeting(id) ON DELETE RESTRICT
);
CREATE INDEX meeting_case_clue_id ON relapse.meeting_case USING btree (clue_id);
CREATE INDEX meeting_case_elimination_id ON relapse.meeting_case USING btree (elimination_id);
CREATE INDEX meeting_case_household_id ON relapse.meeting_case USING btree (household_id);
CREATE INDEX meeting_case_matter ON relapse.meeting_case USING btree (region_code, matter);
CREATE INDEX meeting_case_meeting_id ON relapse.meeting_case USING btree (meeting_id);
CREATE INDEX meeting_case_region ON relapse.meeting_case USING btree (region_code, id);
CREATE INDEX meeting_case_result ON relapse.meeting_case USING btree (region_code, result);
CREATE UNIQUE INDEX meeting_case_meeting_id_household_id_matter_key ON relapse.meeting_case USING btree (meeting_id, household_id, matter) WHERE (NOT deleted);
alter table relapse.meeting_case force row level security;
create policy scope on relapse.meeting_case as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.model_replay (
    id uuid not null,
    region_code text collate "C" not null,
    version_id uuid not null,
    base_id uuid not null,
    stamp text not null,
    first_day date,
    last_day date,
    batches integer not null,
    lines bigint not null,
    made_by uuid not null,
    made_at timestamp with time zone default now() not null,
    totals jsonb not null,
    constraint model_replay_pkey PRIMARY KEY (id),
    constraint model_replay_base_id_fkey FOREIGN KEY (base_id) REFERENCES relapse.model_version(id) ON DELETE RESTRICT,
    constraint model_replay_version_id_fkey FOREIGN KEY (version_id) REFERENCES relapse.model_version(id) ON DELETE RESTRICT
);
CREATE INDEX model_replay_region ON relapse.model_replay USING btree (region_code);
CREATE INDEX model_replay_version ON relapse.model_replay USING btree (version_id, made_at);
alter table relapse.model_replay force row level security;
create policy scope on relapse.model_replay as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));
create policy versions_below on relapse.model_replay as permissive for select using ((region_code = ANY (app.scope_above())));

create table relapse.model_replay_change (
    replay_id uuid not null,
    region_code text collate "C" not null,
    batch_id uuid not null,
    household_id uuid not null,
    gained boolean not null,
    rule text not null,
    score integer not null,
    clue_id uuid,
    result text,
    constraint model_replay_change_pkey PRIMARY KEY (replay_id, batch_id, household_id),
    constraint model_replay_change_replay_id_fkey FOREIGN KEY (replay_id) REFERENCES relapse.model_replay(id) ON DELETE CASCADE
);
CREATE INDEX model_replay_change_region ON relapse.model_replay_change USING btree (region_code);
alter table relapse.model_replay_change force row level security;
create policy scope on relapse.model_replay_change as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.model_replay_count (
    replay_id uuid not null,
    region_code text collate "C" not null,
    rule text not null,
    before integer not null,
    after integer not null,
    gained integer not null,
    lost integer not null,
    lost_included integer not null,
    expected_before numeric(12,1) not null,
    expected_after numeric(12,1) not null,
    constraint model_replay_count_pkey PRIMARY KEY (replay_id, region_code, rule),
    constraint model_replay_count_replay_id_fkey FOREIGN KEY (replay_id) REFERENCES relapse.model_replay(id) ON DELETE CASCADE
);
CREATE INDEX model_replay_count_region ON relapse.model_replay_count USING btree (region_code);
alter table relapse.model_replay_count force row level security;
create policy scope on relapse.model_replay_count as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.model_value (
    version_id uuid not null,
    region_code text collate "C" not null,
    key text not null,
    valid_from date not null,
    value bigint not null,
    constraint model_value_pkey PRIMARY KEY (version_id, key, region_code, valid_from),
    constraint model_value_version_id_fkey FOREIGN KEY (version_id) REFERENCES relapse.model_version(id) ON DELETE RESTRICT
);
CREATE INDEX model_value_region ON relapse.model_value USING btree (region_code);
alter table relapse.model_value force row level security;
create policy scope on relapse.model_value as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));
create policy versions_below on relapse.model_value as permissive for select using ((region_code = ANY (app.scope_above())));

create table relapse.model_version (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    version integer,
    name text,
    reason text,
    base_version integer,
    state text default '01'::text not null,
    author uuid,
    due_at timestamp with time zone,
    replay_id text,
    released_at timestamp with time zone,
    released_by uuid,
    constraint model_version_in_force EXCLUDE USING btree ((true) WITH =) WHERE (((state = '03'::text) AND (NOT deleted))) DEFERRABLE INITIALLY DEFERRED,
    constraint model_version_pkey PRIMARY KEY (id)
);
CREATE INDEX model_version_author ON relapse.model_version USING btree (author);
CREATE INDEX model_version_due_at ON relapse.model_version USING btree (region_code, due_at);
CREATE INDEX model_version_region ON relapse.model_version USING btree (region_code, id);
CREATE INDEX model_version_released_by ON relapse.model_version USING btree (released_by);
CREATE INDEX model_version_state ON relapse.model_version USING btree (region_code, state);
CREATE UNIQUE INDEX model_version_version_key ON relapse.model_version USING btree (version) WHERE (NOT deleted);
alter table relapse.model_version force row level security;
create policy below on relapse.model_version as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on relapse.model_version as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.monitor_case (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    case_no text,
    household_id uuid not null,
    monitor_type text,
    was_poverty boolean,
    whole_no_labor_bottom boolean,
    clue_id uuid,
    source_line text,
    identify_ym integer,
    identify_date date,
    risk1 text,
    risk2 text,
    risk3 text,
    risk4 text,
    risk5 text,
    disaster_kind text,
    disaster_note text,
    risk_other_note text,
    identify_income_id uuid,
    identify_security_id uuid,
    line_year integer,
    line_value bigint,
    collector text,
    collector_phone text,
    contact_id uuid,
    dev_measure_state text,
    county_doc_no text,
    county_doc_date date,
    state text default '10'::text not null,
    eliminated boolean default false not null,
    eliminate_way text,
    eliminate_ym integer,
    eliminate_income_id uuid,
    eliminate_security_id uuid,
    review_due date,
    line_state text,
    constraint monitor_case_pkey PRIMARY KEY (id),
    constraint monitor_case_clue_id_fkey FOREIGN KEY (clue_id) REFERENCES relapse.clue(id) ON DELETE RESTRICT
);
CREATE INDEX monitor_case_clue_id ON relapse.monitor_case USING btree (clue_id);
CREATE INDEX monitor_case_contact_id ON relapse.monitor_case USING btree (contact_id);
CREATE INDEX monitor_case_dev_measure_state ON relapse.monitor_case USING btree (region_code, dev_measure_state);
CREATE INDEX monitor_case_eliminate_income_id ON relapse.monitor_case USING btree (eliminate_income_id);
CREATE INDEX monitor_case_eliminate_security_id ON relapse.monitor_case USING btree (eliminate_security_id);
CREATE INDEX monitor_case_eliminate_way ON relapse.monitor_case USING btree (region_code, eliminate_way);
CREATE INDEX monitor_case_eliminate_ym ON relapse.monitor_case USING btree (region_code, eliminate_ym);
CREATE INDEX monitor_case_eliminated ON relapse.monitor_case USING btree (region_code, eliminated);
CREATE INDEX monitor_case_household_id ON relapse.monitor_case USING btree (household_id);
CREATE INDEX monitor_case_household_state ON relapse.monitor_case USING btree (household_id, state) WHERE (NOT deleted);
CREATE INDEX monitor_case_identify_income_id ON relapse.monitor_case USING btree (identify_income_id);
CREATE INDEX monitor_case_identify_security_id ON relapse.monitor_case USING btree (identify_security_id);
CREATE INDEX monitor_case_identify_ym ON relapse.monitor_case USING btree (region_code, identify_ym);
CREATE INDEX monitor_case_monitor_type ON relapse.monitor_case USING btree (region_code, monitor_type);
CREATE INDEX monitor_case_region ON relapse.monitor_case USING btree (region_code, id);
CREATE INDEX monitor_case_review_due ON relapse.monitor_case USING btree (region_code, review_due);
CREATE INDEX monitor_case_risk1 ON relapse.monitor_case USING btree (region_code, risk1);
CREATE INDEX monitor_case_source_line ON relapse.monitor_case USING btree (region_code, source_line);
CREATE INDEX monitor_case_state ON relapse.monitor_case USING btree (region_code, state);
CREATE INDEX monitor_case_was_poverty ON relapse.monitor_case USING btree (region_code, was_poverty);
CREATE INDEX monitor_case_whole_no_labor_bottom ON relapse.monitor_case USING btree (region_code, whole_no_labor_bottom);
CREATE UNIQUE INDEX monitor_case_case_no_key ON relapse.monitor_case USING btree (case_no) WHERE (NOT deleted);
alter table relapse.monitor_case force row level security;
create policy scope on relapse.monitor_case as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.ocr_field (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    log_id uuid not null,
    field_name text not null,
    confidence numeric(18,4),
    edited boolean default false not null,
    constraint ocr_field_pkey PRIMARY KEY (id),
    constraint ocr_field_log_id_fkey FOREIGN KEY (log_id) REFERENCES relapse.ocr_log(id) ON DELETE RESTRICT
);
CREATE INDEX ocr_field_log_id ON relapse.ocr_field USING btree (log_id);
CREATE INDEX ocr_field_region ON relapse.ocr_field USING btree (region_code, id);
CREATE UNIQUE INDEX ocr_field_log_id_field_name_key ON relapse.ocr_field USING btree (log_id, field_name) WHERE (NOT deleted);
alter table relapse.ocr_field force row level security;
create policy scope on relapse.ocr_field as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.ocr_log (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    user_id uuid,
    at timestamp with time zone,
    device text,
    edited_fields text,
    image_kept boolean default false not null,
    purpose text,
    constraint ocr_log_pkey PRIMARY KEY (id)
);
CREATE INDEX ocr_log_image_kept ON relapse.ocr_log USING btree (region_code, image_kept);
CREATE INDEX ocr_log_region ON relapse.ocr_log USING btree (region_code, id);
CREATE INDEX ocr_log_user_id ON relapse.ocr_log USING btree (user_id);
alter table relapse.ocr_log force row level security;
create policy scope on relapse.ocr_log as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.patrol (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    task_id uuid,
    household_id uuid not null,
    visitor_id uuid,
    visit_at timestamp with time zone,
    focus_groups text[],
    edu_ok boolean,
    house_ok boolean,
    med_ok boolean,
    water_ok boolean,
    income_hint text,
    expense_hint bigint,
    found boolean,
    risk_types text[],
    text text,
    to_clue_id uuid,
    constraint patrol_pkey PRIMARY KEY (id),
    constraint patrol_task_id_fkey FOREIGN KEY (task_id) REFERENCES relapse.patrol_task(id) ON DELETE RESTRICT,
    constraint patrol_to_clue_id_fkey FOREIGN KEY (to_clue_id) REFERENCES relapse.clue(id) ON DELETE RESTRICT
);
CREATE INDEX patrol_focus_groups ON relapse.patrol USING gin (focus_groups);
CREATE INDEX patrol_found ON relapse.patrol USING btree (region_code, found);
CREATE INDEX patrol_household_id ON relapse.patrol USING btree (household_id);
CREATE INDEX patrol_income_hint ON relapse.patrol USING btree (region_code, income_hint);
CREATE INDEX patrol_region ON relapse.patrol USING btree (region_code, id);
CREATE INDEX patrol_risk_types ON relapse.patrol USING gin (risk_types);
CREATE INDEX patrol_task_id ON relapse.patrol USING btree (task_id);
CREATE INDEX patrol_to_clue_id ON relapse.patrol USING btree (to_clue_id);
CREATE INDEX patrol_visit_at ON relapse.patrol USING btree (region_code, visit_at);
CREATE INDEX patrol_visitor_id ON relapse.patrol USING btree (visitor_id);
alter table relapse.patrol force row level security;
create policy scope on relapse.patrol as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.patrol_target (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    task_id uuid not null,
    household_id uuid not null,
    work text not null,
    due date not null,
    state text default '01'::text not null,
    done_on date,
    constraint patrol_target_pkey PRIMARY KEY (id),
    constraint patrol_target_household_id_fkey FOREIGN KEY (household_id) REFERENCES reg.household(id) ON DELETE RESTRICT,
    constraint patrol_target_task_id_fkey FOREIGN KEY (task_id) REFERENCES relapse.patrol_task(id) ON DELETE RESTRICT
);
CREATE INDEX patrol_target_done_on ON relapse.patrol_target USING btree (region_code, done_on);
CREATE INDEX patrol_target_due ON relapse.patrol_target USING btree (region_code, due);
CREATE INDEX patrol_target_household_id ON relapse.patrol_target USING btree (household_id);
CREATE INDEX patrol_target_region ON relapse.patrol_target USING btree (region_code, id);
CREATE INDEX patrol_target_state ON relapse.patrol_target USING btree (region_code, state);
CREATE INDEX patrol_target_task_id ON relapse.patrol_target USING btree (task_id);
CREATE INDEX patrol_target_work ON relapse.patrol_target USING btree (region_code, work);
CREATE UNIQUE INDEX patrol_target_key ON relapse.patrol_target USING btree (task_id, household_id) WHERE (NOT deleted);
alter table relapse.patrol_target force row level security;
create policy scope on relapse.patrol_target as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.patrol_task (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    name text,
    year integer,
    scope_note text,
    focus_groups text[],
    start_date date,
    end_date date,
    state text,
    hh_total integer,
    hh_done integer,
    progress integer,
    constraint patrol_task_pkey PRIMARY KEY (id)
);
CREATE INDEX patrol_task_end_date ON relapse.patrol_task USING btree (region_code, end_date);
CREATE INDEX patrol_task_focus_groups ON relapse.patrol_task USING gin (focus_groups);
CREATE INDEX patrol_task_name ON relapse.patrol_task USING btree (region_code, name);
CREATE INDEX patrol_task_region ON relapse.patrol_task USING btree (region_code, id);
CREATE INDEX patrol_task_start_date ON relapse.patrol_task USING btree (region_code, start_date);
CREATE INDEX patrol_task_state ON relapse.patrol_task USING btree (region_code, state);
CREATE INDEX patrol_task_year ON relapse.patrol_task USING btree (region_code, year);
alter table relapse.patrol_task force row level security;
create policy below on relapse.patrol_task as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on relapse.patrol_task as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.product_price (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    product text not null,
    month integer not null,
    price bigint not null,
    unit text default '公斤'::text not null,
    is_leading boolean default true not null,
    price_source text,
    constraint product_price_pkey PRIMARY KEY (id)
);
CREATE INDEX product_price_is_leading ON relapse.product_price USING btree (region_code, is_leading);
CREATE INDEX product_price_month ON relapse.product_price USING btree (region_code, month);
CREATE INDEX product_price_product ON relapse.product_price USING btree (region_code, product);
CREATE INDEX product_price_region ON relapse.product_price USING btree (region_code, id);
CREATE UNIQUE INDEX product_price_region_code_product_month_key ON relapse.product_price USING btree (region_code, product, month) WHERE (NOT deleted);
alter table relapse.product_price force row level security;
create policy scope on relapse.product_price as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.publicity (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    kind text,
    title text,
    body text,
    start_date date,
    end_date date,
    places text,
    result text,
    meeting_id uuid,
    constraint publicity_pkey PRIMARY KEY (id),
    constraint publicity_meeting_id_fkey FOREIGN KEY (meeting_id) REFERENCES relapse.review_meeting(id) ON DELETE RESTRICT
);
CREATE INDEX publicity_end_date ON relapse.publicity USING btree (region_code, end_date);
CREATE INDEX publicity_kind ON relapse.publicity USING btree (region_code, kind);
CREATE INDEX publicity_meeting_id ON relapse.publicity USING btree (meeting_id);
CREATE INDEX publicity_region ON relapse.publicity USING btree (region_code, id);
CREATE INDEX publicity_result ON relapse.publicity USING btree (region_code, result);
CREATE INDEX publicity_start_date ON relapse.publicity USING btree (region_code, start_date);
CREATE INDEX publicity_title_prefix ON relapse.publicity USING btree (title);
alter table relapse.publicity force row level security;
create policy scope on relapse.publicity as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.publicity_case (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    publicity_id uuid not null,
    household_id uuid,
    clue_id uuid,
    elimination_id uuid,
    head_name text,
    population integer,
    monitor_type text,
    group_name text,
    constraint publicity_case_pkey PRIMARY KEY (id),
    constraint publicity_case_clue_id_fkey FOREIGN KEY (clue_id) REFERENCES relapse.clue(id) ON DELETE RESTRICT,
    constraint publicity_case_elimination_id_fkey FOREIGN KEY (elimination_id) REFERENCES relapse.elimination(id) ON DELETE RESTRICT,
    constraint publicity_case_publicity_id_fkey FOREIGN KEY (publicity_id) REFERENCES relapse.publicity(id) ON DELETE RESTRICT
);
CREATE INDEX publicity_case_clue_id ON relapse.publicity_case USING btree (clue_id);
CREATE INDEX publicity_case_elimination_id ON relapse.publicity_case USING btree (elimination_id);
CREATE INDEX publicity_case_household_id ON relapse.publicity_case USING btree (household_id);
CREATE INDEX publicity_case_publicity_id ON relapse.publicity_case USING btree (publicity_id);
CREATE INDEX publicity_case_region ON relapse.publicity_case USING btree (region_code, id);
CREATE UNIQUE INDEX publicity_case_publicity_id_household_id_key ON relapse.publicity_case USING btree (publicity_id, household_id) WHERE (NOT deleted);
alter table relapse.publicity_case force row level security;
create policy scope on relapse.publicity_case as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.publicity_objection (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    publicity_id uuid not null,
    household_id uuid,
    objector text,
    raised_on date,
    content text,
    accepted_by text,
    handling text,
    handled_on date,
    conclusion text,
    constraint publicity_objection_pkey PRIMARY KEY (id),
    constraint publicity_objection_publicity_id_fkey FOREIGN KEY (publicity_id) REFERENCES relapse.publicity(id) ON DELETE RESTRICT
);
CREATE INDEX publicity_objection_household_id ON relapse.publicity_objection USING btree (household_id);
CREATE INDEX publicity_objection_publicity_id ON relapse.publicity_objection USING btree (publicity_id);
CREATE INDEX publicity_objection_region ON relapse.publicity_objection USING btree (region_code, id);
alter table relapse.publicity_objection force row level security;
create policy scope on relapse.publicity_objection as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.region_alarm (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    kind text not null,
    subject text not null,
    title text not null,
    county text collate "C" not null,
    reason text not null,
    households integer,
    share numeric(18,2),
    found_on date not null,
    last_seen date not null,
    due_at timestamp with time zone,
    answer text,
    answered_at timestamp with time zone,
    state text default '01'::text,
    constraint region_alarm_pkey PRIMARY KEY (id)
);
CREATE INDEX region_alarm_found_on ON relapse.region_alarm USING btree (region_code, found_on);
CREATE INDEX region_alarm_kind ON relapse.region_alarm USING btree (region_code, kind);
CREATE INDEX region_alarm_region ON relapse.region_alarm USING btree (region_code, id);
CREATE INDEX region_alarm_state ON relapse.region_alarm USING btree (region_code, state);
CREATE INDEX region_alarm_subject ON relapse.region_alarm USING btree (region_code, subject);
CREATE UNIQUE INDEX region_alarm_open ON relapse.region_alarm USING btree (region_code, kind, subject) WHERE ((state <> '04'::text) AND (NOT deleted));
alter table relapse.region_alarm force row level security;
create policy scope on relapse.region_alarm as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.region_alarm_household (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    alarm_id uuid not null,
    household_id uuid not null,
    event_day date,
    constraint region_alarm_household_pkey PRIMARY KEY (id),
    constraint region_alarm_household_alarm_id_fkey FOREIGN KEY (alarm_id) REFERENCES relapse.region_alarm(id) ON DELETE RESTRICT,
    constraint region_alarm_household_household_id_fkey FOREIGN KEY (household_id) REFERENCES reg.household(id) ON DELETE RESTRICT
);
CREATE INDEX region_alarm_household_alarm_id ON relapse.region_alarm_household USING btree (alarm_id);
CREATE INDEX region_alarm_household_household_id ON relapse.region_alarm_household USING btree (household_id);
CREATE INDEX region_alarm_household_region ON relapse.region_alarm_household USING btree (region_code, id);
CREATE UNIQUE INDEX region_alarm_household_alarm_id_household_id_key ON relapse.region_alarm_household USING btree (alarm_id, household_id) WHERE (NOT deleted);
alter table relapse.region_alarm_household force row level security;
create policy scope on relapse.region_alarm_household as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.review_meeting (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    meeting_no text,
    meeting_kind text,
    meeting_at timestamp with time zone,
    place text,
    host text,
    recorder text,
    supervisor text,
    should_attend integer,
    attend integer,
    constraint review_meeting_pkey PRIMARY KEY (id)
);
CREATE INDEX review_meeting_meeting_at ON relapse.review_meeting USING btree (region_code, meeting_at);
CREATE INDEX review_meeting_meeting_kind ON relapse.review_meeting USING btree (region_code, meeting_kind);
CREATE INDEX review_meeting_meeting_no ON relapse.review_meeting USING btree (region_code, meeting_no);
CREATE INDEX review_meeting_meeting_no_prefix ON relapse.review_meeting USING btree (meeting_no);
CREATE INDEX review_meeting_region ON relapse.review_meeting USING btree (region_code, id);
CREATE UNIQUE INDEX review_meeting_meeting_no_key ON relapse.review_meeting USING btree (meeting_no) WHERE (NOT deleted);
alter table relapse.review_meeting force row level security;
create policy scope on relapse.review_meeting as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.self_apply (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    clue_id uuid,
    applicant_name text,
    applicant_id_no_cipher text,
    applicant_id_no_token bytea,
    applicant_id_no_ok boolean,
    applicant_id_no_kind text,
    applicant_phone text,
    head_name text,
    apply_region text collate "C",
    relation text,
    agent_note text,
    channel text,
    risk_types text[],
    difficulty_text text,
    promise_checked boolean,
    authorize_checked boolean,
    accepted_by uuid,
    accepted_at timestamp with time zone,
    accept_note text,
    informed_at timestamp with time zone,
    inform_way text,
    satisfaction integer,
    receipt_no text,
    constraint self_apply_pkey PRIMARY KEY (id),
    constraint self_apply_clue_id_fkey FOREIGN KEY (clue_id) REFERENCES relapse.clue(id) ON DELETE RESTRICT
);
CREATE INDEX self_apply_accepted_at ON relapse.self_apply USING btree (region_code, accepted_at);
CREATE INDEX self_apply_accepted_by ON relapse.self_apply USING btree (accepted_by);
CREATE INDEX self_apply_applicant_id_no_token ON relapse.self_apply USING btree (applicant_id_no_token);
CREATE INDEX self_apply_applicant_name_prefix ON relapse.self_apply USING btree (applicant_name);
CREATE INDEX self_apply_channel ON relapse.self_apply USING btree (region_code, channel);
CREATE INDEX self_apply_clue_id ON relapse.self_apply USING btree (clue_id);
CREATE INDEX self_apply_head_name ON relapse.self_apply USING btree (region_code, head_name);
CREATE INDEX self_apply_receipt_no ON relapse.self_apply USING btree (region_code, receipt_no);
CREATE INDEX self_apply_region ON relapse.self_apply USING btree (region_code, id);
CREATE INDEX self_apply_risk_types ON relapse.self_apply USING gin (risk_types);
CREATE UNIQUE INDEX self_apply_receipt_no_key ON relapse.self_apply USING btree (receipt_no) WHERE (NOT deleted);
alter table relapse.self_apply force row level security;
create policy scope on relapse.self_apply as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.share_catalog (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    dataset text not null,
    title text,
    dept text[],
    lowest_level text,
    enabled boolean,
    note text,
    constraint share_catalog_pkey PRIMARY KEY (id)
);
CREATE INDEX share_catalog_dept ON relapse.share_catalog USING gin (dept);
CREATE INDEX share_catalog_enabled ON relapse.share_catalog USING btree (region_code, enabled);
CREATE INDEX share_catalog_lowest_level ON relapse.share_catalog USING btree (region_code, lowest_level);
CREATE INDEX share_catalog_region ON relapse.share_catalog USING btree (region_code, id);
CREATE INDEX share_catalog_title ON relapse.share_catalog USING btree (region_code, title);
CREATE UNIQUE INDEX share_catalog_dataset_key ON relapse.share_catalog USING btree (dataset) WHERE (NOT deleted);
alter table relapse.share_catalog force row level security;
create policy below on relapse.share_catalog as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on relapse.share_catalog as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.share_catalog_field (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    catalog_id uuid not null,
    field_name text not null,
    label text,
    sens_level text,
    shared boolean,
    constraint share_catalog_field_pkey PRIMARY KEY (id),
    constraint share_catalog_field_catalog_id_fkey FOREIGN KEY (catalog_id) REFERENCES relapse.share_catalog(id) ON DELETE RESTRICT
);
CREATE INDEX share_catalog_field_catalog_id ON relapse.share_catalog_field USING btree (catalog_id);
CREATE INDEX share_catalog_field_region ON relapse.share_catalog_field USING btree (region_code, id);
CREATE UNIQUE INDEX share_catalog_field_catalog_id_field_name_key ON relapse.share_catalog_field USING btree (catalog_id, field_name) WHERE (NOT deleted);
alter table relapse.share_catalog_field force row level security;
create policy below on relapse.share_catalog_field as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on relapse.share_catalog_field as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.share_download (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    request_id uuid not null,
    user_id uuid,
    at timestamp with time zone,
    ip text,
    rows integer,
    constraint share_download_pkey PRIMARY KEY (id),
    constraint share_download_request_id_fkey FOREIGN KEY (request_id) REFERENCES relapse.share_request(id) ON DELETE RESTRICT
);
CREATE INDEX share_download_region ON relapse.share_download USING btree (region_code, id);
CREATE INDEX share_download_request_id ON relapse.share_download USING btree (request_id);
CREATE INDEX share_download_user_id ON relapse.share_download USING btree (user_id);
alter table relapse.share_download force row level security;
create policy scope on relapse.share_download as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.share_request (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    catalog_id uuid not null,
    applicant uuid,
    applicant_unit text,
    data_region text collate "C",
    purpose text,
    filter text,
    period integer,
    state text default '01'::text not null,
    approver uuid,
    approved_at timestamp with time zone,
    opinion text,
    watermark_id text,
    expire_at timestamp with time zone,
    download_left integer,
    constraint share_request_pkey PRIMARY KEY (id),
    constraint share_request_catalog_id_fkey FOREIGN KEY (catalog_id) REFERENCES relapse.share_catalog(id) ON DELETE RESTRICT
);
CREATE INDEX share_request_applicant ON relapse.share_request USING btree (applicant);
CREATE INDEX share_request_applicant_unit ON relapse.share_request USING btree (region_code, applicant_unit);
CREATE INDEX share_request_approver ON relapse.share_request USING btree (approver);
CREATE INDEX share_request_catalog_id ON relapse.share_request USING btree (catalog_id);
CREATE INDEX share_request_data_region ON relapse.share_request USING btree (region_code, data_region);
CREATE INDEX share_request_region ON relapse.share_request USING btree (region_code, id);
CREATE INDEX share_request_state ON relapse.share_request USING btree (region_code, state);
alter table relapse.share_request force row level security;
create policy scope on relapse.share_request as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.share_request_field (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    request_id uuid not null,
    field_name text not null,
    sens_level text,
    reason text,
    constraint share_request_field_pkey PRIMARY KEY (id),
    constraint share_request_field_request_id_fkey FOREIGN KEY (request_id) REFERENCES relapse.share_request(id) ON DELETE RESTRICT
);
CREATE INDEX share_request_field_region ON relapse.share_request_field USING btree (region_code, id);
CREATE INDEX share_request_field_request_id ON relapse.share_request_field USING btree (request_id);
CREATE UNIQUE INDEX share_request_field_request_id_field_name_key ON relapse.share_request_field USING btree (request_id, field_name) WHERE (NOT deleted);
alter table relapse.share_request_field force row level security;
create policy scope on relapse.share_request_field as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.supervise (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    target_dataset text,
    target_id text,
    target_title text,
    kind text,
    issued_by uuid,
    issued_at timestamp with time zone,
    demand text,
    due date,
    reply text,
    reply_at timestamp with time zone,
    state text default '01'::text not null,
    constraint supervise_pkey PRIMARY KEY (id)
);
CREATE INDEX supervise_due ON relapse.supervise USING btree (region_code, due);
CREATE INDEX supervise_issued_by ON relapse.supervise USING btree (issued_by);
CREATE INDEX supervise_kind ON relapse.supervise USING btree (region_code, kind);
CREATE INDEX supervise_region ON relapse.supervise USING btree (region_code, id);
CREATE INDEX supervise_state ON relapse.supervise USING btree (region_code, state);
CREATE INDEX supervise_target_id ON relapse.supervise USING btree (region_code, target_id);
CREATE INDEX supervise_target_title ON relapse.supervise USING btree (region_code, target_title);
alter table relapse.supervise force row level security;
create policy scope on relapse.supervise as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.task_pack (
    query_id uuid not null,
    name text not null,
    made_by uuid not null,
    made_at timestamp with time zone default now() not null,
    constraint task_pack_pkey PRIMARY KEY (query_id)
);

create table relapse.verify_asset (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    form_id uuid not null,
    kind text,
    holder text,
    quantity numeric(18,2),
    amount bigint,
    detail text,
    constraint verify_asset_pkey PRIMARY KEY (id),
    constraint verify_asset_form_id_fkey FOREIGN KEY (form_id) REFERENCES relapse.verify_form(id) ON DELETE RESTRICT
);
CREATE INDEX verify_asset_form_id ON relapse.verify_asset USING btree (form_id);
CREATE INDEX verify_asset_region ON relapse.verify_asset USING btree (region_code, id);
alter table relapse.verify_asset force row level security;
create policy scope on relapse.verify_asset as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.verify_expense (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    form_id uuid not null,
    kind text,
    total bigint,
    reimbursed bigint,
    claimed bigint,
    self_pay bigint,
    note text,
    constraint verify_expense_pkey PRIMARY KEY (id),
    constraint verify_expense_form_id_fkey FOREIGN KEY (form_id) REFERENCES relapse.verify_form(id) ON DELETE RESTRICT
);
CREATE INDEX verify_expense_form_id ON relapse.verify_expense USING btree (form_id);
CREATE INDEX verify_expense_region ON relapse.verify_expense USING btree (region_code, id);
alter table relapse.verify_expense force row level security;
create policy scope on relapse.verify_expense as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.verify_form (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    clue_id uuid not null,
    household_id uuid not null,
    verify_at timestamp with time zone,
    lon numeric(18,6),
    lat numeric(18,6),
    distance_m integer,
    distance_note text,
    met_person text,
    met_relation text,
    members_ok boolean,
    labor_count integer,
    income_id uuid,
    security_id uuid,
    policy_enjoyed text[],
    no_obligor boolean,
    self_cope text,
    risk_confirmed boolean,
    risk_types text[],
    suggest text,
    not_include_reasons text[],
    suggest_text text,
    draft_local_id text,
    audit_state text default '0'::text not null,
    return_reason text,
    disaster_kind text,
    risk_other_note text,
    constraint verify_form_pkey PRIMARY KEY (id),
    constraint verify_form_clue_id_fkey FOREIGN KEY (clue_id) REFERENCES relapse.clue(id) ON DELETE RESTRICT,
    constraint verify_form_suggest_text_check CHECK ((char_length(suggest_text) <= 400))
);
CREATE INDEX verify_form_audit_state ON relapse.verify_form USING btree (region_code, audit_state);
CREATE INDEX verify_form_clue_id ON relapse.verify_form USING btree (clue_id);
CREATE INDEX verify_form_household_id ON relapse.verify_form USING btree (household_id);
CREATE INDEX verify_form_income_id ON relapse.verify_form USING btree (income_id);
CREATE INDEX verify_form_not_include_reasons ON relapse.verify_form USING gin (not_include_reasons);
CREATE INDEX verify_form_region ON relapse.verify_form USING btree (region_code, id);
CREATE INDEX verify_form_risk_confirmed ON relapse.verify_form USING btree (region_code, risk_confirmed);
CREATE INDEX verify_form_risk_types ON relapse.verify_form USING gin (risk_types);
CREATE INDEX verify_form_security_id ON relapse.verify_form USING btree (security_id);
CREATE INDEX verify_form_suggest ON relapse.verify_form USING btree (region_code, suggest);
CREATE INDEX verify_form_verify_at ON relapse.verify_form USING btree (region_code, verify_at);
alter table relapse.verify_form force row level security;
create policy scope on relapse.verify_form as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.verify_member_fix (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    form_id uuid not null,
    fix_kind text,
    person_id uuid,
    name text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    relation text,
    field_name text,
    old_value text,
    new_value text,
    reason text,
    applied boolean default false not null,
    constraint verify_member_fix_pkey PRIMARY KEY (id),
    constraint verify_member_fix_form_id_fkey FOREIGN KEY (form_id) REFERENCES relapse.verify_form(id) ON DELETE RESTRICT
);
CREATE INDEX verify_member_fix_form_id ON relapse.verify_member_fix USING btree (form_id);
CREATE INDEX verify_member_fix_id_no_token ON relapse.verify_member_fix USING btree (id_no_token);
CREATE INDEX verify_member_fix_person_id ON relapse.verify_member_fix USING btree (person_id);
CREATE INDEX verify_member_fix_region ON relapse.verify_member_fix USING btree (region_code, id);
alter table relapse.verify_member_fix force row level security;
create policy scope on relapse.verify_member_fix as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.verify_obligor (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    form_id uuid not null,
    obligor_id uuid not null,
    note text,
    constraint verify_obligor_pkey PRIMARY KEY (id),
    constraint verify_obligor_form_id_fkey FOREIGN KEY (form_id) REFERENCES relapse.verify_form(id) ON DELETE RESTRICT
);
CREATE INDEX verify_obligor_form_id ON relapse.verify_obligor USING btree (form_id);
CREATE INDEX verify_obligor_obligor_id ON relapse.verify_obligor USING btree (obligor_id);
CREATE INDEX verify_obligor_region ON relapse.verify_obligor USING btree (region_code, id);
CREATE UNIQUE INDEX verify_obligor_form_id_obligor_id_key ON relapse.verify_obligor USING btree (form_id, obligor_id) WHERE (NOT deleted);
alter table relapse.verify_obligor force row level security;
create policy scope on relapse.verify_obligor as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.verify_reason (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    form_id uuid not null,
    reason text,
    person_name text,
    org_name text,
    org_state text,
    address text,
    set_count integer,
    vehicle text,
    buy_year integer,
    value_est bigint,
    amount_range text,
    self_pay bigint,
    claimed bigint,
    obligor_id uuid,
    error_kind text,
    computed text,
    explain text,
    conflict_note text,
    constraint verify_reason_pkey PRIMARY KEY (id),
    constraint verify_reason_form_id_fkey FOREIGN KEY (form_id) REFERENCES relapse.verify_form(id) ON DELETE RESTRICT
);
CREATE INDEX verify_reason_form_id ON relapse.verify_reason USING btree (form_id);
CREATE INDEX verify_reason_obligor_id ON relapse.verify_reason USING btree (obligor_id);
CREATE INDEX verify_reason_region ON relapse.verify_reason USING btree (region_code, id);
CREATE UNIQUE INDEX verify_reason_form_id_reason_key ON relapse.verify_reason USING btree (form_id, reason) WHERE (NOT deleted);
alter table relapse.verify_reason force row level security;
create policy scope on relapse.verify_reason as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.verify_verifier (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    form_id uuid not null,
    user_id uuid not null,
    name text,
    post text,
    constraint verify_verifier_pkey PRIMARY KEY (id),
    constraint verify_verifier_form_id_fkey FOREIGN KEY (form_id) REFERENCES relapse.verify_form(id) ON DELETE RESTRICT
);
CREATE INDEX verify_verifier_form_id ON relapse.verify_verifier USING btree (form_id);
CREATE INDEX verify_verifier_region ON relapse.verify_verifier USING btree (region_code, id);
CREATE INDEX verify_verifier_user_id ON relapse.verify_verifier USING btree (user_id);
CREATE UNIQUE INDEX verify_verifier_form_id_user_id_key ON relapse.verify_verifier USING btree (form_id, user_id) WHERE (NOT deleted);
alter table relapse.verify_verifier force row level security;
create policy scope on relapse.verify_verifier as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.visit (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    case_id uuid,
    household_id uuid not null,
    visitor_id uuid,
    visit_at timestamp with time zone,
    way text,
    present_person text,
    income_change text,
    income_note text,
    expense_change text,
    expense_note text,
    member_change text,
    edu_worse boolean,
    house_worse boolean,
    med_worse boolean,
    water_worse boolean,
    new_risk text[],
    risk_judge text,
    content text,
    lon numeric(18,6),
    lat numeric(18,6),
    constraint visit_pkey PRIMARY KEY (id),
    constraint visit_case_id_fkey FOREIGN KEY (case_id) REFERENCES relapse.monitor_case(id) ON DELETE RESTRICT
);
CREATE INDEX visit_case_id ON relapse.visit USING btree (case_id);
CREATE INDEX visit_household_id ON relapse.visit USING btree (household_id);
CREATE INDEX visit_new_risk ON relapse.visit USING gin (new_risk);
CREATE INDEX visit_region ON relapse.visit USING btree (region_code, id);
CREATE INDEX visit_risk_judge ON relapse.visit USING btree (region_code, risk_judge);
CREATE INDEX visit_visit_at ON relapse.visit USING btree (region_code, visit_at);
CREATE INDEX visit_visitor_id ON relapse.visit USING btree (visitor_id);
CREATE INDEX visit_way ON relapse.visit USING btree (region_code, way);
alter table relapse.visit force row level security;
create policy scope on relapse.visit as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.visit_burden (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    form_id uuid not null,
    month integer not null,
    filled_count integer not null,
    typed_count integer not null,
    minutes integer not null,
    photo_count integer not null,
    constraint visit_burden_pkey PRIMARY KEY (id),
    constraint visit_burden_form_id_fkey FOREIGN KEY (form_id) REFERENCES relapse.verify_form(id) ON DELETE RESTRICT
);
CREATE INDEX visit_burden_month ON relapse.visit_burden USING btree (region_code, month);
CREATE INDEX visit_burden_region ON relapse.visit_burden USING btree (region_code, id);
CREATE UNIQUE INDEX visit_burden_form_id_key ON relapse.visit_burden USING btree (form_id) WHERE (NOT deleted);
alter table relapse.visit_burden force row level security;
create policy scope on relapse.visit_burden as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.visit_measure_progress (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    visit_id uuid not null,
    measure_id uuid not null,
    state text,
    progress text,
    problem text,
    constraint visit_measure_progress_pkey PRIMARY KEY (id),
    constraint visit_measure_progress_measure_id_fkey FOREIGN KEY (measure_id) REFERENCES relapse.measure(id) ON DELETE RESTRICT,
    constraint visit_measure_progress_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES relapse.visit(id) ON DELETE RESTRICT
);
CREATE INDEX visit_measure_progress_measure_id ON relapse.visit_measure_progress USING btree (measure_id);
CREATE INDEX visit_measure_progress_region ON relapse.visit_measure_progress USING btree (region_code, id);
CREATE INDEX visit_measure_progress_visit_id ON relapse.visit_measure_progress USING btree (visit_id);
CREATE UNIQUE INDEX visit_measure_progress_visit_id_measure_id_key ON relapse.visit_measure_progress USING btree (visit_id, measure_id) WHERE (NOT deleted);
alter table relapse.visit_measure_progress force row level security;
create policy scope on relapse.visit_measure_progress as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.warn_rule (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    rule_id text not null,
    version integer default 1 not null,
    name text,
    dept text,
    dataset_id uuid,
    subject text,
    risk text[],
    basis text,
    expr text,
    exclude_expr text,
    weight integer,
    level_default text,
    level_override text,
    dedupe_days integer,
    cooldown_days integer,
    enabled boolean,
    state text default '01'::text not null,
    published_at timestamp with time zone,
    published_by uuid,
    precision_90d numeric(18,2),
    constraint warn_rule_pkey PRIMARY KEY (id),
    constraint warn_rule_dataset_id_fkey FOREIGN KEY (dataset_id) REFERENCES relapse.dept_dataset(id) ON DELETE RESTRICT
);
CREATE INDEX warn_rule_dataset_id ON relapse.warn_rule USING btree (dataset_id);
CREATE INDEX warn_rule_dept ON relapse.warn_rule USING btree (region_code, dept);
CREATE INDEX warn_rule_enabled ON relapse.warn_rule USING btree (region_code, enabled);
CREATE INDEX warn_rule_level_default ON relapse.warn_rule USING btree (region_code, level_default);
CREATE INDEX warn_rule_name ON relapse.warn_rule USING btree (region_code, name);
CREATE INDEX warn_rule_published_by ON relapse.warn_rule USING btree (published_by);
CREATE INDEX warn_rule_region ON relapse.warn_rule USING btree (region_code, id);
CREATE INDEX warn_rule_risk ON relapse.warn_rule USING gin (risk);
CREATE INDEX warn_rule_rule_id_prefix ON relapse.warn_rule USING btree (rule_id);
CREATE INDEX warn_rule_state ON relapse.warn_rule USING btree (region_code, state);
CREATE INDEX warn_rule_subject ON relapse.warn_rule USING btree (region_code, subject);
CREATE UNIQUE INDEX warn_rule_rule_id_version_key ON relapse.warn_rule USING btree (rule_id, version) WHERE (NOT deleted);
alter table relapse.warn_rule force row level security;
create policy below on relapse.warn_rule as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on relapse.warn_rule as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.warn_rule_param (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    rule_id uuid not null,
    key text not null,
    label text,
    value numeric(18,4),
    unit text,
    constraint warn_rule_param_pkey PRIMARY KEY (id),
    constraint warn_rule_param_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES relapse.warn_rule(id) ON DELETE RESTRICT
);
CREATE INDEX warn_rule_param_region ON relapse.warn_rule_param USING btree (region_code, id);
CREATE INDEX warn_rule_param_rule_id ON relapse.warn_rule_param USING btree (rule_id);
CREATE UNIQUE INDEX warn_rule_param_rule_id_key_key ON relapse.warn_rule_param USING btree (rule_id, key) WHERE (NOT deleted);
alter table relapse.warn_rule_param force row level security;
create policy below on relapse.warn_rule_param as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on relapse.warn_rule_param as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table relapse.watch_item (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    kind text,
    household_id uuid not null,
    reason text,
    duty_level text,
    due date,
    found_on date,
    last_seen date,
    state text default '01'::text not null,
    handled_note text,
    constraint watch_item_pkey PRIMARY KEY (id),
    constraint watch_item_household_id_fkey FOREIGN KEY (household_id) REFERENCES reg.household(id) ON DELETE RESTRICT
);
CREATE INDEX watch_item_due ON relapse.watch_item USING btree (region_code, due);
CREATE INDEX watch_item_duty_level ON relapse.watch_item USING btree (region_code, duty_level);
CREATE INDEX watch_item_found_on ON relapse.watch_item USING btree (region_code, found_on);
CREATE INDEX watch_item_household_id ON relapse.watch_item USING btree (household_id);
CREATE INDEX watch_item_kind ON relapse.watch_item USING btree (region_code, kind);
CREATE INDEX watch_item_region ON relapse.watch_item USING btree (region_code, id);
CREATE INDEX watch_item_state ON relapse.watch_item USING btree (region_code, state);
CREATE UNIQUE INDEX watch_item_open_key ON relapse.watch_item USING btree (household_id, kind) WHERE ((state = ANY (ARRAY['01'::text, '02'::text])) AND (NOT deleted));
alter table relapse.watch_item force row level security;
create policy scope on relapse.watch_item as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table toilet."check" (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    toilet_id uuid,
    check_type text,
    check_date date,
    checkers text,
    conclusion text,
    sample_id uuid,
    renovation_id uuid,
    constraint check_pkey PRIMARY KEY (id)
);
CREATE INDEX check_check_date ON toilet."check" USING btree (region_code, check_date);
CREATE INDEX check_check_type ON toilet."check" USING btree (region_code, check_type);
CREATE INDEX check_conclusion ON toilet."check" USING btree (region_code, conclusion);
CREATE INDEX check_region ON toilet."check" USING btree (region_code, id);
CREATE INDEX check_renovation_id ON toilet."check" USING btree (renovation_id);
CREATE INDEX check_sample_id ON toilet."check" USING btree (sample_id);
CREATE INDEX check_toilet_id ON toilet."check" USING btree (toilet_id);
alter table toilet."check" force row level security;
create policy scope on toilet."check" as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table toilet.attr_sync (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    sync_batch text,
    sync_time timestamp with time zone,
    toilet_id uuid,
    match_mode text,
    old_attr text[],
    new_attr text[],
    household_id uuid,
    result text,
    handled_by text,
    handled_at timestamp with time zone,
    constraint attr_sync_pkey PRIMARY KEY (id)
);
CREATE INDEX attr_sync_household_id ON toilet.attr_sync USING btree (household_id);
CREATE INDEX attr_sync_match_mode ON toilet.attr_sync USING btree (region_code, match_mode);
CREATE INDEX attr_sync_new_attr ON toilet.attr_sync USING gin (new_attr);
CREATE INDEX attr_sync_old_attr ON toilet.attr_sync USING gin (old_attr);
CREATE INDEX attr_sync_region ON toilet.attr_sync USING btree (region_code, id);
CREATE INDEX attr_sync_result ON toilet.attr_sync USING btree (region_code, result);
CREATE INDEX attr_sync_toilet_id ON toilet.attr_sync USING btree (toilet_id);
alter table toilet.attr_sync force row level security;
create policy scope on toilet.attr_sync as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table toilet.check_item (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    check_id uuid,
    item_code text,
    item_result text,
    item_value numeric(18,2),
    item_note text,
    constraint check_item_pkey PRIMARY KEY (id)
);
CREATE INDEX check_item_check_id ON toilet.check_item USING btree (check_id);
CREATE INDEX check_item_item_code ON toilet.check_item USING btree (region_code, item_code);
CREATE INDEX check_item_item_result ON toilet.check_item USING btree (region_code, item_result);
CREATE INDEX check_item_region ON toilet.check_item USING btree (region_code, id);
CREATE UNIQUE INDEX check_item_check_id_item_code_key ON toilet.check_item USING btree (check_id, item_code) WHERE (NOT deleted);
alter table toilet.check_item force row level security;
create policy scope on toilet.check_item as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table toilet.county_aim (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    data_year integer,
    region_class text,
    coverage_target numeric(18,2),
    septic_intact_target numeric(18,2),
    doc_no text,
    constraint county_aim_pkey PRIMARY KEY (id)
);
CREATE INDEX county_aim_data_year ON toilet.county_aim USING btree (region_code, data_year);
CREATE INDEX county_aim_region ON toilet.county_aim USING btree (region_code, id);
CREATE INDEX county_aim_region_class ON toilet.county_aim USING btree (region_code, region_class);
CREATE UNIQUE INDEX county_aim_region_code_data_year_key ON toilet.county_aim USING btree (region_code, data_year) WHERE (NOT deleted);
alter table toilet.county_aim force row level security;
create policy below on toilet.county_aim as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on toilet.county_aim as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table toilet.house_toilet (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    data_year integer,
    group_name text,
    toilet_no text,
    household_id uuid,
    head_name text,
    head_id_card_cipher text,
    head_id_card_token bytea,
    head_id_card_ok boolean,
    head_id_card_kind text,
    phone text,
    house_attr text[],
    attr_synced_at timestamp with time zone,
    family_size integer,
    resident_size integer,
    house_no text,
    address text,
    longitude numeric(18,7),
    latitude numeric(18,7),
    residence_status text,
    has_toilet boolean,
    no_toilet_reason text,
    toilet_count integer,
    build_form text,
    location_type text,
    toilet_type text,
    is_sanitary boolean,
    is_harmless boolean,
    sanitary_claimed boolean,
    toilet_area numeric(18,2),
    room_height numeric(18,2),
    wall_ok boolean,
    roof_ok boolean,
    door_ok boolean,
    window_ok boolean,
    pan_type text,
    flush_mode text,
    water_available boolean,
    septic_form text,
    septic_volume numeric(18,2),
    septic_depth numeric(18,2),
    vol1 numeric(18,2),
    vol2 numeric(18,2),
    vol3 numeric(18,2),
    septic_vendor text,
    septic_model text,
    overflow_pipe_ok boolean,
    vent_pipe_ok boolean,
    cover_ok boolean,
    well_distance numeric(18,1),
    second_cover boolean,
    wetland boolean,
    sewage_dest text,
    residue_dest text,
    greywater_dest text,
    connected_pipe_network boolean,
    joint_house_count integer,
    use_status text,
    unused_reason text,
    hygiene_level text,
    odor_level text,
    fly_level text,
    feces_exposed boolean,
    old_toilet_status text,
    renovated boolean,
    fiscal_supported boolean,
    has_problem boolean,
    renovate_willing text,
    plan_year integer,
    satisfaction text,
    responsible_person text,
    responsible_phone text,
    survey_date date,
    surveyor text,
    surveyor_phone text,
    remark text,
    cancel_reason text,
    change_note text,
    due_at timestamp with time zone,
    record_state text,
    constraint house_toilet_pkey PRIMARY KEY (id)
);
CREATE INDEX house_toilet_data_year ON toilet.house_toilet USING btree (region_code, data_year);
CREATE INDEX house_toilet_due_at ON toilet.house_toilet USING btree (region_code, due_at);
CREATE INDEX house_toilet_fiscal_supported ON toilet.house_toilet USING btree (region_code, fiscal_supported);
CREATE INDEX house_toilet_group_name ON toilet.house_toilet USING btree (region_code, group_name);
CREATE INDEX house_toilet_has_problem ON toilet.house_toilet USING btree (region_code, has_problem);
CREATE INDEX house_toilet_has_toilet ON toilet.house_toilet USING btree (region_code, has_toilet);
CREATE INDEX house_toilet_head_id_card_token ON toilet.house_toilet USING btree (head_id_card_token);
CREATE INDEX house_toilet_house_attr ON toilet.house_toilet USING gin (house_attr);
CREATE INDEX house_toilet_household_id ON toilet.house_toilet USING btree (household_id);
CREATE INDEX house_toilet_is_harmless ON toilet.house_toilet USING btree (region_code, is_harmless);
CREATE INDEX house_toilet_is_sanitary ON toilet.house_toilet USING btree (region_code, is_sanitary);
CREATE INDEX house_toilet_model ON toilet.house_toilet USING btree (septic_vendor, septic_model) WHERE ((NOT deleted) AND (septic_vendor IS NOT NULL));
CREATE INDEX house_toilet_phone ON toilet.house_toilet USING btree (phone) WHERE (NOT deleted);
CREATE INDEX house_toilet_point ON toilet.house_toilet USING btree (longitude, latitude) WHERE (NOT deleted);
CREATE INDEX house_toilet_record_state ON toilet.house_toilet USING btree (region_code, record_state);
CREATE INDEX house_toilet_region ON toilet.house_toilet USING btree (region_code, id);
CREATE INDEX house_toilet_renovated ON toilet.house_toilet USING btree (region_code, renovated);
CREATE INDEX house_toilet_residence_status ON toilet.house_toilet USING btree (region_code, residence_status);
CREATE INDEX house_toilet_septic_form ON toilet.house_toilet USING btree (region_code, septic_form);
CREATE INDEX house_toilet_survey_date ON toilet.house_toilet USING btree (region_code, survey_date);
CREATE INDEX house_toilet_surveyed ON toilet.house_toilet USING btree (survey_date, surveyor) WHERE (NOT deleted);
CREATE INDEX house_toilet_toilet_no ON toilet.house_toilet USING btree (region_code, toilet_no);
CREATE INDEX house_toilet_toilet_type ON toilet.house_toilet USING btree (region_code, toilet_type);
CREATE INDEX house_toilet_use_status ON toilet.house_toilet USING btree (region_code, use_status);
CREATE UNIQUE INDEX house_toilet_toilet_no_key ON toilet.house_toilet USING btree (toilet_no) WHERE (NOT deleted);
alter table toilet.house_toilet force row level security;
create policy scope on toilet.house_toilet as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table toilet.maintenance (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    toilet_id uuid,
    service_type text,
    request_time timestamp with time zone,
    request_by text,
    station_id uuid,
    handle_time timestamp with time zone,
    handler text,
    content text,
    fee bigint,
    sludge_volume numeric(18,2),
    sludge_dest text,
    householder_score integer,
    public_toilet_id uuid,
    subsidy_fee bigint,
    due_at timestamp with time zone,
    state text,
    constraint maintenance_pkey PRIMARY KEY (id)
);
CREATE INDEX maintenance_due_at ON toilet.maintenance USING btree (region_code, due_at);
CREATE INDEX maintenance_public_toilet_id ON toilet.maintenance USING btree (public_toilet_id);
CREATE INDEX maintenance_region ON toilet.maintenance USING btree (region_code, id);
CREATE INDEX maintenance_service_type ON toilet.maintenance USING btree (region_code, service_type);
CREATE INDEX maintenance_sludge_dest ON toilet.maintenance USING btree (region_code, sludge_dest);
CREATE INDEX maintenance_state ON toilet.maintenance USING btree (region_code, state);
CREATE INDEX maintenance_station_id ON toilet.maintenance USING btree (station_id);
CREATE INDEX maintenance_toilet_id ON toilet.maintenance USING btree (toilet_id);
alter table toilet.maintenance force row level security;
create policy scope on toilet.maintenance as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table toilet.problem (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    toilet_id uuid,
    renovation_id uuid,
    problem_no text,
    find_source text,
    find_date date,
    finder text,
    problem_item text[],
    usable text,
    problem_desc text,
    severity text,
    rectify_class text,
    rectify_measure text[],
    need_fund bigint,
    duty_unit text,
    duty_person text,
    duty_phone text,
    deadline date,
    status text,
    solved_date date,
    plan_year integer,
    reopened_from uuid,
    due_at timestamp with time zone,
    constraint problem_pkey PRIMARY KEY (id)
);
CREATE INDEX problem_deadline ON toilet.problem USING btree (region_code, deadline);
CREATE INDEX problem_due_at ON toilet.problem USING btree (region_code, due_at);
CREATE INDEX problem_find_date ON toilet.problem USING btree (region_code, find_date);
CREATE INDEX problem_find_source ON toilet.problem USING btree (region_code, find_source);
CREATE INDEX problem_problem_item ON toilet.problem USING gin (problem_item);
CREATE INDEX problem_problem_no ON toilet.problem USING btree (region_code, problem_no);
CREATE INDEX problem_rectify_class ON toilet.problem USING btree (region_code, rectify_class);
CREATE INDEX problem_region ON toilet.problem USING btree (region_code, id);
CREATE INDEX problem_renovation_id ON toilet.problem USING btree (renovation_id);
CREATE INDEX problem_reopened_from ON toilet.problem USING btree (reopened_from);
CREATE INDEX problem_severity ON toilet.problem USING btree (region_code, severity);
CREATE INDEX problem_solved_date ON toilet.problem USING btree (region_code, solved_date);
CREATE INDEX problem_status ON toilet.problem USING btree (region_code, status);
CREATE INDEX problem_toilet_id ON toilet.problem USING btree (toilet_id);
CREATE INDEX problem_usable ON toilet.problem USING btree (region_code, usable);
CREATE UNIQUE INDEX problem_problem_no_key ON toilet.problem USING btree (problem_no) WHERE (NOT deleted);
alter table toilet.problem force row level security;
create policy scope on toilet.problem as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table toilet.public_toilet (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    name text,
    location_desc text,
    longitude numeric(18,7),
    latitude numeric(18,7),
    site_type text,
    build_year integer,
    renov_year integer,
    toilet_type text,
    male_seats integer,
    female_seats integer,
    third_toilet boolean,
    accessible boolean,
    area numeric(18,1),
    grade text,
    invest_total bigint,
    fund_central bigint,
    fund_province bigint,
    fund_city bigint,
    fund_county bigint,
    fund_other bigint,
    open_hours text,
    manager text,
    manager_phone text,
    clean_frequency text,
    use_status text,
    constraint public_toilet_pkey PRIMARY KEY (id)
);
CREATE INDEX public_toilet_build_year ON toilet.public_toilet USING btree (region_code, build_year);
CREATE INDEX public_toilet_clean_frequency ON toilet.public_toilet USING btree (region_code, clean_frequency);
CREATE INDEX public_toilet_grade ON toilet.public_toilet USING btree (region_code, grade);
CREATE INDEX public_toilet_region ON toilet.public_toilet USING btree (region_code, id);
CREATE INDEX public_toilet_site_type ON toilet.public_toilet USING btree (region_code, site_type);
CREATE INDEX public_toilet_toilet_type ON toilet.public_toilet USING btree (region_code, toilet_type);
CREATE INDEX public_toilet_use_status ON toilet.public_toilet USING btree (region_code, use_status);
alter table toilet.public_toilet force row level security;
create policy scope on toilet.public_toilet as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table toilet.rectification (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    problem_id uuid,
    round_no integer,
    action_date date,
    action_desc text,
    actual_fund bigint,
    fund_from text,
    after_use_status text,
    householder_confirm text,
    village_result text,
    village_checker text,
    town_result text,
    town_date date,
    town_opinion text,
    county_result text,
    county_date date,
    county_opinion text,
    sample_checked boolean,
    sample_result text,
    relapse boolean,
    constraint rectification_pkey PRIMARY KEY (id)
);
CREATE INDEX rectification_action_date ON toilet.rectification USING btree (region_code, action_date);
CREATE INDEX rectification_after_use_status ON toilet.rectification USING btree (region_code, after_use_status);
CREATE INDEX rectification_county_result ON toilet.rectification USING btree (region_code, county_result);
CREATE INDEX rectification_householder_confirm ON toilet.rectification USING btree (region_code, householder_confirm);
CREATE INDEX rectification_problem_id ON toilet.rectification USING btree (problem_id);
CREATE INDEX rectification_region ON toilet.rectification USING btree (region_code, id);
CREATE INDEX rectification_round_no ON toilet.rectification USING btree (region_code, round_no);
CREATE INDEX rectification_town_result ON toilet.rectification USING btree (region_code, town_result);
CREATE INDEX rectification_village_result ON toilet.rectification USING btree (region_code, village_result);
alter table toilet.rectification force row level security;
create policy scope on toilet.rectification as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table toilet.renovation (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    toilet_id uuid,
    renov_year integer,
    renov_nature text,
    before_type text,
    after_type text,
    apply_date date,
    task_id uuid,
    first_toilet_demo boolean,
    build_mode text,
    builder text,
    builder_phone text,
    supervisor text,
    start_date date,
    finish_date date,
    invest_total bigint,
    fund_central bigint,
    fund_province bigint,
    fund_city bigint,
    fund_county bigint,
    fund_source_type text,
    fund_other bigint,
    fund_self bigint,
    subsidy_amount bigint,
    subsidy_paid bigint,
    subsidy_paid_date date,
    bank_account_cipher text,
    bank_account_token bytea,
    accept_result text,
    accept_date date,
    acceptors text,
    accept_hidden_pit boolean,
    accept_hidden_cover boolean,
    water_test text,
    publicity_date date,
    publicity_end date,
    sampled boolean,
    due_at timestamp with time zone,
    state text,
    apply_publicity_date date,
    constraint renovation_pkey PRIMARY KEY (id)
);
CREATE INDEX renovation_accept_date ON toilet.renovation USING btree (region_code, accept_date);
CREATE INDEX renovation_accept_result ON toilet.renovation USING btree (region_code, accept_result);
CREATE INDEX renovation_after_type ON toilet.renovation USING btree (region_code, after_type);
CREATE INDEX renovation_bank_account_token ON toilet.renovation USING btree (bank_account_token);
CREATE INDEX renovation_before_type ON toilet.renovation USING btree (region_code, before_type);
CREATE INDEX renovation_build_mode ON toilet.renovation USING btree (region_code, build_mode);
CREATE INDEX renovation_due_at ON toilet.renovation USING btree (region_code, due_at);
CREATE INDEX renovation_finish_date ON toilet.renovation USING btree (region_code, finish_date);
CREATE INDEX renovation_region ON toilet.renovation USING btree (region_code, id);
CREATE INDEX renovation_renov_nature ON toilet.renovation USING btree (region_code, renov_nature);
CREATE INDEX renovation_renov_year ON toilet.renovation USING btree (region_code, renov_year);
CREATE INDEX renovation_sampled ON toilet.renovation USING btree (region_code, sampled);
CREATE INDEX renovation_state ON toilet.renovation USING btree (region_code, state);
CREATE INDEX renovation_task_id ON toilet.renovation USING btree (task_id);
CREATE INDEX renovation_toilet_id ON toilet.renovation USING btree (toilet_id);
alter table toilet.renovation force row level security;
create policy scope on toilet.renovation as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table toilet.sample (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    toilet_id uuid,
    sample_no text,
    way text,
    check_id uuid,
    found_type text,
    found_use text,
    found_sewage text,
    found_problem boolean,
    differences text[],
    correction text,
    due_at timestamp with time zone,
    state text,
    constraint sample_pkey PRIMARY KEY (id)
);
CREATE INDEX sample_check_id ON toilet.sample USING btree (check_id);
CREATE INDEX sample_differences ON toilet.sample USING gin (differences);
CREATE INDEX sample_due_at ON toilet.sample USING btree (region_code, due_at);
CREATE INDEX sample_region ON toilet.sample USING btree (region_code, id);
CREATE INDEX sample_sample_no ON toilet.sample USING btree (region_code, sample_no);
CREATE INDEX sample_state ON toilet.sample USING btree (region_code, state);
CREATE INDEX sample_toilet_id ON toilet.sample USING btree (toilet_id);
alter table toilet.sample force row level security;
create policy scope on toilet.sample as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table toilet.station (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    station_name text,
    operator_type text,
    operator_name text,
    truck_count integer,
    staff_count integer,
    service_phone text,
    fund_year bigint,
    charge_std text,
    contract_end date,
    constraint station_pkey PRIMARY KEY (id)
);
CREATE INDEX station_contract_end ON toilet.station USING btree (region_code, contract_end);
CREATE INDEX station_operator_type ON toilet.station USING btree (region_code, operator_type);
CREATE INDEX station_region ON toilet.station USING btree (region_code, id);
alter table toilet.station force row level security;
create policy below on toilet.station as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on toilet.station as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table toilet.station_village (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    station_id uuid,
    village_code text collate "C",
    constraint station_village_pkey PRIMARY KEY (id)
);
CREATE INDEX station_village_region ON toilet.station_village USING btree (region_code, id);
CREATE INDEX station_village_station_id ON toilet.station_village USING btree (station_id);
CREATE UNIQUE INDEX station_village_station_id_village_code_key ON toilet.station_village USING btree (station_id, village_code) WHERE (NOT deleted);
alter table toilet.station_village force row level security;
create policy below on toilet.station_village as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on toilet.station_village as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table toilet.task (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    task_year integer,
    parent_id uuid,
    plan_new integer,
    plan_upgrade integer,
    plan_problem integer,
    plan_public integer,
    plan_fund bigint,
    fund_arrived bigint,
    fund_paid bigint,
    whole_village_flag boolean,
    start_deadline date,
    finish_deadline date,
    doc_no text,
    done_new integer,
    done_upgrade integer,
    accepted integer,
    fixed integer,
    over_flag boolean,
    due_at timestamp with time zone,
    state text,
    constraint task_pkey PRIMARY KEY (id)
);
CREATE INDEX task_doc_no ON toilet.task USING btree (region_code, doc_no);
CREATE INDEX task_due_at ON toilet.task USING btree (region_code, due_at);
CREATE INDEX task_finish_deadline ON toilet.task USING btree (region_code, finish_deadline);
CREATE INDEX task_parent_id ON toilet.task USING btree (parent_id);
CREATE INDEX task_region ON toilet.task USING btree (region_code, id);
CREATE INDEX task_state ON toilet.task USING btree (region_code, state);
CREATE INDEX task_task_year ON toilet.task USING btree (region_code, task_year);
CREATE UNIQUE INDEX task_region_code_task_year_key ON toilet.task USING btree (region_code, task_year) WHERE (NOT deleted);
alter table toilet.task force row level security;
create policy scope on toilet.task as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table toilet.village_stat (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    data_year integer,
    total_households integer,
    resident_households integer,
    empty_households integer,
    demolish_households integer,
    should_count integer,
    natural_villages integer,
    region_class text,
    pipe_network boolean,
    treat_facility boolean,
    maintain_mechanism boolean,
    change_reason text,
    confirmed_by text,
    confirmed_at date,
    locked boolean,
    sanitary_locked integer,
    constraint village_stat_pkey PRIMARY KEY (id)
);
CREATE INDEX village_stat_data_year ON toilet.village_stat USING btree (region_code, data_year);
CREATE INDEX village_stat_locked ON toilet.village_stat USING btree (region_code, locked);
CREATE INDEX village_stat_region ON toilet.village_stat USING btree (region_code, id);
CREATE UNIQUE INDEX village_stat_region_code_data_year_key ON toilet.village_stat USING btree (region_code, data_year) WHERE (NOT deleted);
alter table toilet.village_stat force row level security;
create policy scope on toilet.village_stat as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table toilet.water_village (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    kind text,
    area_name text,
    given_by text,
    given_on date,
    constraint water_village_pkey PRIMARY KEY (id)
);
CREATE INDEX water_village_given_on ON toilet.water_village USING btree (region_code, given_on);
CREATE INDEX water_village_kind ON toilet.water_village USING btree (region_code, kind);
CREATE INDEX water_village_region ON toilet.water_village USING btree (region_code, id);
CREATE UNIQUE INDEX water_village_region_code_kind_key ON toilet.water_village USING btree (region_code, kind) WHERE (NOT deleted);
alter table toilet.water_village force row level security;
create policy scope on toilet.water_village as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table yulu.approval_doc (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    batch_id uuid,
    seq_no integer,
    doc_title text,
    doc_no text,
    doc_date date,
    issuer text,
    approve_people integer,
    approve_amount bigint,
    stage_people_mid integer,
    stage_people_high integer,
    stage_amount_mid bigint,
    stage_amount_high bigint,
    fund_source text,
    fund_doc_no text,
    list_people integer,
    list_amount bigint,
    upload_by uuid,
    upload_at timestamp with time zone,
    state text default '10'::text not null,
    due_at timestamp with time zone,
    constraint approval_doc_pkey PRIMARY KEY (id),
    constraint approval_doc_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES yulu.term_batch(id) ON DELETE RESTRICT
);
CREATE INDEX approval_doc_batch_id ON yulu.approval_doc USING btree (batch_id);
CREATE INDEX approval_doc_doc_date ON yulu.approval_doc USING btree (region_code, doc_date);
CREATE INDEX approval_doc_doc_no ON yulu.approval_doc USING btree (region_code, doc_no);
CREATE INDEX approval_doc_due_at ON yulu.approval_doc USING btree (region_code, due_at);
CREATE INDEX approval_doc_region ON yulu.approval_doc USING btree (region_code, id);
CREATE INDEX approval_doc_state ON yulu.approval_doc USING btree (region_code, state);
CREATE INDEX approval_doc_upload_by ON yulu.approval_doc USING btree (upload_by);
CREATE UNIQUE INDEX approval_doc_batch_id_region_code_seq_no_key ON yulu.approval_doc USING btree (batch_id, region_code, seq_no) WHERE (NOT deleted);
CREATE UNIQUE INDEX approval_doc_region_code_doc_no_key ON yulu.approval_doc USING btree (region_code, doc_no) WHERE (NOT deleted);
alter table yulu.approval_doc force row level security;
create policy below on yulu.approval_doc as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on yulu.approval_doc as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table yulu.comparison (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    batch_id uuid,
    compared_at timestamp with time zone,
    compared_by text,
    rolls integer,
    same integer,
    other_name integer,
    other_number integer,
    several integer,
    unknown integer,
    changed integer,
    added integer,
    without_roll integer,
    refreshed integer,
    listed integer,
    constraint comparison_pkey PRIMARY KEY (id),
    constraint comparison_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES yulu.term_batch(id) ON DELETE RESTRICT
);
CREATE INDEX comparison_batch_id ON yulu.comparison USING btree (batch_id);
CREATE INDEX comparison_region ON yulu.comparison USING btree (region_code, id);
alter table yulu.comparison force row level security;
create policy below on yulu.comparison as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on yulu.comparison as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table yulu.correction (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    verify_id uuid,
    field_name text,
    old_value text,
    new_value text,
    reason text,
    state text default '10'::text not null,
    due_at timestamp with time zone,
    constraint correction_pkey PRIMARY KEY (id),
    constraint correction_verify_id_fkey FOREIGN KEY (verify_id) REFERENCES yulu.verify(id) ON DELETE RESTRICT
);
CREATE INDEX correction_due_at ON yulu.correction USING btree (region_code, due_at);
CREATE INDEX correction_region ON yulu.correction USING btree (region_code, id);
CREATE INDEX correction_state ON yulu.correction USING btree (region_code, state);
CREATE INDEX correction_verify_id ON yulu.correction USING btree (verify_id);
alter table yulu.correction force row level security;
create policy scope on yulu.correction as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table yulu.grad_service (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    graduate_id uuid,
    service_type text,
    service_date date,
    provider text,
    content text,
    company text,
    post text,
    offer_wage bigint,
    result text,
    next_date date,
    constraint grad_service_pkey PRIMARY KEY (id),
    constraint grad_service_graduate_id_fkey FOREIGN KEY (graduate_id) REFERENCES yulu.graduate(id) ON DELETE RESTRICT
);
CREATE INDEX grad_service_graduate_id ON yulu.grad_service USING btree (graduate_id);
CREATE INDEX grad_service_region ON yulu.grad_service USING btree (region_code, id);
CREATE INDEX grad_service_result ON yulu.grad_service USING btree (region_code, result);
CREATE INDEX grad_service_service_date ON yulu.grad_service USING btree (region_code, service_date);
CREATE INDEX grad_service_service_type ON yulu.grad_service USING btree (region_code, service_type);
alter table yulu.grad_service force row level security;
create policy scope on yulu.grad_service as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table yulu.graduate (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    person_id uuid,
    household_id uuid,
    name text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    household_type text,
    monitor_type text,
    grad_year integer,
    grad_ym integer,
    school_name text,
    edu_stage text,
    major_name text,
    study_years numeric(18,1),
    got_yl boolean,
    yl_terms integer,
    yl_total bigint,
    cert_flag boolean,
    cert_name text,
    phone text,
    family_phone text,
    dest text,
    job_will boolean,
    unemp_reason text,
    unemp_note text,
    want_job text,
    want_area text,
    want_salary bigint,
    service_need text[],
    emp_form text,
    company_name text,
    company_uscc text,
    company_nature text,
    industry text,
    post text,
    major_match boolean,
    work_province text,
    work_city text,
    work_county text,
    local_place text,
    work_area text,
    start_ym integer,
    month_wage bigint,
    contract_flag boolean,
    insurance_flag boolean,
    survey_method text,
    surveyor text,
    survey_date date,
    state text default '10'::text not null,
    due_at timestamp with time zone,
    constraint graduate_pkey PRIMARY KEY (id)
);
CREATE INDEX graduate_dest ON yulu.graduate USING btree (region_code, dest);
CREATE INDEX graduate_due_at ON yulu.graduate USING btree (region_code, due_at);
CREATE INDEX graduate_edu_stage ON yulu.graduate USING btree (region_code, edu_stage);
CREATE INDEX graduate_emp_form ON yulu.graduate USING btree (region_code, emp_form);
CREATE INDEX graduate_got_yl ON yulu.graduate USING btree (region_code, got_yl);
CREATE INDEX graduate_grad_year ON yulu.graduate USING btree (region_code, grad_year);
CREATE INDEX graduate_household_id ON yulu.graduate USING btree (household_id);
CREATE INDEX graduate_household_type ON yulu.graduate USING btree (region_code, household_type);
CREATE INDEX graduate_id_no_token ON yulu.graduate USING btree (id_no_token);
CREATE INDEX graduate_monitor_type ON yulu.graduate USING btree (region_code, monitor_type);
CREATE INDEX graduate_name ON yulu.graduate USING btree (region_code, name);
CREATE INDEX graduate_person_id ON yulu.graduate USING btree (person_id);
CREATE INDEX graduate_region ON yulu.graduate USING btree (region_code, id);
CREATE INDEX graduate_state ON yulu.graduate USING btree (region_code, state);
CREATE INDEX graduate_survey_date ON yulu.graduate USING btree (region_code, survey_date);
CREATE INDEX graduate_unemp_reason ON yulu.graduate USING btree (region_code, unemp_reason);
CREATE INDEX graduate_work_area ON yulu.graduate USING btree (region_code, work_area);
CREATE UNIQUE INDEX graduate_person_id_grad_year_key ON yulu.graduate USING btree (person_id, grad_year) WHERE (NOT deleted);
alter table yulu.graduate force row level security;
create policy scope on yulu.graduate as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table yulu.import_batch (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    import_type text,
    batch_id uuid,
    file_name text,
    file_hash text,
    total integer,
    ok integer,
    fail integer,
    skip integer,
    state text default '3'::text not null,
    operator text,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    constraint import_batch_pkey PRIMARY KEY (id),
    constraint import_batch_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES yulu.term_batch(id) ON DELETE RESTRICT
);
CREATE INDEX import_batch_batch_id ON yulu.import_batch USING btree (batch_id);
CREATE INDEX import_batch_import_type ON yulu.import_batch USING btree (region_code, import_type);
CREATE INDEX import_batch_region ON yulu.import_batch USING btree (region_code, id);
CREATE INDEX import_batch_state ON yulu.import_batch USING btree (region_code, state);
alter table yulu.import_batch force row level security;
create policy scope on yulu.import_batch as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table yulu.import_error (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    batch_id uuid,
    row_no integer,
    column_name text,
    raw_value text,
    rule_id text,
    message text,
    resolved boolean,
    constraint import_error_pkey PRIMARY KEY (id),
    constraint import_error_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES yulu.import_batch(id) ON DELETE RESTRICT
);
CREATE INDEX import_error_batch_id ON yulu.import_error USING btree (batch_id);
CREATE INDEX import_error_region ON yulu.import_error USING btree (region_code, id);
CREATE INDEX import_error_resolved ON yulu.import_error USING btree (region_code, resolved);
alter table yulu.import_error force row level security;
create policy scope on yulu.import_error as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table yulu.roll (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    batch_id uuid,
    roll_source text,
    name text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    roll_no text,
    school_code text,
    school_city text,
    major_code text,
    class_name text,
    school_name text,
    school_province text,
    school_type text,
    major_name text,
    study_years numeric(18,1),
    study_form text,
    grade integer,
    enroll_ym integer,
    expect_grad_ym integer,
    grad_ym integer,
    roll_status text,
    intern_flag boolean,
    match_result text,
    person_id uuid,
    household_id uuid,
    constraint roll_pkey PRIMARY KEY (id),
    constraint roll_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES yulu.term_batch(id) ON DELETE RESTRICT
);
CREATE INDEX roll_batch_id ON yulu.roll USING btree (batch_id);
CREATE INDEX roll_batch_number ON yulu.roll USING btree (batch_id, id_no_token) WHERE (NOT deleted);
CREATE INDEX roll_batch_order ON yulu.roll USING btree (batch_id, id) WHERE (NOT deleted);
CREATE INDEX roll_batch_person ON yulu.roll USING btree (batch_id, person_id) WHERE (NOT deleted);
CREATE INDEX roll_household_id ON yulu.roll USING btree (household_id);
CREATE INDEX roll_id_no_token ON yulu.roll USING btree (id_no_token);
CREATE INDEX roll_match_result ON yulu.roll USING btree (region_code, match_result);
CREATE INDEX roll_name ON yulu.roll USING btree (region_code, name);
CREATE INDEX roll_person_id ON yulu.roll USING btree (person_id);
CREATE INDEX roll_region ON yulu.roll USING btree (region_code, id);
CREATE INDEX roll_roll_source ON yulu.roll USING btree (region_code, roll_source);
CREATE INDEX roll_roll_status ON yulu.roll USING btree (region_code, roll_status);
CREATE INDEX roll_school_name ON yulu.roll USING btree (region_code, school_name);
CREATE INDEX roll_school_province ON yulu.roll USING btree (region_code, school_province);
CREATE INDEX roll_school_type ON yulu.roll USING btree (region_code, school_type);
CREATE INDEX roll_study_form ON yulu.roll USING btree (region_code, study_form);
CREATE UNIQUE INDEX roll_batch_id_roll_source_id_no_token_school_code_key ON yulu.roll USING btree (batch_id, roll_source, id_no_token, school_code) WHERE (NOT deleted);
alter table yulu.roll force row level security;
create policy scope on yulu.roll as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table yulu.school (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    school_code text,
    name text,
    former_names text,
    school_kind text[],
    ownership text,
    competent_dept text,
    province text,
    city text,
    county text,
    degree_qualified boolean,
    state text default '1'::text not null,
    valid_from date,
    valid_to date,
    constraint school_pkey PRIMARY KEY (id)
);
CREATE INDEX school_competent_dept ON yulu.school USING btree (region_code, competent_dept);
CREATE INDEX school_degree_qualified ON yulu.school USING btree (region_code, degree_qualified);
CREATE INDEX school_name ON yulu.school USING btree (region_code, name);
CREATE INDEX school_ownership ON yulu.school USING btree (region_code, ownership);
CREATE INDEX school_province ON yulu.school USING btree (region_code, province);
CREATE INDEX school_region ON yulu.school USING btree (region_code, id);
CREATE INDEX school_school_code ON yulu.school USING btree (region_code, school_code);
CREATE INDEX school_school_kind ON yulu.school USING gin (school_kind);
CREATE INDEX school_state ON yulu.school USING btree (region_code, state);
CREATE UNIQUE INDEX school_school_code_key ON yulu.school USING btree (school_code) WHERE (NOT deleted);
alter table yulu.school force row level security;
create policy below on yulu.school as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on yulu.school as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table yulu.standard (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    school_year integer,
    term text,
    edu_stage text,
    amount_per_term bigint,
    fund_source text,
    doc_no text,
    valid_from date,
    valid_to date,
    constraint standard_pkey PRIMARY KEY (id)
);
CREATE INDEX standard_edu_stage ON yulu.standard USING btree (region_code, edu_stage);
CREATE INDEX standard_region ON yulu.standard USING btree (region_code, id);
CREATE INDEX standard_school_year ON yulu.standard USING btree (region_code, school_year);
CREATE INDEX standard_term ON yulu.standard USING btree (region_code, term);
CREATE UNIQUE INDEX standard_region_code_school_year_term_edu_stage_valid_from_key ON yulu.standard USING btree (region_code, school_year, term, edu_stage, valid_from) WHERE (NOT deleted);
alter table yulu.standard force row level security;
create policy below on yulu.standard as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on yulu.standard as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table yulu.subsidy (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    batch_id uuid,
    person_id uuid,
    verify_id uuid,
    approval_doc_id uuid,
    household_id uuid,
    name text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    household_type text,
    risk_state text,
    edu_stage text,
    school_name text,
    grade integer,
    standard_amount bigint,
    actual_amount bigint,
    diff_reason text,
    pay_status text default '1'::text not null,
    pay_date date,
    pay_channel text,
    payee_name text,
    payee_id_no_cipher text,
    payee_id_no_token bytea,
    payee_id_no_ok boolean,
    payee_id_no_kind text,
    payee_rel text,
    bank_name text,
    bank_account_cipher text,
    bank_account_token bytea,
    fail_reason text,
    reissue_date date,
    recover_amount bigint,
    recover_date date,
    recover_reason text,
    synced_to_national boolean,
    due_at timestamp with time zone,
    bank_account_shaped boolean,
    constraint subsidy_pkey PRIMARY KEY (id),
    constraint subsidy_approval_doc_id_fkey FOREIGN KEY (approval_doc_id) REFERENCES yulu.approval_doc(id) ON DELETE RESTRICT,
    constraint subsidy_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES yulu.term_batch(id) ON DELETE RESTRICT,
    constraint subsidy_verify_id_fkey FOREIGN KEY (verify_id) REFERENCES yulu.verify(id) ON DELETE RESTRICT
);
CREATE INDEX subsidy_approval_doc_id ON yulu.subsidy USING btree (approval_doc_id);
CREATE INDEX subsidy_bank_account_shaped ON yulu.subsidy USING btree (region_code, bank_account_shaped);
CREATE INDEX subsidy_bank_account_token ON yulu.subsidy USING btree (bank_account_token);
CREATE INDEX subsidy_batch_account ON yulu.subsidy USING btree (batch_id, bank_account_token) WHERE (NOT deleted);
CREATE INDEX subsidy_batch_id ON yulu.subsidy USING btree (batch_id);
CREATE INDEX subsidy_due_at ON yulu.subsidy USING btree (region_code, due_at);
CREATE INDEX subsidy_edu_stage ON yulu.subsidy USING btree (region_code, edu_stage);
CREATE INDEX subsidy_household_id ON yulu.subsidy USING btree (household_id);
CREATE INDEX subsidy_household_type ON yulu.subsidy USING btree (region_code, household_type);
CREATE INDEX subsidy_id_no_token ON yulu.subsidy USING btree (id_no_token);
CREATE INDEX subsidy_name ON yulu.subsidy USING btree (region_code, name);
CREATE INDEX subsidy_paid ON yulu.subsidy USING btree (batch_id, region_code) INCLUDE (person_id) WHERE ((pay_status = '2'::text) AND (NOT deleted));
CREATE INDEX subsidy_pay_channel ON yulu.subsidy USING btree (region_code, pay_channel);
CREATE INDEX subsidy_pay_date ON yulu.subsidy USING btree (region_code, pay_date);
CREATE INDEX subsidy_pay_status ON yulu.subsidy USING btree (region_code, pay_status);
CREATE INDEX subsidy_payee_id_no_token ON yulu.subsidy USING btree (payee_id_no_token);
CREATE INDEX subsidy_person_id ON yulu.subsidy USING btree (person_id);
CREATE INDEX subsidy_region ON yulu.subsidy USING btree (region_code, id);
CREATE INDEX subsidy_risk_state ON yulu.subsidy USING btree (region_code, risk_state);
CREATE INDEX subsidy_synced_to_national ON yulu.subsidy USING btree (region_code, synced_to_national);
CREATE INDEX subsidy_verify_id ON yulu.subsidy USING btree (verify_id);
CREATE UNIQUE INDEX subsidy_batch_id_id_no_token_key ON yulu.subsidy USING btree (batch_id, id_no_token) WHERE (NOT deleted);
CREATE UNIQUE INDEX subsidy_batch_id_person_id_key ON yulu.subsidy USING btree (batch_id, person_id) WHERE (NOT deleted);
alter table yulu.subsidy force row level security;
create policy scope on yulu.subsidy as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table yulu.term_batch (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    name text,
    school_year integer,
    term text,
    base_date date,
    age_min integer,
    age_max integer,
    roll_due date,
    verify_due date,
    approve_due date,
    pay_due date,
    candidates integer,
    state text default '10'::text not null,
    due_at timestamp with time zone,
    constraint term_batch_pkey PRIMARY KEY (id)
);
CREATE INDEX term_batch_due_at ON yulu.term_batch USING btree (region_code, due_at);
CREATE INDEX term_batch_name ON yulu.term_batch USING btree (region_code, name);
CREATE INDEX term_batch_region ON yulu.term_batch USING btree (region_code, id);
CREATE INDEX term_batch_school_year ON yulu.term_batch USING btree (region_code, school_year);
CREATE INDEX term_batch_state ON yulu.term_batch USING btree (region_code, state);
CREATE INDEX term_batch_term ON yulu.term_batch USING btree (region_code, term);
CREATE UNIQUE INDEX term_batch_school_year_term_key ON yulu.term_batch USING btree (school_year, term) WHERE (NOT deleted);
alter table yulu.term_batch force row level security;
create policy below on yulu.term_batch as permissive for select using ((region_code = ANY (app.scope_above())));
create policy scope on yulu.term_batch as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

create table yulu.verify (
    id uuid not null,
    region_code text collate "C" not null,
    source text default '02'::text not null,
    created_by uuid,
    created_at timestamp with time zone default now() not null,
    updated_by uuid,
    updated_at timestamp with time zone default now() not null,
    row_version integer default 1 not null,
    deleted boolean default false not null,
    sync_batch_no text,
    national_updated_at timestamp with time zone,
    batch_id uuid,
    person_id uuid,
    household_id uuid,
    name text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    gender text,
    birth_date date,
    household_no text,
    head_name text,
    household_type text,
    monitor_type text,
    risk_state text,
    student_status text,
    match_result text,
    roll_id uuid,
    roll_source text,
    roll_status text,
    school_name text,
    school_province text,
    edu_stage text,
    major_name text,
    study_years numeric(18,1),
    study_form text,
    grade integer,
    enroll_ym integer,
    expect_grad_ym integer,
    intern_flag boolean,
    verify_method text,
    verify_result text,
    ineligible_reason text,
    reason_note text,
    apply_flag boolean,
    payee_name text,
    payee_id_no_cipher text,
    payee_id_no_token bytea,
    payee_id_no_ok boolean,
    payee_id_no_kind text,
    payee_rel text,
    bank_name text,
    bank_account_cipher text,
    bank_account_token bytea,
    student_phone text,
    guardian_phone text,
    verifier text,
    verify_date date,
    town_opinion text,
    county_opinion text,
    publicity_from date,
    publicity_to date,
    objection text,
    standard_amount bigint,
    approval_doc_id uuid,
    state text default '10'::text not null,
    due_at timestamp with time zone,
    constraint verify_pkey PRIMARY KEY (id),
    constraint verify_approval_doc_id_fkey FOREIGN KEY (approval_doc_id) REFERENCES yulu.approval_doc(id) ON DELETE RESTRICT,
    constraint verify_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES yulu.term_batch(id) ON DELETE RESTRICT,
    constraint verify_roll_id_fkey FOREIGN KEY (roll_id) REFERENCES yulu.roll(id) ON DELETE RESTRICT
);
CREATE INDEX verify_apply_flag ON yulu.verify USING btree (region_code, apply_flag);
CREATE INDEX verify_approval_doc_id ON yulu.verify USING btree (approval_doc_id);
CREATE INDEX verify_bank_account_token ON yulu.verify USING btree (bank_account_token);
CREATE INDEX verify_batch_id ON yulu.verify USING btree (batch_id);
CREATE INDEX verify_batch_number ON yulu.verify USING btree (batch_id, id_no_token) WHERE (NOT deleted);
CREATE INDEX verify_due_at ON yulu.verify USING btree (region_code, due_at);
CREATE INDEX verify_edu_stage ON yulu.verify USING btree (region_code, edu_stage);
CREATE INDEX verify_household_id ON yulu.verify USING btree (household_id);
CREATE INDEX verify_household_type ON yulu.verify USING btree (region_code, household_type);
CREATE INDEX verify_id_no_token ON yulu.verify USING btree (id_no_token);
CREATE INDEX verify_ineligible_reason ON yulu.verify USING btree (region_code, ineligible_reason);
CREATE INDEX verify_match_result ON yulu.verify USING btree (region_code, match_result);
CREATE INDEX verify_monitor_type ON yulu.verify USING btree (region_code, monitor_type);
CREATE INDEX verify_name ON yulu.verify USING btree (region_code, name);
CREATE INDEX verify_payee_id_no_token ON yulu.verify USING btree (payee_id_no_token);
CREATE INDEX verify_person_id ON yulu.verify USING btree (person_id);
CREATE INDEX verify_region ON yulu.verify USING btree (region_code, id);
CREATE INDEX verify_risk_state ON yulu.verify USING btree (region_code, risk_state);
CREATE INDEX verify_roll_id ON yulu.verify USING btree (roll_id);
CREATE INDEX verify_roll_source ON yulu.verify USING btree (region_code, roll_source);
CREATE INDEX verify_roll_status ON yulu.verify USING btree (region_code, roll_status);
CREATE INDEX verify_school_name ON yulu.verify USING btree (region_code, school_name);
CREATE INDEX verify_school_province ON yulu.verify USING btree (region_code, school_province);
CREATE INDEX verify_state ON yulu.verify USING btree (region_code, state);
CREATE INDEX verify_study_form ON yulu.verify USING btree (region_code, study_form);
CREATE INDEX verify_verify_method ON yulu.verify USING btree (region_code, verify_method);
CREATE INDEX verify_verify_result ON yulu.verify USING btree (region_code, verify_result);
CREATE UNIQUE INDEX verify_batch_id_person_id_key ON yulu.verify USING btree (batch_id, person_id) WHERE (NOT deleted);
alter table yulu.verify force row level security;
create policy scope on yulu.verify as permissive for all using (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi()))) with check (((region_code >= app.scope_lo()) AND (region_code < app.scope_hi())));

CREATE OR REPLACE FUNCTION app.attachment_count(p_dataset text, p_row uuid, p_field text)
 RETURNS bigint
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'app', 'pg_temp'
AS $function$
  select count(*) from app.file where kind = 'attachment' and dataset = p_dataset and row_id = p_row and field = p_field
$function$;

CREATE OR REPLACE FUNCTION app.attachments_alike(p_dataset text, p_row uuid, p_field text, p_other_dataset text, p_other uuid)
 RETURNS bigint
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'app', 'pg_temp'
AS $function$
  select count(*) from app.file f
   where f.kind = 'attachment' and f.dataset = p_dataset and f.row_id = p_row and f.field = p_field
     and exists (select 1 from app.file o
                  where o.kind = 'attachment' and o.sm3 = f.sm3 and o.dataset = p_other_dataset and o.row_id = p_other)
$function$;

CREATE OR REPLACE FUNCTION app.attachments_elsewhere(p_dataset text, p_row uuid)
 RETURNS bigint
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'app', 'pg_temp'
AS $function$
  select count(*) from app.file f
   where f.kind = 'attachment' and f.dataset = p_dataset and f.row_id = p_row
     and exists (select 1 from app.file o where o.kind = 'attachment' and o.sm3 = f.sm3 and o.row_id <> f.row_id)
$function$;

CREATE OR REPLACE FUNCTION app.attachments_of(p_row uuid, p_dataset text)
 RETURNS TABLE(field text, n bigint)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'app', 'pg_temp'
AS $function$
  select f.field, count(*) from app.file f where f.row_id = p_row and f.dataset = p_dataset and f.kind = 'attachment' group by f.field
$function$;

CREATE OR REPLACE FUNCTION app.audit_refuse()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'the audit trail is append-only' using errcode = 'insufficient_privilege';
end $function$;

CREATE OR REPLACE FUNCTION app.job_mark(p_id uuid, p_worker uuid, p_attempts integer, p_mark jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'app', 'pg_temp'
AS $function$
begin
  update app.job set mark = p_mark
   where id = p_id and worker = p_worker and attempts = p_attempts and state = 'running';
  return found;
end $function$;

CREATE OR REPLACE FUNCTION app.job_wake()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('ganong_job', '');
  return null;
end $function$;

CREATE OR REPLACE FUNCTION app.lake_since(item text, sources text[], lo text, hi text)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$ select min(at) from (
     select m.at from app.change_mark m where m.source = any($2)
        and (m.county = '' or (m.county >= left($3, 6) and m.county || '000000' < $4))
     union all
     select t.since from app.lake_todo t where t.dataset = $1
        and (t.county = '' or (t.county >= left($3, 6) and t.county || '000000' < $4))) x $function$;

CREATE OR REPLACE FUNCTION app.mark_all()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  insert into app.change_mark (source, county) values (tg_table_schema || '.' || tg_table_name, '') on conflict do nothing;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION app.mark_both()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  insert into app.change_mark (source, county)
  select distinct tg_table_schema || '.' || tg_table_name, left(region_code, 6)
    from (select region_code from new_rows union all select region_code from old_rows) r on conflict do nothing;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION app.mark_new()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  insert into app.change_mark (source, county)
  select distinct tg_table_schema || '.' || tg_table_name, left(region_code, 6) from new_rows on conflict do nothing;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION app.mark_old()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  insert into app.change_mark (source, county)
  select distinct tg_table_schema || '.' || tg_table_name, left(region_code, 6) from old_rows on conflict do nothing;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION app.protect(target regclass)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy scope on %s using (region_code >= app.scope_lo() and region_code < app.scope_hi()) '
                 'with check (region_code >= app.scope_lo() and region_code < app.scope_hi())', target);
  execute format('grant select, insert, update, delete on %s to ganong_app', target);
  execute (select format('grant usage on schema %I to ganong_app', n.nspname)
             from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = target);
  -- the log of changes is not a thing that changes
  if target <> 'app.row_change'::regclass then
    perform app.watch(target);
  end if;
end $function$;

CREATE OR REPLACE FUNCTION app.read_below(target regclass, dataset text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  execute format('create policy below on %s for select using (region_code = any (app.scope_above()))', target);
  insert into app.read_below values (dataset);
end $function$;

CREATE OR REPLACE FUNCTION app.scope_above()
 RETURNS text[]
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN ARRAY[rpad("left"(app.scope_lo(), 2), 12, '0'::text), rpad("left"(app.scope_lo(), 4), 12, '0'::text), rpad("left"(app.scope_lo(), 6), 12, '0'::text), rpad("left"(app.scope_lo(), 9), 12, '0'::text)];

CREATE OR REPLACE FUNCTION app.scope_hi()
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN current_setting('ganong.scope_hi'::text, true);

CREATE OR REPLACE FUNCTION app.scope_lo()
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN current_setting('ganong.scope_lo'::text, true);

CREATE OR REPLACE FUNCTION app.watch(target regclass)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  execute format('create trigger mark_insert after insert on %s referencing new table as new_rows for each statement execute function app.mark_new()', target);
  execute format('create trigger mark_update after update on %s referencing old table as old_rows new table as new_rows for each statement execute function app.mark_both()', target);
  execute format('create trigger mark_delete after delete on %s referencing old table as old_rows for each statement execute function app.mark_old()', target);
  execute format('create trigger mark_truncate after truncate on %s for each statement execute function app.mark_all()', target);
end $function$;

CREATE OR REPLACE FUNCTION reg.identities_elsewhere(p_tokens bytea[], p_rows uuid[])
 RETURNS TABLE(row_id uuid, county text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'reg', 'pg_temp'
 SET "ganong.scope_lo" TO ''
 SET "ganong.scope_hi" TO '~'
AS $function$
  select k.id, left(o.region_code, 6) from unnest(p_tokens, p_rows) as k(token, id)
  cross join lateral (
    select m.region_code from reg.member m
    where m.id_no_token = k.token and m.id <> k.id and m.member_status = '01' and not m.deleted
      and (m.created_at < now() or m.id < k.id)
    order by m.id limit 1) o
$function$;

CREATE OR REPLACE FUNCTION reg.line_fen(p_region text, p_year integer)
 RETURNS bigint
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select amount from reg.monitor_line
   where year = p_year and not deleted and amount is not null
     and region_code in (rpad(left(p_region, 6), 12, '0'), rpad(left(p_region, 4), 12, '0'), rpad(left(p_region, 2), 12, '0'))
   order by region_code desc, valid_from desc limit 1
$function$;

CREATE OR REPLACE FUNCTION reg.monitor_lines(p_region text)
 RETURNS TABLE(year integer, region_code text, amount bigint, valid_from date, doc_no text, state text, note text)
 LANGUAGE sql
 STABLE
 SET search_path TO 'reg', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select distinct on (year) year, region_code, amount, valid_from, doc_no, state, note from reg.monitor_line
   where not deleted and region_code in (rpad(left(p_region, 6), 12, '0'), rpad(left(p_region, 4), 12, '0'), rpad(left(p_region, 2), 12, '0'))
   order by year desc, region_code desc, valid_from desc
$function$;

CREATE OR REPLACE FUNCTION reg.months_from(a integer, b integer)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (((((b / 100) - (a / 100)) * 12) + (b % 100)) - (a % 100));

CREATE OR REPLACE FUNCTION reg.namesakes(p_region text, p_name text, p_birth date, p_token bytea)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'reg', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select count(*)::integer from reg.member where region_code = p_region and birth_date = p_birth and name = p_name and member_status = '01' and not deleted and id_no_token <> p_token
$function$;

CREATE OR REPLACE FUNCTION reg.phone_households(p_phone text)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'reg', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select case when p_phone is null then 0 else (select count(distinct household_id)::integer from reg.member where phone = p_phone and member_status = '01' and not deleted) end
$function$;

CREATE OR REPLACE FUNCTION reg.same_bank_households(p_token bytea)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'reg', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select case when p_token is null then 0 else (select count(*)::integer from reg.household where bank_account_token = p_token and household_status = '01' and not deleted) end
$function$;

CREATE OR REPLACE FUNCTION reg.same_head_households(p_token bytea)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'reg', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select case when p_token is null then 0 else (select count(*)::integer from reg.household where head_id_no_token = p_token and household_status = '01' and not deleted) end
$function$;

CREATE OR REPLACE FUNCTION reg.same_helper_id(p_token bytea)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'reg', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select case when p_token is null then 0 else (select count(*)::integer from reg.helper where id_no_token = p_token and status = '01' and not deleted) end
$function$;

CREATE OR REPLACE FUNCTION reg.same_id_no(p_token bytea)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'reg', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select case when p_token is null then 0 else (select count(*)::integer from reg.member where id_no_token = p_token and member_status = '01' and not deleted) end
$function$;

CREATE OR REPLACE FUNCTION reg.same_id_no_households(p_token bytea)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'reg', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select case when p_token is null then 0 else (select count(distinct household_id)::integer from reg.member where id_no_token = p_token and member_status = '01' and not deleted) end
$function$;

CREATE OR REPLACE FUNCTION reg.same_income_four(p_region text, p_year integer, p_wage double precision, p_operate double precision, p_property double precision, p_transfer double precision)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'reg', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select count(*)::integer from reg.income_period where region_code = p_region and year = p_year and wage = p_wage and operate = p_operate
     and property = p_property and transfer = p_transfer and period_kind = '01' and not deleted
$function$;

CREATE OR REPLACE FUNCTION reg.same_income_pc(p_region text, p_year integer, p_pc double precision)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'reg', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select count(*)::integer from reg.income_period where region_code = p_region and year = p_year and net_pc = p_pc and period_kind = '01' and not deleted
$function$;

CREATE OR REPLACE FUNCTION reg.same_phone_households(p_phone text)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'reg', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select case when p_phone is null then 0 else (select count(*)::integer from reg.household where phone = p_phone and household_status = '01' and not deleted) end
$function$;

CREATE OR REPLACE FUNCTION reg.terms(p_year integer)
 RETURNS TABLE(term_key text, term text)
 LANGUAGE sql
 STABLE
 SET search_path TO 'reg', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select distinct on (term_key) term_key, term from reg.term_map
   where not deleted and year_from <= p_year and (year_to is null or year_to >= p_year)
   order by term_key, year_from desc
$function$;

CREATE OR REPLACE FUNCTION reg.village_collective_of(p_region text, p_year integer)
 RETURNS numeric
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'reg', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select collective_income from reg.village_year where region_code = p_region and year = p_year and not deleted order by id desc limit 1
$function$;

CREATE OR REPLACE FUNCTION reg.village_cultivated(p_region text, p_year integer)
 RETURNS numeric
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'reg', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select sum(cultivated_area) from reg.living_year where region_code = p_region and year = p_year and not deleted
$function$;

CREATE OR REPLACE FUNCTION reg.village_households_of(p_region text, p_year integer)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'reg', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select household_total from reg.village_year where region_code = p_region and year = p_year and not deleted order by id desc limit 1
$function$;

CREATE OR REPLACE FUNCTION reg.ym(at timestamp with time zone)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (((EXTRACT(year FROM (at AT TIME ZONE 'Asia/Shanghai'::text)) * (100)::numeric) + EXTRACT(month FROM (at AT TIME ZONE 'Asia/Shanghai'::text))))::integer;

CREATE OR REPLACE FUNCTION reg.ym_of(day date)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (((EXTRACT(year FROM day) * (100)::numeric) + EXTRACT(month FROM day)))::integer;

CREATE OR REPLACE FUNCTION relapse.compare_rules()
 RETURNS TABLE(rule_id text, compare_no text, grade text, dept text)
 LANGUAGE sql
 STABLE
 SET search_path TO 'relapse', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$ select r.rule_id, k.compare_no, k.grade, k.depts[1]
        from relapse.compare_clue k cross join lateral unnest(string_to_array(k.rules, '、')) r (rule_id) where not k.deleted $function$;

CREATE OR REPLACE FUNCTION relapse.compare_warnings()
 RETURNS TABLE(id uuid, compare_no text, grade text, dept text)
 LANGUAGE sql
 STABLE
 SET search_path TO 'relapse', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$ select w.id, k.compare_no, k.grade, k.dept from relapse.compare_rules() k join relapse.warn_rule w on w.rule_id = k.rule_id where not w.deleted $function$;

CREATE OR REPLACE FUNCTION relapse.count_targets(task uuid)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog'
AS $function$
  update relapse.patrol_task t
     set hh_total = n.total, hh_done = n.done, progress = case when n.total = 0 then 0 else n.done * 100 / n.total end,
         state = case when n.done = 0 then t.state when n.done = n.total then '03' else '02' end,
         row_version = t.row_version + 1, updated_at = now()
    from (select count(*)::integer as total, (count(*) filter (where state = '02'))::integer as done
            from relapse.patrol_target where task_id = task and not deleted) n
   where t.id = task;
$function$;

CREATE OR REPLACE FUNCTION relapse.model_value_settled()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if exists (select from relapse.model_version v where v.id = coalesce(new.version_id, old.version_id) and v.state <> '01') then
    raise exception 'numbers of a submitted or released version do not change' using errcode = 'check_violation';
  end if;
  return coalesce(new, old);
end $function$;

CREATE OR REPLACE FUNCTION relapse.publicity_photos(p_region text, p_title text, p_start date, p_field text)
 RETURNS integer
 LANGUAGE sql
 STABLE
 SET search_path TO 'relapse', 'pg_temp'
AS $function$
  select coalesce(sum(app.attachment_count('relapse.publicity', p.id, p_field)), 0)::integer
    from relapse.publicity p
   where p.region_code = p_region and p.title = p_title and p.start_date = p_start and not p.deleted
$function$;

CREATE OR REPLACE FUNCTION relapse.warn_rule_names()
 RETURNS TABLE(id uuid, rule text, rule_version text)
 LANGUAGE sql
 STABLE
 SET search_path TO 'relapse', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$ select id, rule_id || ' ' || coalesce(name, ''), rule_id || ' 第' || version || '版' from relapse.warn_rule where not deleted $function$;

CREATE OR REPLACE FUNCTION rule.add_days(day date, n double precision)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN (abs(n) <= (100000)::double precision) THEN (day + ((sign(n) * floor(abs(n))))::integer) ELSE NULL::date END;

CREATE OR REPLACE FUNCTION rule.add_months(day date, n double precision)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN (abs(n) <= (3000)::double precision) THEN ((day + make_interval(months => ((sign(n) * floor(abs(n))))::integer)))::date ELSE NULL::date END;

CREATE OR REPLACE FUNCTION rule.age_at(birth date, at date)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN (at >= birth) THEN (((EXTRACT(year FROM at))::double precision - (EXTRACT(year FROM birth))::double precision) - (CASE WHEN (((EXTRACT(month FROM at) * (100)::numeric) + EXTRACT(day FROM at)) < ((EXTRACT(month FROM birth) * (100)::numeric) + EXTRACT(day FROM birth))) THEN 1 ELSE 0 END)::double precision) ELSE NULL::double precision END;

CREATE OR REPLACE FUNCTION rule.count_true(l boolean[])
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ((SELECT count(*) FILTER (WHERE x.x) AS count FROM unnest(count_true.l) x(x)))::double precision;

CREATE OR REPLACE FUNCTION rule.day_of(at timestamp with time zone)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (((at AT TIME ZONE 'UTC'::text) + '08:00:00'::interval))::date;

CREATE OR REPLACE FUNCTION rule.days_between(a date, b date)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ((b - a))::double precision;

CREATE OR REPLACE FUNCTION rule.ends_with(t text, x text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ("right"(t, char_length(x)) = x);

CREATE OR REPLACE FUNCTION rule.first_day(month integer)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN ((((month % 100) >= 1) AND ((month % 100) <= 12)) AND (((month / 100) >= 1) AND ((month / 100) <= 9999))) THEN make_date((month / 100), (month % 100), 1) ELSE NULL::date END;

CREATE OR REPLACE FUNCTION rule.has_text(t text, x text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (POSITION((x) IN (t)) > 0);

CREATE OR REPLACE FUNCTION rule.in_future(at timestamp with time zone)
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (at > (now() + '00:05:00'::interval));

CREATE OR REPLACE FUNCTION rule.length(t text)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (char_length(t))::double precision;

CREATE OR REPLACE FUNCTION rule.make_day(y double precision, m double precision, d double precision)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN (((y >= (1)::double precision) AND (y <= (9999)::double precision)) AND ((m >= (1)::double precision) AND (m <= (12.99)::double precision)) AND (d >= (1)::double precision) AND (d < (((1)::numeric + EXTRACT(day FROM ((make_date((floor(y))::integer, (floor(m))::integer, 1) + '1 mon'::interval) - '1 day'::interval))))::double precision)) THEN make_date((floor(y))::integer, (floor(m))::integer, (floor(d))::integer) ELSE NULL::date END;

CREATE OR REPLACE FUNCTION rule.month_no(day date)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (EXTRACT(month FROM day))::double precision;

CREATE OR REPLACE FUNCTION rule.month_no(month integer)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ((month % 100))::double precision;

CREATE OR REPLACE FUNCTION rule.month_of(day date)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (((EXTRACT(year FROM day))::integer * 100) + (EXTRACT(month FROM day))::integer);

CREATE OR REPLACE FUNCTION rule.months_between(a integer, b integer)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (((((b / 100) - (a / 100)) * 12) + ((b % 100) - (a % 100))))::double precision;

CREATE OR REPLACE FUNCTION rule.phone_ok(t text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (t ~ '^1[3-9][0-9]{9}$'::text);

CREATE OR REPLACE FUNCTION rule.repeats(l text[])
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ((SELECT count(DISTINCT x.x) AS count FROM unnest(repeats.l) x(x)) < cardinality(l));

CREATE OR REPLACE FUNCTION rule.school_day(day date)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN make_date((EXTRACT(year FROM (day - '8 mons'::interval)))::integer, 9, 1);

CREATE OR REPLACE FUNCTION rule.size(l text[])
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (cardinality(l))::double precision;

CREATE OR REPLACE FUNCTION rule.to_yuan(n double precision)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (n / (100)::double precision);

CREATE OR REPLACE FUNCTION rule.today()
 RETURNS date
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN COALESCE((NULLIF(current_setting('ganong.today'::text, true), ''::text))::date, ((now() AT TIME ZONE 'Asia/Shanghai'::text))::date);

CREATE OR REPLACE FUNCTION rule.year_of(day date)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (EXTRACT(year FROM day))::double precision;

CREATE OR REPLACE FUNCTION rule.year_of(month integer)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ((month / 100))::double precision;

CREATE OR REPLACE FUNCTION rule.yuan(n double precision)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (n * (100)::double precision);

CREATE OR REPLACE FUNCTION toilet.after_photos(p_no text)
 RETURNS integer
 LANGUAGE sql
 STABLE
 SET search_path TO 'toilet', 'pg_temp'
AS $function$
  select coalesce(sum(app.attachment_count('toilet.rectification', r.id, 'after_photos')), 0)::integer
    from toilet.problem p join toilet.rectification r on r.problem_id = p.id and not r.deleted
   where p.problem_no = p_no and not p.deleted
$function$;

CREATE OR REPLACE FUNCTION toilet.alike_pct(p_region text)
 RETURNS numeric
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'toilet', 'pg_temp'
AS $function$
  with g as (select count(*) n from toilet.house_toilet where region_code = p_region and not deleted and has_toilet
              group by toilet_type, septic_volume)
  select case when sum(n) >= 20 then round(100.0 * max(n) / sum(n), 1) end from g
$function$;

CREATE OR REPLACE FUNCTION toilet.attr_class(p text[])
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select case when p && array['2', '3', '4', '5'] then '2' when '1' = any(p) then '1' else '0' end $function$;

CREATE OR REPLACE FUNCTION toilet.consents(p_toilet uuid, p_year integer)
 RETURNS integer
 LANGUAGE sql
 STABLE
 SET search_path TO 'toilet', 'pg_temp'
AS $function$
  select coalesce(sum(app.attachment_count('toilet.renovation', id, 'consent_file')), 0)::integer from toilet.renovation
   where toilet_id = p_toilet and renov_year = p_year and not deleted
$function$;

CREATE OR REPLACE FUNCTION toilet.coverage_locked(p_region text, p_year integer)
 RETURNS numeric
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'toilet', 'pg_temp'
AS $function$
  select round(100.0 * sanitary_locked / nullif(should_count, 0), 2) from toilet.village_stat
   where region_code = p_region and data_year = p_year and locked and not deleted
$function$;

CREATE OR REPLACE FUNCTION toilet.false_report_hits(p_region text)
 RETURNS integer
 LANGUAGE sql
 STABLE
 SET search_path TO 'toilet', 'pg_temp'
AS $function$
  select count(*)::integer from quality.finding
   where region_code = p_region and not deleted and closed_at is null
     and rule_id in ('T-02', 'T-02b', 'T-03', 'T-04', 'T-22', 'T-24', 'T-43')
$function$;

CREATE OR REPLACE FUNCTION toilet.last_in(p_region text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select rpad(case when p_region like '%0000000000' then left(p_region, 2) when p_region like '%00000000' then left(p_region, 4)
                   when p_region like '%000000' then left(p_region, 6) when p_region like '%000' then left(p_region, 9)
                   else p_region end, 12, '9')
$function$;

CREATE OR REPLACE FUNCTION toilet.model_problem_pct(p_region text, p_vendor text, p_model text)
 RETURNS numeric
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'toilet', 'pg_temp'
AS $function$
  select case when p_vendor is null then null else round(100.0 * toilet.model_problems(p_region, p_vendor, p_model) / nullif((
    select count(*) from toilet.house_toilet t
     where t.septic_vendor = p_vendor and t.septic_model is not distinct from p_model and not t.deleted
       and t.region_code >= rpad(left(p_region, 6), 12, '0') and t.region_code <= rpad(left(p_region, 6), 12, '9')), 0), 1) end
$function$;

CREATE OR REPLACE FUNCTION toilet.model_problems(p_region text, p_vendor text, p_model text)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'toilet', 'pg_temp'
AS $function$
  select count(*)::integer from toilet.house_toilet t
   where t.septic_vendor = p_vendor and t.septic_model is not distinct from p_model and not t.deleted
     and t.region_code >= rpad(left(p_region, 6), 12, '0') and t.region_code <= rpad(left(p_region, 6), 12, '9')
     and exists (select 1 from toilet.problem p where p.toilet_id = t.id and not p.deleted and p.status not in ('70', '90', '91')
                    and p.problem_item && array['11', '12', '13', '14', '15', '16'])
$function$;

CREATE OR REPLACE FUNCTION toilet.number(p_key text, p_region text, p_on date, p_default numeric)
 RETURNS numeric
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select coalesce((select p.value::numeric from reg.policy_param p
    where p.key = p_key and not p.deleted and p.valid_from <= p_on and (p.valid_to is null or p.valid_to >= p_on)
      and p.region_code in (p_region, rpad(left(p_region, 4), 12, '0'), rpad(left(p_region, 2), 12, '0'))
    order by p.region_code desc, p.valid_from desc limit 1), p_default)
$function$;

CREATE OR REPLACE FUNCTION toilet.photos_copied(p_no text)
 RETURNS integer
 LANGUAGE sql
 STABLE
 SET search_path TO 'toilet', 'pg_temp'
AS $function$
  select coalesce(sum(app.attachments_alike('toilet.rectification', r.id, 'after_photos', 'toilet.problem', p.id)), 0)::integer
    from toilet.problem p join toilet.rectification r on r.problem_id = p.id and not r.deleted
   where p.problem_no = p_no and not p.deleted
$function$;

CREATE OR REPLACE FUNCTION toilet.photos_reused(p_no text)
 RETURNS integer
 LANGUAGE sql
 STABLE
 SET search_path TO 'toilet', 'pg_temp'
AS $function$
  select coalesce((select app.attachments_elsewhere('toilet.house_toilet', id) from toilet.house_toilet
    where toilet_no = p_no and not deleted), 0)::integer
$function$;

CREATE OR REPLACE FUNCTION toilet.protected_water(p_region text)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'toilet', 'pg_temp'
AS $function$ select count(*)::integer from toilet.water_village where region_code = p_region and not deleted $function$;

CREATE OR REPLACE FUNCTION toilet.renovations_started(p_region text, p_year integer)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'toilet', 'pg_temp'
AS $function$
  select count(*)::integer from toilet.renovation
   where region_code >= p_region and region_code <= toilet.last_in(p_region) and renov_year = p_year
     and start_date is not null and state <> '90' and not deleted
$function$;

CREATE OR REPLACE FUNCTION toilet.same_head(p_token bytea)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'toilet', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select case when p_token is null then 0 else
    (select count(*)::integer from toilet.house_toilet where head_id_card_token = p_token and record_state = '30' and not deleted) end
$function$;

CREATE OR REPLACE FUNCTION toilet.same_head_fiscal(p_token bytea)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'toilet', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select case when p_token is null then 0 else
    (select count(*)::integer from toilet.house_toilet
      where head_id_card_token = p_token and record_state = '30' and fiscal_supported and not deleted) end
$function$;

CREATE OR REPLACE FUNCTION toilet.same_phone(p_region text, p_phone text)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'toilet', 'pg_temp'
AS $function$
  select count(*)::integer from toilet.house_toilet
   where phone = p_phone and not deleted
     and region_code >= rpad(left(p_region, 6), 12, '0') and region_code <= rpad(left(p_region, 6), 12, '9')
$function$;

CREATE OR REPLACE FUNCTION toilet.same_place(p_region text, p_no text)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'toilet', 'pg_temp'
AS $function$
  select count(o.id)::integer from toilet.house_toilet t
    join toilet.house_toilet o on o.household_id = t.household_id and o.address = t.address and o.record_state = '30' and not o.deleted
   where t.toilet_no = p_no and not t.deleted
$function$;

CREATE OR REPLACE FUNCTION toilet.same_point(p_region text, p_no text)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'toilet', 'pg_temp'
AS $function$
  select count(o.id)::integer from toilet.house_toilet t
    join toilet.house_toilet o on o.longitude = t.longitude and o.latitude = t.latitude and not o.deleted
     and o.region_code >= rpad(left(p_region, 6), 12, '0') and o.region_code <= rpad(left(p_region, 6), 12, '9')
   where t.toilet_no = p_no and not t.deleted
$function$;

CREATE OR REPLACE FUNCTION toilet.should_of(p_region text, p_year integer)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'toilet', 'pg_temp'
AS $function$
  select should_count from toilet.village_stat where region_code = p_region and data_year = p_year and not deleted
$function$;

CREATE OR REPLACE FUNCTION toilet.surveyed_that_day(p_region text, p_surveyor text, p_day date)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'toilet', 'pg_temp'
AS $function$
  select count(*)::integer from toilet.house_toilet
   where survey_date = p_day and surveyor = p_surveyor and not deleted
     and region_code >= rpad(left(p_region, 6), 12, '0') and region_code <= rpad(left(p_region, 6), 12, '9')
$function$;

CREATE OR REPLACE FUNCTION toilet.task_finished(p_region text, p_year integer)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'toilet', 'pg_temp'
AS $function$
  select (select count(*) from toilet.renovation
           where region_code >= p_region and region_code <= toilet.last_in(p_region) and renov_year = p_year
             and finish_date is not null and state <> '90' and not deleted)::integer
       + (select count(*) from toilet.problem
           where region_code >= p_region and region_code <= toilet.last_in(p_region) and status = '70'
             and solved_date >= make_date(p_year, 1, 1) and solved_date <= make_date(p_year, 12, 31) and not deleted)::integer
$function$;

CREATE OR REPLACE FUNCTION yulu.account_households(p_batch uuid, p_token bytea)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'yulu', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select case when p_token is null then 0 else (select count(distinct household_id)::integer from yulu.subsidy
    where bank_account_token = p_token and batch_id = p_batch and not deleted) end
$function$;

CREATE OR REPLACE FUNCTION yulu.paid_people(p_region text, p_batch uuid)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'yulu', 'pg_temp'
AS $function$
  select count(distinct person_id)::integer from yulu.subsidy
   where batch_id = p_batch and pay_status = '2' and not deleted
     and region_code >= rpad(left(p_region, 6), 12, '0') and region_code <= rpad(left(p_region, 6), 12, '9')
$function$;

CREATE OR REPLACE FUNCTION yulu.paid_people_before(p_region text, p_batch uuid)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'yulu', 'pg_temp'
AS $function$
  select yulu.paid_people(p_region, o.id)
    from yulu.term_batch t
    join yulu.term_batch o on o.school_year = t.school_year - 1 and o.term = t.term and not o.deleted
   where t.id = p_batch
$function$;

CREATE OR REPLACE FUNCTION yulu.payee_at_home(p_household uuid, p_token bytea)
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'yulu', 'pg_temp'
AS $function$
  select case when p_token is null then null else exists (
    select from reg.member where household_id = p_household and id_no_token = p_token and member_status = '01' and not deleted) end
$function$;

CREATE OR REPLACE FUNCTION yulu.proofs(p_batch uuid, p_person uuid, p_source text, p_applied boolean)
 RETURNS integer
 LANGUAGE sql
 STABLE
 SET search_path TO 'yulu', 'pg_temp'
AS $function$
  select case when p_applied or p_source in ('4', '6') then
    (select app.attachment_count('yulu.verify', id, 'proofs')::integer
       from yulu.verify where batch_id = p_batch and person_id = p_person and not deleted) end
$function$;

CREATE OR REPLACE FUNCTION yulu.roll_status_now(p_roll uuid)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'yulu', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select roll_status from yulu.roll where id = p_roll and not deleted
$function$;

CREATE OR REPLACE FUNCTION yulu.same_number(p_batch uuid, p_token bytea)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'yulu', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select case when p_token is null then 0 else (select count(*)::integer from yulu.verify
    where batch_id = p_batch and id_no_token = p_token and state <> '90' and not deleted) end
$function$;

CREATE OR REPLACE FUNCTION yulu.school_qualified(p_name text)
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'yulu', 'pg_temp'
AS $function$
  select case when p_name is null then null else exists (
    select from yulu.school where not deleted and state <> '3' and degree_qualified
       and (name = p_name or p_name = any (regexp_split_to_array(former_names, '[、，；,;]')))) end
$function$;

CREATE OR REPLACE FUNCTION yulu.year_paid(p_person uuid, p_batch uuid)
 RETURNS bigint
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'yulu', 'pg_temp'
 SET "ganong.scope_lo" TO '000000000000'
 SET "ganong.scope_hi" TO '999999999999'
AS $function$
  select coalesce(sum(s.actual_amount), 0)::bigint
    from yulu.term_batch t
    join yulu.term_batch o on o.school_year = t.school_year and not o.deleted
    join yulu.subsidy s on s.batch_id = o.id and s.person_id = p_person and s.pay_status = '2' and not s.deleted
   where t.id = p_batch
$function$;
