// The card once it is on the page: tabs, charts, the readings form, older contacts, small comforts.

import { byId, hasCursor, make, put, say, show, toast } from "./dom.ts";
import { drawCharts } from "./charts.ts";
import { DONE } from "./contact.ts";
import { drawLast, drawRows, readHistory } from "./history.ts";
import type { History } from "./history.ts";
import { dropDraft, formName, keepForm, onFormChanged, readForm } from "./drafts.ts";
import { wakeGuard } from "./guard.ts";
import { contactRow } from "./timeline.ts";
import { wakeFilter } from "./timelinefilter.ts";
import type { Contact } from "./timeline.ts";
import { fetchText, postForm, Refused } from "./http.ts";
import { plainNumber } from "./numbers.ts";
import { CONFIG, LOCALE, localise, named, number, timeOfDay, word } from "./words.ts";

const TABS = ["overview", "readings", "bills", "debt", "applications", "timeline", "people"] as const;
export type Tab = (typeof TABS)[number];

export interface CardActions {
  readonly chooseAccount: (accountId: number) => void;
  readonly openAccount: (accountId: number) => void;
  readonly search: (text: string, place: HTMLElement) => void;
  readonly callId: () => string;
  /** Call somebody of the account about its debt; the same gate says yes or no as for campaigns. */
  readonly dial: (accountId: number, number: string) => Promise<boolean>;
  /** The account changed: show its card anew, when it is still the one on the screen. */
  readonly refresh: (accountId: number) => Promise<boolean>;
}

/** Lists of the card that is on the screen. */
let history: History = readHistory(document);

/** The meters of the card that is on the screen. */
export function cardHistory(): History {
  return history;
}

/** Give life to the fragment that was just put into `place`. */
export function wake(place: HTMLElement, actions: CardActions): void {
  history = readHistory(place);
  place.querySelector("#timeline")?.replaceChildren(...history.interactions.map(contactRow));
  const timeline = place.querySelector<HTMLElement>("#timeline");
  if (timeline && history.interactions.length > 0) wakeFilter(timeline, history);
  localise(place);
  nameCodes(place);
  place.querySelectorAll<HTMLElement>("[data-zone]").forEach(showLocalTime);
  moveHints(place);
  place.querySelectorAll<HTMLElement>('[role="tab"]').forEach((tab) => tab.addEventListener("click", () => openTab(tabOf(tab))));
  place.querySelector('[role="tablist"]')?.addEventListener("keydown", (event) => walkTabs(event as KeyboardEvent));
  place.querySelectorAll<HTMLElement>("#chooser [data-account-id]").forEach((one) =>
    one.addEventListener("click", () => actions.chooseAccount(Number(one.dataset["accountId"]))));
  place.querySelectorAll<HTMLElement>("[data-open-account]").forEach((one) =>
    one.addEventListener("click", () => actions.openAccount(Number(one.dataset["openAccount"]))));
  place.querySelectorAll<HTMLElement>("[data-copy]").forEach((one) => one.addEventListener("click", () => copy(one)));
  place.querySelectorAll<HTMLElement>("[data-focus-search]").forEach((one) => one.addEventListener("click", () => byId("search").focus()));
  wakeDialling(place, actions);
  wakeGuard(place, actions.openAccount);
  wakeSearchHere(place, actions);
  wakeReadings(place, actions);
  wakeOlder(place);
  showLastContacts(place);
  drawLast(place, history);
  drawCharts(place, history);
}

/** A button waits for its answer: one press is one call. */
function wakeDialling(place: HTMLElement, actions: CardActions): void {
  const accountId = Number(place.querySelector<HTMLElement>("#card")?.dataset["accountId"] ?? 0);
  place.querySelectorAll<HTMLButtonElement>("[data-dial]").forEach((one) =>
    one.addEventListener("click", () => {
      one.disabled = true;
      void actions.dial(accountId, one.dataset["dial"] ?? "").finally(() => (one.disabled = false));
    }));
}

/** The newest contacts of the timeline stand on the overview too, shortened. */
function showLastContacts(place: HTMLElement): void {
  const newest = [...place.querySelectorAll("#timeline .event")].slice(0, 4);
  place.querySelector("[data-last-contacts]")?.replaceChildren(...newest.map((event) => event.cloneNode(true)));
}

