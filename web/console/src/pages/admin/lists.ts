/** Lists of the administration that come as an array or as {items}. */
export function itemsOf<T>(v: T[] | { items: T[] } | null | undefined): T[] {
  if (!v) return [];
  return Array.isArray(v) ? v : v.items;
}

export interface MatrixRow {
  dataset: string;
  title: string;
  /** verb → roles */
  verbs: Record<string, string[]>;
}
const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v);
const roles = (v: unknown): string[] => (Array.isArray(v) ? v.map(String) : []);

/** The permission matrix, whether the server sends rows, {items}, or dataset → verb → roles. */
export function matrixRows(v: unknown): MatrixRow[] {
  if (isObject(v) && Array.isArray(v['items'])) return matrixRows(v['items']);
  if (Array.isArray(v)) {
    const out = new Map<string, MatrixRow>();
    for (const r of v) {
      if (!isObject(r)) continue;
      const dataset = String(r['dataset'] ?? r['id'] ?? '');
      const row = out.get(dataset) ?? { dataset, title: String(r['title'] ?? dataset), verbs: {} };
      if (isObject(r['verbs'])) for (const [verb, list] of Object.entries(r['verbs'])) row.verbs[verb] = roles(list);
      else if (typeof r['verb'] === 'string') row.verbs[r['verb']] = roles(r['roles']);
      out.set(dataset, row);
    }
    return [...out.values()];
  }
  if (!isObject(v)) return [];
  return Object.entries(v).map(([dataset, verbs]) => ({ dataset, title: dataset, verbs: isObject(verbs) ? Object.fromEntries(Object.entries(verbs).map(([k, l]) => [k, roles(l)])) : {} }));
}
