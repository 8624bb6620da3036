// Contacts on every channel, the newest first: they come with the card as data, older ones when they are asked for.

import { icon, make } from "./dom.ts";
import { clock, stamp, word } from "./words.ts";

export interface Contact {
  readonly interaction_id: number;
  readonly call_id: string;
  readonly at: string;
  readonly channel: string;
  readonly direction: string;
  readonly operator: string;
  readonly disposition: string;
  readonly note: string;
  readonly seconds: number;
  readonly path: readonly string[];
  readonly recorded: boolean;
}

const DRAWINGS: Readonly<Record<string, string>> = { email: "mail", sms: "sms", office: "office" };

/** One contact as a row; names of its codes are put in by `nameCodes`. */
export function contactRow(one: Contact): HTMLElement {
  const drawing = one.channel === "phone" ? (one.direction === "out" ? "out" : "in") : (DRAWINGS[one.channel] ?? "web");
  const head = make("p", { class: "event-head" },
    make("a", { class: "event-when", href: `/office/interactions/${one.interaction_id}`, target: "_blank", rel: "noopener" }, make("time", { datetime: one.at }, stamp(one.at))),
    make("span", { class: "event-what", "data-code": one.disposition }, one.disposition),
    ...(one.operator === "" ? [] : [make("bdi", { class: "quiet" }, one.operator)]),
    ...(one.seconds === 0 ? [] : [make("span", { class: "quiet num" }, clock(one.seconds * 1000))]),
    ...(one.recorded ? [make("a", { class: "event-recorded", href: `/office/interactions/${one.interaction_id}#recordings`, target: "_blank", rel: "noopener", title: word("recording.heard"), "aria-label": word("recording.heard") }, icon("mic"))] : []));
  const body = make("div", { class: "event-body" }, head,
    ...(one.note === "" ? [] : [make("p", { class: "event-note", dir: "auto" }, one.note)]),
    ...(one.path.length === 0 ? [] : [make("p", { class: "event-path quiet", "data-path": one.path.join(";") }, one.path.join(" › "))]));
  const data = { "data-channel": one.channel, "data-interaction-id": one.interaction_id, "data-call-id": one.call_id || undefined, "data-disposition": one.disposition };
  return make("li", { class: "event", ...data }, icon(drawing), body);
}
