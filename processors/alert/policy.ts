import { z } from "zod";
import { duration } from "../../ingest/contracts/duration.ts";

/** In the order of their weight. */
export const SEVERITIES = ["info", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Service clocks whose breaches are paged, one page a kind. */
export const CLOCKS = ["first_response_overdue", "investigation_overdue"] as const;
export type Clock = (typeof CLOCKS)[number];

const thresholds = (warningFrom: number, criticalFrom: number, what: string) => ({
  warningFrom: z.number().min(0).default(warningFrom).describe(`${what} from which a page is a warning`),
  criticalFrom: z.number().min(0).default(criticalFrom).describe(`${what} from which a page is critical`),
});
type Thresholds = { readonly warningFrom: number; readonly criticalFrom: number };
const inOrder = (s: Thresholds): boolean => s.warningFrom <= s.criticalFrom;
const ORDER = "expected warningFrom at or below criticalFrom";

const severity = (warningFrom: number, criticalFrom: number, what: string) =>
  z
    .strictObject(thresholds(warningFrom, criticalFrom, what))
    .refine(inOrder, ORDER)
    .prefault({});

const clock = (pageFrom: number, warningFrom: number, criticalFrom: number, what: string) =>
  z
    .strictObject({
      pageFrom: z.number().int().min(1).default(pageFrom).describe(`${what} from which somebody is paged at all`),
      ...thresholds(warningFrom, criticalFrom, what),
    })
    .refine(inOrder, ORDER)
    .prefault({});

/** The section `alert` of the policy file: who is woken for what, and how often. */
export const alertPolicy = z
  .strictObject({
    incidents: severity(10, 100, "parcels or cases beyond the expected"),
    warnings: severity(10, 100, "complaints beyond capacity forecast for a day"),
    clocks: z
      .strictObject({
        first_response_overdue: clock(5, 5, 30, "open cases without a first response in time"),
        investigation_overdue: clock(1, 1, 1, "open major complaints whose investigation is overdue"),
      })
      .prefault({}),
    clearAfter: duration
      .prefault("30m")
      .describe("a page about a clock is resolved when no case has been in breach for this long"),
    perHour: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(10)
      .describe("most notifications of opened and grown pages within any hour; the rest go into one digest"),
    digestFor: duration.prefault("1h").describe("a digest is over when nothing had to be held back for this long"),
    timeZone: z
      .string()
      .refine(isTimeZone, "expected an IANA time zone such as Asia/Shanghai")
      .default("Asia/Shanghai")
      .describe("time zone of the times in texts"),
    runbook: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("where pages send people for what to do"),
  })
  .prefault({});
export type AlertPolicy = z.output<typeof alertPolicy>;

/** @param size  in the unit of the thresholds */
export function severityOf(size: number, from: Thresholds): Severity {
  if (size >= from.criticalFrom) return "critical";
  return size >= from.warningFrom ? "warning" : "info";
}

export const heavier = (a: Severity, b: Severity): Severity => (SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b);

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
