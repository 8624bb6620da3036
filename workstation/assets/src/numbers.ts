// Numbers as people type them, in the one way the server reads (pure).

/** Digits of other scripts, spaces and a decimal comma are what people type; the server wants one way. */
export function plainNumber(text: string): string {
  return text
    .replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0))
    .replace(/[\s\u00a0\u202f]/g, "")
    .replace(",", ".");
}
