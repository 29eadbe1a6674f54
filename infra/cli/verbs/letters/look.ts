import { print, printJson } from "../../output.ts";
import { type Options, withStore } from "./open.ts";

interface Letter {
  readonly letterId: string;
  readonly stream: string;
  readonly source: string;
  readonly position: number;
  readonly reason: string;
  readonly detail: string;
  readonly bytes: string;
  readonly receivedAt: string;
  /** What the last replay said; empty when there was none. */
  readonly outcome: string;
  readonly outcomeDetail: string;
}

const LETTERS = `SELECT l.letter_id AS letterId, stream, source, toFloat64(position) AS position, reason, l.detail AS detail,
    bytes, received_at AS receivedAt, toString(r.outcome) AS outcome, r.detail AS outcomeDetail
  FROM (SELECT * FROM dead_letters FINAL) AS l
  LEFT JOIN (SELECT letter_id, toString(outcome) AS outcome, detail FROM dead_letter_replays FINAL) AS r
    ON r.letter_id = l.letter_id`;
/** Enough to see what it is without filling a screen. */
const SHOWN = 160;

export const list = (options: Options & { readonly reason?: string; readonly limit: number }): Promise<void> =>
  withStore(options, async (store) => {
    const where = { reason: options.reason ?? "" };
    const reasons = await store.query<{
      reason: string;
      stream: string;
      total: number;
      accepted: number;
      refused: number;
    }>(
      `SELECT reason, stream, toUInt32(count()) AS total, toUInt32(countIf(outcome = 'accepted')) AS accepted,
         toUInt32(countIf(outcome = 'refused')) AS refused
       FROM (${LETTERS}) WHERE {reason:String} IN ('', reason) GROUP BY reason, stream ORDER BY total DESC, reason, stream`,
      where,
    );
    const removed = await store.query<{ reason: string; stream: string; total: number }>(
      `SELECT reason, stream, toUInt32(uniqExact(letter_id)) AS total FROM dead_letters_removed
       WHERE {reason:String} IN ('', reason) GROUP BY reason, stream ORDER BY total DESC, reason, stream`,
      where,
    );
    const letters = await store.query<Letter>(
      `SELECT * FROM (${LETTERS}) WHERE {reason:String} IN ('', reason)
       ORDER BY receivedAt DESC, source, position LIMIT {limit:UInt32}`,
      { ...where, limit: options.limit },
    );
    const total = reasons.reduce((sum, row) => sum + row.total, 0);
    if (options.json) {
      printJson({ total, reasons, removed, letters });
      return;
    }
    print(`${total} dead letters`);
    for (const { reason, stream, total: n, accepted, refused } of reasons) {
      const became = [accepted > 0 ? `${accepted} accepted since` : "", refused > 0 ? `${refused} refused again` : ""];
      print(`  ${String(n).padStart(8)}  ${[`${reason} (${stream})`, ...became].filter(Boolean).join(", ")}`);
    }
    for (const { reason, stream, total: n } of removed)
      print(`  ${String(n).padStart(8)}  ${reason} (${stream}), removed`);
    for (const letter of letters) {
      print(
        `\n${letter.letterId}  ${plain(letter.source)}:${letter.position}  ${letter.reason}: ${plain(letter.detail)}`,
      );
      print(`  ${textOf(letter).slice(0, SHOWN)}`);
    }
  });

export const show = (id: string, options: Options): Promise<void> =>
  withStore(options, async (store) => {
    const found = await store.query<Letter>(
      `SELECT * FROM (${LETTERS}) WHERE startsWith(letterId, {id:String}) ORDER BY letterId LIMIT 2`,
      { id },
    );
    const [letter, other] = found;
    if (letter === undefined) throw new Error(`${id}: expected the id of a dead letter, found none that begins so`);
    if (other !== undefined) throw new Error(`${id}: expected the id of one dead letter, found several that begin so`);
    if (options.json) {
      printJson({ ...letter, text: Buffer.from(letter.bytes, "base64").toString("utf8") });
      return;
    }
    const { letterId, stream, source, position, reason, detail, receivedAt, outcome, outcomeDetail } = letter;
    print(`${letterId}\n  came      ${receivedAt}, ${plain(source)}:${position}, for ${stream}`);
    print(`  refused   ${reason}: ${plain(detail)}`);
    if (outcome !== "") print(`  replayed  ${[outcome, plain(outcomeDetail)].filter(Boolean).join(": ")}`);
    print(`\n${textOf(letter)}`);
  });

/** Words of a stranger on a terminal: nothing in them may steer it. */
const plain = (text: string): string => text.replace(/\p{Cc}/gu, " ");
const textOf = ({ bytes }: Letter): string => plain(Buffer.from(bytes, "base64").toString("utf8"));
