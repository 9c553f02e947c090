/** The second line from arrival to elimination: a household reports itself, is returned twice, objected to, included, helped and eliminated. */
import { finds } from './finds.mjs';
import { eliminated, helped } from './help.mjs';
import { ago, want } from './steps.mjs';
import { CLUE, checked, hung, morning, pick, publicised, sampled, verify, village } from './way.mjs';

/** What a household without an account sees of its application. */
function phone(w) {
  const { page, base, shot } = w;
  const large = { width: 1366, height: 768 };
  const press = (text) => page.locator('uni-button:visible', { hasText: text }).last().click();
  const field = (name) => page.locator(`[data-field="${name}"]`).last();
  const choose = async (name, label) => {
    await field(name).locator('.input').first().click();
    await page.locator('.sheet:visible').last().waitFor();
    await page.waitForTimeout(300); // the sheet rises
    await page.locator('[role=option]:visible', { hasText: label }).first().click();
  };
  const at = async (go) => {
    await page.context().clearCookies();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${base}/m/#/more/apply`);
    await page.reload();
    await page.getByText('查询进度').waitFor();
    const got = await go();
    await page.setViewportSize(large);
    return got;
  };
  return {
    apply: ({ person, number, tel, path }) =>
      at(async () => {
        for (const [name, text] of [['applicant_name', person], ['applicant_id_no', number], ['applicant_phone', tel], ['head_name', person]]) await field(name).locator('input, textarea').first().fill(text);
        await choose('relation', '户主');
        await field('apply_region').locator('.input').click();
        for (const name of path) await page.locator('.sheet:visible').last().getByText(name, { exact: true }).first().click();
        await field('risk_types').locator('.chip, .input').first().click();
        if (await page.locator('uni-button:visible', { hasText: '选好了' }).count()) {
          await page.locator('.sheet:visible .item').first().click();
          await press('选好了');
        }
        await field('difficulty_text').locator('textarea').first().fill('户主住院做手术，自付两万多元，停工半年没有收入。');
        await page.getByText('本人承诺所填情况属实').click();
        await page.getByText('同意授权有关部门').click();
        await shot('lines-01-apply');
        await press('提交申报');
        await page.locator('[data-receipt]').waitFor();
        const receipt = (await page.locator('[data-receipt]').textContent()).trim();
        await shot('lines-02-receipt');
        return receipt;
      }),
    /** Asks with receipt and telephone; the words must be these. */
    told: ({ receipt, tel, picture }, words) =>
      at(async () => {
        await page.getByRole('tab', { name: '查询进度' }).click();
        await page.locator('input').first().fill(receipt);
        await page.locator('input').nth(1).fill(tel);
        await press('查询');
        await page.getByText(words, { exact: true }).waitFor();
        if (picture) await shot(picture);
      }),
  };
}

