import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SIGNATURE_HEADER, sign, TIMESTAMP_HEADER, verify } from "../../infra/deliver/signature.ts";

const NOW = 1_700_000_000_000;
const signed = (secret: string, body: string) => {
  const headers = sign(secret, body, NOW);
  return { headers, timestamp: headers[TIMESTAMP_HEADER], signature: headers[SIGNATURE_HEADER], body, now: NOW };
};

test("a worked example: openssl dgst -sha256 -hmac whsec over 1700000000.{}", () => {
  expect(sign("whsec", "{}", NOW)).toEqual({
    "tocsin-timestamp": "1700000000",
    "tocsin-signature": "v1=7d44587dddbaf4c7f70fef20f48cd594834ffea1641e3ac227b84408298738af",
  });
});

describe("verify", () => {
  const message = signed("one", '{"id":"投诉"}');
  test("takes what was signed with any of the secrets that hold", () => {
    expect(verify({ ...message, secrets: ["one"] })).toBe("ok");
    expect(verify({ ...message, secrets: ["new", "one"] })).toBe("ok");
    expect(verify({ ...message, body: Buffer.from(message.body), secrets: ["one"] })).toBe("ok");
  });

  test.each([
    [{ secrets: ["two"] }, "wrong_signature"],
    [{ secrets: [] }, "wrong_signature"],
    [{ body: '{"id":"投诉" }' }, "wrong_signature"],
    [{ timestamp: "1700000001" }, "wrong_signature"],
    [{ now: NOW + 300_000 }, "ok"],
    [{ now: NOW + 300_001 }, "too_old"],
    [{ now: NOW - 300_001 }, "too_old"],
    [{ timestamp: undefined }, "malformed"],
    [{ timestamp: "soon" }, "malformed"],
    [{ signature: undefined }, "malformed"],
    [{ signature: "v1=" }, "malformed"],
    [{ signature: `v2=${"0".repeat(64)}` }, "malformed"],
  ])("%j: %s", (over, expected) => {
    expect(verify({ ...message, secrets: ["one"], ...over })).toBe(expected);
  });
});

test("law: what was signed verifies, and no other body does", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), fc.string(), (secret, body, other) => {
      const message = { ...signed(secret, body), secrets: [secret] };
      expect(verify(message)).toBe("ok");
      expect(verify({ ...message, body: other })).toBe(other === body ? "ok" : "wrong_signature");
    }),
  );
});

test("the check in the manual works as printed", async () => {
  const manual = await readFile(new URL("../../infra/deliver/README.md", import.meta.url), "utf8");
  const code = /```js\n([\s\S]*?)```/.exec(manual)?.[1] ?? "";
  const { isFromTocsin } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const { headers, body } = signed("one", '{"id":"投诉"}');
  expect(isFromTocsin("one", headers, body, NOW)).toBe(true);
  expect(isFromTocsin("one", headers, Buffer.from(body), NOW + 300_000)).toBe(true);
  expect(isFromTocsin("one", headers, body, NOW + 300_001)).toBe(false);
  expect(isFromTocsin("two", headers, body, NOW)).toBe(false);
  expect(isFromTocsin("one", headers, `${body} `, NOW)).toBe(false);
  expect(isFromTocsin("one", {}, body, NOW)).toBe(false);
});
