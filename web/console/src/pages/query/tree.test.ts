import { describe, expect, it } from 'vitest';
import type { QueryOffer } from '@shared/api';
import { asGroup, fromWire, group, numbers, toWire, words, type Group } from './tree';

const offers: QueryOffer[] = [
  { dataset: 'x.h', title: '户', via: null, fields: [{ name: 'n', label: '人口', group: '', kind: 'int', unit: '人', codes: null, ops: ['between'] }, { name: 'id_no', label: '证件', group: '', kind: 'id_card', unit: '', codes: null, ops: ['is'] }] },
  { dataset: 'x.m', title: '成员', via: 'h', fields: [{ name: 'ok', label: '在校', group: '', kind: 'bool', unit: '', codes: null, ops: ['is'] }] },
];
const g: Group = { kind: 'group', any: false, parts: [
  { kind: 'test', field: 'n', op: 'between', values: [2, 5] },
  { kind: 'group', any: true, parts: [{ kind: 'rows', of: 'x.m', least: 0, inner: { kind: 'group', any: false, parts: [{ kind: 'test', field: 'ok', op: 'is', values: [true] }] } }, { kind: 'test', field: 'n', op: 'empty', values: [] }] },
] };
describe('conditions', () => {
  it('are sent and come back alike', () => expect(fromWire(toWire(g))).toEqual(g));
  it('leaves out what is not filled in', () => {
    expect(toWire({ kind: 'test', field: 'n', op: 'between', values: [2] })).toBeNull();
    expect(toWire({ kind: 'test', field: '', op: 'is', values: [1] })).toBeNull();
    expect(toWire(group())).toBeNull();
  });
  it('are put in words, numbers of people are not', () => {
    expect(words(g, offers, () => [])).toBe('（人口介于2～5 且 （没有成员：在校等于是 或 人口未填））');
    expect(words({ kind: 'test', field: 'id_no', op: 'is', values: ['360199198001010011'] }, offers, () => [])).toBe('证件等于指定号码');
  });
  it('are numbered as they are sent', () => {
    const empty = { kind: 'test' as const, field: '', op: 'is' as const, values: [] };
    expect(numbers([...g.parts, empty, ...g.parts], '')).toEqual(['1', '2', '', '3', '4']);
    expect(numbers([empty, ...g.parts], '2.1')).toEqual(['', '2.1.1', '2.1.2']);
  });
  it('wraps a single condition', () => expect(asGroup({ kind: 'test', field: 'n', op: 'empty', values: [] }).parts).toHaveLength(1));
});
