import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { owed, pageEffectId } from "../../infra/deliver/effect.ts";
import { createOutbox } from "../../infra/deliver/outbox.ts";
import { SIGNATURE_HEADER, TIMESTAMP_HEADER, verify } from "../../infra/deliver/signature.ts";
import { createWebhook } from "../../infra/deliver/webhook.ts";
import type { Store } from "../../infra/store/port.ts";
import { handClock, openReceiver, type Received } from "./receiver.ts";
import { openTestStore } from "./support.ts";

let place: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeAll(async () => {
  place = await openTestStore();
  store = place.store;
});
beforeEach(() => place.clear());
afterAll(() => place.close());

const T = Date.UTC(2017, 10, 24);
const NOW = Date.UTC(2026, 0, 1);
const SECRET = "a secret of the test";

async function decide(id: string, order: string, at: number) {
  const action = {
    action_id: id,
    order_id: order,
    customer_id: "顾客",
    cause: "stall",
    finding_id: `f-${id}`,
    steps: ["apology", "coupon"],
    amount: 5,
    currency: "CNY",
    verdict: "approved",
    reason: "",
    region: "440000",
    decided_at: at,
    policy: "p1",
  };
  await store.insert("actions", [action]);
  await store.insert("deliveries", owed(id, ["webhook"]));
}

async function page(id: string, at: number, change: "opened" | "grew" | "resolved", severity = "warning") {
  const row = { page_id: id, at, change, subject_kind: "incident", subject: "i1", severity, region: "", size: 1 };
  await store.insert("page_changes", [{ ...row, title: "t", body: '{"en":{"title":"t"}}' }]);
  await store.insert("deliveries", owed(pageEffectId(id, at, change), ["webhook"]));
}

const status = async () =>
  Object.fromEntries(
    (
      await store.query<{ effect_id: string; status: string; attempts: number; detail: string }>(
        "SELECT effect_id, status, attempts, detail FROM deliveries FINAL",
      )
    ).map((row) => [row.effect_id, [row.status, row.attempts, row.detail]]),
  );

async function setUp(answer: Parameters<typeof openReceiver>[0], more: { timeoutMs?: number; attempts?: number } = {}) {
  const receiver = await openReceiver(answer);
  onTestFinished(() => receiver.close());
  const time = handClock(NOW);
  const { clock, sleep } = time;
  const sink = createWebhook({ url: receiver.url, secret: SECRET, clock, timeoutMs: more.timeoutMs ?? 5000 });
  const retry = { firstMs: 1000, longestMs: 60_000, attempts: more.attempts ?? 10 };
  const outbox = createOutbox({ store, sinks: [sink], clock, sleep, random: () => 0.5, retry });
  return { receiver, time, outbox };
}

const bodies = (received: readonly Received[]) => received.map(({ body }) => JSON.parse(body));

test("an action goes out once, signed, in the words of its topic", async () => {
  await decide("a1", "o1", T);
  const { receiver, outbox } = await setUp((_, response) => response.end());
  expect(await outbox.drain()).toEqual({ delivered: 1, failed: 0, pending: 0 });
  expect(await outbox.drain()).toEqual({ delivered: 0, failed: 0, pending: 0 });
  const [got] = receiver.received;
  expect(JSON.parse(got?.body ?? "")).toEqual({
    id: "a1",
    type: "tocsin.action.v1",
    data: {
      actionId: "a1",
      orderId: "o1",
      customerId: "顾客",
      cause: "stall",
      findingId: "f-a1",
      steps: ["apology", "coupon"],
      amount: 5,
      currency: "CNY",
      verdict: "approved",
      reason: "",
      region: "440000",
      decidedAt: "2017-11-24T00:00:00.000Z",
      policy: "p1",
    },
  });
  expect(receiver.keys()).toEqual(["a1"]);
  const signed = {
    secrets: [SECRET],
    timestamp: got?.headers[TIMESTAMP_HEADER] as string,
    signature: got?.headers[SIGNATURE_HEADER] as string,
    body: got?.body ?? "",
    now: NOW,
  };
  expect(verify(signed)).toBe("ok");
  expect(await status()).toEqual({ a1: ["delivered", 1, "HTTP 200"] });
});

