import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (p: string): string => fileURLToPath(new URL(p, import.meta.url));
export default defineConfig({
  resolve: { alias: { '@shared': here('../shared'), '@': here('./src'), vitest: here('./node_modules/vitest') } },
  test: { include: ['src/**/*.test.ts', 'check/**/*.test.ts'] },
});
