import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { beforeAll, expect, test } from "vitest";
import { registerScore } from "../../infra/cli/verbs/score.ts";
import { scratch, tocsin } from "../e2e/tocsin.ts";

const DAY = 86_400_000;
const START = Date.UTC(2024, 0, 1);
let dir: string;
let file: string;

/** Thirty orders promised in ten days: every third arrives two days late, and its customer complains then. */
beforeAll(async () => {
  dir = await scratch();
  file = join(dir, "events.ndjson");
  const lines: { at: number; event: object }[] = [];
  for (let i = 0; i < 30; i++) {
    const placed = START + i * DAY;
    const late = i % 3 === 0;
    const tell = (at: number, event: object) =>
      lines.push({ at, event: { ...event, occurredAt: new Date(at).toISOString() } });
    const order = { orderId: `o${i}`, customerId: `u${i}` };
    const promisedBy = new Date(placed + 10 * DAY).toISOString();
    tell(placed, { ...order, kind: "placed", region: "110000", destination: "110000", promisedBy });
    tell(placed + DAY, { ...order, kind: "picked_up" });
    tell(placed + (late ? 12 : 4) * DAY, { ...order, kind: "delivered" });
    if (late)
      tell(placed + 12.5 * DAY, { ...order, complaintId: `c${i}`, kind: "opened", channel: "chat", type: "logistics" });
  }
  lines.sort((a, b) => a.at - b.at);
  await writeFile(file, lines.map(({ event }) => `${JSON.stringify(event)}\n`).join(""));
});

test("event files are scored without being kept, by when their orders were placed", async () => {
  const dump = join(dir, "risks.csv");
  const { code, out, err } = await tocsin([
    ..."score --json --baseline=3 --from 2024-01-04 --to 2024-01-22".split(" "),
    "--dump",
    dump,
    file,
  ]);
  expect(code, err).toBe(0);
  const score = JSON.parse(out);
  expect(score.orders).toBe(18);
  expect(score.placed).toEqual({ first: "2024-01-04T00:00:00.000Z", last: "2024-01-21T00:00:00.000Z" });
  // Six of the eighteen are late, and nobody else is open three days before.
  expect(score.baseline).toEqual([
    {
      kind: "undelivered_3d_before",
      count: 6,
      precision: 1,
      recall: 1,
      beforePromise: { n: 6, medianHours: 72, p10Hours: 72 },
      beforeComplaint: { n: 6, medianHours: 132, p10Hours: 132 },
      falseAWeek: 0,
    },
  ]);
  const broken = score.findings.find(({ kind }: { kind: string }) => kind === "promise_broken");
  expect(broken).toMatchObject({ count: 6, precision: 1, beforePromise: { medianHours: 0 } });
  expect(broken.beforeComplaint.medianHours).toBe(60);
  expect(readFileSync(dump, "utf8").split("\n")[0]).toBe("orderId,asOf,daysBefore,risk,eta,etaLow,etaHigh");
}, 120_000);

test.each([
  [["--from", "yesterday"], "expected a day such as 2017-10-01, got yesterday"],
  [["--to", "2017-02-30"], "expected a day such as 2017-10-01, got 2017-02-30"],
  [["--from", "2018-01-01", "--to", "2018-01-01"], "expected a day and a later one, got 2018-01-01 and 2018-01-01"],
  [["--baseline=0"], "expected a number of days from 1 to 60, got 0"],
  [["--regions", "br"], "--regions: expected event files"],
  [["--data", "x", "events.ndjson"], "expected event files or --data, got both"],
  [["incidents", "--data", "x", "--event", "2017-11-24", "--quiet-from", "2017-05-15"], "expected both"],
])("wrong use is told: %j", async (args, says) => {
  let told = "";
  const program = new Command("tocsin").enablePositionalOptions();
  registerScore(program);
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)])
    command.exitOverride().configureOutput({
      writeErr: (text) => {
        told += text;
      },
    });
  const failed = await program.parseAsync(["score", ...args], { from: "user" }).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(CommanderError);
  expect(told).toContain(says);
});

test("a directory that holds nothing is told, and not made", async () => {
  const nowhere = join(dir, "nowhere");
  for (const verb of [["score"], ["score", "incidents", "--event", "2024-01-01"]]) {
    const { code, err } = await tocsin([...verb, "--data", nowhere]);
    expect(err).toContain(`${nowhere}: expected a data directory of replay, demo or up`);
    expect(code).toBe(1);
  }
  expect(existsSync(nowhere)).toBe(false);
}, 60_000);
