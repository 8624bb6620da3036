// What a supervisor does from the floor: choose a row, then one key or one button; nothing is so before the floor says so.

import { byId, enable, icon, make, put, say, show } from "./dom.ts";
import { fetchText, postForm, Refused } from "./http.ts";
import type { Answer } from "./hub.ts";
import { startKeys } from "./keys.ts";
import type { PhoneState } from "./phone.ts";
import type { CallView, FloorView, HelpView, OperatorView } from "./types.ts";
import { named, word } from "./words.ts";

interface Actions {
  readonly floor: () => FloorView | null;
  readonly me: number;
  readonly connected: () => boolean;
  readonly phone: () => PhoneState;
  readonly expect: () => { readonly id: string; readonly answer: Promise<Answer> };
}

const TALK = ["listen", "whisper", "barge", "take_over", "leave"] as const;
const KEYS: Readonly<Record<string, string>> = {
  KeyL: "listen", KeyW: "whisper", KeyB: "barge", KeyT: "take_over", KeyX: "leave", KeyR: "ready", KeyN: "not_ready", KeyO: "offline",
  KeyH: "hand", KeyM: "say", KeyA: "say_all", KeyK: "skills",
};
const ON_LINE: readonly string[] = ["talking", "held"];

/** The panel under the tables. One instance a page. */
export class Lead {
  #operator: number | null = null;
  #call = "";
  #asked = "";
  #toAll = false;
  readonly #actions: Actions;

  constructor(actions: Actions) {
    this.#actions = actions;
  }

