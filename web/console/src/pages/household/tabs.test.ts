import { describe, expect, it } from 'vitest';
import type { Profile, Row } from '@shared/api';
import { filledTabs, TABS } from './tabs';

const row = (id: string): Row => ({ id, region_code: '360102001003', row_version: 1 });
describe('tabs of 一户一档', () => {
  it('takes rows the profile carries, else what may be read, and hides the rest', () => {
    const p: Profile = { household: row('h'), members: [row('m')], timeline: [] };
    const t = filledTabs(p, [{ id: 'relapse.clue', title: '线索', module: 'relapse', region: 'village', verbs: ['read'] }]);
    expect(t.map((x) => [x.title, x.dataset, x.rows?.length ?? null])).toEqual([['成员', null, 1], ['线索', 'relapse.clue', null]]);
  });
  it('keeps the order of the domain page', () => expect(TABS.map((t) => t.title).slice(0, 4)).toEqual(['成员', '生产生活条件', '收入', '三保障']));
});
