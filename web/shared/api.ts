/** Wire types of /api/v1. One file, so that a generator reading openapi.json can replace it. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Value = null | boolean | number | string | string[];

export interface FieldProblem {
  field: string;
  code: string;
  message: string;
}

/** RFC 9457 problem document. */
export interface Problem {
  type?: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  problems?: FieldProblem[];
  retry_after?: number;
  locked_until?: string;
  by?: string;
  at?: string;
  current_version?: number;
  changed?: string[];
  /** Row that an earlier sending under the same key left. */
  row_id?: string;
}

export interface Page<T> {
  items: T[];
  next?: string | null;
  count?: number | null;
  count_exact?: boolean;
  /** What the list was narrowed to by `within`, in words. */
  within?: string;
  /** Answered by the lake: everything before this moment is in it. */
  asof?: string;
}
export interface Items<T> {
  items: T[];
}

export type Verb = 'read' | 'create' | 'update' | 'delete' | 'import' | 'export' | 'unmask';

export interface Post {
  id: string;
  role: string;
  role_title: string;
  region_code: string;
  region_name: string;
  level: number;
}
export interface MenuEntry {
  title: string;
  group: string;
  icon: string;
  dataset?: string | null;
  page?: string | null;
  order: number;
  phone?: boolean;
}
export type MeState = 'active' | 'locked' | 'must_change_password' | 'must_bind_second_factor';
export interface Me {
  user: { id: string; login_name: string; name: string };
  csrf: string;
  state: MeState;
  post: Post | null;
  posts: Post[];
  second_factor: { bound: boolean; required: boolean };
  last_login: { at: string; ip: string } | null;
  idle_lock_seconds: number;
  permissions: Record<string, Verb[]>;
  menu: MenuEntry[];
  wechat?: WechatStanding;
  version: string;
}
/** The binding of the mini-program's user; `consents` messages may still be sent. */
export interface WechatStanding {
  available: boolean;
  bound: boolean;
  bound_at?: string | null;
  consents?: number;
  template?: string | null;
}
export interface TotpStart {
  secret: string;
  uri: string;
  qr_svg: string;
}
export interface SessionInfo {
  id: string;
  current: boolean;
  ip: string;
  ua: string;
  channel: string;
  created_at: string;
  last_seen_at: string;
}

export interface CodeItem {
  code: string;
  label: string;
  parent?: string | null;
  disabled?: boolean;
  sex?: string | null;
}
export interface CodeList {
  id: string;
  title: string;
  items: CodeItem[];
}
export interface Region {
  code: string;
  name: string;
  full_name: string;
  level: number;
  kind?: string;
  has_children: boolean;
  path?: { code: string; name: string }[];
}

export interface Row {
  id: string;
  region_code: string;
  region_name?: string;
  row_version: number;
  source?: string;
  created_at?: string;
  updated_at?: string;
  updated_by_name?: string;
  _masked?: string[];
  /** Set at a level above: read here, changed there only. */
  _above?: boolean;
  [field: string]: Value | undefined;
}
/** Everything known of a clue and its household, for a visit without signal. */
export interface Pack {
  clue: Row;
  household: Row | null;
  known: Record<string, Row[]>;
  form: Row | null;
  children: Record<string, Row[]> & { files?: Attachment[] };
}
export interface Colleague {
  id: string;
  name: string;
  post: string;
  region_code: string;
}
export interface HistoryChange {
  field: string;
  label: string;
  old: Json;
  new: Json;
}
export interface HistoryEntry {
  row_version: number;
  verb: string;
  at: string;
  actor_name: string;
  batch_no?: string | null;
  changes: HistoryChange[];
}
export interface Attachment {
  id: string;
  field: string;
  name: string;
  mime: string;
  size: number;
  created_at: string;
  created_by_name: string;
}
export interface FlowAction {
  name: string;
  label: string;
  needs_opinion: boolean;
  fields: { name: string; required: boolean }[];
  returns?: boolean;
  /** What has to be attached or on hand. */
  evidence?: string[];
}
export interface FlowStep {
  at: string;
  actor_name: string;
  action: string;
  from?: string | null;
  to?: string | null;
  opinion?: string | null;
  returned?: boolean;
  overdue?: boolean;
}
export interface FlowState {
  state: string;
  label: string;
  /** What is to be done now, in words. */
  task?: string;
  due_at?: string | null;
  available: FlowAction[];
  steps: FlowStep[];
}
export interface TodoItem {
  dataset: string;
  id: string;
  title: string;
  /** What it is about. */
  says?: string[];
  state: string;
  state_label: string;
  task?: string;
  region_code: string;
  region_name: string;
  due_at: string | null;
  overdue: boolean;
}
export interface Todo {
  items: TodoItem[];
  counts: { dataset: string; state: string; label: string; count: number; overdue: number }[];
  next?: string | null;
}
export interface SearchHit {
  dataset: string;
  id: string;
  title: string;
  sub: string;
  region_name: string;
}

