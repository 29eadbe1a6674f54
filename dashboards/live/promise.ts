import type { FastifyPluginAsync } from "fastify";
import type { Store } from "../../infra/store/port.ts";

interface Row {
  readonly asOf: number;
  readonly promisedBy: number;
  readonly stage: string;
  readonly risk: number;
  readonly eta: number;
  readonly etaLow: number;
  readonly etaHigh: number;
  readonly model: string;
  readonly verdict: string;
  readonly evidence: string;
}

const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;
const iso = (at: number): string => new Date(at).toISOString();

/**
 * `GET /v1/orders/:id/promise[?asOf=ISO]`: the latest risk of an order's promise, or what it was said to be at a
 * past moment. `asOf` in the answer is its freshness: nothing known later is in it.
 */
export function promiseRoute({ store }: { readonly store: Store }): FastifyPluginAsync {
  return async (app) => {
    app.get<{ Params: { id: string }; Querystring: { asOf?: unknown } }>(
      "/v1/orders/:id/promise",
      async (request, reply) => {
        const { id } = request.params;
        const { asOf } = request.query;
        const at = asOf === undefined ? undefined : typeof asOf === "string" && ISO.test(asOf) ? Date.parse(asOf) : NaN;
        if (Number.isNaN(at)) {
          const got = JSON.stringify(asOf);
          return reply.code(400).send({ error: `asOf: expected a time such as 2017-11-24T09:30:00Z, got ${got}` });
        }
        try {
          const row = await latest(store, id, at);
          if (!row) {
            const when = at === undefined ? "" : ` at ${iso(at)}`;
            return reply.code(404).send({ error: `expected an order whose promise was judged${when}, got ${id}` });
          }
          return {
            orderId: id,
            asOf: iso(row.asOf),
            promisedBy: iso(row.promisedBy),
            stage: row.stage,
            risk: row.risk,
            verdict: row.verdict,
            eta: iso(row.eta),
            interval80: { from: iso(row.etaLow), to: iso(row.etaHigh) },
            model: row.model,
            because: JSON.parse(row.evidence) as unknown,
          };
        } catch (error) {
          reply.log.error({ err: error }, "StoreReadFailed");
          return reply.code(503).send({ error: "the store does not answer" });
        }
      },
    );
  };
}

async function latest(store: Store, id: string, at: number | undefined): Promise<Row | undefined> {
  const ms = (column: string) => `toFloat64(toUnixTimestamp64Milli(promise_risks.${column}))`;
  const [row] = await store.query<Row>(
    `SELECT ${ms("as_of")} AS asOf, ${ms("promised_by")} AS promisedBy, toString(promise_risks.stage) AS stage, risk,
       ${ms("eta")} AS eta, ${ms("eta_low")} AS etaLow, ${ms("eta_high")} AS etaHigh, toString(promise_risks.model) AS model,
       toString(promise_risks.verdict) AS verdict, evidence
     FROM promise_risks FINAL WHERE order_id = {id:String}
       ${at === undefined ? "" : "AND as_of <= fromUnixTimestamp64Milli({at:Int64})"}
     ORDER BY as_of DESC LIMIT 1`,
    at === undefined ? { id } : { id, at },
  );
  return row;
}
