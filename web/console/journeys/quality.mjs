/** A rule from the province's desk to the county's list: typed with a live check, tried, submitted, released by another person, seen below, rolled back. */
function want(condition, text) {
  if (!condition) throw new Error(text);
}
const ID = 'Q901';

async function ruleOfTheDesk({ page, base, signIn, shot }) {
  const api = (path) => page.evaluate((p) => fetch(`/api/v1${p}`).then((r) => r.json()), path);
  await signIn('xianji');
  const county = (await api('/registry/household?limit=1')).items[0].region_code.slice(0, 6);
  await page.context().clearCookies();

  await signIn('shengji');
  await page.goto(`${base}/quality/rules`);
  await page.getByText('条在用').first().waitFor();
  await shot('quality-rules');
  await page.getByRole('button', { name: '新建规则' }).click();
  const pick = async (name, option) => {
    await page.locator(`[aria-label="${name}"]`).first().click();
    await page.locator('.t-select-option', { hasText: option }).first().click();
  };
  await page.locator('input[placeholder^="规则号，如"]').fill(ID);
  await page.locator('input[placeholder="名称"]').fill('三十岁以上人员核实');
  await pick('检查对象', '家庭成员（');
  await page.locator('textarea').first().fill('agee > 70');
  await page.getByText('没有字段“agee”').first().waitFor();
  await shot('quality-editor-fault');
  await page.locator('textarea').first().fill('age > 30');
  await page.getByText('写法正确').first().waitFor();
  await page.locator('textarea').nth(1).fill('{name}登记为 {age}，请核实。');
  await pick('定位字段', 'birth_date');
  const draft = await page.evaluate(async (region) => {
    const all = await fetch('/api/v1/quality/vocabulary').then((r) => r.json());
    return { views: all.views.length, region: `${region}000000` };
  }, county);
  want(draft.views >= 10, `only ${draft.views} views are offered`);
  await page.getByRole('button', { name: '提交发布' }).click();
  await page.getByText('已提交').first().waitFor();
  // who wrote it may not release it
  await page.getByRole('button', { name: '发布', exact: true }).first().click();
  await page.locator('.t-dialog:visible').getByRole('button', { name: '发布', exact: true }).click();
  await page.getByText('须由另一人发布').first().waitFor();
  await shot('quality-two-persons');
  await page.context().clearCookies();

  await signIn('shengshen');
  await page.goto(`${base}/quality/rules`);
  await page.locator('input[placeholder^="按规则号查"]').fill(ID);
  await page.getByRole('button', { name: '查看版本' }).click();
  await page.getByRole('button', { name: '发布', exact: true }).first().click();
  await page.locator('.t-dialog:visible').getByRole('button', { name: '发布', exact: true }).click();
  await page.getByText('已发布').first().waitFor();
  await page.context().clearCookies();

  await signIn('xianji');
  await page.goto(`${base}/quality`);
  await page.getByRole('button', { name: '立即检查' }).click();
  let found = 0;
  for (let n = 0; n < 120 && !found; n += 1) {
    await page.waitForTimeout(500);
    found = (await api(`/quality/finding?rule_id=${ID}&limit=5`)).items.length;
  }
  want(found > 0, 'the county sees no finding of the new rule');
  await page.goto(`${base}/quality`);
  await page.getByText('按规则').first().waitFor();
  await shot('quality-overview');
  await page.goto(`${base}/data/quality/finding?rule_id=${ID}`);
  await page.locator('table tbody tr').first().waitFor();
  await shot('quality-findings');
  await page.context().clearCookies();

  await signIn('shengshen');
  await page.goto(`${base}/quality/rules`);
  await page.locator('input[placeholder^="规则号、名称"]').fill(ID);
  await page.getByRole('button', { name: ID }).first().click();
  await page.getByRole('button', { name: '回退' }).click();
  await page.locator('.t-dialog:visible').getByRole('button', { name: '回退' }).click();
  await page.getByText('已回退').first().waitFor();
}

export const quality = { 'a rule goes from the province to a county and back': ruleOfTheDesk };
