// A call of a campaign at the desk: the card first where there is time to read, and a warning until it is the right person.

import { byId, enable, put, say, show } from "./dom.ts";
import type { Ask, CallView } from "./types.ts";
import { word } from "./words.ts";

let asked = "";
let shownCall = "";

const proof = (): HTMLSelectElement => byId<HTMLSelectElement>("debt-proof");

/** Let the buttons ask the floor; each once a stage. */
export function startDebt(current: () => CallView | null, wish: (ask: Ask) => Promise<boolean>): void {
  const ask = (button: string, make: (callId: string) => Ask): void => {
    byId(button).addEventListener("click", () => {
      const call = current();
      if (!call?.debt) return;
      asked = `${call.call_id} ${button}`;
      enable(byId(button), false);
      void wish(make(call.call_id)).then((done) => {
        if (done) return;
        asked = "";
        enable(byId(button), true);
      });
    });
  };
  ask("debt-dial", (callId) => ({ wish: "dial_back", call_id: callId }));
  ask("debt-verify", (callId) => ({ wish: "verify_debtor", call_id: callId, reason: proof().value }));
  proof().addEventListener("change", () => enable(byId("debt-verify"), proof().value !== ""));
  ask("debt-skip", (callId) => ({ wish: "skip_debtor", call_id: callId, reason: byId<HTMLInputElement>("debt-reason").value.trim() }));
}

/** Draw what the call is, and the seconds until its number is dialled by itself. */
export function drawDebt(call: CallView | null, now: number): void {
  const debt = call?.debt ?? null;
  const place = byId("debt");
  show(place, debt !== null);
  put(place, "data-stage", debt?.stage ?? "");
  if (call === null || debt === null) {
    asked = "";
    byId<HTMLInputElement>("debt-reason").value = "";
    proof().value = "";
    return;
  }
  const left = debt.dial_at === null ? 0 : Math.max(0, Math.ceil((Date.parse(debt.dial_at) - now) / 1000));
  say(byId("debt-stage"), word(`debt.${debt.stage}`, { seconds: left }));
  say(byId("debt-campaign"), debt.campaign);
  const live = debt.stage === "reached" && call.phase !== "wrap_up";
  show(byId("debt-caution"), live && !debt.verified);
  show(byId("debt-paid"), debt.paid);
  button("debt-dial", debt.stage === "card", call.call_id);
  if (shownCall !== call.call_id) proof().value = "";
  shownCall = call.call_id;
  button("debt-verify", live && !debt.verified, call.call_id);
  if (proof().value === "") enable(byId("debt-verify"), false);
  show(byId("debt-proof-field"), live && !debt.verified);
  button("debt-skip", debt.stage !== "reached", call.call_id);
  show(byId("debt-reason-field"), debt.stage !== "reached");
}

function button(id: string, shown: boolean, callId: string): void {
  show(byId(id), shown);
  enable(byId(id), shown && asked !== `${callId} ${id}`);
}
