// The operator's desk: joins the hub, the telephone and the page. Nothing here decides; it carries.

import { Advice } from "./advice.ts";
import { addPart, isOpen, openPart, startBeside } from "./beside.ts";
import { drawCallback, startCallback } from "./callback.ts";
import { drawDebt, startDebt } from "./debt.ts";
import { drawCall, drawTimers, refuse } from "./callpanel.ts";
import { currentTab, followReadings, keepCursor, keepQuery, openTab, tabByNumber, takeReading, wake } from "./card.ts";
import type { CardActions, Tab } from "./card.ts";
import { onTick, serverNow, startTicks } from "./clock.ts";
import { Contact } from "./contact.ts";
import { drawEcho, drawPlace, showDevices, startDevices } from "./devices.ts";
import { Directory } from "./directory.ts";
import { byId, enable, make, put, say, show, toast } from "./dom.ts";
import { forgetDrafts, sweepDrafts } from "./drafts.ts";
import { facts, shownAccount } from "./facts.ts";
import { fetchText, Refused } from "./http.ts";
import { drawHelped, startHelped } from "./helped.ts";
import { Hub } from "./hub.ts";
import { Guides } from "./guides.ts";
import type { Intent } from "./intents.ts";
import { startKeys } from "./keys.ts";
import { keyOf, showKeys, shownKey, startKeySheet } from "./keysheet.ts";
import { Messages } from "./messages.ts";
import { NoteTexts } from "./notetexts.ts";
import { Palette } from "./palette.ts";
import { Phone } from "./phone.ts";
import { drawRecording, startRecording } from "./recording.ts";
import { prepareRing, startRing, stopRing } from "./ring.ts";
import { Roster } from "./roster.ts";
import { Finder } from "./search.ts";
import { Sheet } from "./sheet.ts";
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
/** Topics of the menu that have a tab of the card. */
const TOPIC_TABS: Readonly<Record<string, Tab>> = {
  reading: "readings", reading_held: "readings", meter: "readings", payment: "bills", debt: "debt", application: "applications", outage: "applications",
};

const hub = new Hub({
  path: CONFIG.ws,
  place: () => state,
  take,
  changed: (fresh, since) => {
    setFreshness(fresh, since);
    if (fresh === "live") {
      directory.renew();
      void messages.load();
      void roster.load();
    }
    draw();
  },
  holder: (holder) => phone.hold(holder),
  beside: (message) => {
    if (message.type === "presence") directory.hear(message.colleagues);
    else if (message.type === "inbox") messages.hear(message.note);
    else roster.hear(message.mine, message.late);
  },
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
const directory = new Directory({
  busy: () => call() !== null || phone.state.session !== "none",
  expect: () => hub.expect(),
  watch: (colleagues) => hub.watch(colleagues),
  pass: (title) => transfer.openFor(title),
});
const roster = new Roster((accountId) => pick(accountId));
const messages = new Messages({ isOpen: () => isOpen("messages") });
const sheet = new Sheet({
  userId: CONFIG.user.id,
  refresh: (accountId) => refreshCard(accountId),
  woken: (form) => form.addEventListener("answered", (event) => showPaper(form, (event as CustomEvent<{ html?: string }>).detail.html ?? "")),
});
const guides = new Guides((action, kind) => (action === "application" && kind ? openPanel("application", { kind }) : DOES[action]?.()));
const advice = new Advice((opens, params) => {
  if (opens === "reading") takeReading();
  else if (opens !== "") openPanel(opens, params);
});
const noteTexts = new NoteTexts(() => shownAccount());
const palette = new Palette(finder, { facts: () => facts(call()?.topic ?? ""), go: (intent) => goTo(intent), guide: (guideId) => void guides.open(guideId), topic: () => call()?.topic ?? "", key: (action) => shownKey(action) });
const cardActions: CardActions = {
  chooseAccount: (accountId) => pick(accountId),
  openAccount: (accountId) => void openCard(accountId),
  search: (text, place) => void finder.run(text, place),
  callId: () => call()?.call_id ?? "",
  dial: (accountId, number) => wish({ wish: "dial_debtor", account_id: accountId, number }),
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
  if (message.type === "desk_snapshot") directory.renew();
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
  const goOn = keepTab ? keepCursor(place) : (): void => undefined;
  place.replaceChildren(document.createRange().createContextualFragment(html));
  show(byId("centre-empty"), html === "");
  wake(place, cardActions);
  advice.follow(shownAccount());
  typedAgain();
  contact.offerDebtResults(place.querySelector("#card[data-owes], #debtor-card") !== null);
  if (keepTab) openTab(tab);
  else byId("centre").scrollTop = 0;
  goOn();
  sheet.follow(shownAccount());
  // What the caller chose in the menu opens its tab. No focus: the telephone may still ring.
  const topic = TOPIC_TABS[call()?.topic ?? ""];
  if (!keepTab && topic) openTab(topic);
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
  const phase = call()?.phase;
  if (connected) phone.settle(phase === undefined || phase === "wrap_up" || phase === "ended" ? "" : call()?.call_id ?? "");
  const ringing = phone.state.session === "ringing" && phone.state.requested !== "answer";
  if (ringing) startRing();
  else stopRing();
  if (call() === null && phone.state.session === "none") {
    ending = false;
    refuse("");
  }
  drawStatus(desk, connected);
  drawPhone(phone.state);
  drawEcho(phone);
  drawPlace(phone, desk?.operator.phone_ok ?? null);
  drawCard();
  drawCall(call(), phone.state, { ending, far: directory.nameOf(phone.state.far) }, connected);
  transfer.draw(call(), connected);
  drawRecording(call(), connected);
  drawHelped(desk, connected);
  contact.follow(call(), desk?.operator ?? null);
  guides.follow(call()?.call_id ?? "", call()?.topic ?? "");
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
  // Links to the office's forms open the same form here; with a modifier they are links.
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-panel-open]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || shownAccount() === null) return;
    event.preventDefault();
    const kind = new URL(link.href, location.href).searchParams.get("kind");
    openPanel(link.dataset["panelOpen"] ?? "", kind === null ? {} : { kind });
  });
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
  byId("sign-out").addEventListener("submit", () => {
    enable(byId("status-button"), false);
    forgetDrafts(CONFIG.user.id);
  });
}

