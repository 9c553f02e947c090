/** What is due: the list of the server by grade and deadline, and the packs taken along. */
import type { Colleague, Pack, Row, Todo } from '@shared/api';
import { api } from './client';
import { keep, recall, remember } from './keep';
import { userId } from './session';
import { packKey } from '@shared/offline/sheet';
import { gone, json } from '@shared/offline/bag';
import { takeAlong } from './meta';

export interface Due {
  dataset: string;
  id: string;
  title: string;
  line: string;
  grade: string;
  state: string;
  stateLabel: string;
  task: string;
  due: string | null;
  region: string;
  version: number;
  household: string;
}
export interface Day {
  items: Due[];
  counts: Todo['counts'];
  at: string;
}
const LIST = 'relapse.clue';

/** High grade first, then what is due first; what has no deadline stands last. */
export function byGrade(a: Due, b: Due): number {
  const grade = (d: Due): number => (d.grade ? Number(d.grade) : 9);
  return grade(a) - grade(b) || (a.due ?? '9').localeCompare(b.due ?? '9') || a.id.localeCompare(b.id);
}

const text = (v: unknown): string => (typeof v === 'string' ? v : '');
export function due(r: Row, labels: Map<string, string>): Due {
  return {
    dataset: LIST, id: r.id, title: text(r['raw_name']) || text(r['clue_no']), line: text(r['trigger_text']), grade: text(r['level']),
    state: text(r['state']), stateLabel: labels.get(text(r['state'])) ?? '', task: '', due: text(r['due_at']) || null,
    region: text(r.region_name), version: r.row_version, household: text(r['household_id']),
  };
}

/** From the server; what waits in other flows comes with its own words. */
export async function loadDay(): Promise<Day> {
  const todo = await api.todo();
  const mine = todo.counts.filter((c) => c.dataset === LIST);
  const labels = new Map(mine.map((c) => [c.state, c.label]));
  const items: Due[] = [];
  if (mine.length) {
    let after: string | null | undefined;
    do {
      const page = await api.records(LIST).list({ 'state.in': mine.map((c) => c.state).join(','), sort: 'due_at', limit: 500, after });
      items.push(...page.items.map((r) => due(r, labels)));
      after = page.next;
    } while (after && items.length < 5000);
  }
  for (const t of todo.items.filter((i) => i.dataset !== LIST)) {
    items.push({ dataset: t.dataset, id: t.id, title: t.title, line: t.task ?? '', grade: '', state: t.state, stateLabel: t.state_label, task: t.task ?? '', due: t.due_at, region: t.region_name, version: 0, household: '' });
  }
  items.sort(byGrade);
  const day = { items, counts: todo.counts, at: new Date().toISOString() };
  await remember(`day/${userId()}`, day);
  return day;
}
export const keptDay = (): Promise<Day | null> => recall<Day>(`day/${userId()}`);

export const VISIT = [
  'relapse.verify_form', 'relapse.verify_verifier', 'relapse.verify_member_fix', 'relapse.verify_expense', 'relapse.verify_asset', 'relapse.verify_obligor',
  'relapse.verify_reason', 'registry.income_period', 'registry.income_item', 'registry.security_check', 'registry.obligor', 'registry.member', 'registry.household',
  'relapse.clue', 'relapse.visit_burden',
];
const TO_VISIT = ['30', '31'];
export const isVisit = (d: Due): boolean => d.dataset === LIST && TO_VISIT.includes(d.state);

export const pack = (id: string): Promise<Pack | null> => recall<Pack>(packKey(userId(), id));
export const verifiers = async (): Promise<Colleague[]> => (await recall<Colleague[]>(`near/${userId()}`)) ?? [];

/** Takes one household along now. */
export async function fetchPack(id: string): Promise<Pack | null> {
  const got = await api.packs([id]);
  await remember(`near/${userId()}`, got.verifiers);
  const p = got.items[0] ?? null;
  if (p) await remember(packKey(userId(), id), p);
  return p;
}

/** Takes everything along that is to be visited; packs of what is done are dropped. Tells how far it is. */
export async function takePacks(items: readonly Due[], tell: (n: number, of: number) => void): Promise<number> {
  const wanted = items.filter(isVisit);
  await takeAlong(VISIT);
  const bag = await keep();
  const had = new Set((await bag.keys(packKey(userId(), ''))).map((k) => k.slice(packKey(userId(), '').length)));
  for (let i = 0; i < wanted.length; i += 20) {
    const part = wanted.slice(i, i + 20);
    const got = await api.packs(part.map((d) => d.id));
    await bag.write([...got.items.map((p) => json(packKey(userId(), p.clue.id), p)), json(`near/${userId()}`, got.verifiers)]);
    for (const p of got.items) had.delete(p.clue.id);
    tell(Math.min(i + 20, wanted.length), wanted.length);
  }
  if (had.size) await bag.write([...had].map((id) => gone(packKey(userId(), id))));
  return wanted.length;
}
