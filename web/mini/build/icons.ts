/** TDesign draws icons by a font from its own site. The page may load nothing from outside, so a component of ours draws the few that are used. */
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const own = fileURLToPath(new URL('../src/ui/TIcon.vue', import.meta.url));

/** uni-app's own styles name a shadow on its site; it goes the same way. */
export const inside = (): Plugin => ({
  name: 'ganong-inside',
  enforce: 'post',
  generateBundle(_, bundle) {
    for (const f of Object.values(bundle)) {
      if (f.type === 'asset' && f.fileName.endsWith('.css')) f.source = String(f.source).replace(/url\((['"]?)https?:[^)]*\)/g, 'none');
      if (f.type === 'chunk') f.code = f.code.replace(/https:\/\/cdn\.dcloud\.net\.cn\/[\w./-]*/g, 'data:,');
    }
  },
});

export const icons = (): Plugin => ({
  name: 'ganong-icons',
  enforce: 'pre',
  resolveId(source, importer) {
    const asked = /(^|\/)icon\/icon(\.vue)?$/.test(source);
    return asked && importer?.includes('@tdesign/uniapp') ? own : null;
  },
});
