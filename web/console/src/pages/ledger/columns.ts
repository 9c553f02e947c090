/** Columns of a ledger: what the description proposes, and what this person chose. */
import { isIn, type Description, type Field } from '@shared/description';

/** Fields that can be a column: everything that fits into a cell. */
export const columnFields = (d: Description): Field[] => d.fields.filter((f) => f.kind !== 'attachment' && f.kind !== 'long_text' && (isIn(f, 'ledger') || isIn(f, 'form')));
export function proposedColumns(d: Description): string[] {
  const own = d.fields.filter((f) => isIn(f, 'ledger')).map((f) => f.name);
  return own.length ? own : columnFields(d).slice(0, 8).map((f) => f.name);
}
/** The choice in its own order; names that no longer exist are left out; an empty choice is no choice. */
export function chosenColumns(d: Description, choice: readonly string[] | null): Field[] {
  const fields = columnFields(d);
  const names = choice?.filter((n) => fields.some((f) => f.name === n)) ?? [];
  return (names.length ? names : proposedColumns(d)).flatMap((n) => fields.find((f) => f.name === n) ?? []);
}
