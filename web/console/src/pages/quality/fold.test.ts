import { describe, expect, it } from 'vitest';
import { linesBy, settledPct } from './fold';
import type { OverviewItem } from './types';

const item = (region_code: string, rule_id: string, severity: 'E' | 'S' | 'H', open: number, closed: number): OverviewItem => ({ region_code, region_name: region_code, rule_id, severity, open, closed, exempt: 0, overdue: 0, files: open });

describe('the overview', () => {
  it('adds up by region and by rule, worst first', () => {
    const items = [item('a', 'Q1', 'E', 2, 1), item('a', 'Q2', 'S', 1, 0), item('b', 'Q1', 'E', 5, 5)];
    const regions = linesBy(items, (i) => i.region_code, (i) => i.region_code);
    expect(regions.map((l) => [l.key, l.E, l.S, l.open])).toEqual([['b', 5, 0, 5], ['a', 2, 1, 3]]);
    const rules = linesBy(items, (i) => i.rule_id, (i) => i.rule_id);
    expect(rules.map((l) => [l.key, l.open])).toEqual([['Q1', 7], ['Q2', 1]]);
  });
  it('says how much is settled', () => {
    const pct = (open: number, closed: number) => linesBy([item('b', 'Q1', 'E', open, closed)], () => 'b', () => 'b').map(settledPct);
    expect(pct(5, 5)).toEqual([50]);
    expect(pct(0, 0)).toEqual([null]);
  });
});
