// Texts for the note: a list that is filtered as one types, put where the cursor stood in the note.

import { byId, make, put, show, toast } from "./dom.ts";
import { fetchText } from "./http.ts";
import { word } from "./words.ts";

interface NoteText {
  readonly title: string;
  readonly body: string;
}

/** The list under the note. One instance a page. */
export class NoteTexts {
  #texts: readonly NoteText[] | null = null;
  #at = 0;
  readonly #button = byId<HTMLButtonElement>("note-texts-button");
  readonly #place = byId("note-texts");
  readonly #query = byId<HTMLInputElement>("note-texts-query");
  readonly #list = byId("note-texts-list");
  readonly #note = byId<HTMLTextAreaElement>("note");
  readonly #account: () => number | null;

  constructor(account: () => number | null) {
    this.#account = account;
  }

  start(): void {
    this.#button.addEventListener("click", () => this.open());
    this.#query.addEventListener("input", () => this.#draw());
    this.#query.addEventListener("keydown", (event) => this.#key(event));
    this.#list.addEventListener("click", (event) => {
      const place = (event.target as Element).closest<HTMLElement>("[data-text]")?.dataset["text"];
      if (place !== undefined) this.#take(Number(place));
    });
  }

  /** Open the list, or close it. */
  open(): void {
    if (this.#note.disabled) return;
    if (!this.#place.hidden) return this.#close();
    this.#open(true);
    this.#query.value = "";
    this.#query.focus();
    const account = this.#account();
    // What a text says depends on the account: it is asked for anew each time, and small.
    fetchText(`/api/notes${account === null ? "" : `/${account}`}`).then((text) => {
      this.#texts = JSON.parse(text) as NoteText[];
      this.#draw();
    }).catch(() => {
      this.#close();
      toast(word("sheet.failed"), "bad");
    });
  }

  #shown(): { text: NoteText; place: number }[] {
    const wanted = this.#query.value.trim().toLowerCase();
    return (this.#texts ?? []).map((text, place) => ({ text, place })).filter(({ text }) => `${text.title} ${text.body}`.toLowerCase().includes(wanted));
  }

  #draw(): void {
    const shown = this.#shown();
    this.#at = Math.min(this.#at, Math.max(0, shown.length - 1));
    this.#list.replaceChildren(...shown.map(({ text, place }, index) => make("li", { role: "option", id: `note-text-${place}`, "aria-selected": String(index === this.#at) },
      make("button", { type: "button", "data-text": place, tabindex: -1 }, make("span", { class: "strong-text" }, text.title), make("span", { class: "quiet" }, text.body)))));
    if (shown.length === 0) this.#list.append(make("li", { class: "quiet results-note" }, word(this.#texts === null ? "sheet.opening" : "notes.none")));
    const row = shown[this.#at];
    if (row) put(this.#query, "aria-activedescendant", `note-text-${row.place}`);
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      this.#at = (this.#at + step + this.#shown().length) % Math.max(1, this.#shown().length);
      this.#draw();
      this.#list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      const row = this.#shown()[this.#at];
      if (row) this.#take(row.place);
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.#close();
      this.#note.focus();
    }
  }

  /** Put a text where the cursor stands; what was typed stays. */
  #take(place: number): void {
    const text = this.#texts?.[place];
    if (!text) return;
    const { value, selectionStart: at } = this.#note;
    const [before, after] = [value.slice(0, at), value.slice(at)];
    const gap = before === "" || /\s$/.test(before) ? "" : " ";
    this.#note.focus();
    this.#note.setRangeText(`${gap}${text.body}`, before.length, before.length, "end");
    if (after !== "" && !/^\s/.test(after)) this.#note.setRangeText(" ", this.#note.selectionEnd, this.#note.selectionEnd, "end");
    this.#note.dispatchEvent(new Event("input", { bubbles: true }));
    this.#close();
    // What the text leaves open is marked: the first gap is selected, typing fills it.
    const open = /…/.exec(this.#note.value.slice(before.length));
    if (open) this.#note.setSelectionRange(before.length + open.index, before.length + open.index + 1);
  }

  #open(visible: boolean): void {
    show(this.#place, visible);
    put(this.#button, "aria-expanded", String(visible));
  }

  #close(): void {
    this.#open(false);
  }
}
