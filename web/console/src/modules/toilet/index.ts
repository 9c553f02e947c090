import { defineModule } from '@/data/slots';

export default defineModule('toilet', {
  'ledger.actions.house_toilet.print': () => import('./PrintCollection.vue'),
  'detail.actions.house_toilet': () => import('./PrintCollection.vue'),
});
