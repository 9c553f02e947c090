/** A version of the model: drafted with a live check, replayed on what batches kept, released by a second person; a county's opinion of a rule. */
import { delivered, want } from './steps.mjs';

async function versions({ page, base, signIn, shot, hospital, sql }) {
  const api = (path) => page.evaluate((p) => fetch(`/api/v1${p}`).then((r) => r.json()), path);
  const as = async (login) => {
    await page.context().clearCookies();
    await signIn(login);
  };
  await signIn('shengji');
  // there is something to replay
  await delivered({ page, base, hospital });
  // some of what it sent out has ended: without outcomes nothing could be expected
  sql(`update relapse.clue set state = case when right(clue_no, 1) = '3' then '79' else '80' end, result = case when right(clue_no, 1) = '3' then '01' else '02' end, finished_at = now() where line = '01' and state in ('10', '20') and right(clue_no, 1) in ('3', '5', '7', '9')`);

  await page.goto(`${base}/model`);
  await page.getByText('随系统安装的参数').first().waitFor();
  await shot('model-01-in-force');
  await page.getByRole('button', { name: '起草新版本' }).click();
  await page.locator('input[placeholder^="修订说明"]').fill('一般农户累计自付阈值由人均可支配收入的 100% 调到 145%');
  await page.getByRole('button', { name: '起草', exact: true }).click();
  await page.getByRole('button', { name: '保存草稿' }).waitFor();
  await page.locator('input[placeholder^="参数名"]').fill('W02');
  const number = page.locator('[aria-label="累计自付阈值占人均可支配收入（一般农户）的值"] input, input[aria-label="累计自付阈值占人均可支配收入（一般农户）的值"]').first();
  await number.fill('1001');
  await number.blur();
  await page.getByText('应在 0 到').first().waitFor();
  await shot('model-02-fault');
  want(await page.getByRole('button', { name: '保存草稿' }).isDisabled(), 'a draft with a fault can be saved');
  await number.fill('145');
  await number.blur();
  await page.getByText('现行 100').first().waitFor();
  await page.getByRole('button', { name: '保存草稿' }).click();
  await page.getByText('已保存').first().waitFor();
  await shot('model-03-draft');
  // without a replay it is not submitted
  await page.getByRole('button', { name: '提交发布' }).click();
  await page.locator('.t-dialog:visible').getByRole('button', { name: '提交发布' }).click();
  await page.getByText('还没有回放').last().waitFor();
  await page.locator('.t-dialog:visible').getByRole('button', { name: '取消' }).click();
  await page.getByRole('button', { name: '回放', exact: true }).click();
  await page.getByText('减少的线索').first().waitFor({ timeout: 240_000 });
  await shot('model-04-replay');
  const draft = (await api('/relapse/model')).versions[0];
  const replayed = (await api(`/relapse/model/${draft.id}`)).replay;
  want(replayed.totals.before > 0 && replayed.totals.lost > 0 && replayed.totals.gained === 0, `a raised threshold loses clues: ${JSON.stringify(replayed.totals)}`);
  await page.getByText('按县', { exact: true }).click();
  await page.getByText('现行派发').first().scrollIntoViewIfNeeded();
  await shot('model-05-counties');
  await page.getByRole('button', { name: '提交发布' }).click();
  await page.locator('.t-dialog:visible').getByRole('button', { name: '提交发布' }).click();
  await page.getByText('待发布').first().waitFor();

  // a second person releases it
  await as('shengshen');
  await page.goto(`${base}/model?version=${draft.id}`);
  await page.getByRole('button', { name: '发布', exact: true }).click();
  await page.locator('.t-dialog:visible').getByRole('button', { name: '发布', exact: true }).click();
  await page.getByText('已发布').first().waitFor();
  want((await api('/relapse/model')).in_force === draft.id, 'the released version is not in force');
  await shot('model-06-released');
  await page.goto(`${base}/model?tab=outcomes`);
  await page.getByText('精准率＝纳入÷办结').first().waitFor();
  await shot('model-07-outcomes');

  // a county sees its own figures and writes an opinion of a rule
  await as('xianji');
  await page.goto(`${base}/model?tab=outcomes`);
  const write = page.getByRole('button', { name: '写意见' }).first();
  await page.getByText('规则精准性').first().waitFor();
  await page.locator('table, .blank').first().waitFor();
  if (await write.count()) {
    await write.click();
    await page.locator('textarea[aria-label="意见内容"], [aria-label="意见内容"] textarea').first().fill('本县住院多在县外，自付偏高，建议按县设阈值。');
    await shot('model-08-opinion');
    await page.getByRole('button', { name: '提交意见' }).click();
    await page.getByText('意见已提交').first().waitFor();
  }
}

export const model = { 'a version of the model is drafted, replayed, released by another and judged by its outcomes': versions };
