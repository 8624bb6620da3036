// A call-back at the desk: the card comes first, then the number is dialled, by a button or by itself.

import { byId, enable, put, say, show } from "./dom.ts";
import type { Ask, CallView } from "./types.ts";
import { stamp, word } from "./words.ts";

let asked = "";

/** Let the button ask the floor to dial; once a stage. */
export function startCallback(current: () => CallView | null, wish: (ask: Ask) => Promise<boolean>): void {
  byId("dial-back").addEventListener("click", () => {
    const call = current();
    if (call?.back?.stage !== "card") return;
    asked = call.call_id;
    enable(byId("dial-back"), false);
    void wish({ wish: "dial_back", call_id: call.call_id }).then((done) => {
      if (done) return;
      asked = "";
      enable(byId("dial-back"), true);
    });
  });
}

/** Draw what the call is, and the seconds until its number is dialled by itself. */
export function drawCallback(call: CallView | null, now: number): void {
  const back = call?.back ?? null;
  const place = byId("callback");
  show(place, back !== null);
  put(place, "data-stage", back?.stage ?? "");
  if (call === null || back === null) {
    asked = "";
    return;
  }
  const left = back.dial_at === null ? 0 : Math.max(0, Math.ceil((Date.parse(back.dial_at) - now) / 1000));
  say(byId("callback-stage"), word(`back.${back.stage}`, { seconds: left }));
  const why = back.wanted_at === null ? word("back.place") : word("back.time", { time: stamp(back.wanted_at) });
  say(byId("callback-why"), back.tries > 0 ? `${why} ${word("back.tries", { tries: back.tries })}` : why);
  const note = byId("callback-note");
  show(note, back.note !== "");
  const words = note.querySelector("bdi");
  if (words !== null) say(words, back.note);
  show(byId("dial-back"), back.stage === "card");
  enable(byId("dial-back"), back.stage === "card" && asked !== call.call_id);
}
