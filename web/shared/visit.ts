/** The home visit (入户核查, domain 01 §2.14) as a telephone works it: what is filled in beforehand, what is reckoned, what is still missing. */
import type { Pack, Row } from './api';
import type { Values } from './condition';
import { known } from './offline/queue';
import { rowsOf, type LocalRow, type Sheet } from './offline/sheet';
import { textLength } from './text';

export const FORM = 'relapse.verify_form';
export const PERIOD = 'registry.income_period';
export const ITEM = 'registry.income_item';
export const SECURITY = 'registry.security_check';
export const EXPENSE = 'relapse.verify_expense';
export const REASON = 'relapse.verify_reason';
export const VERIFIER = 'relapse.verify_verifier';
export const BURDEN = 'relapse.visit_burden';
const CHILDREN = ['relapse.verify_verifier', 'relapse.verify_member_fix', EXPENSE, 'relapse.verify_asset', 'relapse.verify_obligor', REASON, BURDEN];

export interface Start {
  id: string;
  user: { id: string; name: string; post: string };
  now: Date;
  /** Names for records on this telephone. */
  local: () => string;
}
const filled = (v: unknown): boolean => v !== null && v !== undefined && v !== '';
const day = (d: Date): string => `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, '0')}-${String(d.getDate()).padStart(2, '0')}`;
const text = (v: unknown): string => (typeof v === 'string' ? v : '');

/** Skilled, ordinary and weak labour count (C12 01–03). */
export const labour = (members: readonly Row[]): number =>
  members.filter((m) => m['member_status'] === '01' && ['01', '02', '03'].includes(text(m['labor_skill']))).length;
export const living = (members: readonly Row[]): Row[] => members.filter((m) => (m['member_status'] ?? '01') === '01');

/** The twelve whole months before a day. */
export function yearBefore(now: Date): { start: string; end: string; year: number } {
  const end = new Date(now.getFullYear(), now.getMonth(), 0);
  const start = new Date(end.getFullYear(), end.getMonth() - 11, 1);
  return { start: day(start), end: day(end), year: end.getFullYear() };
}
const latest = (rows: readonly Row[] | undefined, by: string): Row | undefined =>
  [...(rows ?? [])].sort((a, b) => text(b[by]).localeCompare(text(a[by])) || b.id.localeCompare(a.id))[0];

function there(local: string, dataset: string, row: Row): LocalRow {
  const k = known(row);
  const values: Values = {};
  for (const [f, v] of Object.entries(k.values)) if (!f.endsWith('__title') && !['region_code', 'source', 'created_at', 'updated_at', 'updated_by_name'].includes(f)) values[f] = v;
  return { local, dataset, values, known: k };
}
const named = (s: Sheet, row: LocalRow): void => {
  for (const [f, v] of Object.entries(row.values)) if (filled(v) && !(typeof v === 'string' && v.startsWith('@'))) s.filled.push(`${row.local}.${f}`);
};

