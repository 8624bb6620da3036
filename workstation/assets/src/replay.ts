// A replay over the floor: its clock, whether it goes, and the day so far.

import { byId, make, put, say } from "./dom.ts";
import type { QueueDay, ReplayMessage } from "./types.ts";
import { CONFIG, named, number, percent, word } from "./words.ts";
import { digits, LOCALE } from "./locale.ts";

const TIME = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: CONFIG.time_zone });

export function drawReplay(message: ReplayMessage): void {
  put(byId("replay"), "data-state", message.state);
  say(byId("replay-state"), word(`replay.${message.state}`));
  say(byId("replay-speed"), digits(`×${message.speed}`));
  const body = byId("replay-totals").querySelector("tbody")!;
  body.replaceChildren(...message.totals.map(row));
}

export function tickReplay(now: number): void {
  say(byId("replay-time"), TIME.format(new Date(now)));
}

function row(one: QueueDay): HTMLElement {
  const counted = one.offered - one.abandoned_short;
  const cells = [one.offered, one.answered, one.abandoned, one.kept].map((value) => make("td", { class: "n num" }, number(value)));
  const level = counted > 0 ? percent(one.answered_in_time / counted) : "–";
  return make("tr", { "data-queue": one.queue }, make("td", {}, make("bdi", {}, named("queue.name", one.queue))), ...cells, make("td", { class: "n num" }, level));
}
