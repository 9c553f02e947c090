import { defineModule } from '@/data/slots';

export default defineModule('registry', {
  'detail.actions.household': () => import('./OpenFile.vue'),
});
