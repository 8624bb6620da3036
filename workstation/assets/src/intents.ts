// What a person means by what he typed: text, card and topic in, places to go out, the likeliest first (pure).

import { plainDigits } from "./numbers.ts";

export interface RegisterFact {
  readonly id: number;
  readonly code: string;
  readonly serial: string;
  readonly digits: number;
  readonly decimals: number;
  /** null: it was never read. */
  readonly last: number | null;
  /** The most that was used between two readings, null when nothing is known. */
  readonly most: number | null;
}
export interface Named {
  readonly code: string;
  /** In the reader's language, as it is shown. */
  readonly title: string;
  /** Everything it may be called, in every language. */
  readonly words: readonly string[];
}
export interface Facts {
  /** Whether a card is on the screen. */
  readonly account: boolean;
  readonly topic: string;
  /** The day at the utility, `2026-11-22`. */
  readonly today: string;
  readonly owes: boolean;
  readonly registers: readonly RegisterFact[];
  readonly kinds: readonly Named[];
  readonly actions: readonly Named[];
}
export type Intent =
  | { readonly to: "reading"; readonly values: readonly { readonly register: number; readonly value: string }[]; readonly sure: boolean }
  | { readonly to: "promise"; readonly amount: string; readonly due: string }
  | { readonly to: "plan"; readonly amount: string; readonly parts: string }
  | { readonly to: "application"; readonly kind: string; readonly title: string; readonly rest: string }
  | { readonly to: "action"; readonly action: string; readonly title: string };

const MOST = 7;
/** Letters of a word that names something. */
const LEAST = 3;
/** How many times the most that was ever used a reading may lie ahead and still be taken for one. */
const AHEAD = 4;
/** Units that a register of which nothing is known may have moved. */
const UNKNOWN_AHEAD = 5_000;
const DIGITS = [0x0660, 0x06f0, 0x1040, 0x0e50];
/** Topics of the menu, and where they lead when what was typed does not say. */
const TOPICS: Readonly<Record<string, Intent["to"]>> = { reading: "reading", reading_held: "reading", meter: "reading", debt: "promise" };
const DAYS: Readonly<Record<string, number>> = {
  today: 0, сегодня: 0, tomorrow: 1, завтра: 1, послезавтра: 2,
};
const WEEKDAYS: readonly RegExp[] = [
  /^(sun|sunday|вс|воскресень)/, /^(mon|monday|пн|понедельник)/, /^(tue|tuesday|вт|вторник)/, /^(wed|wednesday|ср|сред)/,
  /^(thu|thursday|чт|четверг)/, /^(fri|friday|пт|пятниц)/, /^(sat|saturday|сб|суббот)/,
];
const MONTHS: readonly RegExp[] = [
  /^(jan|янв)/, /^(feb|фев)/, /^(mar|мар)/, /^(apr|апр)/, /^(may|мая|май)/, /^(jun|июн)/, /^(jul|июл)/, /^(aug|авг)/, /^(sep|сен)/, /^(oct|окт)/, /^(nov|ноя)/, /^(dec|дек)/,
];

/** Small letters, our digits, one kind of space; what Russian writes two ways is one. */
export function plain(text: string): string {
  let out = "";
  for (const sign of text.normalize("NFKC")) {
    const code = sign.codePointAt(0) ?? 0;
    const zero = DIGITS.find((from) => code >= from && code < from + 10);
    out += zero === undefined ? sign : String(code - zero);
  }
  return out.toLowerCase().replace(/ё/g, "е").replace(/[\u00a0\u202f\s]+/g, " ").replace(/٫/g, ".").trim();
}

/** Say what a text may mean; nothing when it means nothing here. The order is that of likelihood. */
export function intents(text: string, facts: Facts): Intent[] {
  text = plainDigits(text);
  const typed = plain(text);
  if (typed === "") return [];
  const found: Intent[] = [];
  const paid = facts.account ? promised(typed, facts) : null;
  const read = facts.account ? readings(typed, facts.registers) : null;
  if (read !== null) found.push(read);
  if (paid !== null) found.push(paid);
  // Both can be meant by one number: the caller's topic decides, else whether it fits the meter.
  if (read !== null && paid !== null && (TOPICS[facts.topic] === "promise" || !read.sure) && TOPICS[facts.topic] !== "reading") found.reverse();
  if (facts.account) found.push(...applications(text, facts.kinds));
  found.push(...called(text, facts.actions));
  return found.slice(0, MOST);
}

