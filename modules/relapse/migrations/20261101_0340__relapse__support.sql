-- Feedback, policy answers, sharing, supervision and scans (domain 01 §2.20).
create table relapse.feedback (
    id uuid primary key,
    region_code text collate "C" not null,
    source text not null default '02',
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_by uuid,
    updated_at timestamptz not null default now(),
    row_version integer not null default 1,
    deleted boolean not null default false,
    sync_batch_no text,
    national_updated_at timestamptz,
    feedback_no text,
    user_id uuid,
    user_name text,
    module text,
    page_url text,
    kind text,
    title text,
    content text,
    contact text,
    related_clue uuid references relapse.clue (id) on delete restrict,
    related_rule uuid references relapse.warn_rule (id) on delete restrict,
    state text not null default '01',
    handler uuid,
    accepted_at timestamptz,
    reply text,
    reply_at timestamptz,
    satisfaction integer
);
create index feedback_region on relapse.feedback (region_code, id);
create index feedback_user_id on relapse.feedback (user_id);
create index feedback_module on relapse.feedback (region_code, module);
create index feedback_kind on relapse.feedback (region_code, kind);
create index feedback_title on relapse.feedback (region_code, title);
create index feedback_related_clue on relapse.feedback (related_clue);
create index feedback_related_rule on relapse.feedback (related_rule);
create index feedback_state on relapse.feedback (region_code, state);
create index feedback_handler on relapse.feedback (handler);
create unique index feedback_feedback_no_key on relapse.feedback (feedback_no) where not deleted;
select app.protect('relapse.feedback');

create table relapse.ai_doc (
    id uuid primary key,
    region_code text collate "C" not null,
    source text not null default '02',
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_by uuid,
    updated_at timestamptz not null default now(),
    row_version integer not null default 1,
    deleted boolean not null default false,
    sync_batch_no text,
    national_updated_at timestamptz,
    title text,
    doc_no text,
    issuer text,
    publish_date date,
    valid_to date,
    text text
);
create index ai_doc_region on relapse.ai_doc (region_code, id);
create index ai_doc_doc_no on relapse.ai_doc (region_code, doc_no);
create index ai_doc_issuer on relapse.ai_doc (region_code, issuer);
create index ai_doc_publish_date on relapse.ai_doc (region_code, publish_date);
create index ai_doc_valid_to on relapse.ai_doc (region_code, valid_to);
create index ai_doc_title_prefix on relapse.ai_doc (title);
select app.protect('relapse.ai_doc');

create table relapse.ai_doc_chunk (
    id uuid primary key,
    region_code text collate "C" not null,
    source text not null default '02',
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_by uuid,
    updated_at timestamptz not null default now(),
    row_version integer not null default 1,
    deleted boolean not null default false,
    sync_batch_no text,
    national_updated_at timestamptz,
    doc_id uuid not null references relapse.ai_doc (id) on delete restrict,
    seq integer not null,
    clause text,
    text text
);
create index ai_doc_chunk_region on relapse.ai_doc_chunk (region_code, id);
create index ai_doc_chunk_doc_id on relapse.ai_doc_chunk (doc_id);
create unique index ai_doc_chunk_doc_id_seq_key on relapse.ai_doc_chunk (doc_id, seq) where not deleted;
select app.protect('relapse.ai_doc_chunk');

create table relapse.ai_qa (
    id uuid primary key,
    region_code text collate "C" not null,
    source text not null default '02',
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_by uuid,
    updated_at timestamptz not null default now(),
    row_version integer not null default 1,
    deleted boolean not null default false,
    sync_batch_no text,
    national_updated_at timestamptz,
    question text,
    answer text,
    audience text,
    valid boolean,
    valid_to date
);
create index ai_qa_region on relapse.ai_qa (region_code, id);
create index ai_qa_audience on relapse.ai_qa (region_code, audience);
create index ai_qa_valid on relapse.ai_qa (region_code, valid);
create index ai_qa_valid_to on relapse.ai_qa (region_code, valid_to);
create index ai_qa_question_prefix on relapse.ai_qa (question);
select app.protect('relapse.ai_qa');

