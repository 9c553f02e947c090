/** Wire types of ledgers, the query over any field, and monitoring lines. */
import type { Json } from './api';

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
