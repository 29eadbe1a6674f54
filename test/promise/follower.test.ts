import { fastify } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SQL } from "../../dashboards/grafana/boards/planning-sql.ts";
import { expand } from "../../dashboards/grafana/macros.ts";
import { promiseRoute } from "../../dashboards/live/promise.ts";
import { reliability } from "../../forecasting/promise/score.ts";
import { readRisks } from "../../infra/score/read.ts";
import { temporaryDir } from "../../infra/session.ts";
import { migrate } from "../../infra/store/migrate.ts";
import { openStore } from "../../infra/store/open.ts";
import type { Store } from "../../infra/store/port.ts";
import { createPromise } from "../../processors/promise/follower.ts";
import { promisePolicy } from "../../processors/promise/policy.ts";
import { trackPolicy } from "../../processors/track/policy.ts";
import { DAY, START, world } from "./world.ts";

const END = START + 60 * DAY;
const facts = world(60, 25, 3);
let store: Store;
let temporary: Awaited<ReturnType<typeof temporaryDir>>;
const written: { table: string; row: object }[] = [];

beforeAll(async () => {
  temporary = await temporaryDir();
  store = await openStore({ path: temporary.dir });
  await migrate(store, { log: { info() {} } });
  const rows = facts.map((fact, i) => ({
    order_id: fact.orderId,
    event_id: `${fact.orderId}-${fact.kind}`,
    kind: fact.kind,
    at: fact.at,
    known_at: fact.knownAt,
    origin: fact.origin,
    destination: fact.destination,
    merchant_id: fact.merchant,
    category: fact.category,
    customer_id: fact.customer,
    value: fact.value,
    promised_by: fact.promisedBy,
    offset: i,
  }));
  await store.insert("order_events", rows);
});

afterAll(async () => {
  await store.close();
  await temporary.remove();
});

const create = () => {
  const spied: Store = {
    ...store,
    query: (sql, params) => store.query(sql, params),
    async insert(table, rows) {
      for (const row of rows) written.push({ table, row });
      await store.insert(table, rows);
    },
  };
  const leads = trackPolicy.parse({}).atRiskBefore;
  const policy = promisePolicy.parse({});
  return createPromise({ store: spied, policy, policyVersion: "p", leads, holiday: () => false });
};

test("one window, many windows and a restart in between write the same rows", async () => {
  const once = create();
  await once.start(0, "");
  await once.step({ from: 0, to: END });
  const undisturbed = written.splice(0);
  const expected = undisturbed.map((row) => JSON.stringify(row));
  expect(expected.filter((row) => row.includes('"promise_risks"')).length).toBeGreaterThan(300);
  expect(expected.some((row) => row.includes('"promise_models"'))).toBe(true);
  expect(expected.some((row) => row.includes('"opened"'))).toBe(true);

  const cuts = [START + 9 * DAY, START + 50.3 * DAY, END].map(Math.floor);
  let follower = create();
  await follower.start(0, "");
  let from = 0;
  for (const to of cuts) {
    await follower.step({ from, to });
    follower = create();
    await follower.start(to, "");
    from = to;
  }
  // A step writes table by table: the law is about the rows of each table, in their order.
  const cut = written.splice(0).map((row) => JSON.stringify(row));
  for (const table of new Set(undisturbed.map(({ table }) => table))) {
    const of = (rows: readonly string[]) => rows.filter((row) => row.startsWith(`{"table":"${table}"`));
    expect(of(cut)).toEqual(of(expected));
  }
  expect(cut).toHaveLength(expected.length);
}, 120_000);

test("the risk of an order is served as of any moment, and wrong questions are told what was expected", async () => {
  const app = fastify();
  await app.register(promiseRoute({ store }));
  const [row] = await store.query<{ id: string; first: string }>(
    `SELECT order_id AS id, formatDateTime(min(as_of), '%Y-%m-%dT%H:%i:%SZ') AS first FROM promise_risks
     GROUP BY order_id HAVING count() > 2 ORDER BY id LIMIT 1`,
  );
  const get = (path: string) => app.inject({ method: "GET", url: path });
  const now = (await get(`/v1/orders/${row?.id}/promise`)).json();
  expect(now.risk).toBeGreaterThan(0);
  expect(now.because.length).toBeGreaterThan(0);
  expect(Date.parse(now.interval80.from)).toBeLessThanOrEqual(Date.parse(now.eta));
  const then = Date.parse(row?.first ?? "") + 1000;
  const past = (await get(`/v1/orders/${row?.id}/promise?asOf=${new Date(then).toISOString()}`)).json();
  expect(Date.parse(past.asOf)).toBeLessThanOrEqual(then);
  expect(Date.parse(past.asOf)).toBeLessThan(Date.parse(now.asOf));
  const refused = await get(`/v1/orders/${row?.id}/promise?asOf=yesterday`);
  expect([refused.statusCode, refused.json().error]).toEqual([
    400,
    'asOf: expected a time such as 2017-11-24T09:30:00Z, got "yesterday"',
  ]);
  expect((await get("/v1/orders/nobody/promise")).statusCode).toBe(404);
  await app.close();
});

test("the board's reliability counts every risk once, of promises that are past", async () => {
  const choice = { from: new Date(START), to: new Date(END), intervalSeconds: 60, variables: {} };
  const shown = await store.query<{ risk_from: number; orders: number; predicted: number; observed: number }>(
    `SELECT risk_from, toFloat64(orders) AS orders, predicted, observed FROM (${expand(SQL.reliability, choice)})`,
  );
  const known = Math.max(...facts.map(({ knownAt }) => knownAt));
  const delivered = new Map(facts.filter(({ kind }) => kind === "delivered").map(({ orderId, at }) => [orderId, at]));
  const promised = new Map(facts.flatMap(({ orderId, promisedBy }) => (promisedBy ? [[orderId, promisedBy]] : [])));
  const said = (await readRisks(store)).flatMap(({ orderId, risk }) => {
    const [at, by] = [delivered.get(orderId), promised.get(orderId) ?? 0];
    return at === undefined || by >= known ? [] : [{ risk, y: at > by ? 1 : 0 }];
  });
  expect(said.length).toBeGreaterThan(200);
  const expected = reliability(said).flatMap((bin, i) => (bin.n === 0 ? [] : [{ risk_from: i / 10, ...bin }]));
  expect(shown.map(({ orders }) => orders)).toEqual(expected.map(({ n }) => n));
  for (const [i, { risk_from, predicted, observed }] of expected.entries()) {
    expect(shown[i]?.risk_from).toBe(risk_from);
    expect(shown[i]?.predicted).toBeCloseTo(predicted, 6);
    expect(shown[i]?.observed).toBeCloseTo(observed, 6);
  }
});
