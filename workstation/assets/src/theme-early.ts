// Runs before the first paint: the reader's own choices of light or dark, contrast and movement, where there are any.
const CHOICES: Readonly<Record<string, readonly string[]>> = { theme: ["light", "dark"], contrast: ["more"], motion: ["less"] };
try {
  for (const [name, known] of Object.entries(CHOICES)) {
    const chosen = localStorage.getItem(`busbar.${name}`);
    if (chosen !== null && known.includes(chosen)) document.documentElement.dataset[name] = chosen;
  }
} catch {
  // Storage may be forbidden; the system's choice holds.
}