  start(): void {
    byId("operators").addEventListener("click", (event) => this.#pick(event.target as Element, "operatorId"));
    byId("calls").addEventListener("click", (event) => this.#pick(event.target as Element, "callId"));
    byId("lead").addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLButtonElement>("[data-lead]");
      if (button !== null && !button.disabled) void this.#do(button.dataset["lead"] ?? "");
      const move = (event.target as Element).closest<HTMLButtonElement>("[data-queue]");
      if (move !== null && !move.disabled) void this.#wish("move", [["call_id", this.#call], ["queue", move.dataset["queue"] ?? ""]]);
    });
    byId("open-wall").addEventListener("click", () => void this.#openWall());
    byId("say-form").addEventListener("submit", (event) => (event.preventDefault(), void this.#say()));
    byId("skills-form").addEventListener("submit", (event) => (event.preventDefault(), void this.#saveSkills()));
    const keys = new Map<string, () => void>(Object.entries(KEYS).map(([code, what]) => [code, (): void => this.#press(what)]));
    keys.set("ArrowDown", () => this.#step(1)).set("ArrowUp", () => this.#step(-1));
    startKeys(() => keys);
    for (const form of ["say-form", "skills-form"]) {
      byId(form).addEventListener("keydown", (event) => event.key === "Escape" && this.#closeForms());
    }
  }

  /** The talk this supervisor is in. */
  mine(): HelpView | null {
    return this.#actions.floor()?.helps.find((one) => one.by === this.#actions.me) ?? null;
  }

  draw(): void {
    const floor = this.#actions.floor();
    const operator = this.#chosen();
    const waiting = this.#waiting();
    const call = this.#talk(operator);
    const mine = this.mine();
    for (const row of document.querySelectorAll<HTMLElement>("#operators tbody tr, #calls tbody tr")) {
      const chosen = row.dataset["operatorId"] === String(this.#operator) || (this.#call !== "" && row.dataset["callId"] === this.#call);
      put(row, "aria-selected", String(chosen));
    }
    say(byId("lead-title"), operator?.name ?? (waiting ? word("lead.waiting") : word("lead.nobody")));
    say(byId("lead-about"), this.#about(operator, mine));
    const live = this.#actions.connected() && this.#asked === "";
    const on = call !== null && ON_LINE.includes(call.phase);
    const phone = this.#actions.phone();
    const helping = mine !== null && mine.call_id === call?.call_id;
    for (const how of TALK) {
      const button = byId("lead").querySelector<HTMLButtonElement>(`[data-lead="${how}"]`)!;
      const usable = how === "leave" ? mine !== null : how === "take_over" ? helping && mine.stage === "confirmed" : on && (phone.registered || helping);
      enable(button, live && usable);
      put(button, "aria-pressed", String(helping && mine.how === how));
      button.toggleAttribute("data-requested", this.#asked === how || (helping && mine.how === how && mine.stage === "requested"));
    }
    const there = operator !== null && operator.state !== "offline";
    const usable: Readonly<Record<string, boolean>> = {
      ready: there && operator.state !== "ready" && operator.state !== "talking" && operator.state !== "reserved", not_ready: there,
      offline: there, hand: there && operator.hand_at !== null, say: there, say_all: floor !== null, skills: operator !== null,
    };
    for (const [what, can] of Object.entries(usable)) enable(byId("lead").querySelector(`[data-lead="${what}"]`)!, live && can);
    this.#drawQueues(floor, waiting, live);
  }

  #about(operator: OperatorView | null, mine: HelpView | null): string {
    if (mine !== null) {
      const who = this.#actions.floor()?.operators.find((one) => one.operator_id === mine.operator_id)?.name ?? "";
      return word(`help.${mine.stage === "confirmed" ? mine.how : mine.stage}`, { who });
    }
    if (operator === null) return word("lead.choose");
    const others = this.#actions.floor()?.helps.filter((one) => one.operator_id === operator.operator_id) ?? [];
    if (others[0]) return word("help.other", { who: others[0].by_name });
    return operator.hand_at !== null ? word("lead.hand") : word(`state.${operator.state}`);
  }

  #drawQueues(floor: FloorView | null, waiting: CallView | null, live: boolean): void {
    const place = byId("lead-move");
    show(place, waiting !== null);
    if (waiting === null || floor === null) return;
    const others = floor.queues.filter((one) => one.queue !== waiting.queue).slice(0, 9);
    const names = others.map((one) => one.queue).join(" ");
    if (place.dataset["names"] !== names) {
      put(place, "data-names", names);
      place.replaceChildren(...others.map((one) =>
        make("button", { type: "button", class: "button small", "data-queue": one.queue }, icon("out"), word("lead.move", { queue: named("queue.name", one.queue) }))));
    }
    for (const button of place.children) enable(button, live);
  }

  #pick(target: Element, name: "operatorId" | "callId"): void {
    const row = target.closest<HTMLElement>("tbody tr");
    if (row === null) return;
    const key = row.dataset[name] ?? "";
    const call = name === "callId" ? this.#actions.floor()?.calls.find((one) => one.call_id === key) : undefined;
    this.#choose(name === "operatorId" ? Number(key) : call?.operator_id ?? null, name === "callId" ? key : "");
  }

  #choose(operator: number | null, call: string): void {
    this.#operator = operator;
    this.#call = call;
    this.#told("");
    this.#closeForms();
    this.draw();
  }

  #step(by: number): void {
    const rows = [...document.querySelectorAll<HTMLElement>("#operators tbody tr")];
    const at = rows.findIndex((row) => row.dataset["operatorId"] === String(this.#operator));
    const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))];
    if (next === undefined) return;
    next.scrollIntoView({ block: "nearest" });
    this.#choose(Number(next.dataset["operatorId"]), "");
  }

  #press(what: string): void {
    const button = byId("lead").querySelector<HTMLButtonElement>(`[data-lead="${what}"]`);
    if (button !== null && !button.disabled) void this.#do(what);
  }

  async #do(what: string): Promise<void> {
    const operator = this.#chosen();
    const target: [string, string] = ["target", String(operator?.operator_id ?? "")];
    if ((TALK as readonly string[]).includes(what)) {
      const call = this.#talk(operator);
      return this.#wish("help", [["how", what], ["call_id", what === "leave" ? this.mine()?.call_id ?? "" : call?.call_id ?? ""]], what);
    }
    if (what === "hand") return this.#wish("hand", [target], what);
    if (what === "say" || what === "say_all") return this.#openSay(what === "say_all", operator);
    if (what === "skills") return this.#openSkills();
    const reason = what === "not_ready" ? byId<HTMLSelectElement>("lead-reason").value : "";
    return this.#wish("state", [target, ["state", what], ["reason", reason]], what);
  }

  /** Send a wish and say what became of it; true when it was done, or is on its way as asked. */
  async #wish(path: string, fields: [string, string][], name = path): Promise<void> {
    if (this.#asked !== "") return;
    this.#asked = name;
    this.#told(word("requested"));
    this.draw();
    const { id, answer } = this.#actions.expect();
    try {
      const { ok, body } = await postForm(`/api/floor/${path}`, [["wish_id", id], ...fields]);
      if (!ok) throw new Refused(422, body);
      const { done, reason, sentence } = await answer;
      if (done) this.#told(path === "help" ? "" : word("lead.done"));
      else this.#told(sentence || word(reason === "not-connected" ? "not_connected" : "no_answer_hub"), true);
    } catch (failure) {
      this.#told((failure instanceof Refused && failure.sentence) || word("refused"), true);
    }
    this.#asked = "";
    this.draw();
  }

  #openSay(toAll: boolean, operator: OperatorView | null): void {
    this.#closeForms();
    this.#toAll = toAll;
    say(byId("say-to"), toAll ? word("lead.to_all") : word("lead.to", { who: operator?.name ?? "" }));
    show(byId("say-form"), true);
    byId("say-text").focus();
  }

  async #say(): Promise<void> {
    const input = byId<HTMLInputElement>("say-text");
    if (input.value.trim() === "") return;
    await this.#wish("say", [["target", this.#toAll ? "all" : String(this.#operator ?? "")], ["text", input.value]], "say");
    if (byId("lead-said").hasAttribute("data-bad")) return;
    input.value = "";
    this.#closeForms();
  }

  async #openSkills(): Promise<void> {
    const key = String(this.#operator ?? "");
    try {
      const known = JSON.parse(await fetchText(`/api/floor/skills?target=${key}`)) as Record<string, string>;
      this.#closeForms();
      for (const part of ["skills", "queues", "languages"]) byId<HTMLInputElement>(`skills-${part}`).value = known[`${part}_${key}`] ?? "";
      show(byId("skills-form"), true);
      byId("skills-skills").focus();
    } catch (failure) {
      this.#told((failure instanceof Refused && failure.sentence) || word("refused"), true);
    }
  }

  async #saveSkills(): Promise<void> {
    const key = String(this.#operator ?? "");
    const parts = ["skills", "queues", "languages"];
    try {
      const { ok, body } = await postForm("/api/floor/skills", [
        ["target", key], ...parts.map((part): [string, string] => [`${part}_${key}`, byId<HTMLInputElement>(`skills-${part}`).value]),
      ]);
      const faults = ok ? [] : Object.values((JSON.parse(body) as { fields?: Record<string, string> }).fields ?? {});
      say(byId("skills-error"), faults.join(" "));
      if (!ok) return;
      this.#closeForms();
      this.#told(word("lead.done"));
    } catch (failure) {
      say(byId("skills-error"), (failure instanceof Refused && failure.sentence) || word("refused"));
    }
  }

  /** A wallboard opens in a window of its own, by a ticket that is good once. */
  async #openWall(): Promise<void> {
    try {
      const { body } = await postForm("/api/floor/wall", []);
      const { address } = JSON.parse(body) as { address: string };
      if (address.startsWith("/wall?")) window.open(address, "_blank", "noopener");
    } catch (failure) {
      this.#told((failure instanceof Refused && failure.sentence) || word("refused"), true);
    }
  }

  #closeForms(): void {
    for (const form of ["say-form", "skills-form"]) show(byId(form), false);
    say(byId("skills-error"), "");
  }

  #chosen(): OperatorView | null {
    return this.#actions.floor()?.operators.find((one) => one.operator_id === this.#operator) ?? null;
  }

  #waiting(): CallView | null {
    const call = this.#actions.floor()?.calls.find((one) => one.call_id === this.#call);
    return call !== undefined && (call.phase === "waiting" || call.phase === "fallback") ? call : null;
  }

  #talk(operator: OperatorView | null): CallView | null {
    if (operator === null || operator.call_id === null) return null;
    const call = this.#actions.floor()?.calls.find((one) => one.call_id === operator.call_id);
    return call !== undefined && call.operator_id === operator.operator_id ? call : null;
  }

  #told(sentence: string, bad = false): void {
    const place = byId("lead-said");
    say(place, sentence);
    place.toggleAttribute("data-bad", bad);
  }
}
