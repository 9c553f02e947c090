/** Values of the wire as people read them, and back. */
import type { CodeItem } from './api';
import type { Field } from './description';

export const EMPTY = '—';

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** Integer fen → `1,234.50`. */
export function fenToYuan(fen: number, group = true): string {
  const sign = fen < 0 ? '-' : '';
  const n = Math.abs(Math.round(fen));
  const whole = String(Math.floor(n / 100));
  return `${sign}${group ? grouped(whole) : whole}.${String(n % 100).padStart(2, '0')}`;
}

/** `1,234.5` → 123450; null where the text is no amount. Counts in digits, never in floating point. */
export function yuanToFen(text: string): number | null {
  const m = /^(-?)(\d{1,13})(?:\.(\d{0,2}))?$/.exec(text.replace(/[,，\s¥￥元]/g, ''));
  if (!m) return null;
  const fen = Number(m[2]) * 100 + Number((m[3] ?? '').padEnd(2, '0'));
  return m[1] ? -fen : fen;
}

/** 202511 → `2025-11`. */
export const monthText = (m: number): string => `${Math.floor(m / 100)}-${String(m % 100).padStart(2, '0')}`;
export function monthNumber(text: string): number | null {
  const m = /^(\d{4})-?(\d{1,2})$/.exec(text.trim());
  if (!m) return null;
  const month = Number(m[2]);
  return month >= 1 && month <= 12 ? Number(m[1]) * 100 + month : null;
}

/** A unit as people read it: sums of money are kept in fen and shown in yuan. */
export const unitText = (unit: string): string => (unit === '分' ? '元' : unit);

/** A count with separators; ratios with two places and a percent sign, fen as yuan, when the unit says so. */
export function figure(v: number | null | undefined, unit = ''): string {
  if (v === null || v === undefined) return EMPTY;
  if (unit === '分') return fenToYuan(v);
  if (unit === '%') return `${v.toFixed(2)}%`;
  if (Number.isInteger(v)) return v < 0 ? `-${grouped(String(-v))}` : grouped(String(v));
  const [whole, rest] = v.toFixed(2).split('.');
  return `${grouped(whole ?? '0')}.${rest}`;
}

/** A moment in the reader's time zone, to the minute. */
export function momentText(iso: string | null | undefined, seconds = false): string {
  if (!iso) return EMPTY;
  const d = new Date(iso);
  if (Number.isNaN(d.getTime())) return iso;
  const p = (n: number): string => String(n).padStart(2, '0');
  const text = `${d.getFullYear()}-${p(d.getMonth() + 1)}-${p(d.getDate())} ${p(d.getHours())}:${p(d.getMinutes())}`;
  return seconds ? `${text}:${p(d.getSeconds())}` : text;
}

export const codeLabel = (items: readonly CodeItem[], code: string): string => items.find((i) => i.code === code)?.label ?? code;

export function fileSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} 秒`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} 分钟`;
  return `${(seconds / 3600).toFixed(1)} 小时`;
}

/** Whole days from now to a due date; negative when it has passed. */
export function daysLeft(due: string, now: Date = new Date()): number {
  const day = (d: Date): number => Date.UTC(d.getFullYear(), d.getMonth(), d.getDate()) / 86_400_000;
  return day(new Date(due)) - day(now);
}

export type Lamp = 'none' | 'ok' | 'near' | 'over';
export function lampOf(due: string | null | undefined, now: Date = new Date()): Lamp {
  if (!due) return 'none';
  const left = daysLeft(due, now);
  if (new Date(due).getTime() < now.getTime() && left <= 0) return 'over';
  return left <= 3 ? 'near' : 'ok';
}

/** A value as text for print, diffs and tooltips; `items` where the kind has a code list. */
export function valueText(f: Pick<Field, 'kind' | 'unit'>, v: unknown, items: readonly CodeItem[] = []): string {
  if (v === null || v === undefined || v === '') return EMPTY;
  const unit = f.unit ? ` ${f.unit}` : '';
  switch (f.kind) {
    case 'money':
      return typeof v === 'number' ? `${fenToYuan(v)}${unit || ' 元'}` : String(v);
    case 'bool':
      return v === true ? '是' : v === false ? '否' : String(v);
    case 'month':
      return typeof v === 'number' ? monthText(v) : String(v);
    case 'moment':
      return momentText(String(v));
    case 'code':
      return codeLabel(items, String(v));
    case 'codes':
      return Array.isArray(v) ? (v.length ? v.map((c) => codeLabel(items, String(c))).join('、') : EMPTY) : String(v);
    default:
      return `${typeof v === 'object' ? JSON.stringify(v) : String(v)}${unit}`;
  }
}

const LEVELS = ['', '省', '市', '县', '乡', '村'];
export const levelName = (level: number): string => LEVELS[level] ?? '';

/** Half-open code range of a region: its significant digits. */
export function regionPrefix(code: string): string {
  if (code.endsWith('0000000000')) return code.slice(0, 2);
  if (code.endsWith('00000000')) return code.slice(0, 4);
  if (code.endsWith('000000')) return code.slice(0, 6);
  if (code.endsWith('000')) return code.slice(0, 9);
  return code;
}
/** 1 province … 5 village; 0 for what is no code. */
export const regionLevel = (code: string): number => !/^\d{12}$/.test(code) ? 0 : ({ 2: 1, 4: 2, 6: 3, 9: 4 })[regionPrefix(code).length] ?? 5;
