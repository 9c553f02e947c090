/** A bag over a platform that only has files: one file a text, and a journal, so that changes happen together or not at all. */
import type { Bag, Change } from '@shared/offline/bag';

export interface Folder {
  list: () => string[];
  read: (name: string) => string | null;
  write: (name: string, text: string) => void;
  rename: (from: string, to: string) => void;
  remove: (name: string) => void;
}

/** Names of files may not hold every letter of a key. */
const fileOf = (key: string): string => `t-${[...key].map((c) => (/[A-Za-z0-9-]/.test(c) ? c : `_${c.codePointAt(0)?.toString(16)}.`)).join('')}`;
const keyOf = (file: string): string => file.slice(2).replace(/_([0-9a-f]+)\./g, (_, h: string) => String.fromCodePoint(parseInt(h, 16)));

export function filesBag(f: Folder): Bag {
  const JOURNAL = 'journal';
  let recovered = false;
  function apply(changes: readonly Change[]): void {
    for (const c of changes) if (c.value === null) f.remove(fileOf(c.key));
    else f.write(fileOf(c.key), c.value);
  }
  /** A journal that was finished is carried out again; a half-written one never got its name. */
  function recover(): void {
    if (recovered) return;
    const text = f.read(JOURNAL);
    if (text !== null) {
      apply(JSON.parse(text) as Change[]);
      f.remove(JOURNAL);
    }
    recovered = true;
  }
  return {
    get: async (key) => {
      recover();
      return f.read(fileOf(key));
    },
    keys: async (prefix) => {
      recover();
      return f.list().filter((n) => n.startsWith('t-')).map(keyOf).filter((k) => k.startsWith(prefix)).sort();
    },
    write: async (changes) => {
      recover();
      recovered = false;
      f.write(`${JOURNAL}.part`, JSON.stringify(changes));
      f.rename(`${JOURNAL}.part`, JOURNAL);
      recover();
    },
  };
}
