// One list of work, what is due first standing first: j and k or arrows go, Enter opens, a choice gives it to somebody.

import { addPart, isOpen } from "./beside.ts";
import { onTick, serverNow } from "./clock.ts";
import { byId, icon, make, put, say, show, toast } from "./dom.ts";
import { fetchText, postForm, Refused } from "./http.ts";
import { CONFIG, named, number, word } from "./words.ts";

interface Row {
  readonly kind: "task" | "application" | "callback" | "reading";
  readonly id: number;
  readonly code: string;
  readonly title: string;
  readonly account_id: number | null;
  readonly account: string;
  readonly customer: string;
  readonly owner_id: number | null;
  readonly owner: string;
  readonly away: boolean;
  readonly team: string;
  readonly due_at: string;
  readonly since: string;
  readonly given: boolean;
  readonly page: string;
}
interface Choice {
  readonly key: string;
  readonly title: string;
}
interface Told {
  readonly rows: readonly Row[];
  readonly more: string;
  readonly mine: number;
  readonly late: number;
  readonly people: readonly Choice[];
  readonly teams: readonly Choice[];
}

const ICONS: Readonly<Record<Row["kind"], string>> = { task: "check", application: "file", callback: "phone", reading: "meter" };
const MINUTE = 60_000;
/** Between two looks at a list that moves: work of a whole house changes all the time. */
const CALM = 5_000;

export class Roster {
  #told: Told = { rows: [], more: "", mine: 0, late: 0, people: [], teams: [] };
  #whose = "mine";
  #trouble = false;
  #open = "";
  #loading = false;
  /** How often counts were told: what is told while the list is read is newer than the list. */
  #heard = 0;
  #staleAt = 0;
  #loadedAt = 0;
  readonly #list = byId("roster-list");
  readonly #pick: (accountId: number) => void;

