/** Text as people count it. */

/** Unicode code points, as the server counts: 𠮷 is one character, not two. */
export const textLength = (s: string): number => [...s].length;

export function cutText(s: string, max: number): string {
  const chars = [...s];
  return chars.length <= max ? s : chars.slice(0, max).join('');
}

const FULL_WIDTH = /[！-～]/g;
/** Full-width digits and letters to half-width, the ideographic space to a space. */
export const halfWidth = (s: string): string =>
  s.replace(FULL_WIDTH, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace(/\u3000/g, ' ');
