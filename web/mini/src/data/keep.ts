/** The telephone's own store, sealed. */
import { newId, readJson, sealed, json, gone, type Bag } from '@shared/offline/bag';
import { here } from '@here';

let opened: Promise<Bag> | undefined;
export const keep = (): Promise<Bag> => (opened ??= here.cipher().then((c) => sealed(here.bag, c)));
export const newKey = (): string => newId(Date.now(), here.random);

export async function recall<T>(key: string): Promise<T | null> {
  try {
    return await readJson<T>(await keep(), key);
  } catch {
    // sealed under a key that is gone: as good as nothing
    return null;
  }
}
export async function remember(key: string, value: unknown): Promise<void> {
  await (await keep()).write([value === null ? gone(key) : json(key, value)]);
}
