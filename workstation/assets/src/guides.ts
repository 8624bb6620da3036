// What to say and know, beside the note: suggested by the call's topic, found by words, read, marked; scripts walked.

import { byId, icon, make, put, say, show, toast } from "./dom.ts";
import { newMark } from "./drafts.ts";
import { fetchText, postForm } from "./http.ts";
import { CONFIG, word } from "./words.ts";

export interface GuideHit {
  readonly guide_id: number;
  readonly kind: string;
  readonly title: string;
  readonly suggested: boolean;
}
interface Kept {
  readonly guide: number;
  readonly version: string;
  readonly once: string;
  readonly way: readonly (readonly [string, number])[];
}
type Does = (action: string, kind: string) => void;
const KEPT = "busbar.guide";

/** Articles and scripts with these words, or of a topic. */
export async function findGuides(text: string, topic: string, signal?: AbortSignal): Promise<readonly GuideHit[]> {
  const query = new URLSearchParams({ ...(text ? { q: text } : {}), ...(topic ? { topic } : {}) });
  return JSON.parse(await fetchText(`/api/guides?${query.toString()}`, signal)) as GuideHit[];
}

/** The section under the note. One instance a page. */
export class Guides {
  #callId = "";
  #once = "";
  #way: (readonly [string, number])[] = [];
  readonly #section = byId("guides");
  readonly #list = byId("guide-list");
  readonly #place = byId("guide-place");
  readonly #does: Does;

  constructor(does: Does) {
    this.#does = does;
  }

  start(): void {
    this.#section.addEventListener("click", (event) => this.#clicked(event.target as Element));
    this.#place.addEventListener("keydown", (event) => {
      const place = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
      if (!place || event.altKey || event.ctrlKey || event.metaKey) return;
      const answer = this.#step()?.querySelectorAll<HTMLElement>("[data-answer]")[Number(place) - 1];
      if (!answer) return;
      event.preventDefault();
      event.stopPropagation();
      answer.click();
    });
    const kept = this.#read();
    if (kept) void this.open(kept.guide, false, kept);
  }

  /** Follow the call of the desk: what belongs to its topic is offered, without a request. */
  follow(callId: string, topic: string): void {
    if (callId === this.#callId) return;
    this.#callId = callId;
    const hits = CONFIG.guides.filter((one) => topic !== "" && one.topics.includes(topic)).slice(0, 5);
    this.#list.replaceChildren(...hits.map((one) => make("li", {}, make("button", { type: "button", class: "guide-hit", "data-open": one.guide_id },
      icon(one.kind === "script" ? "play" : "bulb"), make("bdi", {}, one.title)))));
    show(this.#section, hits.length > 0 || this.#place.childElementCount > 0);
  }

  /** Show a guide; a script that was being walked goes on where it was. */
  async open(guideId: number, focus = true, kept: Kept | null = null): Promise<void> {
    try {
      const html = await fetchText(`/api/guides/${guideId}`);
      this.#place.replaceChildren(document.createRange().createContextualFragment(html));
    } catch {
      this.#forget();
      if (focus) toast(word("sheet.failed"), "bad");
      return;
    }
    show(this.#section, true);
    const same = kept !== null && this.#article()?.dataset["version"] === kept.version;
    this.#once = same ? kept.once : newMark();
    this.#way = same ? [...kept.way] : [];
    this.#draw();
    if (focus) (this.#step()?.querySelector<HTMLElement>("[data-answer]") ?? this.#place.querySelector<HTMLElement>("h3"))?.focus();
  }

  #article(): HTMLElement | null {
    return this.#place.querySelector<HTMLElement>(".guide");
  }

  #step(): HTMLElement | null {
    return this.#place.querySelector<HTMLElement>(".guide-step:not([hidden])");
  }

  #clicked(target: Element): void {
    const on = (name: string): HTMLElement | null => target.closest<HTMLElement>(`[${name}]`);
    const open = on("data-open")?.dataset["open"];
    if (open) return void this.open(Number(open));
    if (on("data-guide-close")) return this.#close();
    const useful = on("data-useful");
    if (useful) return void this.#mark(useful);
    const does = on("data-does")?.dataset["does"];
    if (does) return this.#does(does.split(":")[0] ?? "", does.split(":")[1] ?? "");
    const answer = on("data-answer");
    const step = on("data-step")?.dataset["step"];
    if (answer && step) this.#go([...this.#way, [step, Number(answer.dataset["answer"])]]);
    else if (on("data-back")) this.#go(this.#way.slice(0, -1));
  }

  /** Go on or back; what was answered is kept at once, here and by the server. */
  #go(way: (readonly [string, number])[]): void {
    this.#way = way;
    this.#draw();
    (this.#step()?.querySelector<HTMLElement>("[data-answer], [data-does]") ?? this.#place.querySelector<HTMLElement>("h3"))?.focus();
    const article = this.#article();
    if (!article) return;
    const sent: [string, string][] = [["answers", JSON.stringify(way)], ["version", article.dataset["version"] ?? ""], ["once", this.#once]];
    postForm(`/api/guides/${article.dataset["guide"] ?? ""}/walk`, sent)
      .then(({ ok, body }) => ok || toast((JSON.parse(body) as Record<string, string>)["form"] ?? word("save_failed"), "bad"))
      .catch(() => undefined);
  }

  #draw(): void {
    const article = this.#article();
    if (!article || article.dataset["kind"] !== "script") return this.#forget();
    const steps = [...article.querySelectorAll<HTMLElement>(".guide-step")];
    let at = steps[0];
    const said: HTMLElement[] = [];
    for (const [code, place] of this.#way) {
      const answer = article.querySelector<HTMLElement>(`[data-step="${CSS.escape(code)}"] [data-answer="${place}"]`);
      said.push(make("li", {}, make("bdi", {}, answer?.querySelector("bdi")?.textContent ?? "")));
      at = steps.find((one) => one.dataset["step"] === answer?.dataset["to"]) ?? at;
    }
    for (const one of steps) show(one, one === at);
    const way = article.querySelector("[data-way]");
    way?.replaceChildren(...said);
    if (way) show(way, said.length > 0);
    const back = article.querySelector("[data-back]");
    if (back) show(back, this.#way.length > 0);
    try {
      const kept: Kept = { guide: Number(article.dataset["guide"]), version: article.dataset["version"] ?? "", once: this.#once, way: this.#way };
      sessionStorage.setItem(KEPT, JSON.stringify(kept));
    } catch {
      // Kept for this page only.
    }
  }

  async #mark(button: HTMLElement): Promise<void> {
    try {
      const { body } = await postForm(`/api/guides/${this.#article()?.dataset["guide"] ?? ""}/mark`, [["useful", button.dataset["useful"] ?? ""]]);
      for (const one of this.#place.querySelectorAll("[data-useful]")) put(one, "aria-pressed", String(one === button));
      toast((JSON.parse(body) as { said?: string }).said ?? word("sheet.done"), "good");
    } catch {
      toast(word("save_failed"), "bad");
    }
  }

  #close(): void {
    this.#place.replaceChildren();
    this.#forget();
    show(this.#section, this.#list.childElementCount > 0);
    say(byId("guide-said"), "");
  }

  #forget(): void {
    try {
      sessionStorage.removeItem(KEPT);
    } catch {
      // Nothing was kept either.
    }
  }

  #read(): Kept | null {
    try {
      return JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as Kept | null;
    } catch {
      return null;
    }
  }
}
