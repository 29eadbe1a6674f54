import type { ComplaintJson, DemoEvent, OrderJson } from "../../ingest/demo/event.ts";
import { DEMO, type DemoOptions } from "../../ingest/demo/story.ts";
import { demoWeek } from "../../ingest/demo/week.ts";

export type Told<E> = { readonly at: number; readonly event: E };
export type Life = { readonly placed: OrderJson; readonly placedAt: number; readonly told: Told<OrderJson>[] };

export const tellAll = (options: DemoOptions = {}): DemoEvent[] => [...demoWeek(options)];

/** The events of every order, in order of time. */
export function lives(events: readonly DemoEvent[]): Life[] {
  const byId = new Map<string, Life>();
  for (const { stream, at, event } of events) {
    if (stream !== "orders") continue;
    const life = byId.get(event.orderId);
    if (life === undefined) byId.set(event.orderId, { placed: event, placedAt: at, told: [{ at, event }] });
    else life.told.push({ at, event });
  }
  return [...byId.values()];
}

export function cases(events: readonly DemoEvent[]): Told<ComplaintJson>[][] {
  const byId = new Map<string, Told<ComplaintJson>[]>();
  for (const { stream, at, event } of events) {
    if (stream !== "complaints") continue;
    const told = byId.get(event.complaintId);
    if (told === undefined) byId.set(event.complaintId, [{ at, event }]);
    else told.push({ at, event });
  }
  return [...byId.values()];
}

export const promised = (life: Life): number => Date.parse(life.placed.promisedBy ?? "");
export const when = (life: Life, kind: OrderJson["kind"]): number | undefined =>
  life.told.find(({ event }) => event.kind === kind)?.at;

/** Share of orders late among those that were not cancelled and whose promise ended in time to be seen. */
export function lateShare(all: readonly Life[]): number {
  const due = all.filter((life) => promised(life) < DEMO.weekEnd && when(life, "cancelled") === undefined);
  return (
    due.filter((life) => (when(life, "delivered") ?? Number.POSITIVE_INFINITY) > promised(life)).length / due.length
  );
}
