// Small hands for the page: find, make, and change elements without touching what is already so.

/** The element with this id; its absence is a fault of the page, so it throws. */
export function byId<T extends Element = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element as unknown as T;
}

/** Set text only when it differs, so that screen readers and layout are left in peace. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element: Element, visible: boolean): void {
  if (element.hasAttribute("hidden") === visible) element.toggleAttribute("hidden", !visible);
}

export function put(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

export function enable(button: Element, enabled: boolean): void {
  if (button.hasAttribute("disabled") === enabled) button.toggleAttribute("disabled", !enabled);
}

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Make an element; children are text or nodes, never HTML. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag: string, attributes: Attributes = {}, ...children: (Node | string)[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** An icon of the page's sprite. */
export function icon(name: string, extra = ""): SVGElement {
  return svg("svg", { class: `i ${extra}`.trim(), "aria-hidden": "true" }, svg("use", { href: `#i-${name}` }));
}

/** Point an existing icon at another drawing. */
export function setIcon(holder: Element, name: string): void {
  const use = holder.querySelector("use");
  if (use) put(use, "href", `#i-${name}`);
}

/** A passing sentence at the foot of the screen. */
export function toast(sentence: string, kind: "info" | "good" | "bad" = "info"): void {
  const place = byId("toasts");
  const note = make("p", { class: `toast ${kind}` }, icon({ info: "info", good: "check", bad: "alert" }[kind]), make("span", {}, sentence));
  place.append(note);
  while (place.children.length > 3) place.firstElementChild?.remove();
  setTimeout(() => note.remove(), kind === "bad" ? 12_000 : 6_000);
}

/** Whether somebody types here now: a tab in the background keeps its cursor, and nobody types there. */
export function hasCursor(field: Element): boolean {
  return document.hasFocus() && field.contains(document.activeElement);
}
