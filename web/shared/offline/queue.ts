/**
 * The way out of the telephone: what was planned is sent in order, and after every answer the note and the sheet change
 * together. A page killed anywhere repeats at most one write, under the same key.
 */
import type { Row } from '../api';
import { ApiError } from '../client';
import type { Values } from '../condition';
import { gone, json, readJson, type Bag, type Change } from './bag';
import { decide, merge, type Conflict, type Merged } from './merge';
import { plan, resolve, type Op } from './plan';
import { blobKey, opKey, rowOf, sheetKey, type Known, type Sheet } from './sheet';

/** What the queue asks of the server; every write carries its key. */
export interface Gate {
  get: (dataset: string, id: string) => Promise<Row>;
  create: (dataset: string, body: Values, once: Once) => Promise<Row>;
  patch: (dataset: string, id: string, body: Values, once: Once) => Promise<Row>;
  remove: (dataset: string, id: string, version: number) => Promise<void>;
  attach: (dataset: string, id: string, field: string, name: string, data: string, once: Once) => Promise<{ id: string }>;
  step: (dataset: string, id: string, name: string, body: Values, once: Once) => Promise<Row>;
}
export interface Once {
  key: string;
  /** Description that the form was drawn from. */
  description?: string;
}

/** Why a sheet does not go on by itself. */
export interface Held {
  op: Op;
  code: string;
  message: string;
  problems: { field: string; message: string }[];
  /** Both changed these; the person decides. */
  merged?: Merged;
  theirs?: Row;
}
export interface Outcome {
  state: 'sent' | 'held' | 'offline' | 'sign_in' | 'nothing';
  held?: Held;
  /** Seconds to wait where the server is busy. */
  wait?: number;
}

export const heldKey = (user: string, sheet: string): string => `held/${user}/${sheet}`;

export class Queue {
  constructor(private readonly bag: Bag, private readonly user: string, private readonly gate: Gate, private readonly newKey: () => string) {}

  /** A draft, saved whole. */
  async save(s: Sheet): Promise<void> {
    await this.bag.write([json(sheetKey(this.user, s.id), s)]);
  }
  async load(id: string): Promise<Sheet | null> {
    return readJson<Sheet>(this.bag, sheetKey(this.user, id));
  }
  async sheets(): Promise<Sheet[]> {
    const out: Sheet[] = [];
    for (const k of await this.bag.keys(`sheet/${this.user}/`)) {
      const s = await readJson<Sheet>(this.bag, k);
      if (s) out.push(s);
    }
    return out;
  }
  async held(id: string): Promise<Held | null> {
    return readJson<Held>(this.bag, heldKey(this.user, id));
  }
  async ops(id: string): Promise<Op[]> {
    const out: Op[] = [];
    for (const k of await this.bag.keys(`op/${this.user}/${id}/`)) {
      const op = await readJson<Op>(this.bag, k);
      if (op) out.push(op);
    }
    return out;
  }

  /** Picture and sheet that names it, together. */
  async addBlob(s: Sheet, local: string, data: string): Promise<void> {
    await this.bag.write([{ key: blobKey(this.user, s.id, local), value: data }, json(sheetKey(this.user, s.id), s)]);
  }
  async dropBlob(s: Sheet, local: string): Promise<void> {
    s.blobs = s.blobs.filter((b) => b.local !== local);
    await this.bag.write([gone(blobKey(this.user, s.id, local)), json(sheetKey(this.user, s.id), s)]);
  }
  blob(sheet: string, local: string): Promise<string | null> {
    return this.bag.get(blobKey(this.user, sheet, local));
  }