/** Numbers that may be readings: one a register, in the order they are read out; each goes where it fits best. */
function readings(typed: string, registers: readonly RegisterFact[]): Extract<Intent, { to: "reading" }> | null {
  if (registers.length === 0 || !/^\d[\d., ]*$/.test(typed)) return null;
  const whole = number(typed.replace(/ /g, ""));
  const parts = typed.split(" ").map(number);
  if (parts.length > 1 && parts.length <= registers.length && parts.every((one) => one !== null)) {
    const values = parts.map((one, place) => ({ register: registers[place] as RegisterFact, value: one as Typed }));
    const fit = values.map(({ register, value }) => fits(register, value));
    if (fit.every((one) => one >= 0)) {
      return { to: "reading", sure: fit.every((one) => one > 0), values: values.map(({ register, value }) => ({ register: register.id, value: value.text })) };
    }
  }
  if (whole === null) return null;
  const best = [...registers].map((register) => ({ register, fit: fits(register, whole) })).sort((a, b) => b.fit - a.fit)[0];
  if (best === undefined || best.fit < 0) return null;
  return { to: "reading", sure: best.fit > 0, values: [{ register: best.register.id, value: whole.text }] };
}

interface Typed {
  readonly value: number;
  readonly text: string;
  readonly whole: number;
  readonly decimals: number;
}

function number(text: string): Typed | null {
  const found = /^(\d{1,12})(?:[.,](\d{1,4}))?$/.exec(text);
  if (!found) return null;
  const [, whole = "", part = ""] = found;
  return { value: Number(part ? `${whole}.${part}` : whole), text: part ? `${whole}.${part}` : whole, whole: whole.length, decimals: part.length };
}

/** How well a number fits a register: below zero not at all, 0 doubtful but possible, above it likely; 1 is best. */
function fits(register: RegisterFact, typed: Typed): number {
  if (typed.whole > register.digits || typed.decimals > register.decimals) return -1;
  if (register.last === null) return 0.1;
  const ahead = typed.value - register.last;
  const usual = Math.max(register.most ?? 0, register.most === null ? UNKNOWN_AHEAD : 1) * AHEAD;
  if (ahead < 0 || ahead > usual) {
    // As long as the meter's own number, and so it was read from it; the rules will ask for it twice.
    return typed.whole >= String(Math.trunc(register.last)).length ? 0 : -1;
  }
  return 1 - ahead / (usual * 1.01);
}

/** An amount with a day, with parts, or one that is called money. */
function promised(typed: string, facts: Facts): Intent | null {
  const found = /^(\d{1,3}(?: \d{3})+|\d{1,9})(?:[.,](\d{1,2}))?(?:\s*(?:руб\S*|р|rub|₽|\$|€|eur|usd)\.?)?(?:\s+(.*))?$/u.exec(typed);
  if (!found) return null;
  const amount = `${(found[1] ?? "").replace(/ /g, "")}${found[2] ? `.${found[2].padEnd(2, "0")}` : ""}`;
  if (Number(amount) <= 0) return null;
  const rest = (found[3] ?? "").replace(/^(by|until|till|on|до|во?|к|по|через|in)\s+/u, (said) => (/через|in/u.test(said) ? "+" : ""));
  const parts = /^(?:in |на |x|х|×|\/)?\s*(\d{1,2})\s*(?:parts?|instal\S*|част\S*|плат\S*|x|х)$/u.exec((found[3] ?? "").trim());
  if (parts) return { to: "plan", amount, parts: parts[1] ?? "" };
  const money = /руб|[\d ]р\b|rub|₽|\$|€|eur|usd/u.test(typed) || found[2]?.length === 2;
  if (rest === "") return money || (facts.owes && TOPICS[facts.topic] === "promise") ? { to: "promise", amount, due: "" } : null;
  const due = day(rest, facts.today);
  return due === "" ? null : { to: "promise", amount, due };
}