  constructor(pick: (accountId: number) => void) {
    this.#pick = pick;
    addPart("roster", {
      opened: (byHand) => void this.load().then(() => byHand && this.#focus()),
      closed: () => undefined,
    });
  }

  start(): void {
    for (const chip of document.querySelectorAll<HTMLElement>("#roster [data-whose]")) {
      chip.addEventListener("click", () => {
        this.#whose = chip.dataset["whose"] ?? "mine";
        for (const one of document.querySelectorAll("#roster [data-whose]")) put(one, "aria-pressed", String(one === chip));
        this.#open = "";
        void this.load();
      });
    }
    byId("roster-more").addEventListener("click", () => void this.#further());
    this.#list.addEventListener("keydown", (event) => this.#key(event));
    this.#list.addEventListener("click", (event) => {
      const row = (event.target as Element).closest<HTMLElement>("[data-item]");
      if (row !== null && (event.target as Element).closest(".roster-row") !== null) this.#enter(row.dataset["item"] ?? "");
    });
    this.#list.addEventListener("change", (event) => {
      const select = event.target as HTMLSelectElement;
      const row = this.#told.rows.find((one) => keyOf(one) === select.closest<HTMLElement>("[data-item]")?.dataset["item"]);
      if (row && select.value !== "") void this.#give(row, select.value, select.selectedOptions[0]?.textContent ?? "");
    });
    onTick(() => this.#tick());
  }

  /** Work moved somewhere; how much of it is one's own now. */
  hear(mine: number, late: number): void {
    this.#heard += 1;
    this.#told = { ...this.#told, mine, late };
    this.#drawCount();
    this.#staleAt = Date.now();
  }

  async load(): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    const whose = this.#whose;
    const heard = this.#heard;
    try {
      const { people } = this.#told;
      const told = JSON.parse(await fetchText(`/api/roster?whose=${whose}${people.length === 0 ? "&lists=1" : ""}`)) as Told;
      const { mine, late } = heard === this.#heard ? told : this.#told;
      if (whose === this.#whose) this.#told = { ...told, ...(people.length === 0 ? {} : { people }), mine, late };
      this.#trouble = false;
    } catch {
      this.#trouble = true;
    }
    this.#loading = false;
    this.#loadedAt = Date.now();
    this.#draw();
    if (whose !== this.#whose) await this.load();
  }

  async #further(): Promise<void> {
    try {
      const told = JSON.parse(await fetchText(`/api/roster?${new URLSearchParams({ whose: this.#whose, after: this.#told.more }).toString()}`)) as Told;
      this.#told = { ...told, people: this.#told.people, rows: [...this.#told.rows, ...told.rows] };
      this.#draw();
    } catch {
      this.#say(word("roster.failed"), true);
    }
  }

  #tick(): void {
    // What somebody is choosing from stays under his hand.
    const busy = this.#list.contains(document.activeElement) && document.activeElement?.tagName === "SELECT";
    const now = Date.now();
    if (isOpen("roster") && !busy && this.#staleAt > this.#loadedAt && now - this.#loadedAt > CALM) void this.load();
    if (isOpen("roster")) this.#drawClocks();
  }

  #focus(): void {
    (this.#list.querySelector<HTMLElement>(".roster-row") ?? document.querySelector<HTMLElement>('#roster [aria-pressed="true"]'))?.focus();
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || (event.target as Element).closest("select, a") !== null) return;
    const rows = [...this.#list.querySelectorAll<HTMLElement>(".roster-row")];
    const place = rows.indexOf(document.activeElement as HTMLElement);
    const step = { KeyJ: 1, ArrowDown: 1, KeyK: -1, ArrowUp: -1 }[event.code];
    if (step === undefined || rows.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    rows[Math.min(Math.max(place + step, 0), rows.length - 1)]?.focus();
  }

  /** Open a row in its place, and the card of whom it is about; once more closes it. */
  #enter(item: string): void {
    this.#open = this.#open === item ? "" : item;
    const row = this.#told.rows.find((one) => keyOf(one) === item);
    if (this.#open !== "" && row?.account_id != null) this.#pick(row.account_id);
    this.#draw();
  }

  async #give(row: Row, to: string, title: string): Promise<void> {
    try {
      const { ok, body } = await postForm("/api/roster/assignment", [["item", keyOf(row)], ["to", to]]);
      if (ok) toast(word("roster.given", { who: title }), "good");
      else this.#say(Object.values(JSON.parse(body) as Record<string, string>)[0] ?? "", true);
      if (ok) this.#open = "";
    } catch (failure) {
      this.#say((failure instanceof Refused && failure.sentence) || word("save_failed"), true);
    }
    await this.load();
  }

  #draw(): void {
    this.#drawCount();
    const focused = (document.activeElement as HTMLElement | null)?.closest?.<HTMLElement>("#roster [data-item]")?.dataset["item"];
    this.#list.replaceChildren(...this.#told.rows.map((row) => this.#line(row)));
    if (focused !== undefined) this.#list.querySelector<HTMLElement>(`[data-item="${CSS.escape(focused)}"] .roster-row`)?.focus();
    show(byId("roster-more"), this.#told.more !== "");
    this.#say(this.#trouble ? word("roster.failed") : this.#told.rows.length === 0 ? word(`roster.none.${this.#whose}`) : "", this.#trouble);
    this.#drawClocks();
  }

  #line(row: Row): HTMLElement {
    const open = this.#open === keyOf(row);
    const who = row.owner_id === null ? word("roster.nobody") : row.away ? word("roster.away", { who: row.owner }) : row.owner;
    const about = [row.customer, row.account].filter((part) => part !== "").join(" · ");
    const kind = word(`roster.${row.kind}`);
    return make("li", { "data-item": keyOf(row), "data-kind": row.kind, "data-due": row.due_at, "data-since": row.since, "data-away": String(row.away) },
      make("button", { type: "button", class: "roster-row", "aria-expanded": String(open) }, icon(ICONS[row.kind]),
        make("bdi", { class: "title" }, row.title || kind), make("span", { class: "clock num" }),
        make("bdi", { class: "under" }, [row.title === "" ? (row.kind === "callback" ? named("topic", row.code) : "") : kind, about].filter((part) => part !== "").join(" · ")),
        ...(this.#whose === "mine" ? [] : [make("bdi", { class: "under owner" }, row.team === "" ? who : `${who} · ${row.team}`)])),
      ...(open ? [this.#detail(row)] : []));
  }

  #detail(row: Row): HTMLElement {
    const id = `give-${row.kind}-${row.id}`;
    const choice = (one: Choice): HTMLElement => make("option", { value: one.key }, one.title);
    const mine = `owner:${CONFIG.user.id}`;
    const others = this.#told.people.filter((one) => one.key !== mine);
    return make("div", { class: "roster-detail" },
      ...(row.given ? [make("label", { for: id }, word("roster.give")), make("select", { id }, make("option", { value: "" }, word("roster.choose")),
        ...(row.owner_id === CONFIG.user.id ? [] : [make("option", { value: mine }, word("roster.me"))]), ...this.#told.teams.map(choice), ...others.map(choice))] : []),
      ...(row.page === "" ? [] : [make("a", { class: "button small", href: row.page, target: "_blank", rel: "noopener" }, word("roster.page"))]));
  }

  #drawClocks(): void {
    const now = serverNow();
    for (const line of this.#list.children) {
      const { due, since } = (line as HTMLElement).dataset;
      const place = line.querySelector(".clock");
      if (!place) continue;
      const left = due ? Date.parse(due) - now : 0;
      const state = due === "" || due === undefined ? "open" : left < 0 ? "late" : left < 60 * MINUTE ? "soon" : "due";
      put(line, "data-clock", state);
      say(place, state === "open" ? word("roster.since", { time: span(now - Date.parse(since ?? "")) }) : word(left < 0 ? "roster.late" : "roster.due", { time: span(Math.abs(left)) }));
    }
  }

  #drawCount(): void {
    const { mine, late } = this.#told;
    const count = byId("roster-count");
    say(count, mine === 0 ? "" : number(mine));
    show(count, mine > 0);
    count.toggleAttribute("data-late", late > 0);
    put(byId("beside-tab-roster"), "title", word("roster.count", { n: number(mine), late: number(late) }));
  }

  #say(sentence: string, bad = false): void {
    const place = byId("roster-said");
    say(place, sentence);
    put(place, "class", bad ? "bad" : "quiet");
  }
}

function keyOf(row: Row): string {
  return `${row.kind}-${row.id}`;
}

/** A time in its largest whole part: days, hours or minutes. */
function span(milliseconds: number): string {
  const minutes = Math.max(0, Math.floor(milliseconds / MINUTE));
  if (minutes >= 2 * 24 * 60) return word("roster.days", { n: number(Math.floor(minutes / (24 * 60))) });
  return minutes >= 120 ? word("roster.hours", { n: number(Math.floor(minutes / 60)) }) : word("roster.minutes", { n: number(minutes) });
}
