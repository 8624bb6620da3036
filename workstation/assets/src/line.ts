// One line of the softphone, to one node of the exchange: registers there and says how that stands.

import { UA, WebSocketInterface } from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { IncomingRequest } from "jssip/lib/SIPMessage";

export interface Credentials {
  readonly uri: string;
  readonly password: string;
  /** Every node of the exchange: a caller rings where he is. */
  readonly ws_urls: readonly string[];
  readonly extension: string;
}

/** Connected so long without being registered, something is stuck. */
const REGISTER_TIME = 3_000;

export class NodeLine {
  registered = false;
  refused = false;
  #connectedAt = 0;
  readonly #agent: UA;

  constructor(url: string, credentials: Credentials, changed: () => void, incoming: (session: RTCSession, request: IncomingRequest, line: NodeLine) => void) {
    const agent = new UA({
      sockets: [new WebSocketInterface(url)],
      uri: credentials.uri,
      password: credentials.password,
      session_timers: false,
      register_expires: 120,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 4,
      user_agent: "Busbar desk",
    });
    this.#agent = agent;
    const told = (registered: boolean, refused = false): void => {
      this.registered = registered;
      this.refused = refused;
      changed();
    };
    agent.on("connected", () => (this.#connectedAt = Date.now()));
    agent.on("disconnected", () => {
      this.#connectedAt = 0;
      told(false);
    });
    agent.on("registered", () => told(true));
    agent.on("unregistered", () => told(false));
    agent.on("registrationFailed", (failure) =>
      told(false, failure.response !== null && [401, 403, 404].includes(failure.response.status_code)),
    );
    agent.on("newRTCSession", (event: { session: RTCSession; request: unknown }) => incoming(event.session, event.request as IncomingRequest, this));
    agent.start();
  }

  /** Connected but never registered: Asterisk may have restarted under us. */
  isStuck(now: number): boolean {
    return this.#connectedAt > 0 && !this.registered && now - this.#connectedAt > REGISTER_TIME;
  }

  /** Begin anew while the other lines go on. */
  restart(): void {
    this.#connectedAt = Date.now();
    this.#agent.stop();
    this.#agent.start();
  }

  /** The node can be spoken to. */
  get connected(): boolean {
    return this.#connectedAt > 0;
  }

  /** Call an extension of the exchange. */
  call(extension: string, media: object): RTCSession {
    return this.#agent.call(extension, media);
  }

  end(): void {
    this.#agent.removeAllListeners();
    this.#agent.stop();
  }
}
