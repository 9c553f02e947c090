/** Numbers of a version as the page lists them: by rule, each with where and from when on it holds, and what the version in force says. */
import type { Known, Value } from './types';

export interface Group {
  title: string;
  items: Known[];
}
/** Scoring first, then what several rules share, then rule by rule. */
export function groups(known: readonly Known[], rules: Readonly<Record<string, string>>): Group[] {
  const by = new Map<string, Known[]>();
  for (const k of known) {
    const title = k.rules.length === 0 ? '评分、分级与冷却' : k.rules.length > 1 ? '几条规则共用' : `${k.rules[0] ?? ''} ${rules[k.rules[0] ?? ''] ?? ''}`;
    by.set(title, [...(by.get(title) ?? []), k]);
  }
  const rank = (t: string): number => (t.startsWith('评分') ? 0 : t.startsWith('几条') ? 1 : 2);
  return [...by].map(([title, items]) => ({ title, items })).sort((a, b) => rank(a.title) - rank(b.title) || a.title.localeCompare(b.title));
}

export const same = (a: Value, b: Value): boolean => a.key === b.key && a.region_code === b.region_code && a.valid_from === b.valid_from;

/** What the version in force says at the same place and day; null where it says nothing, undefined where it says the same. */
export function inForce(v: Value, base: readonly Value[]): number | null | undefined {
  const b = base.find((x) => same(x, v));
  return b ? (b.value === v.value ? undefined : b.value) : null;
}

/** How many numbers differ from the version in force, those left out counted as well. */
export function changed(values: readonly Value[], base: readonly Value[]): number {
  return values.filter((v) => inForce(v, base) !== undefined).length + base.filter((b) => !values.some((v) => same(v, b))).length;
}
