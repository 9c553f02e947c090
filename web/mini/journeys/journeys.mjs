/** What people do with the telephone, one function a journey. A failing expectation throws. */
import { deflateSync } from 'node:zlib';
import { cardOf } from './card.mjs';
import { killed } from './killed.mjs';
import { others } from './others.mjs';
import { many } from './plant.mjs';

function want(condition, text) {
  if (!condition) throw new Error(text);
}
/** A picture as a camera gives it: PNG of 1600 × 1200 with bands of colour. */
function photo(seed = 1) {
  const [w, h] = [1600, 1200];
  const raw = Buffer.alloc((w * 3 + 1) * h);
  for (let y = 0; y < h; y += 1) for (let x = 0; x < w; x += 1) {
    const at = y * (w * 3 + 1) + 1 + x * 3;
    raw[at] = (x * seed) >> 3;
    raw[at + 1] = (y * seed) >> 2;
    raw[at + 2] = 120;
  }
  const crcTable = [...Array(256).keys()].map((n) => {
    let c = n;
    for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const crc = (b) => {
    let c = 0xffffffff;
    for (const x of b) c = crcTable[(c ^ x) & 255] ^ (c >>> 8);
    return (c ^ 0xffffffff) >>> 0;
  };
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc(body), body.length + 4);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(w, 0);
  head.writeUInt32BE(h, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head), chunk('IDAT', deflateSync(raw, { level: 1 })), chunk('IEND', Buffer.alloc(0))]);
}

async function signIn(kit, login = 'cunji') {
  const { page, base, password } = kit;
  await page.goto(`${base}/m/#/pages/sign-in/sign-in`);
  await page.locator('input').first().fill(login);
  await page.locator('input[type=password]').fill(password);
  await press(page, '登录');
  await page.getByText('今日待办').first().waitFor();
}
/** A large button: what is drawn over it is part of it. */
const press = (page, text) => page.locator('uni-button:visible', { hasText: text }).last().click();
const field = (page, name) => page.locator(`[data-field="${name}"]`).last();
const say = (page, name, text) => field(page, name).locator('input, textarea').first().fill(text);
const pick = (page, name, label) => field(page, name).getByText(label, { exact: true }).first().click();
async function choose(page, name, label) {
  await field(page, name).locator('.input').first().click();
  const option = page.locator('[role=option]:visible', { hasText: label });
  await page.waitForTimeout(400); // the sheet has risen
  await option.first().click();
  await option.first().waitFor({ state: 'hidden' });
}
const step = (page, name) => page.locator(`[data-step="${name}"]`).last().click();

async function takePhotos(page, name, n) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), field(page, name).getByText('＋ 拍照').click()]);
  await chooser.setFiles([...Array(n).keys()].map((i) => ({ name: `p${i}.png`, mimeType: 'image/png', buffer: photo(i + 1) })));
  await field(page, name).locator('.pic').nth(n - 1).waitFor({ timeout: 30_000 });
}
/** A name written by a finger. */
async function sign(kit, name) {
  const { page, context } = kit;
  const f = field(page, name);
  await f.locator('uni-button').last().click();
  const pad = f.locator('uni-canvas, canvas').first();
  await pad.waitFor();
  await page.waitForTimeout(150);
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  const cdp = await context.newCDPSession(page);
  const at = (i) => [{ x: box.x + 40 + i * 12, y: box.y + 60 + (i % 4) * 22 }];
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(0) });
  for (let i = 1; i < 16; i += 1) await cdp.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(i) });
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await cdp.detach();
  await f.locator('uni-button', { hasText: '签好了' }).click();
  await f.locator('uni-image, img').first().waitFor();
}

