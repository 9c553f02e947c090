/** Merged headers of a report, and its months. */
import type { ReportColumn, ReportRow } from '@shared/api';

export interface HeaderCell {
  label: string;
  /** Columns and header rows that the cell takes. */
  span: number;
  tall: number;
  column?: ReportColumn;
}
export const groupsOf = (c: ReportColumn): string[] => (c.group ?? '').split('/').filter(Boolean);
/** A column's name with what stands above it. */
export const fullLabel = (c: ReportColumn): string => [...groupsOf(c), c.label].join(' · ');
/** How many header rows there are. */
export const depthOf = (columns: readonly ReportColumn[]): number => Math.max(0, ...columns.map((c) => groupsOf(c).length)) + 1;

/** Header rows: neighbours under the same headings share a cell; the same heading further right is a cell of its own; a label
 * takes the rows that are left below its headings. */
export function headerRows(columns: readonly ReportColumn[]): HeaderCell[][] {
  const depth = depthOf(columns);
  const rows: HeaderCell[][] = Array.from({ length: depth }, () => []);
  const paths = columns.map(groupsOf);
  for (let level = 0; level < depth; level += 1) {
    let i = 0;
    while (i < columns.length) {
      const path = paths[i] ?? [];
      const column = columns[i];
      if (level < path.length) {
        let end = i + 1;
        const same = (p: string[] | undefined): boolean => !!p && p.length > level && path.slice(0, level + 1).every((g, n) => p[n] === g);
        while (same(paths[end])) end += 1;
        rows[level]?.push({ label: path[level] ?? '', span: end - i, tall: 1 });
        i = end;
        continue;
      }
      if (level === path.length && column) rows[level]?.push({ label: column.label, span: 1, tall: depth - level, column });
      i += 1;
    }
  }
  return rows;
}

export const lastMonth = (now = new Date()): string => `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, '0')}`;

/** The difference to the earlier month, none where one of the two is not known. */
export function growth(now: number | null | undefined, before: number | null | undefined): number | null {
  return now === null || now === undefined || before === null || before === undefined ? null : Math.round((now - before) * 100) / 100;
}

/** Rows in the order of one figure; unknown ones last. */
export function sortRows(rows: readonly ReportRow[], key: string, down: boolean): ReportRow[] {
  if (!key) return [...rows];
  const of = (r: ReportRow): number => r.values[key] ?? (down ? -Infinity : Infinity);
  return [...rows].sort((a, b) => (down ? of(b) - of(a) : of(a) - of(b)));
}
