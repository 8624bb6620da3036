// One form of the desk beside the card: opened with what is known, kept while it is typed, sent once, its faults told.

import { DONE } from "./contact.ts";
import { byId, enable, hasCursor, make, put, say, show, toast } from "./dom.ts";
import { dropDraft, formName, keepForm, newMark, onFormChanged, openForms, readForm } from "./drafts.ts";
import { fetchText, postForm, Refused } from "./http.ts";
import { plainNumber } from "./numbers.ts";
import { localise, word } from "./words.ts";

type Values = Readonly<Record<string, string>>;
type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
interface Actions {
  readonly userId: number;
  /** The account changed: show its card anew. */
  readonly refresh: (accountId: number) => Promise<boolean>;
  /** A panel was drawn: what needs more than a form is woken. */
  readonly woken: (form: HTMLFormElement) => void;
}
interface Answer {
  readonly done?: boolean;
  readonly said?: string;
  readonly stay?: boolean;
  readonly [more: string]: unknown;
}

/** The place below the card. One instance a page; one panel at a time, what was typed into another stays. */
export class Sheet {
  #panel = "";
  #accountId = 0;
  #params: Values = {};
  #once = "";
  #sending = false;
  #asked = new AbortController();
  #before: HTMLElement | null = null;
  readonly #place = byId("sheet");
  readonly #actions: Actions;

  constructor(actions: Actions) {
    this.#actions = actions;
  }

