/** What a row is called on its own page. */
import type { Row } from '@shared/api';
import type { Description } from '@shared/description';
import { momentText } from '@shared/format';

/** The title field as people read it: the name behind a reference, the words of a code, a moment as a moment. Empty where there is none. */
export function titleOf(d: Description, row: Row, label: (list: string, code: string) => string): string {
  const f = d.fields.find((x) => x.name === d.title_field);
  const v = f ? row[f.name] : undefined;
  if (!f || v === undefined || v === null || v === '') return '';
  if (f.kind === 'ref') return String(row[`${f.name}__title`] ?? '');
  if (f.kind === 'code' && f.codes) return label(f.codes, String(v));
  return f.kind === 'moment' ? momentText(String(v)) : String(v);
}
