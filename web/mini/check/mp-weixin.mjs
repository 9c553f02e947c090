/** Holds the mini-program that was built against the rules of its platform. Ends with `N passed, N failed`. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('..', import.meta.url));
const out = join(here, 'dist/build/mp-weixin');
const MB = 1024 * 1024;
let passed = 0;
const faults = [];
const hold = (what, bad) => {
  if (bad.length === 0) passed += 1;
  else faults.push(`${what}: ${bad.join('; ')}`);
  process.stdout.write(`${bad.length ? 'FAIL' : 'ok  '}  ${what}${bad.length ? `\n      ${bad.join('\n      ')}` : ''}\n`);
};
const all = (dir) => readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? all(join(dir, e.name)) : [join(dir, e.name)]));

const app = JSON.parse(readFileSync(join(out, 'app.json'), 'utf8'));
const files = all(out);
const roots = (app.subPackages ?? []).map((s) => s.root);
const pages = [...app.pages, ...(app.subPackages ?? []).flatMap((s) => s.pages.map((p) => `${s.root}/${p}`))];
hold('every page was built', pages.flatMap((p) => ['js', 'json', 'wxml'].map((x) => `${p}.${x}`)).filter((f) => !existsSync(join(out, f))));

const size = (list) => list.reduce((n, f) => n + statSync(f).size, 0);
const inside = (f, root) => relative(out, f).startsWith(`${root}/`);
const main = size(files.filter((f) => !roots.some((r) => inside(f, r))));
const text = (n) => `${(n / MB).toFixed(2)} MB`;
process.stdout.write(`main package ${text(main)}${roots.map((r) => `, ${r} ${text(size(files.filter((f) => inside(f, r))))}`).join('')}\n`);
hold('the main package is below 1.5 MB', main < 1.5 * MB ? [] : [text(main)]);
hold('each subpackage is below 2 MB', roots.filter((r) => size(files.filter((f) => inside(f, r))) >= 2 * MB));

const source = files.filter((f) => f.endsWith('.js')).map((f) => ({ name: relative(out, f), text: readFileSync(f, 'utf8') }));
const own = source.filter((s) => !s.name.startsWith('common/') && !s.name.startsWith('node-modules/'));
// objects of a browser: in our own files any use, in libraries their construction
const BROWSER = /(?<![.\w$'"])(window|document|localStorage|sessionStorage|indexedDB|XMLHttpRequest|URLSearchParams|TextEncoder|TextDecoder|fetch|navigator|Worker|WebSocket)\s*[.(]/g;
const MADE = /new (URLSearchParams|TextEncoder|TextDecoder|XMLHttpRequest|FormData|Blob|WebSocket|Worker)\b|(?<![.\w$])(localStorage|sessionStorage|indexedDB)\./g;
// stands in a library once, and is never reached here
const UNREACHED = {
  'new TextEncoder': 'the cipher turns texts by it; it is given bytes only (data/mp.ts)',
  'new FormData': 'the console uploads by it; the mini-program by uni.uploadFile (data/mp.ts)',
};
const made = source.filter((s) => !own.includes(s)).flatMap((s) => [...s.text.matchAll(MADE)].map((m) => ({ what: m[0], name: s.name })));
hold('no object of a browser is used', [
  ...own.flatMap((s) => [...s.text.matchAll(BROWSER)].map((m) => `${s.name}: ${m[0]}`)),
  ...made.filter((m, i) => !UNREACHED[m.what] || made.findIndex((x) => x.what === m.what) !== i).map((m) => `${m.name}: ${m.what}`),
]);
hold('nothing is evaluated from text', source.filter((s) => /\beval\(|new Function\(/.test(s.text) && own.includes(s)).map((s) => s.name));
hold('nothing outside is addressed', own.flatMap((s) => [...s.text.matchAll(/https?:\/\/[\w.-]+/g)].map((m) => `${s.name}: ${m[0]}`)).filter((t) => !t.includes('www.w3.org')));

// what touches a person's privacy must be declared, with its purpose, and asked for with a text
const PRIVATE = ['getLocation', 'chooseImage', 'chooseMedia', 'setClipboardData', 'getClipboardData', 'saveImageToPhotosAlbum', 'chooseAddress', 'getPhoneNumber', 'startRecord', 'chooseContact', 'getFuzzyLocation', 'onLocationChange'];
const used = PRIVATE.filter((a) => own.some((s) => new RegExp(`\\.${a}\\(`).test(s.text)));
const declared = readFileSync(join(here, 'privacy.md'), 'utf8');
hold('every private interface is declared in privacy.md', used.filter((a) => !declared.includes(`\`${a}\``)));
hold('privacy.md declares nothing unused', PRIVATE.filter((a) => declared.includes(`\`${a}\``) && !used.includes(a)));
hold('the platform asks before private interfaces are used', app.__usePrivacyCheck__ === true ? [] : ['__usePrivacyCheck__']);
hold('the place is asked for with a reason', !used.includes('getLocation') || (app.permission?.['scope.userLocation']?.desc && app.requiredPrivateInfos?.includes('getLocation')) ? [] : ['permission text']);
const styles = files.filter((f) => f.endsWith('.wxss')).map((f) => ({ name: relative(out, f), text: readFileSync(f, 'utf8') }));
hold('no font or picture is loaded from outside', styles.filter((s) => /url\(['"]?https?:/.test(s.text)).map((s) => s.name));

process.stdout.write(`${passed} passed, ${faults.length} failed\n`);
process.exitCode = faults.length ? 1 : 0;
