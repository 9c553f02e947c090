import { describe, expect, it } from 'vitest';
import type { Description } from '@shared/description';
import { chips, filterFields, readQuery, withQuery } from './filters';

const d: Description = {
  id: 'registry.household', title: '农户', module: 'registry', region: 'village', children: [], hash: '', verbs: ['read'],
  fields: [
    { name: 'household_type', label: '户类型', kind: 'code', codes: 'C01', in: ['filter'] },
    { name: 'hukou_count', label: '户籍人口数', kind: 'int', in: ['filter'] },
    { name: 'head_id_no', label: '户主证件号', kind: 'id_card', in: ['filter'] },
    { name: 'net_pc', label: '人均纯收入', kind: 'money', in: ['filter'] },
  ],
};
describe('filters in the address', () => {
  it('offers no identity number', () => expect(filterFields(d).map((f) => f.name)).not.toContain('head_id_no'));
  it('keeps known words only', () => {
    expect(readQuery({ region: '36', 'household_type.in': ['01', '02'], limit: '9', evil: 'x', q: '' }, d)).toEqual({ region: '36', 'household_type.in': '01,02' });
  });
  it('sets and takes away', () => expect(withQuery({ a: '1', b: '2' }, { a: null, c: '3' })).toEqual({ b: '2', c: '3' }));
  it('says what is filtered', () => {
    const c = chips({ 'household_type.in': '01,02', 'hukou_count.min': '3', 'hukou_count.max': '5', 'net_pc.min': '1000000', region: '36' }, d, () => [{ code: '01', label: '一般农户' }, { code: '02', label: '脱贫户' }]);
    expect(c.map((x) => x.text)).toEqual(['户类型：一般农户、脱贫户', '户籍人口数：≥ 3，≤ 5', '人均纯收入：≥ 10000']);
    expect(c[1]?.keys).toEqual(['hukou_count.min', 'hukou_count.max']);
  });
});
