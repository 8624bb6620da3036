// The operator's desk: joins the hub, the telephone and the page. Nothing here decides; it carries.

import { drawCallback, startCallback } from "./callback.ts";
import { drawDebt, startDebt } from "./debt.ts";
import { drawCall, drawTimers, refuse } from "./callpanel.ts";
import { currentTab, keepQuery, openTab, tabByNumber, wake } from "./card.ts";
import type { CardActions } from "./card.ts";
import { onTick, serverNow, startTicks } from "./clock.ts";
import { Contact } from "./contact.ts";
import { byId, enable, make, put, say, show, toast } from "./dom.ts";
import { sweepDrafts } from "./drafts.ts";
import { fetchText, Refused } from "./http.ts";
import { Hub } from "./hub.ts";
import { startKeys } from "./keys.ts";
import { Phone } from "./phone.ts";
import { drawRecording, startRecording } from "./recording.ts";
import { prepareRing, startRing, stopRing } from "./ring.ts";
import { Finder, startSearch } from "./search.ts";
import { drawBanner, setFreshness, setNodesDown } from "./stale.ts";
import { apply, judge, NO_DESK } from "./state.ts";
import { drawPhone, drawQueues, drawStatus, drawStatusTimer, startStatus } from "./statusbar.ts";
import { startTheme } from "./theme.ts";
import { Transfer } from "./transfer.ts";
import { drawTitle } from "./titlebar.ts";
import type { Ask, CallView, NumberedMessage } from "./types.ts";
import { CONFIG, word } from "./words.ts";

let state = NO_DESK;
let shownVersion = 0;
let shownCall = "";
/** An account the operator opened by himself, without a call or beside it. */
let openedAccount: number | null = null;
let ending = false;

const hub = new Hub({
  path: CONFIG.ws,
  place: () => state,
  take,
  changed: (fresh, since) => {
    setFreshness(fresh, since);
    draw();
  },
  holder: (holder) => phone.hold(holder),
});
const phone = new Phone(byId<HTMLAudioElement>("remote-audio"), () => draw());
const finder = new Finder((accountId) => pick(accountId));
const contact = new Contact({
  extend: async (callId) => wish({ wish: "extend_wrap_up", call_id: callId }),
  accountId: () => state.desk?.call?.account_id ?? null,
}, CONFIG.needs, CONFIG.files);
const transfer = new Transfer({
  call: () => call(),
  me: () => state.desk?.operator.operator_id ?? 0,
  note: () => byId<HTMLTextAreaElement>("note").value,
  expect: () => hub.expect(),
  settle: async (what, callId) => wish({ wish: what, call_id: callId }),
});
const cardActions: CardActions = {
  chooseAccount: (accountId) => pick(accountId),
  openAccount: (accountId) => void openCard(accountId),
  search: (text, place) => void finder.run(text, place),
  callId: () => call()?.call_id ?? "",
  refresh: (accountId) => refreshCard(accountId),
};

function call(): CallView | null {
  return state.desk?.call ?? null;
}

function take(message: NumberedMessage): "applied" | "old" | "lost" {
  const verdict = judge(state, message);
  if (verdict !== "applied") return verdict;
  if (message.type === "call_gone" && message.call_id === call()?.call_id && call()?.phase === "ringing") {
    const key = `gone.${message.reason}`;
    toast(word(key) === key ? word("gone.moved") : word(key));
  }
  state = apply(state, message);
  setNodesDown(state.nodesDown);
  draw();
  return verdict;
}

/** Ask the floor; a refusal is said in its own sentence. Nothing changes on the screen until it says so. */
async function wish(ask: Ask): Promise<boolean> {
  const answer = await hub.ask(ask);
  if (answer.done) return true;
  const own = { "not-connected": word("not_connected"), "no-answer": word("no_answer_hub") }[answer.reason];
  toast(own ?? (answer.sentence || word("refused")), "bad");
  return false;
}

/** An account was chosen: for the call when it has none, else only looked at. */
function pick(accountId: number): void {
  const current = call();
  if (current !== null && current.account_id === null && current.phase !== "ended") {
    busy(true);
    void wish({ wish: "choose_account", call_id: current.call_id, account_id: accountId }).then((done) => done || busy(false));
  } else void openCard(accountId);
}

