import { canonical } from "../../ingest/contracts/canonical.ts";
import { type ContextEvent, keyOf } from "../../ingest/contracts/read.ts";
import type { Machine } from "../shell/machine.ts";

/** Context has no state of its own: it is kept as it came, for those who plan with it. */
export function createContextRecord(): Machine<ContextEvent> {
  return {
    apply(event, { partition, offset, at }, out) {
      const { eventId, content, ...body } = event;
      out("context_events", {
        event_id: eventId,
        content,
        kind: event.kind,
        subject: keyOf("context", event),
        from_at: event.from,
        to_at: event.to,
        issued_at: ("issuedAt" in event ? event.issuedAt : undefined) ?? Math.max(0, at),
        known_at: Math.max(0, at),
        body: canonical(body),
        partition,
        offset,
      });
      return undefined;
    },
    nextDue: () => Number.POSITIVE_INFINITY,
    fire() {},
    open: () => 0,
    *save() {},
    load() {},
  };
}
