import type { ComplaintEvent } from "../../ingest/contracts/read.ts";
import { extraOf } from "../shell/extra.ts";
import type { Moment } from "../shell/machine.ts";

/** A complaint event as a row of `complaint_events`. */
export function factOf(event: ComplaintEvent, moment: Moment): object {
  return {
    complaint_id: event.complaintId,
    event_id: event.eventId,
    content: event.content,
    customer_id: event.customerId,
    kind: event.kind,
    at: event.occurredAt,
    known_at: moment.at,
    order_id: event.orderId ?? "",
    channel: event.channel ?? "",
    text: event.text ?? "",
    type: event.type ?? "",
    cause: event.cause ?? "",
    severity: event.severity ?? "",
    nickname: event.nickname ?? "",
    contact: event.contact ?? "",
    merchant_id: event.merchantId ?? "",
    anchor_id: event.anchorId ?? "",
    carrier: event.carrier ?? "",
    agent_id: event.agentId ?? "",
    region: event.region ?? "",
    satisfaction: event.satisfaction ?? null,
    solved: event.solved ?? null,
    compensation: event.compensation ?? null,
    currency: event.currency ?? (event.compensation === undefined ? "" : "CNY"),
    extra: extraOf(event.extra),
    partition: moment.partition,
    offset: moment.offset,
  };
}
