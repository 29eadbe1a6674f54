import type { ContextJson } from "../ingest/context/event.ts";
import { canonical } from "../ingest/contracts/canonical.ts";
import { readEvent } from "../ingest/contracts/read.ts";
import type { Store } from "./store/port.ts";

/** What was told of promotions. */
export interface Told {
  /** Every issue, by what it says and when; and what the contract refuses. */
  readonly issues: Set<string>;
  /** The last issue of each promotion. */
  readonly latest: Map<string, { readonly issued: number; readonly contents: string }>;
}

/** What the store knows to have been told. */
export async function toldBefore(store: Store): Promise<Told> {
  const told: Told = { issues: new Set(), latest: new Map() };
  const rows = await store.query<{ subject: string; issued: number; body: string }>(
    `SELECT subject, toFloat64(toUnixTimestamp64Milli(issued_at)) AS issued, body FROM context_events FINAL
     WHERE kind = 'promotion' ORDER BY issued_at, offset`,
    {},
  );
  for (const { subject, issued, body } of rows) note(told, subject, issued, contentsOf(JSON.parse(body)));
  return told;
}

function note({ issues, latest }: Told, id: string, issued: number, contents: string): void {
  issues.add(`${issued} ${contents}`);
  if ((latest.get(id)?.issued ?? Number.NEGATIVE_INFINITY) <= issued) latest.set(id, { issued, contents });
}

/** When something was said is not what was said. */
const contentsOf = ({ issuedAt: _, eventId: _id, content: _content, ...rest }: Record<string, unknown>): string =>
  canonical(rest);

/**
 * What a calendar says that was not told yet, which counts as told from then on. A row with a time of issue is that
 * issue, and the same issue is the same event; a row without one is issued now, if it says something else than what
 * was last told of it.
 * @param issuedAt  ms: the issue of what is new
 * @param now  ms
 */
export function unsaid(events: readonly ContextJson[], told: Told, issuedAt: number, now: number): ContextJson[] {
  return events.filter(isPromotion).flatMap((event) => {
    const issue: ContextJson = { ...event, issuedAt: event.issuedAt ?? new Date(issuedAt).toISOString() };
    const read = readEvent("context", { ...issue }, now);
    // What the contract refuses becomes a dead letter, with its reason.
    if (read.kind !== "ok" || read.value.kind !== "promotion") {
      const known = told.issues.has(canonical(event));
      told.issues.add(canonical(event));
      return known ? [] : [issue];
    }
    const { id, issuedAt: issued = issuedAt } = read.value;
    const contents = contentsOf({ ...read.value });
    const known =
      event.issuedAt === undefined
        ? told.latest.get(id)?.contents === contents
        : told.issues.has(`${issued} ${contents}`);
    if (known) return [];
    note(told, id, issued, contents);
    return [issue];
  });
}

const isPromotion = (event: ContextJson): event is Extract<ContextJson, { kind: "promotion" }> =>
  event.kind === "promotion";
