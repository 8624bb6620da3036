// Messages between people who work here. They come by the websocket; nothing that comes moves the cursor.

import { byId, enable, make, put, say, show, toast } from "./dom.ts";
import { fetchText, postForm, Refused } from "./http.ts";
import type { MessageNote } from "./types.ts";
import { number, stamp, word } from "./words.ts";

interface Thread {
  readonly thread: string;
  readonly title: string;
  readonly unread: number;
  readonly last: MessageNote;
}
interface Choice {
  readonly thread: string;
  readonly title: string;
}
interface Told {
  readonly threads: readonly Thread[];
  readonly people: readonly Choice[];
  readonly teams: readonly Choice[];
}
interface Place {
  /** Whether a person looks at the messages at this moment. */
  readonly isOpen: () => boolean;
}

export class Messages {
  #told: Told = { threads: [], people: [], teams: [] };
  #thread = "";
  #lines: readonly MessageNote[] = [];
  #more = false;
  #trouble = "";
  #once = fresh();
  readonly #place: Place;
  readonly #text = byId<HTMLTextAreaElement>("messages-text");

  constructor(place: Place) {
    this.#place = place;
  }

  start(): void {
    byId("messages-to").addEventListener("change", () => {
      const to = byId<HTMLSelectElement>("messages-to");
      if (to.value !== "") void this.#enter(to.value);
      to.value = "";
    });
    byId("messages-found").addEventListener("click", (event) => {
      const thread = (event.target as Element).closest<HTMLElement>("[data-thread]")?.dataset["thread"];
      if (thread) void this.#enter(thread);
    });
    byId("messages-back").addEventListener("click", () => this.#leave());
    byId("messages-older").addEventListener("click", () => void this.#older());
    byId("messages-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send();
    });
    this.#text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      event.stopPropagation();
      void this.#send();
    });
    addEventListener("focus", () => this.seen());
  }

  /** Ask for the threads: at the beginning, and when the line was away. */
  async load(): Promise<void> {
    try {
      this.#told = JSON.parse(await fetchText("/api/messages")) as Told;
      this.#trouble = "";
    } catch {
      this.#trouble = word("messages.failed");
    }
    if (this.#thread !== "" && this.#place.isOpen()) await this.#fetch();
    this.#draw();
  }

  /** A message came, of somebody else or of one's own from another tab; null: some may have been missed. */
  hear(note: MessageNote | null): void {
    if (note === null) return void this.load();
    const known = this.#told.threads.find((one) => one.thread === note.thread);
    const unread = note.mine ? (known?.unread ?? 0) : (known?.unread ?? 0) + 1;
    const title = known?.title ?? (note.title || this.#titleOf(note.thread));
    const others = this.#told.threads.filter((one) => one.thread !== note.thread);
    this.#told = { ...this.#told, threads: [{ thread: note.thread, title, unread, last: note }, ...others] };
    if (note.thread === this.#thread && !this.#lines.some((one) => one.message_id === note.message_id)) this.#lines = [note, ...this.#lines];
    if (!note.mine && !this.#looksAt(note.thread)) toast(word("messages.came", { who: note.from_name }));
    this.#draw();
    this.seen();
  }

  /** The open thread is read as soon as somebody looks at it. */
  seen(): void {
    const newest = this.#lines.find((one) => !one.mine);
    const thread = this.#told.threads.find((one) => one.thread === this.#thread);
    if (!newest || !thread || thread.unread === 0 || !this.#looksAt(this.#thread)) return;
    this.#told = { ...this.#told, threads: this.#told.threads.map((one) => (one === thread ? { ...one, unread: 0 } : one)) };
    this.#draw();
    void postForm("/api/messages/read", [["thread", this.#thread], ["message_id", String(newest.message_id)]]).catch(() => undefined);
  }

  focus(): void {
    (this.#thread === "" ? byId("messages-to") : this.#text).focus();
  }

  #looksAt(thread: string): boolean {
    return thread === this.#thread && this.#place.isOpen() && document.hasFocus();
  }

  #titleOf(thread: string): string {
    return [...this.#told.people, ...this.#told.teams, ...this.#told.threads].find((one) => one.thread === thread)?.title ?? "";
  }

  async #enter(thread: string): Promise<void> {
    this.#thread = thread;
    this.#lines = [];
    this.#more = false;
    this.#draw();
    this.#text.focus();
    await this.#fetch();
    this.#draw();
    this.seen();
  }

  #leave(): void {
    this.#thread = "";
    this.#draw();
    byId("messages-to").focus();
  }

  async #fetch(before = ""): Promise<void> {
    const thread = this.#thread;
    try {
      const found = JSON.parse(await fetchText(`/api/messages/thread?${new URLSearchParams({ with: thread, before }).toString()}`)) as { messages: MessageNote[]; more: boolean };
      if (thread !== this.#thread) return;
      this.#lines = before === "" ? found.messages : [...this.#lines, ...found.messages];
      this.#more = found.more;
    } catch {
      this.#fault(word("messages.failed"));
    }
  }

  async #older(): Promise<void> {
    await this.#fetch(String(this.#lines.at(-1)?.message_id ?? ""));
    this.#draw(false);
  }

  async #send(): Promise<void> {
    const text = this.#text.value;
    if (text.trim() === "" || byId<HTMLButtonElement>("messages-send").disabled) return;
    enable(byId("messages-send"), false);
    try {
      const { ok, body } = await postForm("/api/messages", [["to", this.#thread], ["text", text], ["once", this.#once]]);
      if (ok) {
        this.#text.value = "";
        this.#once = fresh();
      }
      this.#fault(ok ? "" : (Object.values((JSON.parse(body) as { fields?: Record<string, string> }).fields ?? (JSON.parse(body) as Record<string, string>))[0] ?? ""));
    } catch (failure) {
      this.#fault((failure instanceof Refused && failure.sentence) || word("messages.not_sent"));
    }
    enable(byId("messages-send"), true);
  }

  #fault(sentence: string): void {
    say(byId("messages-error"), sentence);
  }

  #draw(toEnd = true): void {
    const unread = this.#told.threads.reduce((sum, one) => sum + one.unread, 0);
    const button = byId("messages-button");
    say(byId("messages-unread"), unread === 0 ? "" : number(unread));
    show(byId("messages-unread"), unread > 0);
    put(button, "data-unread", String(unread));
    put(button, "aria-label", unread === 0 ? word("messages.title") : word("messages.unread", { n: number(unread) }));
    show(byId("messages-threads"), this.#thread === "");
    show(byId("messages-thread"), this.#thread !== "");
    if (this.#thread === "") this.#drawThreads();
    else this.#drawLines(toEnd);
  }

  #drawThreads(): void {
    const choice = (one: Choice): HTMLElement => make("option", { value: one.thread }, one.title);
    byId("messages-people").replaceChildren(...this.#told.people.map(choice));
    byId("messages-teams").replaceChildren(...this.#told.teams.map(choice));
    byId("messages-found").replaceChildren(...this.#told.threads.map((one) =>
      make("li", {}, make("button", { type: "button", class: "thread-row", "data-thread": one.thread, "data-unread": one.unread },
        make("bdi", { class: "title" }, one.title), make("span", { class: "quiet num" }, stamp(one.last.at)),
        make("bdi", { class: "under" }, one.last.text), ...(one.unread > 0 ? [make("strong", { class: "count num" }, number(one.unread))] : [])))));
    say(byId("messages-none"), this.#trouble || (this.#told.threads.length === 0 ? word("messages.none") : ""));
  }

  #drawLines(toEnd: boolean): void {
    say(byId("messages-title"), this.#titleOf(this.#thread));
    show(byId("messages-older"), this.#more);
    const list = byId("messages-list");
    list.replaceChildren(...[...this.#lines].reverse().map((one) =>
      make("li", { class: "said-line", "data-mine": String(one.mine), "data-message-id": one.message_id },
        make("span", { class: "quiet" }, make("bdi", {}, one.mine ? word("messages.you") : one.from_name), ` · ${stamp(one.at)}`), make("bdi", { class: "under" }, one.text))));
    if (toEnd) list.scrollTop = list.scrollHeight;
  }
}

function fresh(): string {
  return `m-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
}
