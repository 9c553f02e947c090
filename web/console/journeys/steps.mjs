/** What the journeys share: people of several posts at one page, rows sent by the console's own endpoints, the steps of a flow. */
export function want(condition, text) {
  if (!condition) throw new Error(text);
}
/** A day so many days ago in China; a negative number lies ahead. */
export const ago = (days) => new Date(Date.now() + 8 * 3600e3 - days * 86400e3).toISOString().slice(0, 10);
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** The department's file lies in the system: received by whoever of the province is at the page, unless an earlier journey did. */
export async function delivered({ page, base, hospital }) {
  const some = await page.evaluate(() => fetch('/api/v1/relapse/dept_batch?limit=1').then((r) => r.json()));
  if (some.items.length) return;
  const file = await hospital();
  await page.goto(`${base}/data/relapse/dept_batch`);
  await page.getByRole('button', { name: '导入' }).first().click();
  await page.locator('select[aria-label="数据项"] option').nth(45).waitFor({ state: 'attached' });
  await page.setInputFiles('input[aria-label="部门数据文件"]', file);
  await page.getByRole('button', { name: '开始接收' }).click();
  await page.locator('section[aria-label="回执"]').waitFor({ timeout: 480_000 });
}

/** Everything a person does on `page`; `signIn` puts another person before it. */
export function steps({ page, base, signIn }) {
  const sessions = new Map();
  /** Another person at the page: signed in the first time, coming back to the open session later. */
  const as = async (login) => {
    const kept = sessions.get(login);
    await page.context().clearCookies();
    if (kept) await page.context().addCookies(kept);
    else {
      await signIn(login);
      sessions.set(login, await page.context().cookies());
    }
  };
  const today = () => page.goto(`${base}/`);
  const api = (path) => page.evaluate((p) => fetch(`/api/v1${p}`).then(async (r) => ({ status: r.status, body: await r.json().catch(() => null) })), path);
  const row = async (dataset, id) => (await api(`/${dataset}/${id}`)).body;
  const rows = async (dataset, query) => (await api(`/${dataset}?limit=200&${query}`)).body.items;

  /** What people enter beside the main path, by the console's own endpoints: rows and papers. */
  const send = (method, path, body) =>
    page.evaluate(async ([m, p, b]) => {
      const { csrf } = await fetch('/api/v1/me').then((r) => r.json());
      const r = await fetch(`/api/v1${p}`, { method: m, headers: { 'content-type': 'application/json', 'x-csrf-token': csrf }, body: JSON.stringify(b) });
      const got = await r.json().catch(() => null);
      if (!r.ok) throw new Error(`${p}: ${r.status} ${JSON.stringify(got)}`);
      return got;
    }, [method, path, body]);
  const post = (path, body) => send('POST', path, body);
  const patch = async (dataset, id, body) => send('PATCH', `/${dataset}/${id}`, { row_version: (await row(dataset, id)).row_version, ...body });
  const attach = (dataset, id, ...fields) =>
    page.evaluate(async ([d, r, names, data]) => {
      const { csrf } = await fetch('/api/v1/me').then((x) => x.json());
      for (const name of names) {
        const f = new FormData();
        f.append('field', name);
        f.append('file', new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], { type: 'image/png' }), '照片.png');
        const x = await fetch(`/api/v1/${d}/${r}/attachments`, { method: 'POST', headers: { 'x-csrf-token': csrf }, body: f });
        if (!x.ok) throw new Error(`${name}: ${x.status} ${await x.text()}`);
      }
    }, [dataset, id, fields, png]);
  const me = async () => (await api('/me')).body.user.id;

  const field = (name) => page.locator(`.field[data-field="${name}"]:visible`).last();
  const dialog = () => page.locator('.t-dialog:visible');
  const open = (dataset, id) => page.goto(`${base}/data/${dataset}/${id}`);
  /** Chooses items of a list by their words. */
  const choose = async (name, ...words) => {
    await field(name).locator('.t-select__wrap, .t-select-input, .t-input').first().click();
    for (const w of words) await page.locator('.t-select__dropdown:visible .t-select-option', { hasText: w }).first().click();
    await page.keyboard.press('Escape');
  };
  const yes = (name, word = '是') => field(name).locator('.t-radio', { hasText: word }).click();
  const say = (name, text) => field(name).locator('input, textarea').first().fill(text);
  /** Presses a step of the flow on the record that is open; the dialog stays open. */
  const press = async (label) => {
    await page.locator('.flow').getByRole('button', { name: label, exact: true }).click();
    await dialog().waitFor();
  };
  const opinion = (text) => dialog().locator('[aria-label="意见"] textarea').fill(text);
  const confirm = (label) => dialog().getByRole('button', { name: label, exact: true }).click();
  const done = async (label) => {
    await confirm(label);
    await page.getByText(`已${label.replace(/^已/, '')}`, { exact: true }).first().waitFor();
    await dialog().waitFor({ state: 'hidden' });
  };
  /** A step from opening the record to the sentence that it is done; `fill` answers what the dialog asks. */
  const act = async (dataset, id, label, text = '', fill = async () => {}) => {
    await open(dataset, id);
    await press(label);
    await fill();
    if (text) await opinion(text);
    await done(label);
  };
  /** A step that is refused, and the sentence about it. */
  const refused = async (label, sentence, text = '') => {
    await press(label);
    if (text) await opinion(text);
    await confirm(label);
    await dialog().getByText(sentence).waitFor();
  };
  const step = (dataset, id, name, body = {}) => post(`/${dataset}/${id}/transitions/${name}`, body);

  return { as, today, api, row, rows, post, patch, attach, me, field, dialog, open, choose, yes, say, press, opinion, confirm, done, act, refused, step };
}

