import type { RejectReason } from "../../../../ingest/contracts/outcome.ts";
import { replayLetters } from "../../../../processors/record/again.ts";
import { removeLetters } from "../../../../processors/record/retention.ts";
import { ensureTopics } from "../../../pipeline.ts";
import { openSession } from "../../../session.ts";
import { createLogger, print, printJson, progressLine } from "../../output.ts";
import { type Options, settingsOf, withStore } from "./open.ts";

const DAY_MS = 24 * 3_600_000;

interface ReplayOptions extends Options {
  readonly reason?: RejectReason;
  readonly again?: boolean;
}

export async function replay(ids: readonly string[], options: ReplayOptions): Promise<void> {
  const settings = settingsOf(options);
  const session = await openSession(settings, createLogger(settings.logLevel));
  const progress = progressLine();
  try {
    await ensureTopics(session.log, settings.partitions);
    const { reason, again } = options;
    const sum = ({ accepted, refused, kept }: { accepted: number; refused: number; kept: number }) =>
      `${accepted} sent again, ${refused} still bad, ${kept} not to be sent again`;
    const done = await replayLetters({ ...session, clock: Date.now }, { ids, reason, again }, (now) =>
      progress.show(sum(now)),
    );
    progress.end();
    if (options.json) printJson(done);
    else print(sum(done));
  } finally {
    await session.close();
  }
}

export const removeOld = (options: Options & { readonly olderThan: number }): Promise<void> =>
  withStore(options, async (store) => {
    const now = Date.now();
    const removed = await removeLetters(store, now - options.olderThan * DAY_MS, now);
    if (options.json) printJson({ removed });
    else print(`${removed} removed; their counts and reasons stay`);
  });
