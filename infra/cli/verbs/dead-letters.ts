import { type Command, InvalidArgumentError, Option } from "commander";
import { REJECT_REASONS } from "../../../ingest/contracts/outcome.ts";
import { list, show } from "./letters/look.ts";
import { removeOld, replay } from "./letters/mend.ts";

export function registerDeadLetters(program: Command): void {
  const command = program.command("dead-letters");
  const verb = (name: string, does: string) =>
    command
      .command(name)
      .description(does)
      .option("--data <dir>", "directory of the embedded log and store")
      .option("--config <file>", "settings (YAML)")
      .option("--json", "one JSON document on standard output");
  const reason = () => new Option("--reason <reason>", "only these").choices(REJECT_REASONS);

  verb("list", "how many by reason, what became of them, and the latest")
    .addOption(reason())
    .option("--limit <n>", "how many to show", whole(1, 100_000), 20)
    .action(list);
  verb("show", "one whole: where it came from, why it was refused, its bytes, what became of it")
    .argument("<id>", "its id, or the beginning of it")
    .action(show);
  verb("replay", "judge them again and send those that are right now; a repeated event is one event")
    .argument("[ids...]", "only these; all that no replay has accepted yet, when left out")
    .addOption(reason())
    .option("--again", "those too that a replay had accepted before")
    .action(replay);
  verb("remove", "take away what is old; its count and reasons stay")
    .requiredOption("--older-than <days>", "days since it came", whole(1, 100_000))
    .action(removeOld);
}

const whole = (min: number, max: number) => (text: string) => {
  const n = Number(text);
  if (!Number.isInteger(n) || n < min || n > max) throw new InvalidArgumentError(`expected ${min} to ${max}`);
  return n;
};
