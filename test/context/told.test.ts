import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fastify from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readSettings } from "../../infra/config/settings.ts";
import { type ContextOptions, sendCalendar, sendWeather, watchContext } from "../../infra/context.ts";
import type { Log } from "../../infra/log/port.ts";
import { migrate } from "../../infra/store/migrate.ts";
import { openStore } from "../../infra/store/open.ts";
import type { Store } from "../../infra/store/port.ts";
import { toldBefore } from "../../infra/told.ts";
import { readContextFile } from "../../ingest/context/file.ts";
import { sendOver } from "../../ingest/context/send.ts";
import { readRecord } from "../../ingest/contracts/read.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import { eventRoutes } from "../../ingest/http.ts";
import { createContextRecord } from "../../processors/record/context.ts";
import { createPartition } from "../../processors/shell/partition.ts";
import { openLog, readAll } from "../ingest/files.ts";

let directory: string;
let store: Store;
let log: Log;
let now = Date.parse("2026-06-18T02:00:31Z");
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "tocsin-context-"));
  store = await openStore({ path: join(directory, "store") });
  await migrate(store, { log: { info() {} } });
  log = await openLog();
});
afterAll(async () => {
  await log.close();
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

/** Everything in the log goes into the store, as `record` puts it. */
async function record() {
  const partition = createPartition({ stream: "context", partition: 0, machine: createContextRecord(), disorder: 0 });
  const rows: object[] = [];
  const refused: string[] = [];
  for (const one of (await readAll(log, TOPICS.context)).flat()) {
    partition.feed(
      { ...one, appendedAt: now },
      (_table, row) => rows.push(row),
      (_record, { detail }) => refused.push(detail),
    );
  }
  if (rows.length > 0) await store.insert("context_events", rows as never);
  expect(refused).toEqual([]);
}

const issues = () =>
  store.query<{ subject: string; at: string; upl: number }>(
    `SELECT subject, formatDateTime(issued_at, '%m-%d %H:%i') AS at, JSONExtractFloat(body, 'uplift') AS upl
     FROM context_events FINAL WHERE kind = 'promotion' ORDER BY subject, issued_at`,
    {},
  );
const optionsOf = (environment: Record<string, string>): ContextOptions => ({
  log,
  store,
  settings: readSettings(undefined, environment),
  places: [{ code: "310000", lat: 31.2, lon: 121.5 }],
  utcOffset: 8,
  clock: () => now,
  logger: { info() {}, warn() {} },
});

test("an edited calendar is a new issue; the same one, read again by whomever, is none", async () => {
  const file = join(directory, "calendar.csv");
  const options = optionsOf({ TOCSIN_CALENDAR_FILE: file });
  const write = (uplift: number) =>
    writeFile(
      file,
      `id,name,from,to,issued,uplift\nx,X,2026-11-11,2026-11-11,,${uplift}\ny,Y,2026-12-12,2026-12-12,2026-06-01,2\n`,
    );
  const tell = async () => {
    // Each time as after a restart: only the store remembers.
    await sendCalendar(options, await toldBefore(store));
    await record();
    now += 3_600_000;
  };
  await write(2);
  await tell();
  await tell();
  const first = { subject: "x", at: "06-18 02:00", upl: 2 };
  const other = { subject: "y", at: "05-31 16:00", upl: 2 };
  expect(await issues()).toEqual([first, other]);
  await write(3);
  await tell();
  await write(2);
  await tell();
  await tell();
  // Back to what it was is said once more, and later: what holds is what was said last.
  expect(await issues()).toEqual([
    first,
    { subject: "x", at: "06-18 04:00", upl: 3 },
    { subject: "x", at: "06-18 05:00", upl: 2 },
    other,
  ]);
  const length = (await readAll(log, TOPICS.context)).flat().length;
  const told = await toldBefore(store);
  await sendCalendar(options, told);
  expect((await readAll(log, TOPICS.context)).flat()).toHaveLength(length);
});

test("what the log refuses is not told, and comes again", async () => {
  const file = join(directory, "other.csv");
  await writeFile(file, "id,name,from,to\nz,Z,2026-11-11,2026-11-11\n");
  const options = optionsOf({ TOCSIN_CALENDAR_FILE: file });
  const told = await toldBefore(store);
  const refusing = { ...log, append: () => Promise.reject(new Error("full")) } as unknown as Log;
  await expect(sendCalendar({ ...options, log: refusing }, told)).rejects.toThrow(/did not take/);
  const before = (await readAll(log, TOPICS.context)).flat().length;
  await sendCalendar(options, told);
  expect((await readAll(log, TOPICS.context)).flat()).toHaveLength(before + 1);
});

test("every issue of a forecast is kept, the same one once, each with its own time", async () => {
  const answer = {
    latitude: 31.2,
    longitude: 121.5,
    utc_offset_seconds: 28_800,
    daily: { time: ["2026-06-20"], precipitation_sum: [60] },
  };
  const server = createServer((_request, response) => response.end(JSON.stringify(answer)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/forecast`;
    const options = optionsOf({ TOCSIN_WEATHER_URL: url });
    const { signal } = new AbortController();
    await sendWeather(options, signal);
    await sendWeather(options, signal);
    now += 6 * 3_600_000;
    answer.daily.precipitation_sum = [120];
    await sendWeather(options, signal);
    await record();
    const found = await store.query<{ severity: number; known: number }>(
      `SELECT JSONExtractInt(body, 'severity') AS severity, known_at >= issued_at AS known FROM context_events FINAL
       WHERE kind = 'weather' ORDER BY issued_at`,
      {},
    );
    expect(found).toEqual([
      { severity: 2, known: 1 },
      { severity: 3, known: 1 },
    ]);
    // A start soon after waits until the next is due, and ends when it is told to.
    const before = (await readAll(log, TOPICS.context)).flat().length;
    await watchContext(options).stop();
    expect((await readAll(log, TOPICS.context)).flat()).toHaveLength(before);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test("over HTTP: what is sent is the event that the log gets, and a refusal is told", async () => {
  const app = fastify();
  await app.register(eventRoutes, { log, clock: () => now });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  try {
    const { events } = readContextFile("id,name,from,to,issued\nq,Q,2026-11-11,2026-11-11,2026-06-01\n", {
      source: "f",
      utcOffset: 8,
      places: [],
    });
    const late = { ...(events[0] as (typeof events)[number]), issuedAt: "2027-06-01T00:00:00Z" };
    expect(await sendOver(url, undefined, [...events, late as never], 5000)).toEqual({
      accepted: 1,
      rejected: 1,
      reasons: [expect.stringMatching(/event 2: expected at most a day after/)],
    });
    const last = (await readAll(log, TOPICS.context)).flat().at(-1);
    expect(last && readRecord("context", last.value, now)).toMatchObject({
      kind: "ok",
      value: { id: "q", issuedAt: Date.parse("2026-05-31T16:00:00Z") },
    });
  } finally {
    await app.close();
  }
  await expect(sendOver(url, undefined, [], 500)).resolves.toMatchObject({ accepted: 0 });
  const one = readContextFile("name,from,to\nq,2026-11-11,2026-11-11\n", { source: "f", utcOffset: 8, places: [] });
  await expect(sendOver(url, "hidden", one.events, 500)).rejects.toThrow(/expected a running Tocsin, got/);
});
