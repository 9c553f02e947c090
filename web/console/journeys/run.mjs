/** Walks the real system as people do: starts the program with a small invented province in a fresh folder and drives Chromium. Ends with `N passed, N failed`. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { journeys } from './journeys.mjs';
import { firstClue } from './clue.mjs';
import { desk } from './desk.mjs';
import { lines } from './lines.mjs';
import { model } from './model.mjs';
import { pending } from './pending.mjs';
import { quality } from './quality.mjs';
import { query } from './query.mjs';
import { toilet } from './toilet.mjs';
import { users } from './users.mjs';
import { yulu } from './yulu.mjs';

// the first clue goes before the others: it counts itself in the figures of the whole province
Object.assign(journeys, { 'a first clue travels from the department to the figure of the province, its household is helped and eliminated': firstClue }, lines, quality, query, pending, toilet, yulu, model, desk, users);

const program = process.env.GANONG_BIN;
if (!program) throw new Error('GANONG_BIN names the program to walk');
const folder = mkdtempSync(join(tmpdir(), 'ganong-journeys-'));
// the database runs under an account of its own, which must reach its folder
chmodSync(folder, 0o755);
const pictures = process.env.GANONG_PICTURES;
if (pictures) mkdirSync(pictures, { recursive: true });

const port = await new Promise((ok) => {
  const s = createServer().listen(0, '127.0.0.1', () => {
    const { port: p } = s.address();
    s.close(() => ok(p));
  });
});
const base = `http://127.0.0.1:${port}`;
const env = { ...process.env, GANONG_DATA: join(folder, 'data') };
delete env.DATABASE_URL;
const server = spawn(program, ['serve', '--demo', '--households', '2000', '--listen', `127.0.0.1:${port}`], { env, stdio: ['ignore', 'pipe', 'pipe'] });
let log = '';
for (const s of [server.stdout, server.stderr]) s.on('data', (d) => (log += d));
const ended = new Promise((ok) => server.on('exit', ok));

async function ready() {
  const until = Date.now() + 120_000;
  while (Date.now() < until) {
    if (server.exitCode !== null) break;
    const ok = await fetch(`${base}/health/ready`).then((r) => r.ok, () => false);
    if (ok) return;
    await new Promise((r) => setTimeout(r, 300));
  }
  throw new Error(`the program did not become ready:\n${log.slice(-3000)}`);
}

/** The department's file, made once for whoever needs it. */
let made = null;
const hospital = () =>
  (made ??= new Promise((ok, bad) => {
    const dir = join(folder, 'batch');
    execFile(program, ['demo-batch', dir, '--households', '2000', '--rows', process.env.GANONG_BATCH_ROWS ?? '200000'], { env }, (e) => (e ? bad(e) : ok(join(dir, readdirSync(dir)[0]))));
  }));
/** Puts what a row went through so many days further into the past: nobody waits five days for a notice. */
const id = (text) => text.replace(/[^0-9a-f-]/g, '');
const sql = (text) => execFileSync('psql', ['-q', '-v', 'ON_ERROR_STOP=1', '-h', join(folder, 'data', 'pg-socket'), '-U', 'ganong', 'ganong', '-c', text]);
const daysPass = (row, days) => {
  const [of, past] = [`where '${id(row)}' in (clue_id::text, elimination_id::text)`, `interval '${Number(days)} days'`];
  sql(`update app.flow_step set at = at - ${past} where row_id = '${id(row)}';
    update relapse.publicity set start_date = start_date - ${Number(days)}, end_date = end_date - ${Number(days)} where id in (select publicity_id from relapse.publicity_case ${of});
    update relapse.publicity_case set created_at = created_at - ${past} ${of}; update relapse.meeting_case set created_at = created_at - ${past} ${of};
    update relapse.review_meeting set meeting_at = meeting_at - ${past}`);
};

/** Where the mini-program's platform of the demonstration listens. */
const platform = () => /微信平台由演示程序代替：(http:\/\/[\d.:]+)/.exec(log)?.[1];

let passed = 0;
let failed = 0;
const only = process.env.GANONG_JOURNEY;
try {
  await ready();
  const password = readFileSync(join(folder, 'data', 'demo-password.txt'), 'utf8').trim();
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
  for (const [name, walk] of Object.entries(journeys).filter(([n]) => !only || n.includes(only))) {
    const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' });
    const page = await context.newPage();
    const troubles = [];
    const begun = Date.now();
    const took = () => `${((Date.now() - begun) / 1000).toFixed(1)} s`;
    page.on('pageerror', (e) => troubles.push(e.message));
    page.on('request', (r) => !r.url().startsWith(base) && !/^(data|blob):/.test(r.url()) && troubles.push(`outside request ${r.url()}`));
    page.on('response', (r) => r.status() >= 500 && troubles.push(`${r.status()} ${r.url()}`));
    const shot = (file, of = page) => (pictures ? of.screenshot({ path: join(pictures, `${file}.png`) }) : Promise.resolve());
    const signIn = async (login) => {
      await page.goto(`${base}/sign-in`);
      await page.fill('input[autocomplete=username]', login);
      await page.fill('input[autocomplete=current-password]', password);
      await page.click('button[type=submit]');
      await page.waitForURL((u) => !u.pathname.startsWith('/sign-in'), { timeout: 15_000 });
    };
    try {
      await walk({ page, base, password, platform, signIn, shot, hospital, daysPass, sql });
      if (troubles.length) throw new Error(troubles.join('\n'));
      passed += 1;
      process.stdout.write(`ok    ${name} (${took()})\n`);
    } catch (e) {
      await shot('failed').catch(() => undefined);
      failed += 1;
      process.stdout.write(`FAIL  ${name} (${took()})\n      ${String(e.message ?? e).replaceAll('\n', '\n      ')}\n`);
    }
    await context.close();
  }
  await browser.close();
} catch (e) {
  failed += 1;
  process.stdout.write(`FAIL  ${String(e.message ?? e)}\n`);
} finally {
  server.kill('SIGTERM');
  await Promise.race([ended, new Promise((r) => setTimeout(r, 15_000))]);
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed ? 1 : 0;
