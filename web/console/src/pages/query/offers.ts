/** What may be asked of each dataset, fetched when conditions first look at it; shared by all parts of one page. */
import { inject, provide, shallowReactive, type InjectionKey } from 'vue';
import type { QueryOffer } from '@shared/api';
import { api } from '@/data/client';

export interface Offers {
  of: (dataset: string) => readonly QueryOffer[];
  load: (dataset: string) => Promise<void>;
  /** One offer for each dataset that was looked at. */
  all: () => QueryOffer[];
}
const KEY: InjectionKey<Offers> = Symbol('offers');

export function provideOffers(): Offers {
  const known = shallowReactive(new Map<string, QueryOffer[]>());
  const offers: Offers = {
    of: (d) => known.get(d) ?? [],
    load: async (d) => {
      if (!known.has(d)) known.set(d, (await api.queries.fields(d)).items);
    },
    all: () => {
      const out = new Map<string, QueryOffer>();
      for (const list of known.values()) for (const o of list) if (!out.has(o.dataset)) out.set(o.dataset, o);
      return [...out.values()];
    },
  };
  provide(KEY, offers);
  return offers;
}
export function useOffers(): Offers {
  const offers = inject(KEY);
  if (!offers) throw new Error('no offers are provided');
  return offers;
}
