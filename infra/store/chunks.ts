export interface ChunkLimits {
  readonly rows: number;
  /** UTF-16 units of JSON text, which is bytes for ASCII. */
  readonly chars: number;
}

/** One insert makes one part per partition: large enough for few parts, small enough to hold in memory twice. */
export const CHUNK_LIMITS: ChunkLimits = { rows: 50_000, chars: 16_000_000 };

/**
 * Rows as JSONEachRow text, cut into pieces within the limits. A row larger than the limit is a piece of its own.
 * @throws TypeError for a number that is not finite: JSON has no word for it and would store something else
 */
export function* chunksOf(rows: readonly object[], limits: ChunkLimits): Generator<string> {
  let lines: string[] = [];
  let chars = 0;
  for (const [index, row] of rows.entries()) {
    const line = encode(row, index);
    if (lines.length > 0 && (lines.length >= limits.rows || chars + line.length >= limits.chars)) {
      yield `${lines.join("\n")}\n`;
      lines = [];
      chars = 0;
    }
    lines.push(line);
    chars += line.length + 1;
  }
  if (lines.length > 0) yield `${lines.join("\n")}\n`;
}

function encode(row: object, index: number): string {
  // A replacer function doubles the time of stringify, so only rows that need one pay.
  for (const value of Object.values(row)) if (!isPlain(value)) return encodeWith(row, index);
  return JSON.stringify(row);
}

/** Whether plain stringify writes what is meant. */
function isPlain(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isPlain);
  return typeof value !== "bigint" && (typeof value !== "object" || value === null);
}

function encodeWith(row: object, index: number): string {
  return JSON.stringify(row, (_key, value: unknown) => {
    if (typeof value === "bigint") return value.toString();
    if (typeof value === "number" && !Number.isFinite(value)) throw notFinite(row, index);
    return value;
  });
}

function notFinite(row: object, index: number): TypeError {
  const field = Object.entries(row).find(([, value]) => typeof value === "number" && !Number.isFinite(value));
  return new TypeError(
    `row ${index}: expected finite numbers, got ${field ? `${field[0]} = ${field[1]}` : "one inside"}`,
  );
}
