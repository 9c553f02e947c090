/** Writes the service worker of the H5 build: the page must open without signal. Its list is what the build made. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync, existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Plugin } from 'vite';

function all(dir: string, root = dir): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? all(join(dir, e.name), root) : [relative(root, join(dir, e.name))]));
}

export const shell = (): Plugin => ({
  name: 'ganong-shell',
  apply: 'build',
  enforce: 'post',
  closeBundle() {
    const out = process.env['UNI_OUTPUT_DIR'] ?? '';
    if (process.env['UNI_PLATFORM'] !== 'h5' || !existsSync(join(out, 'index.html'))) return;
    const files = all(out).filter((f) => f !== 'sw.js').sort();
    const sum = createHash('sha256');
    for (const f of files) sum.update(f).update(readFileSync(join(out, f)));
    const template = readFileSync(new URL('./sw.js', import.meta.url), 'utf8');
    const text = template.replace('__VERSION__', sum.digest('hex').slice(0, 16)).replace('__FILES__', JSON.stringify(files.map((f) => `/m/${f}`)));
    writeFileSync(join(out, 'sw.js'), text);
  },
});