test("steps of a page arrive in their order, also those of one instant", async () => {
  await page("p1", T + 5, "resolved");
  await page("p1", T, "grew", "critical");
  await page("p1", T, "opened");
  await decide("a1", "o1", T + 9);
  const { receiver, outbox } = await setUp((_, response) => response.end());
  await outbox.drain();
  expect(receiver.keys().filter((key) => key !== "a1")).toEqual([
    `p1.${T}.opened`,
    `p1.${T}.grew`,
    `p1.${T + 5}.resolved`,
  ]);
  expect(bodies(receiver.received)[0]).toMatchObject({
    type: "tocsin.page.v1",
    data: { pageId: "p1", body: { en: { title: "t" } } },
  });
});

test.each([500, 503, 408, 425, 429])("HTTP %i is tried again, later and later, under the same key", async (code) => {
  await decide("a1", "o1", T);
  const { receiver, outbox, time } = await setUp((_, response, nth) => {
    response.statusCode = nth < 4 ? code : 204;
    response.end();
  });
  expect(await outbox.drain()).toEqual({ delivered: 1, failed: 0, pending: 0 });
  expect(receiver.keys()).toEqual(["a1", "a1", "a1", "a1"]);
  expect(time.slept).toEqual([750, 1500, 3000]);
  expect(await status()).toEqual({ a1: ["delivered", 4, "HTTP 204"] });
});

test("what an order is owed next waits for what comes before it; other orders do not", async () => {
  await decide("a1", "o1", T);
  await decide("a2", "o1", T + 1);
  await decide("b1", "o2", T + 2);
  let refuse = true;
  const { receiver, outbox } = await setUp((request, response) => {
    if (request.headers["idempotency-key"] === "a1" && refuse) {
      refuse = false;
      response.statusCode = 500;
    }
    response.end();
  });
  await outbox.drain();
  const keys = receiver.keys();
  expect(keys).toHaveLength(4);
  expect(keys.indexOf("b1")).toBeLessThan(2);
  expect(keys.filter((key) => key !== "b1")).toEqual(["a1", "a1", "a2"]);
});

test.each([
  ["3", 3000],
  [new Date(NOW + 90_000).toUTCString(), 90_000],
  ["999999999", 240_000],
  ["soon", 750],
])("Retry-After %s holds back the whole receiver for %i ms", async (after, wait) => {
  await decide("a1", "o1", T);
  const { receiver, outbox, time } = await setUp((_, response, nth) => {
    if (nth === 1) response.writeHead(429, { "retry-after": after });
    response.end();
  });
  await outbox.drain();
  expect(receiver.keys()).toEqual(["a1", "a1"]);
  expect(time.slept.reduce((sum, ms) => sum + ms, 0)).toBe(wait);
});

test.each([
  [400, "HTTP 400: expected a phone number"],
  [401, "HTTP 401: expected a phone number"],
  [404, "HTTP 404: expected a phone number"],
  [307, "HTTP 307: redirects are not followed"],
])("HTTP %i is final, and says why", async (code, detail) => {
  await decide("a1", "o1", T);
  await decide("a2", "o1", T + 1);
  const { receiver, outbox } = await setUp((request, response) => {
    if (request.headers["idempotency-key"] === "a1") response.writeHead(code, { location: "/elsewhere" });
    response.end("expected a\nphone number");
  });
  expect(await outbox.drain()).toEqual({ delivered: 1, failed: 1, pending: 0 });
  expect(receiver.received.map(({ path }) => path)).toEqual(["/hook", "/hook"]);
  expect(await status()).toEqual({ a1: ["failed", 1, detail], a2: ["delivered", 1, "HTTP 200"] });
});

test("a receiver that acts and then says nothing is asked again under the same key", async () => {
  await decide("a1", "o1", T);
  const { receiver, outbox } = await setUp((_, response, nth) => nth > 1 && response.end(), { timeoutMs: 100 });
  expect(await outbox.drain()).toEqual({ delivered: 1, failed: 0, pending: 0 });
  expect(receiver.keys()).toEqual(["a1", "a1"]);
});

test("a receiver that hangs up is tried again, and given up in the end", async () => {
  await decide("a1", "o1", T);
  const { receiver, outbox } = await setUp((_, response) => response.destroy(), { attempts: 3 });
  expect(await outbox.drain()).toEqual({ delivered: 0, failed: 1, pending: 0 });
  expect(receiver.received).toHaveLength(3);
  expect((await status()).a1).toEqual([
    "failed",
    3,
    expect.stringMatching(/^gave up after 3 attempts: UND_ERR_SOCKET/),
  ]);
});

