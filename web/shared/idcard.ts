/** Arithmetic of resident identity numbers (GB 11643) and disability certificates (the number, kind, grade, and 补换发 suffix). */

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS = '10X98765432';

export function isIdCard(text: string): boolean {
  const s = text.trim().toUpperCase();
  if (/^\d{15}$/.test(s)) return isDate(`19${s.slice(6, 12)}`);
  const head = s.slice(0, 18);
  if (!/^\d{17}[\dX]$/.test(head) || !isDate(head.slice(6, 14))) return false;
  if (s.length !== 18 && !/^[1-7][1-4](B\d)?$/.test(s.slice(18))) return false;
  const sum = WEIGHTS.reduce((t, w, i) => t + w * Number(head[i]), 0);
  return CHECKS[sum % 11] === head[17];
}

function isDate(ymd: string): boolean {
  const [y, m, d] = [Number(ymd.slice(0, 4)), Number(ymd.slice(4, 6)), Number(ymd.slice(6, 8))];
  const date = new Date(Date.UTC(y, m - 1, d));
  return date.getUTCFullYear() === y && date.getUTCMonth() === m - 1 && date.getUTCDate() === d;
}
