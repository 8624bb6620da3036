// The switch between light and dark; without a choice the system decides.

import { byId } from "./dom.ts";

export function startTheme(): void {
  byId("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset["theme"] ? root.dataset["theme"] === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    const next = dark ? "light" : "dark";
    root.dataset["theme"] = next;
    try {
      localStorage.setItem("busbar.theme", next);
    } catch {
      // Kept for this page only.
    }
  });
}
