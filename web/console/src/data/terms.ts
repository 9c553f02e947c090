/** What things are called in the year that is looked at (domain 01 §0.4): words of the descriptions are shown in that year's terms. */
import { reactive } from 'vue';
import { api } from './client';

/** Words as descriptions write them, by the key of the dictionary. */
const WRITTEN: Record<string, string> = { monitored_object: '监测对象', monitor_line: '监测范围' };
const known = reactive<Record<number, Record<string, string>>>({});
const asked = new Set<number>();
export const thisYear = new Date().getFullYear();

/** Looks the terms of a year up once; until they are here, words stay as written. */
export function needTerms(year: number): void {
  if (asked.has(year)) return;
  asked.add(year);
  api.terms(year).then((t) => (known[year] = t.terms)).catch(() => asked.delete(year));
}
/** A text in the terms of a year. A term that already stands there is not put in twice. */
export function termed(text: string, year = thisYear): string {
  const terms = known[year];
  if (!terms) return text;
  return Object.entries(WRITTEN).reduce((out, [key, word]) => {
    const term = terms[key];
    return !term || term === word || out.includes(term) ? out : out.replaceAll(word, term);
  }, text);
}
/** For tests: terms without asking. */
export function putTerms(year: number, terms: Record<string, string>): void {
  asked.add(year);
  known[year] = terms;
}
