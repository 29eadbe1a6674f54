import type { Order } from "./order.ts";

/**
 * The orders of one partition with a timer each. What `get` gave is a copy or the thing itself: it is the
 * caller's until `put` says that it holds.
 */
export interface Orders {
  get(orderId: string): Order | undefined;
  /**
   * Of the order that `get` gave last: nothing of it falls due before this moment, ms. A bound that costs nothing; one
   * that says nothing is -Infinity.
   */
  quietUntil(): number;
  /** Keeps the order as it is now and sets its timer. */
  put(order: Order, due: number): void;
  delete(orderId: string): void;
  /** @returns the next deadline when it is earlier than `before`, else anything that is not */
  nextDue(before: number): number;
  /** Takes out the timer with the earliest deadline; of equal ones that of the smallest order id. */
  take(): { readonly key: string; readonly due: number } | undefined;
  /** The orders as they are at this moment, in blocks of bytes made as they are asked for. */
  save(): Iterable<Uint8Array>;
  /** Takes a saved block, in the order they were saved; `dueOf` is told every order and says when its timer is due. */
  load(block: Uint8Array, dueOf: (order: Order) => number): void;
}
