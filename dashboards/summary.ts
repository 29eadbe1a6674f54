import type { Store } from "../infra/store/port.ts";
import { actions, cases, forecasts } from "./summary/done.ts";
import { flow } from "./summary/flow.ts";
import { findings, incidents, pages } from "./summary/said.ts";
import { type Summary, summary } from "./summary/schema.ts";

/**
 * What the store says happened, up to now. Safe at any moment; exact once the pipeline is at rest.
 * @throws ZodError when the numbers contradict each other (received = accepted + repeated + rejected)
 */
export async function summarise(store: Store): Promise<Summary> {
  return summary.parse({
    ...(await flow(store)),
    ...(await findings(store)),
    ...(await incidents(store)),
    cases: await cases(store),
    actions: await actions(store),
    pages: await pages(store),
    forecasts: await forecasts(store),
  });
}
