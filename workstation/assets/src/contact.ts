// Writing up: the note and the result with their draft, the countdown, and the one button that closes a contact.

import { byId, enable, hasCursor, icon, make, put, say, show, toast } from "./dom.ts";
import { contactName, dropDraft, keepDraft, onContactChanged, readDraft } from "./drafts.ts";
import { postForm } from "./http.ts";
import { type Need, Needs } from "./needs.ts";
import { nudge } from "./ring.ts";
import type { CallView, OperatorView } from "./types.ts";
import { clock, CONFIG, word } from "./words.ts";

const WARNING = 10_000;
/** The result that belongs to what was done on the desk. */
const SUGGESTS: Readonly<Record<string, string>> = { reading: "READING_TAKEN", promise: "PTP", plan: "PLAN", application: "REQUEST_OPENED" };
/** Tells that a form of the desk was carried out, by its name. */
export const DONE = "busbar:done";

interface Actions {
  readonly extend: (callId: string) => Promise<boolean>;
  readonly accountId: () => number | null;
}

/** The right column. One instance a page. */
export class Contact {
  #callId = "";
  #suggested = "";
  #open = false;
  #saving = false;
  #extended = false;
  #until: number | null = null;
  #from = 0;
  #warned = false;
  readonly #note = byId<HTMLTextAreaElement>("note");
  readonly #result = byId<HTMLSelectElement>("disposition");
  readonly #debtResults = byId("debt-results");
  readonly #needs: Needs;
  readonly #files: Readonly<Record<string, string>>;
  readonly #actions: Actions;

  constructor(actions: Actions, needs: Readonly<Record<string, readonly Need[]>>, files: Readonly<Record<string, string>>) {
    this.#actions = actions;
    this.#files = files;
    this.#needs = new Needs(needs, () => this.#keep());
  }

