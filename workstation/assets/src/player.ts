// The player of a recording: both voices drawn, heard in parts, moved by mouse and keyboard.

import { byId, put, say, setIcon } from "./dom.ts";
import { comments } from "./evaluation.ts";

interface Drawn {
  /** A byte of the operator and one of the caller for each stretch, in turns. */
  readonly peaks: readonly number[];
  readonly seconds: number;
  readonly pauses: readonly (readonly [number, number])[];
}

const STEP = 5;
const LANES = 2;

/** 1:05 for 65 seconds. */
export function told(seconds: number): string {
  const whole = Math.floor(seconds);
  const minutes = Math.floor(whole / 60);
  const hours = Math.floor(minutes / 60);
  const two = (value: number): string => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes % 60)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

class Player {
  private readonly box = byId("player");
  private readonly canvas = byId<HTMLCanvasElement>("player-wave");
  private readonly button = byId<HTMLButtonElement>("player-play");
  private readonly speed = byId<HTMLSelectElement>("player-speed");
  private readonly audio = new Audio();
  private readonly drawn: Drawn = JSON.parse(this.box.dataset["drawn"] ?? "{}");
  private dragging = false;

  start(): void {
    this.audio.preload = "none";
    this.audio.src = this.box.dataset["src"] ?? "";
    this.button.addEventListener("click", () => this.toggle());
    this.speed.addEventListener("change", () => (this.audio.playbackRate = Number(this.speed.value)));
    for (const name of ["play", "pause", "ended", "timeupdate", "seeked", "waiting", "playing"]) {
      this.audio.addEventListener(name, () => this.draw(name === "waiting" ? "loading" : ""));
    }
    this.audio.addEventListener("error", () => this.draw("failed"));
    this.canvas.addEventListener("pointerdown", (event) => {
      this.dragging = true;
      this.canvas.setPointerCapture(event.pointerId);
      this.seekAt(event);
    });
    this.canvas.addEventListener("pointermove", (event) => this.dragging && this.seekAt(event));
    this.canvas.addEventListener("pointerup", () => (this.dragging = false));
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("click", (event) => {
      const place = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-seek]") : null;
      if (place) this.seek(Number(place.dataset["seek"]));
    });
    comments(() => told(this.audio.currentTime));
    new ResizeObserver(() => this.draw("")).observe(this.canvas);
    this.draw("");
  }

  private toggle(): void {
    if (!this.audio.paused) return this.audio.pause();
    this.audio.playbackRate = Number(this.speed.value);
    void this.audio.play().catch(() => this.draw("failed"));
  }

  private key(event: KeyboardEvent): void {
    const where = event.target as HTMLElement;
    if (event.ctrlKey || event.altKey || event.metaKey || ["INPUT", "TEXTAREA", "SELECT", "A"].includes(where.tagName)) return;
    // A focused button is pressed by Space itself.
    if (where.tagName === "BUTTON" && event.key === " ") return;
    const now = this.audio.currentTime;
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: now - STEP, ArrowRight: now + STEP, Home: 0, End: this.drawn.seconds - 0.1,
    };
    if (event.key === " ") this.toggle();
    else if (event.key in moves) this.seek(moves[event.key] ?? 0);
    else return;
    event.preventDefault();
  }

  private seekAt(event: PointerEvent): void {
    const place = this.canvas.getBoundingClientRect();
    this.seek(((event.clientX - place.left) / place.width) * this.drawn.seconds);
  }

  /** A place chosen before anything was heard is kept until the sound's length is known. */
  private seek(seconds: number): void {
    const at = Math.min(Math.max(seconds, 0), Math.max(this.drawn.seconds - 0.05, 0));
    if (this.audio.readyState === 0) {
      this.audio.preload = "metadata";
      this.audio.addEventListener("loadedmetadata", () => (this.audio.currentTime = at), { once: true });
      this.audio.load();
    } else this.audio.currentTime = at;
  }

  private draw(trouble: "" | "loading" | "failed"): void {
    const now = this.audio.currentTime;
    const playing = !this.audio.paused && !this.audio.ended;
    put(this.button, "aria-pressed", String(playing));
    setIcon(this.button, playing ? "pause" : "play");
    const label = this.button.querySelector(".label");
    if (label) say(label, this.box.dataset[playing ? "pause" : "play"] ?? "");
    say(byId("player-now"), told(now));
    say(byId("player-said"), trouble === "" ? "" : (this.box.dataset[trouble] ?? ""));
    put(this.canvas, "aria-valuenow", String(Math.round(now)));
    put(this.canvas, "aria-valuetext", told(now));
    this.paint(now);
  }

  private paint(now: number): void {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    const height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    const pen = this.canvas.getContext("2d");
    if (pen === null) return;
    const style = getComputedStyle(this.canvas);
    const heard = style.getPropertyValue("--player-heard").trim() || "#2563eb";
    const ahead = style.getPropertyValue("--player-ahead").trim() || "#94a3b8";
    pen.clearRect(0, 0, width, height);
    const { peaks, seconds, pauses } = this.drawn;
    const count = peaks.length / LANES;
    const lane = height / LANES;
    for (let at = 0; at < count; at += 1) {
      const x = (at / count) * width;
      pen.fillStyle = (at / count) * seconds < now ? heard : ahead;
      for (let leg = 0; leg < LANES; leg += 1) {
        // Square root: a quiet voice is still to be seen.
        const size = Math.max(1, Math.sqrt((peaks[at * LANES + leg] ?? 0) / 255) * lane * 0.9);
        pen.fillRect(x, leg * lane + (lane - size) / 2, Math.max(1, width / count - ratio / 2), size);
      }
    }
    pen.strokeStyle = ahead;
    pen.lineWidth = ratio;
    for (const [from, to] of pauses) {
      for (let x = (from / seconds) * width; x < (to / seconds) * width; x += 6 * ratio) {
        pen.beginPath();
        pen.moveTo(x, height);
        pen.lineTo(x + 4 * ratio, 0);
        pen.stroke();
      }
    }
    pen.fillStyle = heard;
    pen.fillRect(Math.min((now / Math.max(seconds, 0.1)) * width, width - ratio), 0, 2 * ratio, height);
  }
}

if (document.getElementById("player") !== null) new Player().start();
