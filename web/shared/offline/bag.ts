/** Where a telephone keeps things: named texts, changed together or not at all. */

export type Change = { key: string; value: string } | { key: string; value: null };

export interface Bag {
  get: (key: string) => Promise<string | null>;
  /** Keys that begin so, in order. */
  keys: (prefix: string) => Promise<string[]>;
  /** All changes or none, whenever the page or the telephone dies. */
  write: (changes: readonly Change[]) => Promise<void>;
}

export interface Cipher {
  seal: (plain: string) => Promise<string>;
  /** Throws where the text was not sealed under this key. */
  open: (sealed: string) => Promise<string>;
}

/** The same bag with every value sealed. Names stay readable: they hold no fact about anybody. */
export function sealed(bag: Bag, cipher: Cipher): Bag {
  return {
    get: async (key) => {
      const v = await bag.get(key);
      return v === null ? null : cipher.open(v);
    },
    keys: (prefix) => bag.keys(prefix),
    write: async (changes) => {
      const out: Change[] = [];
      for (const c of changes) out.push(c.value === null ? c : { key: c.key, value: await cipher.seal(c.value) });
      await bag.write(out);
    },
  };
}

export async function readJson<T>(bag: Bag, key: string): Promise<T | null> {
  const text = await bag.get(key);
  return text === null ? null : (JSON.parse(text) as T);
}
export const json = (key: string, value: unknown): Change => ({ key, value: JSON.stringify(value) });
export const gone = (key: string): Change => ({ key, value: null });

/** A bag in memory; with `dies` it stops before a chosen write, as a killed page does. */
export function memoryBag(data: Map<string, string> = new Map(), dies: () => void = () => undefined): Bag {
  return {
    get: async (key) => data.get(key) ?? null,
    keys: async (prefix) => [...data.keys()].filter((k) => k.startsWith(prefix)).sort(),
    write: async (changes) => {
      dies();
      for (const c of changes) if (c.value === null) data.delete(c.key);
      else data.set(c.key, c.value);
    },
  };
}

/** Number of this telephone for a write that may be sent again (UUID version 7, so that they sort by time). */
export function newId(now: number, random: (n: number) => Uint8Array): string {
  const b = random(16);
  let t = now;
  for (let i = 5; i >= 0; i -= 1) {
    b[i] = t % 256;
    t = Math.floor(t / 256);
  }
  b[6] = ((b[6] ?? 0) & 0x0f) | 0x70;
  b[8] = ((b[8] ?? 0) & 0x3f) | 0x80;
  const h = [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}
