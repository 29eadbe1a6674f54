// The undisturbed run that a disturbed one is compared with: the same records through the embedded log and chDB, by one
// process that nothing happens to. Run by `npm run chaos`: INPUT OUTPUT, settings from the environment.
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Item } from "../chaos/input.ts";
import { readTopics } from "../chaos/topics.ts";
import { readSettings } from "../config/settings.ts";
import { createMetrics } from "../metrics.ts";
import { openSession } from "../session.ts";
import { comparableRows } from "../store/compare.ts";
import { createLogger } from "./output.ts";
import { startRunning } from "./run.ts";

const [input = "", output = ""] = process.argv.slice(2);
const settings = readSettings(undefined, process.env);
const session = await openSession(settings, createLogger(settings.logLevel));
const running = await startRunning(settings, session, createMetrics());
try {
  for (const step of JSON.parse(await readFile(input, "utf8")) as Item[][]) {
    for (const topic of new Set(step.map((item) => item.topic))) {
      const items = step.filter((item) => item.topic === topic);
      const entries = items.map(({ key, value, partition }) => ({ key, value: Buffer.from(value), partition }));
      await session.log.append(topic, entries);
    }
  }
  const delivered = async () => {
    const owed = "SELECT count() AS n FROM deliveries FINAL WHERE status = 'pending'";
    while (Number((await session.store.query<{ n: number }>(owed))[0]?.n) > 0) await sleep(100);
  };
  const finished = running.pipeline.settled().then(delivered);
  await Promise.race([finished, running.pipeline.done]);
  await running.pipeline.stop();
  const tables = new Map([...(await comparableRows(session.store)), ...(await readTopics(session.log))]);
  await writeFile(output, JSON.stringify([...tables]));
} finally {
  await session.close();
}
