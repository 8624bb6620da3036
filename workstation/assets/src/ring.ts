// The ring: two soft notes, twice, then a rest; synthesised, so there is no file to load.

let context: AudioContext | null = null;
/** A second bell on another device, for who has put the headset down. */
let second: AudioContext | null = null;
let timer: ReturnType<typeof setInterval> | null = null;

/** Browsers let a page sound only after a gesture: any key or click makes the ring ready. */
export function prepareRing(): void {
  const wake = (): void => {
    context ??= new AudioContext();
    void context.resume();
  };
  addEventListener("pointerdown", wake, { once: true, capture: true });
  addEventListener("keydown", wake, { once: true, capture: true });
}

/** Ring on another device too, "" for none; browsers that cannot choose one ring where they always do. */
export function ringAlsoOn(deviceId: string): void {
  void second?.close();
  second = null;
  if (deviceId === "") return;
  const made = new AudioContext() as AudioContext & { setSinkId?: (id: string) => Promise<void> };
  if (made.setSinkId === undefined) return void made.close();
  second = made;
  void made.setSinkId(deviceId).catch(() => undefined);
}

export function startRing(): void {
  if (timer !== null) return;
  void second?.resume();
  context ??= new AudioContext();
  void context.resume();
  chime();
  timer = setInterval(chime, 2600);
}

export function stopRing(): void {
  if (timer !== null) clearInterval(timer);
  timer = null;
}

/** One beep, for thresholds that an operator should notice without looking. */
export function nudge(): void {
  if (context?.state === "running") note(context, 880, context.currentTime, 0.12, 0.05);
}

function chime(): void {
  for (const audio of [context, second]) {
    if (audio?.state !== "running") continue;
    const now = audio.currentTime;
    for (const start of [0, 0.55]) {
      note(audio, 659.26, now + start, 0.2, 0.14);
      note(audio, 830.61, now + start + 0.18, 0.28, 0.14);
    }
  }
}

function note(audio: AudioContext, frequency: number, at: number, length: number, loudness: number): void {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.type = "sine";
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(loudness, at + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + length);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + length + 0.02);
}
