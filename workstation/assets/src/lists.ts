// Shorter lists of a card, each behind a tab: bills' lines, debt, promises, applications, meters, people and what was agreed.

import { icon, make, svg } from "./dom.ts";
import type { Contact } from "./timeline.ts";
import { day, longMonth, named, number, phone, stamp, sum, word } from "./words.ts";

export interface Line { readonly period: string; readonly what: string; readonly quantity: string; readonly price: string; readonly amount: string }
export interface Age { readonly label: string; readonly amount: string }
export interface Promised { readonly amount: string; readonly due_on: string; readonly status: string }
export interface Application {
  readonly number: string; readonly title: string; readonly stage: string; readonly filed_on: string; readonly due_on: string | null; readonly late: boolean;
}
export interface Meter {
  readonly serial: string; readonly model: string; readonly digits: number; readonly decimals: number; readonly multiplier: number;
  readonly installed_on: string; readonly removed_on: string | null; readonly verification_due: string | null; readonly seal: string; readonly amr: boolean;
}
export interface Numbered { readonly number: string; readonly label: string; readonly verified: boolean }
export interface Person {
  readonly name: string; readonly role: string; readonly phone: string; readonly email: string; readonly verified: boolean; readonly verified_at: string | null;
  readonly channel: string; readonly opt_out: readonly string[]; readonly numbers: readonly Numbered[];
}
export interface Consent { readonly kind: string; readonly given: boolean; readonly at: string; readonly how: string }
export interface Agreement {
  readonly number: string; readonly supply: string; readonly started_on: string; readonly ended_on: string | null; readonly prepay: boolean; readonly budget_bill: boolean;
}
export interface Point { readonly service: string; readonly phases: number; readonly max_kw: string | null; readonly node: string }
export interface Adjustment { readonly kind: string; readonly amount: string; readonly posted_on: string; readonly reason: string }
export interface Dispute { readonly period: string; readonly amount: string; readonly reason: string; readonly status: string }
export interface Notice { readonly kind: string; readonly channel: string; readonly amount: string; readonly status: string; readonly sent_at: string }
export interface Paper { readonly title: string; readonly format: string; readonly made_at: string; readonly document_id: number }
export interface Own { readonly title: string; readonly value: string }
export interface Task { readonly title: string; readonly owner: string; readonly due_at: string | null }
export interface Lists {
  readonly lines: readonly Line[];
  readonly debt: readonly Age[];
  readonly promises: readonly Promised[];
  readonly applications: readonly Application[];
  readonly interactions: readonly Contact[];
  readonly meters: readonly Meter[];
  readonly people: readonly Person[];
  readonly consents: readonly Consent[];
  readonly agreements: readonly Agreement[];
  readonly points: readonly Point[];
  readonly adjustments: readonly Adjustment[];
  readonly disputes: readonly Dispute[];
  readonly notices: readonly Notice[];
  readonly documents: readonly Paper[];
  readonly fields: readonly Own[];
  readonly tasks: readonly Task[];
}

type Rows = readonly (readonly [string, readonly HTMLElement[]])[];
const PROMISED: Readonly<Record<string, readonly [string, string]>> = {
  open: ["clock", ""], kept: ["check", "good"], part_kept: ["info", "warn"], broken: ["alert", "bad"],
};
const SUPPLY: Readonly<Record<string, readonly [string, string]>> = {
  connected: ["check", "good"], restricted: ["alert", "warn"], cut_off: ["off", "bad"], ended: ["cross", ""],
};

/** Rows of a tab's shorter lists, each with the place they belong to. */
export function listRows(tab: string, lists: Lists): Rows {
  switch (tab) {
    case "readings": return [["#meter-rows", lists.meters.map(meterRow)]];
    case "bills": return [["#line-rows", lists.lines.map(lineRow)]];
    case "debt": return [
      ["#age-rows", ageRows(lists.debt)], ["#promise-rows", lists.promises.map(promiseRow)], ["#adjustment-rows", lists.adjustments.map(adjustmentRow)],
      ["#dispute-rows", lists.disputes.map(disputeRow)], ["#notice-rows", lists.notices.map(noticeRow)],
    ];
    case "applications": return [["#application-rows", lists.applications.map(applicationRow)], ["#task-rows", lists.tasks.map(taskRow)]];
    case "people": return [
      ["#people-rows", lists.people.map(personRow)], ["#agreement-rows", lists.agreements.map(agreementRow)],
      ["#point-rows", lists.points.map(pointRow)], ["#consent-rows", lists.consents.map(consentRow)],
      ["#field-rows", lists.fields.map(ownRow)], ["#document-rows", lists.documents.map(paperRow)],
    ];
    default: return [];
  }
}

const cell = (kind: string, ...children: (Node | string)[]): HTMLElement => make("td", { class: kind || undefined }, ...children);
const own = (text: string): HTMLElement => make("bdi", {}, text);
const today = (): string => new Date().toISOString().slice(0, 10);
const state = (look: readonly [string, string], text: string): HTMLElement => make("span", { class: look[1] || undefined }, icon(look[0]), text);

function lineRow(one: Line): HTMLElement {
  return make("tr", {}, cell("", longMonth(one.period)), cell("", own(one.what)), cell("n", number(Number(one.quantity))), cell("n", number(Number(one.price))), cell("n strong-text", sum(one.amount)));
}

