import { z } from "zod";
import { currency, freeText, id, label, money, region, shortText, time } from "./fields.ts";

export const COMPLAINT_KINDS = [
  "opened",
  "acknowledged",
  "responded",
  "classified",
  "investigation_started",
  "evidence_added",
  "escalated",
  "solution_proposed",
  "accepted",
  "resolved",
  "called_back",
  "reopened",
  "closed",
  "withdrawn",
] as const;

export const CHANNELS = [
  "popup",
  "profile_page",
  "order_page",
  "chat",
  "email",
  "form",
  "wechat",
  "app",
  "private_message",
  "phone",
] as const;

/** One step in the life of one complaint, as it comes in on `tocsin.complaints.v1`. */
export const complaintEvent = z
  .object({
    eventId: id.optional(),
    complaintId: id,
    customerId: id,
    kind: z.enum(COMPLAINT_KINDS),
    occurredAt: time,
    orderId: id.optional(),
    channel: z.enum(CHANNELS).optional(),
    text: freeText.optional(),
    type: label.optional(),
    cause: label.optional(),
    severity: z.enum(["major", "general"]).optional(),
    nickname: shortText.optional(),
    contact: shortText.optional(),
    merchantId: id.optional(),
    anchorId: id.optional(),
    carrier: label.optional(),
    agentId: id.optional(),
    region: region.optional(),
    satisfaction: z.number().int().min(1).max(5).optional(),
    solved: z.boolean().optional(),
    compensation: money.optional(),
    currency: currency.optional(),
  })
  .meta({ id: "ComplaintEvent", description: "One step in the life of one complaint" });

export type ComplaintKind = (typeof COMPLAINT_KINDS)[number];
