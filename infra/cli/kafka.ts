import { startBroker } from "../log/broker.ts";

// npm run kafka [FOLDER] [PORT]: one Apache Kafka node until Ctrl-C. With a folder its data is kept.
const [dir, port] = process.argv.slice(2);
if (port !== undefined && !(Number.isInteger(Number(port)) && Number(port) > 0 && Number(port) < 65_536)) {
  process.stderr.write(`port: expected 1..65535, got ${port}\n`);
  process.exit(2);
}

process.stderr.write("Starting Apache Kafka (the first time Maven resolves its jars, which takes a minute)...\n");
const stopping = new Promise<void>((resolve) => {
  process.once("SIGINT", () => resolve());
  process.once("SIGTERM", () => resolve());
});
try {
  const broker = await startBroker({
    ...(dir === undefined ? {} : { dir }),
    ...(port === undefined ? {} : { port: Number(port) }),
  });
  process.stdout.write(`KAFKA_BROKERS=${broker.brokers.join(",")}\n`);
  process.stderr.write(`
Use it from another terminal:
  export KAFKA_BROKERS=${broker.brokers.join(",")}
Its data is in ${broker.dir}${dir === undefined ? " and goes when it stops" : ""}.
Ctrl-C stops it.
`);
  await stopping;
  await broker.stop();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
