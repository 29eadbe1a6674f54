import { owed } from "../../infra/deliver/effect.ts";
import { messageOf } from "../../infra/deliver/message.ts";
import type { Log } from "../../infra/log/port.ts";
import type { Store } from "../../infra/store/port.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import type { Follower } from "../shell/follow.ts";
import { type Action, decide } from "./decide.ts";
import { type Place, readFindings, readLedger, toRow } from "./ledger.ts";
import type { ActPolicy, FindingKind } from "./policy.ts";

/** Findings decided together: what is held in memory at a time, however long the window is. */
const AT_A_TIME = 2000;

export interface ActOptions {
  readonly store: Store;
  readonly log: Pick<Log, "append">;
  readonly policy: ActPolicy;
  readonly policyVersion: string;
  /** Names of the sinks approved actions are owed to. None: the ledger is all there is. */
  readonly sinks?: readonly string[];
}

/**
 * Decides what is done for orders something went wrong with. All it knows of earlier decisions is the ledger,
 * so it has no state to lose: the same findings again give the same rows again.
 */
export function createAct({ store, log, policy, policyVersion, sinks = [] }: ActOptions): Follower {
  const kinds = (Object.keys(policy.remedies) as FindingKind[]).filter((kind) => policy.remedies[kind] !== null);

  async function decideNext(after: Place, to: number): Promise<Place | undefined> {
    const findings = await readFindings(store, kinds, after, to, AT_A_TIME);
    const last = findings.at(-1);
    if (last === undefined) return undefined;
    const ledger = await readLedger(store, kinds, after, last);
    const actions: Action[] = [];
    for (const finding of findings) {
      const ofOrder = ledger.get(finding.orderId) ?? [];
      const action = decide(ofOrder, finding, policy, policyVersion);
      if (action === undefined) continue;
      actions.push(action);
      if (!ofOrder.includes(action)) ledger.set(finding.orderId, [...ofOrder, action]);
    }
    await write(actions);
    return last;
  }

  /** The ledger first: nothing is said or owed that is not decided. */
  async function write(actions: readonly Action[]): Promise<void> {
    if (actions.length === 0) return;
    const rows = actions.map(toRow);
    await store.insert("actions", rows);
    const entries = rows.map((row) => ({ key: row.order_id, value: Buffer.from(JSON.stringify(messageOf(row))) }));
    await log.append(TOPICS.actions, entries);
    const approved = actions.filter(({ verdict }) => verdict === "approved");
    const marks = approved.flatMap(({ actionId }) => owed(actionId, sinks));
    if (marks.length > 0) await store.insert("deliveries", marks);
  }

  return {
    name: "act",
    async start() {},
    async step({ from, to }) {
      let place: Place | undefined = { at: from, findingId: "" };
      while (place) place = await decideNext(place, to);
      return undefined;
    },
  };
}
