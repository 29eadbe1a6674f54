import type { z } from "zod";
import type { contextEvent } from "../contracts/context.ts";

/** A context event as it is sent, JSON; `depth` is kept among its unknown fields. */
export type ContextJson = z.input<typeof contextEvent> & { readonly depth?: number };

/** What a provider says cannot be used: where, what was expected, and what was there. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
}

export const iso = (ms: number): string => new Date(ms).toISOString();

/** For messages: what was there instead. */
export function got(value: unknown): string {
  const text = value === undefined ? "nothing" : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
