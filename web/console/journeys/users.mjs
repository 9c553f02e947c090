/** What an administrator does to an account: the binding of a lost telephone is taken off, with a reason. */
import { Person } from '../../mini/journeys/plant.mjs';

function want(condition, text) {
  if (!condition) throw new Error(text);
}

/** A cadre's telephone is lost: the administrator takes its WeChat off, says why, and its session is over. */
async function lostTelephone({ page, base, password, platform, signIn, shot }) {
  const cadre = await Person.signIn(base, 'cunji', password);
  const { code } = await fetch(`${platform()}/peer/lost/code`, { method: 'POST' }).then((r) => r.json());
  await cadre.post('/me/wechat', { js_code: code, password });
  await signIn('sysadmin');
  await page.goto(`${base}/admin/users`);
  await page.getByPlaceholder('姓名、登录名').fill('cunji');
  await page.keyboard.press('Enter');
  const line = page.locator('table tbody tr', { hasText: 'cunji' });
  await line.getByText('已绑定').waitFor();
  await line.click();
  await page.getByRole('button', { name: '解除微信绑定' }).click();
  const dialog = page.locator('.t-dialog:visible', { hasText: '用于手机遗失' });
  const sure = dialog.getByRole('button', { name: '解除微信绑定' });
  want(await sure.isDisabled(), 'no reason is needed');
  await dialog.locator('textarea').fill('本人报告手机遗失，已电话核实');
  await page.waitForTimeout(300);
  await shot('users-wechat-unbind');
  await sure.click();
  await page.getByText('已解除微信绑定').first().waitFor();
  await page.getByRole('button', { name: '解除微信绑定' }).waitFor({ state: 'detached' });
  await line.getByText('已绑定').waitFor({ state: 'detached' });
  want(await cadre.get('/me').then(() => false, (e) => / 401 /.test(e.message)), 'the lost telephone is still signed in');
}

export const users = { 'a lost telephone is taken off an account, with a reason': lostTelephone };
