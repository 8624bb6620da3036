// Alerts over the floor: a line each with its age, and one soft sound when a new one comes, unless it was turned off.

import { byId, icon, make, put, say, show } from "./dom.ts";
import { nudge, prepareRing } from "./ring.ts";
import type { AlertView, FloorView } from "./types.ts";
import { clock, named, word } from "./words.ts";

const QUIET = "busbar.alerts.quiet";
/** Kinds that are of no queue and nobody. */
const OF_THE_HOUSE: ReadonlySet<string> = new Set(["node", "trunk", "recording", "import"]);
let known: ReadonlySet<string> | null = null;
let quiet = localStorage.getItem(QUIET) === "yes";

const keyOf = (one: AlertView): string => `${one.kind} ${one.subject}`;

export function startAlerts(): void {
  prepareRing();
  const button = byId("quiet");
  const draw = (): void => put(button, "aria-pressed", String(quiet));
  button.addEventListener("click", () => {
    quiet = !quiet;
    localStorage.setItem(QUIET, quiet ? "yes" : "no");
    draw();
  });
  draw();
}

export function drawAlerts(floor: FloorView): void {
  const place = byId("alerts");
  const now = new Set(floor.alerts.map(keyOf));
  const before = known;
  known = now;
  show(place, now.size > 0);
  if (before !== null && !quiet && [...now].some((one) => !before.has(one))) nudge();
  const rows = new Map([...place.children].map((row) => [(row as HTMLElement).dataset["alert"] ?? "", row as HTMLElement]));
  for (const one of floor.alerts) {
    const row = rows.get(keyOf(one)) ?? made(one);
    rows.delete(keyOf(one));
    if (!row.isConnected) place.append(row);
    put(row, "data-since", one.raised_at);
    say(row.children[1]!, word(`alert.${one.kind}`, { subject: subject(one, floor) }));
  }
  for (const gone of rows.values()) gone.remove();
}

export function tickAlerts(now: number): void {
  for (const row of byId("alerts").children as HTMLCollectionOf<HTMLElement>) {
    say(row.children[2]!, clock(now - Date.parse(row.dataset["since"] ?? "")));
  }
}

function made(one: AlertView): HTMLElement {
  const jump = one.kind === "wrap_up" ? "operator" : OF_THE_HOUSE.has(one.kind) ? "" : "queue";
  return make("button", { type: "button", class: "alert-line", "data-alert": keyOf(one), "data-jump": jump, "data-subject": one.subject },
    icon("alert"), make("span", {}), make("span", { class: "num timer" }));
}

function subject(one: AlertView, floor: FloorView): string {
  if (one.kind === "wrap_up") return floor.operators.find((item) => String(item.operator_id) === one.subject)?.name ?? one.subject;
  return OF_THE_HOUSE.has(one.kind) ? one.subject : named("queue.name", one.subject);
}
