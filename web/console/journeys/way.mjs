/** The way of a clue after its arrival, as its people walk it: what the journeys of the three lines have in common. */
import { papers, steps, want } from './steps.mjs';

export const CLUE = 'relapse/clue';

/** What one journey needs: the page's steps, its papers, and households of the tour's village nobody has dealt with yet. */
export async function village({ page, base, signIn, shot, sql, daysPass }) {
  const s = steps({ page, base, signIn });
  const p = papers(s);
  await s.as('xiangzhen');
  const clerk = await s.me();
  await s.as('cunji');
  const cadre = await s.me();
  const taken = new Set((await s.rows(CLUE, '')).map((c) => c.household_id));
  const free = (await s.rows('registry/household', '')).filter((h) => !h.is_monitored && !h.whole_no_labor && h.household_status === '01' && !taken.has(h.id));
  want(free.length > 0, 'no household of the village is left');
  return { ...s, p, page, base, shot, sql, daysPass, cadre, clerk, household: free[0] };
}

/** The village verifies: what it knows is there, the judgement is given. */
export async function verify(w, clue, text) {
  const { page } = w;
  await w.as('cunji');
  await w.open(CLUE, clue);
  await page.getByRole('button', { name: '填写入户核查表' }).click();
  await page.getByText('系统已知情况').waitFor();
  await w.field('met_person').waitFor();
  await w.choose('self_cope', '不能');
  await w.yes('risk_confirmed');
  await w.choose('risk_types', '因病');
  await w.choose('suggest', '建议纳入');
  await w.say('suggest_text', text);
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByRole('button', { name: '去办理线索' }).waitFor();
  const form = (await w.rows('relapse/verify_form', `clue_id=${clue}`))[0];
  await w.p.visit(form.id, [['张核实', w.cadre], ['李核实', w.clerk]]);
  await page.getByRole('button', { name: '去办理线索' }).click();
  await w.press('提交核查');
  await w.done('提交核查');
  return form;
}

/** Authorization, check and the way to the village's meeting. */
export async function checked(w, clue) {
  await w.as('xiangzhen');
  await w.act(CLUE, clue.id, '复核通过');
  const auth = await w.p.authorization(clue);
  const check = await w.p.entrusted(clue, auth);
  await w.as('xiangzhen');
  await w.act(CLUE, clue.id, '核对完成，转村评议', '授权齐全，已委托民政核对。');
  return check;
}

/** Meeting and notice of the village; the notice hangs. */
export async function publicised(w, clue) {
  const about = { clue_id: clue.id };
  await w.as('cunji');
  await w.p.meeting(clue, about);
  const notice = await w.p.notice(clue, about);
  await w.act(CLUE, clue.id, '评议通过，开始公示');
  return notice;
}

/** The notice has hung its days and was photographed at its end. */
export async function hung(w, row, notice) {
  w.daysPass(row, 5);
  await w.attach('relapse/publicity', notice, 'photo_end');
}

export const sampled = (w) => async () => {
  const yes = w.dialog().locator('.field[data-field="sampled"] .t-radio', { hasText: '是' });
  // it may stand there from the time before
  if (!(await yes.locator('input').isChecked())) await yes.click();
  await w.dialog().locator('.field[data-field="sample_note"] input, .field[data-field="sample_note"] textarea').first().fill('到户抽查，情况属实。');
};

/** A job that runs in the morning runs now; waits until it is over. */
export async function morning(w, name) {
  const before = w.sql(`select count(*) from app.job where kind = '${name}' and state = 'done'`).toString().match(/\d+/)[0];
  w.sql(`update app.schedule set next_at = now() where name = '${name}'`);
  for (let i = 0; i < 120; i++) {
    await w.page.waitForTimeout(500);
    if (w.sql(`select count(*) from app.job where kind = '${name}' and state = 'done'`).toString().match(/\d+/)[0] !== before) return;
  }
  throw new Error(`${name} did not run`);
}

/** Chooses a row of another dataset by its name. */
export async function pick(w, name, text) {
  await w.field(name).locator('input').first().click();
  await w.field(name).locator('input').first().fill(text);
  await w.page.locator('.t-select__dropdown:visible .t-select-option', { hasText: text }).first().click();
}

/** From the township's receipt to the county's table. */
export async function toCounty(w, clue) {
  await w.as('xiangzhen');
  await w.act(CLUE, clue.id, '签收');
  await verify(w, clue.id, '入户核查属实，户主因病停工，建议纳入监测。');
  const check = await checked(w, clue);
  await audited(w, clue);
  await w.p.reported(check, `HDBG-${clue.id.slice(-4)}`);
  await w.as('xiangshen');
  await w.act(CLUE, clue.id, '乡镇审核通过', '同意上报。', sampled(w));
}
/** Meeting and notice over, handed in by the village. */
export async function audited(w, clue) {
  const notice = await publicised(w, clue);
  await hung(w, clue.id, notice);
  await w.patch('relapse/publicity', notice, { result: '01' });
  await w.act(CLUE, clue.id, '公示无异议，提交乡镇');
}

