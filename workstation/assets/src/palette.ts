// The command box of the top bar: what is meant by what is typed, then subscribers; arrows, Enter, Escape.
// A combobox with one list: options hold words alone, the cursor stays in the box and `aria-activedescendant` goes along.

import { byId, icon, make, put, show } from "./dom.ts";
import { type Facts, type Intent, intents } from "./intents.ts";
import { findGuides } from "./guides.ts";
import type { Finder } from "./search.ts";
import { amount, CONFIG, day, word } from "./words.ts";

const PAUSE = 180;
interface Doing {
  readonly facts: () => Facts;
  readonly go: (intent: Intent) => void;
  readonly guide: (guideId: number) => void;
  readonly topic: () => string;
  /** How a key is written for people, "" when the action has none. */
  readonly key: (action: string) => string;
}

/** One instance a page. */
export class Palette {
  #before: { field: HTMLElement; from: number | null; to: number | null } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #meant: readonly Intent[] = [];
  readonly #input = byId<HTMLInputElement>("search");
  readonly #results = byId("search-results");
  readonly #found = byId("search-found");
  readonly #options = byId("search-list");
  readonly #note = byId("search-note");
  readonly #list = byId("intent-list");
  readonly #guides = byId("search-guides");
  #asked = new AbortController();
  readonly #finder: Finder;
  readonly #doing: Doing;

  constructor(finder: Finder, doing: Doing) {
    this.#finder = finder;
    this.#doing = doing;
  }

