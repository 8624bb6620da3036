// The reader's own choices of appearance on the page of settings; `theme-early.ts` has applied those that are kept.

const ROOT = document.documentElement;

/** Wire the choices of the page, where it has any. */
export function startAppearance(): void {
  for (const one of document.querySelectorAll<HTMLInputElement>("[data-appearance]")) {
    const name = one.dataset["appearance"] ?? "";
    one.checked = one.value === (ROOT.dataset[name] ?? "");
    one.addEventListener("change", () => {
      if (one.value === "") delete ROOT.dataset[name];
      else ROOT.dataset[name] = one.value;
      try {
        if (one.value === "") localStorage.removeItem(`busbar.${name}`);
        else localStorage.setItem(`busbar.${name}`, one.value);
      } catch {
        // Kept for this page only.
      }
    });
  }
}
