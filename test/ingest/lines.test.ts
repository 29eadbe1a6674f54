import { truncate } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_RECORD_BYTES } from "../../ingest/contracts/read.ts";
import { type Line, linesOf, readLines } from "../../ingest/lines.ts";
import { fileWith, folder } from "./files.ts";

async function collect(lines: AsyncIterable<readonly Line[]>): Promise<{ lines: Line[]; error?: Error }> {
  const found: Line[] = [];
  try {
    for await (const batch of lines) found.push(...batch);
  } catch (error) {
    return { lines: found, error: error as Error };
  }
  return { lines: found };
}
const textsIn = async (contents: string | Buffer) => {
  const { lines, error } = await collect(readLines(await fileWith(contents)));
  if (error) throw error;
  return lines.map(({ bytes, number }) => [number, bytes.toString()]);
};
async function* pieces(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    yield bytes.subarray(from, end);
    from = end;
  }
}

describe("lines", () => {
  test.each([
    ["an empty file", "", []],
    ["white space alone", "\n \r\n\t\n", []],
    [
      "no line end at the end",
      "a\nb",
      [
        [1, "a"],
        [2, "b"],
      ],
    ],
    [
      "carriage returns and empty lines",
      "a\r\n\r\n\nb\r\n",
      [
        [1, "a"],
        [4, "b"],
      ],
    ],
    [
      "a byte order mark",
      "\ufeffa\n\ufeffb\n",
      [
        [1, "a"],
        [2, "\ufeffb"],
      ],
    ],
    ["a byte order mark alone", "\ufeff", []],
    ["spaces inside", " a b \n", [[1, " a b "]]],
  ])("%s", async (_, contents, expected) => {
    expect(await textsIn(contents)).toEqual(expected);
    expect(await textsIn(gzipSync(contents))).toEqual(expected);
  });

  test("two gzips one after the other are one file", async () => {
    expect(await textsIn(Buffer.concat([gzipSync("a\nb"), gzipSync("c\n")]))).toEqual([
      [1, "a"],
      [2, "bc"],
    ]);
  });

  test("do not depend on where the pieces are cut", async () => {
    const text = fc.array(fc.constantFrom("a", "é", "\n", "\r\n", "\r", " ", "\ufeff"), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(), { maxLength: 10 }), async (parts, cuts) => {
        const bytes = Buffer.from(parts.join(""));
        const show = async (of: AsyncIterable<Buffer>) =>
          (await collect(linesOf(of))).lines.map(({ bytes: line, length, number }) => [
            line.toString(),
            length,
            number,
          ]);
        expect(await show(pieces(bytes, cuts))).toEqual(await show(pieces(bytes, [])));
      }),
    );
  });

  test("a line of 10 MB is cut to what is kept, and reading goes on", async () => {
    const huge = 10 * 1024 * 1024;
    const { lines } = await collect(readLines(await fileWith(`a\n${"x".repeat(huge)}\r\nb\n`)));
    expect(lines.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(lines[1]?.length).toBe(huge + 1);
    expect(lines[1]?.bytes.length).toBeGreaterThanOrEqual(MAX_RECORD_BYTES);
    expect(lines[1]?.bytes.length).toBeLessThan(MAX_RECORD_BYTES + 10);
    expect(lines[2]?.bytes.toString()).toBe("b");
  });

  test("a record of the largest size fits between a byte order mark and a carriage return", async () => {
    const { lines } = await collect(readLines(await fileWith(`\ufeff${"x".repeat(MAX_RECORD_BYTES)}\r\n`)));
    expect(lines).toMatchObject([{ length: MAX_RECORD_BYTES, number: 1 }]);
    expect(lines[0]?.bytes.length).toBe(MAX_RECORD_BYTES);
  });
});

describe("what cannot be read says which file and why", () => {
  test("a directory, and a file that is not there", async () => {
    const dir = await folder();
    expect((await collect(readLines(dir))).error?.message).toBe(`${dir}: expected a file, got a directory`);
    const missing = `${dir}/none.ndjson`;
    const { error } = await collect(readLines(missing));
    expect(error).toMatchObject({
      name: "InputError",
      message: `${missing}: expected a file, found nothing of that name`,
    });
  });

  test("a gzip that breaks off gives the lines before it, wherever it breaks", async () => {
    const whole = Array.from({ length: 20_000 }, (_, n) => `line ${n} ${((n * 7919) % 100_003).toString(36)}`);
    const packed = gzipSync(`${whole.join("\n")}\n`);
    for (const kept of [packed.length - 1, packed.length - 9, Math.floor(packed.length / 2), 70_000]) {
      const path = await fileWith(packed, "broken.gz");
      await truncate(path, kept);
      const { lines, error } = await collect(readLines(path));
      expect(error?.message).toMatch(/broken\.gz: expected a whole gzip file, got one that breaks off/);
      expect(lines.map(({ bytes }) => bytes.toString())).toEqual(whole.slice(0, lines.length));
      expect(lines.length).toBeGreaterThan((whole.length * kept) / packed.length - 4000);
    }
  });

  test("a gzip with damaged data", async () => {
    const packed = gzipSync(Array.from({ length: 20_000 }, (_, n) => `line ${(n * 7919) % 100_003}`).join("\n"));
    packed.fill(0xff, packed.length - 3000, packed.length - 2000);
    const { lines, error } = await collect(readLines(await fileWith(packed, "damaged.gz")));
    expect(error?.message).toMatch(/damaged\.gz: expected a sound gzip file/);
    expect(lines.length).toBeGreaterThan(1000);
  });
});
