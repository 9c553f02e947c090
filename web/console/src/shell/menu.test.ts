import { describe, expect, it } from 'vitest';
import { menuGroups, pathOfEntry } from './menu';

const m = (title: string, order: number, more: object): { title: string; group: string; icon: string; order: number } => ({ title, group: 'g', icon: '', order, ...more });
describe('menu', () => {
  it('leads to ledgers and pages, and drops what this version does not know', () => {
    expect(pathOfEntry(m('a', 1, { dataset: 'registry.household' }))).toBe('/data/registry/household');
    expect(pathOfEntry(m('a', 1, { page: 'one-household' }))).toBe('/household');
    expect(pathOfEntry(m('a', 1, { page: 'wall-screen-of-2031' }))).toBeNull();
  });
  it('keeps the order over groups', () => {
    const g = menuGroups([m('b', 2, { page: 'reports' }), m('a', 1, { page: 'sync' }), m('c', 3, { page: 'audit', group: 'h' })]);
    expect(g.map((x) => x.entries.map((e) => e.title))).toEqual([['a', 'b'], ['c']]);
  });
});
