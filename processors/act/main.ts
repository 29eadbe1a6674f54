import { owed } from "../../infra/deliver/effect.ts";
import { messageOf } from "../../infra/deliver/message.ts";
import type { Log } from "../../infra/log/port.ts";
import type { Store } from "../../infra/store/port.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import type { Follower } from "../shell/follow.ts";
import { topOf } from "../shell/region-top.ts";
import { type Action, decide, reconsider } from "./decide.ts";
import { readTold } from "./held.ts";
import { type Place, readFindings, readHeld, readLedger, toRow } from "./ledger.ts";
import type { ActPolicy, FindingKind } from "./policy.ts";
import { readSilences, type Silence, silenceOf } from "./silence.ts";

/** What is told of a decision: not why it was held for a while. */
const outside = ({ incident_id: _, ...row }: ReturnType<typeof toRow>) => row;

/** Findings decided together: what is held in memory at a time, however long the window is. */
const AT_A_TIME = 2000;

export interface ActOptions {
  readonly store: Store;
  readonly log: Pick<Log, "append">;
  readonly policy: ActPolicy;
  readonly policyVersion: string;
  /** The watched region above a region, or undefined at the top. Default: every region is at the top. */
  readonly above?: (region: string) => string | undefined;
  /** Names of the sinks approved actions are owed to. None: the ledger is all there is. */
  readonly sinks?: readonly string[];
}

/**
 * Decides what is done for orders something went wrong with. All it knows of earlier decisions is the ledger,
 * so it has no state to lose: the same findings again give the same rows again.
 */
export function createAct(options: ActOptions): Follower {
  const { store, log, policy, policyVersion, above = () => undefined, sinks = [] } = options;
  const top = (region: string) => topOf(region, above);
  const kinds = (Object.keys(policy.remedies) as FindingKind[]).filter((kind) => policy.remedies[kind] !== null);

  const held = (silence: Silence | undefined) =>
    silence && {
      incidentId: silence.incidentId,
      reason: `data of ${silence.dimension} ${silence.value} is silent since ${new Date(silence.since).toISOString()}`,
    };

  async function decideNext(after: Place, to: number, silences: readonly Silence[]): Promise<Place | undefined> {
    const findings = await readFindings(store, kinds, after, to, AT_A_TIME);
    const last = findings.at(-1);
    if (last === undefined) return undefined;
    const ledger = await readLedger(store, kinds, after, last);
    const actions: Action[] = [];
    for (const finding of findings) {
      const ofOrder = ledger.get(finding.orderId) ?? [];
      const silence = held(silenceOf(silences, finding, finding.at, top));
      const action = decide(ofOrder, finding, policy, policyVersion, silence);
      if (action === undefined) continue;
      actions.push(action);
      const others = ofOrder.filter(({ actionId }) => actionId !== action.actionId);
      ledger.set(finding.orderId, [...others, action]);
    }
    await write(actions);
    return last;
  }

  /** Data of a silent feed is back for a while: what was held for it is given or dropped. */
  async function reconsiderHeld(incidentId: string, at: number, silences: readonly Silence[]): Promise<void> {
    const ledger = await readHeld(store, incidentId);
    const told = await readTold(store, incidentId, kinds, at);
    const actions: Action[] = [];
    for (const [orderId, ofOrder] of [...ledger].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const mine = ofOrder
        .filter((action) => action.incidentId === incidentId)
        .filter(({ verdict, decidedAt }) => verdict === "held" || decidedAt === at)
        .sort((a, b) => (a.findingId < b.findingId ? -1 : 1));
      for (const action of mine) {
        const causes = (told.get(orderId) ?? []).filter(({ kind }) => policy.remedies[kind]?.cause === action.cause);
        const standing = causes.find(({ ended }) => ended >= at);
        const silence = standing && held(silenceOf(silences, standing, at, top));
        const again = reconsider(ofOrder, action, causes, policy, policyVersion, at, silence);
        actions.push(again);
        ofOrder[ofOrder.indexOf(action)] = again;
      }
    }
    await write(actions);
  }

  /** The ledger first: nothing is said or owed that is not decided. */
  async function write(actions: readonly Action[]): Promise<void> {
    if (actions.length === 0) return;
    const rows = actions.map(toRow);
    await store.insert("actions", rows);
    const given = rows.filter(({ verdict }) => verdict === "approved" || verdict === "awaiting_approval");
    const entries = given.map((row) => ({
      key: row.order_id,
      value: Buffer.from(JSON.stringify(messageOf(outside(row)))),
    }));
    if (entries.length > 0) await log.append(TOPICS.actions, entries);
    const approved = actions.filter(({ verdict }) => verdict === "approved");
    const marks = approved.flatMap(({ actionId }) => owed(actionId, sinks));
    if (marks.length > 0) await store.insert("deliveries", marks);
  }

  return {
    name: "act",
    async start() {},
    async step({ from, to }) {
      const grace = policy.reconsiderAfter;
      const silences = await readSilences(store, from, to, grace);
      const again = silences
        .map(({ incidentId, resolved }) => ({ incidentId, at: resolved + grace }))
        .filter(({ at }) => at >= from && at < to)
        .sort((a, b) => a.at - b.at || (a.incidentId < b.incidentId ? -1 : 1));
      // In order of time: what is reconsidered at a moment comes before what is found at it.
      let start = from;
      for (const { incidentId, at } of [...again, { incidentId: undefined, at: to }]) {
        let place: Place | undefined = { at: start, findingId: "" };
        while (place) place = await decideNext(place, at, silences);
        if (incidentId !== undefined) await reconsiderHeld(incidentId, at, silences);
        start = at;
      }
      return undefined;
    },
  };
}
