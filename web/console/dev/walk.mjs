/** Walks through the things a person does, against the stand-in, and takes pictures: node dev/walk.mjs <base url> <folder> */
import { mkdirSync, writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const [base = 'http://127.0.0.1:4173', out = '/tmp/walk'] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
const page = await browser.newPage({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN' });
const troubles = [];
page.on('pageerror', (e) => troubles.push(e.message));
page.on('console', (m) => m.type() === 'warning' && troubles.push(m.text()));
page.on('console', (m) => m.type() === 'error' && !/status of 4/.test(m.text()) && troubles.push(m.text()));
const shot = async (name) => {
  await page.waitForTimeout(600);
  await page.screenshot({ path: `${out}/${name}.png` });
};
const step = async (name, work) => {
  try {
    await work();
  } catch (e) {
    troubles.push(`${name}: ${String(e.message).split('\n')[0]}`);
  }
  await shot(name);
};
const signIn = async (login, password) => {
  await page.goto(`${base}/sign-in`);
  await page.fill('input[autocomplete=username]', login);
  await page.fill('input[autocomplete=current-password]', password);
  await page.click('button[type=submit]');
};
page.setDefaultTimeout(5000);
await step('01-wrong', () => signIn('xianlin', 'wrong'));
await step('02-locked', () => signIn('locked', 'x'));
await step('03-factor', () => signIn('factor', 'right'));
await step('04-first', () => signIn('first', 'right'));
await step('05-bind', async () => {
  await page.fill('input[placeholder=当前密码]', 'right');
  await page.fill('input[placeholder=新密码]', 'Ganzhou-2026-ok');
  await page.fill('input[placeholder=再输入一次新密码]', 'Ganzhou-2026-ok');
  await page.click('button[type=submit]');
  await page.waitForSelector('.qr img');
});
await step('06-recovery', async () => {
  await page.fill('input[placeholder=本次动态码]', '123456');
  await page.fill('input[placeholder=下一次动态码]', '654321');
  await page.click('button[type=submit]');
});
await step('07-in', async () => {
  await page.click('input[type=checkbox]');
  await page.click('text=进入系统');
  await page.waitForSelector('.hello');
});
await step('08-search', async () => {
  await page.keyboard.press('/');
  await page.keyboard.type('张建');
  await page.waitForSelector('.hits li b');
});
await step('09-help', async () => {
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
});
await step('10-region', async () => {
  await page.goto(`${base}/data/registry/household`);
  await page.click('.filters .item:first-child input');
  await page.waitForSelector('.t-tree__item');
});
await step('11-filter', async () => {
  await page.click('.t-tree__label >> text=扬子洲镇');
  await page.click('text=更多筛选');
  await page.click('.filters .item:has-text("户类型") .t-input');
  await page.click('.t-select-option >> text=脱贫户');
  await page.keyboard.press('Escape');
  await page.click('h1');
});
await step('12-columns', () => page.click('button:has-text("列")'));
await step('13-keys', async () => {
  await page.click('h1');
  for (const k of ['j', 'j', 'j', 'x']) await page.keyboard.press(k);
});
await step('14-import', async () => {
  await page.click('button:has-text("导入")');
  writeFileSync('/tmp/in.xlsx', 'x');
  await page.setInputFiles('.drop input', '/tmp/in.xlsx');
});
await step('15-imported', async () => {
  await page.click('button:has-text("开始导入")');
  await page.waitForSelector('text=撤销导入', { timeout: 15000 });
});
await step('16-required', async () => {
  await page.goto(`${base}/data/registry/household/new`);
  await page.click('button:has-text("保存")');
});
await step('17-leave', async () => {
  await page.fill('#f-head_name', '测试');
  await page.click('.side >> text=家庭成员');
});
await step('18-conflict', async () => {
  await page.goto(`${base}/data/registry/household/h1/edit`);
  await page.fill('[data-field=hukou_count] input', '5');
  await page.fill('[data-field=income_pop] input', '5');
  await page.click('button:has-text("保存")');
  await page.waitForSelector('text=双方都改');
});
await step('19-merged', () => page.click('text=按选择合并保存'));
await step('20-unmask', async () => {
  await page.goto(`${base}/data/registry/household/h0`);
  await page.click('button:has-text("查看明文")');
  await page.fill('textarea', '核对一卡通发放');
});
await step('21-plain', () => page.click('.t-dialog button:has-text("查看")'));
await step('22-children', () => page.click('.t-tabs__nav-item >> text=家庭成员'));
await step('23-history', () => page.click('.t-tabs__nav-item >> text=变更日志'));
await step('24-flow', async () => {
  await page.goto(`${base}/data/relapse/clue/c1`);
  await page.click('button:has-text("提交核实结果")');
});
await step('25-drill', async () => {
  await page.goto(`${base}/reports/T01?region=360000000000`);
  await page.click('text=南昌市');
});
await step('26-map', async () => {
  await page.goto(`${base}/reports/T01?region=360100000000&view=map`);
});
await step('27-definition', async () => {
  await page.goto(`${base}/reports/T01`);
  await page.click('text=口径');
});
await step('28-jobs', async () => {
  await page.goto(`${base}/`);
  await page.click('[aria-label=我的任务]');
});
await step('29-user', async () => {
  await page.goto(`${base}/admin/users`);
  await page.click('text=万晓燕');
  await page.click('button:has-text("重置密码")');
  await page.click('.t-dialog button:has-text("重置密码")');
});
await step('30-lock', async () => {
  await page.goto(`${base}/`);
  await page.click('[aria-label=锁屏]');
});
await step('31-print', async () => {
  await page.fill('.lock input', 'right');
  await page.click('.lock button[type=submit]');
  await page.goto(`${base}/reports/T01?region=360000000000`);
  await page.waitForTimeout(800);
  await page.emulateMedia({ media: 'print' });
});
await browser.close();
process.stdout.write(`${[...new Set(troubles)].join('\n') || 'no troubles'}\n`);
