/** From a sheet to what must be sent, in order. Planning again after any interruption gives what is still missing. */
import type { Values } from '../condition';
import { same } from './merge';
import { rowOf, type LocalRow, type Sheet } from './sheet';

export type OpKind = 'create' | 'patch' | 'remove' | 'attach' | 'step';
export interface Op {
  /** Key under which the write may be repeated. */
  id: string;
  kind: OpKind;
  dataset: string;
  /** Local name of the record, or of the row a step belongs to. */
  row: string;
  /** Values; texts that begin with `@` name local records. */
  body: Values;
  /** Version and values seen, for a merge. */
  version?: number;
  base?: Values;
  blob?: string;
  field?: string;
  name?: string;
  tries: number;
}

/** Records that others refer to come first: what a value names, then what stands earlier in the sheet. */
export function order(rows: readonly LocalRow[]): LocalRow[] {
  const out: LocalRow[] = [];
  const seen = new Set<string>();
  const visit = (r: LocalRow): void => {
    if (seen.has(r.local)) return;
    seen.add(r.local);
    for (const name of references(r.values)) {
      const target = rows.find((x) => x.local === name);
      if (target) visit(target);
    }
    out.push(r);
  };
  rows.forEach(visit);
  return out;
}

export const references = (v: Values): string[] =>
  Object.values(v).flatMap((x) => (typeof x === 'string' && x.startsWith('@') ? [x.slice(1)] : []));

/** Changed fields only; a reference to a local record equals the id it has become. */
function difference(s: Sheet, row: LocalRow, known: Values): Values {
  const out: Values = {};
  for (const [field, value] of Object.entries(row.values)) {
    const now = resolve(s, value);
    if (!same(now, known[field])) out[field] = value === '' || value === undefined ? null : value;
  }
  return out;
}

/** A local name becomes the id that the server gave. */
export function resolve(s: Sheet, v: unknown): unknown {
  if (typeof v !== 'string' || !v.startsWith('@')) return v;
  return rowOf(s, v.slice(1))?.known?.id ?? v;
}

/** `earlier`: operations planned before; one that may have reached the server keeps its key. */
export function plan(s: Sheet, earlier: readonly Op[], newKey: () => string): Op[] {
  const out: Op[] = [];
  const add = (op: Omit<Op, 'id' | 'tries'>): void => {
    const before = earlier.find((o) => o.kind === op.kind && o.row === op.row && o.blob === op.blob && o.tries > 0);
    out.push({ ...op, id: before?.id ?? newKey(), tries: before?.tries ?? 0 });
  };
  const alive = order(s.rows.filter((r) => !r.removed));
  for (const row of alive) {
    const region = s.region;
    if (!row.known) {
      const body: Values = { region_code: region };
      for (const [k, v] of Object.entries(row.values)) if (v !== null && v !== undefined && v !== '') body[k] = v;
      add({ kind: 'create', dataset: row.dataset, row: row.local, body });
      continue;
    }
    const body = difference(s, row, row.known.values);
    if (Object.keys(body).length) {
      add({ kind: 'patch', dataset: row.dataset, row: row.local, body, version: row.known.version, base: row.known.values });
    }
  }
  for (const row of order(s.rows.filter((r) => r.removed && r.known)).reverse()) {
    add({ kind: 'remove', dataset: row.dataset, row: row.local, body: {}, version: row.known?.version ?? 0 });
  }
  for (const b of s.blobs) {
    if (b.file) continue;
    const row = rowOf(s, b.row);
    if (row && !row.removed) add({ kind: 'attach', dataset: row.dataset, row: b.row, body: {}, blob: b.local, field: b.field, name: b.name });
  }
  if (s.step && !s.step.done) {
    const body: Values = s.step.opinion ? { opinion: s.step.opinion } : {};
    add({ kind: 'step', dataset: s.step.dataset, row: s.step.row, body, name: s.step.name });
  }
  return out;
}
