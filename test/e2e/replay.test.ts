import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { differences, rowsOf, scratch, start, tocsin, writeWeek } from "./tocsin.ts";

const MINUTES = 60_000;

interface Document {
  events: { received: number; accepted: number; repeated: number; rejected: number };
  [key: string]: unknown;
}

/** What must not change when nothing new is told. */
function figures({ events, eventsPerSecond: _, seconds: __, replay: ___, ...rest }: Document): unknown {
  const { received: ____, repeated: _____, ...told } = events;
  return { ...rest, events: told };
}

describe("replay", () => {
  let dir: string;
  let week: string;
  let lines: number;
  let once: Document;

  beforeAll(async () => {
    dir = await scratch();
    week = join(dir, "week.ndjson");
    lines = await writeWeek(week, { seed: 5 });
    const first = await tocsin(["replay", week, "--json", "--data", join(dir, "once")]);
    expect(first.err).not.toContain("Error");
    once = JSON.parse(first.out);
  }, 5 * MINUTES);

  test("accounts for every record", () => {
    const { received, accepted, repeated, rejected } = once.events;
    expect(received).toBe(lines);
    expect(accepted + repeated + rejected).toBe(received);
    expect(repeated).toBeGreaterThan(0);
    expect(rejected).toBeGreaterThan(0);
  });

  test("has the keys of the contract", () => {
    for (const key of "events stalls promiseRisks incidents cases actions pages forecasts eventsPerSecond openOrders orders".split(
      " ",
    )) {
      expect(once, key).toHaveProperty(key);
    }
  });

  test("the same file again into the same store changes no number: all of it is repeated", {
    timeout: 5 * MINUTES,
  }, async () => {
    const before = await rowsOf(join(dir, "once"));
    const again: Document = JSON.parse((await tocsin(["replay", week, "--json", "--data", join(dir, "once")])).out);
    expect(figures(again)).toEqual(figures(once));
    expect(again.events.received).toBe(2 * lines);
    expect(again.events.repeated).toBe(once.events.repeated + lines);
    expect(differences(await rowsOf(join(dir, "once")), before)).toEqual([]);
  });

  test("killed with -9 on the way and started again, it ends in the same rows", { timeout: 5 * MINUTES }, async () => {
    const data = join(dir, "killed");
    for (const after of [3000, 4500]) {
      const { child, ended } = start(["replay", week, "--json", "--data", data], { TOCSIN_CHECKPOINT_EVERY: "200ms" });
      await sleep(after);
      child.kill("SIGKILL");
      await ended;
    }
    const last = await tocsin(["replay", week, "--json", "--data", data]);
    expect(last.code, last.err).toBe(0);
    expect(figures(JSON.parse(last.out))).toEqual(figures(once));
    expect(differences(await rowsOf(data), await rowsOf(join(dir, "once")))).toEqual([]);
  });

  test("a second process on the same data directory is refused and told why", { timeout: MINUTES }, async () => {
    const data = join(dir, "held");
    const holder = start(["up"], { TOCSIN_DIR: data, TOCSIN_HTTP_PORT: "0", TOCSIN_LOG_LEVEL: "silent" });
    await new Promise((resolve) => holder.child.stderr?.once("data", resolve));
    const second = await tocsin(["replay", week, "--data", data]);
    holder.child.kill("SIGTERM");
    expect((await holder.ended).code).toBe(0);
    expect(second.code).toBe(1);
    expect(second.err).toContain(String(holder.child.pid));
  });
});

describe("bad input", () => {
  const says = async (args: string[], code: number, words: string | RegExp, env = {}) => {
    const { code: got, err, out } = await tocsin(args, env);
    expect({ got, err }).toEqual({ got: code, err: expect.stringMatching(words) });
    expect(out).toBe("");
  };

  test("a verb that is none", () => says(["nope"], 2, /expected one of: .*replay/s));
  test("an option that is none", () => says(["replay", "x", "--nope"], 2, /unknown option/));
  test("no file", () => says(["replay", "/nowhere/x.ndjson"], 1, /expected a file/));
  test("a directory", () => says(["replay", "/tmp"], 1, /directory/));
  test("settings that are wrong, all named", () =>
    says(["up"], 2, /2 fault.*port.*regions|2 fault.*regions.*port/s, { TOCSIN_HTTP_PORT: "x", TOCSIN_REGIONS: "zz" }));
  test("a ClickHouse that is not there", () =>
    says(["migrate"], 1, /127\.0\.0\.1:9/, { CLICKHOUSE_URL: "http://127.0.0.1:9" }));

  test("an empty file, and a file of rubbish: everything is accounted for", { timeout: MINUTES }, async () => {
    const dir = await scratch();
    await writeFile(join(dir, "empty"), "");
    const big = `{"orderId":"o","kind":"placed","occurredAt":"2025-01-01T00:00:00Z","note":"${"x".repeat(10_000_000)}"}`;
    const lines = [
      "{",
      "[]",
      "7",
      '{"orderId":7,"kind":"placed","occurredAt":"2025-01-01T00:00:00Z"}',
      '{"orderId":"o","kind":"teleported","occurredAt":"2025-01-01T00:00:00Z"}',
      '{"orderId":"o","kind":"placed","occurredAt":"1970-01-01T00:00:00Z"}',
      '{"orderId":"o","kind":"placed","occurredAt":"2099-01-01T00:00:00Z"}',
      '{"hello":"world"}',
      big,
      '{"eventId":"e","orderId":"o","kind":"placed","occurredAt":"2025-01-01T00:00:00Z"}',
      '{"eventId":"e","orderId":"o","kind":"paid","occurredAt":"2025-01-01T00:00:00Z"}',
      '{"orderId":"好","kind":"placed","occurredAt":"2025-01-01T00:00:00+08:00","备注":"送到门口"}',
    ];
    await writeFile(join(dir, "rubbish"), lines.join("\n"));
    const { out, code, err } = await tocsin([
      "replay",
      join(dir, "empty"),
      join(dir, "rubbish"),
      "--json",
      "--data",
      dir,
    ]);
    expect(code, err).toBe(0);
    expect(JSON.parse(out).events).toMatchObject({ received: 12, accepted: 2, repeated: 0, rejected: 10 });
    const letters = JSON.parse((await tocsin(["dead-letters", "list", "--json", "--data", dir])).out);
    const reasons = new Map(letters.reasons.map((row: { reason: string; total: number }) => [row.reason, row.total]));
    expect(Object.fromEntries(reasons)).toMatchObject({
      not_json: 1,
      not_an_object: 2,
      time_too_old: 1,
      time_in_future: 1,
      too_large: 1,
      conflicting_repeat: 1,
    });
    const conflict = letters.letters.find((letter: { reason: string }) => letter.reason === "conflicting_repeat");
    expect(Buffer.from(conflict.bytes, "base64").toString()).toBe(lines[10]);
  });
});
