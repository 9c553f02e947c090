/** 高级查询: conditions are put together, counted, listed, shared; the result becomes tasks of the villages, a file and a template. */
function want(condition, text) {
  if (!condition) throw new Error(text);
}

async function queryToTasks({ page, base, signIn, shot }) {
  const dialog = page.locator('.t-dialog:visible');
  const api = (path) => page.evaluate((p) => fetch(`/api/v1${p}`).then((r) => r.json()), path);
  const pick = async (scope, name, ...options) => {
    await scope.locator(`[aria-label="${name}"]`).last().click();
    for (const o of options) await page.locator('.t-select__dropdown:visible .t-select-option', { hasText: o }).first().click();
    // Escape would close the dialog with the list
    if (scope === dialog) await dialog.locator('.t-dialog__header').click();
    else await page.keyboard.press('Escape');
  };
  await signIn('xianji');
  await page.goto(`${base}/query`);
  const builder = page.locator('fieldset.group').first();
  await builder.waitFor();

  // a condition on the household, by keyboard alone: the button has the focus, the field is typed
  await builder.getByRole('button', { name: '条件', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.locator('[aria-label="字段"] input').last().focus();
  await page.keyboard.press('Enter');
  await page.keyboard.type('户类型');
  await page.locator('.t-select__dropdown:visible .t-select-option', { hasText: '户类型' }).first().click();
  await pick(builder, '取值', '一般农户');
  // and one on the rows that hang on it
  await builder.getByRole('button', { name: '关联记录' }).last().click();
  await pick(builder, '关联记录', '家庭成员');
  const inner = builder.locator('fieldset.group').last();
  await inner.getByRole('button', { name: '条件', exact: true }).click();
  await inner.locator('[aria-label="字段"]').last().click();
  await page.locator('.t-select__dropdown:visible .t-select-option', { hasText: '劳动技能' }).first().click();
  await pick(inner, '取值', '丧失劳动力', '无劳动力');
  await page.getByRole('button', { name: '只看户数' }).click();
  await page.getByText(/共 [\d,]+ 户/).first().waitFor();
  await shot('query-builder');

  await page.keyboard.press('Control+Enter');
  await page.locator('table tbody tr').first().waitFor();
  const counted = Number((await page.locator('.card-head [role=status]').innerText()).replace(/^.*?共 ([\d,]+) 户.*$/s, '$1').replaceAll(',', ''));
  want(counted > 0, 'nobody is found');
  await shot('query-list');

  // kept and shared with the villages
  await page.getByRole('button', { name: '保存', exact: true }).click();
  await dialog.locator('input[aria-label="名称"], [aria-label="名称"] input').first().fill('无劳动力一般农户');
  await dialog.getByText('共享（各人按自己的辖区').click();
  await pick(dialog, '层级', '村级');
  await shot('query-share');
  await dialog.getByRole('button', { name: '保存', exact: true }).click();
  await page.locator('aside').getByText('无劳动力一般农户').waitFor();

  // tasks, by the count that was shown
  await page.getByRole('button', { name: '转任务' }).click();
  await dialog.getByText('个村').waitFor();
  const input = (name) => dialog.locator(`input[aria-label="${name}"], [aria-label="${name}"] input`).first();
  await input('任务名称').fill('无劳动力户走访');
  await pick(dialog, '重点人群', '');
  await input('排查范围').fill('一般农户中有丧失或无劳动力成员的');
  await dialog.locator('.t-range-input input').first().click();
  const cells = page.locator('.t-date-range-picker__panel:visible .t-date-picker__cell:not(.t-date-picker__cell--additional):not(.t-date-picker__cell--disabled)');
  await page.locator('.t-date-picker__cell--now').first().click();
  await cells.last().click();
  await shot('query-tasks');
  await dialog.getByRole('button', { name: /确认下达/ }).click();
  await dialog.getByText('已下达任务').waitFor({ timeout: 60_000 });
  await dialog.getByRole('button', { name: '关闭' }).click();
  const targets = await api('/relapse/patrol_target?state=01&count=true&limit=1');
  want(targets.count === counted, `${counted} were found, ${targets.count} stand in lists`);

  // a template, run at once
  await page.getByRole('button', { name: '设为提取模板' }).click();
  await input('模板名称').fill('每周无劳动力户');
  await pick(dialog, '多久一次', '每周');
  await shot('query-template');
  await dialog.getByRole('button', { name: '保存模板' }).click();
  await page.waitForURL((u) => u.pathname === '/query/extracts');
  await page.getByText('每周一 02:30').waitFor();
  await page.getByRole('button', { name: '立即提取' }).click();
  await page.getByText('完成', { exact: true }).first().waitFor({ timeout: 60_000 });
  await page.getByRole('link', { name: '下载' }).first().waitFor();
  await shot('query-runs');
  want((await page.locator('.runs').innerText()).includes(String(counted)), 'the run tells how many rows it has');
  await page.context().clearCookies();

  // the village has its own households before it, and the shared query
  await signIn('cunji');
  const own = (await api('/me')).post.region_code;
  await page.goto(`${base}/data/relapse/patrol_target`);
  await page.locator('.page').first().waitFor();
  await shot('query-village');
  const mine = await api('/relapse/patrol_target?count=true&limit=500');
  want(mine.items.every((r) => r.region_code === own), 'a village sees households of another');
  want((await api('/queries?dataset=registry.household')).items.some((q) => q.name === '无劳动力一般农户'), 'the shared query is not there');
}

export const query = { 'a query becomes tasks, a file and a template': queryToTasks };
