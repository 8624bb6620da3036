// The parts under the call: one is open at a time, or none; which one is kept on this computer.

import { byId, put, show } from "./dom.ts";

export interface Part {
  /** Called when it opens; `byHand` when a person asked for it, so that the cursor may go there. */
  readonly opened: (byHand: boolean) => void;
  readonly closed: () => void;
}

const KEPT = "busbar.beside";
const parts = new Map<string, Part>();
let open = "";

export function addPart(name: string, part: Part): void {
  parts.set(name, part);
}

/** Wire the tabs and open what was open last; the cursor stays where it is. */
export function startBeside(): void {
  const tabs = [...document.querySelectorAll<HTMLElement>("[data-beside]")];
  for (const [place, tab] of tabs.entries()) {
    tab.addEventListener("click", () => openPart(open === nameOf(tab) ? "" : nameOf(tab), true));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const sign = document.documentElement.dir === "rtl" ? -step : step;
      tabs[(place + sign + tabs.length) % tabs.length]?.focus();
    });
  }
  const kept = localStorage.getItem(KEPT) ?? "";
  if (parts.has(kept)) openPart(kept, false);
}

function nameOf(tab: HTMLElement): string {
  return tab.dataset["beside"] ?? "";
}

/** Open a part, "" none. */
export function openPart(name: string, byHand: boolean): void {
  if (open !== name && open !== "") {
    show(byId(open), false);
    parts.get(open)?.closed();
  }
  open = name;
  localStorage.setItem(KEPT, name);
  for (const tab of document.querySelectorAll<HTMLElement>("[data-beside]")) put(tab, "aria-selected", String(nameOf(tab) === name));
  if (name === "") return;
  show(byId(name), true);
  parts.get(name)?.opened(byHand);
}

export function isOpen(name: string): boolean {
  return open === name;
}