/** Line 2: a household reports itself; returned by the township and by the county, objected to on the notice, included, helped, eliminated. */
async function selfReport(kit) {
  const w = await village(kit);
  const { page, shot, household: h } = w;
  const h5 = phone(w);
  const number = (await w.post(`/registry/household/${h.id}/unmask`, { fields: ['head_id_no'], reason_code: '01', reason_text: '协助农户填写自主申报' })).values.head_id_no;
  const path = [];
  for (const digits of [4, 6, 9, 12]) path.push((await w.api(`/regions/${h.region_code.slice(0, digits).padEnd(12, '0')}`)).body.name);
  const tel = '19900001234';
  const receipt = await h5.apply({ person: h.head_name, number, tel, path });
  await h5.told({ receipt, tel }, '待受理');

  // the clerk finds it on the first page and accepts it
  await w.as('xiangzhen');
  await w.today();
  await page.locator('tbody tr', { hasText: h.head_name }).first().waitFor();
  await shot('lines-03-town-today');
  await page.locator('tbody tr', { hasText: h.head_name }).first().click();
  await page.locator('.flow').getByRole('button', { name: '签收', exact: true }).waitFor();
  const id = page.url().split('/').pop();
  let clue = await w.row(CLUE, id);
  want(clue.line === '02' && clue.household_id === h.id, 'the report was matched to its household');
  await shot('lines-04-reported-clue');
  await w.press('签收');
  await w.opinion('申报材料齐全，受理。');
  await w.done('签收');
  const report = (await w.rows('relapse/self_apply', `clue_id=${id}`))[0];
  want(report.accepted_at && report.accepted_by, 'who accepted the report and when is written down');
  await h5.told({ receipt, tel }, '待入户核查');

  // the village verifies; the township sends it back for a paper; the village supplements on the same form
  const form = await verify(w, id, '户主住院手术，政策范围内自付两万余元，家庭难以承担，建议纳入监测。');
  await h5.told({ receipt, tel }, '核查已完成');
  await w.as('xiangzhen');
  await w.act(CLUE, id, '退回村补充', '请补充住院结算单和自付金额。');
  await w.as('cunji');
  await w.today();
  await page.locator('tbody tr', { hasText: h.head_name }).first().waitFor();
  await w.open(CLUE, id);
  await page.locator('.flow').getByText('请补充住院结算单').first().waitFor();
  await shot('lines-05-returned');
  await w.press('提交核查');
  await w.confirm('提交核查');
  await w.dialog().getByText('退回以后还没有补充核查表').waitFor();
  await shot('lines-06-not-supplemented');
  await w.dialog().getByRole('button', { name: '取消' }).click();
  await page.getByRole('button', { name: '填写入户核查表' }).click();
  await page.getByText('修改入户核查表').waitFor();
  await w.field('suggest_text').waitFor();
  await w.say('suggest_text', '已补充住院结算单：合规自付 26380 元，家庭难以承担，建议纳入监测。');
  await shot('lines-07-supplement');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByRole('button', { name: '去办理线索' }).click();
  await w.press('提交核查');
  await w.done('提交核查');
  want((await w.rows('relapse/verify_form', `clue_id=${id}`)).length === 1, 'it is supplemented in place');
  want((await w.row('relapse/verify_form', form.id)).suggest_text.startsWith('已补充'), 'the supplement stands on the form');

  // authorization and check, meeting, notice; a villager objects
  const check = await checked(w, clue);
  await h5.told({ receipt, tel }, '待村级评议');
  const first = await publicised(w, clue);
  await h5.told({ receipt, tel, picture: 'lines-06-status-notice' }, '公示中');
  await w.as('cunji');
  await w.open('relapse/publicity', first);
  await page.getByText('公示异议', { exact: true }).first().click();
  await page.getByRole('button', { name: '新增公示异议' }).click();
  await pick(w, 'household_id', h.head_name);
  await w.say('objector', '王某');
  await w.say('raised_on', ago(0));
  await page.keyboard.press('Enter');
  await w.say('content', '该户名下有一辆小轿车，请核实。');
  await shot('lines-09-objection');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByText('已保存').first().waitFor();
  const objection = page.url().split('/').pop();
  await w.open(CLUE, id);
  await page.getByText('办理材料', { exact: true }).click();
  await page.getByText('公示异议', { exact: true }).last().waitFor();
  await page.waitForTimeout(500);
  await shot('lines-08-papers');
  await w.press('公示有异议');
  await w.opinion('村民反映该户有小轿车，提请乡镇核实。');
  await w.done('公示有异议');
  await h5.told({ receipt, tel }, '公示异议复核中');
  await w.as('xiangzhen');
  await w.open(CLUE, id);
  await w.refused('重新评议', '公示异议没有填写处理情况', '异议不成立，重新评议。');
  await shot('lines-10-objection-open');
  await w.open('relapse/publicity_objection', `${objection}/edit`);
  await w.say('accepted_by', '李核实');
  await w.say('handling', '经到车管所查询，车辆登记在其兄名下，该户无车。');
  await w.say('handled_on', ago(0));
  await page.keyboard.press('Enter');
  await w.choose('conclusion', '异议不成立');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByText('已保存').first().waitFor();
  await shot('lines-11-objection-handled');
  await w.act(CLUE, id, '重新评议', '异议不成立，请重新评议。');
  const second = await publicised(w, clue);
  await hung(w, id, second);

  // the notice has hung its days: the system hands it to the township
  await morning(w, 'relapse.notices');
  clue = await w.row(CLUE, id);
  want(clue.state === '70', `after the notice the clue is at ${clue.state}`);
  want((await w.row('relapse/publicity', second)).result === '01', 'the notice came to no objection');
  await w.open(CLUE, id);
  await page.locator('.flow').getByText('公示期满，系统自动提交乡镇').waitFor();
  await shot('lines-12-notice-over');

  // township, county: returned to a named step, supplemented there, included
  await w.p.reported(check, `HDBG-${id.slice(-4)}`);
  await w.as('xiangshen');
  await w.act(CLUE, id, '乡镇审核通过', '材料齐全，同意上报。', sampled(w));
  await w.as('xianji');
  await w.act(CLUE, id, '退回', '请补充抽查情况和照片说明。');
  await w.open(CLUE, id);
  await page.locator('.flow').getByRole('button', { name: '退回到村评议' }).waitFor();
  await shot('lines-13-county-returns-where');
  await w.press('退回到乡镇审核');
  await w.opinion('抽查情况写具体，补充后再报。');
  await w.done('退回到乡镇审核');
  await w.as('xiangshen');
  await w.today();
  await page.locator('tbody tr', { hasText: h.head_name }).first().waitFor();
  await w.act(CLUE, id, '乡镇审核通过', '已补充抽查情况。', async () => {
    await w.dialog().locator('.field[data-field="sample_note"] input, .field[data-field="sample_note"] textarea').first().fill('11 月 20 日到户抽查，住院单据与核查表一致。');
  });
  await h5.told({ receipt, tel }, '县级审定中');
  await w.as('shending');
  await w.act(CLUE, id, '审定纳入', '同意纳入监测。', () => w.dialog().locator('#f-decide_doc_no').fill('东农字〔2026〕15号'));
  await page.locator('.flow .chip', { hasText: '已纳入' }).first().waitFor();
  await shot('lines-14-included');
  await h5.told({ receipt, tel, picture: 'lines-15-status-included' }, '已纳入监测');
  await w.as('xianji');
  const returned = (await w.rows('relapse/supervise', `target_id=${id}`)).filter((x) => x.kind === '04');
  want(returned.length === 1, `the county heard of the second return ${returned.length} times`);

  await helped(w, clue);
  await eliminated(w, clue);
  await h5.told({ receipt, tel, picture: 'lines-25-status-eliminated' }, '风险已消除');
}

export const lines = {
  'a household reports itself, is returned twice, objected to, included, helped and eliminated': selfReport,
  ...finds,
};
