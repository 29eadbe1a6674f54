import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Kafka, logLevel } from "kafkajs";
import { kafkaJars } from "./broker/jars.ts";
import { serverProperties } from "./broker/properties.ts";

/** One Apache Kafka node on the loopback, for tests, trials and single machines. */
export interface Broker {
  readonly brokers: string[];
  readonly dir: string;
  readonly pid: number;
  /** Freezes it: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Ends it as a crash would; `start` starts it on the same data and port. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends it in order and starts it on the same data and port. */
  restart(): Promise<void>;
  /** Ends it, and removes its data when it was given no folder. */
  stop(): Promise<void>;
}

export interface BrokerOptions {
  /** Where its data is kept. Default a new temporary folder, removed by `stop`. */
  readonly dir?: string;
  /** The listening port. Default a free one. */
  readonly port?: number;
  /** Settings of the server in place of ours. */
  readonly settings?: Readonly<Record<string, string>>;
}

const START_MS = 180_000;
const STOP_MS = 20_000;
const HEAP = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true"];

/** Starts Apache Kafka in KRaft mode from its jars. @throws with the end of its output when it does not start */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const jars = await kafkaJars();
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "tocsin-kafka-")));
  await mkdir(dir, { recursive: true });
  const port = options.port ?? (await freePort());
  const config = join(dir, "server.properties");
  await writeFile(config, serverProperties({ dir, port, controllerPort: await freePort() }, options.settings));
  if ((await stat(join(dir, "data", "meta.properties")).catch(() => undefined)) === undefined) {
    await format(jars, config);
  }
  const brokers = [`127.0.0.1:${port}`];
  let child = await launch(jars, dir, config, brokers);
  // Nobody who starts a broker wants it to live longer than the process.
  const killChild = () => child.kill("SIGKILL");
  process.once("exit", killChild);
  async function start(): Promise<void> {
    child = await launch(jars, dir, config, brokers);
  }

  return {
    brokers,
    dir,
    get pid() {
      return child.pid ?? -1;
    },
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    kill: () => end(child, "SIGKILL"),
    start,
    async restart() {
      await end(child, "SIGTERM");
      await start();
    },
    async stop() {
      process.removeListener("exit", killChild);
      await end(child, options.dir === undefined ? "SIGKILL" : "SIGTERM");
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
}

async function format(jars: string, config: string): Promise<void> {
  const id = randomBytes(16).toString("base64url");
  // One argument: an id may begin with a dash.
  const named = `--cluster-id=${id}`;
  const tool = ["-cp", `${jars}/*`, ...HEAP, "kafka.tools.StorageTool", "format", named, "-c", config];
  await promisify(execFile)("java", tool).catch((cause: unknown) => {
    throw new Error("expected Kafka's StorageTool to format the data folder, it failed", { cause });
  });
}

async function launch(jars: string, dir: string, config: string, brokers: string[]): Promise<ChildProcess> {
  const output = join(dir, "kafka.out");
  const file = await open(output, "a");
  const logging = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn";
  const child = spawn("java", ["-cp", `${jars}/*`, ...HEAP, logging, "kafka.Kafka", config], {
    cwd: dir,
    stdio: ["ignore", file.fd, file.fd],
  });
  const ended = once(child, "exit");
  try {
    await Promise.race([answers(brokers), ended.then(() => Promise.reject(new Error("it ended")))]);
    return child;
  } catch (cause) {
    child.kill("SIGKILL");
    const said = (await readFile(output, "utf8")).slice(-2000);
    throw new Error(`expected Apache Kafka to start on ${brokers.join(",")}, it did not:\n${said}`, { cause });
  } finally {
    await file.close();
  }
}

async function answers(brokers: string[]): Promise<void> {
  const retry = { initialRetryTime: 200, multiplier: 1, factor: 0, retries: START_MS / 200 };
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry }).admin();
  try {
    await admin.connect();
    await admin.describeCluster();
  } finally {
    await admin.disconnect();
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  // A frozen process takes no other signal than the last one.
  child.kill("SIGCONT");
  child.kill(signal);
  const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(late);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("expected a port, got none");
  return address.port;
}
