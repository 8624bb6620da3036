// What of a customer's life the timeline shows: contacts of a kind, or everything that happened, the newest first.

import { icon, make, show } from "./dom.ts";
import type { History } from "./history.ts";
import { day, month, named, sum, word } from "./words.ts";

const KINDS = ["contacts", "all", "calls", "messages", "notes", "readings", "bills", "payments", "applications"] as const;
type Kind = (typeof KINDS)[number];
interface Happened {
  readonly on: string;
  readonly kind: Kind;
  readonly drawing: string;
  readonly what: string;
  readonly more: string;
}

/** Put the choice above the list: radio buttons, so that arrow keys go through them. */
export function wakeFilter(list: HTMLElement, history: History): void {
  const choices = make("fieldset", { class: "timeline-filter" }, make("legend", { class: "unseen" }, word("timeline.what")),
    ...KINDS.map((kind) => make("label", {}, make("input", { type: "radio", name: "timeline-kind", value: kind, ...(kind === "contacts" ? { checked: "" } : {}) }), word(`timeline.${kind}`))));
  const nothing = make("p", { class: "quiet", role: "status" }, word("timeline.nothing"));
  show(nothing, false);
  list.before(choices);
  list.after(nothing);
  choices.addEventListener("change", (event) => {
    draw(list, history, (event.target as HTMLInputElement).value as Kind);
    show(nothing, list.querySelector(".event:not([hidden])") === null);
  });
}

function draw(list: HTMLElement, history: History, kind: Kind): void {
  for (const one of list.querySelectorAll("[data-happened]")) one.remove();
  for (const one of list.querySelectorAll<HTMLElement>(".event")) show(one, isOf(one, kind));
  const others = happened(history).filter((one) => kind === "all" || one.kind === kind);
  for (const one of others) {
    const row = make("li", { class: "event", "data-happened": one.kind, "data-on": one.on }, icon(one.drawing),
      make("div", { class: "event-body" }, make("p", { class: "event-head" }, make("time", { class: "event-when", datetime: one.on }, day(one.on)),
        make("span", { class: "event-what" }, one.what), make("bdi", { class: "quiet num" }, one.more))));
    const older = [...list.querySelectorAll<HTMLElement>(".event")].find((other) => dayOf(other) < one.on);
    if (older) older.before(row);
    else list.append(row);
  }
}

function dayOf(row: HTMLElement): string {
  return row.dataset["on"] ?? row.querySelector("time")?.dateTime.slice(0, 10) ?? "";
}

function isOf(row: HTMLElement, kind: Kind): boolean {
  if (kind === "contacts" || kind === "all") return true;
  const channel = row.dataset["channel"] ?? "";
  if (kind === "notes") return row.querySelector(".event-note") !== null;
  return kind === "calls" ? channel === "phone" : kind === "messages" && channel !== "phone";
}

function happened(history: History): Happened[] {
  const found: Happened[] = [
    ...history.readings.map((one): Happened => ({ on: one.taken_on, kind: "readings", drawing: "meter", what: `${named("quality", one.quality)}: ${one.value}`, more: named("source", one.source) })),
    ...history.invoices.map((one): Happened => ({ on: one.period, kind: "bills", drawing: "file", what: `${word("timeline.bills")}: ${month(one.period)}`, more: sum(one.amount) })),
    ...history.payments.map((one): Happened => ({ on: one.paid_on, kind: "payments", drawing: "coins", what: `${word("timeline.payments")}: ${sum(one.amount)}`, more: named("channel", one.channel) })),
    ...history.applications.map((one): Happened => ({ on: one.filed_on, kind: "applications", drawing: "file", what: one.title, more: one.number })),
    ...history.notices.map((one): Happened => ({ on: one.sent_at.slice(0, 10), kind: "messages", drawing: "mail", what: named("notice", one.kind), more: sum(one.amount) })),
  ];
  return found.sort((one, other) => (one.on < other.on ? 1 : one.on > other.on ? -1 : 0));
}
