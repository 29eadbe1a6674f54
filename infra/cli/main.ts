import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { tellUser } from "./output.ts";
import { Interrupted } from "./signals.ts";

const WRONG_USE = 2;

type Register = (program: Command) => void;

/** Loaded when asked for: a verb brings the store, the log or Grafana's SDK with it, and `--help` needs none of them. */
const VERBS: Readonly<Record<string, { readonly does: string; readonly load: () => Promise<Register> }>> = {
  demo: {
    does: "everything embedded, on a generated promotion week, with a live page",
    load: async () => (await import("./verbs/demo.ts")).registerDemo,
  },
  up: {
    does: "run the pipeline until it is told to stop",
    load: async () => (await import("./verbs/up.ts")).registerUp,
  },
  replay: {
    does: "run event files through the whole pipeline at event time",
    load: async () => (await import("./verbs/replay.ts")).registerReplay,
  },
  explain: {
    does: "why an incident fired, and what would have kept it silent",
    load: async () => (await import("./verbs/explain.ts")).registerExplain,
  },
  import: {
    does: "turn public data into event files",
    load: async () => (await import("./verbs/import.ts")).registerImport,
  },
  context: {
    does: "promotion calendars and weather forecasts as events, each with its time of issue",
    load: async () => (await import("./verbs/context.ts")).registerContext,
  },
  "dead-letters": {
    does: "records that could not be used, with their reasons",
    load: async () => (await import("./verbs/dead-letters.ts")).registerDeadLetters,
  },
  token: {
    does: "make a token for somebody who sends events over HTTP",
    load: async () => (await import("./verbs/token.ts")).registerToken,
  },
  migrate: {
    does: "bring the store to this version's schema, or say why it cannot be",
    load: async () => (await import("./verbs/migrate.ts")).registerMigrate,
  },
  detect: {
    does: "judge counts for what is unusual, with the detectors of the field and our own",
    load: async () => (await import("../../forecasting/cli/detect.ts")).registerDetect,
  },
  score: {
    does: "how good warnings are, against the truth",
    load: async () => (await import("./verbs/score.ts")).registerScore,
  },
  forecast: {
    does: "forecast any series, with honest intervals",
    load: async () => (await import("../../forecasting/cli/forecast.ts")).registerForecast,
  },
  backtest: {
    does: "score forecasts issued at past origins beside seasonal naive",
    load: async () => (await import("../../forecasting/cli/backtest.ts")).registerBacktest,
  },
  carriers: {
    does: "carriers and customs brokers against each other, and what to give to whom",
    load: async () => (await import("./verbs/carriers.ts")).registerCarriers,
  },
  dashboards: {
    does: "Grafana boards and alert rules as files",
    load: async () => (await import("./verbs/dashboards.ts")).registerDashboardsVerb,
  },
};

const program = new Command("tocsin")
  .description("Early warning for online shops: stuck parcels, regional hotspots, complaint spikes")
  .version(version(), "--version")
  // What stands behind a verb is the verb's: `score --json` and `score incidents --json` are two options.
  .enablePositionalOptions()
  .exitOverride()
  .configureOutput({ writeErr: (text) => process.stderr.write(text) })
  .showHelpAfterError(false);

const [first, second] = process.argv.slice(2);
const asked = first === "help" ? second : first;
for (const [name, { does, load }] of Object.entries(VERBS)) {
  if (name === asked) (await load())(program);
  else program.command(name);
  program.commands.find((command) => command.name() === name)?.description(does);
}
// Commander copies settings to commands at creation, so those registered later are told here.
for (const command of allCommands(program)) command.exitOverride();

process.on("unhandledRejection", fail);
try {
  await program.parseAsync(process.argv);
} catch (error) {
  fail(error);
}

function* allCommands(command: Command): Generator<Command> {
  for (const inner of command.commands) {
    yield inner;
    yield* allCommands(inner);
  }
}

function version(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** What may stand where the wrong word stood: the verbs, or those within a verb that has some. */
function verbsAround(): string[] {
  const within = program.commands.find((command) => command.name() === asked)?.commands ?? [];
  return (within.length > 0 ? within : program.commands).map((command) => command.name());
}

/** Exit codes: 0 ok, 1 failed, 2 wrong use. A person gets a sentence, a fault of ours its trace. */
function fail(error: unknown): never {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) process.exit(0);
    if (error.code === "commander.unknownCommand" || error.code === "commander.help") {
      tellUser(`expected one of: ${verbsAround().join(", ")}`);
    }
    process.exit(WRONG_USE);
  }
  // By name: its module brings the schemas of all settings with it.
  if (error instanceof Error && error.name === "ConfigError") {
    tellUser(error.message);
    process.exit(WRONG_USE);
  }
  tellUser(explain(error));
  process.exit(error instanceof Interrupted ? error.exitCode : 1);
}

/** The message and what caused it; the trace only where the name says that it is a programming error. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) {
    return error.stack ?? error.message;
  }
  const cause =
    error.cause instanceof Error && !error.message.includes(error.cause.message) ? `: ${error.cause.message}` : "";
  return `${error.message}${cause}`;
}
