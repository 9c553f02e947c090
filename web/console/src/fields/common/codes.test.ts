import { describe, expect, it } from 'vitest';
import { options } from './codes';

const item = (code: string, parent: string | null = null): { code: string; label: string; parent: string | null } => ({ code, label: `名${code}`, parent });
const list = [item('01'), item('01-01', '01'), item('01-02', '01'), item('02'), item('02-01', '02'), item('99')];
const codes = (only?: { classes?: boolean; under?: string }, chosen: string[] = []): string[] => options(list, chosen, only).map((o) => o.value);

describe('what may be chosen of a list of two levels', () => {
  it('offers the items, and classes only where they were chosen before', () => {
    expect(codes()).toEqual(['01-01', '01-02', '02-01', '99']);
    expect(codes({}, ['01'])).toContain('01');
  });
  it('offers the classes to the field that chooses one', () => {
    expect(codes({ classes: true })).toEqual(['01', '02']);
    expect(codes({ classes: true }, ['99'])).toEqual(['01', '02', '99']);
  });
  it('offers the items of the chosen class alone, without naming the class again', () => {
    expect(options(list, [], { under: '01' })).toEqual([{ value: '01-01', label: '名01-01' }, { value: '01-02', label: '名01-02' }]);
    expect(codes({ under: '' })).toEqual(['01-01', '01-02', '02-01', '99']);
  });
});
