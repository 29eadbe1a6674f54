import { hash } from "node:crypto";

/** Deeper than any carrier's message; it keeps the recursion below from being a weapon. */
export const MAX_DEPTH = 16;

/**
 * One text for one content: keys sorted, no white space. Two sends of the same event hash the same,
 * in whatever order their fields were written.
 * @throws RangeError when the value is nested deeper than MAX_DEPTH
 */
export function canonical(value: unknown, depth = 0): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (depth >= MAX_DEPTH) throw new RangeError(`expected at most ${MAX_DEPTH} levels of nesting`);
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1)).join(",")}]`;
  const fields = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonical(item, depth + 1)}`);
  return `{${fields.join(",")}}`;
}

/** A name for a text that no other text will have: 132 bits of SHA-256, 22 characters, safe in URLs and keys. */
export const digest = (text: string | Buffer): string => hash("sha256", text, "base64url").slice(0, 22);
