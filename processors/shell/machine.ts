import type { Reject } from "../../ingest/contracts/outcome.ts";

/** What a stream process is made of: a state machine per partition, told of events and of time. */

/** Where in the log and in event time a decision is taken. */
export interface Moment {
  readonly partition: number;
  readonly offset: number;
  /** Event time, ms: nothing earlier is said after this, so readers of tables can fold in this order. */
  readonly at: number;
}

/** Rows by table, collected in memory and written together. */
export type Out = (table: string, row: object) => void;

export interface Machine<Event> {
  /** @returns why the event cannot be taken, having changed nothing; undefined when it was */
  apply(event: Event, moment: Moment, out: Out): Reject | undefined;
  /** Deadline of the next timer in ms of event time, if that is earlier than `before`; else anything that is not. */
  nextDue(before: number): number;
  /** Fires that timer. Timers with equal deadlines fire in an order that depends on the state alone. */
  fire(moment: Moment, out: Out): void;
  /** How many orders or cases are open. */
  open(): number;
  /**
   * The state at the moment of the call, in blocks of bytes that are made as they are asked for: what is folded
   * meanwhile is not in them. Together with the offset it is all there is.
   */
  save(): Iterable<Uint8Array>;
  /** Takes the blocks back one by one, in their order; a machine that has begun to load has folded nothing yet. */
  load(block: Uint8Array): void;
}
