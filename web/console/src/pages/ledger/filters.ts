/** Filters of a ledger live in the URL in the server's own words, so a drill, a bookmark and an export mean the same rows. */
import type { CodeItem } from '@shared/api';
import { isIn, type Description, type Field } from '@shared/description';
import { monthText, valueText } from '@shared/format';

export type FilterQuery = Record<string, string>;
export type FilterKind = 'choice' | 'yesno' | 'number' | 'month' | 'date' | 'text' | 'none';

/** Identity and bank numbers are looked for with the global search: they may not stand in an address. */
export function filterKind(f: Field): FilterKind {
  switch (f.kind) {
    case 'code':
    case 'codes':
      return 'choice';
    case 'bool':
      return 'yesno';
    case 'int':
    case 'decimal':
    case 'money':
    case 'year':
      return 'number';
    case 'month':
      return 'month';
    case 'date':
    case 'moment':
      return 'date';
    case 'text':
    case 'name':
    case 'phone':
      return 'text';
    default:
      return 'none';
  }
}
/** Choices come first: one click narrows a ledger; beginnings of texts last, the key word finds those already. */
const ORDER: Record<FilterKind, number> = { choice: 0, yesno: 1, month: 2, date: 2, number: 2, text: 3, none: 4 };
export const filterFields = (d: Description): Field[] =>
  d.fields.filter((f) => isIn(f, 'filter') && filterKind(f) !== 'none').sort((a, b) => ORDER[filterKind(a)] - ORDER[filterKind(b)]);

const SUFFIX = /\.(in|min|max|like|empty)$/;
const own = new Set(['region', 'q', 'sort', 'within']);
/** Keeps what the ledger understands; anything else in the address is dropped. */
export function readQuery(raw: Record<string, unknown>, d: Description): FilterQuery {
  const names = new Set(d.fields.map((f) => f.name));
  const out: FilterQuery = {};
  for (const [k, v] of Object.entries(raw)) {
    const text = Array.isArray(v) ? v.join(',') : v;
    if (typeof text !== 'string' || text === '') continue;
    if (own.has(k) || names.has(k.replace(SUFFIX, ''))) out[k] = text;
  }
  return out;
}

/** A copy with some keys set; an empty value takes the key away. */
export function withQuery(q: FilterQuery, change: Record<string, string | null>): FilterQuery {
  const out = { ...q };
  for (const [k, v] of Object.entries(change)) {
    if (v === null || v === '') Reflect.deleteProperty(out, k);
    else out[k] = v;
  }
  return out;
}

export interface FilterChip {
  keys: string[];
  text: string;
}
/** What is filtered, in words. */
export function chips(q: FilterQuery, d: Description, codes: (list: string) => readonly CodeItem[]): FilterChip[] {
  const out: FilterChip[] = [];
  const seen = new Set<string>();
  for (const key of Object.keys(q)) {
    const name = key.replace(SUFFIX, '');
    if (own.has(key) || seen.has(name)) continue;
    seen.add(name);
    const f = d.fields.find((x) => x.name === name);
    if (!f) continue;
    const items = f.codes ? codes(f.codes) : [];
    const one = (v: string): string => {
      if (f.kind === 'bool') return v === 'true' ? '是' : '否';
      if (f.kind === 'code' || f.kind === 'codes') return valueText({ kind: 'code' }, v, items);
      if (f.kind === 'month') return monthText(Number(v));
      if (f.kind === 'money') return String(Number(v) / 100);
      if (f.kind === 'ref') return '指定记录';
      return v;
    };
    const keys = Object.keys(q).filter((k) => k.replace(SUFFIX, '') === name);
    const parts: string[] = [];
    for (const k of keys) {
      const v = q[k] ?? '';
      if (k.endsWith('.empty')) parts.push(v === 'true' ? '未填' : '已填');
      else if (k.endsWith('.min')) parts.push(`≥ ${one(v)}`);
      else if (k.endsWith('.max')) parts.push(`≤ ${one(v)}`);
      else if (k.endsWith('.like')) parts.push(`以“${v}”开头`);
      else parts.push(v.split(',').map(one).join('、'));
    }
    out.push({ keys, text: `${f.label}：${parts.join('，')}` });
  }
  return out;
}