test("a crash between the effect and its mark repeats it under the same key", async () => {
  await decide("a1", "o1", T);
  const { receiver, outbox, time } = await setUp((_, response) => response.end());
  const dying = createOutbox({
    store: { ...store, insert: () => Promise.reject(new Error("killed")) },
    sinks: [createWebhook({ url: receiver.url, secret: SECRET, clock: time.clock })],
    clock: time.clock,
  });
  await expect(dying.drain()).rejects.toThrow("killed");
  expect(await status()).toEqual({ a1: ["pending", 0, ""] });
  await outbox.drain();
  expect(receiver.keys()).toEqual(["a1", "a1"]);
  expect(await status()).toEqual({ a1: ["delivered", 1, "HTTP 200"] });
});

test("a clock that was set back loses no mark", async () => {
  await decide("a1", "o1", T);
  const { receiver, outbox, time } = await setUp((_, response, nth) => {
    if (nth === 1) {
      response.statusCode = 500;
      time.set(NOW - 86_400_000);
    }
    response.end();
  });
  await store.insert("deliveries", [
    { effect_id: "a1", sink: "webhook", status: "pending", attempts: 2, detail: "", updated_at: NOW + 5 },
  ]);
  await outbox.drain();
  expect(await status()).toEqual({ a1: ["delivered", 4, "HTTP 200"] });
  expect(receiver.received).toHaveLength(2);
});

test("drain gives up waiting in time and leaves the rest owed", async () => {
  await decide("a1", "o1", T);
  const { outbox } = await setUp((_, response) => response.writeHead(503).end());
  expect(await outbox.drain(2000)).toEqual({ delivered: 0, failed: 0, pending: 1 });
});

test("many effects: all out once, few at a time, none in memory beyond the batch", async () => {
  const rows = Array.from({ length: 120 }, (_, i) => i);
  const columns = { customer_id: "", cause: "stall", finding_id: "", steps: [], amount: 0, currency: "CNY" };
  await store.insert(
    "actions",
    rows.map((i) => ({
      ...columns,
      action_id: `a${i}`,
      order_id: `o${i % 40}`,
      verdict: "approved",
      reason: "",
      region: "",
      decided_at: T + i,
      policy: "",
    })),
  );
  await store.insert(
    "deliveries",
    rows.flatMap((i) => owed(`a${i}`, ["webhook"])),
  );
  let open = 0;
  let most = 0;
  const receiver = await openReceiver(async (_, response) => {
    most = Math.max(most, ++open);
    await delay(1);
    open--;
    response.end();
  });
  onTestFinished(() => receiver.close());
  const sinks = [createWebhook({ url: receiver.url, secret: SECRET, clock: Date.now })];
  const outbox = createOutbox({ store, sinks, clock: Date.now, concurrency: 3, batch: 50 });
  expect(await outbox.drain()).toEqual({ delivered: 120, failed: 0, pending: 0 });
  expect(most).toBe(3);
  expect(new Set(receiver.keys()).size).toBe(120);
  for (let order = 0; order < 40; order++) {
    const ofOrder = receiver.keys().filter((key) => Number(String(key).slice(1)) % 40 === order);
    expect(ofOrder).toEqual([`a${order}`, `a${order + 40}`, `a${order + 80}`]);
  }
});

test("runs until stopped, and takes what comes meanwhile", async () => {
  const { receiver, outbox } = await setUp((_, response) => response.end());
  const done = outbox.run();
  await expect(outbox.run()).rejects.toThrow("one run or drain at a time");
  await decide("a1", "o1", T);
  await expect.poll(() => receiver.keys(), { timeout: 10_000 }).toEqual(["a1"]);
  await outbox.stop();
  await done;
  await decide("a2", "o1", T);
  expect(await outbox.drain()).toEqual({ delivered: 1, failed: 0, pending: 0 });
});

test.each([
  ["http://example.com/hook", "expected https"],
  ["ftp://127.0.0.1/", "expected https"],
  ["http://127.0.0.1.example.com/", "expected https"],
  ["https://user:pass@example.com/", "no user and password"],
  ["nonsense", "expected a URL"],
])("%s is no receiver", (url, message) => {
  expect(() => createWebhook({ url, secret: SECRET, clock: Date.now })).toThrow(message);
});
