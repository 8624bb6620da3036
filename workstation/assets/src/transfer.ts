// Passing a caller on: whom to (typed, arrows, Enter), asking somebody first, and what is said of it on the call.

import { byId, enable, icon, make, put, say, show } from "./dom.ts";
import { fetchText, postForm, Refused } from "./http.ts";
import type { Answer } from "./hub.ts";
import type { CallView, OperatorState, Wish } from "./types.ts";
import { named, phone as grouped, word } from "./words.ts";

interface Targets {
  readonly operators: readonly { id: number; name: string; extension: string; state: OperatorState; reason: string; free: boolean }[];
  readonly queues: readonly { queue: string; waiting: number }[];
  readonly numbers: readonly { id: number; title: string; number: string }[];
}

interface Row {
  readonly to: string;
  readonly title: string;
  readonly said: string;
  readonly symbol: string;
  readonly free: boolean;
  /** Whether he may be asked before the caller is passed on. */
  readonly asks: boolean;
}

interface Actions {
  readonly call: () => CallView | null;
  readonly me: () => number;
  readonly note: () => string;
  /** Begin to wait for the floor's answer to a wish that is sent another way. */
  readonly expect: () => { readonly id: string; readonly answer: Promise<Answer> };
  readonly settle: (what: Wish, callId: string) => Promise<boolean>;
}

const SETTLED: readonly [string, Wish][] = [
  ["consult-complete", "complete"], ["consult-back", "take_back"], ["consult-swap", "swap"], ["consult-join", "join"],
];

/** The panel under the call's buttons. One instance a page. */
export class Transfer {
  #rows: readonly Row[] = [];
  #chosen = 0;
  #asked = false;
  #settling = "";
  readonly #panel = byId("transfer");
  readonly #query = byId<HTMLInputElement>("transfer-query");
  readonly #list = byId("transfer-list");
  readonly #actions: Actions;

  constructor(actions: Actions) {
    this.#actions = actions;
  }

