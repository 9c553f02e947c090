/** The work on this telephone and its way out. One sending at a time. */
import { reactive } from 'vue';
import type { Values } from '@shared/condition';
import { Queue, type Gate, type Outcome } from '@shared/offline/queue';
import type { Sheet } from '@shared/offline/sheet';
import { here } from '@here';
import { api, attach } from './client';
import { keep, newKey } from './keep';
import { load, session, userId } from './session';

const gate: Gate = {
  get: (d, id) => api.records(d).get(id),
  create: (d, body, once) => api.records(d).create(body, once),
  patch: (d, id, body, once) => api.records(d).patch(id, body, once),
  remove: (d, id, version) => api.records(d).remove(id, version),
  attach: (d, id, field, name, data, once) => attach(d, id, field, name, data, once.key),
  step: (d, id, name, body, once) => api.records(d).transition(id, name, body, once),
};

export async function queue(): Promise<Queue> {
  return new Queue(await keep(), userId(), gate, newKey);
}

export const desk = reactive<{ sheets: Sheet[]; sending: boolean; note: string; online: boolean }>({ sheets: [], sending: false, note: '', online: true });

export async function refresh(): Promise<void> {
  desk.online = here.online();
  desk.sheets = userId() ? (await (await queue()).sheets()).sort((a, b) => b.updatedAt.localeCompare(a.updatedAt)) : [];
}

const NOTES: Record<Outcome['state'], string> = {
  sent: '已全部发出', held: '有内容需要您处理', offline: '没有信号，有信号后自动发出', sign_in: '登录已过期，请重新登录后发出', nothing: '',
};
let running: Promise<void> | undefined;
let later: ReturnType<typeof setTimeout> | undefined;

/** Sends whatever waits; what cannot go now goes later, by itself. */
export function sendAll(): Promise<void> {
  running ??= go().finally(() => {
    running = undefined;
    desk.sending = false;
  });
  return running;
}
async function go(): Promise<void> {
  if (later) clearTimeout(later);
  if (!userId()) return;
  if (!session.live) await load();
  const q = await queue();
  const waiting = (await q.sheets()).filter((s) => s.state === 'queued');
  if (!waiting.length) return refresh();
  desk.sending = true;
  let wait = 0;
  for (const s of waiting) {
    const out = await q.send(s.id);
    desk.note = NOTES[out.state];
    await refresh();
    if (out.state === 'offline') wait = Math.max(out.wait ?? 20, 5);
    if (out.state === 'offline' || out.state === 'sign_in') break;
  }
  if (wait) later = setTimeout(() => void sendAll(), wait * 1000);
}
here.onOnline(() => {
  desk.online = true;
  void sendAll();
});

/** Saves a sheet again and again without overlapping: what was typed last is what lies there. */
export function saver(s: Sheet): { changed: () => void; settled: () => Promise<void> } {
  let dirty = false;
  let busy: Promise<void> | undefined;
  async function run(): Promise<void> {
    const q = await queue();
    while (dirty) {
      dirty = false;
      s.updatedAt = new Date().toISOString();
      await q.save(JSON.parse(JSON.stringify(s)) as Sheet);
    }
  }
  const changed = (): void => {
    dirty = true;
    busy ??= run().finally(() => {
      busy = undefined;
    });
  };
  return { changed, settled: async () => void (await busy) };
}
export const plain = <T>(v: T): T => JSON.parse(JSON.stringify(v)) as T;
export type { Values };
