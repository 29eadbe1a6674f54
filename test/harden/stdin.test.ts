import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratch, start } from "../e2e/tocsin.ts";

const event = (orderId: string) =>
  `${JSON.stringify({ orderId, kind: "placed", occurredAt: "2026-03-01T10:00:00+08:00", region: "310000" })}\n`;

test("standard input is what is replayed", async () => {
  const { child, ended } = start(["replay", "-", "--json"], {}, "open");
  child.stdin?.end(event("A") + event("B"));
  const { code, out, err } = await ended;
  expect(err).not.toContain("failed");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ orders: 2, events: { received: 2, accepted: 2 } });
});

test("what stands on standard input by chance ends up in no table", async () => {
  const file = join(await scratch(), "one.ndjson");
  await writeFile(file, event("A"));
  const { child, ended } = start(["replay", file, "--json"], {}, "open");
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(event("B") + event("C"));
  const { code, out } = await ended;
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ orders: 1 });
});

test("an interrupted replay leaves no directory behind and does not say that it is done", async () => {
  const tmp = await scratch();
  const { child, ended } = start(["replay", "-", "--json"], { TMPDIR: tmp }, "open");
  child.stdin?.write(event("A"));
  let said = "";
  child.stderr?.on("data", (text) => {
    said += text;
    // A record that got through says that the pipeline stands; more of the input never comes.
    if (/ in · /.test(said) && child.exitCode === null) child.kill("SIGINT");
  });
  child.stdin?.write(event("B").repeat(5000));
  const { code, out, err } = await ended;
  child.stdin?.destroy();
  expect(err).toContain("interrupted by SIGINT");
  expect(code).toBe(130);
  expect(out).toBe("");
  expect(existsSync(tmp)).toBe(true);
  expect((await readdir(tmp)).filter((name) => name.startsWith("tocsin-"))).toEqual([]);
});
