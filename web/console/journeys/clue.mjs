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
  await page.locator('.t-dialog .t-progress').first().waitFor({ timeout: 30_000 });
  await page.waitForTimeout(1500);
  await shot('clue-02-progress');
  await page.getByText('回执', { exact: false }).first().waitFor({ timeout: 480_000 });
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
    if (opinion) await page.locator('.t-dialog textarea').fill(opinion);
    await page.locator('.t-dialog').getByRole('button', { name: label, exact: true }).click();
    await page.getByText(`已${label}`).first().waitFor();
  };
  await as('xiangzhen');
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
  await act('提交核查');

  // township, village meeting and notice, township, county
  await as('xiangzhen');
  await act('复核通过');
  await act('核对完成，转村评议');
  await as('cunji');
  await act('评议通过，开始公示');
  await page.goto(at);
  await page.locator('.flow').getByRole('button', { name: '公示无异议，提交乡镇' }).click();
  await page.locator('.t-dialog').getByRole('button', { name: '公示无异议，提交乡镇' }).click();
  await page.locator('.t-dialog').getByText('公示须满').waitFor();
  await shot('clue-12-notice-too-short');
  daysPass(clue.id, 5);
  await act('公示无异议，提交乡镇');
  await as('xiangshen');
  await act('乡镇审核通过', '材料齐全，同意上报。');
  await as('shending');
  await page.goto(`${base}/`);
  await page.getByText('待县审定').first().waitFor();
  await act('审定纳入', '同意纳入监测。');
  await page.goto(at);
  await page.getByText('已纳入').first().waitFor();
  await shot('clue-13-included');

  // the household's file and the figures show it
  await page.goto(`${base}/household/${clue.household_id}?tab=监测档案`);
  await page.getByText('大事记').waitFor();
  await page.waitForTimeout(800);
  const file1 = (await api(page, `/household/${clue.household_id}/profile`)).body;
  want(file1.household.is_monitored === true && file1.household.risk_state === '0', 'the household is monitored');
  await shot('clue-14-household-file');
  await as('shengji');
  for (const [id, name] of [['relapse.t01', 'clue-15-t01'], ['relapse.t04', 'clue-16-t04']]) {
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
  await shot('clue-17-neighbour');
}
