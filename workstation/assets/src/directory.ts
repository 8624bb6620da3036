// Whom one calls: those kept at hand, those called last, colleagues as they are at this moment, numbers of the office.

import { addPart, isOpen, openPart } from "./beside.ts";
import { onTick, serverNow } from "./clock.ts";
import { byId, enable, icon, make, put, say } from "./dom.ts";
import { fetchText, postForm, Refused } from "./http.ts";
import type { Answer } from "./hub.ts";
import { STATE_ICON } from "./statusbar.ts";
import type { Colleague } from "./types.ts";
import { clock, CONFIG, named, phone as grouped, stamp, word } from "./words.ts";

interface Told {
  readonly colleagues: readonly Colleague[];
  readonly numbers: readonly { readonly key: string; readonly title: string; readonly number: string }[];
  readonly kept: readonly string[];
  readonly last: readonly { readonly key: string; readonly title: string; readonly said: string; readonly at: string; readonly subscriber: boolean }[];
  readonly floor: boolean;
}

interface Row {
  readonly key: string;
  readonly group: "kept" | "last" | "colleagues" | "numbers";
  readonly title: string;
  readonly said: string;
  readonly symbol: string;
  readonly state: string;
  readonly since: number;
  /** It can be kept at hand. */
  readonly keeps: boolean;
}

interface Actions {
  /** Somebody is on the line, or on the desk: nobody else is called. */
  readonly busy: () => boolean;
  readonly expect: () => { readonly id: string; readonly answer: Promise<Answer> };
  readonly watch: (colleagues: boolean) => void;
  /** Open the panel that passes the caller on, with this name in it; false when there is no caller to pass on. */
  readonly pass: (title: string) => boolean;
}

const NOTHING: Told = { colleagues: [], numbers: [], kept: [], last: [], floor: true };

export class Directory {
  #told: Told = NOTHING;
  #failed = false;
  #loading: Promise<void> | null = null;
  #chosen = "";
  #asked = false;
  readonly #query = byId<HTMLInputElement>("directory-query");
  readonly #list = byId("directory-list");
  readonly #actions: Actions;

  constructor(actions: Actions) {
    this.#actions = actions;
    addPart("directory", {
      opened: (byHand) => {
        if (byHand) this.#query.focus();
        this.#actions.watch(true);
        void this.load();
      },
      closed: () => this.#actions.watch(false),
    });
  }

