import { describe, expect, it } from 'vitest';
import type { Field } from './description';
import { changes, fieldProblem, formProblems, isReadonly, isRequired, sections } from './form';
import { isIdCard } from './idcard';
import { cutText, halfWidth, textLength } from './text';

const f = (name: string, more: Partial<Field> = {}): Field => ({ name, label: name, kind: 'text', in: ['form'], ...more });
const poor = { field: 'type', eq: '02' };

describe('form logic', () => {
  const d = {
    fields: [
      f('type', { kind: 'code', group: '甲', required: true }),
      f('year', { kind: 'year', group: '乙', shown: poor, required: { when: poor }, range: [2014, 2020] }),
      f('score', { kind: 'int', derived: '模型写入' }),
      f('note', { group: '甲', max: 3 }),
    ],
  };
  it('shows, asks and groups by condition', () => {
    expect(sections(d, { type: '01' }).map((s) => [s.title, s.fields.length])).toEqual([['甲', 2], ['', 1]]);
    expect(isRequired(d.fields[1] as Field, { type: '02' })).toBe(true);
    expect(formProblems(d, { type: '01' })).toEqual({});
    expect(formProblems(d, { type: '02' })).toEqual({ year: '请填写year' });
    expect(formProblems(d, { type: '02', year: 2021 })).toEqual({ year: '不能大于 2020' });
  });
  it('sends changes only and clears what left the screen', () => {
    expect(changes(d, { type: '02', year: 2016, note: null }, { type: '01', year: 2016, note: '' })).toEqual({ type: '01', year: null });
  });
  it('locks what others own', () => {
    expect(isReadonly(d.fields[2] as Field, {}, false)).toBe(true);
    expect(isReadonly(f('x', { synced: true }), { source: '01' }, true)).toBe(true);
    expect(isReadonly(f('x', { synced: true }), { source: '02' }, true)).toBe(false);
  });
  it('does not ask for what cannot be changed here', () => {
    const own = { fields: [f('code', { required: true, synced: true })] };
    expect(formProblems(own, { source: '01' }, [], true)).toEqual({});
    expect(formProblems(own, { source: '01' }, [], false)).toEqual({ code: '请填写code' });
  });
  it('does not judge a masked value', () => {
    expect(fieldProblem(f('id', { kind: 'id_card' }), '3601**********1234', {}, true)).toBeNull();
  });
});

describe('text', () => {
  it('counts code points', () => {
    expect(textLength('𠮷野家')).toBe(3);
    expect(cutText('𠮷野家', 1)).toBe('𠮷');
    expect(halfWidth('３６Ｘ　')).toBe('36X ');
    expect(fieldProblem(f('n', { max: 3 }), '𠮷𠮷𠮷', {})).toBeNull();
    expect(fieldProblem(f('n', { max: 2 }), '𠮷𠮷𠮷', {})).toBe('最多 2 字，现有 3 字');
  });
});

describe('identity numbers', () => {
  it.each([['11010519491231002X', true], ['11010519491231002x', true], ['110105194912310021', false], ['110105491231002', true],
    ['11010519491331002X', false], ['11010519491231002X44', true], ['11010519491231002X44B1', true], ['11010519491231002X99', false], ['', false]])('%s', (s, ok) => {
    expect(isIdCard(s)).toBe(ok);
  });
});
