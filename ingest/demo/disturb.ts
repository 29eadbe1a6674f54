import { canonical } from "../contracts/canonical.ts";
import type { Stream } from "../contracts/topics.ts";
import { agenda } from "./agenda.ts";
import { HOUR, MINUTE } from "./clock.ts";
import type { DemoEvent } from "./event.ts";
import { between, chance, exponential, pick, type Random, random } from "./random.ts";

/** One record as it arrives: `at` is when, in ms since 1970, `stream` where it was sent to. */
export type Line = { readonly stream: Stream; readonly line: string; readonly at: number };

export type DisturbOptions = {
  readonly seed: number;
  /** Share of events that arrive late, by minutes to hours. */
  readonly lateShare?: number;
  /** Share of events sent a second time, seconds to hours after the first. */
  readonly repeatShare?: number;
  /** Share of events followed by a broken copy of themselves. */
  readonly badShare?: number;
};

const DEFAULTS = { lateShare: 0.01, repeatShare: 0.01, badShare: 0.0001 } as const;
/** The longest a record is late, in ms. */
export const MAX_DELAY = 8 * HOUR;

/** Ways in which senders get it wrong, each refused by the contract. */
const SPOIL: readonly ((event: Record<string, unknown>, r: Random) => string)[] = [
  (event) => JSON.stringify(event).slice(0, -7),
  (event) => JSON.stringify([event]),
  (event) => JSON.stringify({ ...event, kind: "teleported" }),
  (event) =>
    JSON.stringify({
      ...event,
      occurredAt: "1970-01-01T00:00:00Z",
      from: "1970-01-01T00:00:00Z",
      issuedAt: "1970-01-01T00:00:00Z",
    }),
  (event) => JSON.stringify({ ...event, occurredAt: "2099-01-01T00:00:00Z", from: "昨天" }),
  (event) => JSON.stringify({ ...event, occurredAt: "2025-11-11 20:00:00", from: "2025-11-11 20:00:00" }),
  (event) => JSON.stringify({ ...event, kind: 7 }),
  () => "<html><body>502 Bad Gateway</body></html>",
];

/**
 * What becomes of clean events on the way: some arrive late, some twice, some have a broken copy of themselves
 * behind them. Nothing is lost: every event arrives at least once as it is.
 * @param events  in order of `at`
 * @returns       lines in order of arrival
 * @throws RangeError for a share outside 0..1
 */
export function* disturb(events: Iterable<DemoEvent>, options: DisturbOptions): Generator<Line> {
  const { lateShare, repeatShare, badShare } = { ...DEFAULTS, ...options };
  for (const share of [lateShare, repeatShare, badShare]) {
    if (!(share >= 0 && share <= 1)) throw new RangeError(`expected a share from 0 to 1, got ${share}`);
  }
  const r = random(options.seed);
  const arriving = agenda();
  const arrived: Line[] = [];
  const send = (stream: Stream, line: string, time: number) =>
    arriving.at(time, (at) => void arrived.push({ stream, line, at }));

  for (const { stream, event, at } of events) {
    while ((arriving.due() ?? Number.POSITIVE_INFINITY) < at) arriving.next();
    yield* arrived.splice(0);
    const line = JSON.stringify(event);
    const first = at + (chance(r, lateShare) ? delay(r) : 0);
    send(stream, line, first);
    if (chance(r, repeatShare))
      send(stream, again(event, line, r), first + 1000 + (chance(r, 0.5) ? exponential(r, MINUTE) : delay(r)));
    if (chance(r, badShare)) send(stream, pick(r, SPOIL)({ ...event }, r), first + between(r, 0, 5000));
  }
  while (arriving.next() !== undefined);
  yield* arrived;
}

const delay = (r: Random): number => Math.min(MAX_DELAY - 1000, 2 * MINUTE + exponential(r, 1.5 * HOUR));

/** The same event again; some senders write its fields in another order. */
const again = (event: object, line: string, r: Random): string => (chance(r, 0.3) ? canonical(event) : line);
