/** Merged headers and chart data of a report. */
import type { ReportColumn } from '@shared/api';

export interface HeaderCell {
  label: string;
  span: number;
  /** No group: the cell takes both header rows. */
  tall: boolean;
  column?: ReportColumn;
}
/** Neighbouring columns of one group share a merged cell; the same group further right is a cell of its own. */
export function headerCells(columns: readonly ReportColumn[]): HeaderCell[] {
  const out: HeaderCell[] = [];
  for (const c of columns) {
    const last = out.at(-1);
    if (!c.group) out.push({ label: c.label, span: 1, tall: true, column: c });
    else if (last && !last.tall && last.label === c.group) last.span += 1;
    else out.push({ label: c.group, span: 1, tall: false });
  }
  return out;
}
export const hasGroups = (columns: readonly ReportColumn[]): boolean => columns.some((c) => c.group);
export const lastMonth = (now = new Date()): string => `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, '0')}`;
