import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratch, tocsin } from "./tocsin.ts";

const BELL = "\u0007";

test("list, show, replay and remove speak of the same letters", { timeout: 120_000 }, async () => {
  const dir = await scratch();
  const file = join(dir, "events");
  await writeFile(file, `{"orderId":7,"kind":"placed","occurredAt":"2025-01-01T00:00:00Z"}\nno json ${BELL}\n`);
  expect((await tocsin(["replay", file, "--data", dir, "--json"])).code).toBe(0);
  const on = (...args: string[]) => tocsin(["dead-letters", ...args, "--data", dir]);

  const listed = JSON.parse((await on("list", "--json")).out);
  expect(listed).toMatchObject({ total: 2, removed: [] });
  const { letterId } = listed.letters.find((letter: { reason: string }) => letter.reason === "not_json");
  const shown = await on("show", letterId.slice(0, 8));
  expect([shown.code, shown.out]).toEqual([0, expect.stringContaining("no json")]);
  expect(shown.out).not.toContain(BELL);
  expect((await on("show", "zzz")).err).toContain("zzz: expected the id of a dead letter");

  expect(JSON.parse((await on("replay", "--json")).out)).toEqual({ accepted: 0, refused: 2, kept: 0 });
  expect((await on("list")).out).toContain("1 refused again");
  expect(JSON.parse((await on("remove", "--older-than", "1", "--json")).out)).toEqual({ removed: 0 });
});
