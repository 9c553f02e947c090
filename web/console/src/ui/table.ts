/** The table apart from the rest: it is the largest component and the sign-in page must not load it. */
import type { PrimaryTableCol, TableRowData } from 'tdesign-vue-next';
export { PrimaryTable as TTable } from 'tdesign-vue-next';
export type Column = PrimaryTableCol<TableRowData>;
