/** What a point of the map says and how it looks. */
import type { ToiletMap, ToiletSpot, ToiletVillage } from '@shared/api';

export type Colour = 'use' | 'problem' | 'sanitary';
export const COLOURS: { value: Colour; label: string }[] = [
  { value: 'use', label: '使用状态' },
  { value: 'problem', label: '问题' },
  { value: 'sanitary', label: '卫生厕所' },
];
export interface Kind {
  key: string;
  label: string;
  colour: string;
}
/** The states a toilet is drawn in, by what is asked. */
export const KINDS: Record<Colour, Kind[]> = {
  use: [
    { key: '1', label: '正常使用', colour: '#168a55' },
    { key: '2', label: '闲置', colour: '#e2a43b' },
    { key: '3', label: '无法使用', colour: '#c8553d' },
    { key: '5', label: '在建', colour: '#3f7fd0' },
    { key: '4', label: '已拆除', colour: '#7d7d7d' },
    { key: 'none', label: '无厕', colour: '#b9b9b9' },
  ],
  problem: [
    { key: 'yes', label: '有问题', colour: '#c8553d' },
    { key: 'no', label: '没有问题', colour: '#168a55' },
    { key: 'none', label: '无厕', colour: '#b9b9b9' },
  ],
  sanitary: [
    { key: 'yes', label: '卫生厕所', colour: '#168a55' },
    { key: 'no', label: '非卫生厕所', colour: '#c8553d' },
    { key: 'none', label: '无厕', colour: '#b9b9b9' },
  ],
};
export function kindOf(t: ToiletSpot, by: Colour): string {
  if (!t.has_toilet) return 'none';
  if (by === 'use') return t.use_status ?? 'none';
  return (by === 'problem' ? t.has_problem : t.is_sanitary) ? 'yes' : 'no';
}
/** Share of a village in percent: 100 is good. Null where nobody has a toilet. */
export function goodShare(v: ToiletVillage, by: Colour): number | null {
  if (by === 'sanitary') return v.total ? round((v.sanitary / v.total) * 100) : null;
  const has = v.total - v.none;
  if (!has) return null;
  return round(((by === 'use' ? v.normal : has - v.problem) / has) * 100);
}
export const shareLabel: Record<Colour, string> = { use: '正常使用率', problem: '无问题率', sanitary: '卫生厕所率' };
const round = (n: number): number => Math.round(n * 10) / 10;

/** Corners of all points with a margin, north-west and south-east; a single point gets a neighbourhood. */
export function corners(map: ToiletMap): [[number, number], [number, number]] | null {
  const all = [...map.villages, ...map.toilets].filter((p) => p.longitude !== null && p.latitude !== null) as { longitude: number; latitude: number }[];
  if (!all.length) return null;
  const x = all.map((p) => p.longitude);
  const y = all.map((p) => p.latitude);
  const least = map.toilets.length ? 0.003 : 0.03;
  const pad = (a: number, b: number): number => Math.max((b - a) * 0.08, least);
  const [w, e, s, n] = [Math.min(...x), Math.max(...x), Math.min(...y), Math.max(...y)];
  return [[w - pad(w, e), n + pad(s, n)], [e + pad(w, e), s - pad(s, n)]];
}
/** 问题整改漏斗 of the figures of TS-6. */
export function funnel(v: Record<string, number | null>): { name: string; value: number; key: string }[] {
  const steps: [string, string][] = [['looked', '摸排'], ['problems', '问题'], ['fixable', '应整改'], ['closed', '已销号']];
  return steps.map(([key, name]) => ({ key, name, value: v[key] ?? 0 }));
}