export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'undone';
export interface ImportProblem {
  row: number;
  column: string;
  field: string;
  message: string;
}
export interface JobResult {
  download?: string;
  rows?: number;
  taken?: number;
  bad?: number;
  skipped?: number;
  problems?: ImportProblem[];
  marked_file?: string;
}
/** What became of a department's batch. */
export interface BatchReceipt extends JobResult {
  batch_id: string;
  batch_no: string;
  dispatch_batch_id: string | null;
  dispatch_batch_no: string | null;
  matched: number;
  /** Of the matched: by a number that was put right. */
  repaired?: number;
  /** Lines that a person decides on. */
  asked?: number;
  unmatched: number;
  rejected: number;
  reasons: { reason: string; rows: number }[];
  proposed: { hits: number; households: number; clues: number; merged: number; monitored: number; cooling: number; too_low: number; high: number; middle: number; low: number };
}
/** An identity card as the server read it; below 0.9 a person must look. */
export interface CardReading {
  side: 'front' | 'back';
  fields: Record<string, { value: string; confidence: number }>;
  number_ok: boolean;
  birth_date: string | null;
  gender: string | null;
  /** Somebody with this number is registered already. */
  existing: string | null;
}
/** What a verification starts from. */
export interface VerifyDraft {
  region_code: string;
  form_id: string | null;
  values: Record<string, Value>;
  known: { clue?: Row; household?: Row; members?: Row[]; obligors?: Row[]; income?: Row; security?: Row; triggers?: Row[] };
}
export interface Job {
  id: string;
  kind: string;
  title: string;
  state: JobState;
  progress: number;
  step: string;
  eta_seconds: number | null;
  message: string;
  result: JobResult | null;
  created_at: string;
  finished_at: string | null;
  can_cancel: boolean;
  can_undo: boolean;
}

export interface ReportColumn {
  key: string;
  label: string;
  /** Merged headers above, outermost first, parted by `/`. */
  group?: string;
  unit: string;
  definition: string;
  /** Whether the records behind it can be opened. */
  drill?: boolean;
}
export type Figures = Record<string, number | null>;
export interface ReportRow {
  /** Region code, or the value of the dimension. */
  region_code: string;
  region_name: string;
  /** 0 where rows are not regions. */
  level: number;
  values: Figures;
  before?: Figures;
}
export interface Report {
  id: string;
  title: string;
  period: number;
  asof: string;
  /** Kept at the end of the month, against counted from the rows as they are now. */
  kept?: boolean;
  definition: string;
  missing?: string;
  dimensions?: { key: string; label: string }[];
  by?: string;
  /** The one value of a dimension that is looked at. */
  only?: { key: string; label: string; value: string; name: string };
  row_label?: string;
  columns: ReportColumn[];
  rows: ReportRow[];
  total: { values: Figures; before?: Figures };
  before_period?: number;
}
export interface ReportName {
  id: string;
  title: string;
  definition?: string;
  columns?: number;
}
export type { Bulletin, BulletinName, ExtractRun, ExtractTemplate, LedgerName, LedgerPage, MonitorLine, PackPreview, Profile, QueryField, QueryOffer, QueryOp, SavedQuery } from './figures';
export type { StewardCandidate, StewardLine, StewardList, StewardRow, StewardSummary } from './steward';
export type { ToiletMap, ToiletSpot, ToiletVillage } from './toilet';
export interface Drill {
  dataset: string;
  query: Record<string, string>;
}
export interface HomeCard {
  key: string;
  label: string;
  value: number | null;
  unit: string;
  report?: string | null;
  to?: string | null;
}
export interface Home {
  cards: HomeCard[];
  overdue: TodoItem[];
  asof: string;
}

