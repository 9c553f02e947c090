import { describe, expect, it } from 'vitest';
import { KINDS } from '@shared/description';
import { kinds } from './registry';

const files = Object.keys(import.meta.glob('./*/*'));
describe('field kinds', () => {
  it('has one folder, one edit and one view for every kind', () => {
    const folders = new Set(files.map((f) => f.split('/')[1]).filter((f) => f !== 'common'));
    expect([...folders].sort()).toEqual([...KINDS].sort());
    expect(Object.keys(kinds).sort()).toEqual([...KINDS].sort());
    for (const k of KINDS) for (const f of ['Edit.vue', 'View.vue', 'index.ts']) expect(files).toContain(`./${k}/${f}`);
  });
});
