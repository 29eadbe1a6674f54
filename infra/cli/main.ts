import { Command, CommanderError } from "commander";
import { registerDashboards } from "../../dashboards/cli.ts";
import { registerBacktest } from "../../forecasting/cli/backtest.ts";
import { registerForecast } from "../../forecasting/cli/forecast.ts";
import { ConfigError } from "../config/policy.ts";
import { checkingStore } from "./checking-store.ts";
import { tellUser } from "./output.ts";
import { registerDeadLetters } from "./verbs/dead-letters.ts";
import { registerDemo } from "./verbs/demo.ts";
import { registerImport } from "./verbs/import.ts";
import { registerMigrate } from "./verbs/migrate.ts";
import { registerReplay } from "./verbs/replay.ts";
import { registerUp } from "./verbs/up.ts";

const WRONG_USE = 2;

const program = new Command("tocsin")
  .description("Early warning for online shops: stuck parcels, regional hotspots, complaint spikes")
  .exitOverride()
  .configureOutput({ writeErr: (text) => process.stderr.write(text) })
  .showHelpAfterError(false);

for (const register of [
  registerDemo,
  registerUp,
  registerReplay,
  registerImport,
  registerDeadLetters,
  registerMigrate,
]) {
  register(program);
}
registerDashboards(program, checkingStore);
registerForecast(program);
registerBacktest(program);
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

/** Exit codes: 0 ok, 1 failed, 2 wrong use. A person gets a sentence, a fault of ours its trace. */
function fail(error: unknown): never {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) process.exit(0);
    if (error.code === "commander.unknownCommand" || error.code === "commander.help") {
      tellUser(`expected one of: ${program.commands.map((command) => command.name()).join(", ")}`);
    }
    process.exit(WRONG_USE);
  }
  if (error instanceof ConfigError) {
    tellUser(error.message);
    process.exit(WRONG_USE);
  }
  tellUser(explain(error));
  process.exit(1);
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
