const [LF, QUOTE, BACKSLASH, COMMA] = [0x0a, 0x22, 0x5c, 0x2c];
const [BRACE, BRACE_END, BRACKET, BRACKET_END] = [0x7b, 0x7d, 0x5b, 0x5d];
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

export type Body =
  | { readonly kind: "records"; readonly records: readonly Buffer[] }
  /** Where one record ends and the next begins cannot be told, so none is taken. */
  | { readonly kind: "unreadable"; readonly detail: string }
  | { readonly kind: "too_many" };

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === LF || byte === 0x0d || byte === 0x09;

function trimmed(bytes: Buffer): Buffer {
  let [from, to] = [0, bytes.length];
  while (from < to && isSpace(bytes[from])) from++;
  while (to > from && isSpace(bytes[to - 1])) to--;
  return bytes.subarray(from, to);
}

const unreadable = (detail: string): Body => ({ kind: "unreadable", detail });
const records = (found: readonly Buffer[], most: number): Body =>
  found.length > most ? { kind: "too_many" } : { kind: "records", records: found };

/**
 * Cuts the body of a request into the original bytes of its records, without reading what they say: each is judged
 * for itself, so one bad record spoils no other, and a number keeps the digits it was sent with.
 * @param lines  whether the sender said it is NDJSON; otherwise a list, one object, or several lines of objects
 * @param most   records in a body, at most
 */
export function splitBody(body: Buffer, lines: boolean, most: number): Body {
  const bytes = trimmed(body.subarray(0, BOM.length).equals(BOM) ? body.subarray(BOM.length) : body);
  if (bytes.length === 0) return unreadable("expected at least one record, got an empty body");
  if (lines) return records(splitLines(bytes, most), most);
  if (bytes[0] === BRACKET) return splitArray(bytes, most);
  const end = endOfValue(bytes, 0);
  if (end === bytes.length) return records([bytes], most);
  if (bytes[0] === BRACE && end !== undefined) return records(splitLines(bytes, most), most);
  return unreadable("expected a JSON object, an array of objects, or NDJSON sent as application/x-ndjson");
}

function splitLines(bytes: Buffer, most: number): Buffer[] {
  const found: Buffer[] = [];
  for (let from = 0; from <= bytes.length && found.length <= most; ) {
    const at = bytes.indexOf(LF, from);
    const end = at === -1 ? bytes.length : at;
    const line = trimmed(bytes.subarray(from, end));
    if (line.length > 0) found.push(line);
    from = end + 1;
  }
  return found;
}

/** Where the value that begins at `from` ends: at the bracket that closes it, or undefined if none does. */
function endOfValue(bytes: Buffer, from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfText(bytes, at);
    else if (byte === BRACE || byte === BRACKET) depth++;
    else if ((byte === BRACE_END || byte === BRACKET_END) && --depth <= 0) return at + 1;
  }
  return depth === 0 ? bytes.length : undefined;
}

/** The closing quote of the text that opens at `from`; beyond the end when there is none. */
function endOfText(bytes: Buffer, from: number): number {
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

function splitArray(bytes: Buffer, most: number): Body {
  const found: Buffer[] = [];
  let [depth, from] = [0, 1];
  for (let at = 1; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfText(bytes, at);
    else if (byte === BRACE || byte === BRACKET) depth++;
    else if (depth > 0) depth -= byte === BRACE_END || byte === BRACKET_END ? 1 : 0;
    else if (byte === COMMA || byte === BRACKET_END) {
      const item = trimmed(bytes.subarray(from, at));
      if (byte === BRACKET_END && at !== bytes.length - 1) return unreadable("expected nothing after the array");
      if (byte === COMMA || item.length > 0 || found.length > 0) found.push(item);
      if (byte === BRACKET_END) return records(found, most);
      if (found.length > most) return { kind: "too_many" };
      from = at + 1;
    }
  }
  return unreadable("expected an array that is closed");
}
