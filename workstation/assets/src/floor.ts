// The supervisor's floor: operators, calls and queues, live, with the age of the data in sight.

import { drawAlerts, startAlerts, tickAlerts } from "./alerts.ts";
import { onTick, serverNow, startTicks } from "./clock.ts";
import { byId, icon, make, put, say, setIcon, show } from "./dom.ts";
import { campaignTile, fillCampaign, showCampaigns } from "./floorcampaigns.ts";
import { Hub } from "./hub.ts";
import { Lead } from "./lead.ts";
import { Messages } from "./messages.ts";
import { Phone } from "./phone.ts";
import { drawReplay, tickReplay } from "./replay.ts";
import { drawBanner, isStale, setFreshness, setNodesDown } from "./stale.ts";
import { abandonRate, applyFloor, judge, NO_FLOOR, serviceLevel, times } from "./state.ts";
import { STATE_ICON } from "./statusbar.ts";
import { startTheme } from "./theme.ts";
import type { CallPhase, CallView, NumberedMessage, OperatorState, OperatorView, QueueView } from "./types.ts";
import { clock, CONFIG, named, percent, phone as grouped, timeOfDay, word } from "./words.ts";

const PHASE_ICON: Readonly<Record<CallPhase, string>> = {
  ivr: "keypad", waiting: "clock", ringing: "ring", talking: "phone", held: "pause", rejoining: "rejoin", fallback: "alert", outside: "out", wrap_up: "pen", ended: "check",
};
const STATE_ORDER: readonly OperatorState[] = ["reserved", "talking", "wrap_up", "ready", "not_ready", "offline"];
const PHASE_ORDER: readonly CallPhase[] = ["waiting", "fallback", "ringing", "rejoining", "held", "talking", "outside", "ivr", "wrap_up", "ended"];

let state = NO_FLOOR;
let heardAt = 0;
/** What a tile was opened for: its queue's calls, or operators of one state. */
let drilled = { queue: "", state: "" };

const hub = new Hub({
  path: CONFIG.ws,
  place: () => state,
  take,
  changed: (fresh, since) => {
    setFreshness(fresh, since);
    drawAge();
    lead?.draw();
    if (fresh === "live") void messages?.load();
  },
  holder: (holder) => phone?.hold(holder),
  beside: (message) => message.type === "inbox" && messages?.hear(message.note),
  replay: drawReplay,
});
const messages = CONFIG.helps ? new Messages({ isOpen: () => byId<HTMLDialogElement>("messages").open }) : null;
const phone = CONFIG.helps ? new Phone(byId<HTMLAudioElement>("remote-audio"), () => drawPhone()) : null;
const lead = phone === null ? null : new Lead({
  floor: () => state.floor, me: CONFIG.user.id, connected: () => hub.fresh === "live", phone: () => phone.state, expect: () => hub.expect(),
});

function take(message: NumberedMessage): "applied" | "old" | "lost" {
  const verdict = judge(state, message);
  if (verdict === "applied") {
    state = applyFloor(state, message);
    setNodesDown(Object.entries(state.floor?.nodes ?? {}).filter(([, up]) => !up).map(([node]) => node));
    draw();
  }
  return verdict;
}

/** Make the rows of a table the same as `items`, moving and reusing rows so that nothing flickers. */
function rows<T>(body: Element, items: readonly T[], key: (item: T) => string, name: string, create: (item: T) => HTMLElement, fill: (row: HTMLElement, item: T) => void): void {
  const known = new Map([...body.children].map((row) => [(row as HTMLElement).dataset[name] ?? "", row as HTMLElement]));
  items.forEach((item, index) => {
    const id = key(item);
    let row = known.get(id);
    known.delete(id);
    if (row === undefined) {
      row = create(item);
      row.dataset[name] = id;
    }
    if (body.children[index] !== row) body.insertBefore(row, body.children[index] ?? null);
    fill(row, item);
  });
  for (const gone of known.values()) gone.remove();
}