create table relapse.ai_qa_cite (
    id uuid primary key,
    region_code text collate "C" not null,
    source text not null default '02',
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_by uuid,
    updated_at timestamptz not null default now(),
    row_version integer not null default 1,
    deleted boolean not null default false,
    sync_batch_no text,
    national_updated_at timestamptz,
    qa_id uuid not null references relapse.ai_qa (id) on delete restrict,
    doc_id uuid references relapse.ai_doc (id) on delete restrict,
    doc_no text,
    clause text
);
create index ai_qa_cite_region on relapse.ai_qa_cite (region_code, id);
create index ai_qa_cite_qa_id on relapse.ai_qa_cite (qa_id);
create index ai_qa_cite_doc_id on relapse.ai_qa_cite (doc_id);
select app.protect('relapse.ai_qa_cite');

create table relapse.ai_session (
    id uuid primary key,
    region_code text collate "C" not null,
    source text not null default '02',
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_by uuid,
    updated_at timestamptz not null default now(),
    row_version integer not null default 1,
    deleted boolean not null default false,
    sync_batch_no text,
    national_updated_at timestamptz,
    user_id uuid,
    asked_at timestamptz,
    q text,
    a text,
    latency integer,
    thumbs text,
    refused_reason text
);
create index ai_session_region on relapse.ai_session (region_code, id);
create index ai_session_user_id on relapse.ai_session (user_id);
create index ai_session_asked_at on relapse.ai_session (region_code, asked_at);
create index ai_session_thumbs on relapse.ai_session (region_code, thumbs);
select app.protect('relapse.ai_session');

create table relapse.ai_session_cite (
    id uuid primary key,
    region_code text collate "C" not null,
    source text not null default '02',
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_by uuid,
    updated_at timestamptz not null default now(),
    row_version integer not null default 1,
    deleted boolean not null default false,
    sync_batch_no text,
    national_updated_at timestamptz,
    session_id uuid not null references relapse.ai_session (id) on delete restrict,
    qa_id uuid references relapse.ai_qa (id) on delete restrict,
    doc_id uuid references relapse.ai_doc (id) on delete restrict,
    doc_no text,
    clause text
);
create index ai_session_cite_region on relapse.ai_session_cite (region_code, id);
create index ai_session_cite_session_id on relapse.ai_session_cite (session_id);
create index ai_session_cite_qa_id on relapse.ai_session_cite (qa_id);
create index ai_session_cite_doc_id on relapse.ai_session_cite (doc_id);
select app.protect('relapse.ai_session_cite');

create table relapse.share_catalog (
    id uuid primary key,
    region_code text collate "C" not null,
    source text not null default '02',
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_by uuid,
    updated_at timestamptz not null default now(),
    row_version integer not null default 1,
    deleted boolean not null default false,
    sync_batch_no text,
    national_updated_at timestamptz,
    dataset text not null,
    title text,
    dept text[],
    lowest_level text,
    enabled boolean,
    note text
);
create index share_catalog_region on relapse.share_catalog (region_code, id);
create index share_catalog_title on relapse.share_catalog (region_code, title);
create index share_catalog_dept on relapse.share_catalog using gin (dept);
create index share_catalog_lowest_level on relapse.share_catalog (region_code, lowest_level);
create index share_catalog_enabled on relapse.share_catalog (region_code, enabled);
create unique index share_catalog_dataset_key on relapse.share_catalog (dataset) where not deleted;
select app.protect('relapse.share_catalog');

create table relapse.share_catalog_field (
    id uuid primary key,
    region_code text collate "C" not null,
    source text not null default '02',
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_by uuid,
    updated_at timestamptz not null default now(),
    row_version integer not null default 1,
    deleted boolean not null default false,
    sync_batch_no text,
    national_updated_at timestamptz,
    catalog_id uuid not null references relapse.share_catalog (id) on delete restrict,
    field_name text not null,
    label text,
    sens_level text,
    shared boolean
);
create index share_catalog_field_region on relapse.share_catalog_field (region_code, id);
create index share_catalog_field_catalog_id on relapse.share_catalog_field (catalog_id);
create unique index share_catalog_field_catalog_id_field_name_key on relapse.share_catalog_field (catalog_id, field_name) where not deleted;
select app.protect('relapse.share_catalog_field');

