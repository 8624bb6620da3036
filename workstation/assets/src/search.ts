// The search box of the top bar and the one of an unknown caller: as-you-type, arrows, Enter, Escape.

import { byId, make, put, show } from "./dom.ts";
import { fetchText, Refused } from "./http.ts";
import { localise, word } from "./words.ts";

const PAUSE = 180;

/** Look `text` up and put what is found into `place`; a later search overtakes an earlier one. */
export class Finder {
  #running: AbortController | null = null;
  readonly #choose: (accountId: number) => void;

  constructor(choose: (accountId: number) => void) {
    this.#choose = choose;
  }

  async run(text: string, place: HTMLElement): Promise<void> {
    this.#running?.abort();
    const running = (this.#running = new AbortController());
    put(place, "aria-busy", "true");
    try {
      const html = await fetchText(`/api/search?q=${encodeURIComponent(text)}`, running.signal);
      place.replaceChildren(document.createRange().createContextualFragment(html));
      localise(place);
      for (const one of place.querySelectorAll<HTMLElement>("[data-account-id]")) {
        one.addEventListener("click", () => this.#choose(Number(one.dataset["accountId"])));
      }
    } catch (failure) {
      if (running.signal.aborted) return;
      const key = failure instanceof Refused && failure.status === 403 ? "card.forbidden" : "search.failed";
      place.replaceChildren(make("p", { class: "results-note bad" }, word(key)));
    } finally {
      if (!running.signal.aborted) place.removeAttribute("aria-busy");
    }
  }
}

/** Wire the box in the top bar. */
export function startSearch(finder: Finder): void {
  const input = byId<HTMLInputElement>("search");
  const results = byId("search-results");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = (visible: boolean): void => {
    show(results, visible);
    put(input, "aria-expanded", String(visible));
  };
  const look = (): void => {
    clearTimeout(timer);
    const text = input.value.trim();
    if (text.length < 2) return open(false);
    timer = setTimeout(() => void finder.run(text, results).then(() => open(document.activeElement === input || results.contains(document.activeElement))), PAUSE);
  };
  input.addEventListener("input", look);
  input.addEventListener("focus", () => results.childElementCount > 0 && input.value.trim().length > 1 && open(true));
  byId("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const rows = results.querySelectorAll<HTMLElement>("[data-account-id]");
    if (!results.hidden && rows.length > 0) (results.querySelector<HTMLElement>('[aria-selected="true"] [data-account-id]') ?? rows[0])?.click();
    else look();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return open(false);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(results, event.key === "ArrowDown" ? 1 : -1);
    }
  });
  results.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-account-id]")) {
      open(false);
      input.value = "";
      results.replaceChildren();
      input.blur();
    }
  });
  document.addEventListener("pointerdown", (event) => byId("search-form").contains(event.target as Node) || open(false));
}

function mark(results: HTMLElement, step: number): void {
  const rows = [...results.querySelectorAll<HTMLElement>('[role="option"]')];
  if (rows.length === 0) return;
  const at = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
  const next = (at + step + rows.length) % rows.length;
  rows.forEach((row, index) => put(row, "aria-selected", String(index === (at < 0 && step < 0 ? rows.length - 1 : next))));
  rows[next]?.scrollIntoView({ block: "nearest" });
}
