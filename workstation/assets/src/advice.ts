// What is worth doing now: taken up by a key, put aside with a reason, an offer answered. The server says what and why.

import { byId, enable, show, toast } from "./dom.ts";
import { newMark } from "./drafts.ts";
import { postForm, Refused } from "./http.ts";
import { word } from "./words.ts";

type Opens = (panel: string, params: Readonly<Record<string, string>>) => void;

/** The list under the note. One instance a page. */
export class Advice {
  #accountId = 0;
  /** Taken up on the card that is on the screen: it may be drawn anew before the facts follow. */
  readonly #taken = new Set<string>();
  readonly #list = byId("next-list");
  readonly #opens: Opens;

  constructor(opens: Opens) {
    this.#opens = opens;
  }

  start(): void {
    this.#list.addEventListener("click", (event) => this.#clicked(event.target as Element));
    this.#list.addEventListener("keydown", (event) => {
      const place = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
      const reasons = (event.target as Element).closest("li")?.querySelectorAll<HTMLElement>("[data-reason]");
      if (event.code === "Escape" && reasons?.length) return this.#closeReasons((event.target as Element).closest("li"));
      if (!place || event.altKey || event.ctrlKey || event.metaKey) return;
      reasons?.[Number(place) - 1]?.click();
    });
  }

  /** Follow the card on the screen: what was taken up there stays marked. */
  follow(accountId: number | null): void {
    if (accountId !== this.#accountId) this.#taken.clear();
    this.#accountId = accountId ?? 0;
    for (const one of this.#all()) if (this.#taken.has(one.dataset["rule"] ?? "")) one.dataset["taken"] = "";
  }

  /** Take up the piece of advice that has the cursor, else the first that waits. */
  take(): void {
    const one = this.#chosen();
    if (!one) return toast(word("advice.none"));
    const { rule = "", opens = "", amount = "", kind = "", text = "" } = one.dataset;
    this.#taken.add(rule);
    one.dataset["taken"] = "";
    void this.#send(one, "taken", "");
    this.#opens(opens, { ...(amount ? { amount } : {}), ...(kind ? { kind } : {}), ...(text ? { text } : {}) });
  }

  /** Ask why it is put aside; the reason does it. */
  putAside(): void {
    const one = this.#chosen();
    if (one) this.#ask(one, "dismissed");
    else toast(word("advice.none"));
  }

  #all(): HTMLElement[] {
    return [...this.#list.querySelectorAll<HTMLElement>("li.advice")];
  }

  #chosen(): HTMLElement | undefined {
    const advice = this.#all().filter((one) => one.dataset["rule"] !== "offer");
    return advice.find((one) => one.contains(document.activeElement)) ?? advice.find((one) => one.dataset["taken"] === undefined);
  }

  #clicked(target: Element): void {
    const one = target.closest<HTMLElement>("li.advice");
    if (!one) return;
    const answer = target.closest<HTMLElement>("[data-answer]")?.dataset["answer"];
    const reason = target.closest<HTMLElement>("[data-reason]")?.dataset["reason"];
    if (reason) return void this.#answered(one, one.dataset["rule"] === "offer" ? "refused" : "dismissed", reason);
    if (target.closest("[data-aside]")) return this.#ask(one, "dismissed");
    if (answer === "refused") return this.#ask(one, answer);
    if (answer) {
      void this.#answered(one, answer, "");
      const [panel = "", kind = ""] = (one.dataset["opens"] ?? "").split(":");
      if (answer === "accepted" && panel) this.#opens(panel, kind ? { kind } : {});
      return;
    }
    if (target.closest("[data-take]")) {
      target.closest<HTMLElement>("[data-take]")?.focus();
      this.take();
    }
  }

  #ask(one: HTMLElement, answer: string): void {
    for (const other of this.#all()) this.#closeReasons(other);
    const reasons = byId<HTMLTemplateElement>("advice-reasons").content.cloneNode(true) as DocumentFragment;
    one.append(reasons);
    one.dataset["asks"] = answer;
    one.querySelector<HTMLElement>("[data-reason]")?.focus();
  }

  #closeReasons(one: Element | null): void {
    one?.querySelector("[data-reason]")?.parentElement?.remove();
    one?.querySelector<HTMLElement>("[data-take], [data-answer]")?.focus();
  }

  /** It leaves the list when the server has it; the cursor goes to the next one. */
  async #answered(one: HTMLElement, answer: string, reason: string): Promise<void> {
    for (const button of one.querySelectorAll("button")) enable(button, false);
    if (!(await this.#send(one, answer, reason))) {
      for (const button of one.querySelectorAll("button")) enable(button, true);
      return;
    }
    const inside = one.contains(document.activeElement) || document.activeElement === document.body;
    const next = one.nextElementSibling ?? one.previousElementSibling;
    one.remove();
    if (inside) next?.querySelector<HTMLElement>("button")?.focus();
    show(byId("next-steps"), this.#list.childElementCount > 0);
  }

  async #send(one: HTMLElement, answer: string, reason: string): Promise<boolean> {
    const { rule = "", offer = "" } = one.dataset;
    try {
      const sent: [string, string][] = [["rule", rule], ["answer", answer], ["reason", reason], ["offer", offer], ["once", newMark()]];
      const { ok } = await postForm(`/api/panels/${this.#accountId}/advice`, sent);
      if (!ok) toast(word("save_failed"), "bad");
      return ok;
    } catch (failure) {
      toast((failure instanceof Refused && failure.sentence) || word("save_failed"), "bad");
      return false;
    }
  }
}
