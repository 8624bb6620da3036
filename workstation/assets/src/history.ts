// Readings, bills and payments of a card: they travel as data and become rows here, as text and never as HTML.

import { cell } from "./cells.ts";
import { icon, make } from "./dom.ts";
import { listRows } from "./lists.ts";
import type { Lists } from "./lists.ts";
import { day, longMonth, monthYear, named, number, sum, word } from "./words.ts";

export interface Reading {
  readonly taken_on: string;
  readonly register_code: string;
  readonly value: string;
  readonly consumption: string | null;
  readonly source: string;
  readonly quality: string;
  readonly doubt: string;
}
export interface Invoice {
  readonly number: string;
  readonly period: string;
  readonly due_on: string;
  readonly amount: string;
  readonly open_amount: string;
  readonly status: string;
}
export interface Payment {
  readonly paid_on: string;
  readonly seq: number;
  readonly amount: string;
  readonly channel: string;
  readonly reference: string;
}
export interface Directed {
  readonly paid_on: string;
  readonly seq: number;
  readonly period: string | null;
  readonly amount: string;
}
export interface History extends Lists {
  readonly readings: readonly Reading[];
  readonly invoices: readonly Invoice[];
  readonly payments: readonly Payment[];
  readonly directed: readonly Directed[];
}

const NOTHING: History = {
  readings: [], invoices: [], payments: [], directed: [], lines: [], debt: [], promises: [], applications: [], interactions: [], meters: [],
  people: [], consents: [], agreements: [], points: [], adjustments: [], disputes: [], orders: [], notices: [],
  documents: [], fields: [], tasks: [], plans: [], held: [], unread: [], alike: [], merged: [], prices: [],
};
const LAST = 3;
const STATUS: Readonly<Record<string, readonly [string, string]>> = {
  paid: ["check", "good"], open: ["clock", ""], overdue: ["alert", "bad"], disputed: ["scale", "warn"],
};

/** What came with the card. */
export function readHistory(root: ParentNode): History {
  const text = root.querySelector("#history")?.textContent ?? "";
  return text === "" ? NOTHING : (JSON.parse(text) as History);
}

/** Is the value one that an operator must not read out as certain? */
export function doubtful(reading: Reading): boolean {
  return reading.quality === "held" || reading.quality === "estimate" || reading.doubt !== "";
}

/** Lay the last few of each kind on the overview. */
export function drawLast(root: ParentNode, history: History): void {
  root.querySelector("[data-last-readings]")?.replaceChildren(lastReadings(history.readings));
  root.querySelector("[data-last-money]")?.replaceChildren(lastMoney(history));
}

/** Write the rows of a tab's tables, once: most calls never open them. */
export function drawRows(root: ParentNode, tab: string, history: History): void {
  if (tab === "readings") fill(root, "#reading-rows", history.readings.map(readingRow));
  if (tab === "bills") {
    fill(root, "#bill-rows", history.invoices.map(billRow));
    fill(root, "#payment-rows", history.payments.map((one) => paymentRow(one, history.directed)));
  }
  for (const [id, rows] of listRows(tab, history)) fill(root, id, rows);
}

function fill(root: ParentNode, id: string, rows: readonly HTMLElement[]): void {
  const body = root.querySelector(id);
  if (body && rows.length > 0 && body.childElementCount === 0) body.replaceChildren(...rows);
}

function readingRow(one: Reading): HTMLElement {
  const data = {
    "data-on": one.taken_on, "data-register": one.register_code, "data-quality": one.quality,
    "data-use": one.consumption ?? undefined, "data-doubt": one.doubt || undefined,
  };
  return make("tr", data, cell("num", day(one.taken_on)), cell("", named("register", one.register_code)), cell("n strong-text", whole(one.value)),
    cell("n", one.consumption === null ? "" : whole(one.consumption)), cell("", named("source", one.source)), cell("", quality(one)));
}

