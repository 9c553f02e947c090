/** Answers of the stand-in: enough to draw every page. */
import type { Job, Me, Problem, Row } from '@shared/api';
import { valueText } from '../../../shared/format';
import { CODES, DATASETS, HOME, REGIONS, ROWS } from './data';

type Answer = [number, unknown];
type Body = Record<string, unknown>;
const now = (): string => new Date().toISOString();
const ago = (m: number): string => new Date(Date.now() - m * 60_000).toISOString();
const ahead = (d: number): string => new Date(Date.now() + d * 86_400_000).toISOString();
const post = { id: 'p1', role: 'R08', role_title: '县级业务人员', region_code: HOME, region_name: '东湖区', level: 3 };
const entry = (title: string, group: string, icon: string, order: number, more: object): Me['menu'][number] => ({ title, group, icon, order, ...more });
const me: Me = {
  user: { id: 'u1', login_name: 'xianlin', name: '熊志强' }, csrf: 't', state: 'active', post, posts: [post, { ...post, id: 'p2', role: 'R02', role_title: '省级业务人员', region_code: '360000000000', region_name: '江西省', level: 1 }],
  second_factor: { bound: false, required: true }, last_login: { at: ago(1500), ip: '10.36.8.21' }, idle_lock_seconds: 900, version: '0.1.0',
  permissions: Object.fromEntries(DATASETS.map((d) => [d.id, d.verbs])),
  menu: [entry('农户台账', '基础台账', 'home', 10, { dataset: 'registry.household' }), entry('家庭成员', '基础台账', 'users', 11, { dataset: 'registry.member' }), entry('收入信息', '基础台账', 'money', 12, { dataset: 'registry.income_period' }), entry('一户一档', '基础台账', 'file', 13, { page: 'one-household' }), entry('数据同步', '基础台账', 'sync', 14, { page: 'sync' }),
    entry('线索处置', '防返贫监测', 'flag', 20, { dataset: 'relapse.clue' }), entry('统计报表', '统计分析', 'chart', 30, { page: 'reports' }), entry('用户与岗位', '系统管理', 'user', 40, { page: 'users' }), entry('角色权限', '系统管理', 'shield', 41, { page: 'roles' }), entry('访问地址', '系统管理', 'lock', 42, { page: 'ip-rules' }), entry('审计日志', '系统管理', 'audit', 43, { page: 'audit' })],
};
let here = false;
let tries = 0;
let factor = false;
const problem = (status: number, code: string, detail: string, more: Partial<Problem> = {}): Answer => [status, { type: 'about:blank', title: detail, status, code, detail, ...more }];
const jobs: Job[] = [
  { id: 'j1', kind: 'export', title: '导出农户（3,214 条）', state: 'running', progress: 0, step: '写入第 1,200 行', eta_seconds: 42, message: '', result: null, created_at: ago(1), finished_at: null, can_cancel: true, can_undo: false },
  { id: 'j2', kind: 'import', title: '导入家庭成员', state: 'done', progress: 100, step: '', eta_seconds: null, message: '', result: { rows: 1260, taken: 1251, bad: 7, skipped: 2, problems: [{ row: 18, column: '证件号码', field: 'id_no', message: '校验码不对，末位应为 X' }, { row: 207, column: '出生日期', field: 'birth_date', message: '与证件号码中的日期不一致' }], marked_file: 'f1' }, created_at: ago(90), finished_at: ago(88), can_cancel: false, can_undo: true },
];
function tick(): void {
  for (const j of jobs) if (j.state === 'running') {
    j.progress = Math.min(100, j.progress + 17);
    if (j.progress >= 100) Object.assign(j, { state: 'done', finished_at: now(), eta_seconds: null, result: j.kind === 'import' ? jobs.find((x) => x.id === 'j2')?.result : { download: '/api/v1/files/f9' }, can_undo: j.kind === 'import' });
  }
}
function job(kind: string, title: string): Job {
  const j: Job = { id: `j${jobs.length + 1}`, kind, title, state: 'running', progress: 3, step: '读取', eta_seconds: 20, message: '', result: null, created_at: now(), finished_at: null, can_cancel: true, can_undo: false };
  jobs.unshift(j);
  return j;
}
const seed = (s: string): number => [...s].reduce((n, c) => (n * 31 + c.charCodeAt(0)) % 9973, 7);
const children = (code: string): typeof REGIONS => {
  const r = REGIONS.find((x) => x.code === code);
  const cut = [0, 2, 4, 6, 9, 12][r?.level ?? 1] ?? 2;
  return REGIONS.filter((x) => x.level === (r?.level ?? 1) + 1 && x.code.startsWith(code.slice(0, cut)));
};
const path = (code: string): { code: string; name: string }[] => REGIONS.filter((r) => code.startsWith(r.code.slice(0, [0, 2, 4, 6, 9, 12][r.level])) && r.code <= code && r.level <= (REGIONS.find((x) => x.code === code)?.level ?? 5)).sort((a, b) => a.level - b.level).map(({ code: c, name }) => ({ code: c, name }));

