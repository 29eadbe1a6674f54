import { z } from "zod";

const text = z.string();
const time = z.iso.datetime();

/** What Tocsin decided to do for one customer, as it goes out on `tocsin.actions.v1` and in webhooks. */
export const actionMessage = z
  .object({
    actionId: text
      .min(1)
      .meta({ description: "The same decision has the same id: a receiver that saw it does nothing" }),
    orderId: text,
    customerId: text,
    cause: text,
    findingId: text,
    steps: z.array(text),
    amount: z.number().min(0),
    currency: text,
    verdict: z.enum(["approved", "awaiting_approval"]),
    reason: text,
    region: text,
    decidedAt: time.meta({ description: "Event time" }),
    policy: text,
  })
  .meta({ id: "ActionMessage", description: "Something done for one customer" });

/** What subscribers are told, as it goes out on `tocsin.alerts.v1`: one page opens, may grow, and resolves. */
export const pageMessage = z
  .object({
    pageId: text.min(1),
    at: time.meta({ description: "Event time" }),
    change: z.enum(["opened", "grew", "resolved"]),
    subjectKind: z.enum(["incident", "clock", "warning", "digest"]),
    subject: text,
    severity: text,
    region: text,
    size: z.number().int().min(0),
    title: text,
    body: z.record(z.string(), z.unknown()).meta({
      description:
        "What, where, how bad, why, and what to do, by language; of a warning also `automatic`: whether a machine may act on it",
    }),
  })
  .meta({ id: "PageMessage", description: "A message to a subscriber" });
