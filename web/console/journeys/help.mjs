/** After the decision, for each of the three lines: the household is helped, visited, and its risk eliminated. */
import { ago, want } from './steps.mjs';
import { hung, pick } from './way.mjs';

/** A walk whose pictures another one takes. */
export const unseen = (w) => ({ ...w, shot: async () => undefined });

/** The village drafts the plan of help, the township agrees, the measure is carried out, the household is visited. */
export async function helped(w, clue) {
  const { page, shot } = w;
  await w.as('cunji');
  const c = (await w.rows('relapse/monitor_case', `household_id=${clue.household_id}`)).find((x) => x.clue_id === clue.id);
  const plan = (await w.rows('relapse/help_plan', `case_id=${c.id}`))[0];
  want(plan.state === '01', 'the decision left a draft of the plan');
  const member = (await w.rows('registry/member', `household_id=${clue.household_id}`))[0];
  await w.open('relapse/help_plan', plan.id);
  await page.getByText('帮扶计划目标', { exact: true }).first().click();
  await page.getByRole('button', { name: '新增帮扶计划目标' }).click();
  await w.field('risk').waitFor();
  await w.choose('risk', '因病');
  await w.choose('category', '健康帮扶');
  await w.choose('item', '医疗救助');
  await pick(w, 'person_id', member.name);
  await w.say('measure_text', '落实大病保险和医疗救助，家庭医生签约服务');
  await w.say('resp_unit', '县医疗保障局');
  await w.say('resp_person', '陈医保');
  await w.say('due_date', ago(-60));
  await page.keyboard.press('Enter');
  await w.say('expected', '合规自付降到家庭可承担范围');
  await shot('lines-16-plan-line');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByText('已保存').first().waitFor();
  await w.attach('relapse/help_plan', plan.id, 'household_sign');
  await w.act('relapse/help_plan', plan.id, '提交乡镇审核', '', async () => undefined);
  await w.as('xiangshen');
  await w.act('relapse/help_plan', plan.id, '审核通过');
  await shot('lines-17-plan-approved');
  await w.as('cunji');
  const measure = (await w.rows('relapse/measure', `case_id=${c.id}`))[0];
  want(measure?.state === '01', 'the plan became a measure');
  await w.act('relapse/measure', measure.id, '开始实施');
  await w.attach('relapse/measure', measure.id, 'evidence');
  await w.act('relapse/measure', measure.id, '已落实', '', async () => {
    await w.dialog().locator('.field[data-field="landed_date"] input').fill(ago(0));
    await page.keyboard.press('Enter');
    await w.dialog().locator('.field[data-field="amount"] input').fill('18000');
  });
  await shot('lines-18-measure');
  const helper = (await w.rows('registry/helper', ''))[0];
  await w.post('/relapse/visit', {
    region_code: clue.region_code, case_id: c.id, household_id: clue.household_id, visitor_id: helper.id, visit_at: `${ago(0)}T00:30:00+08:00`, way: '01', present_person: clue.raw_name,
    income_change: '02', expense_change: '02', edu_worse: false, house_worse: false, med_worse: false, water_worse: false, risk_judge: '02', content: '入户走访：医疗救助已到账，户主恢复良好，家庭收入稳定，没有新增风险。',
  });
  w.case = c;
  w.measure = measure;
}

/** Seven conditions, the meeting, the notice, township and county. */
export async function eliminated(w, clue) {
  const { page, shot } = w;
  const dataset = 'relapse/elimination';
  const of = { region_code: clue.region_code, household_id: clue.household_id };
  // what the household lives on now: looked at again on the spot
  const people = w.household.income_pop;
  const income = await w.post('/registry/income_period', { ...of, period_kind: '03', year: Number(ago(0).slice(0, 4)), period_start: ago(365), period_end: ago(0), pop: people });
  await w.post('/registry/income_item', { period_id: income.id, item_code: 'A03', amount: String(1_500_000 * people) });
  await w.post('/registry/security_check', { ...of, stage: '03', check_date: ago(0), food_ok: true, clothes_ok: true, edu_problem: false, house_problem: false, med_problem: false, water_problem: false });
  await w.open('relapse/monitor_case', w.case.id);
  await page.getByRole('button', { name: '申请风险消除' }).waitFor();
  await page.getByText('帮扶和消除', { exact: true }).click();
  await page.getByText('跟踪走访', { exact: true }).last().waitFor();
  await page.waitForTimeout(400);
  await shot('lines-19-case');
  await page.getByRole('button', { name: '申请风险消除' }).click();
  await w.field('apply_date').waitFor();
  await w.say('apply_date', ago(0));
  await page.keyboard.press('Enter');
  await w.say('income_stable_months', '7');
  await w.yes('expense_solved');
  await w.yes('no_new_risk');
  await w.say('verify_note', '入户核实：医疗救助到账，户主已恢复务工，收入稳定。');
  await w.field('after_income_id').locator('input').first().waitFor();
  want((await w.field('after_income_id').locator('input').first().inputValue()).includes('消除时'), 'the newest income is offered');
  want((await w.field('after_security_id').locator('input').first().inputValue()).includes('消除前'), 'the newest look at the four is offered');
  await shot('lines-20-elimination-form');
  await page.getByRole('button', { name: '保存' }).click();
  await page.locator('.flow').getByRole('button', { name: '提交消除申请' }).waitFor();
  const id = page.url().split('/').pop();
  await w.refused('提交消除申请', '识别满 6 个月后才能申请');
  await w.dialog().getByText('没有填写已解决的依据').waitFor();
  await shot('lines-21-conditions');
  await w.post('/relapse/elimination_risk', { elimination_id: id, risk: '01', solved: '医疗救助和大病保险已落实，自付部分已还清', measure_id: w.measure.id });
  // nobody waits half a year
  w.sql(`update relapse.monitor_case set identify_date = identify_date - interval '7 months', identify_ym = to_char(identify_date - interval '7 months', 'YYYYMM')::integer where id = '${w.case.id.replace(/[^0-9a-f-]/g, '')}'`);
  await w.act(dataset, id, '提交消除申请', '七项条件均已符合。');
  await w.p.meeting(of, { elimination_id: id });
  const notice = await w.p.notice(of, { elimination_id: id });
  await w.open(dataset, id);
  await w.refused('评议公示完成，提交乡镇', '公示须满');
  await hung(w, id, notice);
  await w.patch('relapse/publicity', notice, { result: '01' });
  await w.open(dataset, id);
  await page.getByText('评议和公示', { exact: true }).click();
  await page.getByRole('heading', { name: /^公示户/ }).waitFor();
  await page.waitForTimeout(400);
  await shot('lines-22-elimination-notice');
  await w.press('评议公示完成，提交乡镇');
  await w.done('评议公示完成，提交乡镇');
  await w.as('xiangshen');
  await w.act(dataset, id, '乡镇审核通过', '同意消除风险。');
  await w.as('shending');
  await w.act(dataset, id, '审定消除', '同意标注风险消除。', () => w.dialog().locator('#f-county_doc_no').fill('东农字〔2026〕16号'));
  await page.locator('.flow .chip', { hasText: '已消除' }).first().waitFor();
  await shot('lines-23-eliminated');
  const c = await w.row('relapse/monitor_case', w.case.id);
  want(c.state === '30' && c.eliminated === true, `the case is at ${c.state}`);
  want((await w.row('registry/household', clue.household_id)).risk_state === '1', 'the household is marked');
  await page.goto(`${w.base}/household/${clue.household_id}?tab=监测档案`);
  await page.getByText('大事记').waitFor();
  await page.waitForTimeout(600);
  await shot('lines-24-household');
}
