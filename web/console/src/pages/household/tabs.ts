/** Tabs of 一户一档 in the order of domain 01 §6.7, and where each finds its rows. */
import type { Profile, Row } from '@shared/api';
import type { DatasetEntry } from '@shared/description';

export interface Tab {
  title: string;
  /** Short name of the dataset; its module may differ by phase. */
  names: string[];
  /** Keys under which the profile may carry the rows. */
  keys: string[];
}
export const TABS: readonly Tab[] = [
  { title: '成员', names: ['member'], keys: ['members', 'member'] },
  { title: '生产生活条件', names: ['living_year'], keys: ['living', 'living_years', 'living_year'] },
  { title: '收入', names: ['income_period'], keys: ['incomes', 'income', 'income_periods', 'income_period'] },
  { title: '三保障', names: ['security_check'], keys: ['security', 'security_checks', 'security_check'] },
  { title: '监测档案', names: ['monitor_case'], keys: ['cases', 'monitor_cases', 'monitor_case'] },
  { title: '措施', names: ['measure', 'help_measure'], keys: ['measures', 'measure'] },
  { title: '走访', names: ['visit'], keys: ['visits', 'visit'] },
  { title: '入户核实', names: ['verify_form', 'verify'], keys: ['verifications', 'verify_forms', 'verify_form'] },
  { title: '义务人', names: ['obligor'], keys: ['obligors', 'obligor'] },
  { title: '核对', names: ['economic_check'], keys: ['checks', 'economic_checks', 'economic_check'] },
  { title: '线索', names: ['clue'], keys: ['clues', 'clue'] },
  { title: '质量问题', names: ['finding', 'quality_finding', 'quality_issue'], keys: ['findings', 'finding', 'quality', 'issues'] },
];
export interface FilledTab extends Tab {
  dataset: string | null;
  rows: Row[] | null;
}
const isRows = (v: unknown): v is Row[] => Array.isArray(v) && v.every((r) => typeof r === 'object' && r !== null);
/** Tabs this installation and this person have: the profile carries the rows, or the dataset may be read. */
export function filledTabs(p: Profile, datasets: readonly DatasetEntry[]): FilledTab[] {
  return TABS.flatMap((t) => {
    const dataset = datasets.find((d) => t.names.includes(d.id.split('.')[1] ?? ''))?.id ?? null;
    const key = t.keys.find((k) => k in p);
    const value = key ? p[key] : undefined;
    const rows = isRows(value) ? value : null;
    return dataset || rows ? [{ ...t, dataset, rows }] : [];
  });
}