export type UserVerb = 'reset-password' | 'unlock' | 'disable' | 'enable' | 'totp-disable' | 'wechat-unbind';
/** A first password where one was made; `asked` where a second administrator must sign before it is done. */
export type UserActed = { initial_password?: string; asked?: string } | 'done';
export interface UserItem {
  row_version?: number;
  status?: string;
  org?: string;
  second_factor_bound?: boolean;
  locked_for_admin?: boolean;
  lock_reason?: string;
  id: string;
  login_name: string;
  name: string;
  phone?: string | null;
  locked_until?: string | null;
  last_login_at?: string | null;
  wechat_bound?: boolean;
  posts?: Post[];
}
export interface Role {
  code: string;
  title: string;
  levels: number[];
}
export interface IpRule {
  id: string;
  scope: string;
  scope_ref: string;
  cidr: string;
  zone: string;
  deny: boolean;
  reason: string;
  valid_from: string;
  valid_to: string;
  approved_by: string;
}
export interface PermissionRow {
  dataset: string;
  title: string;
  verbs: Record<string, string[]>;
}
export interface AuditLine {
  id: string | number;
  at: string;
  actor_name: string;
  event_type: string;
  object_type: string;
  object_id?: string | null;
  result?: string;
  ip?: string | null;
  detail?: Json;
}
export interface AuditVerdict {
  ok: boolean;
  checked: number;
  first_bad?: string | number | null;
}
export interface SyncBatch {
  no: string;
  state: string;
  state_label?: string;
  created_at: string;
  created_by_name?: string;
  channel?: string;
  asof?: string | null;
  job_id?: string | null;
  message?: string;
  decided_at?: string | null;
  decided_by_name?: string | null;
  opinion?: string | null;
  applied_at?: string | null;
  rolled_back_at?: string | null;
  rolled_back_by_name?: string | null;
  rows?: number;
  /** Faults of cells and rows. */
  bad?: number;
  added?: number;
  changed?: number;
  gone?: number;
  /** Counties that a person must look at. */
  held?: number;
}
export interface SyncList extends Page<SyncBatch> {
  can: { upload: boolean };
}
export interface SyncCounty {
  region_code: string;
  region_name: string;
  added: number;
  changed: number;
  removed: number;
  problems: number;
  held: number;
  hold_reason?: string | null;
  applied: boolean;
  rolled_back: boolean;
  kept: number;
}
export interface SyncDataset {
  dataset: string;
  title: string;
  rows: number;
  present: number;
  added: number;
  changed: number;
  gone: number;
  problems: number;
  kept: number;
}
export type SyncVerb = 'approve' | 'refuse' | 'apply' | 'rollback' | 'reread';
export interface SyncDetail {
  batch: SyncBatch;
  files: { name: string; kind: string; rows: number; problems: number; unknown: string[] }[];
  counties: SyncCounty[];
  held: { region_code: string; region_name: string; reason: string }[];
  datasets: SyncDataset[];
  differences: { dataset: string; title: string; field: string; label: string; count: number }[];
  can: Record<SyncVerb | 'rows', boolean>;
  why_not?: string | null;
}
export interface SyncRow {
  row_id: string;
  key: string;
  region_code: string;
  region_name: string;
  verb: 'new' | 'changed' | 'gone';
  file: string | null;
  row: number | null;
  values: { field: string; label: string; old: unknown; new: unknown; masked: boolean }[];
}
export interface SyncProblem {
  id: number;
  file: string;
  dataset: string;
  region_name: string;
  row: number;
  column: string;
  label: string;
  message: string;
}