/** The papers a clue needs on its way, each entered by whoever enters it: `s` is what `steps` gives. */
export const papers = (s) => ({
  /** Signatures and photographs of a home visit; two people of different posts sign. */
  async visit(form, people) {
    for (const [name, id] of people) await s.post('/relapse/verify_verifier', { form_id: form, user_id: id, name });
    await s.attach('relapse/verify_form', form, 'photos', 'photos', 'photos', 'householder_sign', 'verifier_sign');
    await s.patch('relapse/verify_form', form, { no_obligor: true });
  },
  /** Everybody of the household signs. */
  async authorization(clue) {
    const a = await s.post('/relapse/authorization', { region_code: clue.region_code, household_id: clue.household_id, applicant: clue.raw_name, scope: ['01', '14'], signed_on: ago(1), sign_way: '02' });
    await s.attach('relapse/authorization', a.id, 'scan_files');
    return a.id;
  },
  /** The township entrusts the check; its auditor signs. */
  async entrusted(clue, auth) {
    const c = await s.post('/relapse/economic_check', { region_code: clue.region_code, household_id: clue.household_id, clue_id: clue.id, auth_id: auth, purpose: '01', check_items: ['14'], period_start: ago(365), period_end: ago(2), check_date_base: ago(1) });
    await s.step('relapse/economic_check', c.id, 'submit');
    await s.attach('relapse/economic_check', c.id, 'entrust_file');
    await s.as('xiangshen');
    await s.step('relapse/economic_check', c.id, 'sign');
    return c.id;
  },
  /** The civil agency reports, the township confirms. */
  async reported(check, no) {
    await s.as('minzheng');
    await s.step('relapse/economic_check', check, 'accept');
    await s.step('relapse/economic_check', check, 'begin');
    await s.attach('relapse/economic_check', check, 'report_file');
    await s.step('relapse/economic_check', check, 'report', { report_no: no, conclusion: '01' });
    await s.as('xiangzhen');
    await s.step('relapse/economic_check', check, 'confirm');
  },
  /** The village votes: 28 of 30 for it, or against it. `about` is { clue_id } or { elimination_id }. */
  async meeting(of, about, agreed = true) {
    const m = await s.post('/relapse/review_meeting', { region_code: of.region_code, meeting_kind: '01', meeting_at: `${ago(2)}T09:00:00+08:00`, place: '村部会议室', host: '张主持', recorder: '李记录', supervisor: '王派员', should_attend: 40, attend: 30 });
    await s.attach('relapse/review_meeting', m.id, 'minutes', 'sign_sheet', 'photos');
    await s.post('/relapse/meeting_case', { meeting_id: m.id, household_id: of.household_id, ...about, matter: about.clue_id ? '01' : '02', agree: agreed ? 28 : 1, against: agreed ? 1 : 28, abstain: 1, result: agreed ? '01' : '02' });
    return m.id;
  },
  /** A notice that hangs since yesterday. */
  async notice(of, about) {
    const kind = about.clue_id ? '01' : '02';
    const n = await s.post('/relapse/publicity', { region_code: of.region_code, kind, title: about.clue_id ? '防返贫监测民主评议结果公示' : '防返贫监测风险消除公示', start_date: ago(1), end_date: ago(-4), places: '村公示栏' });
    await s.post('/relapse/publicity_case', { publicity_id: n.id, household_id: of.household_id, ...about, monitor_type: '02', group_name: '一组' });
    await s.attach('relapse/publicity', n.id, 'photo_start');
    return n.id;
  },
});
