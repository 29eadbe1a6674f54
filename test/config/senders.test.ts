import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readSenders } from "../../infra/config/senders.ts";
import { readSettings } from "../../infra/config/settings.ts";
import { ConfigError } from "../../infra/config/yaml.ts";
import { tocsin } from "../e2e/tocsin.ts";

const directory = mkdtempSync(join(tmpdir(), "tocsin-senders-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
};
const HASH = "ab".repeat(32);

test("what `token` prints is an entry of the file, and the token is in neither", async () => {
  const { out, err, code } = await tocsin(["token", "shop 1"]);
  expect(code).toBe(0);
  const token = /tcs_[\w-]{43}/.exec(err)?.[0];
  expect(token).toBeDefined();
  expect(out).not.toContain("tcs_");
  expect(readSenders(file("made.yaml", out))).toMatchObject([
    { name: "shop 1", streams: ["orders", "complaints", "context"], requestsPerMinute: 600 },
  ]);
});

test.each([
  ["empty.yaml", "", /senders/],
  ["none.yaml", "senders: []", /senders/],
  ["plain.yaml", "senders: [{name: a, token: tcs_x}]", /sha256[\s\S]*token|token[\s\S]*sha256/],
  ["short.yaml", "senders: [{name: a, sha256: abc}]", /expected the SHA-256 of the token, 64 lower-case hex digits/],
  ["stream.yaml", `senders: [{name: a, sha256: ${HASH}, streams: [returns]}]`, /orders/],
  [
    "twice.yaml",
    `senders: [{name: a, sha256: ${HASH}}, {name: a, sha256: ${HASH}}]`,
    /expected every name once, got "a" again[\s\S]*expected every sha256 once/,
  ],
])("%s is refused, every fault named", (name, text, message) => {
  expect(() => readSenders(file(name, text))).toThrow(ConfigError);
  expect(() => readSenders(file(name, text))).toThrow(message);
});

test("a port that other machines reach needs senders, or to be opened on purpose", () => {
  const read = (env: Record<string, string>) => readSettings(undefined, { TOCSIN_HTTP_HOST: "0.0.0.0", ...env });
  expect(() => read({})).toThrow(/expected a file of senders, or open/);
  expect(read({ TOCSIN_HTTP_SENDERS: "x.yaml" }).http.senders).toBe("x.yaml");
  expect(read({ TOCSIN_HTTP_OPEN: "true" }).http.open).toBe(true);
  for (const TOCSIN_HTTP_HOST of ["127.0.0.1", "127.1.2.3", "::1", "localhost"]) read({ TOCSIN_HTTP_HOST });
});
