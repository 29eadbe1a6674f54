import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readContextFile } from "../../ingest/context/file.ts";
import { readOpenMeteo, weatherOf } from "../../ingest/context/open-meteo.ts";
import { SEVERITY_FROM, weigh } from "../../ingest/context/severity.ts";
import { readEvent } from "../../ingest/contracts/read.ts";

const NOW = Date.parse("2026-06-18T02:00:00Z");
const places = [
  { code: "110000", lat: 39.91, lon: 116.39 },
  { code: "310000", lat: 31.23, lon: 121.47 },
];
const read = (text: string, issuedAt?: number) =>
  readContextFile(text, { source: "f.csv", utcOffset: 8, issuedAt, places });

describe("severity", () => {
  test("by the classes of rain, snow, wind, heat and frost; the worst counts", () => {
    expect(weigh({})).toEqual({ hazard: "none", severity: 0 });
    expect(weigh({ rainMm: 24.9 }).severity).toBe(0);
    expect(weigh({ rainMm: 25 })).toEqual({ hazard: "heavy_rain", severity: 1 });
    expect(weigh({ rainMm: 60, windMs: 26 })).toEqual({ hazard: "wind", severity: 3 });
    expect(weigh({ rainMm: 0, snowMm: 12, maxC: -3, minC: -16 })).toEqual({ hazard: "heavy_snow", severity: 2 });
    expect(weigh({ maxC: 0, minC: 0 }).severity).toBe(0);
    expect(weigh({ maxC: 38, minC: 25 })).toEqual({ hazard: "heat", severity: 2 });
  });

  test("more is never less severe", () => {
    const value = fc.double({ min: 0, max: 300, noNaN: true });
    fc.assert(
      fc.property(value, value, fc.constantFrom("rainMm", "snowMm", "windMs", "maxC"), (a, b, name) => {
        expect(weigh({ [name]: a + b }).severity).toBeGreaterThanOrEqual(weigh({ [name]: a }).severity);
      }),
    );
    for (const bounds of Object.values(SEVERITY_FROM)) expect([...bounds].sort((a, b) => a - b)).toEqual(bounds);
  });
});

