// The builder of segments: its form works without this; here it is drawn anew in place, and counted while it is built.

const PATIENCE = 500;
const holder = document.getElementById("builder");
const told = document.getElementById("builder-said");
let running: AbortController | undefined;
let waiting: ReturnType<typeof setTimeout> | undefined;
let pending = false;
let pressed = 0;

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
  const [what, path = ""] = doing.split(" ");
  if (what === "condition" || what === "group") {
    const within = path ? `fact_${path}-` : "fact_";
    [...holder.querySelectorAll<HTMLSelectElement>(`select[name^="${within}"]`)].at(-1)?.focus();
    return;
  }
  if (what === "remove") {
    const group = path.includes("-") ? path.slice(0, path.lastIndexOf("-")) : "";
    holder.querySelector<HTMLSelectElement>(`select[name="how_${group}"]`)?.focus();
    return;
  }
  if (!spot) return;
  const named = [...holder.querySelectorAll<HTMLElement & { name: string; value: string }>("[name]")];
  const same = named.find((one) => one.name === spot.name && (spot.value === "" || one.value === spot.value));
  same?.focus();
  if (same instanceof HTMLInputElement && spot.at !== null) same.setSelectionRange(spot.at, spot.at);
}

/** Say the count to whoever does not see it; what is drawn anew is not read out by itself. */
function say(): void {
  const members = holder?.querySelector("[data-figure]")?.textContent?.trim();
  if (told) told.textContent = members ? (told.dataset["words"] ?? "").replace("{members}", members) : "";
}

/** Send the form as it stands and show what comes back, unless something newer was typed meanwhile. */
async function draw(form: HTMLFormElement, more: [string, string][] = []): Promise<void> {
  const address = form.dataset["builder"];
  if (!address || !holder) return;
  running?.abort();
  const mine = new AbortController();
  running = mine;
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
  for (const [name, value] of more) fields.append(name, value);
  holder.dataset["busy"] = "true";
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { "X-CSRF-Token": fields.get("csrf") ?? "", "X-Fragment": "builder" },
      body: fields,
      signal: mine.signal,
    });
    if (!response.ok && response.status !== 422) return;
    const html = await response.text();
    const spot = place();
    const open = [...holder.querySelectorAll("details")].map((one) => one.open);
    holder.innerHTML = html;
    if (more.length === 0) holder.querySelectorAll("details").forEach((one, number) => (one.open = open[number] ?? one.open));
    restore(spot, more[0]?.[1] ?? "");
    say();
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
  } finally {
    if (running === mine) {
      pending = false;
      delete holder.dataset["busy"];
    }
  }
}

/** Draw the form soon; what comes back of an older one would overwrite what is being typed. */
function drawSoon(form: HTMLFormElement, soon: number): void {
  clearTimeout(waiting);
  running?.abort();
  pending = true;
  waiting = setTimeout(() => void draw(form), soon);
}

holder?.addEventListener("input", (event) => {
  const form = (event.target as HTMLInputElement).form;
  const about = (event.target as HTMLInputElement).name;
  if (!form || about === "name" || about === "note") return;
  const picked = event.target instanceof HTMLSelectElement && Date.now() - pressed > PATIENCE;
  drawSoon(form, picked ? 0 : PATIENCE);
});
holder?.addEventListener("keydown", (event) => {
  pressed = Date.now();
  // Whoever types the name of a fact into a list is not done with its first letter.
  const list = event.target;
  if (pending && list instanceof HTMLSelectElement && list.form && event.key.length === 1) drawSoon(list.form, PATIENCE);
});
holder?.addEventListener("submit", (event) => {
  const button = (event as SubmitEvent).submitter;
  if (!(button instanceof HTMLButtonElement) || !button.name) return;
  event.preventDefault();
  event.stopPropagation();
  clearTimeout(waiting);
  void draw(event.target as HTMLFormElement, [[button.name, button.value]]);
});
