// Numbers as people type them, in the one way the server reads (pure).

/** Zeros of the scripts whose digits people here type: Arabic, Persian, Thai, Devanagari, wide. */
const ZEROS = [0x0660, 0x06f0, 0x0e50, 0x0966, 0xff10];

/** A text with the digits of other scripts as those a server reads. */
export function plainDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    const zero = ZEROS.find((one) => code >= one && code < one + 10);
    return zero === undefined ? digit : String(code - zero);
  });
}

/** Digits of other scripts, spaces and a decimal comma are what people type; the server wants one way. */
export function plainNumber(text: string): string {
  return plainDigits(text)
    .replace(/[\s\u00a0\u202f\u066c]/g, "")
    .replace(/[,\u066b]/, ".");
}
