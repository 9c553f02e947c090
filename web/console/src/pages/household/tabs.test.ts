import { describe, expect, it } from 'vitest';
import type { Profile, Row } from '@shared/api';
import { filledTabs, TABS } from './tabs';

const row = (id: string): Row => ({ id, region_code: '360102001003', row_version: 1 });
describe('tabs of 一户一档', () => {
  it('takes rows the profile carries, else what may be read, and hides the rest', () => {
    const p: Profile = { household: row('h'), tabs: [{ dataset: 'registry.member', title: '家庭成员', items: [row('m')] }], timeline: [] };
    const t = filledTabs(p, [{ id: 'relapse.clue', title: '线索', module: 'relapse', region: 'village', verbs: ['read'] }]);
    expect(t.map((x) => [x.title, x.parts.map((y) => y.dataset), x.count])).toEqual([['成员', ['registry.member'], 1], ['线索', ['relapse.clue'], 0]]);
  });
  it('shows what has no tab of its own behind, when there is some', () => {
    const p: Profile = { household: row('h'), tabs: [{ dataset: 'x.gift', title: '慰问', items: [row('g')] }, { dataset: 'x.none', title: '空', items: [] }], timeline: [] };
    expect(filledTabs(p, []).map((x) => x.title)).toEqual(['慰问']);
  });
  it('keeps the order of the domain page', () => expect(TABS.map((t) => t.title).slice(0, 12)).toEqual(['成员', '生产生活条件', '收入', '三保障', '监测档案', '措施', '走访', '入户核实', '义务人', '核对', '线索', '质量问题']));
});
