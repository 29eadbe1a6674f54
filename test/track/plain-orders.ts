import { Timers } from "../../processors/shell/timers.ts";
import type { Order } from "../../processors/track/order.ts";
import type { Orders } from "../../processors/track/orders.ts";
import { createPackedOrders } from "../../processors/track/packed/table.ts";

/** Orders as they are, in a map: what the packed ones are held to. */
export function createPlainOrders(_dueOf: (order: Order) => number): Orders {
  const orders = new Map<string, Order>();
  const timers = new Timers();
  return {
    get: (orderId) => orders.get(orderId),
    // Whoever asks looks for himself: what the packed ones spare is held to that.
    quietUntil: () => Number.NEGATIVE_INFINITY,
    put(order, due) {
      orders.set(order.orderId, order);
      timers.set(order.orderId, due);
    },
    delete(orderId) {
      orders.delete(orderId);
      timers.set(orderId, Number.POSITIVE_INFINITY);
    },
    nextDue: () => timers.nextDue(),
    take: () => timers.take(),
    save: () => [Buffer.from(JSON.stringify([...orders.values()]))],
    load(block, dueOf) {
      for (const order of JSON.parse(Buffer.from(block).toString()) as Order[]) {
        orders.set(order.orderId, order);
        timers.set(order.orderId, dueOf(order));
      }
    },
  };
}

/** The orders in saved blocks of packed ones, by id. */
export function ordersIn(blocks: Iterable<Uint8Array>): Order[] {
  const found: Order[] = [];
  const orders = createPackedOrders(() => 0);
  for (const block of blocks) {
    orders.load(block, (order) => {
      found.push(order);
      return 0;
    });
  }
  return found.sort((a, b) => (a.orderId < b.orderId ? -1 : 1));
}
