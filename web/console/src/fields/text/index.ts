import type { FieldKind } from '../kind';
import edit from './Edit.vue';
import view from './View.vue';

export default { edit, view, width: 172 } satisfies FieldKind;
