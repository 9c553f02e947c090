/** Sums of the overview by region or by rule, worst first. */
import type { OverviewItem } from './types';

export interface Line {
  key: string;
  name: string;
  E: number;
  S: number;
  H: number;
  open: number;
  closed: number;
  exempt: number;
  overdue: number;
}
export function linesBy(items: readonly OverviewItem[], key: (i: OverviewItem) => string, name: (i: OverviewItem) => string): Line[] {
  const all = new Map<string, Line>();
  for (const i of items) {
    const k = key(i);
    const line = all.get(k) ?? { key: k, name: name(i), E: 0, S: 0, H: 0, open: 0, closed: 0, exempt: 0, overdue: 0 };
    line[i.severity] += i.open;
    line.open += i.open;
    line.closed += i.closed;
    line.exempt += i.exempt;
    line.overdue += i.overdue;
    all.set(k, line);
  }
  return [...all.values()].sort((a, b) => b.open - a.open || a.key.localeCompare(b.key));
}
/** Share of what was found that is settled, in percent; null when nothing was found. */
export function settledPct(l: Line): number | null {
  const all = l.open + l.closed + l.exempt;
  return all ? Math.round(((l.closed + l.exempt) * 1000) / all) / 10 : null;
}
