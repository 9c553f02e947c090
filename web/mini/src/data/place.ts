/** Where a record keeps the place it was made at: a form that asks for it is filled in when it is opened (a visit, a check, a sign-in). */
import type { Field } from '@shared/description';

const PAIRS = [['lon', 'lat'], ['longitude', 'latitude']] as const;

/** The fields of longitude and latitude that a person may fill in; null where the form has none. */
export function placeFields(fields: readonly Field[]): readonly [string, string] | null {
  const asked = (name: string): boolean => fields.some((f) => f.name === name && !f.derived && (f.in ?? []).includes('form'));
  return PAIRS.find(([lon, lat]) => asked(lon) && asked(lat)) ?? null;
}