async function openVisit(kit, clue) {
  const { page, base } = kit;
  await page.goto(`${base}/m/#/visit/task?dataset=relapse.clue&id=${clue.id}`);
  await press(page, '开始核查');
  await field(page, 'met_person').waitFor();
}
/** Everything that the form asks, as a cadre does it. */
async function fillVisit(kit) {
  const { page } = kit;
  await step(page, 'who');
  await say(page, 'distance_note', '在村委会集中填表');
  await step(page, 'family');
  await pick(page, 'members_ok', '是');
  await step(page, 'expense');
  await press(page, '＋ 添加一笔支出');
  await choose(page, 'kind', '医疗');
  await say(page, 'total', '26380');
  await say(page, 'reimbursed', '10000');
  await page.waitForTimeout(600); // what is typed arrives in strokes
  const paid = await field(page, 'self_pay').locator('input').inputValue();
  want(Number(paid) === 16380, `合规自付 is reckoned: ${paid}`);
  await press(page, '完成');
  await step(page, 'security');
  for (const f of ['food_ok', 'clothes_ok']) await pick(page, f, '是');
  for (const f of ['edu_problem', 'house_problem', 'med_problem', 'water_problem']) await pick(page, f, '否');
  await step(page, 'assets');
  await pick(page, 'no_obligor', '是');
  await step(page, 'result');
  await pick(page, 'self_cope', '不能');
  await pick(page, 'risk_confirmed', '是');
  await choose(page, 'risk_types', '病').catch(async () => field(page, 'risk_types').locator('.chip').first().click());
  if (await page.locator('uni-button:visible', { hasText: '选好了' }).count()) await press(page, '选好了');
  await pick(page, 'suggest', '建议纳入');
  await say(page, 'suggest_text', '户主住院自付较高，家庭难以承担，建议纳入监测。');
  await step(page, 'sign');
  await takePhotos(page, 'photos', 3);
  await press(page, '＋ 添加核查人');
  await choose(page, 'user_id', '乡镇');
  await press(page, '完成');
  await sign(kit, 'householder_sign');
  await sign(kit, 'verifier_sign');
}

/** The whole visit with signal: from the list to the township's desk. */
async function online(kit) {
  const { page, world, shot } = kit;
  await signIn(kit);
  await page.getByText(world.clues[0].household.head_name).first().waitFor();
  await shot('today');
  const clue = world.clues[0];
  await page.goto(`${kit.base}/m/#/visit/task?dataset=relapse.clue&id=${clue.id}`);
  await page.getByText('导航到户').waitFor();
  await shot('task');
  await openVisit(kit, clue);
  await shot('visit-who');
  await step(page, 'income');
  await page.getByText('人均参考收入').waitFor();
  await shot('visit-income');
  await fillVisit(kit);
  await shot('visit-sign');
  await step(page, 'result');
  await shot('visit-result');
  await step(page, 'sign');
  await press(page, '提交核查');
  await page.getByText('已发送').first().waitFor({ timeout: 40_000 });
  await shot('outbox-sent');
  const row = await world.town.get(`/relapse/clue/${clue.id}`);
  want(row.state === '40', `the clue waits for review, is at ${row.state}`);
  const [form] = (await world.town.get(`/relapse/verify_form?clue_id=${clue.id}`)).items;
  const files = (await world.town.get(`/relapse/verify_form/${form.id}/attachments`)).items;
  want(files.filter((f) => f.field === 'photos').length === 3 && files.length === 5, `three photographs and two signatures, found ${files.length}`);
  want(files.filter((f) => f.field === 'photos').every((f) => f.mime === 'image/jpeg' && f.size < 900_000), 'photographs are compressed on the telephone');
  const verifiers = (await world.town.get(`/relapse/verify_verifier?form_id=${form.id}`)).items;
  want(verifiers.length === 2, `two verifiers, found ${verifiers.length}`);
  const [burden] = (await world.town.get(`/relapse/visit_burden?form_id=${form.id}`)).items;
  want(burden.filled_count > 5 && burden.typed_count > 5 && burden.minutes >= 1, `the burden is metered: ${JSON.stringify(burden)}`);
  const period = await world.town.get(`/registry/income_period/${form.income_id}`);
  want(period.self_pay === 1638000, `the expense is in the income sheet: ${period.self_pay}`);
}

/** The whole visit without signal: packs taken along, the browser killed twice, sent when the signal is back. */
async function offline(kit) {
  const { world, shot, base } = kit;
  await signIn(kit);
  await press(kit.page, '下载任务包');
  await kit.page.getByText('任务包已全部下载').waitFor({ timeout: 30_000 });
  await kit.page.waitForFunction(() => navigator.serviceWorker.ready.then(() => true));
  await kit.page.waitForTimeout(800);
  const clue = world.clues[1];
  await kit.context.setOffline(true);
  await openVisit(kit, clue);
  await say(kit.page, 'met_person', '受访人甲');
  await shot('offline-visit');
  await kit.page.waitForTimeout(300);
  let page = await kit.kill();
  await kit.context.setOffline(true);
  await page.goto(`${base}/m/#/visit/form?clue=${clue.id}`);
  await field(page, 'met_person').waitFor();
  want((await field(page, 'met_person').locator('input').inputValue()) === '受访人甲', 'what was typed before the browser died is there');
  await fillVisit(kit);
  await press(page, '提交核查');
  await page.getByText('待发送').first().waitFor();
  await shot('outbox-waiting');
  page = await kit.kill();
  await kit.context.setOffline(true);
  await page.goto(`${base}/m/#/pages/outbox/outbox`);
  await page.getByText('待发送').first().waitFor();
  // the township wrote something else into the household meanwhile; nothing of it is lost
  await kit.context.setOffline(false);
  // the session died with the browser: who signs in again sends what waits
  await page.getByText('登录已过期，重新登录后发出').waitFor({ timeout: 30_000 });
  await signIn(kit);
  await page.goto(`${base}/m/#/pages/outbox/outbox`);
  await page.getByText('已发送').first().waitFor({ timeout: 180_000 });
  const row = await world.town.get(`/relapse/clue/${clue.id}`);
  want(row.state === '40', `the clue waits for review, is at ${row.state}`);
  const forms = (await world.town.get(`/relapse/verify_form?clue_id=${clue.id}`)).items;
  want(forms.length === 1 && forms[0].met_person === '受访人甲', 'one form with what was typed');
  const files = (await world.town.get(`/relapse/verify_form/${forms[0].id}/attachments`)).items;
  want(files.length === 5, `five pictures, found ${files.length}`);
}

