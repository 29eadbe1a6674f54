import { mkdtemp, rm } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { createClient } from "@clickhouse/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Front, startFront } from "../../infra/store/front/start.ts";
import { openStore } from "../../infra/store/open.ts";
import { runChild, runFront } from "./child.ts";

let root: string;
let front: Front;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tocsin-http-"));
  front = await startFront({ path: join(root, "data"), maxBodyBytes: 1_000_000 });
  await ask("", "CREATE TABLE t (id UInt32, text String) ENGINE = ReplacingMergeTree ORDER BY id");
});
afterAll(async () => {
  await front.close();
  await rm(root, { recursive: true, force: true });
});

const ask = (
  search: string,
  body?: string | Uint8Array<ArrayBuffer> | FormData,
  headers: Record<string, string> = {},
) =>
  fetch(`${front.url}/${search}`, {
    method: body === undefined ? "GET" : "POST",
    headers,
    ...(body !== undefined && { body }),
  });
const search = (words: Record<string, string>) => `?${new URLSearchParams(words)}`;

describe("ClickHouse's HTTP interface", () => {
  test("ping and an empty question answer Ok.", async () => {
    expect(await (await ask("ping")).text()).toBe("Ok.\n");
    expect(await (await ask("")).text()).toBe("Ok.\n");
    expect((await ask("nope")).status).toBe(404);
  });

  test("a query comes from the address, the body or both", async () => {
    expect(await (await ask(search({ query: "SELECT 1" }))).text()).toBe("1\n");
    expect(await (await ask("", "SELECT 2")).text()).toBe("2\n");
    expect(await (await ask(search({ query: "SELECT" }), "3")).text()).toBe("3\n");
  });

  test("says what it answered in its headers", async () => {
    const answer = await ask(
      search({ query_id: "mine", default_format: "JSONCompact" }),
      "SELECT 1 AS one FORMAT CSVWithNames",
    );
    expect(await answer.text()).toBe('"one"\n1\n');
    const { headers } = answer;
    expect(headers.get("x-clickhouse-query-id")).toBe("mine");
    expect(headers.get("x-clickhouse-format")).toBe("CSVWithNames");
    expect(headers.get("x-clickhouse-timezone")).toMatch(/\w/);
    expect(headers.get("content-type")).toContain("text/csv");
    expect(JSON.parse(headers.get("x-clickhouse-summary") ?? "")).toMatchObject({ read_rows: "1", written_rows: "0" });
    const json = await ask(search({ default_format: "JSONCompact" }), "SELECT 1 AS one");
    expect(await json.json()).toMatchObject({ data: [[1]] });
  });

  test.each([
    [404, 60, "", "SELECT * FROM nowhere"],
    [400, 62, "", "SELEC 1"],
    [400, 62, "", ""],
    [400, 62, "", "SELECT 1; SELECT 2"],
    [404, 81, "?database=nowhere", "SELECT 1"],
    [404, 115, "?no_such_setting=1", "SELECT 1"],
    [404, 73, "?default_format=Nope", "SELECT 1"],
    [408, 159, "?max_execution_time=0.1", "SELECT sleepEachRow(0.05) FROM numbers(100) SETTINGS max_block_size = 1"],
    [500, 396, "?max_result_bytes=1000", "SELECT number FROM numbers(100000)"],
    [501, 48, "?session_id=x", "SELECT 1"],
    [501, 48, "?compress=1", "SELECT 1"],
    [400, 36, "?a-b=1", "SELECT 1"],
    [501, 48, "?query=INSERT+INTO+t+FORMAT+Parquet", "\u0001\u0000\u0000\u0000\u0001x"],
    [404, 60, "?query=INSERT+INTO+nowhere+FORMAT+TSV", ""],
    [400, 27, "?query=INSERT+INTO+t+FORMAT+TSV", "1\n"],
  ])("status %i and code %i for %s %s", async (status, code, words, body) => {
    const answer = await ask(words || "?", body);
    const text = await answer.text();
    expect({ status: answer.status, code: answer.headers.get("x-clickhouse-exception-code") }, text).toEqual({
      status,
      code: `${code}`,
    });
    expect(text).toMatch(new RegExp(`^Code: ${code}\\. DB::Exception: [^]*\\([A-Z_]+\\) \\(version [\\d.]+\\)\\n$`));
  });

  test("GET only reads", async () => {
    const answer = await ask(search({ query: "DROP TABLE t" }));
    expect(answer.headers.get("x-clickhouse-exception-code")).toBe("164");
    expect((await ask("", "SELECT count() FROM t")).status).toBe(200);
  });

  test("parameters come in the address or in a form", async () => {
    const words = { param_x: "a\\nb\\'", param_list: "['it\\'s',NULL]" };
    const sql = "SELECT {x:String} AS x, {list:Array(Nullable(String))} AS list FORMAT JSONEachRow";
    const expected = { x: "a\nb'", list: ["it's", null] };
    expect(await (await ask(search(words), sql)).json()).toEqual(expected);
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...words, query: sql })) form.set(name, value);
    expect(await (await ask("", form)).json()).toEqual(expected);
  });

  test("nothing of one request is left for the next", async () => {
    const setting = "SELECT getSetting('max_block_size'), currentDatabase()";
    const before = await (await ask("", setting)).text();
    expect(await (await ask("?max_block_size=77&database=system", setting)).text()).toBe("77\tsystem\n");
    expect(await (await ask("", setting)).text()).toBe(before);
    await ask("?param_left=1", "SELECT {left:String}");
    expect((await ask("", "SELECT {left:String}")).headers.get("x-clickhouse-exception-code")).toBe("456");
  });

  test("rows come packed and answers go packed", async () => {
    const rows = `${Array.from({ length: 1000 }, (_, i) => `${5000 + i}\t上海 ${i}`).join("\n")}\n`;
    const insert = search({ query: "INSERT INTO t (id, text) FORMAT TSV" });
    const answer = await ask(insert, new Uint8Array(gzipSync(rows)), { "content-encoding": "gzip" });
    expect(JSON.parse(answer.headers.get("x-clickhouse-summary") ?? "")).toMatchObject({ written_rows: "1000" });
    const client = createClient({ url: front.url, compression: { request: true, response: true } });
    await client.insert({ table: "t", format: "JSONEachRow", values: [{ id: 6000, text: "last" }] });
    const found = await client.query({
      query: "SELECT * FROM t FINAL WHERE id >= 5000 ORDER BY id",
      format: "TabSeparated",
    });
    expect(found.response_headers["content-encoding"]).toBe("gzip");
    expect(await found.text()).toBe(`${rows}6000\tlast\n`);
    await client.close();
    expect((await ask(insert, "no gzip", { "content-encoding": "gzip" })).status).toBe(400);
    expect((await ask(insert, "1", { "content-encoding": "zstd" })).status).toBe(501);
  });

  test("bytes that are no UTF-8 stay what they are", async () => {
    const text = new Uint8Array([0x37, 0x09, 0xff, 0xfe, 0x80, 0x0a]);
    await ask(search({ query: "INSERT INTO t FORMAT TabSeparated" }), text);
    expect(await (await ask("", "SELECT hex(text) FROM t WHERE id = 7")).text()).toBe("FFFE80\n");
    const native = new Uint8Array(
      await (await ask("", "SELECT text FROM t WHERE id = 7 FORMAT RowBinary")).arrayBuffer(),
    );
    expect([...native]).toEqual([3, 0xff, 0xfe, 0x80]);
  });

  test("a body beyond the limit is refused, packed or not", async () => {
    const insert = search({ query: "INSERT INTO t FORMAT TSV" });
    const large = "9\tx\n".repeat(400_000);
    const status = await ask(insert, large).then(
      (answer) => answer.status,
      () => "cut off",
    );
    expect([413, "cut off"]).toContain(status);
    const bomb = await ask(insert, new Uint8Array(gzipSync(large)), { "content-encoding": "gzip" });
    expect([bomb.status, bomb.headers.get("x-clickhouse-exception-code")]).toEqual([413, "229"]);
    expect(await (await ask("", "SELECT count() FROM t WHERE id = 9")).text()).toBe("0\n");
  });

  test("a page in a browser is turned away", async () => {
    const answer = await ask("", "SELECT 1", { origin: "http://evil.example" });
    expect([answer.status, answer.headers.get("x-clickhouse-exception-code")]).toEqual([403, "516"]);
  });

  test("a client that goes away in the middle disturbs nobody", async () => {
    const { hostname, port } = new URL(front.url);
    const socket = createConnection(Number(port), hostname);
    await new Promise<void>((written) =>
      socket.write(
        "POST /?query=INSERT+INTO+t+FORMAT+TSV HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n8\thalf\n",
        () => written(),
      ),
    );
    socket.destroy();
    expect(await (await ask("", "SELECT count() FROM t WHERE id = 8")).text()).toBe("0\n");
  });
});

