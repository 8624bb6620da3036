// The call on the left: who, how long, what was done in the menu, and the telephone's buttons.

import { byId, enable, make, put, say, setIcon, show } from "./dom.ts";
import { languageName, stepWords } from "./card.ts";
import type { PhoneState } from "./phone.ts";
import { times } from "./state.ts";
import type { CallView, OperatorView } from "./types.ts";
import { clock, named, phone as grouped, word } from "./words.ts";

/** What the floor was asked to do with the call and has not answered yet. */
export interface Pending {
  readonly ending: boolean;
  /** Who is on a line that is no caller's, "" when nobody knows. */
  readonly far: string;
}

let announced = "";

/** Draw everything that does not count seconds. */
export function drawCall(call: CallView | null, phone: PhoneState, pending: Pending, connected: boolean): void {
  const idle = call === null && (phone.session === "none" || phone.standing);
  show(byId("no-call"), idle);
  const section = byId("call");
  show(section, !idle);
  put(section, "data-call-id", call?.call_id ?? phone.callId);
  const phase = phaseOf(call, phone);
  put(section, "data-phase", phase);
  document.body.toggleAttribute("data-ringing", phase === "ringing");
  say(byId("call-phase"), phase === "" ? "" : word(`phase.${phase}`));
  put(section, "data-placed", String(call === null));
  const who = call === null ? grouped(phone.far) : call.number === "" ? word("withheld") : grouped(call.number);
  say(byId("call-number"), who);
  say(byId("call-name"), call === null ? pending.far : call.name && call.name !== call.number ? call.name : "");
  announce(phase === "ringing" ? (call?.call_id ?? "?") : "", who);
  drawControls(call, phone, pending, connected);
  if (call !== null) drawFacts(call);
}

/** The floor's word, but our own telephone knows a moment earlier that it was answered. */
function phaseOf(call: CallView | null, phone: PhoneState): string {
  const live = phone.session === "talking" || phone.session === "held";
  if (call === null) return phone.session === "none" ? "" : phone.session;
  return call.phase === "ringing" && live && !phone.standing ? "talking" : call.phase;
}

function announce(ringing: string, who: string): void {
  if (ringing === announced) return;
  announced = ringing;
  say(byId("ring-alert"), ringing === "" ? "" : word("incoming", { who }));
}

function drawControls(call: CallView | null, phone: PhoneState, pending: Pending, connected: boolean): void {
  const { session, requested } = phone;
  const answer = byId("answer");
  const ringing = session === "ringing";
  show(answer, ringing || call?.phase === "ringing");
  enable(answer, ringing && requested === "");
  request(answer, requested === "answer", word("answer"));
  const live = session === "talking" || session === "held";
  control("hold", live && requested === "", requested === "hold", session === "held", session === "held" ? "play" : "pause", word(session === "held" ? "go_on" : "hold"));
  control("mute", live, false, phone.muted, phone.muted ? "mic-off" : "mic", word(phone.muted ? "unmute" : "mute"));
  enable(byId("keypad-button"), session === "talking");
  if (session !== "talking") {
    show(byId("keypad"), false);
    put(byId("keypad-button"), "aria-expanded", "false");
  }
  const ending = requested === "hang_up" || pending.ending;
  const endable = session !== "none" || (connected && call !== null && ["ringing", "talking", "held"].includes(call.phase));
  control("hang-up", endable && !ending, ending, null, "hangup", word(ringing || call?.phase === "ringing" ? "decline" : "hang_up"));
  drawTrouble(call, phone);
}

function control(id: string, enabled: boolean, requested: boolean, pressed: boolean | null, drawing: string, label: string): void {
  const button = byId(id);
  enable(button, enabled);
  if (pressed !== null) put(button, "aria-pressed", String(pressed));
  setIcon(button, drawing);
  request(button, requested, label);
}

/** Asked, not yet confirmed: the button says so and does nothing meanwhile. */
function request(button: Element, requested: boolean, label: string): void {
  button.toggleAttribute("data-requested", requested);
  const place = button.querySelector(".label");
  if (place) say(place, requested ? word("requested") : label);
}

let refusal = "";

/** Say why the floor or the telephone refused; an empty sentence takes it away. */
export function refuse(sentence: string): void {
  refusal = sentence;
}

function drawTrouble(call: CallView | null, phone: PhoneState): void {
  let text = refusal;
  if (phone.trouble === "no_microphone") text = word("phone.no_microphone");
  else if (phone.trouble === "refused") text = word("phone.refused");
  else if (call?.phase === "ringing" && phone.session === "none" && !phone.registered) text = word("phone.not_here");
  say(byId("refusal"), text);
}

let factsOf: CallView | null = null;

function drawFacts(call: CallView): void {
  if (factsOf === call) return;
  factsOf = call;
  const facts: [string, string][] = [
    [word("fact.topic"), call.topic === "" ? "" : named("topic", call.topic)],
    [word("fact.language"), call.language === "" ? "" : languageName(call.language)],
    [word("fact.queue"), named("queue.name", call.queue)],
    [word("fact.dialled"), grouped(call.dialled)],
  ];
  byId("call-facts").replaceChildren(
    ...facts.filter(([, value]) => value !== "").map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, make("bdi", {}, value)))),
  );
  const steps = call.path.map((step) => make("li", { "data-step": step }, make("bdi", {}, stepWords(step))));
  byId("path").replaceChildren(...(steps.length > 0 ? steps : [make("li", { class: "quiet" }, word("path.none"))]));
}

/** Draw what counts seconds. */
export function drawTimers(call: CallView | null, operator: OperatorView | null, now: number): void {
  if (call === null) return;
  const { waited, state, total, label } = times(call, operator?.since ?? null, now);
  say(byId("waited"), waited === null ? "–:––" : clock(waited));
  say(byId("state-label"), word(`timer.${label}`));
  say(byId("state-timer"), state === null ? "–:––" : clock(state));
  say(byId("total-timer"), clock(total));
}
