/** Conditions of the query over any field, and how they are put in words. */
import type { CodeItem, QueryField, QueryOffer, QueryOp } from '@shared/api';
import { monthText, valueText } from '@shared/format';

export interface Test { kind: 'test'; field: string; op: QueryOp; values: (string | number | boolean)[] }
export interface Group { kind: 'group'; any: boolean; parts: Part[] }
export interface Rows { kind: 'rows'; of: string; least: number; inner: Group }
export type Part = Test | Group | Rows;
export type Wire = Record<string, unknown>;

export const OPS: Record<QueryOp, string> = { is: '等于', in: '是其中之一', not_in: '都不是', between: '介于', at_least: '不小于', at_most: '不大于', begins: '开头是', contains: '包含', days_ago: '至少多少天前', within_days: '最近多少天内', empty: '未填', filled: '已填' };
export const group = (any = false): Group => ({ kind: 'group', any, parts: [] });
export const isBare = (op: QueryOp): boolean => op === 'empty' || op === 'filled';

/** What is sent; conditions that are not filled in yet are left out. */
export function toWire(p: Part): Wire | null {
  if (p.kind === 'test') {
    const full = p.field && (isBare(p.op) || (p.values.length > 0 && p.values.every((v) => v !== '' && v !== null && v !== undefined) && (p.op !== 'between' || p.values.length === 2)));
    return full ? { field: p.field, op: p.op, values: isBare(p.op) ? [] : p.values } : null;
  }
  if (p.kind === 'rows') return p.of ? { of: p.of, least: p.least, where: toWire(p.inner) ?? { all: [] } } : null;
  const parts = p.parts.map(toWire).filter((x): x is Wire => x !== null);
  return parts.length ? { [p.any ? 'any' : 'all']: parts } : null;
}

/** The numbers of parts as the server names them in its sentences: those that are sent, counted from 1; the others have none. */
export function numbers(parts: readonly Part[], above: string): string[] {
  let n = 0;
  return parts.map((p) => (toWire(p) === null ? '' : `${above ? `${above}.` : ''}${(n += 1)}`));
}

const list = (v: unknown): unknown[] => (Array.isArray(v) ? v : []);
/** What was kept, as the page edits it. */
export function fromWire(w: unknown): Part {
  const o = (typeof w === 'object' && w !== null ? w : {}) as Wire;
  if ('field' in o) return { kind: 'test', field: String(o['field']), op: o['op'] as QueryOp, values: list(o['values']) as Test['values'] };
  if ('of' in o) return { kind: 'rows', of: String(o['of']), least: Number(o['least'] ?? 1), inner: asGroup(fromWire(o['where'])) };
  const any = 'any' in o;
  return { kind: 'group', any, parts: list(o[any ? 'any' : 'all']).map(fromWire) };
}
/** The datasets whose rows a part looks at. */
export function datasetsOf(p: Part): string[] {
  if (p.kind === 'test') return [];
  return p.kind === 'rows' ? [p.of, ...datasetsOf(p.inner)] : p.parts.flatMap(datasetsOf);
}
export const asGroup = (p: Part): Group => (p.kind === 'group' ? p : { kind: 'group', any: false, parts: [p] });

/** One sentence for people: what the query asks. */
export function words(p: Part, offers: readonly QueryOffer[], codes: (l: string) => readonly CodeItem[], of?: string): string {
  const own = offers.find((o) => (of ? o.dataset === of : !o.via));
  if (p.kind === 'group') {
    const parts = p.parts.map((x) => words(x, offers, codes, of)).filter(Boolean);
    return parts.length > 1 ? `（${parts.join(p.any ? ' 或 ' : ' 且 ')}）` : (parts[0] ?? '');
  }
  if (p.kind === 'rows') {
    const o = offers.find((x) => x.dataset === p.of);
    const inner = words(p.inner, offers, codes, p.of);
    return `${p.least === 0 ? '没有' : p.least === 1 ? '有' : `至少 ${p.least} 条`}${o?.title ?? ''}${inner ? `：${inner}` : ''}`;
  }
  const f = own?.fields.find((x) => x.name === p.field);
  if (!f || !toWire(p)) return '';
  return `${f.label}${OPS[p.op]}${p.values.map((v) => say(f, v, codes)).join(p.op === 'between' ? '～' : '、')}`;
}
function say(f: QueryField, v: unknown, codes: (l: string) => readonly CodeItem[]): string {
  if (f.kind === 'code' || f.kind === 'codes') return valueText({ kind: 'code' }, v, f.codes ? codes(f.codes) : []);
  if (typeof v === 'boolean') return v ? '是' : '否';
  if (f.kind === 'month') return monthText(Number(v));
  if (f.kind === 'money') return `${Number(v) / 100}元`;
  if (f.kind === 'id_card' || f.kind === 'bank' || f.kind === 'phone') return '指定号码';
  return String(v);
}
