import { describe, expect, it } from 'vitest';
import type { Row } from '../api';
import { ApiError } from '../client';
import type { Values } from '../condition';
import { memoryBag, newId, sealed, type Cipher } from './bag';
import { decide, merge } from './merge';
import { plan } from './plan';
import { Queue, type Gate, type Once } from './queue';
import type { Sheet } from './sheet';

class Killed extends Error {}
const refusal = (status: number, code: string, more: object = {}): ApiError => new ApiError({ title: '', status, code, detail: code, ...more });

/** A server that keeps its word about keys and versions, on a line that can be cut before or after the work. */
class Server {
  rows = new Map<string, { dataset: string; version: number; values: Values }>();
  files: { row: string; field: string; data: string }[] = [];
  steps: string[] = [];
  done = new Map<string, { what: string; id: string }>();
  line: (when: 'before' | 'after') => void = () => undefined;
  private n = 0;

  private write<T>(once: Once, what: string, work: () => string, answer: (id: string) => T): T {
    this.line('before');
    const earlier = this.done.get(once.key);
    if (earlier && earlier.what !== what) throw refusal(422, 'record.key_reused', { row_id: earlier.id });
    const id = earlier?.id ?? work();
    this.done.set(once.key, { what, id });
    this.line('after');
    return answer(id);
  }
  row(id: string): Row {
    const r = this.rows.get(id);
    if (!r) throw refusal(404, 'record.not_found');
    return { id, region_code: '360121001001', row_version: r.version, ...r.values } as Row;
  }
  change(id: string, values: Values): void {
    const r = this.rows.get(id);
    if (!r) throw new Error(`no row ${id}`);
    r.values = { ...r.values, ...values };
    r.version += 1;
  }
  gate: Gate = {
    get: async (_, id) => {
      this.line('before');
      return this.row(id);
    },
    create: async (dataset, body, once) => {
      if (Object.values(body).some((v) => typeof v === 'string' && v.startsWith('@'))) throw refusal(422, 'unresolved');
      return this.write(once, JSON.stringify([dataset, body]), () => {
        const { region_code, ...values } = body;
        if (!region_code) throw refusal(422, 'record.region');
        const id = `${dataset}#${(this.n += 1)}`;
        this.rows.set(id, { dataset, version: 1, values });
        return id;
      }, (id) => this.row(id));
    },
    patch: async (_, id, body, once) => this.write(once, JSON.stringify([id, body]), () => {
      const { row_version, ...values } = body;
      const r = this.rows.get(id);
      if (!r) throw refusal(404, 'record.not_found');
      if (r.version !== row_version) throw refusal(409, 'record.stale');
      this.change(id, values);
      return id;
    }, (x) => this.row(x)),
    remove: async (_, id) => {
      this.line('before');
      if (!this.rows.delete(id)) throw refusal(404, 'record.not_found');
      this.line('after');
    },
    attach: async (_, row, field, __, data, once) => this.write(once, JSON.stringify([row, field, data]), () => {
      this.files.push({ row, field, data });
      return `file${this.files.length}`;
    }, (id) => ({ id })),
    step: async (_, id, name, ___, once) => this.write(once, JSON.stringify([id, name]), () => {
      if (this.steps.length) throw refusal(422, 'flow.wrong_state');
      this.steps.push(`${id} ${name}`);
      return id;
    }, () => ({ id, row_version: 2, region_code: '' }) as Row),
  };
}

let serial = 0;
const key = (): string => `key${(serial += 1)}`;
const cipher: Cipher = {
  seal: async (t) => `x${[...t].reverse().join('')}`,
  open: async (t) => {
    if (!t.startsWith('x')) throw new Error('not sealed');
    return [...t.slice(1)].reverse().join('');
  },
};

function visit(): Sheet {
  return {
    id: 's1', user: 'u1', title: '甲', kind: 'visit', subject: 'clue1', region: '360121001001', state: 'draft', hashes: { form: 'h' },
    filled: [], typed: [], seconds: 0, updatedAt: '',
    // children stand before their parent on purpose: references decide the order
    rows: [
      { local: 'e1', dataset: 'expense', values: { form_id: '@f', total: 100 } },
      { local: 'f', dataset: 'form', values: { clue_id: 'clue1', income_id: '@i', text: '建议' } },
      { local: 'i', dataset: 'income', values: { pop: 3 } },
      { local: 'w', dataset: 'item', values: { period_id: '@i', amount: 5 } },
    ],
    blobs: [],
    step: { dataset: 'clue', row: 'clue1', name: 'verify' },
  };
}

