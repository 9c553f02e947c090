/** Lines that number and name do not settle: one beside its candidates, decided by hand and by keyboard, taken back, put off with a reason. */
import { delivered, want } from './steps.mjs';

async function settle({ page, base, signIn, shot, hospital }) {
  const api = (path) => page.evaluate((p) => fetch(`/api/v1${p}`).then((r) => r.json()), path);
  await signIn('shengji');
  await delivered({ page, base, hospital });
  const before = await api('/relapse/steward');
  want(before.waiting >= 2, `the file leaves lines to a person: ${JSON.stringify(before)}`);
  const sum = async () => {
    const s = await api('/relapse/steward');
    return ['waiting', 'deferred', 'confirmed', 'denied'].map((k) => s[k] - before[k]).join(' ');
  };
  /** The figures above the list are those of the records. */
  const told = async (expected) => {
    const until = Date.now() + 15_000;
    while ((await sum()) !== expected && Date.now() < until) await page.waitForTimeout(200);
    want((await sum()) === expected, `waiting, deferred, confirmed, denied moved by ${await sum()}, not ${expected}`);
  };
  const list = page.locator('section[aria-label="待核的行"] tbody tr');
  const at = () => page.locator('section[aria-label="核定"] .card-head small').innerText();
  const confirm = page.getByRole('button', { name: /确认为此人（1）/ });
  const next = async (then) => {
    const was = await at();
    await then();
    await page.waitForFunction((w) => document.querySelector('section[aria-label="核定"] .card-head small')?.textContent !== w, was);
    await confirm.waitFor();
  };

  // one beside its candidates
  await page.goto(`${base}/matching`);
  await list.first().waitFor();
  await confirm.waitFor();
  await shot('desk-01-line');
  // confirmed, with the next one at hand; taken back, and there again
  const first = await at();
  await next(() => confirm.click());
  await told('-1 0 1 0');
  await page.getByRole('button', { name: /^撤销对/ }).click();
  await page.getByText('已撤销，1 行重新待核').waitFor();
  await told('0 0 0 0');
  await page.waitForFunction((w) => document.querySelector('section[aria-label="核定"] .card-head small')?.textContent === w, first);
  await confirm.waitFor();

  // by keyboard
  await next(() => page.keyboard.press('1'));
  await told('-1 0 1 0');

  // put off, not without a reason
  await page.keyboard.press('l');
  const dialog = page.locator('.t-dialog:visible');
  await dialog.getByRole('button', { name: '暂缓' }).click();
  await dialog.getByText('请写明暂缓的原因').waitFor();
  await shot('desk-02-reason');
  await dialog.locator('textarea').fill('待村里核实是否更名');
  await dialog.getByRole('button', { name: '暂缓' }).click();
  await told('-2 1 1 0');

  // found among those put off, and settled with others at once
  await page.locator('select[aria-label="状态"]').selectOption('true');
  await list.getByText('暂缓：待村里核实是否更名').waitFor();
  await list.locator('input[type=checkbox]').first().check();
  await page.getByRole('button', { name: '所选 1 行都不是' }).click();
  await dialog.getByRole('button', { name: '都不在册' }).click();
  await page.getByText('1 行已核定为不在册').waitFor();
  await told('-2 0 1 1');
  await shot('desk-03-done');
}

export const desk = { 'lines that nothing settles are decided by a person, by hand and by keyboard, and taken back': settle };
