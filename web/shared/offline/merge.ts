/** Two people changed one record: field by field, and where both changed the same field a person decides. */
import type { Values } from '../condition';

export interface Conflict {
  field: string;
  base: unknown;
  mine: unknown;
  theirs: unknown;
}
export interface Merged {
  /** What is still to be sent. */
  body: Values;
  conflicts: Conflict[];
}

const text = (v: unknown): string => JSON.stringify(v === undefined || v === '' ? null : v);
export const same = (a: unknown, b: unknown): boolean => text(a) === text(b);

/**
 * `base`: the record as I saw it; `mine`: the fields I changed; `theirs`: the record as it stands. `changed` is the server's
 * own list of fields changed since, where it gave one: masked values cannot be compared here.
 */
export function merge(base: Values, mine: Values, theirs: Values, changed?: readonly string[]): Merged {
  const out: Merged = { body: {}, conflicts: [] };
  for (const [field, value] of Object.entries(mine)) {
    if (same(value, theirs[field])) continue;
    if (changed ? !changed.includes(field) : same(base[field], theirs[field])) out.body[field] = value;
    else out.conflicts.push({ field, base: base[field] ?? null, mine: value ?? null, theirs: theirs[field] ?? null });
  }
  return out;
}

/** The decision of the person: `mine` fields are sent, the others left as the server has them. */
export function decide(m: Merged, keepMine: readonly string[]): Values {
  const out = { ...m.body };
  for (const c of m.conflicts) if (keepMine.includes(c.field)) out[c.field] = c.mine;
  return out;
}
