import { type Command, InvalidArgumentError } from "commander";
import { stringify } from "yaml";
import { createToken } from "../../../ingest/http/tokens.ts";
import { print, printJson, tellUser } from "../output.ts";

export function registerToken(program: Command): void {
  program
    .command("token")
    .argument("<name>", "whose token it is", (name) => {
      if (name.length < 1 || name.length > 64) throw new InvalidArgumentError("expected 1 to 64 characters");
      return name;
    })
    .option("--json", "one JSON document on standard output")
    .addHelpText(
      "after",
      "\nPrints the token, which is kept nowhere, and the entry for the file that TOCSIN_HTTP_SENDERS names.\n" +
        "Senders put it in the header: Authorization: Bearer TOKEN",
    )
    .action((name: string, options: { json?: boolean }) => {
      const { token, sha256 } = createToken();
      if (options.json) {
        printJson({ name, token, sha256 });
        return;
      }
      tellUser(`Token of ${name}, shown once:\n\n  ${token}\n\nFor the file of senders:\n`);
      print(stringify({ senders: [{ name, sha256 }] }).trimEnd());
    });
}