describe("Open-Meteo's format", () => {
  const daily = {
    latitude: 31.2,
    longitude: 121.5,
    utc_offset_seconds: 28_800,
    daily_units: { time: "iso8601", precipitation_sum: "mm", wind_speed_10m_max: "km/h", temperature_2m_max: "°C" },
    daily: {
      time: ["2026-06-18", "2026-06-19", "2026-06-20"],
      precipitation_sum: [12.34, 130, null],
      wind_speed_10m_max: [36, 72, null],
      temperature_2m_max: [28.1, 24, null],
    },
  };

  test("a day is the place's own, units are read, what is not known is left out", () => {
    const [answer] = readOpenMeteo(daily, "w");
    expect(answer && weatherOf("310000", answer, NOW, "w")).toEqual([
      {
        kind: "weather",
        region: "310000",
        from: "2026-06-17T16:00:00.000Z",
        to: "2026-06-18T16:00:00.000Z",
        issuedAt: "2026-06-18T02:00:00.000Z",
        hazard: "none",
        severity: 0,
        precipMm: 12.3,
        windMs: 10,
        tempC: 28.1,
      },
      expect.objectContaining({ hazard: "heavy_rain", severity: 3, precipMm: 130, windMs: 20 }),
    ]);
  });

  test("hours are put together to days; a day of which too little is known is left out", () => {
    const time = Array.from({ length: 30 }, (_, h) =>
      new Date(Date.parse("2026-06-18T00:00Z") + h * 3_600_000).toISOString().slice(0, 16),
    );
    const hourly = { time, precipitation: time.map(() => 2.5), temperature_2m: time.map((_, h) => 20 + (h % 24) / 2) };
    const [answer] = readOpenMeteo({ ...daily, daily: undefined, hourly }, "w");
    const events = answer && weatherOf("310000", answer, NOW, "w");
    expect(events).toHaveLength(1);
    expect(events?.[0]).toMatchObject({ from: "2026-06-17T16:00:00.000Z", severity: 2, precipMm: 60, tempC: 31.5 });
  });

  test("snow is counted as water once", () => {
    const units = { ...daily.daily_units, snowfall_sum: "cm" };
    const table = { time: ["2026-01-18"], precipitation_sum: [10], snowfall_sum: [7] };
    const [answer] = readOpenMeteo({ ...daily, daily_units: units, daily: table }, "w");
    expect(answer && weatherOf("1", answer, NOW, "w")[0]).toMatchObject({
      hazard: "heavy_snow",
      severity: 2,
      precipMm: 10,
    });
  });

  test.each([
    ["no object", 7, /expected a forecast in Open-Meteo's format.*got 7/],
    ["no arrays", { latitude: 1, longitude: 1 }, /expected arrays under daily or hourly, got neither/],
    ["no time", { ...daily, daily: { precipitation_sum: [1] } }, /expected an array "time", got precipitation_sum/],
    ["lengths", { ...daily, daily: { time: ["2026-06-18"], x: [] } }, /daily.x: expected 1 values.*got 0/],
    ["unix time", { ...daily, daily: { time: [1_781_740_800] } }, /daily.time\[0\]: expected a date.*got 1781740800/],
    ["no date", { ...daily, daily: { time: ["2026-13-01"] } }, /expected a date in ISO 8601, got "2026-13-01"/],
    [
      "text",
      { ...daily, daily: { time: ["2026-06-18"], precipitation_sum: ["wet"] } },
      /\[0\]: expected a number or null, got "wet"/,
    ],
    ["unit", { ...daily, daily_units: { precipitation_sum: "pt" } }, /expected a unit of mm, inch, got "pt"/],
  ])("says what is wrong: %s", (_, value, message) => {
    expect(() => readOpenMeteo(value, "w").map((answer) => weatherOf("1", answer, NOW, "w"))).toThrow(message);
  });

  test("a saved answer belongs to the nearest region, and needs its time of issue", () => {
    expect(read(JSON.stringify([daily]), NOW).events[0]).toMatchObject({ region: "310000" });
    expect(() => read(JSON.stringify(daily))).toThrow(/expected that as an option/);
  });
});

describe("files", () => {
  const CSV = "id;name;from;to;issued;regions;uplift;depth;owner\n";
  test("a calendar with semicolons and a byte order mark; dates are the pack's days and include the last", () => {
    const { events, ignored } = read(
      `\uFEFF${CSV}b;"Sale; big";2026-11-11;2026-11-12;2026-10-01;310000|110000;2.5;;ann\r\n;S;2026-11-11T20:00:00+08:00;2026-11-12;;;;0.5;\n`,
    );
    expect(ignored).toEqual(["owner"]);
    expect(events).toEqual([
      {
        kind: "promotion",
        id: "b",
        name: "Sale; big",
        from: "2026-11-10T16:00:00.000Z",
        to: "2026-11-12T16:00:00.000Z",
        issuedAt: "2026-09-30T16:00:00.000Z",
        regions: ["310000", "110000"],
        uplift: 2.5,
      },
      {
        kind: "promotion",
        id: "S 2026-11-11",
        name: "S",
        from: "2026-11-11T12:00:00.000Z",
        to: "2026-11-12T16:00:00.000Z",
        depth: 0.5,
      },
    ]);
  });

  test("the same in JSON is the same", () => {
    const rows = [{ id: "b", name: "S", from: "2026-11-11", to: "2026-11-12", issuedAt: "2026-10-01", depth: 0.5 }];
    const csv = "id,name,from,to,issued_at,depth\nb,S,2026-11-11,2026-11-12,2026-10-01,0.5\n";
    expect(read(JSON.stringify(rows)).events).toEqual(read(csv).events);
  });

  test("weather by what is measured, or by what its sender says of it", () => {
    const { events } = read(
      "region,date,issuedAt,severity,hazard,precipMm,tempC\n1,2026-06-18,2026-06-17T08:00:00Z,,,120,20\n1,2026-06-19,2026-06-17,4,typhoon,,\n",
    );
    expect(events).toMatchObject([
      { hazard: "heavy_rain", severity: 3, precipMm: 120, tempC: 20 },
      { hazard: "typhoon", severity: 4, issuedAt: "2026-06-16T16:00:00.000Z" },
    ]);
  });

  test("what is read is held to the contract", () => {
    for (const event of read(`${CSV}b;S;2026-11-11;2026-11-12;2026-06-01;;2;;\n`).events) {
      expect(readEvent("context", { ...event }, NOW)).toMatchObject({ kind: "ok", value: { extra: {} } });
    }
  });

  test.each([
    ["", /expected a header and rows, got 0 lines/],
    ["name,from,to\n", /expected a header and rows, got 1 lines/],
    ["a,b\n1,2\n", /expected a column name \(promotions\) or region \(weather\), got a, b/],
    ["name,name\n1,2\n", /expected every column once, got "name" twice/],
    ["name,from,to\nS,2026-11-11\n", /expected a CSV table/],
    ["name,from,to\nS,11.11.2026,2026-11-12\n", /line 2, from: expected an ISO 8601 date or time, got "11.11.2026"/],
    ["name,from,to\nS,2026-02-30,2026-11-12\n", /line 2, from: expected an ISO 8601/],
    ["name,from,to\nS,2026-11-12,2026-11-10\n", /line 2, to: expected an end after the start/],
    [
      "name,from,to,depth\nS,2026-11-11,2026-11-12,1\n\nT,2026-11-11,2026-11-12,35\n",
      /line 4, depth: expected a number from 0 to 1, got "35"/,
    ],
    ["name,from,to\n,2026-11-11,2026-11-12\n", /line 2, name: expected a value, got nothing/],
    [
      "id,name,from,to\nb,S,2026-11-11,2026-11-12\nb,S,2026-12-11,2026-12-12\n",
      /line 3, id: expected every promotion once/,
    ],
    ["region,date,severity\n1,2026-11-11,2\n", /line 2, issuedAt: expected a value, got nothing/],
    ["region,date,issued,severity\n1,2026-11-11,2026-11-10,2.5\n", /severity: expected one of 0, 1, 2, 3, 4, got 2.5/],
    ["region,date,issued\n1,2026-11-11,2026-11-10\n", /expected it, or precipMm/],
    ["[7]", /object 1: expected an object, got 7/],
    ["[]", /got an empty list/],
    ["{", /expected JSON/],
    ['[{"name":"S","from":1,"to":2}]', /object 1, from: expected an ISO 8601 date or time, got 1/],
  ])("says where and what is wrong: %j", (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
