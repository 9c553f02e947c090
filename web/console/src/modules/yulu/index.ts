import { defineModule } from '@/data/slots';

export default defineModule('yulu', {
  'detail.actions.term_batch': () => import('./TermWork.vue'),
});
