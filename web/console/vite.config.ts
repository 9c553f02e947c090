import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

const here = (p: string): string => fileURLToPath(new URL(p, import.meta.url));
const server = process.env['GANONG_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': here('./src'), '@shared': here('../shared'), vitest: here('./node_modules/vitest') } },
  server: { proxy: { '/api': { target: server, changeOrigin: false } }, fs: { allow: ['../..'] } },
  build: {
    target: 'es2022',
    // the only large part is the chart library, loaded with the pages that draw
    chunkSizeWarningLimit: 700,
    reportCompressedSize: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: { environment: 'happy-dom', dir: here('..'), include: ['console/src/**/*.test.ts', 'shared/**/*.test.ts'] },
});