function ageRows(ages: readonly Age[]): HTMLElement[] {
  const owed = ages.reduce((all, one) => all + Number(one.amount), 0);
  return ages.map((one) => {
    const part = owed > 0 ? Math.round((100 * Number(one.amount)) / owed) : 0;
    const bar = svg("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("rect", { class: "track", width: 100, height: 8 }), svg("rect", { class: "fill", width: part, height: 8 }));
    return make("tr", {}, cell("num", one.label), cell("n strong-text", sum(one.amount)), cell("share", bar));
  });
}

function promiseRow(one: Promised): HTMLElement {
  const look = PROMISED[one.status] ?? ["info", ""];
  return make("tr", {}, cell("num", day(one.due_on)), cell("n strong-text", sum(one.amount)), cell("", state(look, named("promise", one.status))));
}

function applicationRow(one: Application): HTMLElement {
  const over = one.stage === "done" || one.stage === "refused";
  const due = one.due_on === null ? "" : day(one.due_on);
  const number = make("td", { class: "num", dir: "ltr" }, one.number);
  return make("tr", { class: over ? "past" : undefined }, number, cell("", own(one.title)), cell("", named("stage", one.stage)), cell("num", day(one.filed_on)),
    cell("num", ...(one.late ? [state(["alert", "bad"], `${due} · ${word("late")}`)] : [due])));
}

function meterRow(one: Meter): HTMLElement {
  const due = one.verification_due;
  const place = day(one.installed_on) + (one.removed_on === null ? "" : ` – ${day(one.removed_on)}`);
  const dials = `${one.digits}${one.decimals > 0 ? `,${one.decimals}` : ""}${one.multiplier > 1 ? ` ${word("times", { n: one.multiplier })}` : ""}`;
  return make("tr", { class: one.removed_on === null ? undefined : "past" }, make("td", { class: "num", dir: "ltr" }, one.serial),
    cell("", own(one.model), ...(one.amr ? [make("span", { class: "quiet" }, ` · ${word("amr")}`)] : [])), cell("n", dials), cell("num", place),
    cell(due !== null && due <= today() ? "num bad" : "num", due === null ? "—" : day(due)), make("td", { class: "num", dir: "ltr" }, one.seal));
}

function personRow(one: Person): HTMLElement {
  const first: Numbered[] = one.phone === "" ? [] : [{ number: one.phone, label: "", verified: one.verified }];
  const numbers = [...first, ...one.numbers].map((it) => make("div", {}, make("bdi", { class: "num", dir: "ltr" }, phone(it.number)),
    ...(it.label === "" ? [] : [make("span", { class: "quiet" }, ` ${named("label", it.label)}`)]), ...(it.verified ? [" ", verified(one.verified_at)] : [])));
  const refused = one.opt_out.map((way) => named("reach", way)).join(", ");
  return make("tr", {}, cell("strong-text", own(one.name)), cell("", named("role", one.role)), cell("", ...numbers), cell("", make("bdi", { dir: "ltr" }, one.email)),
    cell("", named("reach", one.channel)), cell(refused === "" ? "" : "warn", refused));
}

function verified(at: string | null): HTMLElement {
  return make("span", { class: "good", title: at === null ? undefined : stamp(at) }, icon("check"), word("verified"));
}

function consentRow(one: Consent): HTMLElement {
  const look: readonly [string, string] = one.given ? ["check", "good"] : ["ban", "warn"];
  return make("tr", {}, cell("", named("consent", one.kind)), cell("", state(look, word(one.given ? "given" : "withdrawn"))), cell("", named("said", one.how)), cell("num", stamp(one.at)));
}

function agreementRow(one: Agreement): HTMLElement {
  const terms = [...(one.prepay ? [word("prepay")] : []), ...(one.budget_bill ? [word("budget_bill")] : [])].join(", ");
  return make("tr", { class: one.ended_on === null ? undefined : "past" }, make("td", { class: "num", dir: "ltr" }, one.number), cell("", state(SUPPLY[one.supply] ?? ["info", ""], named("supply", one.supply))),
    cell("num", day(one.started_on)), cell("num", one.ended_on === null ? "" : day(one.ended_on)), cell("quiet", terms));
}

function pointRow(one: Point): HTMLElement {
  return make("tr", {}, cell("", named("service", one.service)), cell("n", String(one.phases)), cell("n", one.max_kw === null ? "" : number(Number(one.max_kw))), make("td", { dir: "ltr" }, one.node));
}

function adjustmentRow(one: Adjustment): HTMLElement {
  return make("tr", {}, cell("num", day(one.posted_on)), cell("", named("adjustment", one.kind)), cell("n strong-text", sum(one.amount)), cell("", own(one.reason)));
}

function disputeRow(one: Dispute): HTMLElement {
  return make("tr", {}, cell("", longMonth(one.period)), cell("n strong-text", sum(one.amount)), cell("", own(one.reason)), cell("", named("dispute", one.status)));
}

function noticeRow(one: Notice): HTMLElement {
  return make("tr", {}, cell("num", stamp(one.sent_at)), cell("", named("notice", one.kind)), cell("", named("notice.by", one.channel)), cell("n", sum(one.amount)), cell("", named("notice.is", one.status)));
}

function taskRow(one: Task): HTMLElement {
  const late = one.due_at !== null && new Date(one.due_at).getTime() < Date.now();
  const due = one.due_at === null ? "" : stamp(one.due_at);
  return make("tr", {}, cell("", own(one.title)), cell("", own(one.owner)), cell("num", ...(late ? [state(["alert", "bad"], due)] : [due])));
}

function ownRow(one: Own): HTMLElement {
  return make("tr", {}, cell("quiet", own(one.title)), cell("", own(one.value)));
}

function paperRow(one: Paper): HTMLElement {
  const account = document.getElementById("card")?.dataset["accountId"] ?? "";
  const link = make("a", { href: `/office/accounts/${account}/documents/${one.document_id}` }, own(one.title));
  return make("tr", {}, cell("", link), cell("num", stamp(one.made_at)));
}
