import { describe, expect, it } from 'vitest';
import file from '../../contracts/conditions.json';
import { holds, needed, type Condition } from './condition';

interface Case {
  name: string;
  cond: Condition;
  row: Record<string, unknown>;
  result: boolean;
}
const cases = file as unknown as Case[];

describe('contracts/conditions.json', () => {
  it('has cases', () => expect(cases.length).toBeGreaterThan(30));
  it.each(cases.map((c) => [c.name, c] as const))('%s', (_, c) => expect(holds(c.cond, c.row)).toBe(c.result));
});

describe('needed', () => {
  it('takes a boolean, a condition and {when}', () => {
    expect(needed(true, {})).toBe(true);
    expect(needed(undefined, {})).toBe(false);
    expect(needed({ field: 'a', eq: 1 }, { a: 1 })).toBe(true);
    expect(needed({ when: { field: 'a', eq: 1 } }, { a: 2 })).toBe(false);
  });
});