create table relapse.share_request (
    id uuid primary key,
    region_code text collate "C" not null,
    source text not null default '02',
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_by uuid,
    updated_at timestamptz not null default now(),
    row_version integer not null default 1,
    deleted boolean not null default false,
    sync_batch_no text,
    national_updated_at timestamptz,
    catalog_id uuid not null references relapse.share_catalog (id) on delete restrict,
    applicant uuid,
    applicant_unit text,
    data_region text collate "C",
    purpose text,
    filter text,
    period integer,
    state text not null default '01',
    approver uuid,
    approved_at timestamptz,
    opinion text,
    watermark_id text,
    expire_at timestamptz,
    download_left integer
);
create index share_request_region on relapse.share_request (region_code, id);
create index share_request_catalog_id on relapse.share_request (catalog_id);
create index share_request_applicant on relapse.share_request (applicant);
create index share_request_applicant_unit on relapse.share_request (region_code, applicant_unit);
create index share_request_data_region on relapse.share_request (region_code, data_region);
create index share_request_state on relapse.share_request (region_code, state);
create index share_request_approver on relapse.share_request (approver);
select app.protect('relapse.share_request');

create table relapse.share_request_field (
    id uuid primary key,
    region_code text collate "C" not null,
    source text not null default '02',
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_by uuid,
    updated_at timestamptz not null default now(),
    row_version integer not null default 1,
    deleted boolean not null default false,
    sync_batch_no text,
    national_updated_at timestamptz,
    request_id uuid not null references relapse.share_request (id) on delete restrict,
    field_name text not null,
    sens_level text,
    reason text
);
create index share_request_field_region on relapse.share_request_field (region_code, id);
create index share_request_field_request_id on relapse.share_request_field (request_id);
create unique index share_request_field_request_id_field_name_key on relapse.share_request_field (request_id, field_name) where not deleted;
select app.protect('relapse.share_request_field');

create table relapse.share_download (
    id uuid primary key,
    region_code text collate "C" not null,
    source text not null default '02',
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_by uuid,
    updated_at timestamptz not null default now(),
    row_version integer not null default 1,
    deleted boolean not null default false,
    sync_batch_no text,
    national_updated_at timestamptz,
    request_id uuid not null references relapse.share_request (id) on delete restrict,
    user_id uuid,
    at timestamptz,
    ip text,
    rows integer
);
create index share_download_region on relapse.share_download (region_code, id);
create index share_download_request_id on relapse.share_download (request_id);
create index share_download_user_id on relapse.share_download (user_id);
select app.protect('relapse.share_download');

create table relapse.supervise (
    id uuid primary key,
    region_code text collate "C" not null,
    source text not null default '02',
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_by uuid,
    updated_at timestamptz not null default now(),
    row_version integer not null default 1,
    deleted boolean not null default false,
    sync_batch_no text,
    national_updated_at timestamptz,
    target_dataset text,
    target_id text,
    target_title text,
    kind text,
    issued_by uuid,
    issued_at timestamptz,
    demand text,
    due date,
    reply text,
    reply_at timestamptz,
    state text not null default '01'
);
create index supervise_region on relapse.supervise (region_code, id);
create index supervise_target_id on relapse.supervise (region_code, target_id);
create index supervise_target_title on relapse.supervise (region_code, target_title);
create index supervise_kind on relapse.supervise (region_code, kind);
create index supervise_issued_by on relapse.supervise (issued_by);
create index supervise_due on relapse.supervise (region_code, due);
create index supervise_state on relapse.supervise (region_code, state);
select app.protect('relapse.supervise');

create table relapse.ocr_log (
    id uuid primary key,
    region_code text collate "C" not null,
    source text not null default '02',
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_by uuid,
    updated_at timestamptz not null default now(),
    row_version integer not null default 1,
    deleted boolean not null default false,
    sync_batch_no text,
    national_updated_at timestamptz,
    user_id uuid,
    at timestamptz,
    device text,
    edited_fields text,
    image_kept boolean not null default false,
    purpose text
);
create index ocr_log_region on relapse.ocr_log (region_code, id);
create index ocr_log_user_id on relapse.ocr_log (user_id);
create index ocr_log_image_kept on relapse.ocr_log (region_code, image_kept);
select app.protect('relapse.ocr_log');

create table relapse.ocr_field (
    id uuid primary key,
    region_code text collate "C" not null,
    source text not null default '02',
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_by uuid,
    updated_at timestamptz not null default now(),
    row_version integer not null default 1,
    deleted boolean not null default false,
    sync_batch_no text,
    national_updated_at timestamptz,
    log_id uuid not null references relapse.ocr_log (id) on delete restrict,
    field_name text not null,
    confidence numeric(18,4),
    edited boolean not null default false
);
create index ocr_field_region on relapse.ocr_field (region_code, id);
create index ocr_field_log_id on relapse.ocr_field (log_id);
create unique index ocr_field_log_id_field_name_key on relapse.ocr_field (log_id, field_name) where not deleted;
select app.protect('relapse.ocr_field');