async function fetchCard(accountId: number): Promise<string> {
  const query = call() ? `?call_id=${encodeURIComponent(call()?.call_id ?? "")}` : "";
  return fetchText(`/api/card/${accountId}${query}`);
}

/** Put the card on the screen anew; false when another one is there by now, or it could not be had. */
async function refreshCard(accountId: number): Promise<boolean> {
  const before = document.getElementById("card");
  const html = await fetchCard(accountId).catch(() => "");
  const shown = document.getElementById("card");
  if (html === "" || shown === null || shown !== before || shown.dataset["accountId"] !== String(accountId)) return false;
  const scrolled = byId("centre").scrollTop;
  putCard(html, true);
  byId("centre").scrollTop = scrolled;
  return true;
}

async function openCard(accountId: number): Promise<void> {
  busy(true);
  try {
    const html = await fetchCard(accountId);
    openedAccount = accountId;
    putCard(html, false);
  } catch (failure) {
    const key = failure instanceof Refused && failure.status === 403 ? "card.forbidden" : "card.failed";
    const again = make("button", { type: "button", class: "button" }, word("try_again"));
    again.addEventListener("click", () => void openCard(accountId));
    const told = failure instanceof Refused && failure.status === 429 ? failure.sentence : "";
    byId("card-place").replaceChildren(make("div", { class: "empty" }, make("p", { class: "bad" }, told || word(key)), again));
    show(byId("centre-empty"), false);
  } finally {
    busy(false);
  }
}

function busy(loading: boolean): void {
  show(byId("centre-loading"), loading);
  byId("card-place").toggleAttribute("data-loading", loading);
}

/** Put a card on the screen. `keepTab`: the same account again, so the reader stays where he was. */
function putCard(html: string, keepTab: boolean): void {
  const tab = currentTab();
  const place = byId("card-place");
  busy(false);
  const typedAgain = keepQuery();
  place.replaceChildren(document.createRange().createContextualFragment(html));
  show(byId("centre-empty"), html === "");
  wake(place, cardActions);
  typedAgain();
  contact.offerDebtResults(place.querySelector("#card[data-owes]") !== null);
  if (keepTab) openTab(tab);
  else byId("centre").scrollTop = 0;
  // The menus took a reading that the rules held: its form stands open. No focus, the telephone may still ring.
  if (!keepTab && call()?.topic === "reading_held") openTab("readings");
}

/** Show the card that came with the call; the end of a call takes it away again. */
function drawCard(): void {
  if (state.cardVersion === shownVersion) return;
  shownVersion = state.cardVersion;
  const callId = call()?.call_id ?? "";
  const shown = document.querySelector<HTMLElement>("#card")?.dataset["accountId"] ?? "";
  // A reconnect without a call must not take away what the operator opened by hand.
  if (state.card === "" && callId === "" && shownCall === "" && openedAccount !== null) return;
  openedAccount = null;
  shownCall = callId;
  putCard(state.card, shown !== "" && shown === String(call()?.account_id ?? ""));
}

function draw(): void {
  const connected = hub.fresh === "live";
  const { desk } = state;
  const ringing = phone.state.session === "ringing" && phone.state.requested !== "answer";
  if (ringing) startRing();
  else stopRing();
  if (call() === null && phone.state.session === "none") {
    ending = false;
    refuse("");
  }
  drawStatus(desk, connected);
  drawPhone(phone.state);
  drawCard();
  drawCall(call(), phone.state, { ending }, connected);
  transfer.draw(call(), connected);
  drawRecording(call(), connected);
  contact.follow(call(), desk?.operator ?? null);
  tick();
}

function tick(): void {
  const now = serverNow();
  drawBanner();
  drawStatusTimer(now);
  drawTimers(call(), state.desk?.operator ?? null, now);
  drawCallback(call(), now);
  drawDebt(call(), now);
  drawTitle(state.desk, byId("call").dataset["phase"] === "ringing", Date.now());
  if (state.desk) drawQueues(state.desk.queues, now);
  contact.drawCountdown(now);
}

