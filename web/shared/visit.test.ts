import { describe, expect, it } from 'vitest';
import type { Pack, Row } from './api';
import { rowsOf } from './offline/sheet';
import { burden, EXPENSE, follow, ITEM, lacking, newVisit, putBurden, REASON, reasonRows, selfPay, sums, yearBefore } from './visit';

let n = 0;
const local = (): string => `l${(n += 1)}`;
const row = (id: string, more: object): Row => ({ id, region_code: '360121001001', row_version: 1, ...more }) as Row;
const pack = (): Pack => ({
  clue: row('c1', { raw_name: '甲', household_id: 'h1' }),
  household: row('h1', { head_name: '甲', income_pop: 3 }),
  known: {
    'registry.member': [row('m1', { name: '甲', member_status: '01', labor_skill: '01', birth_date: '1980-01-01' }), row('m2', { name: '乙', member_status: '01', labor_skill: '05', birth_date: '2015-01-01' })],
    'registry.income_item': [row('i1', { period_id: 'p1', item_code: 'A02', amount: 3000000 }), row('i2', { period_id: 'p1', item_code: 'P01', amount: 9 })],
    'registry.security_check': [row('s1', { check_date: '2026-01-01', food_ok: true }), row('s0', { check_date: '2025-01-01', food_ok: false })],
  },
  form: null,
  children: {},
});
const start = { id: 'v1', user: { id: 'u1', name: '村干部', post: '村级采集' }, now: new Date(2026, 10, 26, 9), local };
const parent = (c: string): string | null => (c.length > 1 ? c.charAt(0) : null);

describe('a home visit', () => {
  it('begins with what the system knows', () => {
    const s = newVisit(pack(), start);
    const form = s.rows.find((r) => r.local === 'form')?.values;
    expect(form).toMatchObject({ clue_id: 'c1', met_person: '甲', labor_count: 1, income_id: '@income', security_id: '@security' });
    expect(rowsOf(s, ITEM).map((r) => r.values['item_code'])).toEqual(['A02']);
    expect(s.rows.find((r) => r.local === 'security')?.values).toMatchObject({ stage: '04', food_ok: true, check_date: '2026-11-26' });
    expect(s.rows.find((r) => r.local === 'income')?.values).toMatchObject({ pop: 3, period_start: '2025-11-01', period_end: '2026-10-31' });
    expect(s.filled.length).toBeGreaterThan(8);
  });
  it('reckons what a household paid itself and its income a head', () => {
    const s = newVisit(pack(), start);
    expect(selfPay({ total: 100, reimbursed: 30, claimed: 80 })).toBe(0);
    s.rows.push({ local: 'e1', dataset: EXPENSE, values: { form_id: '@form', kind: '01', total: 2638000, reimbursed: 1000000, claimed: 0 } });
    follow(s);
    expect(s.rows.find((r) => r.local === 'e1')?.values['self_pay']).toBe(1638000);
    expect(s.rows.find((r) => r.local === 'item-P01')?.values['amount']).toBe(1638000);
    expect(sums(s, parent)).toEqual({ gross: 3000000, net: 3000000, perHead: 1000000, refPerHead: 454000 });
    s.typed.push('e1.self_pay');
    Object.assign(s.rows.find((r) => r.local === 'e1')?.values ?? {}, { self_pay: 5 });
    follow(s);
    expect(s.rows.find((r) => r.local === 'item-P01')?.values['amount']).toBe(5);
    s.rows = s.rows.filter((r) => r.local !== 'e1');
    follow(s);
    expect(s.rows.some((r) => r.local === 'item-P01')).toBe(false);
  });
  it('asks particulars for each ticked reason', () => {
    const s = newVisit(pack(), start);
    const form = s.rows.find((r) => r.local === 'form');
    Object.assign(form?.values ?? {}, { suggest: '02', not_include_reasons: ['02', '04'] });
    reasonRows(s, local);
    expect(rowsOf(s, REASON).map((r) => r.values['reason'])).toEqual(['02', '04']);
    Object.assign(form?.values ?? {}, { not_include_reasons: ['04'] });
    reasonRows(s, local);
    expect(rowsOf(s, REASON).map((r) => r.values['reason'])).toEqual(['04']);
    Object.assign(form?.values ?? {}, { suggest: '01' });
    reasonRows(s, local);
    expect(rowsOf(s, REASON)).toEqual([]);
  });
  it('says what is still missing, as the server would', () => {
    const s = newVisit(pack(), start);
    expect(lacking(s, pack(), []).map((l) => l.step)).toEqual(['sign', 'sign', 'sign', 'sign', 'assets']);
    const form = s.rows.find((r) => r.local === 'form');
    Object.assign(form?.values ?? {}, { no_obligor: true, suggest_text: '𠮷'.repeat(401) });
    s.rows.push({ local: 'v2', dataset: 'relapse.verify_verifier', values: {} });
    const there = [...Array(3).fill({ field: 'photos' }), { field: 'householder_sign' }, { field: 'verifier_sign' }];
    expect(lacking(s, pack(), there)).toEqual([{ step: 'result', text: '建议说明最多 400 字，现有 401 字' }]);
    Object.assign(form?.values ?? {}, { suggest_text: '𠮷'.repeat(400) });
    expect(lacking(s, pack(), there)).toEqual([]);
  });
  it('goes on with a form that was returned', () => {
    const p = pack();
    p.form = row('f1', { clue_id: 'c1', household_id: 'h1', income_id: 'p1', security_id: 's1', met_person: '甲', suggest: '01' });
    p.children['relapse.verify_expense'] = [row('e1', { form_id: 'f1', kind: '01', total: 5 })];
    p.known['registry.income_period'] = [row('p1', { period_kind: '04', household_id: 'h1' })];
    const s = newVisit(p, start);
    expect(s.rows.find((r) => r.local === 'form')?.known?.id).toBe('f1');
    expect(rowsOf(s, EXPENSE)[0]?.known?.version).toBe(1);
    expect(s.rows.find((r) => r.local === 'income')?.known?.id).toBe('p1');
    // the earlier check was not made in a visit: this one makes its own
    expect(s.rows.find((r) => r.local === 'security')?.known).toBeUndefined();
  });
  it('meters the burden', () => {
    const s = newVisit(pack(), start);
    s.typed.push('form.met_person', 'form.suggest');
    s.seconds = 610;
    const b = burden(s, start.now);
    expect(b).toMatchObject({ month: 202611, typed_count: 2, minutes: 10, filled_count: s.filled.length - 1 });
    putBurden(s, start.now);
    putBurden(s, start.now);
    expect(s.rows.filter((r) => r.local === 'burden')).toHaveLength(1);
    expect(yearBefore(new Date(2026, 0, 5))).toEqual({ start: '2025-01-01', end: '2025-12-31', year: 2025 });
  });
});