/** A visit from what the system knows; a form that exists already (a draft elsewhere, a return for more) is gone on with. */
export function newVisit(p: Pack, o: Start): Sheet {
  const region = text(p.clue.region_code);
  const s: Sheet = {
    id: o.id, user: o.user.id, title: text(p.household?.['head_name']) || text(p.clue['raw_name']), kind: 'visit', subject: p.clue.id, region, rows: [], blobs: [],
    step: { dataset: 'relapse.clue', row: p.clue.id, name: 'verify' }, state: 'draft', hashes: {}, filled: [], typed: [], seconds: 0, updatedAt: o.now.toISOString(),
  };
  const household = text(p.clue['household_id']);
  const members = living(p.known['registry.member'] ?? []);
  const add = (row: LocalRow): LocalRow => {
    s.rows.push(row);
    named(s, row);
    return row;
  };
  if (p.form) {
    add(there('form', FORM, p.form));
    for (const dataset of CHILDREN) {
      for (const r of p.children[dataset] ?? []) add(there(dataset === BURDEN ? 'burden' : r.id, dataset, r));
    }
    const period = (p.known[PERIOD] ?? []).find((r) => r.id === p.form?.['income_id'] && r['period_kind'] === '04');
    if (period) {
      add(there('income', PERIOD, period));
      for (const r of p.known[ITEM] ?? []) if (r['period_id'] === period.id) add(there(r.id, ITEM, r));
    }
    const security = (p.known[SECURITY] ?? []).find((r) => r.id === p.form?.['security_id'] && r['stage'] === '04');
    if (security) add(there('security', SECURITY, security));
  } else {
    add({
      local: 'form', dataset: FORM,
      values: {
        clue_id: p.clue.id, household_id: household, verify_at: o.now.toISOString(), met_person: text(p.household?.['head_name']) || null, met_relation: p.household ? '01' : null,
        labor_count: labour(members), income_id: '@income', security_id: '@security', draft_local_id: o.id,
      },
    });
    add({ local: o.local(), dataset: VERIFIER, values: { form_id: '@form', user_id: o.user.id, name: o.user.name, post: o.user.post } });
  }
  if (!s.rows.some((r) => r.local === 'income') && household) {
    const span = yearBefore(o.now);
    const pop = Number(p.household?.['income_pop'] ?? members.length) || members.length || 1;
    add({
      local: 'income', dataset: PERIOD,
      values: { household_id: household, period_kind: '04', year: span.year, period_start: span.start, period_end: span.end, pop, collector: o.user.name, collect_date: day(o.now) },
    });
    for (const r of p.known[ITEM] ?? []) {
      // 刚性支出 are asked anew on the spot
      if (text(r['item_code']).startsWith('P')) continue;
      const values: Values = { period_id: '@income' };
      for (const f of ['item_code', 'person_id', 'quantity', 'unit', 'price', 'amount', 'note']) if (filled(r[f])) values[f] = r[f];
      add({ local: o.local(), dataset: ITEM, values });
    }
    const form = s.rows.find((r) => r.local === 'form');
    if (form) form.values['income_id'] = '@income';
  }
  if (!s.rows.some((r) => r.local === 'security') && household) {
    const last = latest(p.known[SECURITY], 'check_date');
    const values: Values = { household_id: household, stage: '04', check_date: day(o.now) };
    for (const f of ['food_ok', 'clothes_ok', 'edu_problem', 'house_problem', 'med_problem', 'water_problem']) if (last && filled(last[f])) values[f] = last[f];
    add({ local: 'security', dataset: SECURITY, values });
    const form = s.rows.find((r) => r.local === 'form');
    if (form) form.values['security_id'] = '@security';
  }
  return s;
}

const fen = (v: unknown): number => (typeof v === 'number' && Number.isFinite(v) ? v : 0);
/** 合规自付 as far as arithmetic goes: total less what was reimbursed and claimed, never below nothing. */
export const selfPay = (row: Values): number => Math.max(0, fen(row['total']) - fen(row['reimbursed']) - fen(row['claimed']));

/** Keeps 合规自付 reckoned until a person writes another figure, and each expense as the P item of the income period. */
export function follow(s: Sheet): void {
  for (const e of rowsOf(s, EXPENSE)) {
    if (!s.typed.includes(`${e.local}.self_pay`)) e.values['self_pay'] = selfPay(e.values);
  }
  if (!s.rows.some((r) => r.local === 'income')) return;
  const wanted = new Map<string, number>();
  for (const e of rowsOf(s, EXPENSE)) {
    const code = `P${text(e.values['kind'])}`;
    if (code.length === 3) wanted.set(code, (wanted.get(code) ?? 0) + fen(e.values['self_pay']));
  }
  const items = s.rows.filter((r) => r.dataset === ITEM && text(r.values['item_code']).startsWith('P'));
  for (const i of items) {
    const amount = wanted.get(text(i.values['item_code']));
    if (amount === undefined) {
      if (i.known) i.removed = true;
      else s.rows = s.rows.filter((r) => r !== i);
    } else {
      delete i.removed;
      i.values['amount'] = amount;
      wanted.delete(text(i.values['item_code']));
    }
  }
  for (const [code, amount] of wanted) s.rows.push({ local: `item-${code}`, dataset: ITEM, values: { period_id: '@income', item_code: code, amount } });
}

