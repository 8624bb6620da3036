// The office's pages work without scripts; this makes them quicker: progress, drafts, keys, one press once.

import { followLedger } from "./campaigns.ts";
import { keepLive } from "./live.ts";
import { LOCALE } from "./locale.ts";
import { startAppearance } from "./appearance.ts";
import { startTheme } from "./theme.ts";
import { startUpload } from "./upload.ts";

const DRAFT = "busbar.form.";
/** When a draft was typed; no field is called so. */
const AT = "@at";
const KEPT_FOR = 12 * 3600 * 1000;

/** Follow a running job until it is over, then show the page as it is now. */
function follow(section: HTMLElement): void {
  const state = section.dataset["state"];
  const address = section.dataset["job"];
  if (!address || (state !== "waiting" && state !== "running")) return;
  const bar = section.querySelector("progress");
  const count = section.querySelector("[data-job-count]");
  const note = section.querySelector("[data-job-note]");
  const numbers = new Intl.NumberFormat(LOCALE);
  const source = new EventSource(address);
  source.onmessage = (event: MessageEvent<string>) => {
    const news = JSON.parse(event.data) as { state: string; done: number; total: number; note: string };
    // It began or it is over: the page says something else now.
    if (news.state !== state) {
      source.close();
      location.reload();
      return;
    }
    if (bar && news.total > 0) {
      bar.max = news.total;
      bar.value = news.done;
    }
    if (count) count.textContent = numbers.format(news.done) + (news.total > 0 ? ` / ${numbers.format(news.total)}` : "");
    if (note) note.textContent = news.note;
  };
}

/** Forget drafts of an earlier shift; all of them when their person signs out. */
function sweepForms(all: boolean): void {
  try {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(DRAFT)) continue;
      const kept = JSON.parse(localStorage.getItem(key) ?? "{}") as Record<string, unknown>;
      if (all || Date.now() - Number(kept[AT] ?? 0) > KEPT_FOR) localStorage.removeItem(key);
    }
  } catch {
    // Storage is forbidden.
  }
}

/** Keep what is typed in a form marked `data-draft` on this computer until it is carried out. */
function keepDraft(form: HTMLFormElement): void {
  const name = DRAFT + location.pathname + "#" + (form.dataset["draft"] ?? "");
  const fields = () => [...form.elements].filter((one): one is HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement =>
    (one instanceof HTMLInputElement && !["hidden", "file", "password"].includes(one.type)) || one instanceof HTMLTextAreaElement || one instanceof HTMLSelectElement);
  try {
    if (document.getElementById("done")) localStorage.removeItem(name);
    const kept = JSON.parse(localStorage.getItem(name) ?? "{}") as Record<string, string | boolean>;
    for (const field of fields()) {
      const value = kept[field.name];
      if (value === undefined) continue;
      if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = value === true;
      else if (field.value === "" || field instanceof HTMLSelectElement) field.value = String(value);
    }
  } catch {
    // Storage is forbidden or was spoilt: the form works without it.
  }
  form.addEventListener("input", () => {
    const now: Record<string, string | boolean> = { [AT]: String(Date.now()) };
    for (const field of fields()) now[field.name] = field instanceof HTMLInputElement && field.type === "checkbox" ? field.checked : field.value;
    try {
      localStorage.setItem(name, JSON.stringify(now));
    } catch {
      // Kept for this page only.
    }
  });
}

/** Move through a list: arrows (or J and K) choose a row, Enter opens its first link. */
function walk(table: HTMLTableElement, step: number): void {
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
  const at = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
  const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  if (!next) return;
  rows[at]?.removeAttribute("aria-selected");
  next.setAttribute("aria-selected", "true");
  next.scrollIntoView({ block: "nearest" });
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT", "BUTTON", "A"].includes(target.tagName));
}

function onKey(event: KeyboardEvent): void {
  if (event.isComposing || event.altKey || event.getModifierState("AltGraph")) return;
  const form = event.target instanceof Element ? event.target.closest("form") : null;
  if ((event.ctrlKey || event.metaKey) && (event.code === "Enter" || event.code === "NumpadEnter") && form) {
    event.preventDefault();
    form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || typing(event.target)) return;
  const table = document.querySelector<HTMLTableElement>("table.rows");
  if (event.code === "Slash") document.querySelector<HTMLInputElement>(".filters input")?.focus();
  else if (table && (event.code === "ArrowDown" || event.code === "KeyJ")) walk(table, 1);
  else if (table && (event.code === "ArrowUp" || event.code === "KeyK")) walk(table, -1);
  else if (table && event.code === "Enter") table.querySelector<HTMLAnchorElement>("tr[aria-selected='true'] a")?.click();
  else return;
  event.preventDefault();
}

/** One press is one request; what cannot be undone is asked for first. */
function onSubmit(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  // A button asks for itself: beside it may stand one that harms nothing.
  const question = event.submitter?.dataset["confirm"] ?? form.dataset["confirm"];
  if (form.dataset["sent"] === "true" || (question && !confirm(question))) {
    event.preventDefault();
    return;
  }
  // What is fetched by a form leaves the page as it is: it may be asked for again.
  if (form.method === "post" && form.dataset["again"] === undefined) form.dataset["sent"] = "true";
}

/** What a choice marked `data-draws="id"` needs is drawn in that place as it changes: the cursor stays where it is. */
function drawAsChosen(place: HTMLElement): void {
  const form = place.closest("form");
  const button = form?.querySelector<HTMLButtonElement>("[data-draw]");
  const drawn = document.getElementById(place.dataset["draws"] ?? "");
  if (!form || !button || !drawn) return;
  button.hidden = true;
  let asked = new AbortController();
  let pause = 0;
  const draw = (): void => {
    clearTimeout(pause);
    asked.abort();
    asked = new AbortController();
    const sent = new URLSearchParams();
    for (const [name, value] of new FormData(form, form.method === "post" ? button : undefined)) if (typeof value === "string") sent.append(name, value);
    const wanted = form.method === "post" ? fetch(form.action, { method: "POST", body: sent, signal: asked.signal }) : fetch(`${location.pathname}?${sent.toString()}`, { signal: asked.signal });
    drawn.setAttribute("aria-busy", "true");
    wanted.then((answer) => answer.text()).then((page) => {
      const fresh = new DOMParser().parseFromString(page, "text/html").getElementById(drawn.id);
      drawn.replaceChildren(...(fresh?.childNodes ?? []));
      drawn.removeAttribute("aria-busy");
    }).catch((error: unknown) => {
      // Away: the button does the same by a page of its own.
      if (!asked.signal.aborted || !(error instanceof DOMException)) button.hidden = false;
    });
  };
  place.addEventListener("change", draw);
  // Of a text that is being typed, once the hands rest.
  if (place.dataset["live"] !== undefined) {
    place.addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(draw, 500);
    });
  }
}

for (const section of document.querySelectorAll<HTMLElement>("[data-job]")) follow(section);
for (const section of document.querySelectorAll<HTMLElement>("[data-ledger]")) followLedger(section);
for (const section of document.querySelectorAll<HTMLElement>("[data-live-from]")) keepLive(section);
sweepForms(false);
document.querySelector('form[action="/sign-out"]')?.addEventListener("submit", () => sweepForms(true));
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-draft]")) keepDraft(form);
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-upload]")) startUpload(form);
for (const place of document.querySelectorAll<HTMLElement>("[data-draws]")) drawAsChosen(place);
document.addEventListener("keydown", onKey);
document.addEventListener("submit", onSubmit);
// A page that comes back from the browser's memory may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) delete form.dataset["sent"];
});
startTheme();
startAppearance();
