/** What the quality endpoints answer. */
export interface Fault {
  at: { line: number; column: number };
  text: string;
}
export interface RuleItem {
  rule_id: string;
  view: string;
  version: number;
  title: string;
  severity: 'E' | 'S' | 'H';
  scope: string;
  expr: string;
  tell: string;
  at: string;
  src: string;
  also: string[];
  source: string;
  params: string[];
  off: string[];
}
export interface RuleList {
  items: RuleItem[];
  broken: [string, string][];
  not_yet: { ids: string[]; reason: string }[];
}
export interface Column {
  name: string;
  label: string;
  kind: string;
  unit: string;
  codes: [string, string][] | null;
}
export interface ViewOffer {
  id: string;
  title: string;
  grain: string;
  columns: Column[];
  scopes: Record<string, { label: string; where: string }>;
}
export interface Vocabulary {
  views: ViewOffer[];
  functions: { name: string; example: string; help: string }[];
  params: Record<string, { title: string; value: number; unit: string; basis: string }>;
}
export interface Checked {
  ok: boolean;
  faults: Fault[];
  columns: string[];
}
export interface Tried {
  rows: number;
  hits: number;
  share_pct: number;
  warning: string | null;
  sample: { id: string; file_id: string | null; region_code: string; message: string }[];
}
export interface Edition {
  id: string;
  version: number;
  title: string;
  state: string;
  expr: string;
  stopped: boolean;
  submitted_at: string | null;
  released_at: string | null;
}
export interface Draft {
  rule_id: string;
  view: string;
  title: string;
  severity: string;
  scope: string;
  expr: string;
  tell: string;
  at: string;
  src: string;
  basis: string;
  stopped: boolean;
}
export interface OverviewItem {
  region_code: string;
  region_name: string | null;
  rule_id: string;
  severity: 'E' | 'S' | 'H';
  open: number;
  closed: number;
  exempt: number;
  overdue: number;
  files: number;
}
export interface Overview {
  items: OverviewItem[];
  titles: Record<string, string>;
  trend: { run_id: string; started: string; severity: 'E' | 'S' | 'H'; hits: number }[];
}
export const GRADES: Record<string, string> = { E: '错误', S: '疑似', H: '提示' };
export const TONES: Record<string, string> = { E: 'bad', S: 'warn', H: 'soft' };
/** A sheet of rules held against those that count. */
export interface SheetComparison {
  rows: { row: number; against: 'new' | 'changed' | 'same' | 'faulty'; draft: Draft; differences: { label: string; now: string; sheet: string }[]; problems: string[] }[];
  gone: { rule_id: string; title: string; view: string }[];
  contradictions: string[];
}