  /** From draft to queue: sheet and operations change in one write. Also after a correction. */
  async submit(s: Sheet): Promise<void> {
    const before = await this.ops(s.id);
    const now = plan(s, before, this.newKey);
    s.state = 'queued';
    await this.bag.write([...this.opChanges(s.id, before.length, now), json(sheetKey(this.user, s.id), s), gone(heldKey(this.user, s.id))]);
  }
  /** Back on the desk: what has arrived stays arrived, the rest waits until it is handed in again. */
  async reopen(s: Sheet): Promise<void> {
    s.state = 'draft';
    await this.save(s);
  }
  /** A sheet that is not wanted any more, with its pictures. What has arrived at the server stays there. */
  async discard(id: string): Promise<void> {
    const keys = [sheetKey(this.user, id), heldKey(this.user, id)];
    for (const p of ['op', 'blob']) keys.push(...(await this.bag.keys(`${p}/${this.user}/${id}/`)));
    await this.bag.write(keys.map(gone));
  }

  private opChanges(sheet: string, had: number, now: readonly Op[]): Change[] {
    const out: Change[] = now.map((op, i) => json(opKey(this.user, sheet, i), op));
    for (let i = now.length; i < had; i += 1) out.push(gone(opKey(this.user, sheet, i)));
    return out;
  }

  /** Sends one sheet as far as it goes. */
  async send(id: string): Promise<Outcome> {
    const s = await this.load(id);
    if (!s || s.state !== 'queued') return { state: 'nothing' };
    for (;;) {
      const ops = await this.ops(id);
      const op = ops[0];
      if (!op) {
        s.state = 'sent';
        await this.bag.write([json(sheetKey(this.user, id), s), gone(heldKey(this.user, id))]);
        return { state: 'sent' };
      }
      const tried = { ...op, tries: op.tries + 1 };
      await this.bag.write([json(opKey(this.user, id, 0), tried)]);
      try {
        const cleared = await this.one(s, tried);
        await this.bag.write([...this.opChanges(id, ops.length, ops.slice(1)), json(sheetKey(this.user, id), s), ...cleared]);
      } catch (e) {
        const end = await this.refused(s, tried, ops, e);
        if (end) return end;
      }
    }
  }

  /** Sends one operation and notes in the sheet what came of it. */
  private async one(s: Sheet, op: Op): Promise<Change[]> {
    const description = s.hashes[op.dataset];
    const once: Once = { key: op.id, ...(description ? { description } : {}) };
    if (op.kind === 'create') {
      const row = await this.gate.create(op.dataset, this.wire(s, op.body), once);
      this.note(s, op.row, row);
      return [];
    }
    const id = this.idOf(s, op.row);
    if (op.kind === 'patch') {
      const row = await this.gate.patch(op.dataset, id, { ...this.wire(s, op.body), row_version: op.version ?? 0 }, once);
      this.note(s, op.row, row);
      return [];
    }
    if (op.kind === 'remove') {
      try {
        await this.gate.remove(op.dataset, id, op.version ?? 0);
      } catch (e) {
        // gone already: an earlier sending did it
        if (!(e instanceof ApiError) || e.status !== 404) throw e;
      }
      s.rows = s.rows.filter((r) => r.local !== op.row);
      return [];
    }
    if (op.kind === 'attach') {
      const local = op.blob ?? '';
      const data = await this.blob(s.id, local);
      const b = s.blobs.find((x) => x.local === local);
      if (data === null || !b) return [];
      const file = await this.gate.attach(op.dataset, id, op.field ?? '', op.name ?? 'photo.jpg', data, once);
      b.file = file.id;
      return [gone(blobKey(this.user, s.id, local))];
    }
    await this.gate.step(op.dataset, id, op.name ?? '', op.body, once);
    if (s.step) s.step.done = true;
    return [];
  }

  private wire(s: Sheet, body: Values): Values {
    const out: Values = {};
    for (const [k, v] of Object.entries(body)) out[k] = resolve(s, v);
    return out;
  }
  private idOf(s: Sheet, local: string): string {
    return rowOf(s, local)?.known?.id ?? local;
  }
  private note(s: Sheet, local: string, row: Row): void {
    const r = rowOf(s, local);
    if (r) r.known = known(row);
  }

