/** The third line: a find on a round that the county refuses and looks at again, and one that is late. */
import { eliminated, helped, unseen } from './help.mjs';
import { ago, want } from './steps.mjs';
import { CLUE, audited, morning, pick, sampled, toCounty, verify, village } from './way.mjs';

/** Line 3: found on a round, refused by the county, objected to, looked at again by the county. */
async function visitLine(kit) {
  const w = await village(kit);
  const { page, base, shot, household: h } = w;
  await w.as('cunji');
  await page.goto(`${base}/data/relapse/patrol/new`);
  await w.field('household_id').waitFor();
  const helper = (await w.rows('registry/helper', ''))[0];
  await pick(w, 'household_id', h.head_name);
  await pick(w, 'visitor_id', helper.name);
  await w.say('visit_at', `${ago(1)} 10:00`);
  await page.keyboard.press('Enter');
  await w.choose('focus_groups', '大病');
  for (const f of ['edu_ok', 'house_ok', 'med_ok', 'water_ok']) await w.yes(f);
  await w.choose('income_hint', '接近');
  await w.yes('found');
  await w.choose('risk_types', '因病');
  await w.say('text', '户主查出慢性病，长期服药，今年没有外出务工。');
  await shot('lines-30-patrol');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByText('转成的线索').waitFor();
  await shot('lines-31-patrol-clue');
  const id = (await w.row('relapse/patrol', page.url().split('/').pop())).to_clue_id;
  const clue = await w.row(CLUE, id);
  want(clue.line === '03' && clue.state === '20', `the find is a clue before the township: ${clue.line} ${clue.state}`);
  await toCounty(w, clue);

  // the county refuses, the household is told and objects
  await w.as('shending');
  await w.act(CLUE, id, '审定不纳入', '医疗救助已覆盖，收入高于监测范围。', async () => {
    await w.dialog().locator('.field[data-field="result"] .t-input').first().click();
    await page.locator('.t-select__dropdown:visible .t-select-option', { hasText: '已享政策' }).first().click();
    await w.dialog().locator('.field[data-field="refuse_reasons"] .t-select__wrap').click();
    await page.locator('.t-select__dropdown:visible .t-select-option', { hasText: '收入' }).first().click();
    await w.dialog().locator('.t-dialog__header').click();
  });
  await page.locator('.flow .chip', { hasText: '不纳入' }).first().waitFor();
  await shot('lines-32-refused');
  await w.as('cunji');
  await w.act(CLUE, id, '登记已告知农户', '', async () => {
    await w.dialog().locator('.field[data-field="informed_at"] input').fill(`${ago(0)} 08:00`);
    await page.keyboard.press('Enter');
    await w.dialog().locator('.field[data-field="inform_way"] .t-input').first().click();
    await page.locator('.t-select__dropdown:visible .t-select-option', { hasText: '当面' }).first().click();
    await shot('lines-33-informed');
  });
  await w.as('xiangzhen');
  await w.act(CLUE, id, '受理农户异议', '农户提出长期服药支出没有计入，申请重新核查。');
  await shot('lines-34-appeal');
  await w.act(CLUE, id, '重新核查', '重新核查药费支出。');

  // the way again: a meeting of before does not count, the check still holds
  await w.as('xiangshen');
  await w.act(CLUE, id, '复核通过');
  await w.as('xiangzhen');
  await w.act(CLUE, id, '核对完成，转村评议');
  await w.as('cunji');
  await w.open(CLUE, id);
  await w.refused('评议通过，开始公示', '还没有重新评议');
  await audited(w, clue);
  await w.as('xiangshen');
  await w.act(CLUE, id, '乡镇审核通过', '复查属实，药费支出较大。', sampled(w));
  await w.as('shending');
  await w.act(CLUE, id, '审定纳入', '经复核，同意纳入监测。', () => w.dialog().locator('#f-decide_doc_no').fill('东农字〔2026〕17号'));
  await page.locator('.flow .chip', { hasText: '已纳入' }).first().waitFor();
  await shot('lines-35-included-after-all');

  const on = unseen(w);
  await helped(on, clue);
  await eliminated(on, clue);
}

/** A clue nobody verified in time: lamp, notices, the city's list, the answer. */
async function late(kit) {
  const w = await village(kit);
  const { page, base, shot, household: h } = w;
  await w.as('cunji');
  const helper = (await w.rows('registry/helper', ''))[0];
  const found = await w.post('/relapse/patrol', {
    region_code: h.region_code, household_id: h.id, visitor_id: helper.id, visit_at: `${ago(1)}T10:00:00+08:00`, focus_groups: ['07'], edu_ok: true, house_ok: true, med_ok: true, water_ok: true,
    income_hint: '02', found: true, risk_types: ['06'], text: '养殖亏损，欠款较多。',
  });
  const id = found.to_clue_id ?? (await w.row('relapse/patrol', found.id)).to_clue_id;
  await w.as('xiangzhen');
  await w.act(CLUE, id, '签收');
  // six days late: nobody waits for them
  w.sql(`update relapse.clue set due_at = now() - interval '6 days' where id = '${id.replace(/[^0-9a-f-]/g, '')}'`);
  await w.as('cunji');
  await w.today();
  await page.locator('tbody tr', { hasText: h.head_name }).first().getByText('超期 6 天').waitFor();
  await shot('lines-40-late-today');
  await morning(w, 'relapse.escalate');
  const clue = await w.row(CLUE, id);
  want(clue.overdue === true && clue.urge_count === 2, `late and urged ${clue.urge_count} times`);

  // the city finds it on its list
  await w.as('shiji');
  await page.goto(`${base}/data/relapse/supervise?kind=01&state=01`);
  await page.getByText(clue.clue_no).first().waitFor();
  await shot('lines-41-city-list');
  const orders = await w.rows('relapse/supervise', `target_id=${id}`);
  want(orders.length === 2, `${orders.length} orders`);
  const listed = orders.find((o) => o.demand.includes('市级督办清单'));
  want(listed && orders.some((o) => o.demand.includes('抄送上一级')), 'copied up, then listed');

  // the village verifies at last, the township answers, the city closes
  await verify(w, id, '养殖亏损属实，欠款五万余元，建议纳入监测。');
  await w.as('xiangzhen');
  await w.open('relapse/supervise', listed.id);
  await shot('lines-42-order');
  await w.press('答复');
  await w.dialog().locator('.field[data-field="reply"] textarea').fill('村里已于今日入户核查并提交，乡镇今日完成复核。');
  await shot('lines-43-answer');
  await w.done('答复');
  await w.as('shiji');
  await w.act('relapse/supervise', listed.id, '办结', '已核实，同意办结。');
  await shot('lines-44-closed');
  await morning(w, 'relapse.escalate');
  want((await w.row(CLUE, id)).overdue === false, 'in time again');
}

export const finds = {
  'a find on a round is refused by the county, objected to, looked at again, included, helped and eliminated': visitLine,
  'a clue that is late is escalated to the city and answered': late,
};