  start(): void {
    byId("transfer-button").addEventListener("click", () => (this.#panel.hidden ? this.open() : this.close()));
    byId("transfer-pass").addEventListener("click", () => void this.#go("pass"));
    byId("transfer-ask").addEventListener("click", () => void this.#go("ask"));
    this.#query.addEventListener("input", () => this.#choose(0));
    this.#panel.addEventListener("keydown", (event) => this.#key(event));
    this.#list.addEventListener("click", (event) => {
      const row = (event.target as Element).closest<HTMLElement>("[role=option]");
      if (row) this.#choose(Number(row.dataset["place"]));
      this.#query.focus();
    });
    for (const [id, what] of SETTLED) byId(id).addEventListener("click", () => void this.#settle(what));
  }

  open(): void {
    if (byId<HTMLButtonElement>("transfer-button").disabled) return;
    show(this.#panel, true);
    put(byId("transfer-button"), "aria-expanded", "true");
    this.#query.value = "";
    this.#rows = [];
    this.#told("");
    this.#choose(0);
    this.#query.focus();
    void this.#load();
  }

  /** Open it with a name typed in; false when there is no caller to pass on. */
  openFor(title: string): boolean {
    if (byId<HTMLButtonElement>("transfer-button").disabled) return false;
    if (this.#panel.hidden) this.open();
    this.#query.value = title;
    this.#choose(0);
    return true;
  }

  close(): void {
    if (this.#panel.hidden) return;
    const inside = this.#panel.contains(document.activeElement);
    show(this.#panel, false);
    put(byId("transfer-button"), "aria-expanded", "false");
    if (inside) byId("transfer-button").focus();
  }

  /** Show what the floor says of the call; nothing here is ahead of it. */
  draw(call: CallView | null, connected: boolean): void {
    const mine = call !== null && (call.phase === "talking" || call.phase === "held") && call.consult === null;
    enable(byId("transfer-button"), mine && connected);
    if (!mine && !this.#asked) this.close();
    this.#drawPassed(call);
    this.#drawConsult(call, connected);
  }

  async #load(): Promise<void> {
    put(this.#list, "aria-busy", "true");
    try {
      const targets = JSON.parse(await fetchText("/api/transfer/targets")) as Targets;
      this.#rows = [
        ...targets.operators.map((one) => ({
          to: `operator:${one.id}`, title: one.name, symbol: "person", free: one.free, asks: true,
          said: `${one.extension} · ${one.state === "not_ready" && one.reason !== "" ? named("reason", one.reason) : word(`state.${one.state}`)}`,
        })),
        ...targets.queues.map((one) => ({
          to: `queue:${one.queue}`, title: named("queue.name", one.queue), symbol: "clock", free: true, asks: false,
          said: word("transfer.waiting", { n: String(one.waiting) }),
        })),
        ...targets.numbers.map((one) => ({ to: `number:${one.id}`, title: one.title, symbol: "out", free: true, asks: true, said: grouped(one.number) })),
      ];
    } catch {
      this.#told(word("transfer.failed"), true);
    } finally {
      this.#list.removeAttribute("aria-busy");
    }
    this.#choose(0);
  }

  #found(): readonly Row[] {
    const words = this.#query.value.toLocaleLowerCase().split(/\s+/).filter((part) => part !== "");
    const fits = (row: Row): boolean => words.every((part) => `${row.title} ${row.said} ${row.to}`.toLocaleLowerCase().includes(part));
    return [...this.#rows.filter(fits)].sort((a, b) => Number(b.free) - Number(a.free)).slice(0, 50);
  }

  #choose(place: number): void {
    const rows = this.#found();
    this.#chosen = rows.length === 0 ? 0 : (place + rows.length) % rows.length;
    this.#list.replaceChildren(
      ...rows.map((row, index) =>
        make("div", { role: "option", id: `transfer-${index}`, "data-place": index, "data-to": row.to, "data-free": String(row.free), "aria-selected": String(index === this.#chosen) },
          icon(row.symbol), make("bdi", { class: "title" }, row.title), make("bdi", { class: "quiet" }, row.said))),
    );
    if (rows.length === 0) this.#list.append(make("p", { class: "quiet" }, word(this.#list.getAttribute("aria-busy") === "true" ? "transfer.looking" : "transfer.nobody")));
    put(this.#query, "aria-activedescendant", rows.length === 0 ? "" : `transfer-${this.#chosen}`);
    this.#list.children[this.#chosen]?.scrollIntoView({ block: "nearest" });
    this.#drawButtons();
  }

  #drawButtons(): void {
    const row = this.#found()[this.#chosen];
    enable(byId("transfer-pass"), row !== undefined && row.free && !this.#asked);
    enable(byId("transfer-ask"), row !== undefined && row.free && row.asks && !this.#asked);
  }

  #key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) this.#choose(this.#chosen + step);
    else if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && event.target === this.#query) void this.#go(event.ctrlKey || event.metaKey ? "ask" : "pass");
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  async #go(how: "pass" | "ask"): Promise<void> {
    const row = this.#found()[this.#chosen];
    const call = this.#actions.call();
    if (row === undefined || call === null || this.#asked) return;
    if (!row.free) return this.#told(word("transfer.not_free"), true);
    if (how === "ask" && !row.asks) return this.#told(word("transfer.no_asking"), true);
    this.#asked = true;
    this.#told(word("requested"));
    this.#drawButtons();
    const { id, answer } = this.#actions.expect();
    try {
      const sent = postForm(`/api/calls/${encodeURIComponent(call.call_id)}/pass`, [
        ["wish_id", id], ["how", how], ["to", row.to], ["note", this.#actions.note().slice(0, 500)],
      ]);
      const { ok, body } = await sent;
      if (!ok) throw new Refused(422, body);
      const { done, reason, sentence } = await answer;
      this.#asked = false;
      if (done) this.close();
      else this.#told(sentence || word(reason === "not-connected" ? "not_connected" : "no_answer_hub"), true);
    } catch (failure) {
      this.#asked = false;
      this.#told((failure instanceof Refused && failure.sentence) || word("transfer.failed"), true);
    }
    this.#drawButtons();
  }

  async #settle(what: Wish): Promise<void> {
    const call = this.#actions.call();
    if (call === null || this.#settling !== "") return;
    this.#settling = what;
    this.#drawConsult(call, true);
    await this.#actions.settle(what, call.call_id);
    this.#settling = "";
    this.#drawConsult(this.#actions.call(), true);
  }

  #told(sentence: string, bad = false): void {
    const place = byId("transfer-said");
    say(place, sentence);
    place.toggleAttribute("data-bad", bad);
  }

  #drawPassed(call: CallView | null): void {
    const { passed, consult } = call ?? { passed: null, consult: null };
    const mine = call !== null && call.phase !== "wrap_up";
    let head = "";
    let note = "";
    if (mine && consult !== null && consult.operator_id === this.#actions.me()) {
      head = word("transfer.asks", { who: consult.by_name });
      note = consult.note;
    } else if (passed !== null && passed.returned !== "") head = word("transfer.returned", { who: passed.to, why: named("reason", passed.returned) });
    else if (passed !== null && passed.by !== this.#actions.me()) {
      head = word("transfer.by", { who: passed.by_name });
      note = passed.note;
    } else if (passed !== null && call?.phase === "wrap_up") head = word("transfer.to", { who: passed.kind === "queue" ? named("queue.name", passed.to) : passed.to });
    show(byId("passed"), head !== "");
    say(byId("passed-head"), head);
    say(byId("passed-note"), note);
  }

  #drawConsult(call: CallView | null, connected: boolean): void {
    const consult = call !== null && call.consult !== null && call.consult.by === this.#actions.me() ? call.consult : null;
    show(byId("consult"), consult !== null);
    if (consult === null) return;
    put(byId("consult"), "data-stage", consult.stage);
    say(byId("consult-head"), word(`consult.${consult.stage}`, { who: consult.name }));
    const talks = consult.stage !== "asking";
    const usable: Readonly<Record<string, boolean>> = {
      complete: talks && consult.stage !== "joining", take_back: true, join: consult.stage === "together" || consult.stage === "aside",
      swap: consult.stage === "together" || consult.stage === "aside",
    };
    for (const [id, what] of SETTLED) {
      const button = byId(id);
      enable(button, connected && this.#settling === "" && usable[what] === true);
      button.toggleAttribute("data-requested", this.#settling === what);
    }
  }
}
