import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";

/** Settings or a policy that cannot be used, in words for the person who wrote them. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Names every bad value at once: fixing a file one error at a time is a bad evening. */
export const faultsIn = (what: string, error: z.ZodError): ConfigError =>
  new ConfigError(`${what} has ${error.issues.length} fault(s):\n${z.prettifyError(error)}`);

/**
 * The map in a YAML file; an empty file is an empty map.
 * @throws ConfigError when it cannot be read, is no YAML, or holds something else
 */
export function readYaml(file: string): Record<string, unknown> {
  const contents = parsed(file, textOf(file)) ?? {};
  if (typeof contents === "object" && !Array.isArray(contents)) return contents as Record<string, unknown>;
  throw new ConfigError(`${file}: expected a map of names and values, got ${JSON.stringify(contents).slice(0, 60)}`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const says: Record<string, string> = {
      ENOENT: "found nothing of that name",
      EISDIR: "got a directory",
      EACCES: "permission denied",
    };
    throw new ConfigError(`${file}: expected a YAML file, ${says[code ?? ""] ?? message}`, { cause });
  }
}

function parsed(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    // What follows the first line is a drawing of the place, whose line the first line names.
    const [said = ""] = (cause as Error).message.split("\n");
    throw new ConfigError(`${file}: expected YAML: ${said.replace(/:$/, "")}`, { cause });
  }
}
