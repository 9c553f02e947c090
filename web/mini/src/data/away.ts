/** When a session is locked because the telephone lay in the background (domain 06 §7.5: five minutes). */
const AWAY = 5 * 60_000;

/** `left`: milliseconds at which the mini-program went to the background; null when it did not. */
export const mustLock = (left: number | null, now: number): boolean => left !== null && (now - left >= AWAY || now < left);
