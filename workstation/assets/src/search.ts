// Subscribers by what is typed: for the command box of the top bar and the search of an unknown caller.

import { make, put } from "./dom.ts";
import { fetchText, Refused } from "./http.ts";
import { localise, word } from "./words.ts";

/** Look `text` up and put what is found into `place`; a later search overtakes an earlier one. */
export class Finder {
  #running: AbortController | null = null;
  readonly #choose: (accountId: number) => void;

  constructor(choose: (accountId: number) => void) {
    this.#choose = choose;
  }

  /** Take an account that was found. */
  choose(accountId: number): void {
    this.#choose(accountId);
  }

  /** Nobody waits any more for what is being looked up. */
  stop(): void {
    this.#running?.abort();
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
