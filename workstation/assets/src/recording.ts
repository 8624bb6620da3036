// The record of the talk: that it runs, silence by a button or a key, and the payment step, which is never on record.

import { byId, enable, put, say, setIcon, show, toast } from "./dom.ts";
import type { Ask, CallView } from "./types.ts";
import { word } from "./words.ts";

export interface RecordingActions {
  readonly wish: (ask: Ask) => Promise<boolean>;
  readonly call: () => CallView | null;
}

/** The switch confirms in a moment or not at all. */
const PATIENCE_MS = 3000;

let actions: RecordingActions | null = null;
let wanted: "pause" | "resume" | "" = "";
let waiting = 0;
/** The call of the payment step that is open. */
let paying = "";
/** The call of which nothing is recorded and that nobody listens to now, by the floor's word. */
let hushed = "";

/** Nothing of what is said is on record: by the switch's word, or because nothing is recorded at all. */
function silent(call: CallView): boolean {
  return !call.recording || call.recording_paused_at !== null;
}

export function drawRecording(call: CallView | null, connected: boolean): void {
  const button = byId("record");
  const live = call !== null && (call.phase === "talking" || call.phase === "held");
  show(byId("recording-line"), live);
  if (live) {
    if ((wanted === "pause" && silent(call)) || (wanted === "resume" && call.recording_paused_at === null)) settle();
    const state = !call.recording ? "off" : call.recording_paused_at !== null ? "paused" : "on";
    put(byId("recording-line"), "data-recording", state);
    say(byId("recording-word"), word(`recording.${state}`));
    show(button, call.recording);
    enable(button, connected && wanted === "" && call.phase === "talking");
    button.toggleAttribute("data-requested", wanted !== "");
    put(button, "aria-pressed", String(state === "paused"));
    setIcon(button, state === "paused" ? "mic" : "mic-off");
    const label = button.querySelector(".label");
    if (label) say(label, word(wanted !== "" ? "requested" : state === "paused" ? "recording.resume" : "recording.pause"));
    enable(byId("pay"), connected && call.phase === "talking");
  } else settle();
  drawPaying(call);
}

function drawPaying(call: CallView | null): void {
  const dialog = byId<HTMLDialogElement>("payment");
  if (!dialog.open) return;
  if (call === null || call.call_id !== paying || call.phase === "wrap_up") {
    paying = "";
    dialog.close();
    return;
  }
  const safe = call.recording ? silent(call) : hushed === call.call_id;
  // It was silent and is not any more: the rule ended the pause, or somebody else did.
  if (!safe && wanted === "" && dialog.hasAttribute("data-safe")) return fail();
  dialog.toggleAttribute("data-safe", safe);
  say(byId("payment-word"), word(safe ? "payment.safe" : "payment.wait"));
  enable(byId("payment-done"), safe);
}

function settle(): void {
  window.clearTimeout(waiting);
  wanted = "";
}

async function ask(what: "pause" | "resume", call: CallView): Promise<boolean> {
  wanted = what;
  window.clearTimeout(waiting);
  waiting = window.setTimeout(() => late(what), PATIENCE_MS);
  redraw();
  const done = await actions?.wish({ wish: what === "pause" ? "pause_recording" : "resume_recording", call_id: call.call_id });
  if (!done && wanted === what) late(what);
  return done === true;
}

/** The switch did not confirm: what is said is on record as before, and the operator is told so. */
function late(what: "pause" | "resume"): void {
  settle();
  if (paying !== "" && what === "pause") return fail();
  toast(word(what === "pause" ? "recording.not_paused" : "recording.not_resumed"), "bad");
  redraw();
}

/** Without silence there is no payment step. */
function fail(): void {
  paying = "";
  settle();
  const dialog = byId<HTMLDialogElement>("payment");
  dialog.removeAttribute("data-safe");
  dialog.close();
  toast(word("payment.failed"), "bad");
  redraw();
}

function redraw(): void {
  drawRecording(actions?.call() ?? null, true);
}

function toggle(): void {
  const call = actions?.call() ?? null;
  if (call === null || !call.recording || wanted !== "") return;
  void ask(call.recording_paused_at === null ? "pause" : "resume", call);
}

function pay(): void {
  const call = actions?.call() ?? null;
  if (call === null || paying !== "") return;
  paying = call.call_id;
  const dialog = byId<HTMLDialogElement>("payment");
  dialog.removeAttribute("data-safe");
  dialog.showModal();
  if (!call.recording) void hush(call);
  else if (silent(call)) drawPaying(call);
  else void ask("pause", call);
}

/** Nothing is recorded, but a supervisor may be listening: he is kept out before a number is said. */
async function hush(call: CallView): Promise<void> {
  const done = await actions?.wish({ wish: "pause_recording", call_id: call.call_id });
  if (paying !== call.call_id) return;
  if (!done) return fail();
  hushed = call.call_id;
  drawPaying(actions?.call() ?? null);
}

/** However the step ends, the record goes on. */
function paid(): void {
  const call = actions?.call() ?? null;
  const ours = call !== null && call.call_id === paying;
  paying = "";
  byId("payment").removeAttribute("data-safe");
  if (ours && call.recording) void ask("resume", call);
  else if (ours && hushed === call.call_id) void actions?.wish({ wish: "resume_recording", call_id: call.call_id });
  hushed = "";
}

export function startRecording(given: RecordingActions): void {
  actions = given;
  byId("record").addEventListener("click", toggle);
  byId("pay").addEventListener("click", pay);
  byId("payment").addEventListener("close", () => paying !== "" && paid());
}
