import { describe, expect, it } from 'vitest';
import { headerCells, lastMonth } from './table';

const c = (key: string, group?: string): { key: string; label: string; unit: string; definition: string; group?: string } => ({ key, label: key, unit: '', definition: '', ...(group ? { group } : {}) });
describe('merged headers', () => {
  it('merges neighbours only', () => {
    const h = headerCells([c('a'), c('b', 'g'), c('d', 'g'), c('e'), c('f', 'g')]);
    expect(h.map((x) => [x.label, x.span, x.tall])).toEqual([['a', 1, true], ['g', 2, false], ['e', 1, true], ['g', 1, false]]);
  });
  it('names the month', () => expect(lastMonth(new Date(2026, 0, 5))).toBe('2026-01'));
});
