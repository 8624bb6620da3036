// What the command box knows of the card on the screen: registers with their last values, kinds, actions.

import { cardHistory } from "./card.ts";
import type { Facts, Named, RegisterFact } from "./intents.ts";
import { serverNow } from "./clock.ts";
import { CONFIG } from "./words.ts";

const ACTIONS: readonly Named[] = CONFIG.actions.map((one) => ({ code: one.code, title: one.title, words: [one.title, one.words] }));

/** The day at the utility. */
export function today(): string {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: CONFIG.time_zone, year: "numeric", month: "2-digit", day: "2-digit" });
  return parts.format(new Date(serverNow()));
}

/** The account whose card is on the screen, null when there is none. */
export function shownAccount(): number | null {
  const key = Number(document.querySelector<HTMLElement>("#card")?.dataset["accountId"]);
  return Number.isInteger(key) && key > 0 ? key : null;
}

export function facts(topic: string): Facts {
  const account = shownAccount() !== null;
  return {
    account,
    topic,
    today: today(),
    owes: document.querySelector("#card[data-owes]") !== null,
    registers: account ? registers() : [],
    kinds: CONFIG.kinds,
    actions: ACTIONS,
  };
}

function registers(): RegisterFact[] {
  const { meters, readings } = cardHistory();
  return meters.filter((meter) => meter.removed_on === null && !meter.virtual).flatMap((meter) => meter.registers.map((register) => {
    const used = readings.filter((one) => one.register_code === register.code && one.consumption !== null).map((one) => Number(one.consumption));
    return {
      id: register.register_id, code: register.code, serial: meter.serial, digits: meter.digits, decimals: meter.decimals,
      last: register.last_value === null ? null : Number(register.last_value), most: used.length > 0 ? Math.max(...used) : null,
    };
  }));
}
