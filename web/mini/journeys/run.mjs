/** Walks the telephone's pages over the real system: a fresh program with an invented province, Chromium at a phone's size. Ends with `N passed, N failed`. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { journeys } from './journeys.mjs';
import { plant } from './plant.mjs';

const program = process.env.GANONG_BIN;
if (!program) throw new Error('GANONG_BIN names the program to walk');
const only = process.env.GANONG_ONLY;
const folder = mkdtempSync(join(tmpdir(), 'ganong-mini-'));
// the database runs under an account of its own, which must reach its folder
chmodSync(folder, 0o755);
const pictures = process.env.GANONG_PICTURES;
if (pictures) mkdirSync(pictures, { recursive: true });

const port = Number(process.env.GANONG_PORT) || await new Promise((ok) => {
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
  const until = Date.now() + 180_000;
  while (Date.now() < until) {
    if (server.exitCode !== null) break;
    if (await fetch(`${base}/health/ready`).then((r) => r.ok, () => false)) return;
    await new Promise((r) => setTimeout(r, 300));
  }
  throw new Error(`the program did not become ready:\n${log.slice(-3000)}`);
}

let passed = 0;
let failed = 0;
const ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
try {
  await ready();
  const password = readFileSync(join(folder, 'data', 'demo-password.txt'), 'utf8').trim();
  const world = await plant(base, password);
  for (const [name, walk] of Object.entries(journeys)) {
    if (only && !name.includes(only)) continue;
    const profile = mkdtempSync(join(tmpdir(), 'ganong-phone-'));
    const troubles = [];
    // a telephone keeps what it stored when the browser is killed: a profile of its own, opened again by `again`
    const open = async () => {
      const context = await chromium.launchPersistentContext(profile, {
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGS, viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true,
        locale: 'zh-CN', timezoneId: 'Asia/Shanghai', geolocation: { longitude: 115.9, latitude: 28.6, accuracy: 12 }, permissions: ['geolocation'],
      });
      context.setDefaultTimeout(15_000);
      context.on('page', (p) => watch(p));
      const page = context.pages()[0] ?? (await context.newPage());
      watch(page);
      return { context, page };
    };
    const watched = new Set();
    function watch(page) {
      if (watched.has(page)) return;
      watched.add(page);
      page.on('pageerror', (e) => troubles.push(`page: ${e.message}`));
      page.on('request', (r) => !r.url().startsWith(base) && !/^(data|blob):/.test(r.url()) && troubles.push(`outside request ${r.url()}`));
      page.on('response', (r) => r.status() >= 500 && troubles.push(`${r.status()} ${r.url()}`));
    }
    let phone = await open();
    const kit = {
      base, world, password,
      get page() {
        return phone.page;
      },
      get context() {
        return phone.context;
      },
      /** The browser dies without a word and is opened again. */
      async kill() {
        const browser = phone.context.browser();
        await (browser ? browser.close() : phone.context.close());
        phone = await open();
        return phone.page;
      },
      /** The page alone dies; the session lives on. */
      async killPage() {
        const old = phone.page;
        phone.page = await phone.context.newPage();
        await old.close({ runBeforeUnload: false });
        return phone.page;
      },
      shot: (file) => (pictures ? phone.page.screenshot({ path: join(pictures, `mini-${file}.png`) }) : Promise.resolve()),
    };
    try {
      await walk(kit);
      if (troubles.length) throw new Error(troubles.join('\n'));
      passed += 1;
      process.stdout.write(`ok    ${name}\n`);
    } catch (e) {
      failed += 1;
      if (pictures) await phone.page.screenshot({ path: join(pictures, `failed-${Object.keys(journeys).indexOf(name)}.png`), fullPage: true }).catch(() => undefined);
      process.stdout.write(`FAIL  ${name}\n      ${String(e.stack ?? e).replaceAll('\n', '\n      ')}\n${troubles.join('\n')}\n`);
    }
    await phone.context.close().catch(() => undefined);
    rmSync(profile, { recursive: true, force: true });
  }
} catch (e) {
  failed += 1;
  process.stdout.write(`FAIL  ${String(e.stack ?? e)}\n`);
} finally {
  server.kill('SIGTERM');
  await Promise.race([ended, new Promise((r) => setTimeout(r, 15_000))]);
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed ? 1 : 0;
