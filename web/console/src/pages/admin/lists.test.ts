import { describe, expect, it } from 'vitest';
import { itemsOf, matrixRows } from './lists';

describe('administration lists', () => {
  it('takes an array or items', () => {
    expect(itemsOf([1])).toEqual([1]);
    expect(itemsOf({ items: [2] })).toEqual([2]);
    expect(itemsOf(null)).toEqual([]);
  });
  it('reads the matrix in each of its shapes', () => {
    const want = [{ dataset: 'a.b', title: 'a.b', verbs: { read: ['R1'] } }];
    expect(matrixRows({ 'a.b': { read: ['R1'] } })).toEqual(want);
    expect(matrixRows([{ dataset: 'a.b', verb: 'read', roles: ['R1'] }])).toEqual(want);
    expect(matrixRows({ items: [{ dataset: 'a.b', title: '甲', verbs: { read: ['R1'] } }] })).toEqual([{ ...want[0], title: '甲' }]);
  });
});