/** From the first keystroke to the last answer; whatever is found on the telephone is gone on with. */
async function day(data: Map<string, string>, server: Server, dies: () => void): Promise<string> {
  const q = new Queue(sealed(memoryBag(data, dies), cipher), 'u1', server.gate, key);
  let s = await q.load('s1');
  if (!s) {
    s = visit();
    await q.save(s);
  }
  if (s.state === 'draft') {
    for (const [n, picture] of ['one', 'two', 'three'].entries()) {
      if (s.blobs.some((b) => b.local === `p${n}`)) continue;
      s.blobs.push({ local: `p${n}`, row: 'f', field: 'photos', name: `${n}.jpg`, mime: 'image/jpeg' });
      await q.addBlob(s, `p${n}`, picture);
    }
    await q.submit(s);
  }
  return (await q.send('s1')).state;
}

function facts(server: Server): unknown {
  return {
    rows: [...server.rows.values()].map((r) => [r.dataset, r.values]),
    files: server.files.map((f) => [f.field, f.data]),
    steps: server.steps,
  };
}

describe('nothing is lost and nothing is doubled', () => {
  it('however often and wherever the page is killed or the line is cut', async () => {
    const whole = new Server();
    expect(await day(new Map(), whole, () => undefined)).toBe('sent');
    const want = facts(whole);
    expect(whole.rows.size).toBe(4);
    expect(whole.steps).toEqual(['clue1 verify']);
    let moments = 0;
    for (const how of ['killed', 'before', 'after', 'killed twice'] as const) {
      for (let at = 1; ; at += 1) {
        const data = new Map<string, string>();
        const server = new Server();
        let n = 0;
        let struck = 0;
        const strike = (kind: string): void => {
          const mine = how === 'killed twice' ? kind === 'killed' : kind === how;
          if (!mine) return;
          n += 1;
          if (n === at || (how === 'killed twice' && n === at + 2)) {
            struck += 1;
            if (kind === 'killed') throw new Killed();
            throw refusal(0, 'client.offline');
          }
        };
        server.line = strike;
        let end = '';
        for (let round = 0; round < 6 && end !== 'sent'; round += 1) {
          try {
            end = await day(data, server, () => strike('killed'));
          } catch (e) {
            if (!(e instanceof Killed)) throw e;
          }
        }
        expect([how, at, end]).toEqual([how, at, 'sent']);
        expect(facts(server)).toEqual(want);
        // nothing readable was ever on the telephone, and no picture stays behind
        expect([...data.values()].every((v) => v.startsWith('x'))).toBe(true);
        expect([...data.keys()].filter((k) => !k.startsWith('sheet/'))).toEqual([]);
        moments += 1;
        if (!struck) break;
      }
    }
    expect(moments).toBeGreaterThan(60);
  });

  it('even when the form is corrected after an answer was lost', async () => {
    const server = new Server();
    const data = new Map<string, string>();
    const q = new Queue(memoryBag(data), 'u1', server.gate, key);
    const s = visit();
    await q.submit(s);
    // the form arrives, its answer does not
    let sent = 0;
    server.line = (when) => {
      if (when === 'after' && (sent += 1) === 2) throw refusal(0, 'client.offline');
    };
    expect((await q.send('s1')).state).toBe('offline');
    server.line = () => undefined;
    const again = await q.load('s1');
    if (!again) throw new Error('the sheet is gone');
    const form = again.rows.find((r) => r.local === 'f');
    if (form) form.values['text'] = '改过的建议';
    await q.submit(again);
    expect((await q.send('s1')).state).toBe('sent');
    const forms = [...server.rows.values()].filter((r) => r.dataset === 'form');
    expect(forms.map((r) => r.values['text'])).toEqual(['改过的建议']);
    expect([...server.rows.values()].filter((r) => r.dataset === 'income')).toHaveLength(1);
  });
});

