/** What people come for, one function a journey. A failing expectation throws. */
import { cardOf } from '../../mini/journeys/card.mjs';

function want(condition, text) {
  if (!condition) throw new Error(text);
}
const api = (page, path) => page.evaluate((p) => fetch(`/api/v1${p}`).then(async (r) => ({ status: r.status, body: await r.json().catch(() => null) })), path);

/** Each level signs in and reads its own regions on the first screen. */
async function fiveLevels({ page, signIn, shot }) {
  let above = Infinity;
  for (const login of ['shengji', 'shiji', 'xianji', 'xiangzhen', 'cunji']) {
    await signIn(login);
    await page.getByText('辖区农户').first().waitFor();
    const { body } = await api(page, '/home');
    const households = body.cards[0].value;
    want(households > 0 && households <= above, `${login} sees ${households} households, the level above ${above}`);
    above = households;
    await shot(`today-${login}`);
    await page.context().clearCookies();
  }
}

/** The province drills from the table to a city's counties; the total equals the sum of the rows. */
async function figures({ page, base, signIn, shot }) {
  await signIn('shengji');
  await page.goto(`${base}/reports/registry.overview`);
  await page.getByText('南昌市').first().waitFor();
  const { body } = await api(page, '/reports/registry.overview');
  const sum = body.rows.reduce((n, r) => n + (r.values.households ?? 0), 0);
  want(sum === body.total.values.households, `rows add up to ${sum}, total says ${body.total.values.households}`);
  await shot('report-province');
  await page.getByText('南昌市').first().click();
  await page.getByText('东湖区').first().waitFor();
  await shot('report-city');
}

/** A county officer opens the ledger and one household's whole file; identity numbers are masked. */
async function household({ page, base, signIn, shot }) {
  await signIn('xianji');
  await page.goto(`${base}/data/registry/household`);
  await page.locator('table tbody tr').first().waitFor();
  await shot('ledger-household');
  const { body } = await api(page, '/registry/household?limit=1');
  const row = body.items[0];
  want(/^\d{6}\*{8}\w{4}$/.test(row.head_id_no), 'the identity number of the head is masked');
  await page.goto(`${base}/household/${row.id}`);
  await page.getByText(row.head_name).first().waitFor();
  await shot('household-file');
}

/** What lies in a neighbour county does not exist. */
async function neighbour({ page, signIn }) {
  await signIn('xianji');
  const { body } = await api(page, '/registry/household?limit=1');
  const { id } = body.items[0];
  await page.context().clearCookies();
  await signIn('linxian');
  want((await api(page, `/registry/household/${id}`)).status === 404, 'a neighbour county reads the household');
  want((await api(page, `/registry/household/${id}/history`)).status === 404, 'a neighbour county reads its history');
}

/** A village photographs a card into the form of a new member; what was read stands in the form, a person looks it over. */
async function card({ page, base, signIn, shot }) {
  await signIn('cunji');
  const { number, name, card: picture } = await cardOf(page.context());
  await page.bringToFront();
  const household = (await api(page, '/registry/household?limit=1')).body.items[0];
  await page.goto(`${base}/data/registry/member/new?household_id=${household.id}`);
  await page.locator('input[aria-label="身份证人像面照片"]').setInputFiles([{ name: 'card.jpg', mimeType: 'image/jpeg', buffer: picture }]);
  await page.getByText(number).first().waitFor({ timeout: 60_000 });
  await shot('scan-card');
  await page.getByRole('button', { name: '填入表单' }).click();
  want((await page.locator('#f-id_no').inputValue()) === number, 'the number stands in the form');
  want((await page.locator('#f-name').inputValue()) === name, 'the name stands in the form');
}

/** The three administrators: accounts, permissions, audit trail; none of them reads households. */
async function administrators({ page, base, signIn, shot }) {
  await signIn('sysadmin');
  await page.goto(`${base}/admin/users`);
  await page.getByText('xianji').first().waitFor();
  await shot('users');
  want((await api(page, '/registry/household?limit=1')).status === 403, 'the system administrator reads households');
  await page.context().clearCookies();
  await signIn('auditor');
  await page.goto(`${base}/audit`);
  await page.locator('table tbody tr').first().waitFor();
  await shot('audit');
}

/** A wrong password answers with one sentence and no hint. */
async function wrongPassword({ page, base, shot }) {
  await page.goto(`${base}/sign-in`);
  await page.fill('input[autocomplete=username]', 'nobody-here');
  await page.fill('input[autocomplete=current-password]', 'not the password 1A');
  await page.click('button[type=submit]');
  await page.getByText('账号或口令错误').first().waitFor();
  await shot('sign-in-refused');
}

export const journeys = {
  'each of five levels signs in and sees its own regions': fiveLevels,
  'the province reads a table and drills down': figures,
  'a county officer opens the ledger and one household': household,
  'a neighbour county sees nothing': neighbour,
  'a village photographs a card into the form of a member': card,
  'administrators administer and read no households': administrators,
  'a wrong password is refused': wrongPassword,
};
