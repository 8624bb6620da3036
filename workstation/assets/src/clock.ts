// The time on the server, and a tick that a hidden page still hears.

let offset = 0;
let measured = false;
/** Of a replay: the moment of its day that was said last, when that was (here), and how fast its clock goes. */
let played: { readonly at: number; readonly heard: number; readonly rate: number } | null = null;

/** Learn the server's time from a message; small jitter is ignored so that timers do not jump. */
export function learn(serverTime: string): void {
  const seen = Date.parse(serverTime) - Date.now();
  if (Number.isNaN(seen)) return;
  if (!measured || Math.abs(seen - offset) > 1500) offset = seen;
  else offset += (seen - offset) / 10;
  measured = true;
}

/** Follow the clock of a replay: what is told from now on is the time of its day. */
export function follow(shown: string, rate: number): void {
  played = { at: Date.parse(shown), heard: Date.now(), rate };
}

/** Now, as the server counts it (milliseconds); in a replay the moment of its day. */
export function serverNow(): number {
  return played === null ? Date.now() + offset : played.at + (Date.now() - played.heard) * played.rate;
}

const listeners: (() => void)[] = [];

/** Call `listener` four times a second, hidden page or not. */
export function onTick(listener: () => void): void {
  listeners.push(listener);
}

export function startTicks(): void {
  const beat = (): void => {
    for (const listener of listeners) listener();
  };
  const address = document.body.dataset["ticker"];
  const fallBack = (): void => void setInterval(beat, 250);
  if (!address) return fallBack();
  try {
    const worker = new Worker(address);
    worker.onmessage = beat;
    worker.onerror = fallBack;
  } catch {
    fallBack();
  }
}
