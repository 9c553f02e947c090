/** Issue of the first clue: a department's file of 200,000 rows, five levels, one household included, one figure. */
import { eliminated, helped, unseen } from './help.mjs';
import { papers, steps, want } from './steps.mjs';

export async function firstClue({ page, base, signIn, shot, hospital, daysPass, sql }) {
  const s = steps({ page, base, signIn });
  const { as, api, field, choose, yes, me } = s;
  const p = papers(s);
  const file = await hospital();

  // the province receives the batch: progress, receipt, marked workbook
  await signIn('shengji');
  await page.goto(`${base}/data/relapse/dept_batch`);
  await page.getByRole('button', { name: '导入' }).first().click();
  await shot('clue-01-choose-file');
  await page.locator('select[aria-label="数据项"] option').nth(45).waitFor({ state: 'attached' });
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
  const receipt = (await api('/relapse/dept_batch?limit=1')).body.items[0];
  want(receipt.rows >= 200_000 || process.env.GANONG_BATCH_ROWS, `the receipt counts ${receipt.rows} rows`);
  want(receipt.matched + receipt.asked + receipt.unmatched + receipt.rejected === receipt.rows, 'the receipt adds up');
  const proposed = (await api(`/relapse/clue?batch_id=${dispatch}&limit=1&count=true`)).body;
  want(proposed.items.length === 1 && proposed.items[0].state === '10', 'clues are proposed');

  // nobody below sees what is only proposed
  const ofBatch = `/relapse/clue?batch_id=${dispatch}&limit=200`;
  await as('cunji');
  want((await api(ofBatch)).body.items.length === 0, 'a village sees a clue before it is dispatched');

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
  const mine = (await api(ofBatch)).body.items;
  want(mine.length >= 1, 'the village has a clue');
  const clue = mine.sort((a, b) => b.score - a.score)[0];
  const at = `${base}/data/relapse/clue/${clue.id}`;
  const act = (label, opinion) => s.act('relapse/clue', clue.id, label, opinion);
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
  await field('met_person').waitFor();
  want((await page.locator('#f-met_person').inputValue()).length > 0, 'the person met is filled in');
  want((await page.locator('#f-labor_count').inputValue()) !== '', 'labour is filled in');
  await page.getByText('预警事由').first().waitFor();
  await page.waitForTimeout(500);
  await shot('clue-09-verify-form');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByText('处需要填写或修改').first().waitFor();
  await choose('self_cope', '不能');
  await yes('risk_confirmed');
  await choose('risk_types', '因病');
  await choose('suggest', '建议纳入');
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
  const form = (await api('/relapse/verify_form?limit=50')).body.items.find((f) => f.clue_id === clue.id);
  await p.visit(form.id, [['张核实', cadre], ['李核实', clerk]]);
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
  const auth = await p.authorization(clue);
  await page.goto(`${base}/data/relapse/authorization/${auth}`);
  await page.getByText('授权人').first().click();
  await page.locator('table tbody tr').first().waitFor();
  await shot('clue-13-authorization');
  await as('xiangzhen');
  const check = await p.entrusted(clue, auth);
  await as('xiangzhen');
  await act('核对完成，转村评议');

  // village: meeting and notice
  await as('cunji');
  await p.meeting(clue, { clue_id: clue.id });
  const notice = await p.notice(clue, { clue_id: clue.id });
  await page.goto(`${base}/data/relapse/publicity/${notice}`);
  await page.getByText('公示户').first().waitFor();
  await shot('clue-14-notice');
  await act('评议通过，开始公示');
  await page.goto(at);
  await page.locator('.flow').getByRole('button', { name: '公示无异议，提交乡镇' }).click();
  await page.locator('.t-dialog:visible').getByRole('button', { name: '公示无异议，提交乡镇' }).click();
  await page.locator('.t-dialog:visible').getByText('公示须满').waitFor();
  await shot('clue-15-notice-too-short');
  daysPass(clue.id, 5);
  await s.attach('relapse/publicity', notice, 'photo_end');
  await s.patch('relapse/publicity', notice, { result: '01' });
  await act('公示无异议，提交乡镇');

  // the civil agency reports, the township confirms and audits, the county decides
  await p.reported(check, 'HDBG-0001');
  await page.goto(`${base}/data/relapse/economic_check/${check}`);
  await page.locator('.flow').getByText('出具报告').first().waitFor();
  await shot('clue-16-check');
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
  const file1 = (await api(`/household/${clue.household_id}/profile`)).body;
  want(file1.household.is_monitored === true && file1.household.risk_state === '0', 'the household is monitored');
  await shot('clue-20-household-file');
  await as('shengji');
  for (const [id, name] of [['relapse.t01', 'clue-21-t01'], ['relapse.t04', 'clue-22-t04']]) {
    await page.goto(`${base}/reports/${id}`);
    await page.getByText('南昌市').first().waitFor();
    await page.waitForTimeout(600);
    await shot(name);
  }
  const t04 = (await api('/reports/relapse.t04')).body;
  want(t04.total.values.included === 1 && t04.total.values.on_time_share === 100, `T04 says ${JSON.stringify(t04.total.values)}`);
  for (const level of [2, 4, 6, 9]) {
    const region = clue.region_code.slice(0, level).padEnd(12, '0');
    const t01 = (await api(`/reports/relapse.t01?region=${region}`)).body;
    want(t01.total.values.new_this_month === 1, `T01 of ${region} says ${t01.total.values.new_this_month} new`);
  }

  // a neighbour county sees nothing of it
  await as('linxian');
  want((await api(`/relapse/clue/${clue.id}`)).status === 404, 'a neighbour county reads the clue');
  want((await api(`/household/${clue.household_id}/profile`)).status === 404, 'a neighbour county reads the household');
  const theirs = (await api('/relapse/clue?limit=50')).body.items;
  want(theirs.every((r) => !r.region_code.startsWith(clue.region_code.slice(0, 6))), 'a neighbour county lists the clue');
  await page.goto(at);
  await page.getByText('没有找到', { exact: false }).first().waitFor();
  await shot('clue-23-neighbour');

  // helped, visited, and its risk eliminated
  await as('cunji');
  const w = unseen({ ...s, p, page, base, sql, daysPass, household: await s.row('registry/household', clue.household_id) });
  await helped(w, clue);
  await eliminated(w, clue);
}
