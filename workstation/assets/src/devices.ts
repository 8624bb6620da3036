// The telephone's own page: microphone, ear and a second bell, an echo to hear oneself, and how good the line is.

import { byId, enable, make, put, say, show } from "./dom.ts";
import type { Phone } from "./phone.ts";
import { ringAlsoOn } from "./ring.ts";
import { word } from "./words.ts";

export interface Devices {
  readonly microphone: string;
  readonly ear: string;
  readonly bell: string;
  /** Where calls ring: "" in the browser, "desk" on a telephone of one's own. */
  readonly place: string;
}
export interface Measured {
  readonly packets: number;
  readonly lost: number;
  /** Seconds. */
  readonly jitter: number;
  readonly roundTrip: number;
}
export type Quality = "" | "good" | "fair" | "poor";

const KEPT = "busbar.devices";
const NONE: Devices = { microphone: "", ear: "", bell: "", place: "" };
const PLACES: readonly (readonly ["microphone" | "ear" | "bell", MediaDeviceKind])[] = [["microphone", "audioinput"], ["ear", "audiooutput"], ["bell", "audiooutput"]];
const EVERY = 5_000;

/** What was chosen on this computer; headsets belong to a table, not to a person. */
export function devices(): Devices {
  try {
    return { ...NONE, ...(JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Devices>) };
  } catch {
    return NONE;
  }
}

/** How good a line was between two looks, by what people begin to hear (loss, jitter, delay). */
export function judge(before: Measured, now: Measured): Quality {
  const lost = Math.max(0, now.lost - before.lost);
  const all = Math.max(0, now.packets - before.packets) + lost;
  if (all === 0) return now.packets === 0 ? "" : "poor";
  const share = lost / all;
  if (share > 0.05 || now.jitter > 0.05 || now.roundTrip > 0.4) return "poor";
  return share > 0.01 || now.jitter > 0.03 || now.roundTrip > 0.25 ? "fair" : "good";
}

/** Give life to the dialog. */
export function startDevices(phone: Phone): void {
  const dialog = byId<HTMLDialogElement>("telephone");
  useThem(phone);
  byId("phone").addEventListener("click", () => showDevices(phone));
  dialog.addEventListener("change", (event) => {
    const field = event.target as HTMLSelectElement;
    try {
      localStorage.setItem(KEPT, JSON.stringify({ ...devices(), [field.name]: field.value }));
    } catch {
      // Chosen for this page only.
    }
    useThem(phone);
  });
  byId("echo").addEventListener("click", () => (phone.state.echo ? phone.endEcho() : phone.startEcho()));
  dialog.addEventListener("close", () => phone.endEcho());
  navigator.mediaDevices?.addEventListener("devicechange", () => dialog.open && void list());
  watch(phone);
}

/** Open it; names of devices are there once the browser may hear. */
export function showDevices(phone: Phone): void {
  const dialog = byId<HTMLDialogElement>("telephone");
  if (!dialog.open) dialog.showModal();
  drawEcho(phone);
  void list();
}

/** Draw where calls ring, and whether anything rings there; `there` is the floor's word, null while it is not known. */
export function drawPlace(phone: Phone, there: boolean | null): void {
  const desk = devices().place === "desk";
  for (const one of document.querySelectorAll<HTMLInputElement>('#telephone [name="place"]')) {
    if (one.checked !== (one.value === (desk ? "desk" : ""))) one.checked = !one.checked;
    enable(one, phone.state.session === "none");
  }
  const missing = desk && there === false;
  say(byId("place-word"), word(missing ? "place.away" : desk ? "place.desk" : "place.browser"));
  put(byId("place-word"), "class", missing ? "bad" : "help");
}

/** Draw what the echo is doing. */
export function drawEcho(phone: Phone): void {
  const { echo, registered, session } = phone.state;
  enable(byId("echo"), echo || (registered && session === "none"));
  put(byId("echo"), "aria-pressed", String(echo));
  say(byId("echo-word"), word(echo ? "echo.on" : session === "none" ? "echo.off" : "echo.busy"));
}

function useThem(phone: Phone): void {
  const { ear, bell, place } = devices();
  phone.listenOn(ear);
  ringAlsoOn(bell);
  phone.useBrowser(place !== "desk");
}

async function list(): Promise<void> {
  const found = await navigator.mediaDevices?.enumerateDevices().catch(() => []) ?? [];
  const chosen = devices();
  for (const [name, kind] of PLACES) {
    const field = byId<HTMLSelectElement>(`device-${name}`);
    const known = found.filter((one) => one.kind === kind && one.deviceId !== "" && one.deviceId !== "default");
    field.replaceChildren(
      make("option", { value: "" }, word(name === "bell" ? "device.none" : "device.usual")),
      ...known.map((one, place) => make("option", { value: one.deviceId }, one.label || `${word("device.unnamed")} ${place + 1}`)));
    field.value = known.some((one) => one.deviceId === chosen[name]) ? chosen[name] : "";
  }
}

/** Look at the line while somebody talks; the word beside the telephone changes only when the judgement does. */
function watch(phone: Phone): void {
  let before: Measured | null = null;
  setInterval(() => {
    if (phone.state.session !== "talking") {
      before = null;
      return draw("");
    }
    void phone.measured().then((now) => {
      if (before !== null) draw(judge(before, now), now);
      before = now;
    });
  }, EVERY);
}

function draw(quality: Quality, now: Measured | null = null): void {
  const place = byId("line-quality");
  put(place, "data-quality", quality);
  show(place, quality !== "" && quality !== "good");
  say(place, quality === "" ? "" : word(`quality_of_line.${quality}`));
  say(byId("line-figures"), now === null ? word("quality_of_line.idle") : word("quality_of_line.figures", {
    lost: now.lost, jitter: Math.round(now.jitter * 1000), delay: Math.round(now.roundTrip * 1000),
  }));
}
