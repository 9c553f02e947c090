import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { KINDS } from '@shared/description';
import { FAMILY } from './family';

const text = (p: string): string => readFileSync(fileURLToPath(new URL(p, import.meta.url)), 'utf8');

describe('field kinds', () => {
  it('are those of the server', () => {
    const rust = text('../../../../crates/meta/src/kind.rs');
    const names = rust.slice(rust.indexOf('pub fn name(self)'), rust.indexOf('}', rust.indexOf('Kind::Attachment =>')));
    const known = [...names.matchAll(/Kind::\w+ =>\s*"(\w+)"/g)].map((m) => m[1]);
    expect(known.length).toBeGreaterThan(15);
    expect([...new Set(known)].sort()).toEqual([...KINDS].sort());
    expect(Object.keys(FAMILY).sort()).toEqual([...KINDS].sort());
  });
  it('are all drawn', () => {
    const edit = text('./FieldEdit.vue');
    for (const f of new Set(Object.values(FAMILY))) expect(edit).toContain(`'${f}'`);
  });
});
