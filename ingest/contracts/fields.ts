import { z } from "zod";

/** Longest id we accept: long enough for any carrier's waybill, short enough to be a key. */
const ID_LENGTH = 128;

/** Control characters have no place in a key: they break logs, file names and terminals. */
export const id = z
  .string()
  .min(1)
  .max(ID_LENGTH)
  .regex(/^\P{Cc}+$/u, "expected no control characters");
/** A short label such as a carrier, a hub, a category or a cause. */
export const label = id;
/** A code of the region registry; an unknown code is kept and counted, never refused. Read as ms since 1970. */
export const region = id;
export const freeText = z.string().max(20_000);
/** ISO 8601 with an offset: a local time without one is ambiguous and refused. Read as ms since 1970. */
export const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
export const money = z.number().min(0).max(1e9);
export const currency = z.string().regex(/^[A-Z]{3}$/, "expected an ISO 4217 code such as CNY");
