/** Descriptions of datasets as the server serves them: everything on screen is drawn from these. */
import type { Condition } from './condition';
import type { Json, Verb } from './api';

export const KINDS = [
  'text', 'long_text', 'int', 'decimal', 'money', 'bool', 'date', 'month', 'year', 'moment',
  'code', 'codes', 'ref', 'region', 'phone', 'id_card', 'bank', 'name', 'attachment',
] as const;
export type Kind = (typeof KINDS)[number];
export type Place = 'form' | 'ledger' | 'filter' | 'sort' | 'sheet' | 'stat';
export type Need = boolean | Condition | { when: Condition };

export interface Field {
  name: string;
  label: string;
  kind: Kind;
  help?: string;
  unit?: string;
  group?: string;
  required?: Need;
  shown?: Condition | null;
  readonly?: Need;
  max?: number | null;
  min_len?: number | null;
  range?: [number | string, number | string] | null;
  scale?: number;
  pattern?: string | null;
  codes?: string | null;
  /** The field that chooses the class; this one chooses among its items. */
  under?: string | null;
  /** Chooses a class that another field's items stand under. */
  classes?: boolean;
  dataset?: string | null;
  level?: string | number | null;
  sensitivity?: string;
  derived?: boolean | string | null;
  default?: Json;
  in?: Place[];
  synced?: boolean;
}
export interface Transition {
  name: string;
  label: string;
  batch?: boolean;
  needs_opinion?: boolean;
  /** Asked for with the step; `!` behind: needed. */
  fields?: string[];
  /** Whether the present post may take it. */
  mine?: boolean;
}
export interface FlowInfo {
  id?: string;
  title?: string;
  field: string;
  due_field?: string | null;
  transitions?: Transition[];
  transition?: Transition[];
}
export interface Description {
  id: string;
  title: string;
  module: string;
  region: string;
  title_field?: string | null;
  /** Fields a text is looked for in. */
  searchable?: string[];
  parent?: { dataset: string; field: string } | null;
  children: { dataset: string; title: string; field: string }[];
  hash: string;
  fields: Field[];
  verbs: Verb[];
  flow?: FlowInfo | null;
  unmaskable?: string[];
}
export interface DatasetEntry {
  id: string;
  title: string;
  module: string;
  region: string;
  verbs: Verb[];
}

export const isIn = (f: Field, place: Place): boolean => (f.in ?? ['form', 'sheet']).includes(place);
export const isDerived = (f: Field): boolean => Boolean(f.derived);
/** `registry.household` → `/registry/household`. */
export const pathOf = (dataset: string): string => `/${dataset.replace('.', '/')}`;
