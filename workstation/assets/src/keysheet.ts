// The sheet of keys: every action with its key, and the place where a person gives it another one.

import { byId, make, put, say, toast } from "./dom.ts";
import { postForm, Refused } from "./http.ts";
import { nameOf } from "./keys.ts";
import { CONFIG, word } from "./words.ts";

interface Changed {
  readonly keys: Readonly<Record<string, string>>;
  readonly shown: Readonly<Record<string, string>>;
}
let keys: Readonly<Record<string, string>> = CONFIG.keys;
let waiting: HTMLElement | null = null;

export function keyOf(action: string): string {
  return keys[action] ?? "";
}

/** How the key of an action is written for people. */
export function shownKey(action: string): string {
  return document.querySelector(`#keys [data-action="${CSS.escape(action)}"] kbd`)?.textContent ?? "";
}

export function showKeys(): void {
  const dialog = byId<HTMLDialogElement>("keys");
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

/** Wire the sheet; `changed` hears that actions have other keys. */
export function startKeySheet(changed: () => void): void {
  const dialog = byId<HTMLDialogElement>("keys");
  dialog.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-change]");
    if (button) wait(button);
    if ((event.target as Element).closest("#keys-reset")) void keep({ reset: "1" }, changed);
  });
  dialog.addEventListener("close", () => rest());
  dialog.addEventListener("keydown", (event) => {
    if (waiting === null) return;
    const action = waiting.closest<HTMLElement>("[data-action]")?.dataset["action"] ?? "";
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") return rest();
    const name = ["Backspace", "Delete"].includes(event.key) ? "" : nameOf(event);
    if (name === "" && !["Backspace", "Delete"].includes(event.key)) return;
    void keep({ action, key: name }, changed);
  }, true);
}

/** Listen for the next key; the button says so. */
function wait(button: HTMLElement): void {
  rest();
  waiting = button;
  put(button, "aria-pressed", "true");
  say(byId("keys-said"), word("keys.press"));
}

function rest(): void {
  waiting?.removeAttribute("aria-pressed");
  waiting = null;
  say(byId("keys-said"), "");
}

async function keep(wanted: Record<string, string>, changed: () => void): Promise<void> {
  try {
    const { ok, body } = await postForm("/api/keys", Object.entries(wanted));
    if (!ok) return say(byId("keys-said"), Object.values(JSON.parse(body) as Record<string, string>)[0] ?? "");
    const answer = JSON.parse(body) as Changed;
    keys = answer.keys;
    for (const row of document.querySelectorAll<HTMLElement>("#keys [data-action]")) {
      const shown = answer.shown[row.dataset["action"] ?? ""] ?? "";
      row.querySelector("[data-key]")?.replaceChildren(...(shown ? [make("kbd", {}, shown)] : [make("span", { class: "quiet" }, "–")]));
    }
    rest();
    changed();
  } catch (failure) {
    toast((failure instanceof Refused && failure.sentence) || word("save_failed"), "bad");
  }
}
