// The websocket to the workstation: resumes by number, comes back by itself, and knows when it has fallen silent.

import { follow, learn, onTick, serverNow } from "./clock.ts";
import type { Ask, BesideMessage, Message, NumberedMessage, ReplayMessage } from "./types.ts";

export type Freshness = "live" | "connecting" | "closed" | "silent" | "floor" | "forbidden";

/** How long without a beat before the screen says so (milliseconds). */
export const SILENCE = 3_000;
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 8_000;
/** A wish without an answer after this long is told as such; the floor itself drops it after five seconds. */
const ANSWER_TIME = 6_000;

export interface Answer {
  readonly done: boolean;
  readonly reason: string;
  readonly sentence: string;
}

interface Options {
  readonly path: string;
  /** Where we are in the floor's sequence. */
  readonly place: () => { epoch: string; number: number };
  /** Take a message in; "lost" asks for a snapshot. */
  readonly take: (message: NumberedMessage) => "applied" | "old" | "lost";
  readonly changed: (freshness: Freshness, since: number) => void;
  /** Whether this tab holds the telephone: of one operator's tabs the newest does. */
  readonly holder?: (holder: boolean) => void;
  /** What comes beside the floor's sequence. */
  readonly beside?: (message: BesideMessage) => void;
  /** The clock of a replay was heard. */
  readonly replay?: (message: ReplayMessage) => void;
}

/** Close codes of the server after which another try would only make noise. */
const SIGNED_OUT = 4401;
const NOT_YOURS = 4403;
const RESTARTING = 1012;

export class Hub {
  #socket: WebSocket | null = null;
  #pause = FIRST_PAUSE;
  #nextTry = 0;
  #heard = Date.now();
  #floorStale = false;
  #fresh: Freshness = "connecting";
  #since = Date.now();
  #forbidden = false;
  readonly #asked = new Map<string, { resolve: (answer: Answer) => void; until: number }>();
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  get number(): number {
    return this.#options.place().number;
  }

  get fresh(): Freshness {
    return this.#fresh;
  }

  start(): void {
    this.#connect();
    onTick(() => this.#watch());
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#hurry());
    addEventListener("pageshow", (event) => event.persisted && this.#hurry());
  }

  /** Send a wish; resolves with the floor's answer, or says that none came. */
  ask(wish: Ask): Promise<Answer> {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.resolve({ done: false, reason: "not-connected", sentence: "" });
    const { id, answer } = this.expect();
    socket.send(JSON.stringify({ type: "ask", wish_id: id, ...wish }));
    return answer;
  }

  /** Hear how colleagues change, or do so no longer; a line that is not open is told when it is. */
  watch(colleagues: boolean): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ type: "watch", colleagues }));
  }

  /** Name a wish that is sent another way, and wait for the floor's answer to it. */
  expect(): { readonly id: string; readonly answer: Promise<Answer> } {
    const id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
    return { id, answer: new Promise((resolve) => this.#asked.set(id, { resolve, until: Date.now() + ANSWER_TIME })) };
  }

  #connect(): void {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${this.#options.path}`);
    this.#socket = socket;
    this.#nextTry = Date.now() + 10_000;
    socket.onopen = () => {
      this.#heard = Date.now();
      const { epoch, number } = this.#options.place();
      socket.send(JSON.stringify({ type: "resume", epoch, after: number }));
    };
    socket.onmessage = (event: MessageEvent<string>) => socket === this.#socket && this.#receive(JSON.parse(event.data) as Message);
    socket.onclose = (event) => socket === this.#socket && this.#closed(event.code);
  }

  #receive(message: Message): void {
    this.#heard = Date.now();
    this.#pause = FIRST_PAUSE;
    if (message.type === "replay") {
      follow(message.server_time, message.rate);
      this.#options.replay?.(message);
    } else if ("server_time" in message) learn(message.server_time);
    if (message.type === "beat" || message.type === "replay") {
      // A beat only says that the line is alive; whether the floor is, `stale` says.
    } else if (message.type === "phone") {
      this.#options.holder?.(message.holder);
    } else if (message.type === "presence" || message.type === "inbox" || message.type === "roster") {
      this.#options.beside?.(message);
    } else if (message.type === "stale") {
      this.#floorStale = message.stale;
      this.#tell(message.stale ? "floor" : "live", message.stale ? Date.parse(message.since) - serverNow() + Date.now() : Date.now());
      return;
    } else {
      if (message.type === "desk_snapshot") this.#floorStale = message.stale;
      if (message.type === "wish_answered") this.#answered(message.wish_id, message);
      if (this.#options.take(message) === "lost") this.#startAnew();
    }
    this.#tell(this.#floorStale ? "floor" : "live", this.#since);
  }

  #answered(wishId: string, answer: Answer): void {
    this.#asked.get(wishId)?.resolve(answer);
    this.#asked.delete(wishId);
  }

  /** The floor began again: ask for everything. */
  #startAnew(): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ type: "resume", epoch: "", after: 0 }));
  }

  #closed(code: number): void {
    this.#socket = null;
    for (const { resolve } of this.#asked.values()) resolve({ done: false, reason: "not-connected", sentence: "" });
    this.#asked.clear();
    this.#forbidden = code === SIGNED_OUT || code === NOT_YOURS;
    if (code === RESTARTING) this.#pause = FIRST_PAUSE;
    this.#nextTry = Date.now() + (this.#forbidden ? 30_000 : this.#pause * (0.5 + Math.random()));
    this.#pause = Math.min(LONGEST_PAUSE, this.#pause * 2);
    this.#tell(this.#forbidden ? "forbidden" : "closed", this.#heard);
  }

  #watch(): void {
    const now = Date.now();
    for (const [wishId, { resolve, until }] of this.#asked) {
      if (now < until) continue;
      resolve({ done: false, reason: "no-answer", sentence: "" });
      this.#asked.delete(wishId);
    }
    if (this.#socket === null && now >= this.#nextTry) this.#connect();
    const open = this.#socket?.readyState === WebSocket.OPEN;
    if (open && now - this.#heard > SILENCE) this.#tell("silent", this.#heard);
    // A line that is open but dead (sleep, a lost network) never says so: give it up and dial anew.
    if (this.#socket !== null && now - this.#heard > 3 * SILENCE && (open || now >= this.#nextTry)) {
      const dead = this.#socket;
      this.#socket = null;
      dead.close();
      this.#nextTry = now;
      this.#heard = now - SILENCE;
    }
  }

  /** Dial anew; the newest line of an operator's tabs holds the telephone. */
  renew(): void {
    this.#socket?.close();
    this.#closed(RESTARTING);
    this.#hurry();
    this.#nextTry = Date.now();
  }

  #hurry(): void {
    this.#pause = FIRST_PAUSE;
    if (this.#socket === null) this.#nextTry = Math.min(this.#nextTry, Date.now());
  }

  #tell(fresh: Freshness, since: number): void {
    if (fresh === this.#fresh) return;
    this.#fresh = fresh;
    this.#since = fresh === "live" ? Date.now() : since;
    this.#options.changed(fresh, this.#since);
  }
}
