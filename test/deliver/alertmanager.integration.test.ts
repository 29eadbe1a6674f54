import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createAlertmanager } from "../../infra/deliver/alertmanager.ts";
import { createOutbox } from "../../infra/deliver/outbox.ts";
import type { Store } from "../../infra/store/port.ts";
import { createAlert } from "../../processors/alert/main.ts";
import { alertPolicy } from "../../processors/alert/policy.ts";
import { openTestStore, recordingLog } from "./support.ts";

const EXAMPLE = fileURLToPath(new URL("../../infra/deliver/alertmanager.example.yml", import.meta.url));
/** Debian calls it prometheus-alertmanager. */
const program = ["prometheus-alertmanager", "alertmanager"].find((name) => !spawnSync(name, ["--version"]).error);
if (program === undefined) {
  const message = "Alertmanager is not installed (apt-get install prometheus-alertmanager): its tests are skipped";
  if (process.env.CI === "true") throw new Error(message);
  process.stderr.write(`${message}\n`);
}

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly endsAt: string;
}

describe.skipIf(program === undefined)("a real Alertmanager", () => {
  let place: Awaited<ReturnType<typeof openTestStore>>;
  let store: Store;
  let directory: string;
  let server: ChildProcess;
  let url: string;

  beforeAll(async () => {
    place = await openTestStore();
    store = place.store;
    directory = await mkdtemp(join(tmpdir(), "tocsin-alertmanager-"));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const flags = [`--config.file=${EXAMPLE}`, `--storage.path=${directory}`, "--cluster.listen-address="];
    server = spawn(program as string, [...flags, `--web.listen-address=127.0.0.1:${port}`], { stdio: "ignore" });
    const ready = () =>
      fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    await vi.waitUntil(ready, { timeout: 30_000, interval: 50 });
  });
  afterAll(async () => {
    server.kill();
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
    await place.close();
    await rm(directory, { recursive: true, force: true });
  });

  const incident = (at: number, change: string, size: number) => ({
    incident_id: "i1",
    at,
    change,
    measure: "stalls",
    dimension: "region",
    value: "420000",
    type: "",
    since: at,
    observed: size,
    expected: 1,
    p_value: 1e-9,
    size,
    evidence: "{}",
  });

  async function alerts(): Promise<Alert[]> {
    const response = await fetch(`${url}/api/v2/alerts?active=true`);
    return (await response.json()) as Alert[];
  }
  const ends = async () => (await alerts()).map(({ endsAt }) => Date.parse(endsAt));
  const severities = async () => (await alerts()).map(({ labels }) => labels.severity);

  test("a page opens, becomes graver, is kept alive, and is resolved", async () => {
    const start = Date.now() - 60_000;
    const follower = createAlert({
      store,
      log: recordingLog(),
      policy: alertPolicy.parse({}),
      sinks: ["alertmanager"],
    });
    const sink = createAlertmanager({ url, clock: Date.now, resendMs: 1000 });
    const outbox = createOutbox({ store, sinks: [sink], clock: Date.now, pollMs: 50 });
    let cursor = 0;
    const happens = async (row: ReturnType<typeof incident>) => {
      await store.insert("incident_changes", [row]);
      await follower.step({ from: cursor, to: row.at + 1 });
      cursor = row.at + 1;
    };
    await follower.start(0, "");

    await happens(incident(start, "opened", 40));
    expect(await outbox.drain()).toEqual({ delivered: 1, failed: 0, pending: 0 });
    expect(await alerts()).toMatchObject([
      {
        labels: { alertname: "TocsinIncident", severity: "warning", region: "420000", page_id: expect.any(String) },
        annotations: { summary: "地区 420000：滞留包裹异常增多", action: expect.stringContaining("加派运力") },
        startsAt: new Date(start).toISOString(),
      },
    ]);

    await happens(incident(start + 1000, "grew", 400));
    await outbox.drain();
    expect(await severities()).toEqual(["critical"]);

    // Only resends move its end: it holds for four of them, of a second each.
    const [before] = await ends();
    const done = outbox.run();
    await expect.poll(async () => (await ends())[0], { timeout: 20_000 }).toBeGreaterThan((before ?? 0) + 2500);
    expect(await severities()).toEqual(["critical"]);
    await outbox.stop();
    await done;

    await happens(incident(start + 2000, "resolved", 0));
    expect(await outbox.drain()).toEqual({ delivered: 1, failed: 0, pending: 0 });
    expect(await alerts()).toEqual([]);
  });

  test("what it refuses is marked failed with its own words", async () => {
    const attempt = await createAlertmanager({ url: `${url}/wrong-prefix`, clock: Date.now }).deliver(
      {
        kind: "page",
        effectId: "p.1.opened",
        lane: "p",
        at: 1,
        message: {},
        pageId: "p",
        change: "opened",
        subjectKind: "incident",
        severity: "warning",
        region: "",
        openedAt: 1,
        severities: ["warning"],
      },
      new AbortController().signal,
    );
    expect(attempt).toMatchObject({ kind: "refused", detail: expect.stringMatching(/^HTTP 40[45]/) });
  });

  test("the example configuration is valid and routes by severity", async () => {
    const run = promisify(execFile);
    expect((await run("amtool", ["check-config", EXAMPLE])).stdout).toContain("SUCCESS");
    const route = async (severity: string) =>
      (
        await run("amtool", [
          "config",
          "routes",
          "test",
          `--config.file=${EXAMPLE}`,
          "alertname=TocsinIncident",
          `severity=${severity}`,
        ])
      ).stdout.trim();
    expect(await route("critical")).toBe("on-call");
    expect(await route("warning")).toBe("team");
    expect(await route("info")).toBe("board-only");
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("expected a TCP address");
  return address.port;
}