  /** Nothing when the sending can go on; otherwise why it stops. */
  private async refused(s: Sheet, op: Op, ops: readonly Op[], e: unknown): Promise<Outcome | null> {
    if (!(e instanceof ApiError)) throw e;
    if (e.status === 0 || e.status >= 500) return { state: 'offline' };
    if (e.status === 429) return { state: 'offline', wait: e.problem.retry_after ?? 30 };
    const waits = e.status === 401 || e.status === 423 || e.code === 'http.csrf' || e.code === 'access.session_locked' || e.code.startsWith('access.must_');
    if (waits) return { state: 'sign_in' };
    if (e.code === 'record.key_reused' && op.kind === 'create' && typeof e.problem.row_id === 'string') {
      // the first sending arrived, and the form was corrected afterwards: the rest becomes a change of that record
      this.note(s, op.row, await this.fetch(op.dataset, e.problem.row_id));
      await this.replan(s, ops);
      return null;
    }
    if ((e.code === 'record.stale' || e.code === 'record.key_reused') && op.kind === 'patch') return this.stale(s, op, ops, e);
    return this.hold(s, { op, code: e.code, message: e.message, problems: e.problem.problems ?? [] });
  }

  private async fetch(dataset: string, id: string): Promise<Row> {
    return this.gate.get(dataset, id);
  }

  private async stale(s: Sheet, op: Op, ops: readonly Op[], e: ApiError): Promise<Outcome | null> {
    let theirs: Row;
    try {
      theirs = await this.fetch(op.dataset, this.idOf(s, op.row));
    } catch (again) {
      return this.refused(s, { ...op, kind: 'step' }, ops, again);
    }
    const merged = merge(op.base ?? {}, this.wire(s, op.body), theirs as Values, e.problem.changed);
    if (merged.conflicts.length) return this.hold(s, { op, code: e.code, message: e.message, problems: [], merged, theirs });
    await this.take(s, op, ops, theirs, merged.body);
    return null;
  }

  /** The record as it stands becomes what was seen; what is left of the change is sent as a new write. */
  private async take(s: Sheet, op: Op, ops: readonly Op[], theirs: Row, body: Values): Promise<void> {
    const r = rowOf(s, op.row);
    if (r) {
      const fresh = known(theirs);
      // fields that others changed are shown as they stand; mine stay mine
      for (const f of Object.keys(r.values)) if (!(f in body)) r.values[f] = fresh.values[f] ?? null;
      for (const [f, v] of Object.entries(body)) r.values[f] = v;
      r.known = fresh;
    }
    await this.replan(s, ops.map((o) => (o.row === op.row && o.kind === op.kind ? { ...o, tries: 0 } : o)));
  }
  private async replan(s: Sheet, ops: readonly Op[]): Promise<void> {
    const now = plan(s, ops, this.newKey);
    await this.bag.write([...this.opChanges(s.id, ops.length, now), json(sheetKey(this.user, s.id), s), gone(heldKey(this.user, s.id))]);
  }
  private async hold(s: Sheet, held: Held): Promise<Outcome> {
    s.state = 'held';
    await this.bag.write([json(sheetKey(this.user, s.id), s), json(heldKey(this.user, s.id), held)]);
    return { state: 'held', held };
  }

  /** The person has decided which of the conflicting values stay theirs; the sheet goes on. */
  async settle(id: string, keepMine: readonly string[]): Promise<void> {
    const [s, h] = [await this.load(id), await this.held(id)];
    if (!s || !h?.merged || !h.theirs) return;
    s.state = 'queued';
    await this.take(s, h.op, await this.ops(id), h.theirs, decide(h.merged, keepMine));
  }
}

/** What the server answered, as a sheet remembers it. */
export function known(row: Row): Known {
  const values: Values = {};
  for (const [k, v] of Object.entries(row)) if (!k.startsWith('_') && !['id', 'row_version', 'region_name'].includes(k)) values[k] = v;
  return { id: row.id, version: row.row_version, values };
}
export type { Conflict };
