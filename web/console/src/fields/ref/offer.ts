/** Which rows a reference offers and how each is called. */
import type { Row } from '@shared/api';
import type { Description, Field } from '@shared/description';
import { titleOf } from '../title';

/**
 * Where the form and the other dataset refer to the same third one (a household), only rows of that one are offered.
 * `known`: what stands in the form.
 */
export function narrowed(form: Description, field: Field, target: Description, known: Record<string, unknown>): Record<string, string> {
  const out: Record<string, string> = {};
  for (const f of form.fields) {
    const value = known[f.name];
    if (f.kind !== 'ref' || f.name === field.name || typeof value !== 'string' || !value) continue;
    const same = target.fields.find((t) => t.kind === 'ref' && t.dataset === f.dataset);
    if (same) out[same.name] ??= value;
  }
  return out;
}

/** The title of a row; a title nobody could search for (a day, a year, a class) says its kind too. */
export function called(d: Description, row: Row, label: (list: string, code: string) => string): string {
  const title = d.fields.find((f) => f.name === d.title_field);
  const named = titleOf(d, row, label) || row.id;
  if (!title || d.searchable?.includes(title.name)) return `${named}${row.region_name ? `（${row.region_name}）` : ''}`;
  const kind = d.fields.find((f) => f.kind === 'code' && f.codes && f.name !== title.name && (f.in ?? []).includes('ledger'));
  const v = kind ? row[kind.name] : null;
  return kind?.codes && typeof v === 'string' && v ? `${named} · ${label(kind.codes, v)}` : named;
}
