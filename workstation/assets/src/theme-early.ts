// Runs before the first paint: the reader's own choice of light or dark, when there is one.
try {
  const chosen = localStorage.getItem("busbar.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset["theme"] = chosen;
} catch {
  // Storage may be forbidden; the system's choice holds.
}