function draw(): void {
  const { floor } = state;
  if (floor === null) return;
  const operators = floor.operators.filter((one) => drilled.state === "" || one.state === drilled.state).sort((a, b) => STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state) || a.since.localeCompare(b.since));
  const calls = floor.calls.filter((call) => call.phase !== "ended" && (drilled.queue === "" || call.queue === drilled.queue))
    .sort((a, b) => PHASE_ORDER.indexOf(a.phase) - PHASE_ORDER.indexOf(b.phase) || a.arrived_at.localeCompare(b.arrived_at));
  rows(byId("operators").querySelector("tbody")!, operators, (one) => String(one.operator_id), "operatorId", operatorRow, fillOperator);
  rows(byId("calls").querySelector("tbody")!, calls, (one) => one.call_id, "callId", callRow, fillCall);
  rows(byId("queues"), floor.queues, (one) => one.queue, "queue", queueTile, fillQueue);
  rows(byId("campaigns"), floor.campaigns, (one) => String(one.campaign_id), "campaign", campaignTile, fillCampaign);
  showCampaigns(floor.campaigns);
  show(document.querySelector('[data-empty="operators"]')!, operators.length === 0);
  show(document.querySelector('[data-empty="calls"]')!, calls.length === 0);
  say(byId("operators-count"), String(operators.filter((one) => one.state !== "offline").length));
  say(byId("calls-count"), String(calls.length));
  drawTally(floor.operators);
  drawDrill();
  drawAlerts(floor);
  drawLines();
  lead?.draw();
  tick();
}

function cells(...classes: string[]): HTMLElement {
  return make("tr", {}, ...classes.map((name) => make("td", { class: name })));
}

const stateCell = (): HTMLElement => make("span", { class: "state" }, icon("dot"), make("span", { class: "word" }));

function operatorRow(): HTMLElement {
  const row = cells("", "name", "n timer", "num", "n");
  row.children[0]!.append(stateCell());
  row.children[1]!.append(make("bdi", { class: "strong-text" }), " ", make("span", { class: "num quiet" }));
  return row;
}

function fillOperator(row: HTMLElement, one: OperatorView): void {
  put(row, "data-state", one.state);
  put(row, "data-since", one.since);
  put(row, "data-until", one.until ?? "");
  const [status, name, , other, calls] = [...row.children] as HTMLElement[];
  setIcon(status!, STATE_ICON[one.state]);
  const reason = one.state === "not_ready" && one.reason !== "" ? ` · ${named("reason", one.reason)}` : "";
  say(status!.querySelector(".word")!, word(`state.${one.state}`) + reason);
  say(name!.children[0]!, one.name);
  say(name!.children[1]!, one.extension);
  drawSigns(row, name!, one);
  const call = state.floor?.calls.find((item) => item.call_id === one.call_id);
  const lost = !one.phone_ok && one.state !== "offline";
  say(other!, lost ? word("floor.phone_lost") : call ? caller(call) : "");
  put(other!, "dir", call && !lost ? "ltr" : "auto");
  other!.classList.toggle("bad", lost);
  say(calls!, String(one.calls_today));
}

/** A raised hand, and who is in the talk: a sign and a word each. */
function drawSigns(row: HTMLElement, place: HTMLElement, one: OperatorView): void {
  put(row, "data-hand", String(one.hand_at !== null));
  const help = state.floor?.helps.find((item) => item.operator_id === one.operator_id);
  const signs = [one.hand_at === null ? "" : word("lead.hand"), help ? word(`sign.${help.stage === "confirmed" ? help.how : help.stage}`, { who: help.by_name }) : ""];
  let sign = place.querySelector<HTMLElement>(".signs");
  if (sign === null) place.append(sign = make("span", { class: "signs" }));
  const text = signs.filter((item) => item !== "").join(" · ");
  if (sign.dataset["text"] === text) return;
  put(sign, "data-text", text);
  sign.replaceChildren(...(text === "" ? [] : [icon(one.hand_at !== null ? "hand" : "ear"), text]));
}

function drawPhone(): void {
  if (phone === null) return;
  const { registered, trouble, session } = phone.state;
  put(byId("phone"), "data-registered", String(registered));
  put(byId("phone"), "data-session", session);
  say(byId("phone-word"), word(registered ? "phone.ready" : trouble === "elsewhere" ? "phone.elsewhere" : trouble === "refused" ? "phone.lost" : "phone.starting"));
  lead?.draw();
}

function callRow(): HTMLElement {
  const row = cells("", "num strong-text", "n timer", "n timer", "name");
  row.children[0]!.append(stateCell());
  return row;
}

