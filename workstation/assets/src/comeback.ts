// A page that goes while its telephone rings hands the caller on at once; the page that comes back is ready again.
//
// The operator only reloaded: he was ready, and asked for nothing else. The floor cannot know that, so it takes the
// lost telephone for what it is and makes him not ready; we say for him what he would say.

import type { OperatorView } from "./types.ts";

const KEY = "busbar.left-ringing";
/** Who needs longer to come back has gone away (milliseconds). */
const GOOD_FOR = 15_000;
/** What the floor calls a telephone that went while it rang. */
const LOST: readonly string[] = ["phone-failed", "phone-lost"];

/** Remember that this browser left a ringing telephone. */
export function leftRinging(now: number): void {
  try {
    localStorage.setItem(KEY, String(now));
  } catch {
    // Without storage the operator presses "Go ready" himself.
  }
}

/** Say, once, that the operator is back at a telephone that works after he left it ringing. */
export function cameBack(operator: OperatorView | null, registered: boolean, now: number): boolean {
  if (operator === null || !registered) return false;
  const left = read();
  if (left === null) return false;
  const waiting = operator.state === "reserved" && now - left < GOOD_FOR;
  if (waiting) return false;
  forget();
  return operator.state === "not_ready" && LOST.includes(operator.reason) && now - left < GOOD_FOR;
}

function read(): number | null {
  try {
    const text = localStorage.getItem(KEY);
    return text === null ? null : Number(text);
  } catch {
    return null;
  }
}

function forget(): void {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}
