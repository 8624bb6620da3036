// A campaign's page shows where its debtors stand as that changes: the server pushes, nothing is asked in turns.

import { LOCALE } from "./locale.ts";

interface News {
  readonly state: string;
  readonly version: number;
  readonly total: number;
  readonly rate: number | null;
  readonly counts: Readonly<Record<string, number>>;
}

/** Keep the figures and the bar of a ledger as they are; load the page anew when the campaign itself changed. */
export function followLedger(section: HTMLElement): void {
  const address = section.dataset["ledger"];
  if (!address) return;
  const numbers = new Intl.NumberFormat(LOCALE);
  const source = new EventSource(address);
  source.onmessage = (event: MessageEvent<string>) => {
    const news = JSON.parse(event.data) as News;
    if (news.state !== section.dataset["state"] || String(news.version) !== section.dataset["version"]) {
      source.close();
      // What somebody is typing on the page is worth more than a fresh one.
      if (!document.querySelector("form[data-typed]")) location.reload();
      return;
    }
    for (const place of section.querySelectorAll<HTMLElement>("[data-ledger-count]")) {
      const text = numbers.format(news.counts[place.dataset["ledgerCount"] ?? ""] ?? 0);
      if (place.textContent !== text) place.textContent = text;
    }
    const total = section.querySelector("[data-ledger-total]");
    if (total) total.textContent = numbers.format(news.total);
    const rate = section.querySelector("[data-ledger-rate]");
    if (rate) rate.textContent = news.rate === null ? "—" : `${(news.rate * 100).toFixed(1)} %`;
    draw(section, news);
  };
  addEventListener("pagehide", () => source.close(), { once: true });
}

/** Draw the bar anew: each class as wide as its share. */
function draw(section: HTMLElement, news: News): void {
  const bar = section.querySelector("svg.ledger-bar");
  if (!bar || news.total === 0) return;
  let at = 0;
  bar.replaceChildren(...Object.entries(news.counts).filter(([, many]) => many > 0).map(([klass, many]) => {
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const wide = (many * 1000) / news.total;
    for (const [name, value] of Object.entries({ class: `k-${klass}`, x: at.toFixed(2), y: "0", width: wide.toFixed(2), height: "14" })) rect.setAttribute(name, value);
    at += wide;
    return rect;
  }));
}
