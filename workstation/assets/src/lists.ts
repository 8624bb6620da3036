// Shorter lists of a card, each behind a tab: bills' lines, applications, meters, people and what was agreed.

import { away, cell, own, state, today } from "./cells.ts";
import type { Look, Rows } from "./cells.ts";
import { debtRows } from "./debts.ts";
import type { Debts } from "./debts.ts";
import { icon, make } from "./dom.ts";
import type { Contact } from "./timeline.ts";
import { day, longMonth, named, number, phone, price, stamp, stampDay, sum, word } from "./words.ts";

export interface Line { readonly period: string; readonly what: string; readonly quantity: string; readonly price: string; readonly amount: string }
export interface Application {
  readonly application_id: number; readonly number: string; readonly title: string; readonly stage: string; readonly filed_on: string;
  readonly due_on: string | null; readonly late: boolean; readonly files: number;
}
export interface Meter {
  readonly meter_id: number; readonly serial: string; readonly model: string; readonly digits: number; readonly decimals: number; readonly multiplier: number;
  readonly installed_on: string; readonly removed_on: string | null; readonly verification_due: string | null; readonly seal: string;
  readonly sealed_on: string | null; readonly amr: boolean; readonly virtual: boolean;
  readonly registers: readonly { readonly register_id: number; readonly code: string; readonly last_value: string | null }[];
}
export interface Numbered { readonly number: string; readonly label: string; readonly verified: boolean }
export interface Person {
  readonly name: string; readonly role: string; readonly phone: string; readonly email: string; readonly verified: boolean; readonly verified_at: string | null;
  readonly channel: string; readonly opt_out: readonly string[]; readonly numbers: readonly Numbered[];
}
export interface Consent { readonly kind: string; readonly given: boolean; readonly at: string; readonly how: string }
export interface Agreement {
  readonly agreement_id: number; readonly number: string; readonly supply: string; readonly started_on: string; readonly ended_on: string | null;
  readonly prepay: boolean; readonly budget_bill: boolean; readonly tariff: string; readonly shut_off_on: string | null;
}
export interface Point { readonly point_id: number; readonly service: string; readonly phases: number; readonly max_kw: string | null; readonly node: string }
export interface Paper { readonly title: string; readonly format: string; readonly made_at: string; readonly document_id: number }
export interface Own { readonly of: string; readonly type: string; readonly title: string; readonly value: string; readonly meter_serial: string }
export interface Task { readonly task_id: number; readonly title: string; readonly owner: string; readonly due_at: string | null }
export interface Held {
  readonly taken_on: string; readonly register_code: string; readonly meter_serial: string; readonly value: string; readonly rule: string;
  readonly least: string | null; readonly most: string | null;
}
export interface Unread { readonly taken_on: string; readonly meter_serial: string; readonly why: string; readonly note: string }
export interface Alike { readonly customer_id: number; readonly customer: string }
export interface Merged { readonly customer: string; readonly merged_at: string }
export interface Price { readonly zone: string; readonly price: string; readonly up_to: string | null }
export interface Lists extends Debts {
  readonly lines: readonly Line[];
  readonly applications: readonly Application[];
  readonly interactions: readonly Contact[];
  readonly meters: readonly Meter[];
  readonly people: readonly Person[];
  readonly consents: readonly Consent[];
  readonly agreements: readonly Agreement[];
  readonly points: readonly Point[];
  readonly documents: readonly Paper[];
  readonly fields: readonly Own[];
  readonly tasks: readonly Task[];
  readonly held: readonly Held[];
  readonly unread: readonly Unread[];
  readonly alike: readonly Alike[];
  readonly merged: readonly Merged[];
  readonly prices: readonly Price[];
}

const SUPPLY: Readonly<Record<string, Look>> = {
  connected: ["check", "good"], restricted: ["alert", "warn"], cut_off: ["off", "bad"], ended: ["cross", ""],
};

