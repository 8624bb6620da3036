// Sentences in the reader's language (from the page), and numbers, days and durations as its locale writes them.

import { put } from "./dom.ts";
import { digits, LOCALE } from "./locale.ts";
import type { Need } from "./needs.ts";

const CATALOGUE = JSON.parse(document.getElementById("words")?.textContent ?? "{}") as Readonly<Record<string, string>>;

/** The sentence under `key`, with `{name}` filled in; an unknown key shows itself. */
export function word(key: string, values: Readonly<Record<string, string | number>> = {}): string {
  const sentence = CATALOGUE[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}

/** The word for a code that may be unknown to us: then the code itself, made readable. */
export function named(prefix: string, code: string): string {
  if (code === "") return "";
  return CATALOGUE[`${prefix}.${code}`] ?? code.replace(/[-_]/g, " ");
}

/** Something the desk does; workstation/keymap.py. */
export interface DeskAction {
  readonly code: string;
  readonly title: string;
  readonly words: string;
  readonly icon: string;
}

export interface Config {
  readonly user: { readonly id: number };
  readonly actions: readonly DeskAction[];
  /** The key of every action, "" where there is none. */
  readonly keys: Readonly<Record<string, string>>;
  /** Articles and scripts that topics of calls suggest. */
  readonly guides: readonly { readonly guide_id: number; readonly kind: string; readonly title: string; readonly topics: readonly string[] }[];
  /** Kinds of applications with everything they may be called. */
  readonly kinds: readonly { readonly code: string; readonly title: string; readonly words: readonly string[] }[];
  readonly currency: string;
  readonly time_zone: string;
  readonly ws: string;
  readonly phone: string;
  /** This person helps operators from the floor. */
  readonly helps: boolean;
  /** This person may stop campaigns. */
  readonly runs_campaigns: boolean;
  /** The floor that is shown is a recorded day's. */
  readonly replay: boolean;
  readonly service_level_seconds: number;
  readonly level_target: number;
  /** What every result is called, chosen by people or set by the house. */
  readonly titles: Readonly<Record<string, string>>;
  /** What results need to be known, by their code. */
  readonly needs: Readonly<Record<string, readonly Need[]>>;
  /** Results that an application belongs to, with its kind where it is known. */
  readonly files: Readonly<Record<string, string>>;
}

function readConfig(): Config {
  const given = JSON.parse(document.body.dataset["config"] || "{}") as Partial<Config>;
  const floor = document.body.classList.contains("floor");
  return {
    currency: given.currency ?? "",
    time_zone: given.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    ws: given.ws ?? (floor ? "/ws/floor" : "/ws"),
    phone: given.phone ?? "/api/phone",
    helps: given.helps ?? false,
    runs_campaigns: given.runs_campaigns ?? false,
    replay: given.replay ?? false,
    service_level_seconds: given.service_level_seconds ?? 20,
    level_target: given.level_target ?? 0.8,
    titles: given.titles ?? {},
    needs: given.needs ?? {},
    files: given.files ?? {},
    user: given.user ?? { id: 0 },
    actions: given.actions ?? [],
    keys: given.keys ?? {},
    kinds: given.kinds ?? [],
    guides: given.guides ?? [],
  };
}

export const CONFIG = readConfig();
export { LOCALE };
const DAY = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const MONTH = new Intl.DateTimeFormat(LOCALE, { month: "short", timeZone: "UTC" });
const LONG_MONTH = new Intl.DateTimeFormat(LOCALE, { month: "long", year: "numeric", timeZone: "UTC" });
const MONTH_YEAR = new Intl.DateTimeFormat(LOCALE, { month: "short", year: "numeric", timeZone: "UTC" });
const MOMENT = new Intl.DateTimeFormat(LOCALE, {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: CONFIG.time_zone,
});
const DAY_HERE = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", year: "numeric", timeZone: CONFIG.time_zone });
const NUMBER = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 3 });
const AMOUNT = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const PRICE = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 2, maximumFractionDigits: 4 });
const PERCENT = new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumFractionDigits: 1 });

const valid = (at: Date): boolean => !Number.isNaN(at.getTime());
const dated = (format: Intl.DateTimeFormat) => (text: string): string => {
  const at = new Date(text);
  return valid(at) ? format.format(at) : text;
};
export const day = dated(DAY);
/** A month on an axis; January is named by its year. */
export const month = (text: string): string => {
  const at = new Date(text);
  return valid(at) && at.getUTCMonth() === 0 ? digits(String(at.getUTCFullYear())) : dated(MONTH)(text);
};
export const longMonth = dated(LONG_MONTH);
export const monthYear = dated(MONTH_YEAR);
export const moment = dated(MOMENT);
export const number = (value: number): string => NUMBER.format(value);
export const amount = (value: number): string => AMOUNT.format(value);
/** Amounts that came as exact text are written from that text, not from a float. */
export const sum = (exact: string): string => AMOUNT.format(exact as `${number}`);
/** The price of a unit: as many decimals as it has, two at least. */
export const price = (exact: string): string => PRICE.format(exact as `${number}`);
/** A time of day in a zone, 24 hours. */
export const timeOfDay = (at: Date, zone: string): string =>
  new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).format(at);
/** Day and time of day in the utility's zone, as workstation/formats.py writes a moment. */
export const stamp = (text: string): string => {
  const at = new Date(text);
  return valid(at) ? `${DAY_HERE.format(at)} ${timeOfDay(at, CONFIG.time_zone)}` : text;
};
/** The day of a moment, in the utility's zone. */
export const stampDay = (text: string): string => {
  const at = new Date(text);
  return valid(at) ? DAY_HERE.format(at) : text;
};
export const percent = (value: number): string => PERCENT.format(value);
export const short = (value: number): string => SHORT.format(value);

/** A duration as `m:ss`, or `h:mm:ss` from an hour on; never negative. */
export function clock(milliseconds: number): string {
  const all = Math.max(0, Math.floor(milliseconds / 1000));
  const seconds = String(all % 60).padStart(2, "0");
  const minutes = Math.floor(all / 60);
  return digits(minutes < 60 ? `${minutes}:${seconds}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${seconds}`);
}

/** Group a national number for reading; anything that is not E.164 stays as it is. */
export function phone(text: string): string {
  const parts = /^\+7(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(text);
  if (parts) return `+7 ${parts[1]} ${parts[2]}-${parts[3]}-${parts[4]}`;
  const other = /^(\+\d{1,3})(\d{2,3})(\d{3})(\d+)$/.exec(text);
  return other ? other.slice(1).join(" ") : text;
}

/** Write dates and numbers below `root` in the reader's way; each place is done once. */
export function localise(root: ParentNode): void {
  const each = (name: string, write: (raw: string) => string): void => {
    for (const place of root.querySelectorAll(`[data-${name}]:not([data-done])`)) {
      const raw = place.getAttribute("datetime") ?? place.getAttribute(`data-${name}`) ?? "";
      if (raw !== "") place.textContent = write(raw);
      put(place, "data-done", "");
    }
  };
  each("day", day);
  each("month", longMonth);
  each("moment", moment);
  each("amount", (raw) => amount(Number(raw)));
  each("number", (raw) => number(Number(raw)));
  each("seconds", (raw) => clock(Number(raw) * 1000));
}
