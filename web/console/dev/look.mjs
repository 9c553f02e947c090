/** Takes pictures of pages: node dev/look.mjs <base url> <folder> [login] [password] [only] */
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';

const [base = 'http://127.0.0.1:4173', out = '/tmp/looks', login = 'xianlin', password = 'right', only = ''] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
const page = await browser.newPage({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN' });
const troubles = [];
page.on('console', (m) => ['error', 'warning'].includes(m.type()) && troubles.push(`${page.url()} ${m.text().slice(0, 300)}`));
page.on('pageerror', (e) => troubles.push(`${page.url()} ${e.message}`));
page.on('request', (r) => !r.url().startsWith(base) && !/^(data|blob):/.test(r.url()) && troubles.push(`outside request ${r.url()}`));
page.on('response', (r) => r.status() >= 400 && !(r.status() === 401 && r.url().endsWith('/me')) && troubles.push(`${r.status()} ${r.request().method()} ${r.url()}`));
const shot = async (name) => {
  await page.waitForTimeout(700);
  await page.screenshot({ path: `${out}/${name}.png` });
};
await page.goto(`${base}/sign-in`);
await shot('sign-in');
if (page.url().includes('/sign-in')) {
  await page.fill('input[autocomplete=username]', login);
  await page.fill('input[autocomplete=current-password]', password);
  await page.click('button[type=submit]');
  await page.waitForURL((u) => !u.pathname.startsWith('/sign-in'));
}
const pages = (process.env.PAGES ?? '/ /data/registry/household /data/registry/household/new /data/registry/household/h0 /data/registry/household/h1/edit /data/relapse/clue /data/relapse/clue/c1 /household /household/h0 /household/h0?tab=收入 /reports /reports/T01 /reports/T01?view=map&region=360000000000 /reports/T01?view=chart /sync /sync/TB20261123 /admin/users /admin/roles /admin/ip-rules /audit /profile /jobs /nowhere').split(' ');
for (const p of pages) {
  if (only && !p.includes(only)) continue;
  await page.goto(base + p);
  await shot((p.replace(/[^a-zA-Z0-9\u4e00-\u9fff]+/g, '_') || 'root').replace(/^_$/, 'today'));
}
await page.evaluate(() => document.documentElement.setAttribute('theme-mode', 'dark'));
if (!only) for (const p of ['/', pages[1] ?? '/']) {
  await page.evaluate(() => localStorage.setItem('ganong.theme', '"dark"'));
  await page.goto(base + p);
  await shot(`dark_${p.replace(/[^a-z]+/g, '_')}`);
}
await browser.close();
process.stdout.write(`${[...new Set(troubles)].join('\n') || 'no troubles'}\n`);
