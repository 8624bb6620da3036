// Help at the desk: who is in the talk, what supervisors said, and the raised hand.

import { byId, enable, icon, make, put, say, show } from "./dom.ts";
import type { Ask, DeskView, SaidView } from "./types.ts";
import { word } from "./words.ts";

let wishes: (ask: Ask) => Promise<boolean>;
let raised = false;

export function startHelped(wish: (ask: Ask) => Promise<boolean>): void {
  wishes = wish;
  byId("hand").addEventListener("click", () => void wishes({ wish: raised ? "lower_hand" : "raise_hand" }));
  byId("said-list").addEventListener("click", (event) => {
    const id = (event.target as Element).closest<HTMLElement>("[data-said]")?.dataset["said"];
    if (id !== undefined && (event.target as Element).closest("button") !== null) void wishes({ wish: "put_away", said_id: id });
  });
}

export function drawHelped(desk: DeskView | null, connected: boolean): void {
  const help = desk?.helped.find((one) => one.stage !== "requested") ?? null;
  show(byId("helped"), help !== null);
  if (help !== null) {
    put(byId("helped"), "data-how", help.how);
    say(byId("helped-text"), word(`helped.${help.stage === "confirmed" ? help.how : help.stage}`, { who: help.by_name }));
  }
  raised = desk?.operator.hand_at != null;
  const hand = byId("hand");
  put(hand, "aria-pressed", String(raised));
  put(hand, "title", `${word(raised ? "hand.lower" : "hand.raise")}  Alt+U`);
  enable(hand, connected && desk !== null && desk.operator.state !== "offline");
  drawSaid(desk?.said ?? []);
}

function drawSaid(words: readonly SaidView[]): void {
  const list = byId("said-list");
  const known = new Set([...list.children].map((one) => (one as HTMLElement).dataset["said"]));
  for (const one of words) {
    if (known.delete(one.said_id)) continue;
    list.append(make("p", { class: "said", "data-said": one.said_id }, icon("sms"),
      make("span", {}, make("bdi", { class: "strong-text" }, one.by_name), ": ", make("bdi", {}, one.text)),
      make("button", { type: "button", class: "plain-button small", "aria-label": word("said.away"), title: word("said.away") }, icon("cross"))));
  }
  for (const gone of known) list.querySelector(`[data-said="${CSS.escape(gone ?? "")}"]`)?.remove();
}
