import { z } from "zod";

/** Longest id we accept: long enough for any carrier's waybill, short enough to be a key. */
const ID_LENGTH = 128;
/**
 * Control characters have no place in a key: they break logs, file names and terminals. Half of a surrogate pair
 * is no character at all: written as UTF-8 it would become another key.
 */
const WELL_FORMED = /^[^\p{Cc}\p{Cs}]+$/u;
const LONE_SURROGATES = /\p{Cs}/gu;
/** What the store's DateTime64 can hold. */
const FIRST = Date.UTC(1900, 0, 1);
const LAST = Date.UTC(2299, 11, 31);

/** Text that people wrote is mended, never refused: many clients cut an emoji in two. */
const prose = (longest: number) =>
  z
    .string()
    .max(longest)
    .transform((text) => text.replace(LONE_SURROGATES, "\uFFFD"));

export const id = z
  .string()
  .min(1)
  .max(ID_LENGTH)
  .regex(WELL_FORMED, "expected well-formed text without control characters");
/** A short label such as a carrier, a hub, a category or a cause. */
export const label = id.describe("a short label");
/** A code of the region registry; an unknown code is kept and counted, never refused. */
export const region = id.describe("a code of the region registry");
export const freeText = prose(20_000);
export const shortText = prose(256);
/** ISO 8601 with an offset: a local time without one is ambiguous and refused. Read as ms since 1970. */
export const time = z.iso
  .datetime({ offset: true, message: "expected an ISO 8601 time with an offset such as 2026-06-18T10:00:00+08:00" })
  .transform((text) => Date.parse(text))
  .refine((ms) => ms >= FIRST && ms <= LAST, "expected a time between the years 1900 and 2299");
export const money = z.number().min(0).max(1e9);
export const currency = z.string().regex(/^[A-Z]{3}$/, "expected an ISO 4217 code such as CNY");
