import { describe, expect, it } from 'vitest';
import type { Description, Field } from '@shared/description';
import { called, narrowed } from './offer';

const ref = (name: string, dataset: string): Field => ({ name, label: name, kind: 'ref', dataset });
const d = (id: string, fields: Field[], more: Partial<Description> = {}): Description => ({ id, title: id, module: 'm', region: 'village', fields, children: [], verbs: [], unmaskable: [], ...more }) as unknown as Description;
const row = (values: Record<string, unknown>): never => ({ id: 'r1', region_name: '甲村', ...values }) as never;

describe('what a reference offers', () => {
  const house = ref('house', 'r.household');
  const sheet = ref('income', 'r.income');
  const form = d('m.application', [ref('case_id', 'm.case'), house, sheet]);
  const income = d('r.income', [ref('household_id', 'r.household'), { name: 'year', label: '年度', kind: 'year' }]);
  it('is narrowed to the household both sides refer to', () => {
    expect(narrowed(form, sheet, income, { case_id: 'c1', house: 'h1' })).toEqual({ household_id: 'h1' });
  });
  it('is not narrowed by what is empty, by itself, or by what the other side does not know', () => {
    expect(narrowed(form, sheet, income, { case_id: 'c1', house: null })).toEqual({});
    expect(narrowed(form, house, income, { house: 'h1' })).toEqual({});
  });
});

describe('how a row is called', () => {
  const label = (_: string, code: string): string => ({ '03': '消除时', '05-02': '医疗救助' })[code] ?? code;
  it('by its name and place where the name can be searched for', () => {
    expect(called(d('r.household', [{ name: 'head', label: '户主', kind: 'name' }], { title_field: 'head', searchable: ['head'] }), row({ head: '甲' }), label)).toBe('甲（甲村）');
  });
  it('by its kind too where a day or a year stands for many', () => {
    const fields: Field[] = [{ name: 'year', label: '年度', kind: 'year' }, { name: 'kind', label: '期别', kind: 'code', codes: 'C17', in: ['ledger'] }];
    expect(called(d('r.income', fields, { title_field: 'year', searchable: [] }), row({ year: 2026, kind: '03' }), label)).toBe('2026 · 消除时');
  });
  it('by the name behind a reference', () => {
    expect(called(d('m.application', [ref('case_id', 'm.case')], { title_field: 'case_id', searchable: [] }), row({ case_id: 'c1', case_id__title: 'JC1' }), label)).toBe('JC1');
  });
  it('by the words of a code', () => {
    expect(called(d('m.measure', [{ name: 'item', label: '子项', kind: 'code', codes: 'C26' }], { title_field: 'item', searchable: [] }), row({ item: '05-02' }), label)).toBe('医疗救助');
  });
});
