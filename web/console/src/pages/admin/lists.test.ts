import { describe, expect, it } from 'vitest';
import { accountState, DEEDS, deedsFor, itemsOf, matrixRows } from './lists';

describe('administration lists', () => {
  it('takes an array or items', () => {
    expect(itemsOf([1])).toEqual([1]);
    expect(itemsOf({ items: [2] })).toEqual([2]);
    expect(itemsOf(null)).toEqual([]);
  });
  it('offers what fits the account, and asks why', () => {
    const u = { id: 'u', login_name: 'a', name: '某某', status: 'normal' };
    expect(deedsFor(u)).toEqual(['reset-password', 'disable']);
    expect(deedsFor({ ...u, wechat_bound: true, second_factor_bound: true })).toEqual(['reset-password', 'totp-disable', 'wechat-unbind', 'disable']);
    expect(deedsFor({ ...u, status: 'dormant' })).toEqual(['reset-password', 'enable']);
    expect(deedsFor({ ...u, locked_for_admin: true })).toContain('unlock');
    expect(deedsFor({ ...u, status: 'cancelled', wechat_bound: true })).toEqual([]);
    expect(Object.entries(DEEDS).filter(([, d]) => !d.reason).map(([v]) => v)).toEqual(['reset-password']);
  });
  it('says how an account stands', () => {
    const u = { id: 'u', login_name: 'a', name: '某某' };
    const now = Date.parse('2026-03-02T10:00:00Z');
    const states = [{ status: 'normal' }, { status: 'disabled' }, { status: 'dormant' }, { status: 'normal', locked_until: '2026-03-02T10:10:00Z' }, { status: 'normal', locked_until: '2026-03-02T09:50:00Z' }];
    expect(states.map((s) => accountState({ ...u, ...s }, now)[0])).toEqual(['正常', '已停用', '休眠停用', '已锁定', '正常']);
  });
  it('reads the matrix in each of its shapes', () => {
    const want = [{ dataset: 'a.b', title: 'a.b', verbs: { read: ['R1'] } }];
    expect(matrixRows({ 'a.b': { read: ['R1'] } })).toEqual(want);
    expect(matrixRows([{ dataset: 'a.b', verb: 'read', roles: ['R1'] }])).toEqual(want);
    expect(matrixRows({ items: [{ dataset: 'a.b', title: '甲', verbs: { read: ['R1'] } }] })).toEqual([{ ...want[0], title: '甲' }]);
  });
});
