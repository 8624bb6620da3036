// The browser's copy of the desk and of the floor: a snapshot, and how messages change it (pure).

import type { AlertView, CallView, DeskView, FloorView, HelpView, NumberedMessage, OperatorView, QueueView, TrunkView } from "./types.ts";

export interface DeskState {
  readonly epoch: string;
  readonly number: number;
  readonly desk: DeskView | null;
  readonly card: string;
  /** Grows whenever `card` was sent anew, so that the page knows when to put it up. */
  readonly cardVersion: number;
  readonly nodesDown: readonly string[];
}

export interface FloorState {
  readonly epoch: string;
  readonly number: number;
  readonly floor: FloorView | null;
}

/** Words of supervisors that a desk keeps, as routing/screen.py does. */
const MOST_SAID = 5;

export const NO_DESK: DeskState = { epoch: "", number: 0, desk: null, card: "", cardVersion: 0, nodesDown: [] };
export const NO_FLOOR: FloorState = { epoch: "", number: 0, floor: null };

/** What became of a message: taken in, heard before, or not ours to understand without a new snapshot. */
export type Verdict = "applied" | "old" | "lost";

/** Say whether a numbered message follows what we have. Snapshots always do. */
export function judge(have: { epoch: string; number: number }, message: NumberedMessage): Verdict {
  if (message.type === "desk_snapshot" || message.type === "floor_snapshot") return "applied";
  if (have.epoch === "" || message.epoch !== have.epoch) return "lost";
  return message.number > have.number ? "applied" : "old";
}

/** Take one message into the desk's state; messages that are old or of another epoch change nothing. */
export function apply(state: DeskState, message: NumberedMessage): DeskState {
  if (judge(state, message) !== "applied") return state;
  const place = { epoch: message.epoch, number: message.number };
  if (message.type === "desk_snapshot") {
    return {
      ...place, desk: message.desk, card: message.card, cardVersion: state.cardVersion + 1,
      nodesDown: message.epoch === state.epoch ? state.nodesDown : [],
    };
  }
  const { desk } = state;
  if (desk === null) return state;
  const next = { ...state, ...place };
  switch (message.type) {
    case "operator_changed":
      if (message.operator.operator_id !== desk.operator.operator_id) return next;
      return { ...next, desk: { ...desk, operator: message.operator } };
    case "screen_pop":
      return { ...next, desk: { ...desk, call: message.call }, card: message.card, cardVersion: state.cardVersion + 1 };
    case "call_changed":
      return { ...next, desk: { ...desk, call: message.call } };
    case "call_gone":
      if (desk.call?.call_id !== message.call_id) return next;
      return { ...next, desk: { ...desk, call: null }, card: "", cardVersion: state.cardVersion + 1 };
    case "queue_changed":
      return { ...next, desk: { ...desk, queues: withQueue(desk.queues, message.queue) } };
    case "node_changed":
      return { ...next, nodesDown: withNode(state.nodesDown, message.node, message.up) };
    case "help_changed":
      return { ...next, desk: { ...desk, helped: withHelp(desk.helped, message.help) } };
    case "help_gone":
      return { ...next, desk: { ...desk, helped: desk.helped.filter((one) => one.help_id !== message.help_id) } };
    case "said":
      return { ...next, desk: { ...desk, said: [...desk.said, message.said].slice(-MOST_SAID) } };
    case "unsaid":
      return { ...next, desk: { ...desk, said: desk.said.filter((one) => one.said_id !== message.said_id) } };
    default:
      return next;
  }
}

/** Take one message into the floor's state. */
export function applyFloor(state: FloorState, message: NumberedMessage): FloorState {
  if (judge(state, message) !== "applied") return state;
  const place = { epoch: message.epoch, number: message.number };
  if (message.type === "floor_snapshot") return { ...place, floor: message.floor };
  const { floor } = state;
  if (floor === null) return state;
  const next = { ...state, ...place };
  switch (message.type) {
    case "operator_changed":
      return { ...next, floor: { ...floor, operators: withOperator(floor.operators, message.operator) } };
    case "screen_pop":
    case "call_changed":
      return { ...next, floor: { ...floor, calls: withCall(floor.calls, message.call) } };
    case "call_gone":
      return { ...next, floor: { ...floor, calls: floor.calls.filter((call) => call.call_id !== message.call_id) } };
    case "queue_changed":
      return { ...next, floor: { ...floor, queues: withQueue(floor.queues, message.queue) } };
    case "node_changed":
      return { ...next, floor: { ...floor, nodes: { ...floor.nodes, [message.node]: message.up } } };
    case "help_changed":
      return { ...next, floor: { ...floor, helps: withHelp(floor.helps, message.help) } };
    case "help_gone":
      return { ...next, floor: { ...floor, helps: floor.helps.filter((one) => one.help_id !== message.help_id) } };
    case "trunk_changed":
      return { ...next, floor: { ...floor, trunks: placed(floor.trunks, message.trunk, (one) => byTrunk(one, message.trunk) === 0, byTrunk) } };
    case "alert_raised":
      return { ...next, floor: { ...floor, alerts: placed(floor.alerts, message.alert, (one) => sameAlert(one, message.alert), byAlert) } };
    case "alert_gone":
      return { ...next, floor: { ...floor, alerts: floor.alerts.filter((one) => !sameAlert(one, message)) } };
    case "campaign_changed":
      return { ...next, floor: { ...floor, campaigns: placed(floor.campaigns, message.campaign, (one) => one.campaign_id === message.campaign.campaign_id, (a, b) => a.campaign_id - b.campaign_id) } };
    case "campaign_gone":
      return { ...next, floor: { ...floor, campaigns: floor.campaigns.filter((one) => one.campaign_id !== message.campaign_id) } };
    default:
      return next;
  }
}

