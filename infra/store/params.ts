import type { Params } from "./port.ts";

/**
 * Query parameters as both connections read them alike: a Date becomes Unix seconds with milliseconds
 * (DateTime and DateTime64 both take that; chDB alone would drop the milliseconds), a bigint its digits.
 * @throws TypeError for `undefined`, which the wire has no word for
 */
export function toParams(params: Params): Record<string, unknown> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, toParam(name, value)]));
}

function toParam(name: string, value: unknown): unknown {
  if (value === undefined) throw new TypeError(`query parameter ${name}: expected a value or null, got undefined`);
  if (typeof value === "bigint") return value.toString();
  if (!(value instanceof Date)) return value;
  const ms = value.getTime();
  if (Number.isNaN(ms)) throw new TypeError(`query parameter ${name}: expected a date, got Invalid Date`);
  // A short number would be read as a year.
  const seconds = String(Math.floor(ms / 1000)).padStart(10, "0");
  return `${seconds}.${String(((ms % 1000) + 1000) % 1000).padStart(3, "0")}`;
}