  start(): void {
    this.#query.addEventListener("input", () => this.#choose(0));
    byId("directory").addEventListener("keydown", (event) => this.#key(event));
    byId("directory-call").addEventListener("click", () => void this.#call(this.#row()));
    byId("directory-keep").addEventListener("click", () => void this.#keep(this.#row()));
    this.#list.addEventListener("click", (event) => {
      const key = (event.target as Element).closest<HTMLElement>("[role=option]")?.dataset["place"];
      if (key !== undefined) this.#choose(Number(key));
      this.#query.focus();
    });
    this.#list.addEventListener("dblclick", () => void this.#call(this.#row()));
    onTick(() => isOpen("directory") && this.#drawTimers());
  }

  open(): void {
    openPart("directory", true);
  }

  /** The line is new, or everything was told anew: what is shown is asked for again. */
  renew(): void {
    if (!isOpen("directory")) return;
    this.#actions.watch(true);
    void this.load();
  }

  /** Colleagues who changed. */
  hear(changed: readonly Colleague[]): void {
    const fresh = new Map(changed.map((one) => [one.operator_id, one]));
    const known = new Set(this.#told.colleagues.map((one) => one.operator_id));
    const colleagues = this.#told.colleagues.map((one) => fresh.get(one.operator_id) ?? one);
    this.#told = { ...this.#told, colleagues: [...colleagues, ...changed.filter((one) => !known.has(one.operator_id) && one.operator_id !== CONFIG.user.id)] };
    this.#draw();
  }

  /** What a telephone's number is called here: a colleague by his extension. */
  nameOf(far: string): string {
    return this.#told.colleagues.find((one) => one.extension === far)?.name ?? "";
  }

  /** Whoever asks while it is being read waits for the same answer. */
  load(): Promise<void> {
    if (this.#loading !== null) return this.#loading;
    this.#loading = this.#read().finally(() => {
      this.#loading = null;
      this.#draw();
    });
    this.#draw();
    return this.#loading;
  }

  async #read(): Promise<void> {
    this.#failed = false;
    try {
      this.#told = JSON.parse(await fetchText("/api/directory")) as Told;
    } catch {
      this.#failed = true;
    }
  }

  /** Call whom one called last. */
  async redial(): Promise<void> {
    this.open();
    await this.load();
    const last = this.#told.last[0];
    if (last === undefined) return this.#say(word("directory.nobody_yet"), true);
    this.#query.value = "";
    this.#chosen = `last ${last.key}`;
    this.#draw();
    await this.#call(this.#row());
  }

  #rows(): readonly Row[] {
    const { colleagues, numbers, kept, last } = this.#told;
    const all = [
      ...last.map((one): Row => ({ key: one.key, group: "last", title: one.title, said: `${grouped(one.said)} · ${stamp(one.at)}`, symbol: "clock", state: "", since: 0, keeps: !one.subscriber })),
      ...[...colleagues].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name)).map((one): Row => ({
        key: `operator:${one.operator_id}`, group: "colleagues", title: one.name, said: `${one.extension} · ${stateWord(one)}`,
        symbol: STATE_ICON[one.state], state: one.state, since: Date.parse(one.since), keeps: true,
      })),
      ...numbers.map((one): Row => ({ key: one.key, group: "numbers", title: one.title, said: grouped(one.number), symbol: "out", state: "", since: 0, keeps: true })),
    ];
    const mine = kept.flatMap((key) => all.filter((row) => row.group !== "last" && row.key === key).map((row): Row => ({ ...row, group: "kept" })));
    const words = this.#query.value.toLocaleLowerCase().split(/\s+/).filter((part) => part !== "");
    const fits = (row: Row): boolean => words.every((part) => `${row.title} ${row.said}`.toLocaleLowerCase().includes(part));
    return [...mine, ...all].filter(fits).slice(0, 200);
  }

  #row(): Row | undefined {
    const rows = this.#rows();
    return rows.find((row) => idOf(row) === this.#chosen) ?? rows[0];
  }

  #choose(place: number): void {
    const rows = this.#rows();
    const row = rows[rows.length === 0 ? 0 : (place + rows.length) % rows.length];
    this.#chosen = row === undefined ? "" : idOf(row);
    this.#say("");
    this.#draw();
    this.#list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  #draw(): void {
    if (!isOpen("directory")) return;
    const rows = this.#rows();
    const chosen = this.#row();
    const parts: Node[] = [];
    let group = "";
    for (const [place, row] of rows.entries()) {
      if (row.group !== group) parts.push(make("div", { class: "group", role: "presentation" }, word(`directory.${row.group}`)));
      group = row.group;
      parts.push(make("div", { role: "option", id: `directory-${place}`, "data-place": place, "data-key": row.key, "data-state": row.state, "data-since": row.since, "aria-selected": String(row === chosen || (chosen !== undefined && idOf(row) === idOf(chosen))) },
        icon(row.symbol), make("bdi", { class: "title" }, row.title), make("span", { class: "timer", "aria-hidden": "true" }), make("bdi", { class: "under" }, row.said)));
    }
    if (rows.length === 0) parts.push(make("p", { class: this.#failed ? "bad" : "quiet" }, word(this.#failed ? "directory.failed" : this.#loading !== null ? "transfer.looking" : "directory.nobody")));
    else if (!this.#told.floor) parts.push(make("p", { class: "quiet" }, word("directory.no_floor")));
    this.#list.replaceChildren(...parts);
    const place = chosen === undefined ? -1 : rows.findIndex((row) => idOf(row) === idOf(chosen));
    put(this.#query, "aria-activedescendant", place < 0 ? "" : `directory-${place}`);
    this.#drawTimers();
    const keep = byId("directory-keep");
    enable(byId("directory-call"), chosen !== undefined && !this.#asked);
    enable(keep, chosen?.keeps === true);
    put(keep, "aria-pressed", String(chosen !== undefined && this.#told.kept.includes(chosen.key)));
  }

  #drawTimers(): void {
    const now = serverNow();
    for (const row of this.#list.querySelectorAll<HTMLElement>("[role=option]")) {
      const since = Number(row.dataset["since"]);
      const place = row.querySelector(".timer");
      if (place) say(place, since > 0 && row.dataset["state"] !== "offline" ? clock(now - since) : "");
    }
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.isComposing || (event.target as Element).closest("button")) return;
    const rows = this.#rows();
    const chosen = this.#row();
    const place = chosen === undefined ? 0 : rows.findIndex((row) => idOf(row) === idOf(chosen));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) this.#choose(place + step);
    else if (event.key === "Enter" && event.ctrlKey) void this.#keep(chosen);
    else if (event.key === "Enter") void this.#call(chosen);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  async #call(row: Row | undefined): Promise<void> {
    if (row === undefined || this.#asked) return;
    if (this.#actions.busy()) {
      if (row.key.startsWith("call:") || !this.#actions.pass(row.title)) this.#say(word("directory.busy"), true);
      return;
    }
    this.#asked = true;
    this.#draw();
    this.#say(word("directory.calling", { who: row.title }));
    const { id, answer } = this.#actions.expect();
    try {
      await postForm("/api/directory/call", [["wish_id", id], ["to", row.key]]);
      const { done, reason, sentence } = await answer;
      if (!done) this.#say(sentence || word(reason === "not-connected" ? "not_connected" : "no_answer_hub"), true);
    } catch (failure) {
      this.#say((failure instanceof Refused && failure.sentence) || word("directory.failed"), true);
    }
    this.#asked = false;
    this.#draw();
  }

  async #keep(row: Row | undefined): Promise<void> {
    if (row?.keeps !== true) return;
    try {
      const { body } = await postForm("/api/directory/kept", [["to", row.key], ["kept", this.#told.kept.includes(row.key) ? "0" : "1"]]);
      this.#told = { ...this.#told, kept: (JSON.parse(body) as { kept: string[] }).kept };
      this.#draw();
    } catch (failure) {
      this.#say((failure instanceof Refused && failure.sentence) || word("save_failed"), true);
    }
  }

  #say(sentence: string, bad = false): void {
    const place = byId("directory-said");
    say(place, sentence);
    place.toggleAttribute("data-bad", bad);
  }
}

function idOf(row: Row): string {
  return `${row.group} ${row.key}`;
}

/** Who can take a call comes first, who is not there last. */
function rank(one: Colleague): number {
  return { ready: 0, not_ready: 1, wrap_up: 1, reserved: 1, talking: 1, offline: 2 }[one.state];
}

function stateWord(one: Colleague): string {
  return one.state === "not_ready" && one.reason !== "" ? named("reason", one.reason) : word(`state.${one.state}`);
}
