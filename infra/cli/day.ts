import { InvalidArgumentError } from "commander";

/**
 * A day of the calendar, as an option of the command line.
 * @returns its beginning in UTC, ms
 * @throws InvalidArgumentError that says what was expected
 */
export function dayOf(text: string): number {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  // Some days that are none, such as February 30, are read as days of the next month.
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text)
    throw new InvalidArgumentError(`expected a day such as 2017-10-01, got ${text}`);
  return at;
}