function fillCall(row: HTMLElement, call: CallView): void {
  put(row, "data-phase", call.phase);
  const [phase, who, , , by] = [...row.children] as HTMLElement[];
  setIcon(phase!, PHASE_ICON[call.phase]);
  say(phase!.querySelector(".word")!, word(`phase.${call.phase}`));
  say(who!, caller(call));
  put(who!, "dir", "ltr");
  say(by!, state.floor?.operators.find((one) => one.operator_id === call.operator_id)?.name ?? "");
}

function caller(call: CallView): string {
  if (call.number === "") return word("withheld");
  return grouped(call.number);
}

function queueTile(): HTMLElement {
  const figure = (id: string, key: string): HTMLElement =>
    make("div", { class: "figure-cell", "data-figure": id }, make("dt", {}, word(key)), make("dd", { class: "num" }), make("dd", { class: "under num" }));
  return make("div", { class: "queue-tile panel", role: "button", tabindex: 0, "aria-pressed": "false" }, make("h2", {}), make("dl", {},
    figure("waiting", "queue.waiting"), figure("longest", "queue.longest"), figure("level", "queue.level"), figure("abandoned", "queue.abandoned"), figure("offered", "queue.offered")));
}

const moodOf = (bad: boolean, warn: boolean): string => (bad ? "bad" : warn ? "warn" : "");

function fillQueue(tile: HTMLElement, queue: QueueView): void {
  put(tile, "data-longest", queue.longest_since ?? "");
  say(tile.querySelector("h2")!, named("queue.name", queue.queue));
  const lost = abandonRate(queue);
  const counted = queue.offered - queue.abandoned_short;
  const n = counted > 0 ? word("queue.of", { n: counted }) : word("queue.none");
  figure(tile, "waiting", String(queue.waiting), "", queue.waiting > 0 ? "some" : "");
  figure(tile, "abandoned", lost === null ? "–" : percent(lost), counted > 0 ? `${word("wall.target", { value: percent(0.05) })} · ${n}` : n, lost === null ? "" : moodOf(lost > 0.1, lost > 0.05));
  figure(tile, "offered", String(queue.offered), queue.kept > 0 ? word("queue.kept", { n: queue.kept }) : "", "");
}

/** The level falls while somebody waits too long, so it is drawn with the clock. */
function drawLevel(tile: HTMLElement, queue: QueueView, now: number): void {
  const { share, counted } = serviceLevel([queue], now, CONFIG.service_level_seconds * 1000);
  const mood = share === null ? "" : moodOf(share < CONFIG.level_target - 0.2, share < CONFIG.level_target);
  const target = word("wall.target", { value: percent(CONFIG.level_target) });
  figure(tile, "level", share === null ? "–" : percent(share), `${target} · ${word("queue.n", { n: counted })}`, mood);
}

function figure(tile: HTMLElement, id: string, text: string, under: string, mood: string): void {
  const place = tile.querySelector(`[data-figure="${id}"]`)!;
  put(place, "data-mood", mood);
  say(place.children[1]!, text);
  say(place.children[2]!, under);
}

/** From a figure to what is behind it: a queue's tile, a state of the tally, an alert; the same again shows all. */
function drill(target: Element): void {
  const tile = target.closest<HTMLElement>(".queue-tile");
  const state_ = target.closest<HTMLElement>("#tally [data-state]");
  const alert = target.closest<HTMLElement>(".alert-line");
  if (tile) drilled = { ...drilled, queue: drilled.queue === tile.dataset["queue"] ? "" : tile.dataset["queue"] ?? "" };
  else if (state_) drilled = { ...drilled, state: drilled.state === state_.dataset["state"] ? "" : state_.dataset["state"] ?? "" };
  else if (alert?.dataset["jump"] === "queue") drilled = { ...drilled, queue: alert.dataset["subject"] ?? "" };
  else if (alert?.dataset["jump"] === "operator") return document.querySelector<HTMLElement>(`#operators tr[data-operator-id="${CSS.escape(alert.dataset["subject"] ?? "")}"]`)?.click();
  else return;
  draw();
}

function drawDrill(): void {
  for (const tile of byId("queues").children as HTMLCollectionOf<HTMLElement>) put(tile, "aria-pressed", String(tile.dataset["queue"] === drilled.queue));
  for (const cell of byId("tally").children as HTMLCollectionOf<HTMLElement>) put(cell, "aria-pressed", String(cell.dataset["state"] === drilled.state));
  const place = byId("drilled");
  show(place, drilled.queue !== "");
  say(place, drilled.queue === "" ? "" : word("floor.of", { queue: named("queue.name", drilled.queue) }));
}