describe("as a process", () => {
  test("an account is asked for when there is one", async () => {
    const path = join(root, "account");
    const closed = await runFront(path, { CLICKHOUSE_USER: "ops", CLICKHOUSE_PASSWORD: "p:w" });
    const read = (headers: Record<string, string>) =>
      fetch(`${closed.url}/?query=SELECT+1`, { headers }).then((answer) => answer.status);
    expect(await read({})).toBe(403);
    expect(await read({ "x-clickhouse-user": "ops", "x-clickhouse-key": "no" })).toBe(403);
    expect(await read({ "x-clickhouse-user": "ops", "x-clickhouse-key": "p:w" })).toBe(200);
    expect(await read({ authorization: `Basic ${btoa("ops:p:w")}` })).toBe(200);
    const wrong = openStore({ url: closed.url.replace("//", "//ops:hidden@") });
    const error = (await wrong.catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: 516, fate: "permanent" });
    expect(error.message).not.toContain("hidden");
    const store = await openStore({ url: closed.url, username: "ops", password: "p:w" });
    await store.ping();
    await store.close();
    expect(await closed.kill("SIGTERM")).toBe(0);
  });

  test("what was acknowledged is there after kill -9", async () => {
    const path = join(root, "killed");
    const first = await runFront(path);
    const tools = { sleep: async () => {}, random: () => 0 };
    const store = await openStore({ url: first.url, retry: { attempts: 1, baseMs: 1, maxMs: 1 }, tools });
    await store.command("CREATE TABLE t (id UInt32) ENGINE = ReplacingMergeTree ORDER BY id");
    const acknowledged: number[] = [];
    const write = async (from: number) => {
      for (let id = from; ; id += 3) {
        await store.insert("t", [{ id }]);
        acknowledged.push(id);
        if (acknowledged.length === 60) first.process.kill("SIGKILL");
      }
    };
    const ends = await Promise.allSettled([write(0), write(1), write(2)]);
    for (const end of ends) expect(end).toMatchObject({ reason: { fate: "transient" } });
    expect(await first.ended).toBe("SIGKILL");
    await store.close();
    const second = await runFront(path);
    const again = await openStore({ url: second.url });
    const found = new Set((await again.query<{ id: number }>("SELECT DISTINCT id FROM t")).map(({ id }) => id));
    expect(acknowledged.length).toBeGreaterThanOrEqual(60);
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
    await again.close();
    await second.kill("SIGTERM");
  });

  test("SIGTERM finishes what runs and refuses what comes", async () => {
    const running = await runFront(join(root, "stopped"));
    const store = await openStore({ url: running.url });
    await store.command("CREATE TABLE t (id UInt32) ENGINE = ReplacingMergeTree ORDER BY id");
    const slow = fetch(running.url, {
      method: "POST",
      body: "INSERT INTO t SELECT sleepEachRow(0.1) + number FROM numbers(8)",
    });
    let seen = 0;
    while (seen === 0) {
      const found = await store.query<{ n: number }>(
        "SELECT count() AS n FROM system.processes WHERE query LIKE 'INSERT INTO t SELECT%'",
      );
      seen = found[0]?.n ?? 0;
    }
    const ended = running.kill("SIGTERM");
    expect((await slow).status).toBe(200);
    expect(await ended).toBe(0);
    await expect(fetch(running.url)).rejects.toThrow();
    await store.close();
  });

  test("a held directory and a port in use are one clear line each", async () => {
    const path = join(root, "held");
    const holder = await runFront(path);
    const second = runChild("infra/cli/clickhouse.ts", ["--path", path, "--port", "0"]);
    expect(await second.ended).toBe(1);
    expect(second.errors()).toMatch(/^chDB at .*held: another process \(\d+\) holds this directory; .*\n$/);
    const port = new URL(holder.url).port;
    const third = runChild("infra/cli/clickhouse.ts", ["--path", join(root, "free"), "--port", port]);
    expect(await third.ended).toBe(1);
    expect(third.errors()).toMatch(new RegExp(`^port ${port} of 127\\.0\\.0\\.1 is in use: .*\\n$`));
    const fourth = runChild("infra/cli/clickhouse.ts", ["--port", "many"]);
    expect(await fourth.ended).toBe(2);
    await holder.kill("SIGTERM");
  });
});

