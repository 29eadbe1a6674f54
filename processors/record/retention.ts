import type { Store } from "../../infra/store/port.ts";

/**
 * Removes the dead letters that were received before a time. Each leaves its reason behind first, so nothing is ever
 * gone without a count; dying in between and doing it again comes to the same.
 * @param before  ms of the wall clock
 * @param now     ms of the wall clock
 * @returns       how many were removed
 */
export async function removeLetters(store: Store, before: number, now: number): Promise<number> {
  const old = await store.query<{ n: number }>(
    "SELECT toUInt32(count()) AS n FROM dead_letters FINAL WHERE received_at < fromUnixTimestamp64Milli({before:Int64})",
    { before },
  );
  const count = old[0]?.n ?? 0;
  if (count === 0) return 0;
  for (let after = ""; ; ) {
    const rows = await store.query<{ letter_id: string; stream: string; reason: string; ms: number }>(
      `SELECT letter_id, stream, reason, toUnixTimestamp64Milli(received_at) AS ms FROM dead_letters FINAL
       WHERE received_at < fromUnixTimestamp64Milli({before:Int64}) AND letter_id > {after:String}
       ORDER BY letter_id LIMIT 10000`,
      { before, after },
    );
    const last = rows.at(-1);
    if (last === undefined) break;
    await store.insert(
      "dead_letters_removed",
      rows.map(({ ms, ...row }) => ({ ...row, received_at: ms, removed_at: now })),
    );
    after = last.letter_id;
  }
  await store.command("DELETE FROM dead_letters WHERE received_at < fromUnixTimestamp64Milli({before:Int64})", {
    before,
  });
  return count;
}
