/** Foreign text and addresses, made harmless. React escapes markup; this does what it does not. */

/** Controls, bidirectional controls (they can reorder a whole line), invisible characters. */
const hidden = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

const limit = 1_000; // characters; what is longer belongs on no overview

/** The text with white space collapsed and what cannot be seen made visible: U+202E as "‹U+202E›". */
export function safeText(text: string): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return cut
    .replace(/[\t\n\r ]+/g, " ")
    .trim()
    .replace(hidden, (c) => `‹U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}›`);
}

/** The address if it is a plain http(s) one, else undefined: then there is no link. */
export function safeHref(address: string | null | undefined): string | undefined {
  if (!address || !/^https?:\/\//i.test(address)) return undefined;
  try {
    const url = new URL(address);
    const plain = (url.protocol === "http:" || url.protocol === "https:") && url.username === "" && url.password === "";
    return plain ? url.href : undefined;
  } catch {
    return undefined;
  }
}
