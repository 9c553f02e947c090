/** Wire types of ledgers, the query over any field, and monitoring lines. */
import type { Json, Row } from './api';

export type QueryOp = 'is' | 'in' | 'not_in' | 'between' | 'at_least' | 'at_most' | 'begins' | 'contains' | 'days_ago' | 'within_days' | 'empty' | 'filled';
export interface QueryField {
  name: string;
  label: string;
  group: string;
  kind: string;
  unit: string;
  codes: string | null;
  ops: QueryOp[];
}
export interface QueryOffer {
  dataset: string;
  title: string;
  /** The field that refers to the row asked for; null for the dataset itself. */
  via: string | null;
  /** The row asked for refers to it. */
  forward?: boolean;
  fields: QueryField[];
}
export interface SavedQuery {
  id: string;
  dataset: string;
  name: string;
  where: Json;
  owner_name: string;
  mine: boolean;
  shared: boolean;
  roles: string[];
  levels: number[];
  region?: string | null;
  /** Sign-in names of persons it is shared with; told to its owner only. */
  persons?: string[];
}
/** What is taken out again and again. */
export interface ExtractTemplate {
  id: string;
  name: string;
  dataset: string;
  query_id: string;
  region_code: string;
  columns: string[];
  strict: boolean;
  cron: string;
  keep_days: number;
  valid_to: string | null;
  state: 'on' | 'off' | 'stopped';
  stopped_why: string;
  next_at: string | null;
}
export interface ExtractRun {
  id: string;
  scheduled: boolean;
  begun_at: string;
  ended_at: string | null;
  state: 'running' | 'done' | 'failed';
  rows: number | null;
  message: string;
  file_id: string | null;
  export_no: string | null;
  expires_at: string | null;
  expired: boolean;
}
/** How many households a query's tasks would have. */
export interface PackPreview {
  households: number;
  villages: number;
  counties: number;
  /** The task it has become already. */
  made: string | null;
}
/** The monitoring line of a year that holds in a region, in fen. */
export interface MonitorLine {
  year: number;
  region_code: string;
  region_name: string | null;
  amount: number | null;
  valid_from: string | null;
  doc_no: string | null;
  note: string | null;
  approved: boolean;
}
export interface LedgerName {
  id: string;
  title: string;
  dataset: string;
  columns: number;
  missing: string;
  may_export: boolean;
}
export interface LedgerPage {
  title: string;
  dataset: string;
  missing: string;
  may_export: boolean;
  columns: { label: string; group?: string; number: boolean }[];
  rows: { id: string; cells: string[] }[];
  next?: string | null;
  count?: number | null;
  count_exact?: boolean;
}
export interface BulletinName {
  id: string;
  title: string;
  every: 'month' | 'quarter';
}
/** A composed bulletin; the last row of a table is the whole. */
export interface Bulletin {
  id: string;
  title: string;
  region_code: string;
  region_name: string;
  period: string;
  /** YYYYMM, the month at whose end the figures stand. */
  month: number;
  asof: string;
  copies: string;
  sections: { title: string; paragraphs: string[]; table?: { heads: string[]; rows: string[][] } }[];
}
/** A household's whole file. */
export interface Profile {
  household: Row;
  /** Rows that hang on the household, by dataset. */
  tabs?: { dataset: string; title: string; items: Row[] }[];
  timeline: { at: string; kind: string; title: string; text: string; actor_name: string }[];
}
