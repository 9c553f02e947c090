import { api } from '@/data/client';
import { defineDraft, defineModule } from '@/data/slots';

export default defineModule('relapse', {
  'ledger.cell.clue.level': () => import('./RiskCell.vue'),
  'ledger.cell.clue.risk_level': () => import('./RiskCell.vue'),
  'ledger.import.dept_batch': () => import('./ReceiveBatch.vue'),
  'detail.actions.dispatch_batch': () => import('./ApproveDispatch.vue'),
  'detail.actions.model_version': () => import('./ToModel.vue'),
  'detail.actions.dept_key': () => import('./TakeSecret.vue'),
  'detail.actions.clue': () => import('./ClueActions.vue'),
  'detail.actions.verify_form': () => import('./BackToClue.vue'),
  'detail.actions.supervise': () => import('./SuperviseActions.vue'),
  'detail.actions.monitor_case': () => import('./CaseActions.vue'),
  'detail.panel.clue.办理材料': () => import('./Papers.vue'),
  'detail.panel.elimination.评议和公示': () => import('./Papers.vue'),
  'detail.panel.monitor_case.帮扶和消除': () => import('./Papers.vue'),
  'form.before.supervise': () => import('./SuperviseAbout.vue'),
  'form.before.verify_form': () => import('./KnownFacts.vue'),
  'ledger.actions.monitor_case.print': () => import('./PrintForms.vue'),
});
// the forms are of monitoring, the households are of the register
defineModule('registry', {
  'form.before.member': () => import('./ScanCard.vue'),
  'ledger.actions.household.print': () => import('./PrintForms.vue'),
  'query.actions.household.tasks': () => import('./TaskPack.vue'),
});
defineDraft('relapse.verify_form', async (query) => {
  const clue = query['clue_id'];
  if (!clue) return null;
  const d = await api.relapse.verifyDraft(clue);
  return { values: d.values, region: d.region_code, existing: d.form_id };
});
/** The household behind a case: what is chosen for it is of this household. */
const householdOf = async (id: string | undefined): Promise<Record<string, unknown>> => (id ? { household_id: (await api.records('relapse.monitor_case').get(id))['household_id'] } : {});
/** The newest row of a household, where one may be read. */
async function newest(dataset: string, household: unknown, day: string): Promise<string | null> {
  if (typeof household !== 'string') return null;
  const rows = await api.records(dataset).list({ household_id: household, limit: 50 }).then((p) => p.items, () => []);
  return rows.sort((a, b) => String(b[day] ?? '').localeCompare(String(a[day] ?? '')))[0]?.id ?? null;
}
defineDraft('relapse.elimination', async (query) => {
  const beside = await householdOf(query['case_id']);
  if (!beside['household_id']) return null;
  const [income, security] = await Promise.all([newest('registry.income_period', beside['household_id'], 'period_end'), newest('registry.security_check', beside['household_id'], 'check_date')]);
  return { values: { after_income_id: income, after_security_id: security }, region: query['region'], beside };
});
defineDraft('relapse.elimination_risk', async (query) => {
  const of = query['elimination_id'];
  if (!of) return null;
  const e = await api.records('relapse.elimination').get(of);
  return { values: {}, beside: { household_id: e['household_id'] } };
});
defineDraft('relapse.help_plan_target', async (query) => {
  const of = query['plan_id'];
  if (!of) return null;
  const plan = await api.records('relapse.help_plan').get(of);
  return { values: {}, beside: await householdOf(String(plan['case_id'])) };
});
