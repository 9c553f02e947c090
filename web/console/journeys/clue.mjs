/** Issue of the first clue: a department's file of 200,000 rows, five levels, one household included, one figure. */
function want(condition, text) {
  if (!condition) throw new Error(text);
}
const api = (page, path) => page.evaluate((p) => fetch(`/api/v1${p}`).then(async (r) => ({ status: r.status, body: await r.json().catch(() => null) })), path);
const field = (page, name) => page.locator(`.field[data-field="${name}"]`);
/** Chooses items of a list by their words. */
async function choose(page, name, ...words) {
  await field(page, name).locator('.t-select__wrap, .t-select-input, .t-input').first().click();
  for (const w of words) await page.locator('.t-select__dropdown:visible .t-select-option', { hasText: w }).first().click();
  await page.keyboard.press('Escape');
}
const yes = (page, name, word = '是') => field(page, name).locator('.t-radio', { hasText: word }).click();

/** What people enter beside the clue, by the console's own endpoints: rows and papers. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const send = (page, method, path, body) =>
  page.evaluate(async ([m, p, b]) => {
    const { csrf } = await fetch('/api/v1/me').then((r) => r.json());
    const r = await fetch(`/api/v1${p}`, { method: m, headers: { 'content-type': 'application/json', 'x-csrf-token': csrf }, body: JSON.stringify(b) });
    const body = await r.json().catch(() => null);
    if (!r.ok) throw new Error(`${p}: ${r.status} ${JSON.stringify(body)}`);
    return body;
  }, [method, path, body]);
const post = (page, path, body) => send(page, 'POST', path, body);
const patch = (page, path, body) => send(page, 'PATCH', path, body);
const attach = (page, dataset, id, ...fields) =>
  page.evaluate(async ([d, row, names, data]) => {
    const { csrf } = await fetch('/api/v1/me').then((r) => r.json());
    for (const field of names) {
      const f = new FormData();
      f.append('field', field);
      f.append('file', new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], { type: 'image/png' }), '照片.png');
      const r = await fetch(`/api/v1/relapse/${d}/${row}/attachments`, { method: 'POST', headers: { 'x-csrf-token': csrf }, body: f });
      if (!r.ok) throw new Error(`${field}: ${r.status} ${await r.text()}`);
    }
  }, [dataset, id, fields, png]);
const ago = (days) => new Date(Date.now() + 8 * 3600e3 - days * 86400e3).toISOString().slice(0, 10);

export async function firstClue({ page, base, signIn, shot, hospital, daysPass }) {
  const as = async (login) => {
    await page.context().clearCookies();
    await signIn(login);
  };
  const file = await hospital();

  // the province receives the batch: progress, receipt, marked workbook
  await signIn('shengji');
  await page.goto(`${base}/data/relapse/dept_batch`);
  await page.getByRole('button', { name: '导入' }).first().click();
  await shot('clue-01-choose-file');
  await page.setInputFiles('input[aria-label="部门数据文件"]', file);
  await page.getByRole('button', { name: '开始接收' }).click();
  await page.locator('.t-dialog:visible .t-progress').first().waitFor({ timeout: 30_000 });
  await page.getByText('读取并校验').first().waitFor({ timeout: 120_000 });
  await page.waitForTimeout(1500);
  await shot('clue-02-progress');
  await page.locator('section[aria-label="回执"]').waitFor({ timeout: 480_000 });
  await shot('clue-03-receipt');
  const marked = await page.locator('a', { hasText: '下载标注问题的表格' }).first().getAttribute('href');
  const workbook = await page.evaluate((p) => fetch(p).then(async (r) => ({ status: r.status, size: (await r.arrayBuffer()).byteLength, type: r.headers.get('content-type') ?? '' })), marked);
  want(workbook.status === 200 && workbook.size > 10_000 && workbook.type.includes('sheet'), `the marked workbook: ${JSON.stringify(workbook)}`);
  const dispatch = (await page.locator('a', { hasText: '查看派发批次' }).first().getAttribute('href')).split('/').pop();
  const receipt = (await api(page, '/relapse/dept_batch?limit=1')).body.items[0];
  want(receipt.rows >= 200_000 || process.env.GANONG_BATCH_ROWS, `the receipt counts ${receipt.rows} rows`);
  want(receipt.matched + receipt.unmatched + receipt.rejected === receipt.rows, 'the receipt adds up');
  const proposed = (await api(page, `/relapse/clue?batch_id=${dispatch}&limit=1&count=true`)).body;
  want(proposed.items.length === 1 && proposed.items[0].state === '10', 'clues are proposed');

  // nobody below sees what is only proposed
  await as('cunji');
  want((await api(page, '/relapse/clue?limit=1')).body.items.length === 0, 'a village sees a clue before it is dispatched');

  // another person of the province approves
  await as('shengshen');
  await page.goto(`${base}/data/relapse/dispatch_batch/${dispatch}`);
  await page.getByRole('button', { name: '审批并派发' }).click();
  await shot('clue-04-approve');
  await page.getByRole('button', { name: '批准派发' }).click();
  await page.getByText('已派发线索', { exact: false }).first().waitFor({ timeout: 120_000 });
  await shot('clue-05-dispatched');

  // the township accepts
  await as('xiangzhen');
  await page.goto(`${base}/`);
  await page.getByText('待乡镇签收').first().waitFor();
  await shot('clue-06-town-today');
  await as('cunji');
  const mine = (await api(page, '/relapse/clue?limit=50')).body.items;
  want(mine.length >= 1, 'the village has a clue');
  const clue = mine.sort((a, b) => b.score - a.score)[0];
  const at = `${base}/data/relapse/clue/${clue.id}`;
  const act = async (label, opinion = '') => {
    await page.goto(at);
    await page.locator('.flow').getByRole('button', { name: label, exact: true }).click();
    if (opinion) await page.locator('.t-dialog:visible textarea').fill(opinion);
    await page.locator('.t-dialog:visible').getByRole('button', { name: label, exact: true }).click();
    await page.getByText(`已${label}`).first().waitFor();
  };
  const me = async () => (await api(page, '/me')).body.user.id;
  const cadre = await me();
  await as('xiangzhen');
  const clerk = await me();
  await page.goto(at);
  await page.locator('.flow').getByRole('button', { name: '签收' }).waitFor();
  await shot('clue-07-town-clue');
  await act('签收');

  // the village verifies: facts are there, judgement is asked for
  await as('cunji');
  await page.goto(`${base}/`);
  await page.getByText('待村核查').first().waitFor();
  await shot('clue-08-village-today');
  await page.goto(at);
  await page.getByRole('button', { name: '填写入户核查表' }).click();
  await page.getByText('系统已知情况').waitFor();
  await field(page, 'met_person').waitFor();
  want((await page.locator('#f-met_person').inputValue()).length > 0, 'the person met is filled in');
  want((await page.locator('#f-labor_count').inputValue()) !== '', 'labour is filled in');
  await page.getByText('预警事由').first().waitFor();
  await page.waitForTimeout(500);
  await shot('clue-09-verify-form');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByText('处需要填写或修改').first().waitFor();
  await choose(page, 'self_cope', '不能');
  await yes(page, 'risk_confirmed');
  await choose(page, 'risk_types', '因病');
  await choose(page, 'suggest', '建议纳入');
  await page.locator('#f-suggest_text').fill('户主三个月内大病住院，政策范围内个人负担二万六千余元，家庭无力承担后续治疗费用，建议纳入监测。');
  await shot('clue-10-verify-filled');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByRole('button', { name: '去办理线索' }).waitFor();
  await shot('clue-11-verify-saved');

  // a form without photographs and signatures is not taken; the verifiers add them
  await page.goto(at);
  await page.locator('.flow').getByRole('button', { name: '提交核查', exact: true }).click();
  await page.locator('.t-dialog:visible').getByRole('button', { name: '提交核查', exact: true }).click();
  await page.locator('.t-dialog:visible').getByText('入户核查表还不完整').waitFor();
  await shot('clue-11-verify-incomplete');
  const form = (await api(page, '/relapse/verify_form?limit=50')).body.items.find((f) => f.clue_id === clue.id);
  for (const [name, id] of [['张核实', cadre], ['李核实', clerk]]) await post(page, '/relapse/verify_verifier', { form_id: form.id, user_id: id, name });
  await attach(page, 'verify_form', form.id, 'photos', 'photos', 'photos', 'householder_sign', 'verifier_sign');
  await patch(page, `/relapse/verify_form/${form.id}`, { row_version: form.row_version, no_obligor: true });
  await act('提交核查');

  // township: authorization of everybody, the check entrusted
  await as('xiangzhen');
  await act('复核通过');
  await page.goto(at);
  await page.locator('.flow').getByRole('button', { name: '核对完成，转村评议' }).click();
  await page.locator('.t-dialog:visible').getByRole('button', { name: '核对完成，转村评议' }).click();
  await page.locator('.t-dialog:visible').getByText('还没有有效的承诺授权书').waitFor();
  await shot('clue-12-authorization-missing');
  await as('cunji');
  const village = clue.region_code;
  const household = clue.household_id;
  const auth = await post(page, '/relapse/authorization', { region_code: village, household_id: household, applicant: clue.raw_name, scope: ['01', '14'], signed_on: ago(1), sign_way: '02' });
  await attach(page, 'authorization', auth.id, 'scan_files');
  await page.goto(`${base}/data/relapse/authorization/${auth.id}`);
  await page.getByText('授权人').first().click();
  await page.locator('table tbody tr').first().waitFor();
  await shot('clue-13-authorization');
  await as('xiangzhen');
  const check = await post(page, '/relapse/economic_check', { region_code: village, household_id: household, clue_id: clue.id, auth_id: auth.id, purpose: '01', check_items: ['14'], period_start: ago(365), period_end: ago(2), check_date_base: ago(1) });
  const step = (name, body = {}) => post(page, `/relapse/economic_check/${check.id}/transitions/${name}`, body);
  await step('submit');
  await attach(page, 'economic_check', check.id, 'entrust_file');
  await as('xiangshen');
  await step('sign');
  await as('xiangzhen');
  await act('核对完成，转村评议');

  // village: meeting and notice
  await as('cunji');
  const meeting = await post(page, '/relapse/review_meeting', { region_code: village, meeting_kind: '01', meeting_at: `${ago(2)}T09:00:00+08:00`, place: '村部会议室', host: '张主持', recorder: '李记录', supervisor: '王派员', should_attend: 40, attend: 30 });
  await attach(page, 'review_meeting', meeting.id, 'minutes', 'sign_sheet', 'photos');
  await post(page, '/relapse/meeting_case', { meeting_id: meeting.id, household_id: household, clue_id: clue.id, matter: '01', agree: 28, against: 1, abstain: 1, result: '01' });
  const notice = await post(page, '/relapse/publicity', { region_code: village, kind: '01', title: '防返贫监测民主评议结果公示', start_date: ago(1), end_date: ago(-4), places: '村公示栏' });
  await post(page, '/relapse/publicity_case', { publicity_id: notice.id, household_id: household, clue_id: clue.id, monitor_type: '02', group_name: '一组' });
  await attach(page, 'publicity', notice.id, 'photo_start');
  await page.goto(`${base}/data/relapse/publicity/${notice.id}`);
  await page.getByText('公示户').first().waitFor();
  await shot('clue-14-notice');
  await act('评议通过，开始公示');
  await page.goto(at);
  await page.locator('.flow').getByRole('button', { name: '公示无异议，提交乡镇' }).click();
  await page.locator('.t-dialog:visible').getByRole('button', { name: '公示无异议，提交乡镇' }).click();
  await page.locator('.t-dialog:visible').getByText('公示须满').waitFor();
  await shot('clue-15-notice-too-short');
  daysPass(clue.id, notice.id, 5);
  await attach(page, 'publicity', notice.id, 'photo_end');
  const posted = (await api(page, `/relapse/publicity/${notice.id}`)).body;
  await page.evaluate(async ([id, v]) => {
    const { csrf } = await fetch('/api/v1/me').then((r) => r.json());
    await fetch(`/api/v1/relapse/publicity/${id}`, { method: 'PATCH', headers: { 'content-type': 'application/json', 'x-csrf-token': csrf }, body: JSON.stringify({ row_version: v, result: '01' }) });
  }, [notice.id, posted.row_version]);
  await act('公示无异议，提交乡镇');

  // the civil agency reports, the township confirms and audits, the county decides
  await as('minzheng');
  await step('accept');
  await step('begin');
  await attach(page, 'economic_check', check.id, 'report_file');
  await step('report', { report_no: 'HDBG-0001', conclusion: '01' });
  await page.goto(`${base}/data/relapse/economic_check/${check.id}`);
  await page.locator('.flow').getByText('出具报告').first().waitFor();
  await shot('clue-16-check');
  await as('xiangzhen');
  await step('confirm');
  await as('xiangshen');
  await page.goto(at);
  await page.locator('.flow').getByRole('button', { name: '乡镇审核通过', exact: true }).click();
  await page.locator('.t-dialog:visible .field[data-field="sampled"] .t-radio', { hasText: '是' }).click();
  await page.locator('.t-dialog:visible textarea').last().fill('已实地抽查，材料齐全，同意上报。');
  await shot('clue-17-town-audit');
  await page.locator('.t-dialog:visible').getByRole('button', { name: '乡镇审核通过', exact: true }).click();
  await page.getByText('已乡镇审核通过').first().waitFor();
  await as('shending');
  await page.goto(`${base}/`);
  await page.getByText('待县审定').first().waitFor();
  await page.goto(`${base}/data/relapse/clue?state=71`);
  await page.locator('table tbody tr').first().waitFor();
  await page.locator('table tbody tr input[type=checkbox]').first().check({ force: true });
  await page.getByRole('button', { name: '批量办理' }).click();
  await page.locator('.t-dropdown__item', { hasText: '审定纳入' }).click();
  await page.locator('.t-dialog:visible #f-decide_doc_no').fill('东农字〔2026〕12号');
  await page.locator('.t-dialog:visible textarea').last().fill('同意纳入监测。');
  await shot('clue-18-county-decides');
  await page.locator('.t-dialog:visible').getByRole('button', { name: '审定纳入', exact: true }).click();
  await page.getByText('已办理 1 条').first().waitFor();
  await page.goto(at);
  await page.getByText('已纳入').first().waitFor();
  await shot('clue-19-included');

  // the household's file and the figures show it
  await page.goto(`${base}/household/${clue.household_id}?tab=监测档案`);
  await page.getByText('大事记').waitFor();
  await page.waitForTimeout(800);
  const file1 = (await api(page, `/household/${clue.household_id}/profile`)).body;
  want(file1.household.is_monitored === true && file1.household.risk_state === '0', 'the household is monitored');
  await shot('clue-20-household-file');
  await as('shengji');
  for (const [id, name] of [['relapse.t01', 'clue-21-t01'], ['relapse.t04', 'clue-22-t04']]) {
    await page.goto(`${base}/reports/${id}`);
    await page.getByText('南昌市').first().waitFor();
    await page.waitForTimeout(600);
    await shot(name);
  }
  const t04 = (await api(page, '/reports/relapse.t04')).body;
  want(t04.total.values.included === 1 && t04.total.values.on_time_share === 100, `T04 says ${JSON.stringify(t04.total.values)}`);
  for (const level of [2, 4, 6, 9]) {
    const region = clue.region_code.slice(0, level).padEnd(12, '0');
    const t01 = (await api(page, `/reports/relapse.t01?region=${region}`)).body;
    want(t01.total.values.new_this_month === 1, `T01 of ${region} says ${t01.total.values.new_this_month} new`);
  }

  // a neighbour county sees nothing of it
  await as('linxian');
  want((await api(page, `/relapse/clue/${clue.id}`)).status === 404, 'a neighbour county reads the clue');
  want((await api(page, `/household/${clue.household_id}/profile`)).status === 404, 'a neighbour county reads the household');
  const theirs = (await api(page, '/relapse/clue?limit=50')).body.items;
  want(theirs.every((r) => !r.region_code.startsWith(clue.region_code.slice(0, 6))), 'a neighbour county lists the clue');
  await page.goto(at);
  await page.getByText('没有找到', { exact: false }).first().waitFor();
  await shot('clue-23-neighbour');
}
