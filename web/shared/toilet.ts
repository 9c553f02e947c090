/** What the map of toilets says. */
/** A village of 户厕一张图: how many toilets are in which state, and its middle. */
export interface ToiletVillage {
  code: string;
  name: string;
  longitude: number | null;
  latitude: number | null;
  total: number;
  none: number;
  normal: number;
  idle: number;
  unusable: number;
  gone: number;
  building: number;
  problem: number;
  sanitary: number;
}
export interface ToiletSpot {
  id: string;
  toilet_no: string | null;
  group_name: string | null;
  longitude: number;
  latitude: number;
  has_toilet: boolean;
  toilet_type: string | null;
  use_status: string | null;
  has_problem: boolean;
  is_sanitary: boolean;
}
export interface ToiletMap {
  region: string;
  /** Whether places are told to ten metres; otherwise to a kilometre. */
  exact: boolean;
  /** There are more toilets than are drawn. */
  more: boolean;
  villages: ToiletVillage[];
  toilets: ToiletSpot[];
}
