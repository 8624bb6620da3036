// The softphone: JsSIP over a websocket to each node, one tab at a time, and a call that outlives a reload of the page.

import type { RTCSession } from "jssip/lib/RTCSession";
import type { IncomingRequest } from "jssip/lib/SIPMessage";
import { onTick } from "./clock.ts";
import { devices, type Measured } from "./devices.ts";
import { type Credentials, NodeLine } from "./line.ts";
import { CONFIG } from "./words.ts";

export type Session = "none" | "ringing" | "talking" | "held";
export type Trouble = "" | "elsewhere" | "no_microphone" | "refused" | "desk";
export type Request = "" | "answer" | "hang_up" | "hold";

export interface PhoneState {
  readonly registered: boolean;
  readonly session: Session;
  readonly muted: boolean;
  /** What was asked of the telephone and is not confirmed yet. */
  readonly requested: Request;
  readonly trouble: Trouble;
  readonly callId: string;
  /** The number at the other end, as the switch shows it. */
  readonly far: string;
  /** It answered by itself before there was anybody: its operator stands ready for a campaign. */
  readonly standing: boolean;
  /** The operator hears himself, to try his headset. */
  readonly echo: boolean;
}

const RETRY_PAUSE = 2_000;
/** Q.850 cause 41, temporary failure: Asterisk keeps the caller and the floor calls us again. */
const COME_BACK = 'Reason: Q.850;cause=41;text="desk reloads"';
/** Neither busy nor declined: the telephone itself goes away. */
const UNAVAILABLE = 503;
/** The extension that gives back what it hears, and for how long at most. */
const ECHO = "600";
const ECHO_TIME = 20_000;

/** The microphone that was chosen; one that is gone gives way to the usual one. */
function media(): { mediaConstraints: MediaStreamConstraints; pcConfig: RTCConfiguration } {
  const { microphone } = devices();
  const audio = microphone === "" ? true : { deviceId: { ideal: microphone } };
  return { mediaConstraints: { audio, video: false }, pcConfig: { iceServers: [] } };
}

export class Phone {
  #state: PhoneState = { registered: false, session: "none", muted: false, requested: "", trouble: "", callId: "", far: "", standing: false, echo: false };
  #lines: readonly NodeLine[] = [];
  #session: RTCSession | null = null;
  /** By which the session came. */
  #by: NodeLine | null = null;
  #echo: RTCSession | null = null;
  #retryAt = 0;
  #ours = false;
  #starting = false;
  /** Calls ring in this browser; else on a telephone of the operator's own. */
  #browser = true;
  readonly #audio: HTMLAudioElement;
  readonly #changed: (state: PhoneState) => void;

  constructor(audio: HTMLAudioElement, changed: (state: PhoneState) => void) {
    this.#audio = audio;
    this.#changed = changed;
  }

  get state(): PhoneState {
    return this.#state;
  }

