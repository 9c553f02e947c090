/** A piece of work on the telephone: several records, their pictures and at the end a step of a flow. It is kept whole. */
import type { Values } from '../condition';

/** What the server answered for a record: its id, version and values. */
export interface Known {
  id: string;
  version: number;
  values: Values;
}
export interface LocalRow {
  /** Name of the record on this telephone; `@name` in a value stands for its id. */
  local: string;
  dataset: string;
  values: Values;
  /** Names of the records chosen in its references, for showing; not sent. */
  titles?: Record<string, string>;
  /** Absent until the server has answered. */
  known?: Known;
  /** Was on the server and is to be deleted. */
  removed?: boolean;
}
export interface Blob {
  local: string;
  /** Record it belongs to, and its field. */
  row: string;
  field: string;
  name: string;
  mime: string;
  takenAt?: string;
  lon?: number;
  lat?: number;
  /** Id on the server once it has arrived. */
  file?: string;
}
export interface Step {
  dataset: string;
  row: string;
  name: string;
  opinion?: string;
  done?: boolean;
}
export type SheetState = 'draft' | 'queued' | 'held' | 'sent';
export interface Sheet {
  id: string;
  /** Whose work it is; others on the same telephone do not see it. */
  user: string;
  title: string;
  kind: string;
  /** Row the work is about (a clue), and its village. */
  subject: string;
  region: string;
  rows: LocalRow[];
  blobs: Blob[];
  step?: Step;
  state: SheetState;
  /** Hash of the description of each dataset that the form was drawn from. */
  hashes: Record<string, string>;
  /** Fields that the system filled in, and fields that a person changed. */
  filled: string[];
  typed: string[];
  /** Seconds with the form open. */
  seconds: number;
  updatedAt: string;
}

export const rowOf = (s: Sheet, local: string): LocalRow | undefined => s.rows.find((r) => r.local === local);
export const rowsOf = (s: Sheet, dataset: string): LocalRow[] => s.rows.filter((r) => r.dataset === dataset && !r.removed);
export const blobsOf = (s: Sheet, row: string, field: string): Blob[] => s.blobs.filter((b) => b.row === row && b.field === field);

/** Takes a record away: one that the server knows is deleted there too. */
export function removeRow(s: Sheet, local: string): void {
  const row = rowOf(s, local);
  if (!row) return;
  if (row.known) row.removed = true;
  else s.rows = s.rows.filter((r) => r.local !== local);
}

/** Keys in the bag. */
export const sheetKey = (user: string, id: string): string => `sheet/${user}/${id}`;
export const opKey = (user: string, sheet: string, n: number): string => `op/${user}/${sheet}/${String(n).padStart(4, '0')}`;
export const blobKey = (user: string, sheet: string, local: string): string => `blob/${user}/${sheet}/${local}`;
export const packKey = (user: string, id: string): string => `pack/${user}/${id}`;
