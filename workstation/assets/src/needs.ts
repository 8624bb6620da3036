// What a result needs to be known: its fields drawn when it is chosen, their values, and what is wrong with them.

import { byId, make, put, say, show } from "./dom.ts";
import { word } from "./words.ts";

export interface Need {
  readonly code: string;
  readonly kind: string;
  readonly title: string;
  readonly help: string;
  readonly required: boolean;
  /** The house may know it by itself: left empty, it is looked up. */
  readonly known: boolean;
  readonly longest: number;
  readonly options: readonly (readonly [string, string])[];
}

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
const TYPES: Readonly<Record<string, string>> = { date: "date", moment: "datetime-local", email: "email", phone: "tel" };
const DECIMAL = new Set(["number", "amount", "meter", "account"]);
const LONG = 200;

/** Fields of the chosen result. What was typed stays while another result is looked at. */
export class Needs {
  readonly #all: Readonly<Record<string, readonly Need[]>>;
  readonly #place = byId("needs");
  readonly #typed = new Map<string, string>();
  #result = "";

  constructor(all: Readonly<Record<string, readonly Need[]>>, changed: () => void) {
    this.#all = all;
    this.#place.addEventListener("input", (event) => {
      const field = event.target as Field;
      this.#typed.set(field.name, field.value);
      this.fault(field.name, "");
      changed();
    });
  }

  /** Draw the fields of a result; the same again changes nothing. */
  draw(result: string): void {
    if (result === this.#result) return;
    this.#result = result;
    const needs = this.#all[result] ?? [];
    this.#place.replaceChildren(...this.#place.querySelectorAll("legend"), ...needs.map((need) => this.#drawn(need)));
    show(this.#place, needs.length > 0);
  }

  /** What was typed, by the field's name; empty fields are left out. */
  values(): [string, string][] {
    return (this.#all[this.#result] ?? []).map((need): [string, string] => {
      const name = `need_${need.code}`;
      return [name, this.#typed.get(name) ?? ""];
    }).filter(([, value]) => value !== "");
  }

  draft(): Record<string, string> {
    return Object.fromEntries([...this.#typed].filter(([, value]) => value !== ""));
  }

  restore(typed: Readonly<Record<string, string>>): void {
    this.#typed.clear();
    for (const [name, value] of Object.entries(typed)) this.#typed.set(name, value);
    this.#result = "";
    this.#place.replaceChildren(...this.#place.querySelectorAll("legend"));
    show(this.#place, false);
  }

  /** Find what is missing before the server is asked; the first one gets the cursor. */
  missing(): boolean {
    const empty = (this.#all[this.#result] ?? []).filter(
      (need) => need.required && !need.known && (this.#typed.get(`need_${need.code}`) ?? "").trim() === "");
    for (const need of empty) this.fault(`need_${need.code}`, word("need.missing"));
    const first = empty[0];
    if (first) byId(`need_${first.code}`).focus();
    return first !== undefined;
  }

  /** Say what is wrong with a field; tells whether there is such a field. */
  fault(name: string, sentence: string): boolean {
    const error = document.getElementById(`${name}-error`);
    const field = document.getElementById(name);
    if (!error || !field) return false;
    say(error, sentence);
    if (sentence === "") field.removeAttribute("aria-invalid");
    else put(field, "aria-invalid", "true");
    return true;
  }

  enable(enabled: boolean): void {
    this.#place.toggleAttribute("disabled", !enabled);
  }

  #drawn(need: Need): HTMLElement {
    const name = `need_${need.code}`;
    const field = this.#field(need, name);
    const hint = need.help || (need.known ? word("need.known") : "");
    put(field, "aria-describedby", `${name}-error${hint ? ` ${name}-hint` : ""}`);
    const label = make("label", { for: name }, need.title, ...(need.required && !need.known ? [make("span", { class: "needed", "aria-hidden": true }, " *")] : []));
    return make("div", { class: "need" }, label, field,
      make("p", { class: "field-error", id: `${name}-error`, role: "alert" }), ...(hint ? [make("p", { class: "quiet", id: `${name}-hint` }, hint)] : []));
  }

  #field(need: Need, name: string): Field {
    const common = { id: name, name, required: need.required && !need.known };
    let field: Field;
    if (need.kind === "choice" || need.kind === "flag") {
      const options = need.kind === "flag" ? [["yes", word("yes")], ["no", word("no")]] as const : need.options;
      field = make("select", common, make("option", { value: "" }, word("need.choose")), ...options.map(([code, title]) => make("option", { value: code }, title)));
    } else if (need.kind === "text" && need.longest > LONG) {
      field = make("textarea", { ...common, rows: 3, maxlength: need.longest, dir: "auto" });
    } else {
      const decimal = DECIMAL.has(need.kind);
      field = make("input", {
        ...common, type: TYPES[need.kind] ?? "text", maxlength: need.longest, autocomplete: "off",
        ...(decimal ? { inputmode: "decimal", dir: "ltr", class: "num" } : { dir: "auto" }),
      });
    }
    field.value = this.#typed.get(name) ?? "";
    return field;
  }
}
