// The debt tab: ages, promises, plans and their parts, disputes, notices, adjustments.

import { cell, own, state } from "./cells.ts";
import type { Look, Rows } from "./cells.ts";
import { make, svg } from "./dom.ts";
import { day, longMonth, named, stampDay, sum, word } from "./words.ts";

export interface Age { readonly label: string; readonly amount: string }
export interface Promised { readonly amount: string; readonly due_on: string; readonly status: string }
export interface Part { readonly due_on: string; readonly amount: string; readonly paid: string; readonly state: string }
export interface Plan { readonly amount: string; readonly paid: string; readonly made_on: string; readonly status: string; readonly parts: readonly Part[] }
export interface Adjustment { readonly kind: string; readonly amount: string; readonly open_amount: string; readonly posted_on: string; readonly reason: string }
export interface Dispute { readonly period: string; readonly amount: string; readonly reason: string; readonly status: string }
export interface Notice { readonly kind: string; readonly channel: string; readonly amount: string; readonly status: string; readonly sent_at: string }
export interface Order { readonly kind: string; readonly status: string; readonly planned_on: string; readonly amount: string; readonly reason: string }
export interface Debts {
  readonly debt: readonly Age[];
  readonly promises: readonly Promised[];
  readonly plans: readonly Plan[];
  readonly adjustments: readonly Adjustment[];
  readonly disputes: readonly Dispute[];
  readonly orders: readonly Order[];
  readonly notices: readonly Notice[];
}

const PROMISED: Readonly<Record<string, Look>> = {
  open: ["clock", ""], kept: ["check", "good"], part_kept: ["info", "warn"], broken: ["alert", "bad"],
};
const PART: Readonly<Record<string, Look>> = { paid: ["check", "good"], due: ["clock", ""], missed: ["alert", "bad"] };
const DISPUTE: Readonly<Record<string, Look>> = { open: ["scale", "warn"] };

const ORDER: Readonly<Record<string, Look>> = { given: ["clock", "warn"], carried_out: ["ban", "bad"], lifted: ["check", "good"] };

/** Rows of the debt tab, each with the place they belong to. */
export function debtRows(lists: Debts): Rows {
  return [
    ["#age-rows", ageRows(lists.debt)], ["#promise-rows", lists.promises.map(promiseRow)], ["#plan-rows", lists.plans.flatMap(planRows)],
    ["#adjustment-rows", lists.adjustments.map(adjustmentRow)],
    ["#dispute-rows", lists.disputes.map(disputeRow)], ["#notice-rows", lists.notices.map(noticeRow)], ["#order-rows", lists.orders.map(orderRow)],
  ];
}

function ageRows(ages: readonly Age[]): HTMLElement[] {
  const owed = ages.reduce((all, one) => all + Number(one.amount), 0);
  return ages.map((one) => {
    const part = owed > 0 ? Math.round((100 * Number(one.amount)) / owed) : 0;
    const quiet = one.label === "current" || one.label === "disputed";
    const bar = svg("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("rect", { class: "track", width: 100, height: 8 }), svg("rect", { class: quiet ? "fill quiet-fill" : "fill", width: part, height: 8 }));
    const label = quiet ? named("age", one.label) : one.label.replace("-", "–");
    return make("tr", {}, cell("num", label), cell("n strong-text", sum(one.amount)), cell("share", bar));
  });
}

function promiseRow(one: Promised): HTMLElement {
  return make("tr", { class: one.status === "open" ? undefined : "past" }, cell("num", day(one.due_on)), cell("n strong-text", sum(one.amount)),
    cell("", state(PROMISED[one.status] ?? ["info", ""], named("promise", one.status))));
}

/** A plan that is open shows its parts; of one that is over its end is enough. */
function planRows(one: Plan): HTMLElement[] {
  const paid = word("paid_of", { paid: sum(one.paid), amount: sum(one.amount) });
  const end = one.parts.at(-1)?.due_on ?? one.made_on;
  if (one.status !== "open") {
    return [make("tr", { class: "past" }, cell("num", day(end)), cell("n", paid), cell("", state(PROMISED[one.status] ?? ["info", ""], named("plan", one.status))))];
  }
  return one.parts.map((part) => make("tr", { class: part.state === "paid" ? "past" : undefined }, cell("num", day(part.due_on)), cell("n strong-text", sum(part.amount)),
    cell("", state(PART[part.state] ?? ["info", ""], named("part", part.state)))));
}

function adjustmentRow(one: Adjustment): HTMLElement {
  const open = Number(one.open_amount) > 0;
  return make("tr", {}, cell("num", day(one.posted_on)), cell("", named("adjustment", one.kind)), cell("n strong-text", sum(one.amount)),
    cell("n", ...(open ? [make("strong", {}, sum(one.open_amount))] : [])), cell("", own(one.reason)));
}

function disputeRow(one: Dispute): HTMLElement {
  return make("tr", { class: one.status === "open" ? undefined : "past" }, cell("", longMonth(one.period)), cell("n strong-text", sum(one.amount)),
    cell("", own(one.reason)), cell("", state(DISPUTE[one.status] ?? ["info", ""], named("dispute", one.status))));
}

function orderRow(one: Order): HTMLElement {
  const over = one.status === "lifted" || one.status === "withdrawn";
  return make("tr", { class: over ? "past" : undefined }, cell("num", day(one.planned_on)), cell("", named("order", one.kind)), cell("n strong-text", sum(one.amount)),
    cell("", own(one.reason)), cell("", state(ORDER[one.status] ?? ["info", ""], named("order", one.status))));
}

function noticeRow(one: Notice): HTMLElement {
  const failed = one.status === "failed";
  return make("tr", {}, cell("num", stampDay(one.sent_at)), cell("", named("notice", one.kind)), cell("", named("notice.by", one.channel)), cell("n", sum(one.amount)),
    cell("", failed ? state(["alert", "bad"], named("notice.is", one.status)) : named("notice.is", one.status)));
}
