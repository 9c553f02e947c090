/** Descriptions, code lists and regions, asked once a session. */
import { defineStore } from 'pinia';
import { reactive, shallowReactive } from 'vue';
import type { CodeList, Region } from '@shared/api';
import type { DatasetEntry, Description } from '@shared/description';
import { api } from './client';

/** Keeps promises, forgets those that failed. */
function once<T>(ask: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const kept = new Map<string, Promise<T>>();
  return (key) => {
    const have = kept.get(key);
    if (have) return have;
    const p = ask(key);
    kept.set(key, p);
    p.catch(() => kept.delete(key));
    return p;
  };
}

export const useMeta = defineStore('meta', () => {
  const lists = shallowReactive<Record<string, CodeList>>({});
  const names = reactive<Record<string, string>>({});
  const datasets = once<DatasetEntry[]>(async () => (await api.meta.datasets()).items);
  const dataset = once<Description>((id) => api.meta.dataset(id));
  const codesOnce = once<CodeList>(async (id) => (lists[id] = await api.meta.codes(id)));
  const children = once<Region[]>(async (parent) => (await api.regions.children(parent)).items);
  const region = once<Region>(async (code) => {
    const r = await api.regions.get(code);
    names[code] = r.name;
    return r;
  });
  /** Loads the lists a description needs. */
  const codesOf = (d: Description): Promise<unknown> =>
    Promise.all([...new Set(d.fields.flatMap((f) => (f.codes ? [f.codes] : [])))].map((c) => codesOnce(c).catch(() => undefined)));
  return { lists, names, datasets: () => datasets('all'), dataset, codes: codesOnce, codesOf, children, region };
});
