// The title of the browser's tab: what the desk is doing, and while it rings an alternation that is seen from another tab.

import type { CallView, DeskView } from "./types.ts";
import { named, phone, word } from "./words.ts";

const BASE = document.title;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");
/** How long each of the two titles of a ringing call stands: a change once a second is no flashing. */
const TURN = 1_000;

/** Write the title; called with each tick. `ringing`: the telephone of this tab rings, or the floor says so. */
export function drawTitle(desk: DeskView | null, ringing: boolean, now: number): void {
  const title = ringing ? ringingTitle(desk?.call ?? null, now) : `${stateWords(desk)} · ${BASE}`;
  if (document.title !== title) document.title = title;
}

function ringingTitle(call: CallView | null, now: number): string {
  const who = call === null || call.number === "" ? word("withheld") : phone(call.number);
  const words = word("ringing", { who });
  return STILL.matches || Math.floor(now / TURN) % 2 === 0 ? `☎ ${words}` : `${words} · ${BASE}`;
}

function stateWords(desk: DeskView | null): string {
  if (desk === null) return word("connecting");
  const { state, reason } = desk.operator;
  if (state === "not_ready" && reason !== "") return `${word("state.not_ready")}: ${named("reason", reason)}`;
  if (desk.call?.phase === "held") return word("phase.held");
  return word(`state.${state}`);
}