/** A day as people say it: `10.12`, `10 декабря`, `friday`, `+7`, `завтра`; "" when it is none. Days without a year lie ahead. */
export function day(said: string, today: string): string {
  const text = plain(said).replace(/[,;.]+$/, "");
  const [year = 0, month = 1, date = 1] = today.split("-").map(Number);
  const from = Date.UTC(year, month - 1, date);
  const ahead = (days: number): string => new Date(from + days * 86_400_000).toISOString().slice(0, 10);
  if (text in DAYS) return ahead(DAYS[text] ?? 0);
  const later = /^\+\s*(\d{1,3})(?:\s*(?:d|days?|дн\S*|день|дня))?$/u.exec(text);
  if (later) return ahead(Number(later[1]));
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (iso) return exact(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const dotted = /^(\d{1,2})[./-](\d{1,2})(?:[./-](\d{4}|\d{2}))?$/.exec(text);
  if (dotted) return coming(Number(dotted[1]), Number(dotted[2]), dotted[3], today);
  const spelled = /^(\d{1,2})(?:st|nd|rd|th|-?го)?\s+(\p{L}+)\.?(?:\s+(\d{4}))?$/u.exec(text) ?? swapped(text);
  if (spelled) {
    const place = MONTHS.findIndex((one) => one.test(spelled[2] ?? ""));
    if (place >= 0) return coming(Number(spelled[1]), place + 1, spelled[3], today);
  }
  const weekday = WEEKDAYS.findIndex((one) => one.test(text));
  if (weekday >= 0) return ahead((weekday - new Date(from).getUTCDay() + 7) % 7 || 7);
  return "";
}

function swapped(text: string): readonly string[] | null {
  const found = /^(\p{L}+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(\d{4}))?$/u.exec(text);
  return found ? [text, found[2] ?? "", found[1] ?? "", found[3] ?? ""] : null;
}

function exact(year: number, month: number, date: number): string {
  const at = new Date(Date.UTC(year, month - 1, date));
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === date ? at.toISOString().slice(0, 10) : "";
}

function coming(date: number, month: number, year: string | undefined, today: string): string {
  if (year !== undefined && year !== "") return exact(year.length === 2 ? 2000 + Number(year) : Number(year), month, date);
  const first = exact(Number(today.slice(0, 4)), month, date);
  return first !== "" && first < today ? exact(Number(today.slice(0, 4)) + 1, month, date) : first;
}

/** Kinds of applications that the words name; what is left of the words is what the caller told. */
function applications(text: string, kinds: readonly Named[]): Intent[] {
  return ranked(text, kinds).map(({ one, rest }) => ({ to: "application", kind: one.code, title: one.title, rest }));
}

function called(text: string, actions: readonly Named[]): Intent[] {
  return ranked(text, actions).filter(({ rest }) => rest === "").map(({ one }) => ({ to: "action", action: one.code, title: one.title }));
}

/** Things by how many of the typed words begin one of theirs, the first word always; the other words stay as they were typed. */
function ranked(text: string, things: readonly Named[]): { one: Named; rest: string; score: number }[] {
  const tokens = text.trim().split(/\s+/).map((typed) => ({ typed, word: plain(typed).replace(/[^\p{L}\p{N}-]+/gu, "") }));
  return things.map((one) => {
    const names = one.words.flatMap((name) => plain(name).split(/[^\p{L}\p{N}]+/u)).filter((name) => name.length > 1);
    const hit = tokens.filter(({ word }) => (word.length >= LEAST ? names.some((name) => meets(word, name)) : names.includes(word)));
    const rest = tokens.filter((token) => !hit.includes(token)).map(({ typed }) => typed).join(" ");
    const length = hit.reduce((sum, { word }) => sum + word.length, 0);
    return { one, rest, score: hit.includes(tokens[0] as (typeof tokens)[0]) && hit.some(({ word }) => word.length >= LEAST) ? length - names.length / 100 : 0 };
  }).filter(({ score }) => score > 0).sort((a, b) => b.score - a.score).slice(0, 4);
}

/** A name begins with the word, or both are long and alike but for their endings: `переоформить` and `переоформление`. */
function meets(word: string, name: string): boolean {
  if (name.startsWith(word)) return true;
  const shorter = Math.min(word.length, name.length);
  let alike = 0;
  while (alike < shorter && word[alike] === name[alike]) alike += 1;
  return alike >= Math.max(5, Math.ceil(shorter * 0.65));
}
