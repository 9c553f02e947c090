/** What the desk 匹配待核 answers. */
import type { Row } from './api';

export interface StewardSummary {
  waiting: number;
  deferred: number;
  confirmed: number;
  denied: number;
  batches: { id: string; batch_no: string; item: string; lines: number }[];
  items: { id: string; item_no: string; name: string; lines: number }[];
  depts: { dept: string; lines: number }[];
  counties: { region_code: string; region_name: string | null; lines: number }[];
}
export interface StewardRow {
  id: string;
  row_version: number;
  row_no: number;
  name: string | null;
  id_no: string | null;
  place: string | null;
  region_code: string;
  region_name: string | null;
  method: string | null;
  confidence: number | string | null;
  reason: string | null;
  deferred: boolean | null;
  note: string | null;
  batch_no: string;
  item: string;
  dept: string;
  candidates: number;
}
export interface StewardList {
  items: StewardRow[];
  next: string | null;
}
export interface StewardCandidate {
  person: string;
  method: string;
  alike: string;
  confidence: number;
  region_name: string | null;
  member: Record<string, unknown> | null;
  household: Record<string, unknown> | null;
  number_differs: boolean | null;
}
export interface StewardLine {
  line: Row;
  birth: string | null;
  candidates: StewardCandidate[];
}
