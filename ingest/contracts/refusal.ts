import type { z } from "zod";
import { type Reject, reject } from "./outcome.ts";

const OLDEST = Date.UTC(2000, 0, 1);
/** How far a sender's clock may run ahead of ours, in ms. A wild time would drag the watermark with it. */
const MAX_AHEAD_MS = 24 * 3600 * 1000;
/** Enough to see what is wrong without filling a page. */
const MOST_ISSUES = 5;
const MOST_CHARACTERS = 60;

/**
 * Why a time cannot be when this happened, or undefined when it can.
 * @param ahead  whether it is announced for later, and so may lie as far ahead as it likes
 */
export function timeRefusal(at: number, receivedAt: number, ahead: boolean): Reject | undefined {
  if (at < OLDEST) return reject("time_too_old", `expected a time from 2000 on, got ${new Date(at).toISOString()}`);
  if (!ahead && at > receivedAt + MAX_AHEAD_MS) {
    const [got, limit] = [at, receivedAt].map((ms) => new Date(ms).toISOString());
    return reject("time_in_future", `expected at most a day after its arrival at ${limit}, got ${got}`);
  }
  return undefined;
}

/** What zod found, in one line: where, what was expected, what came. */
export const explain = (error: z.ZodError, object: unknown): string =>
  error.issues
    .slice(0, MOST_ISSUES)
    .map((issue) => {
      const got = issue.path.reduce<unknown>(
        (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
        object,
      );
      const shown = typeof got === "string" || typeof got === "number" ? `, got ${brief(got)}` : "";
      return `${issue.path.join(".") || "record"}: ${issue.message}${shown}`;
    })
    .join("; ");

function brief(value: string | number): string {
  const text = JSON.stringify(value);
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}… (${text.length} characters)`;
}
