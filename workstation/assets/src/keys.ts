// The keyboard: bound to places on it (`event.code`), so that a Russian or Arabic layout changes nothing.

export interface Key {
  readonly code: string;
  readonly alt?: boolean;
  readonly ctrl?: boolean;
  readonly shift?: boolean;
  readonly run: () => void;
}

/** Listen; keys without a modifier stay quiet while somebody types. AltGr is not Alt. */
export function startKeys(keys: readonly Key[]): void {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.getModifierState("AltGraph")) return;
    const key = keys.find((one) => matches(one, event));
    if (!key || (!key.alt && !key.ctrl && typing(event.target))) return;
    if (document.querySelector("dialog[open]") && event.code !== "Escape") return;
    event.preventDefault();
    key.run();
  });
}

function matches(key: Key, event: KeyboardEvent): boolean {
  const ctrl = event.ctrlKey || event.metaKey;
  return event.code === key.code && event.altKey === (key.alt ?? false) && ctrl === (key.ctrl ?? false)
    && (key.shift === undefined ? true : event.shiftKey === key.shift);
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}
