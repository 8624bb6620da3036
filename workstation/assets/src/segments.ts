// The builder of segments: its form works without this; here it is drawn anew in place, and counted while it is built.

const PATIENCE = 500;
const holder = document.getElementById("builder");
let running: AbortController | undefined;
let waiting: ReturnType<typeof setTimeout> | undefined;

/** Where the cursor is, to be put back after the form was drawn anew. */
function place(): { name: string; value: string; at: number | null } | undefined {
  const element = document.activeElement;
  if (element instanceof HTMLInputElement) {
    const typed = element.type === "text" || element.type === "search";
    return { name: element.name, value: element.type === "checkbox" ? element.value : "", at: typed ? element.selectionStart : null };
  }
  if (element instanceof HTMLSelectElement) return { name: element.name, value: "", at: null };
  if (element instanceof HTMLButtonElement) return { name: element.name, value: element.value, at: null };
  return undefined;
}

function restore(spot: ReturnType<typeof place>, doing: string): void {
  if (!holder) return;
  if (doing.startsWith("condition") || doing.startsWith("group")) {
    const path = doing.split(" ")[1] ?? "";
    const last = [...holder.querySelectorAll<HTMLSelectElement>('select[name^="fact_"]')].filter((one) => one.name.startsWith(`fact_${path}`)).at(-1);
    last?.focus();
    return;
  }
  if (!spot) return;
  const named = [...holder.querySelectorAll<HTMLElement & { name: string; value: string }>("[name]")];
  const same = named.find((one) => one.name === spot.name && (spot.value === "" || one.value === spot.value));
  same?.focus();
  if (same instanceof HTMLInputElement && spot.at !== null) same.setSelectionRange(spot.at, spot.at);
}

/** Send the form as it stands and show what comes back, unless something newer was typed meanwhile. */
async function draw(form: HTMLFormElement, more: [string, string][] = []): Promise<void> {
  const address = form.dataset["builder"];
  if (!address || !holder) return;
  running?.abort();
  running = new AbortController();
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
  for (const [name, value] of more) fields.append(name, value);
  holder.dataset["busy"] = "true";
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { "X-CSRF-Token": fields.get("csrf") ?? "", "X-Fragment": "builder" },
      body: fields,
      signal: running.signal,
    });
    if (!response.ok && response.status !== 422) return;
    const html = await response.text();
    const spot = place();
    const open = [...holder.querySelectorAll("details")].map((one) => one.open);
    holder.innerHTML = html;
    if (more.length === 0) holder.querySelectorAll("details").forEach((one, number) => (one.open = open[number] ?? one.open));
    restore(spot, more[0]?.[1] ?? "");
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
  } finally {
    if (!running.signal.aborted) delete holder.dataset["busy"];
  }
}

holder?.addEventListener("input", (event) => {
  const form = (event.target as HTMLInputElement).form;
  const about = (event.target as HTMLInputElement).name;
  if (!form || about === "name" || about === "note") return;
  clearTimeout(waiting);
  // What comes back of an older form would overwrite what is being typed.
  running?.abort();
  const soon = event.target instanceof HTMLSelectElement ? 0 : PATIENCE;
  waiting = setTimeout(() => void draw(form), soon);
});
holder?.addEventListener("submit", (event) => {
  const button = (event as SubmitEvent).submitter;
  if (!(button instanceof HTMLButtonElement) || !button.name) return;
  event.preventDefault();
  event.stopPropagation();
  clearTimeout(waiting);
  void draw(event.target as HTMLFormElement, [[button.name, button.value]]);
});