type TrunkKey = Pick<TrunkView, "node" | "trunk">;
const byTrunk = (a: TrunkKey, b: TrunkKey): number => compare(a.node, b.node) || compare(a.trunk, b.trunk);
type AlertKey = Pick<AlertView, "kind" | "subject">;
const sameAlert = (a: AlertKey, b: AlertKey): boolean => a.kind === b.kind && a.subject === b.subject;
const byAlert = (a: AlertKey, b: AlertKey): number => compare(a.kind, b.kind) || compare(a.subject, b.subject);

function withHelp(helps: readonly HelpView[], help: HelpView): HelpView[] {
  return placed(helps, help, (one) => one.help_id === help.help_id, (a, b) => compare(a.help_id, b.help_id));
}

function withQueue(queues: readonly QueueView[], queue: QueueView): QueueView[] {
  return placed(queues, queue, (one) => one.queue === queue.queue, (a, b) => compare(a.queue, b.queue));
}

function withOperator(operators: readonly OperatorView[], operator: OperatorView): OperatorView[] {
  return placed(operators, operator, (one) => one.operator_id === operator.operator_id, (a, b) => a.operator_id - b.operator_id);
}

function withCall(calls: readonly CallView[], call: CallView): CallView[] {
  const earlier = (a: CallView, b: CallView): number =>
    Date.parse(a.arrived_at) - Date.parse(b.arrived_at) || compare(a.arrived_at, b.arrived_at) || compare(a.call_id, b.call_id);
  return placed(calls, call, (one) => one.call_id === call.call_id, earlier);
}

function withNode(down: readonly string[], node: string, up: boolean): string[] {
  const others = down.filter((name) => name !== node);
  return up ? others : [...others, node];
}

/** Put `item` in place of its namesake, in the order that the floor keeps too. */
function placed<T>(items: readonly T[], item: T, same: (one: T) => boolean, order: (a: T, b: T) => number): T[] {
  return [...items.filter((one) => !same(one)), item].sort(order);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export interface Level {
  /** Callers whose case is decided: answered, given up (short ones left out), or waiting past the threshold. */
  readonly counted: number;
  /** Share of them answered in time; null without any. */
  readonly share: number | null;
}

/** Live service level "strict": who still waits within the threshold does not count yet (DOMAIN.md B5). */
export function serviceLevel(queues: readonly QueueView[], now: number, threshold: number): Level {
  let counted = 0;
  let inTime = 0;
  for (const queue of queues) {
    // Of those who wait only the longest is known by his time; he counts once he can no longer be served in time.
    const late = queue.longest_since !== null && now - Date.parse(queue.longest_since) > threshold;
    counted += queue.answered + queue.abandoned - queue.abandoned_short + (late ? 1 : 0);
    inTime += queue.answered_in_threshold;
  }
  return { counted, share: counted > 0 ? Math.min(1, inTime / counted) : null };
}

/** Share that gave up, short abandons left out of both sides; null without calls. */
export function abandonRate(queue: QueueView): number | null {
  const counted = queue.offered - queue.abandoned_short;
  return counted > 0 ? Math.max(0, queue.abandoned - queue.abandoned_short) / counted : null;
}

export interface Times {
  readonly waited: number | null;
  readonly state: number | null;
  readonly total: number;
  /** Which word stands over the second timer. */
  readonly label: "ringing" | "talking" | "held" | "rejoining" | "wrap_up" | "other";
}

/** The three timers of a call in milliseconds. */
export function times(call: CallView, stateSince: string | null, now: number): Times {
  const at = (text: string | null): number | null => (text === null ? null : Date.parse(text));
  const ended = at(call.ended_at);
  const answered = at(call.answered_at);
  const began = at(call.waiting_since) ?? at(call.arrived_at) ?? now;
  const since = { ringing: call.offered_at, talking: call.answered_at, held: call.held_since, wrap_up: call.ended_at, rejoining: stateSince }[
    call.phase as "ringing" | "talking" | "held" | "wrap_up" | "rejoining"
  ] ?? stateSince;
  const from = at(since);
  const label = ["ringing", "talking", "held", "rejoining", "wrap_up"].includes(call.phase) ? (call.phase as Times["label"]) : "other";
  return {
    waited: call.waiting_since === null && answered === null ? null : (answered ?? ended ?? now) - began,
    state: from === null ? null : now - from,
    total: (ended ?? now) - (at(call.arrived_at) ?? now),
    label,
  };
}