  start(): void {
    this.#place.addEventListener("input", (event) => this.#typed(event.target as Field));
    this.#place.addEventListener("change", (event) => {
      const field = event.target as Field;
      if (!field.dataset["again"]) return;
      // Another person, another text: what stood in the fields was of the one before.
      if (field.dataset["fresh"] !== undefined) dropDraft(this.#name);
      void this.open(this.#panel, this.#accountId, { ...this.#params, [field.dataset["again"]]: field.value });
    });
    this.#place.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send((event as SubmitEvent).submitter);
    });
    this.#place.addEventListener("click", (event) => (event.target as Element).closest("[data-close]") && this.close());
    this.#place.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      this.close();
    });
    onFormChanged((name, draft) => {
      if (this.#panel === "" || name !== this.#name) return;
      if (draft === null) return this.#put("");
      this.#fill(draft.values, (field) => !hasCursor(field));
      this.#once = draft.once || this.#once;
    });
  }

  /** Whether the cursor is in it. */
  get inside(): boolean {
    return this.#place.contains(document.activeElement);
  }

  get #name(): string {
    return formName(this.#actions.userId, this.#accountId, this.#panel);
  }

  get #form(): HTMLFormElement | null {
    return this.#place.querySelector("form");
  }

  /**
   * Open a panel with what is known; a draft of it comes back, and what was said just now goes over it.
   *
   * The cursor goes into the first field that still needs something, or nowhere when nobody asked for it.
   */
  async open(panel: string, accountId: number, params: Values = {}, focus = true): Promise<void> {
    if (focus && !this.inside) this.#before = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    if (this.#panel !== "" && (panel !== this.#panel || accountId !== this.#accountId)) this.#keep(false);
    this.#asked.abort();
    const asked = (this.#asked = new AbortController());
    const again = panel === this.#panel && accountId === this.#accountId;
    const draft = readForm(formName(this.#actions.userId, accountId, panel));
    const from = { ...draft?.params, ...params };
    [this.#panel, this.#accountId, this.#params, this.#once] = [panel, accountId, from, draft?.once || newMark()];
    if (!again) this.#put("", true);
    try {
      const query = new URLSearchParams(from).toString();
      const html = await fetchText(`/api/panels/${accountId}/${panel}${query ? `?${query}` : ""}`, asked.signal);
      this.#put(html);
      this.#fill(draft?.values ?? {}, (field) => !(field.name in this.#said(params)));
      this.#keep(true);
      if (focus) this.#focus(Object.keys(this.#said(params)).length > 0);
    } catch (failure) {
      if (asked.signal.aborted) return;
      this.#put("");
      this.#panel = "";
      const told = failure instanceof Refused ? failure.sentence : "";
      toast(told || word("sheet.failed"), "bad");
    }
  }

  /** Follow the card on the screen: a form that stood open opens again, without taking the cursor. */
  follow(accountId: number | null): void {
    if (accountId === this.#accountId && this.#panel !== "") return;
    if (this.#panel !== "") {
      this.#keep(true);
      this.#put("");
      this.#panel = "";
    }
    const waiting = accountId === null ? undefined : openForms(this.#actions.userId, accountId).find((panel) => panel !== "reading");
    if (accountId !== null && waiting) void this.open(waiting, accountId, {}, false);
  }

  /** Put it away; what was typed stays until it is opened again. */
  close(): void {
    this.#asked.abort();
    if (this.#touched()) this.#keep(false);
    else dropDraft(this.#name);
    this.#put("");
    this.#panel = "";
    this.#goBack();
  }

  /** Send it, when the cursor is in it; tells whether it was. */
  submit(): boolean {
    if (!this.inside) return false;
    this.#form?.requestSubmit(this.#form.querySelector<HTMLButtonElement>('button[type="submit"]'));
    return true;
  }

  /** Fields that what was said belongs to: the names of both are the same but for their prefix. */
  #said(params: Values): Values {
    const fields: Record<string, string> = {};
    for (const [name, value] of Object.entries(params)) {
      const field = { amount: /_amount$/, due: /_due$|^due_at$|_first$/, parts: /_parts$/, text: /^title$/ }[name];
      for (const one of this.#fields()) if (value !== "" && (one.name === name || field?.test(one.name))) fields[one.name] = value;
    }
    return fields;
  }

  #fields(): Field[] {
    return [...(this.#form?.elements ?? [])].filter((one): one is Field =>
      (one instanceof HTMLInputElement || one instanceof HTMLSelectElement || one instanceof HTMLTextAreaElement) && one.name !== "");
  }

  #fill(values: Values, which: (field: Field) => boolean): void {
    for (const field of this.#fields()) {
      const value = values[field.name];
      if (value === undefined || field.type === "hidden" || field.dataset["again"] || !which(field)) continue;
      if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = value !== "";
      else if (field.value !== value) field.value = value;
    }
  }

  #values(): Record<string, string> {
    const values: Record<string, string> = {};
    for (const field of this.#fields()) {
      const box = field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio");
      if (box && field.type === "radio" && !field.checked) continue;
      values[field.name] = box && !field.checked ? "" : field.value;
    }
    return values;
  }

  #touched(): boolean {
    return this.#form?.dataset["touched"] === "";
  }

  #typed(field: Field): void {
    if (this.#form === null) return;
    this.#form.dataset["touched"] = "";
    this.#fault(field.name, "");
    const kept = this.#keep(true);
    const mark = this.#place.querySelector("[data-kept]");
    if (mark) show(mark, kept);
  }

  #keep(open: boolean): boolean {
    if (this.#form === null) return false;
    const before = readForm(this.#name);
    // Fields of another kind of the same form stay as they were typed.
    return keepForm(this.#name, { values: { ...before?.values, ...this.#values() }, once: this.#once, open, params: this.#params });
  }

  #put(html: string, loading = false): void {
    this.#place.replaceChildren(...(html === "" ? [] : [document.createRange().createContextualFragment(html)]));
    if (loading) this.#place.append(make("p", { class: "sheet-wait", role: "status" }, make("span", { class: "spinner", "aria-hidden": true }), word("sheet.opening")));
    show(this.#place, html !== "" || loading);
    localise(this.#place);
    if (this.#form) this.#actions.woken(this.#form);
  }

  #focus(said: boolean): void {
    const empty = this.#fields().find((one) => one.required && one.value === "" && !one.disabled);
    const first = this.#place.querySelector<HTMLElement>("[autofocus]") ?? empty ?? this.#fields().find((one) => one.type !== "hidden" && !one.dataset["again"]);
    // All that is needed is there: the eye reads it, Enter sends it.
    const ready = empty === undefined && said;
    const target = ready ? (this.#place.querySelector<HTMLElement>('button[type="submit"]') ?? first) : first;
    target?.focus({ preventScroll: false });
    if (target instanceof HTMLInputElement && target.value !== "" && target.type === "text") target.select();
  }

  #goBack(): void {
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (lost && this.#before?.isConnected) this.#before.focus({ preventScroll: true });
    this.#before = null;
  }

  async #send(submitter: HTMLElement | null): Promise<void> {
    const form = this.#form;
    if (form === null || this.#sending) return;
    for (const place of form.querySelectorAll<HTMLElement>("[data-fault]")) this.#fault(place.dataset["fault"] ?? "", "");
    const values = this.#values();
    for (const field of this.#fields()) if (field.dataset["digits"] !== undefined) values[field.name] = plainNumber(field.value);
    if (submitter instanceof HTMLButtonElement && submitter.name) values[submitter.name] = submitter.value;
    this.#busy(true);
    try {
      const { ok, body } = await postForm(form.action, [...Object.entries(values), ["once", this.#once]]);
      const answer = JSON.parse(body) as Answer;
      if (!form.isConnected) return;
      if (ok && answer.stay) form.dispatchEvent(new CustomEvent("answered", { detail: answer }));
      else if (ok) await this.#done(answer);
      else this.#refused(answer);
    } catch (failure) {
      const told = failure instanceof Refused ? failure.sentence : "";
      this.#fault("form", told || word("save_failed"));
    } finally {
      this.#busy(false);
    }
  }

  async #done(answer: Answer): Promise<void> {
    const accountId = this.#accountId;
    document.dispatchEvent(new CustomEvent(DONE, { detail: this.#panel }));
    dropDraft(this.#name);
    this.#put("");
    this.#panel = "";
    toast(answer.said || word("sheet.done"), "good");
    this.#goBack();
    await this.#actions.refresh(accountId);
  }

  #refused(faults: Answer): void {
    let first: HTMLElement | null = null;
    const stray: string[] = [];
    for (const [name, sentence] of Object.entries(faults)) {
      if (typeof sentence !== "string" || name === "form") continue;
      const field = this.#fields().find((one) => one.name === name);
      if (!field || !this.#fault(name, sentence)) stray.push(sentence);
      else if (first === null || field.compareDocumentPosition(first) & Node.DOCUMENT_POSITION_FOLLOWING) first = field;
    }
    const form = typeof faults["form"] === "string" ? faults["form"] : stray.join(" ");
    if (form !== "") this.#fault("form", form);
    (first ?? this.#fields().find((one) => one.type !== "hidden"))?.focus();
  }

  #fault(name: string, sentence: string): boolean {
    const place = this.#place.querySelector<HTMLElement>(`[data-fault="${CSS.escape(name)}"]`);
    if (!place) return false;
    say(place, sentence);
    if (name === "form") show(place, sentence !== "");
    const field = this.#fields().find((one) => one.name === name);
    if (sentence === "") field?.removeAttribute("aria-invalid");
    else if (field) put(field, "aria-invalid", "true");
    return true;
  }

  #busy(sending: boolean): void {
    this.#sending = sending;
    for (const button of this.#place.querySelectorAll('button[type="submit"]')) enable(button, !sending);
    this.#form?.toggleAttribute("aria-busy", sending);
  }
}