  start(): void {
    const input = this.#input;
    input.addEventListener("input", () => this.#look());
    input.addEventListener("focus", () => input.value.trim() !== "" && this.#open(this.#rows().length > 0));
    byId("search-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#enter();
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Escape") return this.#leave();
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        this.#move(event.key === "ArrowDown" ? 1 : -1);
      }
    });
    this.#options.addEventListener("mousedown", (event) => event.preventDefault());
    this.#options.addEventListener("click", (event) => {
      const option = (event.target as Element).closest<HTMLElement>('[role="option"]');
      if (option) this.#choose(option);
    });
    document.addEventListener("pointerdown", (event) => byId("search-form").contains(event.target as Node) || this.#open(false));
  }

  /** Put the cursor here, and remember where it was: leaving brings it back. */
  focus(): void {
    const now = document.activeElement;
    if (now instanceof HTMLElement && now !== document.body && now !== this.#input) {
      const text = now instanceof HTMLTextAreaElement || now instanceof HTMLInputElement ? now : null;
      this.#before = { field: now, from: text?.selectionStart ?? null, to: text?.selectionEnd ?? null };
    } else if (now !== this.#input) this.#before = null;
    this.#input.focus();
    this.#input.select();
  }

  #choose(option: HTMLElement): void {
    const { intent: place, guide, accountId } = option.dataset;
    const intent = place === undefined ? undefined : this.#meant[Number(place)];
    this.#clear();
    this.#input.blur();
    if (intent) this.#doing.go(intent);
    else if (guide) this.#doing.guide(Number(guide));
    else if (accountId) this.#finder.choose(Number(accountId));
  }

  #look(): void {
    clearTimeout(this.#timer);
    const text = this.#input.value.trim();
    this.#draw(text);
    if (text.length < 2) {
      this.#empty();
      return this.#open(this.#meant.length > 0);
    }
    this.#open(this.#rows().length > 0);
    this.#timer = setTimeout(() => void this.#finder.run(text, this.#found).then(() => {
      this.#shape();
      if (this.#input.value.trim() !== text) return;
      this.#open(document.activeElement === this.#input);
      return this.#guide(text);
    }), PAUSE);
  }

  /** What was found is a list of buttons anywhere else: here each is an option, and a word about the search stands beside them. */
  #shape(): void {
    for (const button of this.#found.querySelectorAll<HTMLElement>("li > [data-account-id]")) {
      button.parentElement?.replaceWith(
        make("li", { role: "option", class: "candidate", "aria-selected": "false", "data-account-id": button.dataset["accountId"] }, ...button.childNodes));
    }
    this.#found.querySelectorAll("ul").forEach((one) => put(one, "role", "presentation"));
    this.#note.replaceChildren(...this.#found.querySelectorAll(".results-note"));
    this.#number();
    // Whoever stood on a row that is gone stands on none: Enter must not choose another one in its place.
    if (!this.#rows().some((row) => row.getAttribute("aria-selected") === "true")) this.#mark(this.#meant.length > 0 ? 0 : -1);
  }

  /** Articles and scripts stand below the subscribers; a search without any is no failure. */
  async #guide(text: string): Promise<void> {
    this.#asked.abort();
    const asked = (this.#asked = new AbortController());
    const hits = await findGuides(text, this.#doing.topic(), asked.signal).catch(() => []);
    if (asked.signal.aborted || this.#input.value.trim() !== text) return;
    this.#guides.replaceChildren(...hits.slice(0, 5).map((one) => make("li", { role: "option", class: "candidate intent", "aria-selected": "false", "data-guide": one.guide_id },
      icon(one.kind === "script" ? "play" : "bulb"), make("span", { class: "candidate-who" }, make("bdi", {}, one.title)), make("span", { class: "quiet" }, word(`guide.${one.kind}`)))));
    show(this.#guides, hits.length > 0);
    this.#number();
  }

  #draw(text: string): void {
    this.#meant = intents(text, this.#doing.facts());
    this.#list.replaceChildren(...this.#meant.map((one, place) => this.#row(one, place)));
    show(this.#list, this.#meant.length > 0);
    this.#number();
    this.#mark(this.#meant.length > 0 ? 0 : -1);
  }

  #row(intent: Intent, place: number): HTMLElement {
    const [symbol, title, detail] = told(intent);
    const code = intent.to === "action" ? intent.action : intent.to;
    const key = this.#doing.key(code);
    return make("li", { role: "option", class: "candidate intent", "aria-selected": "false", "data-intent": place },
      icon(symbol), make("span", { class: "candidate-who" }, make("span", { class: "strong-text" }, title), ...(detail ? [" ", make("bdi", { class: "num" }, detail)] : [])),
      ...(key ? [make("kbd", { "aria-hidden": true }, key)] : []));
  }

  #rows(): HTMLElement[] {
    return [...this.#options.querySelectorAll<HTMLElement>('[role="option"]')];
  }

  /** Options have ids, so that a screen reader is told which one the arrows are on. */
  #number(): void {
    this.#rows().forEach((row, place) => put(row, "id", `found-${place}`));
  }

  #move(step: number): void {
    const rows = this.#rows();
    if (rows.length === 0) return;
    const at = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
    this.#mark(at < 0 && step < 0 ? rows.length - 1 : (at + step + rows.length) % rows.length);
  }

  #mark(place: number): void {
    this.#rows().forEach((row, index) => put(row, "aria-selected", String(index === place)));
    const row = this.#rows()[place];
    if (row) put(this.#input, "aria-activedescendant", row.id);
    else this.#input.removeAttribute("aria-activedescendant");
    row?.scrollIntoView({ block: "nearest" });
  }

  #enter(): void {
    const rows = this.#rows();
    if (this.#results.hidden || rows.length === 0) return this.#look();
    const chosen = rows.find((row) => row.getAttribute("aria-selected") === "true") ?? rows[0];
    if (chosen) this.#choose(chosen);
  }

  #leave(): void {
    const { field, from, to } = this.#before ?? {};
    if (this.#results.hidden || this.#input.value === "") {
      this.#clear();
      this.#input.blur();
      if (!field?.isConnected) return;
      field.focus({ preventScroll: true });
      if (from !== null && from !== undefined && (field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) field.setSelectionRange(from, to ?? from);
    } else this.#open(false);
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#input.value = "";
    this.#empty();
    this.#asked.abort();
    this.#list.replaceChildren();
    this.#open(false);
  }

  #empty(): void {
    this.#finder.stop();
    this.#found.removeAttribute("aria-busy");
    for (const part of [this.#found, this.#guides, this.#note]) part.replaceChildren();
  }

  #open(visible: boolean): void {
    const options = this.#rows().length > 0;
    show(this.#options, options);
    show(this.#results, visible);
    put(this.#input, "aria-expanded", String(visible && options));
    if (!visible || !options) this.#input.removeAttribute("aria-activedescendant");
  }
}

/** An intent in words: icon, what, and the value that was understood. */
function told(intent: Intent): readonly [string, string, string] {
  switch (intent.to) {
    case "reading":
      return ["meter", word(intent.sure ? "intent.reading" : "intent.reading_doubtful"), intent.values.map(({ value }) => value).join(" · ")];
    case "promise":
      return ["coins", word("intent.promise"), `${amount(Number(intent.amount))} ${CONFIG.currency}${intent.due ? ` · ${day(intent.due)}` : ""}`];
    case "plan":
      return ["coins", word("intent.plan"), `${amount(Number(intent.amount))} ${CONFIG.currency} · ${intent.parts}`];
    case "application":
      return ["file", word("intent.application", { title: intent.title }), intent.rest];
    case "action":
      return [CONFIG.actions.find((one) => one.code === intent.action)?.icon ?? "play", intent.title, ""];
  }
}
