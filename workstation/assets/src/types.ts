// The shapes of workstation/messages.py and routing/views.py as the browser sees them.

export type OperatorState = "offline" | "ready" | "reserved" | "talking" | "wrap_up" | "not_ready";
export type CallPhase =
  | "ivr" | "waiting" | "ringing" | "talking" | "held" | "rejoining" | "fallback" | "outside" | "wrap_up" | "ended";

/** That an operator passed the caller on; `returned` says why he came back. */
export interface PassedOn {
  readonly by: number;
  readonly by_name: string;
  readonly kind: "operator" | "queue" | "number";
  readonly to: string;
  readonly operator_id: number | null;
  readonly note: string;
  readonly returned: string;
}

/** That an operator asks somebody while the caller hears music. */
export interface Consultation {
  readonly by: number;
  readonly by_name: string;
  readonly operator_id: number | null;
  readonly name: string;
  readonly stage: "asking" | "together" | "aside" | "joining" | "conference";
  readonly note: string;
  readonly since: string;
}

/** That a call is a call-back, and how far it is; `routing.views.BackView`. */
export interface BackView {
  readonly callback_id: number;
  readonly stage: "standing" | "card" | "dialling" | "reached";
  readonly tries: number;
  readonly wanted_at: string | null;
  readonly note: string;
  readonly dial_at: string | null;
}

/** That a campaign calls him, and how far it is; `routing.views.DebtView`. */
export interface DebtView {
  readonly campaign_id: number;
  readonly campaign: string;
  readonly attempt_id: number;
  readonly stage: "card" | "dialling" | "reached";
  readonly verified: boolean;
  readonly paid: boolean;
  readonly dial_at: string | null;
}

export interface CallView {
  readonly call_id: string;
  readonly phase: CallPhase;
  readonly number: string;
  readonly name: string;
  readonly dialled: string;
  readonly queue: string;
  readonly language: string;
  readonly account_id: number | null;
  readonly candidates: readonly number[];
  readonly topic: string;
  readonly path: readonly string[];
  readonly arrived_at: string;
  readonly waiting_since: string | null;
  readonly offered_at: string | null;
  readonly answered_at: string | null;
  readonly held_since: string | null;
  readonly ended_at: string | null;
  readonly operator_id: number | null;
  readonly recording: boolean;
  readonly passed: PassedOn | null;
  readonly consult: Consultation | null;
  readonly back?: BackView | null;
  readonly debt?: DebtView | null;
  readonly recording_paused_at: string | null;
}

export interface OperatorView {
  readonly operator_id: number;
  readonly name: string;
  readonly extension: string;
  readonly state: OperatorState;
  readonly reason: string;
  readonly since: string;
  readonly until: string | null;
  readonly phone_ok: boolean;
  readonly next_reason: string | null;
  readonly call_id: string | null;
  readonly calls_today: number;
  readonly hand_at: string | null;
}

export type How = "listen" | "whisper" | "barge";

/** A supervisor in a talk; `stage` is `routing.helps.Stage`. */
export interface HelpView {
  readonly help_id: string;
  readonly by: number;
  readonly by_name: string;
  readonly operator_id: number;
  readonly call_id: string;
  readonly how: How;
  readonly stage: "requested" | "confirmed" | "paused" | "taking" | "taken";
  readonly since: string;
  readonly told: boolean;
}

export interface TrunkView {
  readonly node: string;
  readonly trunk: string;
  readonly up: boolean | null;
  readonly since: string;
}

export interface AlertView {
  readonly kind: string;
  readonly subject: string;
  readonly raised_at: string;
}

export interface SaidView {
  readonly said_id: string;
  readonly by_name: string;
  readonly text: string;
  readonly at: string;
}

export interface QueueView {
  readonly queue: string;
  readonly waiting: number;
  readonly longest_since: string | null;
  readonly offered: number;
  readonly answered: number;
  readonly answered_in_threshold: number;
  readonly abandoned: number;
  readonly abandoned_short: number;
  readonly kept: number;
}

export interface CampaignView {
  readonly campaign_id: number;
  readonly name: string;
  readonly mode: string;
  readonly operators: number;
  readonly idle: number;
  readonly ringing: number;
  readonly waiting: number;
  readonly talking: number;
  readonly answered: number | null;
  readonly abandoned: number | null;
  readonly cap: number;
  readonly why: string;
}