function session(m: string, p: string, b: Body): Answer | null {
  if (p === '/session' && m === 'POST') {
    if (b['login_name'] === 'locked') return problem(429, 'access.locked', '尝试次数过多，账号已锁定。', { retry_after: 872 });
    if (b['password'] !== 'right') return problem(401, 'access.bad_credentials', `账号或密码不对，还可以再试 ${Math.max(0, 4 - tries++)} 次。`);
    if (b['login_name'] === 'factor' && !b['code']) return problem(401, 'access.second_factor_needed', '请输入动态码。');
    here = true;
    factor = false;
    me.state = b['login_name'] === 'first' ? 'must_change_password' : 'active';
    return [200, me];
  }
  if (p === '/session') return (here = false), [204, undefined];
  if (!here) return problem(401, 'access.not_signed_in', '请先登录。');
  if (p === '/me') return [200, me];
  if (p === '/me/password') return (me.state = factor ? 'active' : 'must_bind_second_factor'), [200, me];
  if (p === '/me/totp/start') return [200, { secret: 'JBSWY3DPEHPK3PXPJBSW', uri: 'otpauth://x', qr_svg: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 21 21"><rect width="21" height="21" fill="#fff"/><path d="M0 0h7v7H0zM14 0h7v7h-7zM0 14h7v7H0zM9 2h2v3H9zM9 9h3v3H9zM14 9h2v5h-2zM9 15h4v3H9z"/></svg>' }];
  if (p === '/me/totp/confirm') return (me.state = 'active'), (me.second_factor.bound = factor = true), [200, { recovery_codes: Array.from({ length: 8 }, (_, i) => `K7Q${i}-9XW${i}-4M2P`) }];
  if (p === '/me/lock') return (me.state = 'locked'), [204, undefined];
  if (p === '/me/unlock') return b['password'] === 'right' ? ((me.state = 'active'), [200, me]) : problem(401, 'access.bad_credentials', '密码不对。');
  if (p === '/me/post') return (me.post = me.posts.find((x) => x.id === b['post_id']) ?? post), [200, me];
  if (p.startsWith('/me/sessions')) return [200, { items: [{ id: 's1', current: true, ip: '10.36.8.21', ua: 'Mozilla/5.0 (Windows NT 10.0) Chrome/140', channel: 'console', created_at: ago(30), last_seen_at: now() }, { id: 's2', current: false, ip: '10.36.9.4', ua: 'Mozilla/5.0 (Linux; Android 13) Chrome/120', channel: 'h5', created_at: ago(3000), last_seen_at: ago(600) }] }];
  return null;
}
function records(m: string, dataset: string, rest: string[], q: URLSearchParams, b: Body): Answer {
  const d = DATASETS.find((x) => x.id === dataset);
  const rows = ROWS[dataset] ?? [];
  if (!d) return problem(404, 'record.unknown_dataset', '没有这个台账。');
  const [id, verb] = rest;
  if (!id && m === 'GET') {
    const names = new Set(d.fields.map((f) => f.name));
    const found = rows.filter((r) => [...q].every(([k, v]) => {
      const [n, how] = k.split('.');
      if (k === 'q') return String(r[d.title_field ?? ''] ?? '').includes(v);
      if (!n || !names.has(n)) return true;
      const x = r[n];
      if (how === 'in') return v.split(',').some((c) => (Array.isArray(x) ? x.includes(c) : x === c));
      if (how === 'min') return x !== null && x !== undefined && String(x).padStart(12) >= v.padStart(12);
      if (how === 'max') return x !== null && x !== undefined && String(x).padStart(12) <= v.padStart(12);
      if (how === 'like') return String(x).startsWith(v);
      return String(x) === v;
    }));
    const sort = q.get('sort');
    if (sort) found.sort((a, c) => { const n = sort.replace('-', ''); return (sort.startsWith('-') ? -1 : 1) * String(a[n]).padStart(14).localeCompare(String(c[n]).padStart(14)); });
    const from = Number(q.get('after') ?? 0);
    const limit = Number(q.get('limit') ?? 50);
    return [200, { items: found.slice(from, from + limit), next: found.length > from + limit ? String(from + limit) : null, count: found.length, count_exact: true }];
  }
  if (!id) {
    if (b['hukou_count'] === 13) return problem(422, 'record.invalid', '有 1 处需要修改', { problems: [{ field: 'hukou_count', code: 'range', message: '户籍人口数与在册成员数不一致（应为 4）' }] });
    const r = { ...(b as Row), id: `n${rows.length}`, row_version: 1, region_name: '前洲村' };
    rows.unshift(r);
    return [201, r];
  }
  if (id === 'import') return [202, job('import', `导入${d.title}`)];
  if (id === 'export') return [202, job('export', `导出${d.title}`)];
  if (id === 'transitions') return [200, { done: 1, failed: [{ id: 'x', code: 'flow.closed', message: 'XS3601022026110003：已办结，不能再签收' }] }];
  const row = rows.find((r) => r.id === id);
  if (!row) return problem(404, 'record.not_found', '记录不存在，或不在您的辖区内。');
  if (m === 'PATCH') {
    if (id === 'h1' && b['row_version'] === 3) {
      Object.assign(row, { row_version: 4, hukou_count: 6, live_address: '三联村 8 组 12 号' });
      return problem(409, 'record.stale', '这条记录刚被修改过。', { by: '万晓燕', at: ago(2), current_version: 4, changed: ['hukou_count', 'live_address'] });
    }
    Object.assign(row, b, { row_version: row.row_version + 1 });
    return [200, row];
  }
  if (verb === 'history') return [200, { items: [{ row_version: 3, verb: 'update', at: ago(600), actor_name: '万晓燕', changes: [{ field: 'hukou_count', label: '户籍人口数', old: 3, new: 4 }, { field: 'household_type', label: '户类型', old: '01', new: '02' }] }, { row_version: 2, verb: 'sync', at: ago(20_000), actor_name: '', batch_no: 'TB20261110', changes: [{ field: 'phone', label: '户联系电话', old: '138****0000', new: '139****1111' }] }, { row_version: 1, verb: 'create', at: ago(500_000), actor_name: '历史迁移', changes: [] }], next: null }];
  if (verb === 'unmask') return [200, { values: { head_id_no: '36010219620301123X', phone: '13870001234', bank_account: '6226220102031234' }, valid_seconds: 60 }];
  if (verb === 'attachments') return [200, { items: [{ id: 'f1', field: 'photos', name: '房屋正面.jpg', mime: 'image/jpeg', size: 482_113, created_at: ago(900), created_by_name: '万晓燕' }] }];
  if (verb === 'flow') return [200, { state: '20', label: '待核实', due_at: ahead(2), available: [{ name: 'submit', label: '提交核实结果', needs_opinion: true, fields: ['reason!'] }, { name: 'back', label: '退回', needs_opinion: true, fields: [], returns: true }], steps: [{ at: ago(3000), actor_name: '系统', action: '派发', opinion: '医保自付超 2 万元' }, { at: ago(1400), actor_name: '万晓燕', action: '签收' }] }];
  return [200, row];
}
function report(q: URLSearchParams): Answer {
  const code = q.get('region') ?? HOME;
  const cols = [['hh', '农户数', '', '户'], ['people', '农村人口', '', '人'], ['poor_hh', '户', '脱贫户', '户'], ['poor_p', '人', '脱贫户', '人'], ['open_hh', '户', '未消除', '户'], ['open_p', '人', '未消除', '人'], ['closed_hh', '户', '已消除', '户'], ['closed_p', '人', '已消除', '人'], ['rate', '消除率', '', '%']];
  const values = (c: string): Record<string, number | null> => {
    const n = seed(c) + 300;
    return { hh: n * 11, people: n * 38, poor_hh: n, poor_p: n * 3, open_hh: Math.round(n / 9), open_p: Math.round(n / 3), closed_hh: Math.round(n / 4), closed_p: Math.round(n / 1.4), rate: n % 13 === 0 ? null : 69.23 - (n % 17) };
  };
  return [200, { id: 'T01', title: '防返贫监测总体情况', asof: ago(240), definition: '户数按 distinct 户；人数为在册成员数。\n未消除：监测档案状态为“监测中”或“消除申请中”。', columns: cols.map(([key, label, group, unit]) => ({ key, label, unit, definition: `${label ?? ''}：时点为月末快照`, ...(group ? { group } : {}) })), rows: children(code).map((r) => ({ region_code: r.code, region_name: r.name, level: r.level, values: values(r.code) })), total: { values: values(code) } }];
}
const todo = [...(ROWS['relapse.clue'] ?? [])].slice(0, 12).map((r) => ({ dataset: 'relapse.clue', id: r.id, title: `${String(r['household_id__title'])} · ${String(r['reason'])}`, state: String(r['state']), state_label: valueText({ kind: 'code' }, r['state'], CODES.find((c) => c.id === 'C37')?.items), region_code: r.region_code, region_name: r.region_name ?? '', due_at: String(r['due_at']), overdue: new Date(String(r['due_at'])) < new Date() }));

export function answer(m: string, p: string, q: URLSearchParams, b: Body): Answer {
  const s = session(m, p, b);
  if (s) return s;
  const parts = p.split('/').filter(Boolean);
  const [a, x, y] = parts;
  if (a === 'meta') return x === 'codes' ? [200, CODES.find((c) => c.id === y)] : y ? [200, DATASETS.find((d) => d.id === y)] : [200, { items: DATASETS }];
  if (a === 'regions') return x ? [200, { ...REGIONS.find((r) => r.code === x), path: path(x) }] : q.get('q') ? [200, { items: REGIONS.filter((r) => r.name.includes(q.get('q') ?? '')) }] : [200, { items: children(q.get('parent') ?? HOME) }];
  if (a === 'todo') return [200, { items: todo, counts: [{ dataset: 'relapse.clue', state: '10', label: '线索待签收', count: 6, overdue: 1 }, { dataset: 'relapse.clue', state: '20', label: '线索待核实', count: 6, overdue: 2 }, { dataset: 'relapse.clue', state: '40', label: '乡镇待复核', count: 5, overdue: 0 }], next: null }];
  if (a === 'home') return [200, { asof: ago(240), overdue: todo.filter((t) => t.overdue), cards: [['hh', '农户', 38_214, '户'], ['people', '农村人口', 142_903, '人'], ['poor', '脱贫户', 2_316, '户'], ['open', '监测对象未消除', 187, '户'], ['closed', '监测对象已消除', 402, '户'], ['clue', '本月线索', 63, '条'], ['late', '超期', 4, '件'], ['quality', '质量问题', 219, '条'], ['cover', '措施覆盖率', 97.33, '%']].map(([key, label, value, unit]) => ({ key, label, value, unit, report: 'T01' })) }];
  if (a === 'search') return [200, { items: (ROWS['registry.household'] ?? []).slice(0, 5).map((r) => ({ dataset: 'registry.household', id: r.id, title: String(r['head_name']), sub: String(r['household_no']), region_name: r.region_name })) }];
  if (a === 'jobs') {
    tick();
    return x ? [200, jobs.find((j) => j.id === x)] : [200, { items: jobs, next: null }];
  }
  if (a === 'reports') return !x ? [200, { items: [['T01', '防返贫监测总体情况'], ['T02', '三类对象情况'], ['T03', '三线来源'], ['T10', '收入'], ['T13', '人口结构']].map(([id, title]) => ({ id, title })) }] : y === 'drill' ? [200, { dataset: 'registry.household', query: { household_type: '02' } }] : y === 'export' ? [202, job('report', '导出报表')] : report(q);
  if (a === 'household') return [200, { household: ROWS['registry.household']?.find((r) => r.id === x), members: ROWS['registry.member'], incomes: ROWS['registry.income_period'], clues: ROWS['relapse.clue']?.slice(0, 2), timeline: [{ at: ago(2000), kind: 'clue', title: '部门预警线索', text: '医保自付超 2 万元', actor_name: '系统' }, { at: ago(30_000), kind: 'visit', title: '入户走访', text: '家中 4 口人，户主患慢性病', actor_name: '万晓燕' }, { at: ago(500_000), kind: 'income', title: '2025 年收入采集', text: '人均 13,650.00 元', actor_name: '李明' }] }];
  if (a === 'access') {
    const user = { id: 'u2', login_name: 'wanxy', name: '万晓燕', state: 'active', last_login_at: ago(60), second_factor: true, posts: [{ ...post, id: 'p9', role: 'R10', role_title: '村级信息员', region_name: '前洲村', level: 5 }] };
    if (x === 'users') return y ? (parts[3] === 'reset-password' ? [200, { password: 'Kx7-mQ92-fWpA' }] : [200, user]) : [200, { items: [user, { ...user, id: 'u3', login_name: 'liming', name: '李明', locked_until: ahead(1) }], next: null }];
    if (x === 'roles') return [200, [['R01', '省级管理员', [1]], ['R02', '省级业务人员', [1]], ['R08', '县级业务人员', [3]], ['R10', '村级信息员', [5]], ['SEC_ADMIN', '安全管理员', [1, 2, 3]]].map(([code, title, levels]) => ({ code, title, levels }))];
    if (x === 'permissions') return [200, Object.fromEntries(DATASETS.map((d) => [d.id, { read: ['R02', 'R08', 'R10'], create: ['R10'], update: ['R08', 'R10'], export: ['R02', 'R08'] }]))];
    return [200, [{ id: 'r1', scope: 'global', scope_ref: '', cidr: '10.36.0.0/16', zone: '01', deny: false, reason: '政务外网', valid_from: ago(9000), valid_to: ahead(300), approved_by: '刘涛' }]];
  }
  if (a === 'audit') return y === undefined && x === 'verify' ? [200, { ok: true, checked: 182_334 }] : [200, { items: Array.from({ length: 20 }, (_, i) => ({ id: i, at: ago(i * 7), actor_name: i % 3 ? '熊志强' : '万晓燕', event_type: ['sign_in', 'record.read', 'record.unmask', 'export'][i % 4], object_type: 'registry.household', object_id: `h${i}`, result: i % 9 ? 'ok' : 'refused', ip: '10.36.8.21', detail: { fields: ['phone'] } })), next: null }];
  if (a === 'registry' && x === 'sync') return parts[3] ? [200, { batch: { no: parts[3], state: 'held', created_at: ago(200), created_by_name: '刘涛' }, files: [{ name: '脱贫户信息.xlsx', rows: 82_113, problems: 12 }, { name: '监测对象信息.xlsx', rows: 11_320 }], counties: REGIONS.filter((r) => r.level === 3).map((r, i) => ({ region_code: r.code, region_name: r.name, added: 12 + i, changed: 300 - i * 9, removed: i, held: i === 2 ? 41 : 0, hold_reason: i === 2 ? '减少人数超过 5%' : '' })), held: [{ region_code: '360104000000', region_name: '青云谱区', reason: '减少人数 41，超过在册的 5%，请与县核对后再审定' }], differences: [{ field: 'phone', label: '联系电话', count: 1203 }, { field: 'hukou_count', label: '户籍人口数', count: 322 }, { field: 'work', label: '务工时间', count: 187 }] }] : [200, { items: [{ no: 'TB20261123', state: 'held', created_at: ago(200), created_by_name: '刘涛', rows: 93_433, added: 212, changed: 1_811, held: 41 }, { no: 'TB20261116', state: 'applied', created_at: ago(10_000), created_by_name: '刘涛', rows: 93_120, added: 188, changed: 1_630, held: 0 }] }];
  if (a && x && ROWS[`${a}.${x}`]) return records(m, `${a}.${x}`, parts.slice(2), q, b);
  return problem(404, 'http.404', '没有这个接口。');
}