export interface Sums {
  gross: number;
  net: number;
  perHead: number;
  refPerHead: number;
}
/** The same sums as the server's, for the screen; `parent` names the item above one. */
export function sums(s: Sheet, parent: (code: string) => string | null): Sums {
  const items = rowsOf(s, ITEM).map((r) => ({ code: text(r.values['item_code']), amount: fen(r.values['amount']) }));
  const above = new Set<string>();
  for (const i of items) for (let p = parent(i.code); p; p = parent(p)) above.add(p);
  const of = (letters: string): number => items.filter((i) => letters.includes(i.code.charAt(0)) && !above.has(i.code)).reduce((n, i) => n + i.amount, 0);
  const gross = of('ABCD');
  const net = gross - of('E');
  const pop = Number(s.rows.find((r) => r.local === 'income')?.values['pop'] ?? 0);
  const head = (n: number): number => (pop > 0 ? Math.sign(n) * Math.floor((Math.abs(n) + Math.floor(pop / 2)) / pop) : 0);
  return { gross, net, perHead: head(net), refPerHead: head(net + of('L') - of('P')) };
}

/** One row of particulars for each ticked reason; a reason no longer ticked takes its row along. */
export function reasonRows(s: Sheet, local: () => string): void {
  const form = s.rows.find((r) => r.local === 'form');
  const ticked = form?.values['suggest'] === '02' && Array.isArray(form.values['not_include_reasons']) ? (form.values['not_include_reasons'] as string[]) : [];
  for (const r of s.rows.filter((x) => x.dataset === REASON)) {
    const still = ticked.includes(text(r.values['reason']));
    if (still) delete r.removed;
    else if (r.known) r.removed = true;
    else s.rows = s.rows.filter((x) => x !== r);
  }
  for (const code of ticked) {
    if (rowsOf(s, REASON).some((r) => r.values['reason'] === code)) continue;
    s.rows.push({ local: local(), dataset: REASON, values: { form_id: '@form', reason: code } });
  }
}

export interface Lack {
  step: string;
  text: string;
}
/** What must not be missing before a visit is handed in, as the server will ask it. `there`: attachments it has already. */
export function lacking(s: Sheet, p: Pack | null, there: readonly { field: string }[], photosMin = 3, verifiersMin = 2): Lack[] {
  const out: Lack[] = [];
  const count = (field: string): number => s.blobs.filter((b) => b.row === 'form' && b.field === field && !b.file).length + there.filter((a) => a.field === field).length;
  const verifiers = rowsOf(s, VERIFIER).length;
  const form = s.rows.find((r) => r.local === 'form')?.values ?? {};
  if (verifiers < verifiersMin) out.push({ step: 'sign', text: `核查人至少 ${verifiersMin} 人，现有 ${verifiers} 人` });
  if (count('photos') < photosMin) out.push({ step: 'sign', text: `照片至少 ${photosMin} 张，现有 ${count('photos')} 张` });
  if (!count('householder_sign')) out.push({ step: 'sign', text: '还没有户主签名' });
  if (!count('verifier_sign')) out.push({ step: 'sign', text: '还没有核查人签名' });
  const people = living(p?.known['registry.member'] ?? []);
  const old = (m: Row, years: number, now = new Date()): boolean => text(m['birth_date']) <= day(new Date(now.getFullYear() - years, now.getMonth(), now.getDate())) && filled(m['birth_date']);
  const asked = people.some((m) => old(m, 60) || (filled(m['birth_date']) && !old(m, 16)) || filled(m['disability_kind']));
  if (asked && !rowsOf(s, 'relapse.verify_obligor').length && form['no_obligor'] !== true) out.push({ step: 'assets', text: '户内有老人、未成年人或残疾人：请登记法定义务人，或勾选“没有”' });
  const n = textLength(text(form['suggest_text']));
  if (n > 400) out.push({ step: 'result', text: `建议说明最多 400 字，现有 ${n} 字` });
  return out;
}

/** How much of the visit the system had filled in, and how much a person wrote. Counted when it is handed in. */
export function burden(s: Sheet, now: Date): Values {
  const typed = new Set(s.typed);
  const month = now.getFullYear() * 100 + now.getMonth() + 1;
  return {
    form_id: '@form', month, filled_count: s.filled.filter((f) => !typed.has(f)).length, typed_count: typed.size,
    minutes: Math.min(1440, Math.max(1, Math.round(s.seconds / 60))), photo_count: Math.min(100, s.blobs.filter((b) => b.field === 'photos').length),
  };
}
export function putBurden(s: Sheet, now: Date): void {
  const row = s.rows.find((r) => r.local === 'burden');
  const values = burden(s, now);
  if (row) Object.assign(row.values, { ...values, form_id: row.values['form_id'] });
  else s.rows.push({ local: 'burden', dataset: BURDEN, values });
}
