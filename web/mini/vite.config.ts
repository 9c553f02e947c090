import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { icons, inside } from './build/icons';
import { shell } from './build/shell';

const here = (p: string): string => fileURLToPath(new URL(p, import.meta.url));
// the package is CommonJS and keeps its function under `default`
const uni = createRequire(import.meta.url)('@dcloudio/vite-plugin-uni').default as () => never;
const server = process.env['GANONG_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [icons(), uni(), inside(), shell()],
  resolve: {
    alias: {
      '@shared': here('../shared'),
      '@here': here(process.env['UNI_PLATFORM'] === 'mp-weixin' ? './src/data/mp.ts' : './src/data/h5.ts'),
    },
  },
  server: { proxy: { '/api': { target: server, changeOrigin: false } }, fs: { allow: ['../..'] } },
  build: { target: 'es2019', assetsInlineLimit: 0, reportCompressedSize: false },
});
