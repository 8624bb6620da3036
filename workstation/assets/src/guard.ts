// What stands between an operator and a card: the reason that is asked for, and single values shown in full.

import { byId, make, say, show, toast } from "./dom.ts";
import { postForm } from "./http.ts";
import { word } from "./words.ts";

/** Give life to the question that stands in the place of a card, and to the masked values of one. */
export function wakeGuard(place: HTMLElement, openAccount: (accountId: number) => void): void {
  const form = place.querySelector<HTMLFormElement>("[data-reason-form]");
  if (form) wakeReason(form, openAccount);
  for (const one of place.querySelectorAll<HTMLElement>("[data-reveal]")) one.addEventListener("click", () => void reveal(one));
}

function wakeReason(form: HTMLFormElement, openAccount: (accountId: number) => void): void {
  const accountId = Number(byId("card-reason").dataset["accountId"]);
  const words = form.querySelector<HTMLInputElement>("[name=words]");
  const first = form.querySelector<HTMLInputElement>("[name=reason]");
  first?.focus({ preventScroll: true });
  form.addEventListener("change", (event) => {
    const chosen = event.target as HTMLInputElement;
    if (chosen.name === "reason" && chosen.dataset["needsWords"] !== undefined) words?.focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void give(form, accountId, openAccount);
  });
}

async function give(form: HTMLFormElement, accountId: number, openAccount: (accountId: number) => void): Promise<void> {
  const fields: [string, string][] = [["account_id", String(accountId)]];
  for (const [name, value] of new FormData(form)) fields.push([name, String(value)]);
  try {
    const answer = await postForm("/api/reasons", fields);
    if (answer.ok) return openAccount(accountId);
    const wrong = JSON.parse(answer.body) as Record<string, string>;
    complain(form, Object.values(wrong)[0] ?? word("refused"));
  } catch {
    complain(form, word("card.failed"));
  }
}

function complain(form: HTMLFormElement, sentence: string): void {
  const fault = form.querySelector<HTMLElement>("[data-reason-fault]");
  if (!fault) return;
  say(fault, sentence);
  show(fault, true);
}

/** Put the full value in the place of the masked one; the server has written down who asked. */
async function reveal(button: HTMLElement): Promise<void> {
  const masked = button.closest<HTMLElement>("[data-masked]");
  const accountId = document.getElementById("card")?.dataset["accountId"] ?? "";
  try {
    const answer = await postForm("/api/reveal", [
      ["account_id", accountId],
      ["field", button.dataset["reveal"] ?? ""],
      ["place", button.dataset["place"] ?? "0"],
      ["shown", masked?.dataset["masked"] ?? ""],
    ]);
    const { value } = JSON.parse(answer.body) as { value: string };
    masked?.replaceChildren(make("bdi", { dir: "ltr" }, value));
  } catch {
    toast(word("reveal.failed"), "bad");
  }
}
