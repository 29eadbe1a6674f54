import { openEmbeddedLog } from "../../infra/log/embedded.ts";
import { placer } from "../../infra/log/partition.ts";

// Appends for ever from several writers and prints what was accepted, until it is killed.
const [dir = "", fsync = "batch"] = process.argv.slice(2);
if (fsync !== "always" && fsync !== "batch" && fsync !== "never") throw new Error(`fsync: got ${fsync}`);
const log = await openEmbeddedLog({ dir, fsync, segmentBytes: 100_000 });
await log.ensure({ acked: 3 });
const place = placer("acked", 3);

async function write(writer: number): Promise<never> {
  for (let i = 0; ; i++) {
    const entries = Array.from({ length: 1 + (i % 40) }, (_, j) => ({
      key: `${writer}-${j}`,
      value: Buffer.from(`${writer}:${i}:${j}`.padEnd(50 + ((i * j) % 300), ".")),
    }));
    const positions = await log.append("acked", entries);
    const lines = positions.map(({ partition, offset }, j) => {
      const entry = entries[j];
      if (entry === undefined || place(entry) !== partition) throw new Error("a record is in another partition");
      return `${partition} ${offset} ${writer}:${i}:${j}\n`;
    });
    process.stdout.write(lines.join(""));
  }
}

await Promise.all([0, 1, 2, 3].map(write));
