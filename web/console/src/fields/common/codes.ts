/** The code list of a field, loaded when first drawn. */
import { computed, type ComputedRef } from 'vue';
import type { CodeItem } from '@shared/api';
import type { Field } from '@shared/description';
import { useMeta } from '@/data/meta';

export function useCodes(field: () => Field): ComputedRef<CodeItem[]> {
  const meta = useMeta();
  const id = field().codes;
  if (id && !meta.lists[id]) void meta.codes(id).catch(() => undefined);
  return computed(() => {
    const list = field().codes;
    return list ? (meta.lists[list]?.items ?? []) : [];
  });
}
/** What may be chosen now; an item of the second level names its first. `classes`: only those that have items under them; `under`: only the items of this class. */
export function options(items: readonly CodeItem[], chosen: readonly string[], only: { classes?: boolean; under?: string } = {}): { value: string; label: string }[] {
  const parents = new Map(items.map((i) => [i.code, i.label]));
  const hasChild = new Set(items.flatMap((i) => (i.parent ? [i.parent] : [])));
  if (only.under) return items.filter((i) => i.parent === only.under && !i.disabled).map((i) => ({ value: i.code, label: i.label }));
  return items
    .filter((i) => (!i.disabled && hasChild.has(i.code) === !!only.classes) || chosen.includes(i.code))
    .map((i) => ({ value: i.code, label: i.parent ? `${parents.get(i.parent) ?? i.parent} / ${i.label}` : i.label }));
}