export interface DeskView {
  readonly operator: OperatorView;
  readonly call: CallView | null;
  readonly queues: readonly QueueView[];
  readonly helped: readonly HelpView[];
  readonly said: readonly SaidView[];
}

export interface FloorView {
  readonly operators: readonly OperatorView[];
  readonly calls: readonly CallView[];
  readonly queues: readonly QueueView[];
  readonly nodes: Readonly<Record<string, boolean>>;
  readonly helps: readonly HelpView[];
  readonly alerts: readonly AlertView[];
  readonly trunks: readonly TrunkView[];
  readonly campaigns: readonly CampaignView[];
}

interface Numbered {
  readonly epoch: string;
  readonly number: number;
}

export type NumberedMessage = Numbered &
  (
    | { readonly type: "desk_snapshot"; readonly desk: DeskView; readonly card: string; readonly stale: boolean; readonly server_time: string }
    | { readonly type: "floor_snapshot"; readonly floor: FloorView; readonly server_time: string }
    | { readonly type: "operator_changed"; readonly operator: OperatorView }
    | { readonly type: "screen_pop"; readonly call: CallView; readonly card: string }
    | { readonly type: "call_changed"; readonly call: CallView }
    | { readonly type: "call_gone"; readonly call_id: string; readonly reason: string }
    | { readonly type: "queue_changed"; readonly queue: QueueView }
    | { readonly type: "node_changed"; readonly node: string; readonly up: boolean }
    | { readonly type: "help_changed"; readonly help: HelpView }
    | { readonly type: "help_gone"; readonly help_id: string; readonly reason: string }
    | { readonly type: "trunk_changed"; readonly trunk: TrunkView }
    | { readonly type: "alert_raised"; readonly alert: AlertView }
    | { readonly type: "alert_gone"; readonly kind: string; readonly subject: string }
    | { readonly type: "campaign_changed"; readonly campaign: CampaignView }
    | { readonly type: "campaign_gone"; readonly campaign_id: number }
    | { readonly type: "said"; readonly said: SaidView }
    | { readonly type: "unsaid"; readonly said_id: string }
    | { readonly type: "wish_answered"; readonly wish_id: string; readonly done: boolean; readonly reason: string; readonly sentence: string }
  );

/** What of an operator his colleagues see. */
export interface Colleague {
  readonly operator_id: number;
  readonly name: string;
  readonly extension: string;
  readonly state: OperatorState;
  readonly reason: string;
  readonly since: string;
  readonly phone_ok: boolean;
}

/** A message between people who work here. */
export interface MessageNote {
  readonly message_id: number;
  readonly thread: string;
  readonly title: string;
  readonly from_name: string;
  readonly at: string;
  readonly text: string;
  readonly mine: boolean;
}

/** What comes beside the floor's sequence. */
export type BesideMessage =
  | { readonly type: "presence"; readonly colleagues: readonly Colleague[] }
  | { readonly type: "inbox"; readonly note: MessageNote | null }
  | { readonly type: "roster"; readonly mine: number; readonly late: number };

/** The clock of a replay, and its day so far. */
export interface ReplayMessage {
  readonly type: "replay";
  readonly server_time: string;
  readonly rate: number;
  readonly speed: number;
  readonly state: "running" | "paused" | "over" | "stopped";
  readonly ends: string;
  readonly totals: readonly QueueDay[];
}

export interface QueueDay {
  readonly queue: string;
  readonly offered: number;
  readonly answered: number;
  readonly answered_in_time: number;
  readonly abandoned: number;
  readonly abandoned_short: number;
  readonly kept: number;
}

export type Message =
  | NumberedMessage
  | BesideMessage
  | ReplayMessage
  | { readonly type: "phone"; readonly holder: boolean }
  | { readonly type: "stale"; readonly stale: boolean; readonly since: string }
  | { readonly type: "beat"; readonly server_time: string };

export type Wish = "ready" | "not_ready" | "end_call" | "close_wrap_up" | "extend_wrap_up" | "choose_account" | "sign_out"
  | "complete" | "take_back" | "swap" | "join" | "dial_back" | "skip_debtor" | "verify_debtor" | "dial_debtor"
  | "pause_recording" | "resume_recording" | "raise_hand" | "lower_hand" | "put_away";

export interface Ask {
  readonly wish: Wish;
  readonly call_id?: string;
  readonly account_id?: number;
  readonly reason?: string;
  readonly said_id?: string;
  readonly number?: string;
}
