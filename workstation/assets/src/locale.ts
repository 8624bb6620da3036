// Whose conventions the page follows, and the shapes of its digits (pure after the page's language is read).

/** Whose conventions a language without a country follows, as workstation/formats.py has it: 24 hours, day before month. */
const CONVENTIONS: Readonly<Record<string, string>> = { ar: "ar-EG", en: "en-GB", xx: "en-GB" };
const LANGUAGE = document.documentElement.lang || "en";
/** The calendar is everybody's, as the server writes it: browsers would write years of other eras. */
export const LOCALE = `${CONVENTIONS[LANGUAGE] ?? LANGUAGE}-u-ca-gregory`;
const SHAPES = [...new Intl.NumberFormat(LOCALE, { useGrouping: false }).format(9876543210)].reverse();

/** A text with its digits in the shapes of the page's language. */
export function digits(text: string): string {
  return SHAPES[0] === "0" ? text : text.replace(/[0-9]/g, (digit) => SHAPES[Number(digit)] ?? digit);
}