  start(): void {
    this.#note.addEventListener("input", () => this.#keep());
    this.#result.addEventListener("change", () => this.#keep());
    byId("result-chips").addEventListener("click", (event) => {
      const chip = (event.target as Element).closest<HTMLElement>("[data-code]");
      if (!chip) return;
      this.#result.value = this.#result.value === chip.dataset["code"] ? "" : (chip.dataset["code"] ?? "");
      this.#keep();
    });
    byId("contact").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.save();
    });
    document.addEventListener(DONE, (event) => this.#suggest(SUGGESTS[(event as CustomEvent<string>).detail] ?? ""));
    onContactChanged((name, draft) => {
      if (name !== this.#draftOf(this.#callId)) return;
      if (!hasCursor(this.#note)) this.#note.value = draft.note;
      if (!hasCursor(this.#result)) this.#result.value = draft.disposition;
      if (!hasCursor(byId("needs"))) this.#needs.restore(draft.needs);
      this.#drawChips();
    });
    byId("extend").addEventListener("click", () => void this.#extend());
    this.offerDebtResults(false);
    this.#drawChips();
  }

  /** Follow the call of the desk; another call brings its own draft. */
  follow(call: CallView | null, operator: OperatorView | null): void {
    const callId = call?.call_id ?? "";
    if (callId !== this.#callId) this.#turnTo(callId);
    this.#open = callId !== "" && (call?.phase === "wrap_up" || operator?.state === "wrap_up");
    const until = this.#open && operator?.until ? Date.parse(operator.until) : null;
    if (until !== this.#until) {
      if (this.#until === null || until === null) this.#from = operator ? Date.parse(operator.since) : 0;
      this.#until = until;
      this.#warned = false;
    }
    show(byId("wrap-up"), this.#open);
    show(byId("close-hint"), !this.#open);
    this.#drawFiling();
    this.#drawButton();
  }

  /** Results of talking about a debt are offered where there is one; a chosen one stays. */
  offerDebtResults(owes: boolean): void {
    const chosen = this.#result.selectedOptions[0]?.parentElement === this.#debtResults;
    if (owes || chosen) this.#result.append(this.#debtResults);
    else this.#debtResults.remove();
  }

  drawCountdown(now: number): void {
    if (this.#until === null) return;
    const left = this.#until - now;
    const urgent = left <= WARNING;
    say(byId("wrap-up-clock"), clock(left + 999));
    byId("wrap-up").toggleAttribute("data-urgent", urgent);
    const whole = Math.max(1, this.#until - this.#from);
    put(byId("wrap-up-bar"), "width", String(Math.max(0, Math.min(100, Math.round((1000 * left) / whole) / 10))));
    if (urgent && left > 0 && !this.#warned) {
      this.#warned = true;
      nudge();
      toast(word("write_up_ends"), "info");
    }
  }

  /** Store the contact; what was typed stays until the server has it. */
  async save(): Promise<void> {
    if (!this.#open || this.#saving || this.#callId === "") return;
    const callId = this.#callId;
    this.#fault("note", "");
    this.#fault("disposition", "");
    if (this.#result.value === "") {
      this.#fault("disposition", word("choose_result"));
      this.#result.focus();
      return;
    }
    if (this.#needs.missing()) return;
    this.#busy(true);
    try {
      const account = this.#actions.accountId();
      const { ok, body } = await postForm(`/api/calls/${encodeURIComponent(callId)}/close`, [
        ["disposition", this.#result.value], ["note", this.#note.value], ["account_id", account === null ? "" : String(account)],
        ...this.#needs.values(),
      ]);
      if (ok) this.#saved(callId);
      else this.#refused(JSON.parse(body) as Record<string, unknown>);
    } catch {
      toast(word("save_failed"), "bad");
    } finally {
      this.#busy(false);
    }
  }

  #saved(callId: string): void {
    dropDraft(this.#draftOf(callId));
    show(byId("draft-saved"), false);
    toast(word("saved"), "good");
  }

  #refused(faults: Record<string, unknown>): void {
    let told = false;
    for (const field of ["disposition", "note"]) {
      const sentence = faults[field];
      if (typeof sentence === "string") {
        this.#fault(field, sentence);
        told = true;
      }
    }
    for (const [field, sentence] of Object.entries(faults)) {
      if (field.startsWith("need_") && typeof sentence === "string" && this.#needs.fault(field, sentence)) {
        if (!told) byId(field).focus();
        told = true;
      }
    }
    if (!told) toast(Object.values(faults).find((one) => typeof one === "string") as string | undefined ?? word("save_failed"), "bad");
  }

  async #extend(): Promise<void> {
    enable(byId("extend"), false);
    const done = await this.#actions.extend(this.#callId);
    this.#extended = done;
    this.#drawButton();
  }

  /** What was done suggests the result: its chip is marked, and nothing is chosen for anybody. */
  #suggest(code: string): void {
    if (this.#callId === "" || code === "" || CONFIG.titles[code] === undefined) return;
    this.#suggested = code;
    const chips = byId("result-chips");
    if (chips.querySelector(`[data-code="${code}"]`) === null) {
      chips.append(make("button", { type: "button", class: "chip", "data-code": code, "aria-pressed": "false" }, CONFIG.titles[code] ?? code));
    }
    this.#drawChips();
  }

  #turnTo(callId: string): void {
    if (callId !== this.#callId) this.#suggested = "";
    this.#callId = callId;
    this.#extended = false;
    const draft = callId === "" ? { note: "", disposition: "", needs: {} } : readDraft(this.#draftOf(callId));
    this.#note.value = draft.note;
    // A draft may hold a result of a debt before the card says again that there is one.
    this.#result.append(this.#debtResults);
    this.#result.value = draft.disposition;
    this.offerDebtResults(document.querySelector("#card[data-owes], #debtor-card") !== null);
    this.#needs.restore(draft.needs);
    show(byId("draft-saved"), draft.note !== "" || draft.disposition !== "");
    this.#fault("note", "");
    this.#fault("disposition", "");
    this.#drawChips();
  }

  #draftOf(callId: string): string {
    return contactName(CONFIG.user.id, callId);
  }

  #keep(): void {
    this.#drawChips();
    if (this.#result.value !== "") this.#fault("disposition", "");
    if (this.#callId !== "") {
      const draft = { note: this.#note.value, disposition: this.#result.value, needs: this.#needs.draft() };
      show(byId("draft-saved"), keepDraft(this.#draftOf(this.#callId), draft));
    }
  }

  #drawChips(): void {
    for (const chip of byId("result-chips").querySelectorAll<HTMLElement>("[data-code]")) {
      put(chip, "aria-pressed", String(chip.dataset["code"] === this.#result.value));
      const suggested = chip.dataset["code"] === this.#suggested;
      if (suggested === (chip.dataset["suggested"] !== undefined)) continue;
      if (suggested) {
        chip.dataset["suggested"] = "";
        chip.append(make("span", { "data-suggestion": "" }, icon("bulb"), make("span", { class: "unseen" }, word("suggested"))));
      } else {
        delete chip.dataset["suggested"];
        chip.querySelector("[data-suggestion]")?.remove();
      }
    }
    this.#needs.draw(this.#result.value);
    this.#drawFiling();
  }

  /** The form of the application that belongs to the result, with account, call and kind filled in. */
  #drawFiling(): void {
    const kind = this.#files[this.#result.value];
    const account = this.#actions.accountId();
    show(byId("filing"), kind !== undefined && account !== null);
    if (kind === undefined || account === null) return;
    const asked = new URLSearchParams({ account: String(account), call: this.#callId, ...(kind === "" ? {} : { kind }) });
    put(byId("file-application"), "href", `/office/applications/new?${asked.toString()}`);
  }

  #drawButton(): void {
    enable(byId("close-contact"), this.#open && !this.#saving);
    enable(byId("extend"), this.#open && !this.#extended);
    say(byId("extend"), word(this.#extended ? "more_time_used" : "more_time"));
    enable(this.#note, this.#callId !== "");
    enable(this.#result, this.#callId !== "");
    this.#needs.enable(this.#callId !== "");
    for (const chip of byId("result-chips").children) enable(chip, this.#callId !== "");
  }

  #busy(saving: boolean): void {
    this.#saving = saving;
    const label = byId("close-contact").querySelector(".label");
    if (label) {
      label.setAttribute("data-idle", label.getAttribute("data-idle") ?? label.textContent ?? "");
      say(label, saving ? word("saving") : (label.getAttribute("data-idle") ?? ""));
    }
    this.#drawButton();
  }

  #fault(field: string, sentence: string): void {
    say(byId(`${field}-error`), sentence);
    const input = byId(field);
    if (sentence === "") input.removeAttribute("aria-invalid");
    else put(input, "aria-invalid", "true");
  }
}
