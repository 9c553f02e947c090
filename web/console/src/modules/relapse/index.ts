import { api } from '@/data/client';
import { defineDraft, defineModule } from '@/data/slots';

export default defineModule('relapse', {
  'ledger.cell.clue.level': () => import('./RiskCell.vue'),
  'ledger.cell.clue.risk_level': () => import('./RiskCell.vue'),
  'ledger.import.dept_batch': () => import('./ReceiveBatch.vue'),
  'detail.actions.dispatch_batch': () => import('./ApproveDispatch.vue'),
  'detail.actions.clue': () => import('./ClueActions.vue'),
  'detail.actions.verify_form': () => import('./BackToClue.vue'),
  'form.before.verify_form': () => import('./KnownFacts.vue'),
  'ledger.actions.monitor_case.print': () => import('./PrintForms.vue'),
});
// the forms are of monitoring, the households are of the register
defineModule('registry', {
  'ledger.actions.household.print': () => import('./PrintForms.vue'),
});
defineDraft('relapse.verify_form', async (query) => {
  const clue = query['clue_id'];
  if (!clue) return null;
  const d = await api.relapse.verifyDraft(clue);
  return { values: d.values, region: d.region_code, existing: d.form_id };
});