/** Ring: decline through the floor, so that it is not counted as silence. Talk: the telephone itself hangs up. */
async function hangUp(): Promise<void> {
  const current = call();
  const { session } = phone.state;
  if (session === "talking" || session === "held") return phone.hangUp();
  if (current === null || hub.fresh !== "live") return phone.hangUp();
  ending = true;
  draw();
  const done = await wish({ wish: "end_call", call_id: current.call_id });
  if (!done) {
    ending = false;
    refuse(word("refused"));
    draw();
  }
}

function startControls(): void {
  byId("answer").addEventListener("click", () => phone.answer());
  byId("hang-up").addEventListener("click", () => void hangUp());
  byId("hold").addEventListener("click", () => phone.toggleHold());
  byId("mute").addEventListener("click", () => phone.toggleMute());
  byId("keypad-button").addEventListener("click", () => {
    const open = byId("keypad").hasAttribute("hidden");
    show(byId("keypad"), open);
    put(byId("keypad-button"), "aria-expanded", String(open));
    say(byId("digits"), "");
  });
  byId("keypad").addEventListener("click", (event) => {
    const digit = (event.target as Element).closest<HTMLElement>("[data-digit]")?.dataset["digit"];
    if (digit) press(digit);
  });
  byId("keypad").addEventListener("keydown", (event) => /^[0-9*#]$/.test(event.key) && press(event.key));
  byId("take-phone").addEventListener("click", () => hub.renew());
  byId("help").addEventListener("click", showKeys);
  byId("sign-out").addEventListener("submit", () => enable(byId("status-button"), false));
}

function press(digit: string): void {
  phone.digit(digit);
  say(byId("digits"), `${byId("digits").textContent ?? ""}${digit}`.slice(-16));
}

function showKeys(): void {
  const dialog = byId<HTMLDialogElement>("keys");
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

function focusSearch(): void {
  byId<HTMLInputElement>("search").focus();
  byId<HTMLInputElement>("search").select();
}

function takeReading(): void {
  openTab("readings");
  document.querySelector<HTMLElement>("#readings-form .reading-input")?.focus();
}

function clickIfEnabled(id: string): void {
  const button = byId<HTMLButtonElement>(id);
  if (!button.disabled && !button.hidden) button.click();
}

function startAllKeys(): void {
  const tabs = [1, 2, 3, 4, 5, 6, 7].map((place) => ({
    code: `Digit${place}`, alt: true,
    run: () => {
      const tab = tabByNumber(place);
      if (tab) openTab(tab);
    },
  }));
  const choices = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((place) => ({
    code: `Digit${place}`,
    run: () => document.querySelectorAll<HTMLElement>("#chooser [data-account-id]")[place - 1]?.click(),
  }));
  startKeys([
    ...tabs,
    ...choices,
    { code: "KeyA", alt: true, run: () => clickIfEnabled("answer") },
    { code: "KeyE", alt: true, run: () => clickIfEnabled("hang-up") },
    { code: "KeyH", alt: true, run: () => clickIfEnabled("hold") },
    { code: "KeyM", alt: true, run: () => clickIfEnabled("mute") },
    { code: "KeyT", alt: true, run: () => clickIfEnabled("transfer-button") },
    { code: "KeyQ", alt: true, run: () => clickIfEnabled("record") },
    { code: "KeyS", alt: true, run: () => clickIfEnabled("status-button") },
    { code: "KeyN", alt: true, run: () => byId("note").focus() },
    { code: "KeyW", alt: true, run: () => byId("disposition").focus() },
    { code: "KeyR", alt: true, run: takeReading },
    { code: "KeyK", ctrl: true, run: focusSearch },
    { code: "Slash", shift: false, run: focusSearch },
    { code: "Slash", shift: true, run: showKeys },
    { code: "Enter", ctrl: true, run: () => void contact.save() },
    { code: "NumpadEnter", ctrl: true, run: () => void contact.save() },
  ]);
}

declare global {
  interface Window {
    busbar: unknown;
  }
}

sweepDrafts(Date.now());
startTheme();
prepareRing();
startControls();
transfer.start();
startStatus((ask) => void wish(ask));
startCallback(call, wish);
startDebt(call, wish);
startSearch(finder);
startRecording({ wish, call });
contact.start();
startAllKeys();
draw();
onTick(tick);
startTicks();
hub.start();
phone.start();
window.busbar = { phone: { stats: () => phone.stats() }, hub: { get number() { return hub.number; } } };
