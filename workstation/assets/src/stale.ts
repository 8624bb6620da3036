// The banner that says when the screen is old, and how old.

import { byId, say, show } from "./dom.ts";
import type { Freshness } from "./hub.ts";
import { clock, word } from "./words.ts";

let fresh: Freshness = "connecting";
let since = Date.now();
let nodesDown: readonly string[] = [];
/** A reconnect that takes less than this is nobody's business. */
const PATIENCE = 1_000;

export function setFreshness(next: Freshness, from: number): void {
  fresh = next;
  since = from;
  drawBanner();
}

export function setNodesDown(nodes: readonly string[]): void {
  nodesDown = nodes;
}

export function isStale(): boolean {
  return fresh !== "live";
}

/** Draw what holds now; called with each tick, since age counts on. */
export function drawBanner(): void {
  const age = Date.now() - since;
  const key = sentence(age);
  document.body.toggleAttribute("data-stale", key !== "" && key !== "stale.node");
  show(byId("stale"), key !== "");
  show(byId("sign-in-again"), key === "stale.forbidden");
  if (key === "") return;
  say(byId("stale-text"), key === "stale.node" ? `${word(key)} (${nodesDown.join(", ")})` : word(key));
  say(byId("stale-age"), key === "stale.node" ? "" : clock(age));
}

function sentence(age: number): string {
  if (fresh === "forbidden") return "stale.forbidden";
  if ((fresh === "closed" || fresh === "connecting") && age > PATIENCE) return "stale.closed";
  if (fresh === "silent" || fresh === "floor") return "stale.silent";
  return fresh === "live" && nodesDown.length > 0 ? "stale.node" : "";
}