/** Rows of a tab's shorter lists, each with the place they belong to. */
export function listRows(tab: string, lists: Lists): Rows {
  switch (tab) {
    case "readings": return [["#held-rows", lists.held.map(heldRow)], ["#meter-rows", lists.meters.map(meterRow)], ["#unread-rows", lists.unread.map(unreadRow)]];
    case "bills": return [["#line-rows", lists.lines.map(lineRow)]];
    case "debt": return debtRows(lists);
    case "applications": return [["#application-rows", lists.applications.map(applicationRow)], ["#task-rows", lists.tasks.map(taskRow)]];
    case "people": return [
      ["#people-rows", lists.people.map(personRow)], ["#agreement-rows", lists.agreements.map(agreementRow)],
      ["#point-rows", lists.points.map(pointRow)], ["#consent-rows", lists.consents.map(consentRow)], ["#price-rows", lists.prices.map((one) => priceRow(one, lists.prices))],
      ["#field-rows", lists.fields.map(ownRow)], ["#document-rows", lists.documents.map(paperRow)],
      ["#kin", [...lists.alike.map(alikeRow), ...lists.merged.map(mergedRow)]],
    ];
    default: return [];
  }
}

const digits = (text: string): HTMLElement => make("td", { class: "num", dir: "ltr" }, text);
const value = (exact: string): string => number(Number(exact));

function lineRow(one: Line): HTMLElement {
  return make("tr", {}, cell("", longMonth(one.period)), cell("", own(one.what)), cell("n", value(one.quantity)), cell("n", price(one.price)), cell("n strong-text", sum(one.amount)));
}

function applicationRow(one: Application): HTMLElement {
  const over = one.stage === "done" || one.stage === "refused";
  const due = one.due_on === null ? "" : day(one.due_on);
  const link = make("td", { class: "num", dir: "ltr" }, away(`/office/applications/${one.application_id}`, one.number));
  const files = one.files === 0 ? [] : [make("span", { class: "quiet" }, ` · ${word("files", { n: one.files })}`)];
  return make("tr", { class: over ? "past" : undefined }, link, cell("", own(one.title), ...files), cell("", named("stage", one.stage)), cell("num", day(one.filed_on)),
    cell("num", ...(one.late ? [state(["alert", "bad"], `${due} · ${word("late")}`)] : [due])));
}

function taskRow(one: Task): HTMLElement {
  const late = one.due_at !== null && new Date(one.due_at).getTime() < Date.now();
  const due = one.due_at === null ? "" : stamp(one.due_at);
  return make("tr", {}, cell("", away(`/office/tasks/${one.task_id}`, own(one.title))), cell("", own(one.owner)), cell("num", ...(late ? [state(["alert", "bad"], due)] : [due])));
}

function heldRow(one: Held): HTMLElement {
  const bounds = one.least === null || one.most === null ? "" : word("between", { least: value(one.least), most: value(one.most) });
  return make("tr", {}, cell("num", day(one.taken_on)), cell("", named("register", one.register_code), " ", make("bdi", { class: "num quiet", dir: "ltr" }, one.meter_serial)),
    cell("n strong-text", value(one.value)), cell("", state(["alert", "warn"], named("rule", one.rule))), cell("quiet", bounds));
}

function unreadRow(one: Unread): HTMLElement {
  return make("tr", {}, cell("num", day(one.taken_on)), digits(one.meter_serial), cell("", named("why", one.why)), cell("quiet", own(one.note)));
}

