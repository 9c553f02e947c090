/** Form conditions, evaluated exactly as the server does (cases: contracts/conditions.json). */
import type { Need } from './description';

export type Condition =
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition }
  | { field: string; in: unknown[] }
  | { field: string; eq: unknown }
  | { field: string; filled: boolean }
  | { field: string; ge: number }
  | { field: string; le: number };

export type Values = Record<string, unknown>;

/** A value counts as filled when it is neither null nor an empty text or list. */
export function isFilled(v: unknown): boolean {
  if (v === null || v === undefined) return false;
  if (typeof v === 'string') return v.trim() !== '';
  if (Array.isArray(v)) return v.length > 0;
  return true;
}

const same = (have: unknown, want: unknown): boolean => (Array.isArray(have) ? have.includes(want) : (have ?? null) === want);

function toNumber(v: unknown): number | null {
  if (typeof v === 'number') return v;
  // Number() takes '' and '0x10', which the server's parser does not
  if (typeof v === 'string' && /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(v)) return Number(v);
  return null;
}

export function holds(c: Condition, row: Values): boolean {
  if ('all' in c) return c.all.every((x) => holds(x, row));
  if ('any' in c) return c.any.some((x) => holds(x, row));
  if ('not' in c) return !holds(c.not, row);
  const v = row[c.field];
  if ('in' in c) return c.in.some((w) => same(v, w));
  if ('eq' in c) return same(v, c.eq);
  if ('filled' in c) return isFilled(v) === c.filled;
  const n = toNumber(v);
  if (n === null) return false;
  return 'ge' in c ? n >= c.ge : n <= c.le;
}

/** `true`, a condition, or `{when: condition}`. */
export function needed(n: Need | null | undefined, row: Values): boolean {
  if (n === null || n === undefined) return false;
  if (typeof n === 'boolean') return n;
  return holds('when' in n ? n.when : n, row);
}