/** Sent back for more, taken up again, changed by somebody else meanwhile: the conflict is shown and decided. */
async function returned(kit) {
  const { page, world, shot, base } = kit;
  const clue = world.clues[0];
  await world.town.post(`/relapse/clue/${clue.id}/transitions/return_to_village`, { opinion: '请补充自付票据' });
  await signIn(kit);
  await page.goto(`${base}/m/#/more/messages`);
  await page.getByText('请补充自付票据').first().waitFor();
  await shot('messages');
  await page.goto(`${base}/m/#/visit/task?dataset=relapse.clue&id=${clue.id}`);
  await press(page, '补充核查');
  await step(page, 'result');
  await say(page, 'suggest_text', '已补充票据：自付一万六千余元，建议纳入监测。');
  const [form] = (await world.town.get(`/relapse/verify_form?clue_id=${clue.id}`)).items;
  await world.town.call('PATCH', `/relapse/verify_form/${form.id}`, { row_version: form.row_version, suggest_text: '乡镇代为补充的说明，请核对是否属实。', labor_count: 2 });
  await step(page, 'sign');
  await press(page, '提交核查');
  await page.getByText('需要处理').first().waitFor({ timeout: 30_000 });
  await page.getByText('他人也修改了同一项').first().waitFor();
  await press(page, '去处理');
  await page.getByText('系统现有').first().waitFor();
  await shot('conflict');
  await page.getByText('我填的').first().click();
  await press(page, '按以上选择继续提交');
  await page.getByText('已发送').first().waitFor({ timeout: 30_000 });
  const after = await world.town.get(`/relapse/verify_form/${form.id}`);
  want(after.suggest_text.startsWith('已补充票据') && after.labor_count === 2, 'my text and their number both stand');
  want((await world.town.get(`/relapse/clue/${clue.id}`)).state === '40', 'the supplement is handed in');
  // and taken back before the review
  await page.goto(`${base}/m/#/visit/task?dataset=relapse.clue&id=${clue.id}&again=1`);
  await press(page, '撤回核查');
  await page.locator('.sheet:visible textarea').fill('还要补拍一张照片');
  await press(page, '确定');
  await page.getByText('继续核查').or(page.getByText('开始核查')).first().waitFor();
  want((await world.town.get(`/relapse/clue/${clue.id}`)).state === '30', 'the village took it back');
}

/** A household without an account asks for help and hears back. */
async function selfReport(kit) {
  const { page, base, shot, world } = kit;
  await page.goto(`${base}/m/#/more/apply`);
  await page.getByText('提交申报').waitFor();
  await say(page, 'applicant_name', '王某某');
  await say(page, 'applicant_id_no', '360199198001010012');
  await say(page, 'applicant_phone', '19900001234');
  await say(page, 'head_name', '王某某');
  await choose(page, 'relation', '户主');
  await field(page, 'apply_region').locator('.input').click();
  for (const code of [4, 6, 9, 12]) {
    const name = await world.province.get(`/regions/${world.clues[0].household.region_code.slice(0, code).padEnd(12, '0')}`);
    await page.locator('.sheet:visible').last().getByText(name.name, { exact: true }).first().click();
  }
  await field(page, 'risk_types').locator('.chip, .input').first().click();
  if (await page.locator('uni-button:visible', { hasText: '选好了' }).count()) {
    await page.locator('.sheet:visible .item').first().click();
    await press(page, '选好了');
  }
  await say(page, 'difficulty_text', '家中老人住院花费较大，收入减少。');
  await page.getByText('本人承诺所填情况属实').click();
  await page.getByText('同意授权有关部门').click();
  await shot('apply');
  await press(page, '提交申报');
  await page.locator('[data-receipt]').waitFor();
  const receipt = (await page.locator('[data-receipt]').textContent()).trim();
  want(/^SB\d{8}[2-9A-Z]{8}$/.test(receipt), `a receipt: ${receipt}`);
  await shot('apply-receipt');
  await page.getByRole('tab', { name: '查询进度' }).click();
  await page.locator('input').first().fill(receipt);
  await page.locator('input').nth(1).fill('19900001234');
  await press(page, '查询');
  await page.getByText('待受理').waitFor();
  const rows = (await world.town.get(`/relapse/self_apply?receipt_no=${receipt}`)).items;
  want(rows.length === 1 && /^\d{6}\*{8}/.test(rows[0].applicant_id_no), 'the township has it, masked');
}

