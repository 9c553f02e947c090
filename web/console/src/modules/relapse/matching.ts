/** The desk 匹配待核 without its screen: what a key means, where two names differ, which line comes next. */

export type KeyAction = { kind: 'next' | 'before' | 'nobody' | 'later' | 'undo' } | { kind: 'same'; at: number };

/** What a key means while nothing is being typed; null when nothing. */
export function actionOf(key: string, typing: boolean, held: boolean): KeyAction | null {
  if (typing || held) return null;
  if (/^[1-9]$/.test(key)) return { kind: 'same', at: Number(key) - 1 };
  const kinds = { j: 'next', k: 'before', n: 'nobody', l: 'later', u: 'undo' } as const;
  const kind = kinds[key.toLowerCase() as keyof typeof kinds];
  return kind ? { kind } : null;
}

/** Each character of `text`, and whether it stands otherwise in `other`. Blanks and points in names mean nothing. */
export function lit(text: string, other: string): { char: string; differs: boolean }[] {
  const plain = (t: string): string[] => [...t].filter((c) => !/[\s·•．.‧・*（）()]/.test(c));
  const b = plain(other);
  let at = 0;
  return [...text].map((char) => {
    if (!plain(char).length) return { char, differs: false };
    const differs = b[at] !== char;
    at += 1;
    return { char, differs: differs || plain(text).length !== b.length };
  });
}

/** The line to look at once `id` has left the list: the one behind it, else the one before, else none. */
export function following<T extends { id: string }>(list: readonly T[], id: string): T | null {
  const at = list.findIndex((l) => l.id === id);
  return at < 0 ? (list[0] ?? null) : (list[at + 1] ?? list[at - 1] ?? null);
}
