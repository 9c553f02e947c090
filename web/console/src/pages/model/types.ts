/** What the endpoints of the model answer. */
export interface Value {
  key: string;
  region_code: string;
  valid_from: string;
  value: number;
}
export interface Known {
  key: string;
  title: string;
  unit: string;
  basis: string;
  default: number | null;
  rules: string[];
}
export interface Version {
  id: string;
  version: number;
  name: string;
  reason: string;
  base_version: number | null;
  state: string;
  released_at: string | null;
  replayed_at: string | null;
  clues: number;
}
export interface Models {
  in_force: string;
  versions: Version[];
  known: Known[];
  rules: Record<string, string>;
  outside: { key: string; region_code: string; valid_from: string; value: string }[];
  not_yet: { ids: string[]; reason: string }[];
}
export interface Fault {
  key: string;
  region_code: string;
  severity: 'error' | 'warning';
  text: string;
}
export interface Count {
  rule: string | null;
  region_code: string | null;
  region_name?: string | null;
  before: number;
  after: number;
  gained: number;
  lost: number;
  lost_included: number;
  expected_before: number;
  expected_after: number;
}
export interface Replay {
  id: string;
  made_at: string;
  current: boolean;
  base_version: number;
  first_day: string | null;
  last_day: string | null;
  batches: number;
  lines: number;
  totals: { before: number; after: number; gained: number; lost: number; lost_included: number; expected_before: number; expected_after: number; dispatched: number };
  rules: Count[];
  counties: Count[];
  changes: { region_code: string; region_name: string | null; household_id: string; household_no: string; gained: boolean; rule: string; score: number; clue_id: string | null; result: string | null }[];
}
export interface Model {
  id: string;
  version: number;
  values: Value[];
  base_values: Value[];
  base_version: number;
  stamp: string;
  replay: Replay | null;
}
export interface Outcome {
  key: string;
  label: string;
  finished: number;
  included: number;
  wrong: number;
  arrived: number;
  repeated: number;
  missed: number;
  opinions: number;
  precision_pct: number | null;
  wrong_pct: number | null;
  repeated_pct: number | null;
  missed_pct: number | null;
  suggestion?: { kind: 'raise' | 'lower'; text: string; months: { month: number; finished: number; included: number; missed: number }[] };
}
export interface Outcomes {
  from: number;
  to: number;
  items: Outcome[];
}
export const STATES: Record<string, [string, string]> = { '01': ['草稿', 'brand'], '02': ['待发布', 'warn'], '03': ['在用', 'good'], '04': ['已停用', 'soft'], '05': ['待回退', 'warn'], '06': ['作废', 'soft'] };
