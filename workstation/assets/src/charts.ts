// Small charts drawn as SVG from the card's lists; every one can be read as the table of its tab too.

import { make, svg } from "./dom.ts";
import { doubtful } from "./history.ts";
import type { History, Reading } from "./history.ts";
import { amount, day, longMonth, month, named, number, short, word } from "./words.ts";

interface Point {
  readonly at: number;
  readonly on: string;
  readonly value: number;
  readonly doubtful: boolean;
  readonly title: string;
}
interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}
interface Bar {
  readonly at: string;
  readonly first: number;
  readonly second: number;
  readonly open: boolean;
}

const HEIGHT = 168;
const PAD = { top: 12, right: 12, bottom: 24, left: 56 };

/** Draw every chart below `root` and keep it as wide as its place. */
export function drawCharts(root: ParentNode, history: History): void {
  for (const place of root.querySelectorAll<HTMLElement>("[data-chart]:not([data-watched])")) {
    place.setAttribute("data-watched", "");
    let drawn = 0;
    new ResizeObserver((entries) => {
      const width = Math.round(entries[0]?.contentRect.width ?? 0);
      if (width < 120 || width === drawn) return;
      drawn = width;
      place.replaceChildren(draw(place, width, history));
    }).observe(place);
  }
}

function draw(place: HTMLElement, width: number, history: History): Node {
  const bars = place.dataset["chart"] === "bars";
  const chart = bars ? barChart(readBars(history, Number(place.dataset["most"] ?? 18)), width) : lineChart(readLines(history.readings), width);
  return chart ?? make("p", { class: "quiet" }, word("chart.none"));
}

function readLines(readings: readonly Reading[]): Line[] {
  const lines = new Map<string, Point[]>();
  for (const one of readings) {
    const value = Number(one.consumption ?? Number.NaN);
    if (Number.isNaN(value)) continue;
    const unsure = doubtful(one);
    const title = `${day(one.taken_on)}: ${number(value)}${unsure ? ` (${word("chart.doubtful")})` : ""}`;
    const point = { at: Date.parse(one.taken_on), on: one.taken_on, value, doubtful: unsure, title };
    lines.set(one.register_code, [...(lines.get(one.register_code) ?? []), point]);
  }
  return [...lines].map(([name, points]) => ({ name, points: points.sort((a, b) => a.at - b.at) }));
}

function readBars(history: History, most: number): Bar[] {
  const months = new Map<string, { first: number; second: number; open: boolean }>();
  const at = (on: string): { first: number; second: number; open: boolean } => {
    const key = on.slice(0, 7);
    const found = months.get(key) ?? { first: 0, second: 0, open: false };
    months.set(key, found);
    return found;
  };
  for (const bill of history.invoices) {
    const bar = at(bill.period);
    bar.first += Number(bill.amount);
    bar.open ||= Number(bill.open_amount) > 0;
  }
  for (const payment of history.payments) at(payment.paid_on).second += Number(payment.amount);
  return [...months].sort(([a], [b]) => (a < b ? -1 : 1)).slice(-most).map(([key, bar]) => ({ at: `${key}-01`, ...bar }));
}

/** Round steps for an axis: 1, 2 or 5 times a power of ten, four or five of them. */
function steps(highest: number): number[] {
  const rough = (highest || 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((one) => one * power >= rough) ?? 10) * power;
  const all = [];
  for (let value = 0; value <= highest + step * 0.999; value += step) all.push(value);
  return all;
}

