// Campaigns on the supervisor's floor: what each does now, why it places no more calls, and the way to stop it at once.

import { byId, icon, make, put, say, show, toast } from "./dom.ts";
import { postForm, Refused } from "./http.ts";
import type { CampaignView } from "./types.ts";
import { CONFIG, LOCALE, word } from "./words.ts";

/** A cap of 3 % is kept or broken by tenths. */
const RATE = new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: 1 });

const figure = (id: string): HTMLElement =>
  make("div", { class: "figure-cell", "data-figure": id }, make("dt", {}, word(`campaign.${id}`)), make("dd", { class: "num" }), make("dd", { class: "under num" }));

/** A campaign's tile; whoever may run campaigns has a button that asks once and then stops it. */
export function campaignTile(one: CampaignView): HTMLElement {
  const head = make("h2", {}, make("a", { href: `/office/campaigns/${one.campaign_id}` }), make("span", { class: "quiet" }));
  if (CONFIG.runs_campaigns) {
    const stop = make("button", { type: "button", class: "button small bad" }, icon("ban"), word("campaign.stop"));
    stop.addEventListener("click", () => void halt(one.campaign_id, stop as HTMLButtonElement));
    head.append(stop);
  }
  return make("article", { class: "queue-tile campaign-tile panel" }, head,
    make("dl", {}, figure("operators"), figure("ringing"), figure("waiting"), figure("talking"), figure("abandoned")), make("p", { class: "quiet why" }));
}

export function fillCampaign(tile: HTMLElement, one: CampaignView): void {
  say(tile.querySelector("h2 a")!, one.name);
  say(tile.querySelector("h2 .quiet")!, word(`campaign.mode.${one.mode}`));
  fill(tile, "operators", String(one.operators), word("campaign.idle", { n: one.idle }), one.operators === 0 ? "warn" : "");
  fill(tile, "ringing", String(one.ringing), "", "");
  fill(tile, "waiting", String(one.waiting), "", one.waiting > 0 ? "warn" : "");
  fill(tile, "talking", String(one.talking), "", "");
  const { answered, abandoned } = one;
  const share = answered !== null && abandoned !== null && answered > 0 ? abandoned / answered : null;
  const over = share !== null && share > one.cap;
  fill(tile, "abandoned", share === null ? "–" : RATE.format(share),
    share === null ? word("queue.none") : `${word("wall.target", { value: RATE.format(one.cap) })} · ${word("queue.of", { n: answered ?? 0 })}`, over ? "bad" : "");
  say(tile.querySelector(".why")!, word(`campaign.why.${one.why}`));
}

function fill(tile: HTMLElement, id: string, text: string, under: string, mood: string): void {
  const place = tile.querySelector(`[data-figure="${id}"]`)!;
  put(place, "data-mood", mood);
  say(place.children[1]!, text);
  say(place.children[2]!, under);
}

/** Ask once, then stop: who is talking goes on, what rings is called off. The floor's own news take the tile away. */
async function halt(campaign: number, button: HTMLButtonElement): Promise<void> {
  if (!confirm(word("campaign.sure"))) return;
  button.disabled = true;
  try {
    await postForm(`/office/campaigns/${campaign}/steps`, [["do", "is paused"], ["halt", "1"]]);
  } catch (error) {
    button.disabled = false;
    toast((error instanceof Refused && error.sentence) || word("not_connected"), "bad");
  }
}

export function showCampaigns(running: readonly CampaignView[]): void {
  show(byId("campaigns"), running.length > 0);
}
