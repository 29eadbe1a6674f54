import { once } from "node:events";
import { type Child, run } from "./child.ts";

/** A chDB directory behind its HTTP front, in a process of its own: what instances share as their ClickHouse. */
export interface StoreServer {
  readonly url: string;
  /** Ends it as a crash would, and starts it on the same data and port. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

export async function startStoreServer(path: string, output: string): Promise<StoreServer> {
  let child: Child;
  let url = "";

  async function launch(port: string): Promise<void> {
    const args = ["--import", "tsx", "infra/cli/clickhouse.ts", "--path", path, "--port", port];
    child = run(args, {}, output);
    const said = child.process.stdout ? once(child.process.stdout, "data") : Promise.reject(new Error("no output"));
    const first = await Promise.race([said, child.ended.then((end) => [`it ended with ${end}`])]);
    const word = String(first[0]).split(" ")[0] ?? "";
    if (!word.startsWith("http://")) throw new Error(`expected the store to start, got: ${first[0]}; see ${output}`);
    url = word;
  }

  await launch("0");
  return {
    get url() {
      return url;
    },
    async crash() {
      await child.kill("SIGKILL");
      await launch(new URL(url).port);
    },
    async stop() {
      await child.kill("SIGTERM");
    },
  };
}
