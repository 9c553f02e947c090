import { defineModule } from '@/data/slots';

export default defineModule('relapse', {
  'ledger.cell.clue.level': () => import('./RiskCell.vue'),
  'ledger.cell.clue.risk_level': () => import('./RiskCell.vue'),
});
