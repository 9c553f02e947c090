import { describe, expect, it } from 'vitest';
import { fullLabel, growth, headerRows, lastMonth, sortRows } from './table';

const c = (key: string, group?: string): { key: string; label: string; unit: string; definition: string; group?: string } => ({ key, label: key, unit: '', definition: '', ...(group ? { group } : {}) });
describe('merged headers', () => {
  it('merges neighbours under the same headings only', () => {
    const rows = headerRows([c('a'), c('b', 'g/h'), c('d', 'g/h'), c('e', 'g'), c('f'), c('i', 'g')]);
    expect(rows.map((r) => r.map((x) => [x.label, x.span, x.tall]))).toEqual([
      [['a', 1, 3], ['g', 3, 1], ['f', 1, 3], ['g', 1, 1]],
      [['h', 2, 1], ['e', 1, 2], ['i', 1, 2]],
      [['b', 1, 1], ['d', 1, 1]],
    ]);
  });
  it('does not merge the same heading under another one', () => {
    expect(headerRows([c('a', 'x/h'), c('b', 'y/h')])[1]?.map((x) => x.span)).toEqual([1, 1]);
  });
  it('names a column in full', () => expect(fullLabel(c('户', '监测对象/未消除'))).toBe('监测对象 · 未消除 · 户'));
  it('names the month', () => expect(lastMonth(new Date(2026, 0, 5))).toBe('2026-01'));
});
describe('figures', () => {
  it('tells a difference only where both are known', () => {
    expect([growth(5, 3), growth(5, null), growth(null, 3), growth(0, 0)]).toEqual([2, null, null, 0]);
  });
  it('ranks with unknown ones last, either way', () => {
    const r = (name: string, v: number | null): { region_code: string; region_name: string; level: number; values: Record<string, number | null> } => ({ region_code: name, region_name: name, level: 3, values: { k: v } });
    const rows = [r('a', 2), r('b', null), r('c', 9)];
    expect(sortRows(rows, 'k', true).map((x) => x.region_name)).toEqual(['c', 'a', 'b']);
    expect(sortRows(rows, 'k', false).map((x) => x.region_name)).toEqual(['a', 'c', 'b']);
  });
});
