// A part of a page that follows the floor: the server pushes it drawn anew, nothing is asked in turns.

/** Keep a section marked `data-live-from` as the server says it is; where the cursor stood, it stays. */
export function keepLive(section: HTMLElement): void {
  const address = section.dataset["liveFrom"];
  if (!address) return;
  const source = new EventSource(address);
  source.onmessage = (event: MessageEvent<string>) => {
    const held = section.contains(document.activeElement) && document.activeElement?.classList.contains("scroll");
    section.innerHTML = (JSON.parse(event.data) as { html: string }).html;
    section.removeAttribute("data-old");
    if (held) section.querySelector<HTMLElement>(".scroll")?.focus();
  };
  // The browser tries again by itself; until it succeeds, what stands here is greyed.
  source.onerror = () => section.setAttribute("data-old", "");
  addEventListener("pagehide", () => source.close(), { once: true });
}
