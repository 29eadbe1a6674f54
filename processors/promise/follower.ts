import { Oracle } from "../../forecasting/promise/oracle.ts";
import { isRiskModel, type RiskModel } from "../../forecasting/promise/risk-model.ts";
import type { Store } from "../../infra/store/port.ts";
import type { Follower } from "../shell/follow.ts";
import { collectRows, writeRows } from "../shell/writer.ts";
import { readFacts } from "./facts.ts";
import type { PromisePolicy } from "./policy.ts";
import { type Leads, Warnings } from "./warnings.ts";

export interface PromiseOptions {
  readonly store: Store;
  readonly policy: PromisePolicy;
  readonly policyVersion: string;
  /** Limits that hold while nothing is learned. */
  readonly leads: Leads;
  /** Whether day n since 1970 is a holiday where the orders go. */
  readonly holiday: (day: number) => boolean;
}

/**
 * Follows every open order and says how likely its promise is to be missed. What it keeps in memory is a function of
 * the facts known before its cursor: a restart goes through them again, with the models that were in force, and
 * writes nothing until it is there.
 */
export function createPromise({ store, policy, policyVersion, leads, holiday }: PromiseOptions): Follower {
  let models = new Map<number, RiskModel>();
  let warnings = new Warnings(policy.warnAt, leads, policyVersion);
  const begin = () => new Oracle({ holiday, relearn: policy.relearn, learned: (to) => models.get(to) }, warnings);
  let oracle = begin();

  return {
    name: "promise",
    async start(cursor) {
      models = await readModels(store, cursor);
      warnings = new Warnings(policy.warnAt, leads, policyVersion);
      oracle = begin();
      for await (const { facts, until } of readFacts(store, 0, cursor)) {
        for (const fact of facts) oracle.tell(fact);
        oracle.pass(until);
      }
    },
    async step({ from, to }) {
      for await (const { facts, until } of readFacts(store, from, to)) {
        const rows = collectRows();
        warnings.out = rows.out;
        for (const fact of facts) oracle.tell(fact);
        oracle.pass(until);
        await writeRows(store, rows);
      }
      return undefined;
    },
  };
}

async function readModels(store: Store, cursor: number): Promise<Map<number, RiskModel>> {
  const rows = await store.query<{ body: string }>(
    `SELECT body FROM promise_models FINAL WHERE learned_to < fromUnixTimestamp64Milli({cursor:Int64})`,
    { cursor },
  );
  const models = rows.map(({ body }) => JSON.parse(body) as RiskModel);
  return new Map(models.filter(isRiskModel).map((model) => [model.learnedTo, model]));
}