describe('a record that somebody else changed meanwhile', () => {
  async function corrected(theirs: Values, mine: Values): Promise<{ server: Server; q: Queue; state: string; id: string }> {
    const server = new Server();
    const q = new Queue(memoryBag(), 'u1', server.gate, key);
    const s = visit();
    delete s.step;
    await q.submit(s);
    await q.send('s1');
    const back = await q.load('s1');
    const form = back?.rows.find((r) => r.local === 'f');
    if (!back || !form?.known) throw new Error('no form');
    server.change(form.known.id, theirs);
    Object.assign(form.values, mine);
    await q.submit(back);
    return { server, q, state: (await q.send('s1')).state, id: form.known.id };
  }
  it('is merged field by field', async () => {
    const { server, state, id } = await corrected({ other: 'theirs' }, { text: 'mine' });
    expect(state).toBe('sent');
    expect(server.rows.get(id)?.values).toMatchObject({ other: 'theirs', text: 'mine' });
  });
  it('waits for a person where both changed one field', async () => {
    const { server, q, state, id } = await corrected({ text: 'theirs', other: 1 }, { text: 'mine', more: 2 });
    expect(state).toBe('held');
    const held = await q.held('s1');
    expect(held?.merged?.conflicts).toEqual([{ field: 'text', base: '建议', mine: 'mine', theirs: 'theirs' }]);
    expect(server.rows.get(id)?.values['text']).toBe('theirs');
    await q.settle('s1', ['text']);
    expect((await q.send('s1')).state).toBe('sent');
    expect(server.rows.get(id)?.values).toMatchObject({ text: 'mine', other: 1, more: 2 });
  });
  it('keeps what the server has where the person says so', async () => {
    const { server, q, id } = await corrected({ text: 'theirs' }, { text: 'mine' });
    await q.settle('s1', []);
    expect((await q.send('s1')).state).toBe('sent');
    expect(server.rows.get(id)?.values['text']).toBe('theirs');
  });
});

describe('what is refused', () => {
  it('stays on the telephone with its reason and goes on after a correction', async () => {
    const server = new Server();
    const q = new Queue(memoryBag(), 'u1', server.gate, key);
    const s = visit();
    s.region = '';
    await q.submit(s);
    const end = await q.send('s1');
    expect([end.state, end.held?.code]).toEqual(['held', 'record.region']);
    const again = await q.load('s1');
    if (!again) throw new Error('lost');
    again.region = '360121001001';
    await q.submit(again);
    expect((await q.send('s1')).state).toBe('sent');
    expect(await q.held('s1')).toBeNull();
  });
  it('asks for a sign-in and keeps everything', async () => {
    const server = new Server();
    const q = new Queue(memoryBag(), 'u1', server.gate, key);
    server.line = () => {
      throw refusal(401, 'access.no_session');
    };
    await q.submit(visit());
    expect((await q.send('s1')).state).toBe('sign_in');
    server.line = () => undefined;
    expect((await q.send('s1')).state).toBe('sent');
  });
  it('is another person’s business on a shared telephone', async () => {
    const data = new Map<string, string>();
    const server = new Server();
    await new Queue(memoryBag(data), 'u1', server.gate, key).save(visit());
    expect(await new Queue(memoryBag(data), 'u2', server.gate, key).sheets()).toEqual([]);
  });
});

describe('planning', () => {
  it('deletes what was taken away after it had arrived, children first', () => {
    const s = visit();
    const there = (v: unknown): unknown => (typeof v === 'string' && v.startsWith('@') ? v.slice(1).toUpperCase() : v);
    for (const r of s.rows) r.known = { id: r.local.toUpperCase(), version: 3, values: Object.fromEntries(Object.entries(r.values).map(([k, v]) => [k, there(v)])) };
    for (const r of s.rows) if (r.local === 'i' || r.local === 'w') r.removed = true;
    delete s.step;
    const f = s.rows.find((r) => r.local === 'f');
    if (f) f.values['income_id'] = null;
    expect(plan(s, [], key).map((o) => `${o.kind} ${o.row}`)).toEqual(['patch f', 'remove w', 'remove i']);
  });
  it('merges and decides', () => {
    const m = merge({ a: 1, b: 1, c: 1 }, { a: 2, b: 2, c: 3 }, { a: 1, b: 5, c: 3 });
    expect(m).toEqual({ body: { a: 2 }, conflicts: [{ field: 'b', base: 1, mine: 2, theirs: 5 }] });
    expect(decide(m, ['b'])).toEqual({ a: 2, b: 2 });
    // a masked value says nothing; the server's list does
    expect(merge({ n: '张*' }, { n: '张三' }, { n: '张*' }, ['x']).conflicts).toEqual([]);
  });
  it('numbers writes by UUID version 7', () => {
    const id = newId(Date.UTC(2026, 10, 26), (n) => new Uint8Array(n).fill(255));
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
