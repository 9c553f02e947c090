/** What a form shows, asks for and refuses before the server is asked. The server decides; this only saves a round trip. */
import { holds, isFilled, needed, type Values } from './condition';
import { isDerived, isIn, type Description, type Field } from './description';
import { isIdCard } from './idcard';
import { textLength } from './text';

export const isVisible = (f: Field, row: Values): boolean => !f.shown || holds(f.shown, row);
export const isRequired = (f: Field, row: Values): boolean => isVisible(f, row) && needed(f.required, row);
/** Read-only: said so, derived, or owned by the national system on a row that already exists there. */
export function isReadonly(f: Field, row: Values, existing: boolean): boolean {
  return isDerived(f) || needed(f.readonly, row) || (existing && f.synced === true && row['source'] === '01');
}

export interface Section {
  title: string;
  fields: Field[];
}
/** Form sections in the order of the description; neighbouring fields of one group share a section. */
export function sections(d: Pick<Description, 'fields'>, row: Values): Section[] {
  const out: Section[] = [];
  for (const f of d.fields) {
    if (!isIn(f, 'form') || !isVisible(f, row)) continue;
    const title = f.group ?? '';
    const open = out.find((s) => s.title === title);
    if (open) open.fields.push(f);
    else out.push({ title, fields: [f] });
  }
  return out;
}

function bound(v: number | string | undefined): number | null {
  return typeof v === 'number' ? v : null;
}
function rangeProblem(f: Field, n: number): string | null {
  const lo = bound(f.range?.[0]);
  const hi = bound(f.range?.[1]);
  // bounds of money are yuan in the description and fen on the wire
  const v = f.kind === 'money' ? n / 100 : n;
  if (lo !== null && v < lo) return `不能小于 ${lo}`;
  if (hi !== null && v > hi) return `不能大于 ${hi}`;
  return null;
}

/** A pattern that this browser cannot read is left to the server. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return true;
  }
}
/** The first thing wrong with one value, as a sentence that says what to do. */
export function fieldProblem(f: Field, v: unknown, row: Values, masked = false): string | null {
  if (!isVisible(f, row) || masked) return null;
  if (!isFilled(v)) return isRequired(f, row) ? `请填写${f.label}` : null;
  if (typeof v === 'string') {
    const len = textLength(v);
    if (f.max && len > f.max) return `最多 ${f.max} 字，现有 ${len} 字`;
    if (f.min_len && len < f.min_len) return `至少 ${f.min_len} 字，现有 ${len} 字`;
    if (f.pattern && !matches(f.pattern, v)) return `${f.label}格式不对，请核对`;
    if (f.kind === 'phone' && !f.pattern && !/^(1[3-9]\d{9}|0\d{2,3}-?\d{7,8})$/.test(v)) return '请填写 11 位手机号码';
    if (f.kind === 'id_card' && !isIdCard(v)) return '证件号码不对：请核对位数和校验码';
    if (f.kind === 'decimal' && Number.isNaN(Number(v))) return '请填写数字';
    if (f.kind === 'decimal') return rangeProblem(f, Number(v));
  }
  if (typeof v === 'number') return rangeProblem(f, v);
  return null;
}

/** Problems of all visible fields, by field name. */
export function formProblems(d: Pick<Description, 'fields'>, row: Values, masked: readonly string[] = [], existing = false): Record<string, string> {
  const out: Record<string, string> = {};
  for (const f of d.fields) {
    // what this person cannot change cannot be asked of them
    if (!isIn(f, 'form') || isReadonly(f, row, existing)) continue;
    const p = fieldProblem(f, row[f.name], row, masked.includes(f.name));
    if (p) out[f.name] = p;
  }
  return out;
}

const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** What a PATCH has to carry: changed fields only; a field that left the screen is cleared. */
export function changes(d: Pick<Description, 'fields'>, before: Values, after: Values): Values {
  const out: Values = {};
  for (const f of d.fields) {
    if (!isIn(f, 'form') || isDerived(f) || f.kind === 'attachment') continue;
    const now = isVisible(f, after) ? (after[f.name] ?? null) : null;
    if (!equal(before[f.name], now === '' ? null : now)) out[f.name] = now === '' ? null : now;
  }
  return out;
}

export function defaults(d: Pick<Description, 'fields'>): Values {
  const out: Values = {};
  for (const f of d.fields) {
    if (f.default !== undefined && f.default !== null && !isDerived(f)) out[f.name] = f.default;
  }
  return out;
}
