import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Log } from "../../infra/log/port.ts";
import { migrate } from "../../infra/store/migrate.ts";
import { openStore } from "../../infra/store/open.ts";
import type { Store } from "../../infra/store/port.ts";
import { letterIdOf } from "../../ingest/contracts/dead-letter.ts";
import type { RejectReason } from "../../ingest/contracts/outcome.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import { replayLetters } from "../../processors/record/again.ts";
import { removeLetters } from "../../processors/record/retention.ts";
import { openLog, readAll } from "../ingest/files.ts";
import { bytesOf, NOW, order } from "../ingest/samples.ts";

const DAY = 24 * 3_600_000;
let directory: string;
let store: Store;
let log: Log;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "tocsin-letters-"));
  store = await openStore({ path: directory });
  await migrate(store, { log: { info() {} } });
});
afterAll(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  for (const table of ["dead_letters", "dead_letter_replays", "dead_letters_removed"]) {
    await store.command(`TRUNCATE TABLE ${table}`);
  }
  log = await openLog();
});
afterEach(() => log.close());

let offset = 0;
function letter(bytes: Buffer, reason: RejectReason, receivedAt = NOW, stream: "orders" | "unknown" = "orders") {
  offset += 1;
  return {
    letter_id: letterIdOf(stream, bytes),
    stream,
    source: "http",
    position: 1,
    reason,
    detail: "as of then",
    bytes: bytes.toString("base64"),
    received_at: receivedAt,
    offset,
  };
}

/** Refused by an earlier version, and right by this one. */
const mended = bytesOf(order({ orderId: "mended" }));
const bad = bytesOf({ orderId: 7 });
const cut = Buffer.from('{"orderId":"');
const conflict = bytesOf(order({ orderId: "conflict", eventId: "e" }));

describe("replay", () => {
  const replay = (chosen = {}) => replayLetters({ store, log, clock: () => NOW }, chosen);
  const orders = async () => (await readAll(log, TOPICS.orders)).flat().map(({ value }) => value.toString());

  beforeEach(() =>
    store.insert("dead_letters", [
      letter(mended, "invalid"),
      letter(bytesOf(order({ orderId: "told by itself" })), "unknown_stream", NOW, "unknown"),
      letter(bad, "invalid"),
      letter(cut, "too_large"),
      letter(conflict, "conflicting_repeat"),
    ]),
  );

  test("sends what is right now with its original bytes, keeps what cannot change, says which", async () => {
    expect(await replay()).toEqual({ accepted: 2, refused: 1, kept: 2 });
    expect((await orders()).sort()).toEqual([mended.toString(), JSON.stringify(order({ orderId: "told by itself" }))]);
    const rows = await store.query("SELECT outcome, detail FROM dead_letter_replays FINAL ORDER BY outcome, detail");
    expect(rows).toMatchObject([
      { outcome: "accepted" },
      { outcome: "accepted" },
      { outcome: "refused", detail: expect.stringContaining("expected string") },
      { outcome: "kept", detail: expect.stringContaining("id of its own") },
      { outcome: "kept", detail: expect.stringContaining("beginning") },
    ]);
  });

  test("a second time only what was not accepted, unless asked for", async () => {
    await replay();
    expect(await replay()).toEqual({ accepted: 0, refused: 1, kept: 2 });
    expect(await orders()).toHaveLength(2);
    expect(await replay({ again: true })).toMatchObject({ accepted: 2 });
  });

  test("by reason and by id", async () => {
    expect(await replay({ reason: "unknown_stream" })).toEqual({ accepted: 1, refused: 0, kept: 0 });
    expect(await replay({ ids: [letterIdOf("orders", bad)] })).toEqual({ accepted: 0, refused: 1, kept: 0 });
    expect(await replay({ ids: ["none"] })).toEqual({ accepted: 0, refused: 0, kept: 0 });
  });

  test("dying between the log and the note about it sends the same bytes again, and nothing is lost", async () => {
    const dying: Store = { ...store, insert: () => Promise.reject(new Error("died")) };
    await expect(replayLetters({ store: dying, log, clock: () => NOW }, {})).rejects.toThrow("died");
    expect(await replay()).toMatchObject({ accepted: 2 });
    expect(new Set(await orders()).size).toBe(2);
  });
});

test("retention removes what is older, to the millisecond, and leaves counts and reasons", async () => {
  const old = Array.from({ length: 12_000 }, (_, n) => letter(Buffer.from(`old ${n}`), "not_json", NOW - DAY - 1));
  await store.insert("dead_letters", [...old, letter(bad, "invalid", NOW - DAY)]);
  expect(await removeLetters(store, NOW - DAY, NOW)).toBe(12_000);
  expect(await store.query("SELECT reason FROM dead_letters FINAL")).toEqual([{ reason: "invalid" }]);
  const removed = await store.query(
    "SELECT reason, toUInt32(uniqExact(letter_id)) AS n FROM dead_letters_removed GROUP BY reason",
  );
  expect(removed).toEqual([{ reason: "not_json", n: 12_000 }]);
  expect(await removeLetters(store, NOW - DAY, NOW)).toBe(0);
});
