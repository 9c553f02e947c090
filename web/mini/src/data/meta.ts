/** Descriptions and code lists: from the server while there is signal, from the telephone otherwise. */
import type { CodeItem } from '@shared/api';
import type { Description } from '@shared/description';
import { api } from './client';
import { recall, remember } from './keep';

const memory = new Map<string, Promise<unknown>>();
async function fetched<T>(key: string, ask: () => Promise<T>): Promise<T> {
  const kept = await recall<T>(key);
  const fresh = ask().then(async (v) => {
    await remember(key, v);
    return v;
  });
  if (!kept) return fresh;
  // what lies here is shown at once; the next opening has what came meanwhile
  fresh.catch(() => undefined);
  return kept;
}
function once<T>(key: string, ask: () => Promise<T>): Promise<T> {
  const had = memory.get(key) as Promise<T> | undefined;
  if (had) return had;
  const p = fetched(key, ask);
  memory.set(key, p);
  p.catch(() => memory.delete(key));
  return p;
}
export const describe = (id: string): Promise<Description> => once(`meta/${id}`, () => api.meta.dataset(id));
export const codes = (id: string): Promise<CodeItem[]> => once(`codes/${id}`, async () => (await api.meta.codes(id)).items);

/** Everything a visit draws, taken along. */
export async function takeAlong(datasets: readonly string[]): Promise<void> {
  for (const id of datasets) {
    const d = await describe(id).catch(() => null);
    for (const f of d?.fields ?? []) if (f.codes) await codes(f.codes).catch(() => []);
  }
}
