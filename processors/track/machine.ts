import type { OrderEvent } from "../../ingest/contracts/read.ts";
import type { Machine, Moment, Out } from "../shell/machine.ts";
import { conflictOf } from "../shell/named.ts";
import { NO_NORMS, type Norms } from "../shell/norms.ts";
import { Timers } from "../shell/timers.ts";
import { endOver, nextDue, openDue, parseName } from "../shell/watch.ts";
import { factOf } from "./fact.ts";
import { closedAt, join, newOrder, type Order } from "./order.ts";
import type { TrackPolicy } from "./policy.ts";
import { endOf, findingOf, watches } from "./watch.ts";

/** The orders of one partition: joins their events, says what is stuck or late, forgets what is long over. */
export function createTrack(policy: TrackPolicy, policyVersion: string, norms: Norms = NO_NORMS): Machine<OrderEvent> {
  const measure = { policy, norms };
  const orders = new Map<string, Order>();
  const timers = new Timers();
  let open = 0;

  const expiry = (order: Order) =>
    order.lastEventAt + (closedAt(order) === undefined ? policy.remember.open : policy.remember.closed);

  function end(order: Order, why: Parameters<typeof endOver>[1], moment: Moment, out: Out): void {
    const ended = (opened: Order["open"][number]) => {
      const { kind, since } = parseName(opened.name);
      return findingOf(order, kind, since, opened.due, opened.stage, {});
    };
    endOver(order, why, ended, moment, { policy: policyVersion, out });
  }

  /** Says what fell due before `now`, ends what no longer holds, sets the next timer. */
  function settle(order: Order, now: number, moment: Moment, out: Out): void {
    const current = watches(order, measure);
    openDue(order, current, now, moment, { policy: policyVersion, out });
    end(order, (opened) => endOf(opened, order, current), moment, out);
    timers.set(order.orderId, Math.min(expiry(order), nextDue(order, current)));
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
        settle(order, event.occurredAt, moment, out);
      } else {
        // What is older than our memory is history: kept as a fact, too late to warn anybody.
        if (event.occurredAt < moment.at - policy.remember.closed) return undefined;
        order = newOrder(event.orderId);
        conflictOf(order.named, event);
        orders.set(event.orderId, order);
        open += 1;
      }
      const wasOpen = closedAt(order) === undefined;
      join(order, event);
      if (wasOpen && closedAt(order) !== undefined) open -= 1;
      settle(order, moment.at, moment, out);
      return undefined;
    },
    nextDue: () => timers.nextDue(),
    fire(moment, out) {
      const timer = timers.take();
      const order = timer && orders.get(timer.key);
      if (!order) return;
      if (expiry(order) <= timer.due) forget(order, moment, out);
      else settle(order, Math.max(timer.due + 1, moment.at), moment, out);
    },
    open: () => open,
    *save() {
      for (const order of orders.values()) yield JSON.stringify(order);
    },
    load(lines) {
      for (const line of lines) {
        const order = JSON.parse(line) as Order;
        orders.set(order.orderId, order);
        if (closedAt(order) === undefined) open += 1;
        timers.set(order.orderId, Math.min(expiry(order), nextDue(order, watches(order, measure))));
      }
    },
  };
}