  start(): void {
    onTick(() => this.#watch());
    addEventListener("pagehide", () => this.#leave());
  }

  /** The server says whether this tab holds the telephone; of one operator's tabs the newest does. */
  hold(holder: boolean): void {
    if (holder === this.#ours) {
      if (!holder) this.#set({ trouble: "elsewhere" });
      return;
    }
    this.#ours = holder;
    if (holder) {
      this.#set({ trouble: this.#browser ? "" : "desk" });
      void this.#startAgent();
      return;
    }
    this.#leave();
    this.#stopAgent();
    this.#set({ registered: false, trouble: "elsewhere" });
  }

  /** Let calls ring in this browser, or leave them to the desk telephone; not in the middle of a call. */
  useBrowser(browser: boolean): void {
    if (browser === this.#browser || this.#session !== null) return;
    this.#browser = browser;
    if (!this.#ours) return;
    if (browser) {
      this.#set({ trouble: "" });
      void this.#startAgent();
      return;
    }
    this.endEcho();
    this.#stopAgent();
    this.#set({ registered: false, trouble: "desk" });
  }

  /**
   * The floor says which call is on this desk, "" for none. A node that died can end no session: who was in a talk there
   * would be busy for the next caller until the browser misses its sound, half a minute later.
   */
  settle(current: string): void {
    const { callId } = this.#state;
    if (this.#session !== null && callId !== "" && callId !== current && this.#by?.connected === false) this.#session.terminate();
  }

  answer(): void {
    const session = this.#session;
    if (session === null || this.#state.session !== "ringing" || this.#state.requested === "answer") return;
    this.#set({ requested: "answer", trouble: "" });
    session.answer(media());
  }

  /** Hang up, or decline while it rings. */
  hangUp(): void {
    if (this.#session === null) return;
    this.#set({ requested: "hang_up" });
    if (this.#state.session === "ringing") this.#session.terminate({ status_code: 486 });
    else this.#session.terminate();
  }

  toggleHold(): void {
    const session = this.#session;
    if (session === null || this.#state.requested !== "") return;
    const held = this.#state.session === "held";
    const done = (): void => this.#set({ session: held ? "talking" : "held", requested: "" });
    const asked = held ? session.unhold({}, done) : session.hold({}, done);
    if (asked) this.#set({ requested: "hold" });
  }

  toggleMute(): void {
    const session = this.#session;
    if (session === null || this.#state.session === "ringing") return;
    if (this.#state.muted) session.unmute({ audio: true });
    else session.mute({ audio: true });
    this.#set({ muted: !this.#state.muted });
  }

  digit(digit: string): void {
    if (this.#state.session !== "talking") return;
    this.#session?.sendDTMF(digit, { transportType: "RFC2833" as never, duration: 160, interToneGap: 80 });
  }

  /** Hear on a device, "" for the usual one. */
  listenOn(deviceId: string): void {
    const audio = this.#audio as HTMLAudioElement & { setSinkId?: (id: string) => Promise<void> };
    void audio.setSinkId?.(deviceId).catch(() => undefined);
  }

  /** Hear oneself: only while there is no call, and a call ends it. */
  startEcho(): void {
    const line = this.#lines.find((one) => one.registered);
    if (line === undefined || this.#session !== null || this.#echo !== null) return;
    const session = line.call(ECHO, media());
    this.#echo = session;
    this.#set({ echo: true });
    quickIce(session);
    const timer = setTimeout(() => this.endEcho(), ECHO_TIME);
    const over = (): void => {
      clearTimeout(timer);
      if (this.#echo !== session) return;
      this.#echo = null;
      if (this.#session === null) this.#audio.srcObject = null;
      this.#set({ echo: false });
    };
    session.on("ended", over);
    session.on("failed", over);
    if (session.connection) this.#listen(session.connection);
  }

  endEcho(): void {
    try {
      this.#echo?.terminate();
    } catch {
      // Already over.
    }
  }

  /** How the line is at this moment. */
  async measured(): Promise<Measured> {
    const found = { packets: 0, lost: 0, jitter: 0, roundTrip: 0 };
    const connection = this.#session?.connection as RTCPeerConnection | undefined;
    if (!connection) return found;
    for (const report of ((await connection.getStats()) as unknown as Map<string, Record<string, unknown>>).values()) {
      const number = (name: string): number => Number(report[name] ?? 0);
      if (report["type"] === "inbound-rtp") [found.packets, found.lost, found.jitter] = [number("packetsReceived"), number("packetsLost"), number("jitter")];
      if (report["type"] === "remote-inbound-rtp") found.roundTrip = number("roundTripTime");
    }
    return found;
  }

  /** What the call's media did, for tests. */
  async stats(): Promise<Record<string, unknown>> {
    const connection = this.#session?.connection as RTCPeerConnection | undefined;
    const found = {
      received: { packets: 0, lost: 0, energy: 0, jitter: 0 },
      sent: { packets: 0, energy: 0 },
      ice: connection?.iceConnectionState ?? "none",
      codec: "",
    };
    if (!connection) return found;
    for (const report of ((await connection.getStats()) as unknown as Map<string, Record<string, unknown>>).values()) {
      const number = (name: string): number => Number(report[name] ?? 0);
      if (report["type"] === "inbound-rtp") {
        found.received = {
          packets: number("packetsReceived"), lost: number("packetsLost"), energy: number("totalAudioEnergy"), jitter: number("jitter"),
        };
      }
      if (report["type"] === "outbound-rtp") found.sent.packets = number("packetsSent");
      if (report["type"] === "media-source") found.sent.energy = number("totalAudioEnergy");
      if (report["type"] === "codec") found.codec = String(report["mimeType"] ?? "");
    }
    return found;
  }

  #set(change: Partial<PhoneState>): void {
    this.#state = { ...this.#state, ...change };
    this.#changed(this.#state);
  }

  /** The page goes away: end our leg so that the caller is kept, not hung up on; one who rings goes on at once. */
  #leave(): void {
    if (this.#session === null || this.#state.session === "none") return;
    const ringing = this.#state.session === "ringing";
    try {
      this.#session.terminate({ extraHeaders: [COME_BACK], ...(ringing ? { status_code: UNAVAILABLE } : {}) });
    } catch {
      // Already over.
    }
  }

  async #startAgent(): Promise<void> {
    if (this.#starting || !this.#ours || !this.#browser) return;
    this.#starting = true;
    try {
      const response = await fetch(CONFIG.phone, { headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(`phone: ${response.status}`);
      const credentials = (await response.json()) as Credentials;
      this.#stopAgent();
      if (this.#ours && this.#browser) this.#run(credentials);
    } catch {
      this.#retryAt = Date.now() + RETRY_PAUSE;
    } finally {
      this.#starting = false;
    }
  }

  #stopAgent(): void {
    const lines = this.#lines;
    this.#lines = [];
    for (const line of lines) line.end();
  }

  #run(credentials: Credentials): void {
    const changed = (): void => this.#registered();
    this.#lines = credentials.ws_urls.map(
      (url) => new NodeLine(url, credentials, changed, (session, request, line) => this.#incoming(session, request, line)),
    );
  }

  /** One line is enough to be reached; the last one that is lost is missed. */
  #registered(): void {
    const registered = this.#lines.some((line) => line.registered);
    const refused = !registered && this.#lines.some((line) => line.refused);
    this.#set({ registered, ...(registered ? { trouble: "" as const } : refused ? { trouble: "refused" as const } : {}) });
  }

  /** A line is stuck: begin it anew, or, when no other one serves, all of them with fresh credentials. */
  #watch(): void {
    if (!this.#ours || !this.#browser || this.#session !== null || this.#starting) return;
    const now = Date.now();
    const stuck = this.#lines.filter((line) => line.isStuck(now));
    if (this.#state.registered) {
      for (const line of stuck) line.restart();
      return;
    }
    const due = stuck.length > 0 ? now >= this.#retryAt : this.#lines.length === 0 && this.#retryAt > 0 && now >= this.#retryAt;
    if (!due) return;
    this.#retryAt = now + RETRY_PAUSE;
    void this.#startAgent();
  }

  #incoming(session: RTCSession, request: IncomingRequest, line: NodeLine): void {
    if (session.direction !== ("incoming" as RTCSession["direction"])) return;
    if (this.#session !== null) return session.terminate({ status_code: 486 });
    this.endEcho();
    this.#session = session;
    this.#by = line;
    keepCallerWhenMediaFails(session);
    const callId = header(request, "X-Busbar-Call");
    const auto = header(request, "X-Busbar-Answer") === "auto";
    this.#set({ session: "ringing", muted: false, requested: "", callId, far: session.remote_identity.uri.user, standing: auto && callId === "" });
    this.#follow(session);
    if (auto) this.answer();
  }

  #follow(session: RTCSession): void {
    const over = (): void => {
      if (this.#session !== session) return;
      this.#session = null;
      this.#audio.srcObject = null;
      this.#set({ session: "none", muted: false, requested: "", callId: "", far: "", standing: false });
    };
    session.on("peerconnection", ({ peerconnection }) => this.#listen(peerconnection));
    session.on("accepted", () => this.#set({ session: "talking", requested: "", trouble: "" }));
    session.on("confirmed", () => this.#set({ session: this.#state.session === "ringing" ? "talking" : this.#state.session, requested: "" }));
    session.on("getusermediafailed", () => this.#set({ requested: "", trouble: "no_microphone" }));
    session.on("ended", over);
    session.on("failed", over);
    quickIce(session);
  }

  #listen(connection: RTCPeerConnection): void {
    connection.addEventListener("track", (event) => {
      this.#audio.srcObject = event.streams[0] ?? new MediaStream([event.track]);
      void this.#audio.play().catch(() => undefined);
    });
  }
}

function header(request: IncomingRequest, name: string): string {
  return (request.getHeader(name) as string | undefined)?.trim() ?? "";
}

/** Host candidates come at once; there is nothing to wait for afterwards. */
function quickIce(session: RTCSession): void {
  let waiting = false;
  session.on("icecandidate", ({ ready }) => {
    if (waiting) return;
    waiting = true;
    setTimeout(ready, 150);
  });
}

/** JsSIP ends a call whose media failed as if the operator had hung up; the caller must be kept instead. */
function keepCallerWhenMediaFails(session: RTCSession): void {
  const terminate = session.terminate.bind(session);
  session.terminate = (options = {}) =>
    terminate(options.status_code === 408 ? { ...options, extraHeaders: [COME_BACK, ...(options.extraHeaders ?? [])] } : options);
}
