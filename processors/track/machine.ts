import type { OrderEvent } from "../../ingest/contracts/read.ts";
import type { Machine, Moment, Out } from "../shell/machine.ts";
import { conflictOf } from "../shell/named.ts";
import { NO_NORMS, type Norms } from "../shell/norms.ts";
import { endOver, nextDue, openDue, parseName } from "../shell/watch.ts";
import { factOf } from "./fact.ts";
import { closedAt, join, newOrder, type Order } from "./order.ts";
import type { Orders } from "./orders.ts";
import { createPackedOrders } from "./packed/table.ts";
import type { TrackPolicy } from "./policy.ts";
import { endOf, findingOf, watches } from "./watch.ts";

/** The orders of one partition: joins their events, says what is stuck or late, forgets what is long over. */
export function createTrack(
  policy: TrackPolicy,
  policyVersion: string,
  norms: Norms = NO_NORMS,
  createOrders: (dueOf: (order: Order) => number) => Orders = createPackedOrders,
): Machine<OrderEvent> {
  const measure = { policy, norms };
  const dueOf = (order: Order, current = watches(order, measure)) => Math.min(expiry(order), nextDue(order, current));
  const orders = createOrders((order) => dueOf(order));
  let open = 0;

  const expiry = (order: Order) =>
    order.lastEventAt + (closedAt(order) === undefined ? policy.remember.open : policy.remember.closed);

  function end(order: Order, why: Parameters<typeof endOver>[1], moment: Moment, out: Out): void {
    if (order.open.length === 0) return;
    const ended = (opened: Order["open"][number]) => {
      const { kind, since } = parseName(opened.name);
      return findingOf(order, kind, since, opened.due, opened.stage, {});
    };
    endOver(order, why, ended, moment, { policy: policyVersion, out });
  }

  /** Says what fell due before `now`, ends what no longer holds. @returns when to look again */
  function settle(order: Order, now: number, moment: Moment, out: Out): number {
    const current = watches(order, measure);
    openDue(order, current, now, moment, { policy: policyVersion, out });
    if (order.open.length > 0) end(order, (opened) => endOf(opened, order, current), moment, out);
    return dueOf(order, current);
  }

  function forget(order: Order, moment: Moment, out: Out): void {
    orders.delete(order.orderId);
    if (closedAt(order) === undefined) open -= 1;
    end(order, () => "given_up", moment, out);
  }

  return {
    apply(event, moment, out) {
      let order = orders.get(event.orderId);
      const conflict = order && conflictOf(order.named, event);
      if (conflict) return conflict;
      out("order_events", factOf(event, moment));
      if (order) {
        // What fell due before this event is said before it, even where the partition's watermark lags.
        if (order.open.length > 0 || orders.quietUntil() < event.occurredAt)
          settle(order, event.occurredAt, moment, out);
      } else {
        // What is older than our memory is history: kept as a fact, too late to warn anybody.
        if (event.occurredAt < moment.at - policy.remember.closed) return undefined;
        order = newOrder(event.orderId);
        conflictOf(order.named, event);
        open += 1;
      }
      const wasOpen = closedAt(order) === undefined;
      join(order, event);
      if (wasOpen && closedAt(order) !== undefined) open -= 1;
      orders.put(order, settle(order, moment.at, moment, out));
      return undefined;
    },
    nextDue: (before) => orders.nextDue(before),
    fire(moment, out) {
      const timer = orders.take();
      const order = timer && orders.get(timer.key);
      if (!order) return;
      if (expiry(order) <= timer.due) forget(order, moment, out);
      else orders.put(order, settle(order, Math.max(timer.due + 1, moment.at), moment, out));
    },
    open: () => open,
    save: () => orders.save(),
    load(block) {
      orders.load(block, (order) => {
        if (closedAt(order) === undefined) open += 1;
        return dueOf(order);
      });
    },
  };
}
