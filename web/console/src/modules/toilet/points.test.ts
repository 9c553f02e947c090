import { describe, expect, it } from 'vitest';
import type { ToiletSpot, ToiletVillage } from '@shared/api';
import { corners, funnel, goodShare, kindOf } from './points';

const village: ToiletVillage = { code: '360121100200', name: '某村', longitude: 115.9, latitude: 28.6, total: 10, none: 2, normal: 6, idle: 1, unusable: 1, gone: 0, building: 0, problem: 2, sanitary: 5 };
const spot: ToiletSpot = { id: 'a', toilet_no: '1', group_name: null, longitude: 115.9012, latitude: 28.6, has_toilet: true, toilet_type: '01', use_status: '3', has_problem: true, is_sanitary: false };

describe('points of the map of toilets', () => {
  it('share what is good among those who have a toilet, sanitary among all', () => {
    expect([goodShare(village, 'use'), goodShare(village, 'problem'), goodShare(village, 'sanitary')]).toEqual([75, 75, 50]);
    expect(goodShare({ ...village, total: 2, none: 2 }, 'use')).toBeNull();
  });
  it('say their state by what is asked, and that there is no toilet before all', () => {
    expect([kindOf(spot, 'use'), kindOf(spot, 'problem'), kindOf(spot, 'sanitary')]).toEqual(['3', 'yes', 'no']);
    expect(kindOf({ ...spot, has_toilet: false }, 'problem')).toBe('none');
  });
  it('are framed with a margin, also a single one, and nothing is framed without points', () => {
    const map = { region: '', exact: true, more: false, villages: [], toilets: [spot] };
    const [[w, n], [e, s]] = corners(map) ?? [[0, 0], [0, 0]];
    expect(w < spot.longitude && e > spot.longitude && n > spot.latitude && s < spot.latitude).toBe(true);
    expect(corners({ ...map, toilets: [], villages: [{ ...village, longitude: null }] })).toBeNull();
  });
  it('narrow from what was looked at to what was closed', () => {
    expect(funnel({ looked: 10, problems: 4, fixable: 3, closed: null }).map((f) => f.value)).toEqual([10, 4, 3, 0]);
  });
});
