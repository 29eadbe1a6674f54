import type { Digest } from "./budget.ts";
import type { BreachChange, OpenPage } from "./page.ts";
import { emptyPager, type Pager } from "./pager.ts";
import { CLOCKS, type Clock } from "./policy.ts";

/** What is kept with the cursor. Open breaches are not: the findings say them, however many there are. */
interface Saved {
  readonly clocks: Readonly<Record<Clock, { readonly page?: OpenPage; readonly emptySince?: number }>>;
  readonly incidents: readonly (readonly [string, OpenPage])[];
  readonly joined?: readonly (readonly [string, string])[];
  readonly sent: number[];
  readonly digest?: Digest;
}

export function savePager({ clocks, incidents, joined, budget }: Pager): string {
  const pages = CLOCKS.map((clock) => [clock, { page: clocks[clock].page, emptySince: clocks[clock].emptySince }]);
  const { sent, digest } = budget;
  return JSON.stringify({
    clocks: Object.fromEntries(pages),
    incidents: [...incidents],
    joined: [...joined],
    sent,
    digest,
  });
}

/** @param open  breaches open at that cursor */
export function loadPager(text: string, open: readonly BreachChange[]): Pager {
  const pager = emptyPager();
  for (const breach of open) pager.clocks[breach.clock].open.set(breach.findingId, breach);
  if (text === "") return pager;
  const saved = JSON.parse(text) as Saved;
  for (const clock of CLOCKS) {
    pager.clocks[clock].page = saved.clocks[clock].page;
    pager.clocks[clock].emptySince = saved.clocks[clock].emptySince;
  }
  for (const [incidentId, page] of saved.incidents) pager.incidents.set(incidentId, page);
  for (const [incidentId, owner] of saved.joined ?? []) pager.joined.set(incidentId, owner);
  pager.budget.sent = saved.sent;
  pager.budget.digest = saved.digest;
  return pager;
}
