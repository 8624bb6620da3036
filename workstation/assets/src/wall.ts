// The wallboard: six figures, a tile a queue, a cell an operator; it only listens, and comes back by itself for ever.

import { drawAlerts, tickAlerts } from "./alerts.ts";
import { onTick, serverNow, startTicks } from "./clock.ts";
import { byId, icon, make, put, say, setIcon } from "./dom.ts";
import { Hub } from "./hub.ts";
import { drawBanner, isStale, setFreshness, setNodesDown } from "./stale.ts";
import { abandonRate, applyFloor, judge, NO_FLOOR, serviceLevel } from "./state.ts";
import { STATE_ICON } from "./statusbar.ts";
import type { NumberedMessage, OperatorState, OperatorView, QueueView } from "./types.ts";
import { clock, CONFIG, named, percent, timeOfDay, word } from "./words.ts";

const ORDER: readonly OperatorState[] = ["reserved", "talking", "wrap_up", "ready", "not_ready"];
let state = NO_FLOOR;
let heardAt = 0;

const hub = new Hub({
  path: CONFIG.ws,
  place: () => state,
  take,
  changed: (fresh, since) => (setFreshness(fresh, since), tick()),
});

function take(message: NumberedMessage): "applied" | "old" | "lost" {
  const verdict = judge(state, message);
  if (verdict !== "applied") return verdict;
  state = applyFloor(state, message);
  setNodesDown(Object.entries(state.floor?.nodes ?? {}).filter(([, up]) => !up).map(([node]) => node));
  draw();
  return verdict;
}

/** As many children as there are items; each keeps its place, so that nothing is made twice in a night. */
function fitted<T>(place: HTMLElement, items: readonly T[], create: () => HTMLElement, fill: (cell: HTMLElement, item: T) => void): void {
  while (place.children.length > items.length) place.lastElementChild?.remove();
  items.forEach((item, index) => {
    const cell = (place.children[index] as HTMLElement | undefined) ?? place.appendChild(create());
    fill(cell, item);
  });
}

const figure = (label: string): HTMLElement =>
  make("div", { class: "wall-figure" }, make("dt", {}, label), make("dd", { class: "num" }), make("dd", { class: "under num" }));

function fillFigure(cell: Element, label: string, value: string, under: string, mood = ""): void {
  put(cell, "data-mood", mood);
  say(cell.children[0]!, label);
  say(cell.children[1]!, value);
  say(cell.children[2]!, under);
}

const mood = (bad: boolean, warn: boolean): string => (bad ? "bad" : warn ? "warn" : "");

function draw(): void {
  const { floor } = state;
  if (floor === null) return;
  const there = [...floor.operators].filter((one) => one.state !== "offline")
    .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.since.localeCompare(b.since) || a.operator_id - b.operator_id);
  drawAlerts(floor);
  fitted(byId("people"), there, () => make("div", { class: "wall-person" }, icon("dot"), make("strong", { class: "num" }), make("span", { class: "word" }), make("span", { class: "timer" })), fillPerson);
  fitted(byId("queues"), floor.queues, () => make("article", { class: "wall-queue panel" }, make("h2", {}), make("dl", {}, figure(""), figure(""), figure(""), figure(""))), fillQueue);
  tick();
}

function fillPerson(cell: HTMLElement, one: OperatorView): void {
  put(cell, "data-state", one.state);
  put(cell, "data-since", one.since);
  put(cell, "data-until", one.state === "wrap_up" ? one.until ?? "" : "");
  setIcon(cell, STATE_ICON[one.state]);
  say(cell.children[1]!, one.extension);
  say(cell.children[2]!, word(`state.${one.state}`));
}

function fillQueue(tile: HTMLElement, queue: QueueView): void {
  say(tile.querySelector("h2")!, named("queue.name", queue.queue));
}

function figures(queues: readonly QueueView[], now: number): [string, string, string, string][] {
  const waiting = queues.reduce((sum, one) => sum + one.waiting, 0);
  const longest = queues.map((one) => one.longest_since).filter((since) => since !== null).sort()[0];
  const age = longest ? now - Date.parse(longest) : 0;
  const { share, counted } = serviceLevel(queues, now, CONFIG.service_level_seconds * 1000);
  const sum = (name: "offered" | "abandoned" | "abandoned_short"): number => queues.reduce((all, one) => all + one[name], 0);
  const lost = abandonRate({ ...queues[0]!, offered: sum("offered"), abandoned: sum("abandoned"), abandoned_short: sum("abandoned_short") });
  const target = percent(CONFIG.level_target);
  return [
    [word("queue.waiting"), String(waiting), "", waiting > 0 ? "some" : ""],
    [word("queue.longest"), longest ? clock(age) : "–:––", word("wall.target", { value: clock(120_000) }), mood(age > 120_000, age > 60_000)],
    [word("queue.level"), share === null ? "–" : percent(share), word("wall.target", { value: target }) + (counted > 0 ? ` · ${word("queue.n", { n: counted })}` : ""),
      share === null ? "" : mood(share < CONFIG.level_target - 0.2, share < CONFIG.level_target)],
    [word("queue.abandoned"), lost === null ? "–" : percent(lost), word("wall.target", { value: percent(0.05) }), lost === null ? "" : mood(lost > 0.1, lost > 0.05)],
  ];
}

function tick(): void {
  const now = serverNow();
  drawBanner();
  if (!isStale()) heardAt = Date.now();
  put(byId("age"), "data-fresh", String(!isStale()));
  put(byId("wall"), "data-fresh", String(!isStale()));
  const seconds = Math.floor((Date.now() - heardAt) / 1000);
  say(byId("age-text"), heardAt === 0 ? word("connecting") : isStale() ? word("floor.age", { seconds }) : word("floor.live"));
  say(byId("wall-time"), timeOfDay(new Date(now), CONFIG.time_zone));
  const { floor } = state;
  if (floor === null) return;
  tickAlerts(now);
  const count = (...states: OperatorState[]): string => String(floor.operators.filter((one) => states.includes(one.state)).length);
  const all: [string, string, string, string][] = [
    ...(floor.queues.length > 0 ? figures(floor.queues, now) : []),
    [word("state.ready"), count("ready"), "", ""], [word("state.talking"), count("talking", "reserved"), "", ""],
  ];
  fitted(byId("heads"), all, () => figure(""), (cell, one) => fillFigure(cell, ...one));
  floor.queues.forEach((queue, index) => {
    const cells = byId("queues").children[index]?.querySelectorAll(".wall-figure") ?? [];
    figures([queue], now).forEach((one, place) => cells[place] && fillFigure(cells[place], ...one));
  });
  for (const cell of byId("people").children as HTMLCollectionOf<HTMLElement>) {
    const until = cell.dataset["until"];
    say(cell.children[3]!, until ? `−${clock(Date.parse(until) - now)}` : clock(now - Date.parse(cell.dataset["since"] ?? "")));
  }
}

onTick(tick);
startTicks();
hub.start();
Object.assign(window, { busbar: { hub: { get number() { return hub.number; } } } });