/** Open a tab of the card, if there is a card. */
export function openTab(tab: Tab): void {
  const chosen = document.getElementById(`tab-${tab}`);
  if (chosen === null) return;
  drawRows(document, tab, history);
  for (const name of TABS) {
    const on = name === tab;
    put(byId(`tab-${name}`), "aria-selected", String(on));
    byId(`tab-${name}`).tabIndex = on ? 0 : -1;
    show(byId(`panel-${name}`), on);
  }
}

/** The tab that is open now, so that a card sent anew opens where the reader was. */
export function currentTab(): Tab {
  const tab = document.querySelector<HTMLElement>('#card [role="tab"][aria-selected="true"]');
  return tab ? tabOf(tab) : "overview";
}

export function tabByNumber(place: number): Tab | undefined {
  return TABS[place - 1];
}

function tabOf(tab: HTMLElement): Tab {
  return tab.id.replace("tab-", "") as Tab;
}

function walkTabs(event: KeyboardEvent): void {
  const rtl = document.documentElement.dir === "rtl" ? -1 : 1;
  const step = { ArrowRight: rtl, ArrowLeft: -rtl, Home: -99, End: 99 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const at = Math.max(0, Math.min(TABS.length - 1, TABS.indexOf(currentTab()) + step));
  const tab = TABS[at] ?? "overview";
  openTab(tab);
  byId(`tab-${tab}`).focus();
}

/** Codes of results and menu steps become words: the titles stand in the page already. */
export function nameCodes(root: ParentNode): void {
  for (const place of root.querySelectorAll<HTMLElement>(".event-what[data-code]")) {
    const code = place.dataset["code"] ?? "";
    if (code !== "") say(place, titleOf(code));
  }
  for (const place of root.querySelectorAll<HTMLElement>("[data-path]")) {
    say(place, (place.dataset["path"] ?? "").split(";").map(stepWords).join(" › "));
  }
  for (const place of root.querySelectorAll<HTMLElement>("[data-language]")) say(place, languageName(place.dataset["language"] ?? ""));
}

/** What a result is called; codes of the sample and of older imports may be written small. */
function titleOf(code: string): string {
  return CONFIG.titles[code] ?? CONFIG.titles[code.toUpperCase()] ?? named("disposition", code.toLowerCase());
}

/** A step of the menu, `node` or `node=answer`, in words. */
export function stepWords(step: string): string {
  const [node = "", ...answer] = step.split("=");
  const said = answer.join("=");
  if (node === "language") return `${named("path", node)}: ${languageName(said)}`;
  if (node === "menu") return `${named("path", node)}: ${named("path", said)}`;
  return said === "" ? named("path", node) : `${named("path", node)}: ${said}`;
}

export function languageName(code: string): string {
  try {
    return new Intl.DisplayNames(LOCALE, { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

function showLocalTime(place: HTMLElement): void {
  try {
    const zone = place.dataset["zone"] ?? "UTC";
    say(place, `${timeOfDay(new Date(), zone)} · ${zone}`);
  } catch {
    // A zone this browser does not know stays as its name.
  }
}

/** What is worth doing stands beside the note, where the operator writes. */
function moveHints(place: HTMLElement): void {
  const hints = place.querySelector(".hints");
  byId("next-list").replaceChildren(...(hints?.children ?? []));
  show(byId("next-steps"), byId("next-list").childElementCount > 0);
  hints?.remove();
}

function copy(button: HTMLElement): void {
  void navigator.clipboard?.writeText(button.dataset["copy"] ?? "").then(() => toast(word("copied"), "good"));
}

function wakeSearchHere(place: HTMLElement, actions: CardActions): void {
  const form = place.querySelector<HTMLFormElement>("[data-search-here]");
  const results = place.querySelector<HTMLElement>("[data-results]");
  if (!form || !results) return;
  const input = form.querySelector("input");
  const run = (): void => actions.search(input?.value ?? "", results);
  if (input) offerToReplace(input);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
}

/** The calling number stands there, selected: what is typed takes its place. The caret is taken from nobody. */
function offerToReplace(input: HTMLInputElement): void {
  const select = (): void => {
    if (input.value === input.defaultValue) input.select();
  };
  input.addEventListener("focus", select);
  // A browser puts the caret where a selection was clicked after the click was told, some before the next key, some not.
  input.addEventListener("mousedown", (event) => {
    if (input.value !== input.defaultValue) return;
    event.preventDefault();
    input.focus({ preventScroll: true });
    select();
  });
  if (document.activeElement === null || document.activeElement === document.body) input.focus({ preventScroll: true });
}

/** What was typed into the search of an unknown caller; returns how to bring it back when his page is sent again. */
export function keepQuery(): () => void {
  const before = document.querySelector<HTMLInputElement>("#unknown-query");
  const callId = before?.closest<HTMLElement>("#unknown")?.dataset["callId"];
  if (!before || before.value === before.defaultValue) return () => undefined;
  const focused = document.activeElement === before;
  const [start, end] = [before.selectionStart, before.selectionEnd];
  return () => {
    const after = document.querySelector<HTMLInputElement>("#unknown-query");
    if (!after || after.closest<HTMLElement>("#unknown")?.dataset["callId"] !== callId) return;
    after.value = before.value;
    if (focused) after.focus({ preventScroll: true });
    after.setSelectionRange(start, end);
  };
}

/** Where the cursor stood in a field of the card; returns how to put it back when the same card is sent again. */
export function keepCursor(place: HTMLElement): () => void {
  const before = document.activeElement;
  if (!(before instanceof HTMLInputElement) || before.id === "" || !place.contains(before)) return () => undefined;
  const { id, selectionStart, selectionEnd } = before;
  return () => {
    const after = document.getElementById(id);
    if (!(after instanceof HTMLInputElement)) return;
    after.focus({ preventScroll: true });
    if (selectionStart !== null) after.setSelectionRange(selectionStart, selectionEnd);
  };
}

function wakeReadings(place: HTMLElement, actions: CardActions): void {
  const form = place.querySelector<HTMLFormElement>("#readings-form");
  if (!form) return;
  const date = form.querySelector<HTMLInputElement>('[name="taken_on"]');
  restoreReadings(form);
  if (date) {
    date.max = today();
    date.value ||= date.max;
  }
  form.querySelectorAll<HTMLInputElement>(".reading-input").forEach((input) => input.addEventListener("input", () => tellDifference(input)));
  form.addEventListener("input", () => keepForm(readingsName(form), { values: typedReadings(form), once: "", open: true, params: {} }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void sendReadings(form, place, actions);
  });
}

function today(): string {
  return new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

function tellDifference(input: HTMLInputElement): void {
  const output = input.closest(".reading-field")?.querySelector("[data-difference]");
  const value = Number(plainNumber(input.value));
  if (!output) return;
  if (input.value.trim() === "" || input.dataset["last"] === "" || Number.isNaN(value)) return say(output, "");
  const difference = value - Number(input.dataset["last"]);
  say(output, difference < 0 ? `−${number(-difference)}` : `+${number(difference)}`);
  output.classList.toggle("bad", difference < 0);
}

function readingsName(form: HTMLFormElement): string {
  return formName(CONFIG.user.id, Number(form.dataset["accountId"]), "reading");
}

function typedReadings(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries(readingFields(form).map((one) => [one.name, one.value]));
}

function readingFields(form: HTMLFormElement): HTMLInputElement[] {
  return [...form.querySelectorAll<HTMLInputElement>(".reading-input, #taken_on")];
}

/** Readings that another tab keeps or has sent: the fields on the screen follow, but for the one that has the cursor. */
export function followReadings(): void {
  onFormChanged((name, draft) => {
    const form = document.querySelector<HTMLFormElement>("#readings-form");
    if (form === null || name !== readingsName(form)) return;
    for (const input of readingFields(form)) {
      if (draft !== null && hasCursor(input)) continue;
      input.value = draft?.values[input.name] ?? (input.type === "date" ? today() : "");
      tellDifference(input);
    }
  });
}

/** What was typed before a reload or a crash comes back into fields that nobody has filled since. */
function restoreReadings(form: HTMLFormElement): void {
  const kept = readForm(readingsName(form))?.values ?? {};
  for (const input of readingFields(form)) {
    if (input.value !== "" || !kept[input.name]) continue;
    input.value = kept[input.name] ?? "";
    tellDifference(input);
  }
}

/** Open the form of readings with what was said; the cursor goes where something is still to be typed. */
export function takeReading(values: readonly { readonly register: number; readonly value: string }[] = []): void {
  openTab("readings");
  const form = document.querySelector<HTMLFormElement>("#readings-form");
  for (const { register, value } of values) {
    const input = form?.querySelector<HTMLInputElement>(`#r_${register}`);
    if (!input) continue;
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const inputs = [...(form?.querySelectorAll<HTMLInputElement>(".reading-input") ?? [])];
  const empty = inputs.find((one) => one.value === "");
  const last = inputs.find((one) => one.id === `r_${values.at(-1)?.register ?? 0}`);
  (values.length > 0 && empty === undefined ? last : (empty ?? inputs[0]))?.focus();
}

/** The same card with what has just been stored; the reader stays in the form, and is told that it was. */
async function showSaved(form: HTMLFormElement, actions: CardActions): Promise<void> {
  const notice = form.querySelector(".notice.good");
  if (notice === null || !(await actions.refresh(Number(form.dataset["accountId"])))) return;
  document.querySelector("#readings-form")?.prepend(notice);
}

async function sendReadings(form: HTMLFormElement, place: HTMLElement, actions: CardActions): Promise<void> {
  const button = form.querySelector("button");
  const at = form.contains(document.activeElement) ? (document.activeElement?.id ?? "") : null;
  const fields = [...new FormData(form)].map(([name, value]): [string, string] =>
    [name, name.startsWith("r_") ? plainNumber(String(value)) : String(value)]);
  fields.push(["call_id", actions.callId()]);
  button?.setAttribute("disabled", "");
  try {
    const { ok, body } = await postForm("/api/readings", fields);
    if (!form.isConnected) return;
    form.replaceWith(document.createRange().createContextualFragment(body));
    wakeReadings(place, actions);
    const answered = place.querySelector<HTMLFormElement>("#readings-form");
    if (ok && answered?.querySelector(".notice.good")) {
      dropDraft(readingsName(answered));
      answered.querySelectorAll<HTMLInputElement>(".reading-input").forEach((input) => (input.value = ""));
      toast(word("reading_saved"), "good");
      document.dispatchEvent(new CustomEvent(DONE, { detail: "reading" }));
      await showSaved(answered, actions);
    }
    if (at !== null) focusReadings(at);
  } catch (failure) {
    button?.removeAttribute("disabled");
    toast(word(failure instanceof Refused && failure.status === 403 ? "card.forbidden" : "save_failed"), "bad");
  }
}

/** Back to where the reader was in the form, or to what is wrong in it; who has gone elsewhere is left there. */
function focusReadings(id: string): void {
  const form = document.querySelector("#readings-form");
  const lost = document.activeElement === null || document.activeElement === document.body || form?.contains(document.activeElement);
  if (!form || !lost) return;
  const wrong = form.querySelector<HTMLElement>('[aria-invalid="true"]');
  const same = id === "" ? null : form.querySelector<HTMLElement>(`#${CSS.escape(id)}`);
  (wrong ?? same ?? form.querySelector<HTMLElement>('button[type="submit"]'))?.focus({ preventScroll: true });
}

function wakeOlder(place: HTMLElement): void {
  const button = place.querySelector<HTMLButtonElement>("#older");
  const list = place.querySelector<HTMLElement>("#timeline");
  if (!button || !list) return;
  button.addEventListener("click", () => {
    const before = [...list.querySelectorAll<HTMLElement>("[data-interaction-id]")].at(-1)?.dataset["interactionId"] ?? "";
    button.disabled = true;
    fetchText(`/api/timeline/${list.dataset["accountId"] ?? ""}?before=${encodeURIComponent(before)}`)
      .then((text) => {
        const rows = make("ul", {}, ...(JSON.parse(text) as Contact[]).map(contactRow));
        nameCodes(rows);
        if (rows.children.length === 0) button.remove();
        list.append(...rows.children);
      })
      .catch(() => toast(word("card.failed"), "bad"))
      .finally(() => (button.disabled = false));
  });
}
