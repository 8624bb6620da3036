// The operator's own state and its menu, the queue strip, the telephone's lamp.

import { clock, CONFIG, named, percent, word } from "./words.ts";
import { byId, enable, make, put, say, setIcon, show } from "./dom.ts";
import type { Ask, DeskView, OperatorState, OperatorView, QueueView } from "./types.ts";
import type { PhoneState } from "./phone.ts";
import { serviceLevel } from "./state.ts";

export const STATE_ICON: Readonly<Record<OperatorState, string>> = {
  offline: "off", ready: "ready", reserved: "ring", talking: "phone", wrap_up: "pen", not_ready: "away",
};
const BUSY: readonly OperatorState[] = ["reserved", "talking", "wrap_up"];

let operator: OperatorView | null = null;

/** Wire the status button and its menu. */
export function startStatus(ask: (wish: Ask) => void): void {
  const button = byId<HTMLButtonElement>("status-button");
  const menu = byId("status-menu");
  const open = (visible: boolean): void => {
    show(menu, visible);
    put(button, "aria-expanded", String(visible));
    if (visible) menu.querySelector<HTMLElement>("button")?.focus();
  };
  button.addEventListener("click", () => open(menu.hasAttribute("hidden")));
  byId("go-ready").addEventListener("click", () => ask({ wish: "ready" }));
  menu.addEventListener("click", (event) => {
    const item = (event.target as Element).closest<HTMLElement>("[data-set]");
    if (!item) return;
    open(false);
    button.focus();
    ask(item.dataset["set"] === "ready" ? { wish: "ready" } : { wish: "not_ready", reason: item.dataset["reason"] ?? "" });
  });
  menu.addEventListener("keydown", (event) => walkMenu(menu, event, () => (open(false), button.focus())));
  document.addEventListener("pointerdown", (event) => byId("status").contains(event.target as Node) || open(false));
}

function walkMenu(menu: HTMLElement, event: KeyboardEvent, close: () => void): void {
  if (event.key === "Escape" || event.key === "Tab") return close();
  const items = [...menu.querySelectorAll<HTMLElement>("button")];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  items[(next + items.length) % items.length]?.focus();
}

export function drawStatus(desk: DeskView | null, connected: boolean): void {
  operator = desk?.operator ?? null;
  const state = operator?.state ?? "offline";
  const place = byId("status");
  put(place, "data-state", state);
  put(place, "data-reason", operator?.reason ?? "");
  setIcon(byId("status-button"), STATE_ICON[state]);
  const reason = operator?.reason ? named("reason", operator.reason) : "";
  let text = operator === null ? word("connecting") : word(`state.${state}`);
  if (state === "not_ready" && reason !== "") text = reason;
  if (operator?.next_reason && BUSY.includes(state)) text += ` · ${word("next_state", { reason: named("reason", operator.next_reason) })}`;
  say(byId("status-word"), text);
  enable(byId("status-button"), connected && operator !== null);
  const canGo = state === "not_ready" || state === "offline";
  show(byId("go-ready"), operator !== null && canGo);
  enable(byId("go-ready"), connected && operator !== null);
  show(byId("status-note"), BUSY.includes(state));
  say(byId("calls-today"), String(operator?.calls_today ?? 0));
}

export function drawStatusTimer(now: number): void {
  say(byId("status-timer"), operator === null ? "" : clock(now - Date.parse(operator.since)));
}

export function drawPhone(phone: PhoneState): void {
  const place = byId("phone");
  put(place, "data-registered", String(phone.registered));
  put(place, "data-session", phone.session);
  put(place, "data-muted", String(phone.muted));
  const key = phone.registered ? "phone.ready" : phone.trouble === "elsewhere" ? "phone.elsewhere" : phone.trouble === "desk" ? "phone.desk" : phone.trouble === "refused" ? "phone.lost" : "phone.starting";
  say(byId("phone-word"), word(key));
  place.title = `${word(key)}  Alt+B`;
  put(place, "aria-label", word(key));
  show(byId("elsewhere"), phone.trouble === "elsewhere");
}

/** All queues added up, from counts and never from percentages. */
export function drawQueues(queues: readonly QueueView[], now: number): void {
  const strip = byId("queue-strip");
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const longest = queues.map((queue) => queue.longest_since).filter((since) => since !== null).sort()[0];
  const { share, counted } = serviceLevel(queues, now, CONFIG.service_level_seconds * 1000);
  if (strip.childElementCount === 0) {
    for (const [id, key] of [["waiting", "queue.waiting"], ["longest", "queue.longest"], ["level", "queue.level"]] as const) {
      strip.append(make("div", { "data-figure": id }, make("dt", {}, word(key)), make("dd", { class: "num" })));
    }
  }
  const figure = (id: string, text: string, mood: string): void => {
    const place = strip.querySelector(`[data-figure="${id}"]`);
    if (!place) return;
    put(place, "data-mood", mood);
    say(place.querySelector("dd") ?? place, text);
  };
  const age = longest ? now - Date.parse(longest) : 0;
  figure("waiting", String(waiting), waiting > 0 ? "some" : "");
  figure("longest", longest ? clock(age) : "–:––", age > 120_000 ? "bad" : age > 60_000 ? "warn" : "");
  figure("level", share === null ? "–" : percent(share), share !== null && share < 0.6 ? "bad" : share !== null && share < 0.8 ? "warn" : "");
  put(strip, "title", `${word("queue.level")}: ${word("queue.n", { n: counted })}`);
}
