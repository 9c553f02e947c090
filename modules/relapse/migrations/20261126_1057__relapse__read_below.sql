-- Rules, catalogues, tasks and the library of questions are set above and read by everybody below.
select app.read_below('relapse.warn_rule', 'relapse.warn_rule');
select app.read_below('relapse.warn_rule_param', 'relapse.warn_rule_param');
select app.read_below('relapse.quality_rule', 'relapse.quality_rule');
select app.read_below('relapse.quality_rule_param', 'relapse.quality_rule_param');
select app.read_below('relapse.quality_rule_switch', 'relapse.quality_rule_switch');
select app.read_below('relapse.share_catalog', 'relapse.share_catalog');
select app.read_below('relapse.share_catalog_field', 'relapse.share_catalog_field');
select app.read_below('relapse.dept_dataset', 'relapse.dept_dataset');
select app.read_below('relapse.dispatch_batch', 'relapse.dispatch_batch');
select app.read_below('relapse.patrol_task', 'relapse.patrol_task');
select app.read_below('relapse.ai_doc', 'relapse.ai_doc');
select app.read_below('relapse.ai_doc_chunk', 'relapse.ai_doc_chunk');
select app.read_below('relapse.ai_qa', 'relapse.ai_qa');
select app.read_below('relapse.ai_qa_cite', 'relapse.ai_qa_cite');