function frame(width: number, title: string): SVGElement {
  return svg("svg", { class: "chart", viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": title });
}

function grid(chart: SVGElement, width: number, highest: number): (value: number) => number {
  const marks = steps(highest);
  const top = marks.at(-1) ?? 1;
  const y = (value: number): number => PAD.top + (HEIGHT - PAD.top - PAD.bottom) * (1 - value / top);
  for (const mark of marks) {
    chart.append(svg("line", { class: mark === 0 ? "axis" : "gridline", x1: PAD.left, x2: width - PAD.right, y1: y(mark), y2: y(mark) }));
    chart.append(svg("text", { class: "tick", x: PAD.left - 6, y: y(mark) + 4, "text-anchor": "end" }, short(mark)));
  }
  return y;
}

function lineChart(lines: readonly Line[], width: number): Node | null {
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) return null;
  const chart = frame(width, word("chart.use"));
  const first = Math.min(...points.map((point) => point.at));
  const last = Math.max(...points.map((point) => point.at), first + 1);
  const x = (at: number): number => PAD.left + ((width - PAD.left - PAD.right) * (at - first)) / (last - first);
  const y = grid(chart, width, Math.max(...points.map((point) => point.value), 1));
  monthTicks(chart, first, last, x, width);
  lines.forEach((line, index) => chart.append(...stepped(line, index, x, y)));
  return withLegend(chart, lines.map((line, index) => [`line-${index}`, named("register", line.name)]));
}

function stepped(line: Line, index: number, x: (at: number) => number, y: (value: number) => number): SVGElement[] {
  let path = "";
  line.points.forEach((point, at) => {
    path += at === 0 ? `M${x(point.at)} ${y(point.value)}` : `V${y(point.value)}H${x(point.at)}`;
  });
  const drawn = [svg("path", { class: `line line-${index}`, d: path })];
  for (const point of line.points) {
    const [cx, cy] = [x(point.at), y(point.value)];
    const mark = point.doubtful
      ? svg("path", { class: "doubtful", d: `M${cx} ${cy - 6}l5.500 9.500h-11z` })
      : svg("circle", { class: `dot line-${index}`, cx, cy, r: 2.5 });
    mark.append(svg("title", {}, point.title));
    drawn.push(mark);
  }
  return drawn;
}

function monthTicks(chart: SVGElement, first: number, last: number, x: (at: number) => number, width: number): void {
  const begin = new Date(first);
  const months = Math.max(1, Math.round((last - first) / 2_629_800_000));
  const every = monthStep(months / Math.max(2, Math.floor((width - PAD.left) / 64)));
  for (let step = begin.getUTCDate() > 1 ? 1 : 0; step <= months; step += 1) {
    const at = Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + step, 1);
    if (at > last) break;
    if (new Date(at).getUTCMonth() % every !== 0) continue;
    chart.append(svg("text", { class: "tick", x: x(at), y: HEIGHT - 6, "text-anchor": "middle" }, month(new Date(at).toISOString())));
  }
}

/** Months between two ticks, such that January, which carries the year, is always among them. */
function monthStep(least: number): number {
  return [1, 2, 3, 4, 6].find((one) => one >= least) ?? 12;
}

function barChart(bars: readonly Bar[], width: number): Node | null {
  if (bars.length === 0) return null;
  const chart = frame(width, `${word("chart.bills")} / ${word("chart.paid")}`);
  const y = grid(chart, width, Math.max(...bars.flatMap((bar) => [bar.first, bar.second]), 1));
  const slot = (width - PAD.left - PAD.right) / bars.length;
  const thick = Math.min(14, Math.max(3, slot / 2 - 3));
  const every = monthStep(56 / slot);
  bars.forEach((bar, index) => {
    const middle = PAD.left + slot * (index + 0.5);
    const pair: [number, string, number][] = [[bar.first, bar.open ? "billed open" : "billed", middle - thick - 1], [bar.second, "paid", middle + 1]];
    for (const [value, kind, left] of pair) {
      if (value <= 0) continue;
      const words = `${longMonth(bar.at)}, ${word(kind === "paid" ? "chart.paid" : "chart.bills")}: ${amount(value)}`;
      chart.append(svg("rect", { class: `bar ${kind}`, x: left, y: y(value), width: thick, height: Math.max(1, y(0) - y(value)), rx: 1 }, svg("title", {}, words)));
    }
    if (new Date(bar.at).getUTCMonth() % every === 0) chart.append(svg("text", { class: "tick", x: middle, y: HEIGHT - 6, "text-anchor": "middle" }, month(bar.at)));
  });
  return withLegend(chart, [["billed", word("chart.bills")], ["paid", word("chart.paid")]]);
}

function withLegend(chart: SVGElement, names: readonly (readonly [string, string])[]): Node {
  const figure = make("figure", { class: "figure", dir: "ltr" });
  figure.append(chart);
  if (names.length > 1) figure.append(make("figcaption", { class: "legend" }, ...names.map(([kind, name]) => make("span", { class: `key ${kind}` }, name))));
  return figure;
}
