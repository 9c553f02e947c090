-- The number by which a household hears back about its own application.
alter table relapse.self_apply add column receipt_no text;
create unique index self_apply_receipt_no_key on relapse.self_apply (receipt_no) where not deleted;
create index self_apply_receipt_no on relapse.self_apply (region_code, receipt_no);
