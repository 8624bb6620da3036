// Small parts of which the card's tables are made.

import { icon, make } from "./dom.ts";

export type Rows = readonly (readonly [string, readonly HTMLElement[]])[];
export type Look = readonly [drawing: string, mood: string];

export const cell = (kind: string, ...children: (Node | string)[]): HTMLElement => make("td", { class: kind || undefined }, ...children);
/** What somebody typed, kept apart from the text around it. */
export const own = (text: string): HTMLElement => make("bdi", {}, text);
export const state = (look: Look, text: string): HTMLElement => make("span", { class: look[1] || undefined }, icon(look[0]), text);
/** A place in the office: the desk stays where it is. */
export const away = (address: string, ...children: (Node | string)[]): HTMLElement => make("a", { href: address, target: "_blank", rel: "noopener" }, ...children);
export const today = (): string => new Date().toISOString().slice(0, 10);
