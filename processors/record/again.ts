import type { Log } from "../../infra/log/port.ts";
import type { Store } from "../../infra/store/port.ts";
import { byTopic } from "../../ingest/accept.ts";
import type { RejectReason } from "../../ingest/contracts/outcome.ts";
import { STREAMS } from "../../ingest/contracts/topics.ts";
import { type Judged, judge } from "../../ingest/edge.ts";

/** Letters read, judged and appended together. */
const AT_A_TIME = 1000;

/** Which letters: all that were not accepted yet, unless told otherwise. */
export interface Chosen {
  readonly ids?: readonly string[] | undefined;
  readonly reason?: RejectReason | undefined;
  /** Those too that a replay had accepted before: a repeated event is one event. */
  readonly again?: boolean | undefined;
}

export interface Outcomes {
  /** Sent again: they are in the log. */
  accepted: number;
  /** Judged again and still bad. */
  refused: number;
  /** Not judged: their bytes are not whole, or what refused them is what is stored. */
  kept: number;
}

interface Letter {
  readonly letterId: string;
  readonly stream: string;
  readonly source: string;
  readonly position: number;
  readonly reason: RejectReason;
  readonly bytes: string;
}

/** Why sending a letter again can change nothing, whatever was fixed. */
const KEPT: Partial<Record<RejectReason, string>> = {
  too_large: "only the beginning of the record was kept",
  conflicting_repeat: "another content is stored under its event id: send it under an id of its own",
};

/**
 * Judges dead letters again, as if they came in now, and appends to the log those that are right by today's rules.
 * The bytes are the original ones, so an event that was there already is a repeat: doing this twice, or dying in
 * the middle, changes nothing.
 * @param clock    wall clock, ms
 * @param onBatch  told how many are done
 */
export async function replayLetters(
  { store, log, clock }: { readonly store: Store; readonly log: Pick<Log, "append">; readonly clock: () => number },
  chosen: Chosen,
  onBatch: (done: Readonly<Outcomes>) => void = () => {},
): Promise<Outcomes> {
  const done: Outcomes = { accepted: 0, refused: 0, kept: 0 };
  for (let after = ""; ; ) {
    const letters = await readLetters(store, chosen, after);
    const last = letters.at(-1);
    if (last === undefined) return done;
    const verdicts = letters.map((letter) => verdictOf(letter, clock()));
    const entries = verdicts.flatMap(({ judged }) => (judged ? [judged] : []));
    for (const [topic, list] of byTopic(entries)) await log.append(topic, list);
    const rows = verdicts.map(({ outcome, detail }, index) => {
      done[outcome] += 1;
      return { letter_id: letters[index]?.letterId, outcome, detail, replayed_at: clock() };
    });
    await store.insert("dead_letter_replays", rows);
    onBatch(done);
    after = last.letterId;
  }
}

interface Verdict {
  readonly outcome: keyof Outcomes;
  readonly detail: string;
  readonly judged?: Judged;
}

function verdictOf(letter: Letter, now: number): Verdict {
  const why = KEPT[letter.reason];
  if (why !== undefined) return { outcome: "kept", detail: why };
  const stream = STREAMS.find((one) => one === letter.stream);
  const { source, position } = letter;
  const judged = judge(stream, Buffer.from(letter.bytes, "base64"), { source, position }, now);
  if (judged.kind === "letter") return { outcome: "refused", detail: judged.detail };
  return { outcome: "accepted", detail: "", judged };
}

const readLetters = (store: Store, { ids = [], reason = "" as never, again = false }: Chosen, after: string) =>
  store.query<Letter>(
    `SELECT letter_id AS letterId, stream, source, toFloat64(position) AS position, reason, bytes
     FROM dead_letters FINAL
     WHERE letter_id > {after:String} AND {reason:String} IN ('', reason)
       AND (empty({ids:Array(String)}) OR has({ids:Array(String)}, letter_id))
       AND ({again:Bool} OR letter_id NOT IN
         (SELECT letter_id FROM dead_letter_replays FINAL WHERE outcome = 'accepted'))
     ORDER BY letter_id LIMIT {limit:UInt32}`,
    { after, reason, ids, again, limit: AT_A_TIME },
  );
