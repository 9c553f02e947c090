/** Tabs of 一户一档 in the order of domain 01 §6.7, and where each finds its rows. */
import type { Profile, Row } from '@shared/api';
import type { DatasetEntry } from '@shared/description';

export interface Tab {
  title: string;
  /** Short names of its datasets, the first is the main one. */
  names: string[];
  /** Columns of the tab in their order, where the domain page lists them. */
  columns?: string[];
}
export const TABS: readonly Tab[] = [
  { title: '成员', names: ['member'] },
  { title: '生产生活条件', names: ['living_year'] },
  { title: '收入', names: ['income_period'] },
  { title: '三保障', names: ['security_check'] },
  { title: '监测档案', names: ['monitor_case'] },
  { title: '措施', names: ['measure'] },
  { title: '走访', names: ['visit', 'patrol'] },
  { title: '入户核实', names: ['verify_form'] },
  { title: '义务人', names: ['obligor'], columns: ['name', 'relation', 'duty_kind', 'live_region', 'support_way', 'support_amount', 'calc_amount', 'capability', 'authorized', 'check_conclusion'] },
  { title: '核对', names: ['economic_check', 'authorization'] },
  { title: '线索', names: ['clue', 'self_apply'] },
  { title: '质量问题', names: ['quality_issue'] },
  { title: '帮扶责任人', names: ['helper_pair'] },
  { title: '人口变更', names: ['member_change'] },
];
export interface Part {
  dataset: string;
  title: string;
  rows: Row[] | null;
}
export interface FilledTab extends Tab {
  parts: Part[];
  count: number;
}
const short = (id: string): string => id.split('.')[1] ?? '';
/** Tabs this installation and this person have: the profile carries the rows, or the dataset may be read. What hangs on a
 * household and has no tab of its own comes behind, so that nothing known is hidden. */
export function filledTabs(p: Profile, datasets: readonly DatasetEntry[]): FilledTab[] {
  const carried = p.tabs ?? [];
  const named = new Set(TABS.flatMap((t) => t.names));
  const rest: Tab[] = carried.filter((c) => !named.has(short(c.dataset)) && c.items.length).map((c) => ({ title: c.title, names: [short(c.dataset)] }));
  return [...TABS, ...rest].flatMap((t) => {
    const parts = t.names.flatMap((n): Part[] => {
      const c = carried.find((x) => short(x.dataset) === n);
      if (c) return [{ dataset: c.dataset, title: c.title, rows: c.items }];
      const d = datasets.find((x) => short(x.id) === n);
      return d ? [{ dataset: d.id, title: d.title, rows: null }] : [];
    });
    return parts.length ? [{ ...t, parts, count: parts.reduce((n, x) => n + (x.rows?.length ?? 0), 0) }] : [];
  });
}
