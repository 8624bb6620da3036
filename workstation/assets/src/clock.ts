// The time on the server, and a tick that a hidden page still hears.

let offset = 0;
let measured = false;

/** Learn the server's time from a message; small jitter is ignored so that timers do not jump. */
export function learn(serverTime: string): void {
  const seen = Date.parse(serverTime) - Date.now();
  if (Number.isNaN(seen)) return;
  if (!measured || Math.abs(seen - offset) > 1500) offset = seen;
  else offset += (seen - offset) / 10;
  measured = true;
}

/** Now, as the server counts it (milliseconds). */
export function serverNow(): number {
  return Date.now() + offset;
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