function meterRow(one: Meter): HTMLElement {
  const due = one.verification_due;
  const gone = one.removed_on !== null;
  const place = day(one.installed_on) + (one.removed_on === null ? "" : ` – ${day(one.removed_on)}`);
  const notes = [...(one.amr ? [word("amr")] : []), ...(one.virtual ? [word("virtual")] : [])].map((note) => make("span", { class: "quiet" }, ` · ${note}`));
  const turns = word("turns_at", { value: number(10 ** one.digits) });
  const dials = make("td", { class: "n", title: turns }, `${one.digits}${one.decimals > 0 ? `,${one.decimals}` : ""}${one.multiplier > 1 ? ` ${word("times", { n: one.multiplier })}` : ""}`);
  const seal = make("td", { class: "num", dir: "ltr", title: one.sealed_on === null ? undefined : word("sealed", { day: day(one.sealed_on) }) }, one.seal);
  return make("tr", { class: gone ? "past" : undefined }, make("td", { class: "num", dir: "ltr" }, away(`/office/meters/${one.meter_id}`, one.serial)),
    cell("", own(one.model), ...notes), dials, cell("num", place), cell(!gone && due !== null && due <= today() ? "num bad" : "num", due === null ? "—" : day(due)), seal);
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
  const look: Look = one.given ? ["check", "good"] : ["ban", "warn"];
  return make("tr", {}, cell("", named("consent", one.kind)), cell("", state(look, word(one.given ? "given" : "withdrawn"))), cell("", named("said", one.how)), cell("num", stampDay(one.at)));
}

function agreementRow(one: Agreement): HTMLElement {
  const terms = [...(one.prepay ? [word("prepay")] : []), ...(one.budget_bill ? [word("budget_bill")] : []), ...(one.tariff === "" ? [] : [one.tariff])];
  const off = one.shut_off_on === null ? [] : [make("span", { class: "num quiet" }, ` ${day(one.shut_off_on)}`)];
  return make("tr", { class: one.ended_on === null ? undefined : "past" }, make("td", { class: "num", dir: "ltr" }, away(`/office/agreements/${one.agreement_id}`, one.number || "№")),
    cell("", state(SUPPLY[one.supply] ?? ["info", ""], named("supply", one.supply)), ...off),
    cell("num", day(one.started_on) + (one.ended_on === null ? "" : ` – ${day(one.ended_on)}`)), cell("quiet", own(terms.join(", "))));
}

function pointRow(one: Point): HTMLElement {
  return make("tr", {}, cell("", away(`/office/points/${one.point_id}`, named("service", one.service))), cell("n", String(one.phases)),
    cell("n", one.max_kw === null ? "" : value(one.max_kw)), make("td", { dir: "ltr" }, one.node));
}

function priceRow(one: Price, all: readonly Price[]): HTMLElement {
  const tiers = all.some((it) => it.up_to !== null);
  const reach = !tiers ? "" : one.up_to === null ? word("above") : word("up_to", { value: value(one.up_to) });
  return make("tr", {}, cell("", named("register", one.zone)), cell("n strong-text", price(one.price)), cell("quiet", reach));
}

/** The value of a custom field as its type is written; whose it is stands before it where it is not the customer's own. */
function ownRow(one: Own): HTMLElement {
  const whose = one.of === "customer" ? "" : one.meter_serial === "" ? named("of", one.of) : `${named("of", one.of)} ${one.meter_serial}`;
  return make("tr", {}, cell("quiet", own(one.title), ...(whose === "" ? [] : [make("span", {}, ` · ${whose}`)])), cell("", own(written(one))));
}

function written(one: Own): string {
  switch (one.type) {
    case "date": return day(one.value);
    case "amount": return sum(one.value);
    case "number": case "whole": return value(one.value);
    case "flag": return word(one.value === "1" ? "yes" : "no");
    default: return one.value;
  }
}

function paperRow(one: Paper): HTMLElement {
  const account = document.getElementById("card")?.dataset["accountId"] ?? "";
  return make("tr", {}, cell("", away(`/office/accounts/${account}/documents/${one.document_id}`, own(one.title))), cell("num", stamp(one.made_at)));
}

function alikeRow(one: Alike): HTMLElement {
  return make("li", {}, icon("person"), away(`/office/customers/${one.customer_id}`, word("alike", { name: one.customer })));
}

function mergedRow(one: Merged): HTMLElement {
  return make("li", {}, icon("info"), own(word("merged", { name: one.customer, day: stampDay(one.merged_at) })));
}
