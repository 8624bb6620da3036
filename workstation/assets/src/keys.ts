// The keyboard: bound to places on it (`event.code`), so that a Russian or Arabic layout changes nothing.

/** What a key does, by its name as workstation/keymap.py writes it: `Alt+Shift+KeyP`. */
export type Keymap = ReadonlyMap<string, () => void>;

/** Name a key; "" for a modifier alone. */
export function nameOf(event: KeyboardEvent): string {
  if (/^(?:Alt|Control|Shift|Meta|CapsLock)/.test(event.code) || event.code === "") return "";
  const code = event.code === "NumpadEnter" ? "Enter" : event.code;
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${event.shiftKey ? "Shift+" : ""}${code}`;
}

/**
 * Listen. Keys without Alt or Ctrl stay quiet while somebody types; AltGr is not Alt.
 *
 * `typed` hears of a letter that no field has the cursor for, before the browser puts it anywhere.
 */
export function startKeys(keys: () => Keymap, typed: () => void = () => undefined): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.getModifierState("AltGraph")) return;
    if (document.querySelector("dialog[open]") && event.code !== "Escape") return;
    const name = nameOf(event);
    const quiet = typing(event.target) && !/^(?:Ctrl\+|Alt\+|(?:Shift\+)?F\d)/.test(name);
    const run = quiet ? undefined : keys().get(name);
    if (run) {
      event.preventDefault();
      run();
    } else if (!typing(event.target) && prints(event)) typed();
  });
}

function prints(event: KeyboardEvent): boolean {
  return event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
}

export function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}
