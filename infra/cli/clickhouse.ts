// Serves a chDB directory like a ClickHouse server, so that several processes can share it.
import { parseArgs } from "node:util";
import { startFront } from "../store/front/start.ts";

const USAGE = "usage: npm run clickhouse -- [--path DIR] [--port 8123] [--host 127.0.0.1]";

process.exitCode = await main(process.argv.slice(2));

/** @returns the exit code: 0 stopped by a signal, 1 could not serve, 2 wrong use */
async function main(args: readonly string[]): Promise<number> {
  const options = read(args);
  if (typeof options === "number") return options;
  try {
    const front = await startFront({ ...options, account: account(process.env) });
    process.stdout.write(`${front.url}  serves ${options.path}\n`);
    process.stdout.write(`curl '${front.url}/?query=SELECT+version()'\n`);
    await new Promise<void>((stop) => {
      process.once("SIGTERM", stop);
      process.once("SIGINT", stop);
    });
    await front.close();
    return 0;
  } catch (error) {
    process.stderr.write(`${plainly(error, options)}\n`);
    return 1;
  }
}

function read(args: readonly string[]): { path: string; port: number; host: string } | number {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        path: { type: "string", default: "data/clickhouse" },
        port: { type: "string", default: "8123" },
        host: { type: "string", default: "127.0.0.1" },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      process.stdout.write(`${USAGE}\n`);
      return 0;
    }
    if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535) {
      throw new TypeError(`--port: expected 0 to 65535, got ${values.port}`);
    }
    return { path: values.path, port: Number(values.port), host: values.host };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
}

/** Asked of clients when CLICKHOUSE_PASSWORD is set. */
function account(environment: NodeJS.ProcessEnv) {
  const { CLICKHOUSE_USER: user = "default", CLICKHOUSE_PASSWORD: password } = environment;
  return password ? { user, password } : undefined;
}

function plainly(error: unknown, { port, host }: { port: number; host: string }): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE")
    return `port ${port} of ${host} is in use: stop what listens there, or choose another with --port`;
  if (code === "EACCES") return `port ${port} of ${host} may not be opened: choose another with --port`;
  return message.split("\n")[0] ?? message;
}