function startDrill(): void {
  for (const id of ["queues", "tally", "alerts"]) {
    byId(id).addEventListener("click", (event) => drill(event.target as Element));
    byId(id).addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      drill(event.target as Element);
    });
  }
}

/** Nodes and their trunks: a sign, a word, and since when. */
function drawLines(): void {
  const { floor } = state;
  const lines = [
    ...Object.entries(floor?.nodes ?? {}).map(([node, up]) => ({ key: node, name: node, up: up as boolean | null, since: "" })),
    ...(floor?.trunks ?? []).map((one) => ({ key: `${one.node}/${one.trunk}`, name: one.trunk, up: one.up, since: one.since })),
  ];
  rows(byId("lines"), lines, (one) => one.key, "line", () => make("li", { class: "line" }, icon("dot"), make("bdi", {}), make("span", { class: "quiet" })), (cell, one) => {
    put(cell, "data-up", String(one.up));
    put(cell, "title", one.since === "" ? one.key : `${one.key} · ${timeOfDay(new Date(one.since), CONFIG.time_zone)}`);
    setIcon(cell, one.up === true ? "check" : one.up === false ? "link-off" : "help");
    say(cell.children[1]!, one.name);
    say(cell.children[2]!, word(`line.${one.up === null ? "unknown" : one.up ? "up" : "down"}`));
  });
}

function drawTally(operators: readonly OperatorView[]): void {
  const place = byId("tally");
  if (place.childElementCount === 0) {
    for (const one of STATE_ORDER.filter((name) => name !== "offline")) {
      place.append(make("div", { "data-state": one, role: "button", tabindex: 0, "aria-pressed": "false" }, make("span", { class: "name" }, icon(STATE_ICON[one]), word(`state.${one}`)), make("span", { class: "num count" })));
    }
  }
  for (const one of place.children as HTMLCollectionOf<HTMLElement>) {
    say(one.querySelector(".count")!, String(operators.filter((item) => item.state === one.dataset["state"]).length));
  }
}

function tick(): void {
  const now = serverNow();
  for (const row of byId("operators").querySelectorAll<HTMLElement>("tbody tr")) {
    const until = row.dataset["until"];
    const counts = row.dataset["state"] === "wrap_up" && until ? Date.parse(until) - now : now - Date.parse(row.dataset["since"] ?? "");
    say(row.children[2]!, (row.dataset["state"] === "wrap_up" && until ? "−" : "") + clock(counts));
  }
  for (const call of state.floor?.calls ?? []) {
    const row = byId("calls").querySelector(`tbody tr[data-call-id="${CSS.escape(call.call_id)}"]`);
    if (!row) continue;
    const { state: inPhase, total, waited } = times(call, null, now);
    const shown = call.phase === "waiting" || call.phase === "fallback" ? waited : inPhase;
    say(row.children[2]!, shown === null ? clock(total) : clock(shown));
    say(row.children[3]!, clock(total));
  }
  for (const tile of byId("queues").children as HTMLCollectionOf<HTMLElement>) {
    const since = tile.dataset["longest"];
    const age = since ? now - Date.parse(since) : 0;
    const queue = state.floor?.queues.find((one) => one.queue === tile.dataset["queue"]);
    if (queue) drawLevel(tile, queue, now);
    figure(tile, "longest", since ? clock(age) : "–:––", word("wall.target", { value: clock(120_000) }), age > 120_000 ? "bad" : age > 60_000 ? "warn" : "");
  }
  tickAlerts(now);
  if (CONFIG.replay) tickReplay(now);
  drawAge();
}

function drawAge(): void {
  drawBanner();
  if (!isStale()) heardAt = Date.now();
  put(byId("age"), "data-fresh", String(!isStale()));
  const seconds = Math.floor((Date.now() - heardAt) / 1000);
  say(byId("age-text"), heardAt === 0 ? word("connecting") : isStale() ? word("floor.age", { seconds }) : word(CONFIG.replay ? "replay.mark" : "floor.live"));
}

startTheme();
drawAge();
onTick(tick);
startTicks();
if (!CONFIG.replay) startAlerts();
startDrill();
lead?.start();
messages?.start();
hub.start();
phone?.start();
Object.assign(window, { busbar: { phone: { stats: () => phone?.stats() }, hub: { get number() { return hub.number; } } } });
