// One measurement in a process of its own: node --import tsx --expose-gc infra/bench/orders-child.ts MEASURE COUNT [IDS]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { loadCheckpoint, saveCheckpoint } from "../../processors/shell/checkpoint.ts";
import type { Order } from "../../processors/track/order.ts";
import { createPackedOrders } from "../../processors/track/packed/table.ts";
import { migrate } from "../store/migrate.ts";
import { openStore } from "../store/open.ts";
import { createPopulation, type IdStyle, scramble } from "./population.ts";

const EVENTS = 100_000;
const gc = (globalThis as { gc?: () => void }).gc;
if (!gc) throw new Error("expected --expose-gc");

const [measure = "", count = "0", ids = "numbered"] = process.argv.slice(2);
const measures: Record<string, (n: number, style: IdStyle) => Promise<object>> = { state, timers, checkpoint };
const chosen = measures[measure];
if (!chosen) throw new Error(`expected one of ${Object.keys(measures)}, got ${measure}`);
process.stdout.write(`${JSON.stringify(await chosen(Number(count), ids as IdStyle))}\n`);

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

/** Resident bytes once the collector has given back what it freed, which it does a little later and elsewhere. */
async function settledRss(): Promise<number> {
  for (let last = Number.POSITIVE_INFINITY; ; ) {
    gc?.();
    await sleep(250);
    const now = process.memoryUsage.rss();
    if (now >= last) return now;
    last = now;
  }
}

/** Memory over the same process when it was empty, CPU of an event, and the longest that one order held the loop. */
async function state(n: number, style: IdStyle): Promise<object> {
  const population = createPopulation(style);
  for (let i = 0; i < 20_000; i++) population.apply(n + (i % 5000), Math.floor(i / 5000));
  const before = await settledRss();
  let longest = 0;
  let last = performance.now();
  for (const _ of population.fill(n)) {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  const bytesPerOrder = ((await settledRss()) - before) / n;
  const rounds: number[] = [];
  let longestEvent = 0;
  for (let step = 4; step < 9; step++) {
    const from = cpuMs();
    for (let i = 0; i < EVENTS; i++) {
      const start = performance.now();
      population.apply(scramble(i + step * EVENTS) % n, step);
      longestEvent = Math.max(longestEvent, performance.now() - start);
    }
    rounds.push(((cpuMs() - from) * 1e6) / EVENTS);
  }
  rounds.sort((a, b) => a - b);
  return {
    bytesPerOrder: round(bytesPerOrder),
    nsPerEvent: Math.round(rounds[2] ?? Number.NaN),
    longestFillMs: round(longest),
    longestEventMs: round(longestEvent),
  };
}

/** Arms n timers, moves a tenth of them (half to earlier, half to later), and fires all, minute by minute. */
async function timers(n: number): Promise<object> {
  const start = Date.UTC(2026, 10, 1);
  const dues = new Float64Array(n);
  const idOf = (i: number) => `O-${String(i).padStart(9, "0")}`;
  const orders = createPackedOrders((order: Order) => dues[Number(order.orderId.slice(2))] ?? 0);
  const arm = (i: number, due: number) => {
    dues[i] = due;
    const first = { placed: start };
    const order = {
      orderId: idOf(i),
      first,
      last: first,
      facts: {},
      lastEventAt: start,
      named: {},
      open: [],
      said: [],
    };
    orders.put(order, due);
  };
  const dueOf = (i: number) => start + (scramble(i) % (72 * 3_600_000));
  let from = cpuMs();
  for (let i = 0; i < n; i++) arm(i, dueOf(i));
  const armNs = ((cpuMs() - from) * 1e6) / n;
  for (let i = 0; i < n; i += 10) arm(i, dueOf(i + (i % 20 === 0 ? 1 : 2)));

  from = cpuMs();
  let fired = 0;
  let wrong = 0;
  let longest = 0;
  let last = { due: 0, key: "" };
  for (let now = start + 60_000; fired < n && now <= start + 73 * 3_600_000; now += 60_000) {
    const began = performance.now();
    for (let due = orders.nextDue(now); due < now; due = orders.nextDue(now)) {
      const timer = orders.take();
      if (!timer) throw new Error(`expected a timer at ${due}`);
      const inOrder = timer.due > last.due || (timer.due === last.due && timer.key > last.key);
      const onTime = timer.due === dues[Number(timer.key.slice(2))] && timer.due < now && timer.due >= now - 60_000;
      if (!inOrder || !onTime) wrong++;
      last = timer;
      orders.delete(timer.key);
      fired++;
    }
    longest = Math.max(longest, performance.now() - began);
  }
  const fireNs = ((cpuMs() - from) * 1e6) / n;
  return { fired, wrong, armNs: Math.round(armNs), fireNs: Math.round(fireNs), longestMinuteMs: round(longest) };
}

/** Saves n orders to an embedded store while events go on, and loads them again. */
async function checkpoint(n: number, style: IdStyle): Promise<object> {
  const path = await mkdtemp(join(tmpdir(), "tocsin-bench-"));
  const store = await openStore({ path, database: "bench" });
  await migrate(store, { log: { info: () => {} } });
  const population = createPopulation(style);
  for (const _ of population.fill(n));
  const where = { process: "track", topic: "bench", partition: 0 };
  const position = { nextOffset: 1, watermark: 1, received: n, rejected: 0, late: 0 };

  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  let started = performance.now();
  let saving = true;
  let events = 0;
  const save = saveCheckpoint(store, where, undefined, position, population.machine.save()).finally(() => {
    saving = false;
  });
  while (saving) {
    for (let i = 0; i < 100; i++, events++) population.apply(scramble(events) % n, 5);
    await turn();
  }
  await save;
  const saveSeconds = (performance.now() - started) / 1000;
  const longestSave = delay.max / 1e6;
  delay.reset();
  started = performance.now();
  const create = () => createPopulation(style).machine;
  const loaded = await loadCheckpoint(store, where, create);
  const recoverySeconds = (performance.now() - started) / 1000;
  const longestLoad = delay.max / 1e6;
  await store.close();
  await rm(path, { recursive: true, force: true });
  return {
    recovered: loaded?.machine.open() ?? 0,
    recoverySeconds: round(recoverySeconds, 2),
    saveSeconds: round(saveSeconds, 2),
    eventsMeanwhile: events,
    longestSaveBlockMs: round(longestSave),
    longestLoadBlockMs: round(longestLoad),
  };
}
