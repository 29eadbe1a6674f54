import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { fetchWeather } from "../../ingest/context/fetch-weather.ts";

type Answer = (request: IncomingMessage, response: ServerResponse, n: number) => void;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A forecast API on this machine. */
async function start(answer: Answer) {
  const asked: URL[] = [];
  const server = createServer((request, response) => {
    asked.push(new URL(request.url ?? "", "http://127.0.0.1"));
    answer(request, response, asked.length);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/forecast`, asked };
}

const NOW = Date.parse("2026-06-18T02:00:31Z");
const pauses: number[] = [];
const ask = (url: string, n = 2, timeoutMs = 5000) => {
  pauses.length = 0;
  return fetchWeather({
    url,
    key: "hidden",
    places: Array.from({ length: n }, (_, i) => ({ code: `R${i}`, lat: i / 10, lon: 100 })),
    days: 2,
    utcOffset: 8,
    timeoutMs,
    clock: () => NOW,
    sleep: async (ms) => {
      pauses.push(ms);
    },
  });
};
const forecast = (latitude: number) => ({
  latitude,
  longitude: 100,
  utc_offset_seconds: 28_800,
  daily_units: { precipitation_sum: "mm" },
  daily: { time: ["2026-06-18", "2026-06-19"], precipitation_sum: [0, 300 * latitude] },
});
const places = (url: URL) => (url.searchParams.get("latitude") ?? "").split(",").map(Number);
const right: Answer = ({ url = "" }, response) => {
  const found = places(new URL(url, "http://127.0.0.1")).map(forecast);
  response.end(JSON.stringify(found.length === 1 ? found[0] : found));
};

test("every place is asked for, in requests of fifty, and told as issued now to the minute", async () => {
  const { url, asked } = await start(right);
  const events = await ask(url, 51);
  expect(asked.map((one) => places(one).length)).toEqual([50, 1]);
  expect(Object.fromEntries(asked[0]?.searchParams ?? [])).toMatchObject({
    timezone: "Etc/GMT-8",
    forecast_days: "2",
    wind_speed_unit: "ms",
    apikey: "hidden",
  });
  expect(events).toHaveLength(102);
  expect(events[5]).toMatchObject({ region: "R2", severity: 2, precipMm: 60, issuedAt: "2026-06-18T02:00:00.000Z" });
  expect(events[101]).toMatchObject({ region: "R50", from: "2026-06-18T16:00:00.000Z" });
  expect(await ask(url, 51)).toEqual(events);
});

test("what passes is tried again, after what the receiver says", async () => {
  const { url, asked } = await start((request, response, n) => {
    if (n === 1) response.writeHead(503).end("busy");
    else if (n === 2) response.writeHead(429, { "retry-after": "7" }).end("{}");
    else right(request, response, n);
  });
  expect(await ask(url)).toHaveLength(4);
  expect([asked.length, ...pauses]).toEqual([3, 2000, 7000]);
});

test("what does not pass is told at once, with the reason and without the key", async () => {
  const { url, asked } = await start((_, response) =>
    response.writeHead(400).end(JSON.stringify({ error: true, reason: "Latitude must be in range" })),
  );
  const error = await ask(`${url}?apikey=hidden`).catch((e: Error) => e.message);
  expect(error).toBe(`${url}: expected a forecast, got HTTP 400: Latitude must be in range`);
  expect(asked).toHaveLength(1);
});

test.each<[string, Answer, RegExp]>([
  ["no JSON", (_, response) => response.end("<html>"), /got what is no JSON: "<html>"/],
  ["too few", (_, response) => response.end(JSON.stringify(forecast(1))), /expected the forecasts of 2 places, got 1/],
  ["another shape", (_, response) => response.end("[1,2]"), /place 1: expected a forecast in Open-Meteo's format/],
  [
    "gone amid",
    (_, response) => void response.write("[", () => response.destroy()),
    /expected a forecast, got .*3 times/,
  ],
  ["elsewhere", (_, response) => response.writeHead(302, { location: "/x" }).end(), /expected a forecast/],
])("a wrong answer: %s", async (_name, answer, message) => {
  const { url } = await start(answer);
  await expect(ask(url)).rejects.toThrow(message);
});

test("no answer in time is told, after three attempts", async () => {
  const { url, asked } = await start(() => {});
  await expect(ask(url, 1, 40)).rejects.toThrow(/no answer within 40 ms, 3 times/);
  expect(asked).toHaveLength(3);
});

test("nobody there", async () => {
  await expect(ask("http://127.0.0.1:1/v1/forecast")).rejects.toThrow(/expected a forecast, got .*, 3 times/);
});
