import { InputError, sizeOf } from "../input.ts";
import { writeAtomically } from "../output.ts";
import { dailyCounts } from "./daily.ts";
import { type Course, orderEvents, reviewEvent, type Written } from "./events.ts";
import { readFacts } from "./facts.ts";
import { findTables, readTable } from "./tables.ts";
import { LocalClock } from "./time.ts";

/** What follows what when two things happen at the same moment. */
const SEQUENCE = ["placed", "paid", "picked_up", "delivered", "cancelled", "opened", "called_back"];
/** Lines handed to the file together. */
const CHUNK = 1000;

export interface OlistCounts {
  readonly orders: number;
  readonly reviews: number;
  readonly events: number;
  /** Events by kind: of orders `placed paid picked_up delivered cancelled`, of reviews `opened called_back`. */
  readonly kinds: Readonly<Record<string, number>>;
}

/**
 * Turns a folder with the public Olist files into one file of events, in the order of their time: orders as they
 * went, reviews when they were answered. The file appears when it is complete or not at all.
 * @param out    NDJSON; gzipped when the name ends in `.gz`
 * @param daily  also orders placed and complaints opened a day, as CSV
 * @throws InputError for files, columns or values that are missing or wrong
 */
export async function importOlist(
  dir: string,
  out: string,
  {
    daily,
    onProgress,
  }: {
    readonly daily?: string | undefined;
    readonly onProgress?: (progress: { bytes: number; totalBytes: number }) => void;
  } = {},
): Promise<OlistCounts> {
  const paths = await findTables(dir);
  const sizes = await Promise.all(Object.values(paths).map(sizeOf));
  const totalBytes = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  let bytes = 0;
  const onRead = (read: number) => {
    bytes += read;
    onProgress?.({ bytes, totalBytes });
  };

  const clock = new LocalClock();
  const factsOf = await readFacts(paths, onRead);
  const courses = new Map<string, Course>();
  const events: Written[] = [];
  for await (const located of readTable("orders", paths.orders, onRead)) {
    const { order_id: orderId, customer_id: customerId } = located.row;
    const facts = factsOf(orderId, customerId);
    if (!facts) throw new InputError(`${located.where}: expected a customer of the customers file, got ${customerId}`);
    const order = orderEvents(located, facts, clock);
    courses.set(orderId, order.course);
    for (const event of order.events) events.push(event);
  }
  let reviews = 0;
  for await (const located of readTable("order_reviews", paths.order_reviews, onRead)) {
    const course = courses.get(located.row.order_id);
    if (!course)
      throw new InputError(`${located.where}: expected an order of the orders file, got ${located.row.order_id}`);
    events.push(reviewEvent(located, course, clock));
    reviews++;
  }

  events.sort(
    (a, b) => a.at - b.at || SEQUENCE.indexOf(a.kind) - SEQUENCE.indexOf(b.kind) || (a.line < b.line ? -1 : 1),
  );
  await writeAtomically(out, chunks(events));
  if (daily !== undefined) await writeAtomically(daily, [dailyCounts(events)]);
  const kinds: Record<string, number> = {};
  for (const { kind } of events) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return { orders: courses.size, reviews, events: events.length, kinds };
}

function* chunks(events: readonly Written[]): Generator<string> {
  for (let from = 0; from < events.length; from += CHUNK) {
    yield events
      .slice(from, from + CHUNK)
      .map(({ line }) => `${line}\n`)
      .join("");
  }
}