describe("opening a store", () => {
  test("a server that is not there is named, without the password", async () => {
    const open = openStore({ url: "http://ops:hidden@127.0.0.1:1/tocsin" });
    const error = (await open.catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: "ECONNREFUSED", fate: "transient" });
    expect(error.message).toContain("ClickHouse at http://127.0.0.1:1: no ClickHouse answers there");
    expect(error.message).not.toContain("hidden");
  });

  test("options that make no sense are refused", async () => {
    await expect(openStore({})).rejects.toThrow("expected either a url or a path, got neither");
    await expect(openStore({ url: "ftp://x:secret@y" })).rejects.toThrow(
      /^store: expected a url like http(?!.*secret)/,
    );
    await expect(openStore({ url: front.url, database: "a`b" })).rejects.toThrow("expected a database name");
  });

  test("the database of the URL is made when it is not there", async () => {
    const store = await openStore({ url: `${front.url}/fresh` });
    expect(await store.query("SELECT currentDatabase() AS name")).toEqual([{ name: "fresh" }]);
    await store.close();
  });
});

test("packed answers are what they say", async () => {
  const answer = await new Promise<Buffer>((done) => {
    const { hostname, port } = new URL(front.url);
    const socket = createConnection(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("end", () => done(Buffer.concat(chunks)));
    socket.write(
      "GET /?query=SELECT+42&enable_http_compression=1 HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n",
    );
  });
  const body = answer.subarray(answer.indexOf("\r\n\r\n") + 4);
  expect(gunzipSync(body).toString()).toBe("42\n");
});