function press(digit: string): void {
  phone.digit(digit);
  say(byId("digits"), `${byId("digits").textContent ?? ""}${digit}`.slice(-16));
}

function clickIfEnabled(id: string): void {
  const button = byId<HTMLButtonElement>(id);
  if (!button.disabled && !button.hidden) button.click();
}

/** Open a form of the account on the screen; without one it says that there is none. */
function openPanel(panel: string, params: Readonly<Record<string, string>> = {}): void {
  const accountId = shownAccount();
  if (accountId === null) return toast(word("sheet.no_account"));
  void sheet.open(panel, accountId, { ...params, ...(panel === "application" && call()?.number ? { phone: call()?.number ?? "" } : {}) });
}

/** A document before it is made: the server's own page, in which every text is escaped. */
function showPaper(form: HTMLFormElement, html: string): void {
  const place = form.querySelector<HTMLElement>("[data-paper]");
  place?.replaceChildren(document.createRange().createContextualFragment(html));
  if (place) show(place, html !== "");
  place?.focus();
}

/** Where what was typed leads. */
function goTo(intent: Intent): void {
  if (intent.to === "reading") takeReading(intent.values);
  else if (intent.to === "promise") openPanel("promise", { amount: intent.amount, due: intent.due });
  else if (intent.to === "plan") openPanel("plan", { amount: intent.amount, parts: intent.parts });
  else if (intent.to === "application") openPanel("application", { kind: intent.kind, text: intent.rest });
  else DOES[intent.action]?.();
}

/** What every action of workstation/keymap.py does here. */
const DOES: Readonly<Record<string, () => void>> = {
  find: () => palette.focus(),
  find_plain: () => palette.focus(),
  answer: () => clickIfEnabled("answer"),
  hang_up: () => clickIfEnabled("hang-up"),
  hold: () => clickIfEnabled("hold"),
  mute: () => clickIfEnabled("mute"),
  record: () => clickIfEnabled("record"),
  hand: () => clickIfEnabled("hand"),
  transfer: () => clickIfEnabled("transfer-button"),
  status: () => clickIfEnabled("status-button"),
  reading: () => takeReading(),
  promise: () => openPanel("promise"),
  plan: () => openPanel("plan"),
  application: () => openPanel("application"),
  task: () => openPanel("task"),
  contact: () => openPanel("contact", call()?.number ? { phone: call()?.number ?? "" } : {}),
  consent: () => openPanel("consent"),
  document: () => openPanel("document"),
  notice: () => openPanel("notice"),
  advice: () => advice.take(),
  aside: () => advice.putAside(),
  guides: () => document.querySelector<HTMLElement>("#guides:not([hidden]) :is(.guide button, .guide-hit)")?.focus(),
  note: () => byId("note").focus(),
  note_text: () => noteTexts.open(),
  result: () => byId("disposition").focus(),
  save: () => sheet.submit() || void contact.save(),
  telephone: () => showDevices(phone),
  directory: () => directory.open(),
  messages: () => openPart("messages", true),
  roster: () => openPart("roster", true),
  redial: () => void directory.redial(),
  keys: showKeys,
};

/** Keys as they are now: the actions' own, tabs, and the places of a chooser. */
function keymap(): Map<string, () => void> {
  const map = new Map<string, () => void>();
  for (const place of [1, 2, 3, 4, 5, 6, 7]) map.set(`Alt+Digit${place}`, () => openTab(tabByNumber(place) ?? "overview"));
  const choices = document.querySelectorAll<HTMLElement>("#chooser [data-account-id]");
  choices.forEach((one, place) => place < 9 && map.set(`Digit${place + 1}`, () => one.click()));
  for (const [action, run] of Object.entries(DOES)) if (keyOf(action) !== "") map.set(keyOf(action), run);
  return map;
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
palette.start();
sheet.start();
noteTexts.start();
guides.start();
advice.start();
directory.start();
roster.start();
messages.start();
addPart("messages", {
  opened: (byHand) => {
    if (byHand) messages.focus();
    messages.seen();
  },
  closed: () => undefined,
});
byId("messages-button").addEventListener("click", () => openPart("messages", true));
startBeside();
startKeySheet(() => undefined);
startDebt(call, wish);
startRecording({ wish, call });
startHelped(wish);
contact.start();
followReadings();
startKeys(keymap, () => palette.focus());
draw();
onTick(tick);
startTicks();
hub.start();
phone.start();
startDevices(phone);
if (location.hash === "#keys") showKeys();
if (location.hash === "#telephone") showDevices(phone);
window.busbar = { phone: { stats: () => phone.stats() }, hub: { get number() { return hub.number; } } };
