import { type Reject, reject } from "../../ingest/contracts/outcome.ts";

/** Contents by event id, of the events their sender named: one id is one event. */
export type Named = Record<string, string>;

/**
 * Remembers a named event, or says that its id was used for something else: the first to come is the event.
 * An id made from the contents cannot conflict and is not remembered.
 */
export function conflictOf(
  named: Named,
  event: { readonly eventId: string; readonly content: string },
): Reject | undefined {
  if (event.content === "") return undefined;
  const known = Object.hasOwn(named, event.eventId) ? named[event.eventId] : undefined;
  if (known === undefined) {
    // Not an assignment: "__proto__" is an id like any other.
    Object.defineProperty(named, event.eventId, {
      value: event.content,
      enumerable: true,
      writable: true,
      configurable: true,
    });
    return undefined;
  }
  if (known === event.content) return undefined;
  return reject(
    "conflicting_repeat",
    `expected what event ${event.eventId} said before, got other contents under its id`,
  );
}