function quality(one: Reading): Node | string {
  const text = named("quality", one.quality);
  return one.quality === "actual" && one.doubt === "" ? text : make("span", { class: "warn" }, icon("alert"), text);
}

function billRow(one: Invoice): HTMLElement {
  const [drawing, mood] = STATUS[one.status] ?? ["info", ""];
  const open = Number(one.open_amount) !== 0;
  return make("tr", { title: one.number, "data-on": one.period, "data-sum": one.amount, "data-open": one.open_amount },
    cell("", longMonth(one.period)), cell("num", day(one.due_on)), cell("n", sum(one.amount)), cell("n", ...(open ? [make("strong", {}, sum(one.open_amount))] : [])),
    cell("", make("span", { class: mood }, icon(drawing), named("status", one.status))));
}

/** Where somebody said what a payment is for, it stands below it; everything else follows from the rule. */
function paymentRow(one: Payment, directed: readonly Directed[]): HTMLElement {
  const towards = directed.filter((it) => it.paid_on === one.paid_on && it.seq === one.seq).map((it) => make("div", { class: "quiet" }, it.period === null
    ? word("for_charge", { amount: sum(it.amount) }) : word("for_month", { month: monthYear(it.period), amount: sum(it.amount) })));
  const back = Number(one.amount) < 0;
  return make("tr", { "data-kind": "payment", "data-on": one.paid_on, "data-sum": one.amount },
    cell("num", day(one.paid_on)), cell(back ? "n warn" : "n", sum(one.amount)), cell("", named("channel", one.channel), ...towards), make("td", { class: "num quiet", dir: "ltr" }, one.reference));
}

const whole = (value: string): string => number(Math.round(Number(value)));

/** One row a day, the registers side by side. */
function lastReadings(readings: readonly Reading[]): HTMLElement {
  const days = [...new Set(readings.map((one) => one.taken_on))].slice(0, LAST);
  const shown = readings.filter((one) => days.includes(one.taken_on));
  const registers = [...new Set(shown.map((one) => one.register_code))];
  const head = registers.length < 2 ? [] : [make("thead", {}, make("tr", {}, make("th", {}, word("read_on")), ...registers.map((code) => make("th", { class: "n" }, named("register", code))), make("th", { class: "more" }, word("how"))))];
  const rows = days.map((on) => {
    const row = shown.filter((one) => one.taken_on === on);
    const values = registers.map((code) => {
      const one = row.find((item) => item.register_code === code);
      if (one === undefined) return cell("n", "");
      return cell("n strong-text", ...(doubtful(one) ? [warning(one)] : []), whole(one.value));
    });
    return make("tr", {}, cell("num", day(on)), ...values, cell("quiet more", named("source", row[0]?.source ?? "")));
  });
  return make("table", { class: "grid last" }, ...head, make("tbody", {}, ...rows));
}

function warning(one: Reading): Node {
  const drawing = icon("alert", "warn");
  drawing.removeAttribute("aria-hidden");
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", named("quality", one.quality));
  return drawing;
}

/** Bills and payments in one list, as they came. */
function lastMoney(history: History): HTMLElement {
  const bills = history.invoices.slice(0, LAST).map((one) => {
    const [drawing, mood] = STATUS[one.status] ?? ["info", ""];
    return { at: one.period, row: make("tr", {}, cell("", monthYear(one.period)), cell("quiet more", word("bill")), cell("n strong-text", sum(one.amount)), cell("", make("span", { class: mood }, icon(drawing), named("status", one.status)))) };
  });
  const payments = history.payments.slice(0, LAST).map((one) => ({
    at: one.paid_on, row: make("tr", {}, cell("num", day(one.paid_on)), cell("quiet more", word("payment")), cell("n strong-text", sum(one.amount)), cell("", named("channel", one.channel))),
  }));
  const newest = [...bills, ...payments].sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, LAST);
  return make("table", { class: "grid last" }, make("tbody", {}, ...newest.map((one) => one.row)));
}