/** A card is photographed: what was read is looked over, a wrong number cannot be used, what is used is the corrected one. */
async function scanned(kit) {
  const { page, base, context, shot } = kit;
  await signIn(kit);
  const { number, card } = await cardOf(context);
  await page.bringToFront();
  await page.goto(`${base}/m/#/more/scan`);
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), press(page, '扫描人像面')]);
  await chooser.setFiles([{ name: 'card.jpg', mimeType: 'image/jpeg', buffer: card }]);
  await page.getByText('核对识别结果').waitFor({ timeout: 60_000 });
  const read = page.locator('[aria-label="识别的证件号码"] input').last();
  want((await read.inputValue()) === number, `the number was read as ${await read.inputValue()}`);
  await page.waitForTimeout(500);
  await shot('scan');
  await read.fill(number.replace('1987', '1978'));
  await page.getByText('证件号码校验不通过').waitFor();
  await read.fill(number);
  await page.getByText('证件号码校验不通过').waitFor({ state: 'hidden' });
  const name = page.locator('[aria-label="识别的姓名"] input').last();
  if ((await name.inputValue()) !== '王文华') await name.fill('王文华');
  await press(page, '使用');
  await page.getByText(number).last().waitFor();
  const log = (await kit.world.county.get('/relapse/ocr_log?limit=5')).items;
  want(log.length > 0 && !JSON.stringify(log).includes(number), 'the reading is written down without the number');
}

/** A thousand tasks on a slow telephone: opened within a second, scrolled without stumbling. Measured on request only. */
async function thousand(kit) {
  const { world, context } = kit;
  await many(world, 1000);
  await signIn(kit);
  const { page } = kit;
  await page.getByText(/今日待办 1\d{3}/).waitFor({ timeout: 60_000 });
  const cdp = await context.newCDPSession(page);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  const times = [];
  for (let i = 0; i < 5; i += 1) {
    await page.goto(`${kit.base}/m/#/pages/me/me`);
    await page.waitForTimeout(400);
    const began = Date.now();
    await page.goto(`${kit.base}/m/#/pages/today/today`);
    await page.locator('.item').first().waitFor();
    times.push(Date.now() - began);
  }
  const reload = Date.now();
  await page.reload();
  await page.locator('.item').first().waitFor();
  const cold = Date.now() - reload;
  const frames = await page.evaluate(() => new Promise((ok) => {
    const gaps = [];
    let last = performance.now();
    let y = 0;
    const tick = (t) => {
      gaps.push(t - last);
      last = t;
      y += 220;
      window.scrollTo(0, y);
      if (y < 60_000) requestAnimationFrame(tick);
      else ok(gaps.slice(1));
    };
    requestAnimationFrame(tick);
  }));
  frames.sort((a, b) => a - b);
  const at = (q) => Math.round(frames[Math.floor(frames.length * q)]);
  process.stdout.write(`      1000 tasks, CPU 4x slower: list shown ${Math.min(...times)}-${Math.max(...times)} ms, page opened anew ${cold} ms, frame while scrolling median ${at(0.5)} ms, 95 % ${at(0.95)} ms\n`);
  want(Math.max(...times) < 1000, `the list opens within a second: ${times}`);
  want(at(0.5) <= 34, `scrolling: ${at(0.5)} ms a frame`);
}

export const journeys = {
  'a whole visit with signal': online,
  'a whole visit without signal, killed twice, sent later': offline,
  'a visit during which the page dies at every step': killed({ want, signIn, press, field, say, pick, choose, step, takePhotos, sign, openVisit }),
  'sent back, changed by both, decided and handed in, then taken back': returned,
  'a card is photographed and what was read is looked over': scanned,
  ...others({ want, signIn, press, field, say, pick, choose, takePhotos, sign }),
  ...(process.env.GANONG_MEASURE ? { 'a thousand tasks on a slow telephone': thousand } : {}),
  'a household applies without an account and asks how it stands': selfReport,
};
