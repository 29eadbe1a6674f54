import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { registerDashboards } from "../../dashboards/cli.ts";
import { chosen } from "../../dashboards/grafana/boards/filters.ts";
import { boardFiles, type Files } from "../../dashboards/grafana/build.ts";
import { checkBoards } from "../../dashboards/grafana/check.ts";
import { inspect } from "../../dashboards/grafana/inspect.ts";
import { type Choice, expand } from "../../dashboards/grafana/macros.ts";
import type { Store } from "../../infra/store/port.ts";
import { emptyStore } from "./open.ts";
import * as rows from "./rows.ts";

const BOARD = "dashboards/tocsin/tocsin-operations.json";
const RULES = "provisioning/alerting/tocsin-rules.yaml";
const CONTACTS = "provisioning/alerting/tocsin-contact-points.yaml";
const POLICIES = "provisioning/alerting/tocsin-policies.yaml";

let store: Store;
beforeAll(async () => {
  store = await emptyStore();
});
afterAll(async () => store.close());

describe("dashboards as built", () => {
  test("are without fault on an empty store, and on one with rows", async () => {
    expect(await checkBoards(store)).toEqual([]);
    const at = Date.now() - 3_600_000;
    await store.insert("finding_changes", [rows.findingChange({ at, since: at })]);
    await store.insert("incident_changes", [rows.incidentChange({ at })]);
    await store.insert("judgements", [rows.judgement({ at })]);
    await store.insert("forecast_issues", [rows.forecastIssue({ issued_at: at, points: [{ at }] })]);
    await store.insert("order_events", [rows.orderEvent({ at, known_at: at })]);
    await store.insert("progress", [rows.progress({ open: 10, watermark: at })]);
    await store.insert("page_changes", [rows.pageChange({ at })]);
    await store.insert("actions", [rows.action({ decided_at: at })]);
    expect(await checkBoards(store)).toEqual([]);
  });

  test("are the same bytes every time", () => {
    expect([...boardFiles()]).toEqual([...boardFiles()]);
  });

  test("their figures say what the rows say", async () => {
    const board = JSON.parse(boardFiles().get(BOARD) ?? "");
    const now = new Date();
    const choice = { from: new Date(now.getTime() - 86_400_000), to: now, intervalSeconds: 60 };
    const ask = async (title: string, region: string[]) => {
      const panel = board.panels.find((p: { title: string }) => p.title === title);
      const sql = expand(panel.targets[0].rawSql, { ...choice, variables: { region, carrier: [] } });
      return store.query<Record<string, unknown>>(sql);
    };
    expect(await ask("Stalled parcels", [])).toEqual([{ value: 1 }]);
    expect(await ask("Stalled parcels", ["420000"])).toEqual([{ value: 1 }]);
    expect(await ask("Stalled parcels", ["440000"])).toEqual([{ value: 0 }]);
    expect(await ask("Stalled parcels, longest first", [])).toMatchObject([{ order_id: "o1", hub: "WUH-1" }]);
    expect(await ask("New findings by kind", [])).toMatchObject([{ kind: "stalled_transit", opened: 1 }]);
  });
});

/** Each is a mistake somebody makes, and what the check must say about it. */
const MISTAKES: [name: string, file: string, from: string | RegExp, to: string, says: RegExp][] = [
  ["no unit", BOARD, '"unit": "eps"', '"unit": ""', /panel 12.*expected a unit/],
  ["no title", BOARD, '"title": "Forecast"', '"title": " "', /panel 11.*expected a title/],
  ["no advice", BOARD, /"description": "Rules that fire now[^"]*"/, '"description": "Alerts"', /panel 7.*what to do/],
  ["no text for nothing", BOARD, '"noValue": "nobody was paged"', '"noValue": ""', /panel 19.*no value/],
  ["overlap", BOARD, /"x": 4,/, '"x": 3,', /expected panels that do not overlap/],
  ["out of the grid", BOARD, /"x": 20,/, '"x": 22,', /within 24 columns/],
  ["two panels with one id", BOARD, '"id": 18', '"id": 17', /panel ids that differ, got 17 twice/],
  ["no legend", BOARD, '"showLegend": true', '"showLegend": false', /expected a legend/],
  ["refreshed every second", BOARD, '"refresh": "1m"', '"refresh": "5s"', /refresh of a minute/],
  [
    "another data source",
    BOARD,
    '"uid": "tocsin-clickhouse"\n          },\n          "editorType"',
    '"uid": "other"\n          },\n          "editorType"',
    /expected data source tocsin-clickhouse/,
  ],
  [
    "unknown variable",
    BOARD,
    /\{region:singlequote\}/,
    "{regoin:singlequote}",
    /expected one of the variables region, carrier, got \$regoin/,
  ],
  [
    "unknown macro",
    BOARD,
    "$__timeFilter(known_at)",
    "$__timeFitler(known_at)",
    /expected a known macro or variable, got \$__timeFitler/,
  ],
  ["unbounded", BOARD, "WHERE $__timeFilter(received_at) GROUP", "GROUP", /bound in time .*all of dead_letters/],
  [
    "table without LIMIT",
    BOARD,
    "ORDER BY decided_at DESC, action_id LIMIT 100",
    "ORDER BY decided_at",
    /panel 18.*a LIMIT/,
  ],
  [
    "unknown column",
    BOARD,
    "uniqExact(letter_id) AS letters",
    "uniqExact(leter_id) AS letters",
    /panel 13.*SQL that runs.*leter_id/,
  ],
  ["no time column", BOARD, "AS time, reason", "AS moment, reason", /panel 13/],
  ["SQL of a rule", RULES, "uniqExact(letter_id)", "uniqExact(nothing)", /rule tocsin-rejected.*nothing/],
  [
    "a rule with two columns",
    RULES,
    "SELECT 1 AS value LIMIT 1",
    "SELECT 1 AS value, 2 AS b LIMIT 1",
    /one numeric column called value/,
  ],
  [
    "unbounded rule",
    RULES,
    "WHERE received_at >= $__toTime - INTERVAL 15 MINUTE",
    "",
    /rule tocsin-rejected.*bound in time/,
  ],
  ["misspelt key", RULES, "keepFiringFor:", "keepFiring:", /Unrecognized key: "keepFiring"/],
  ["interval as a number", RULES, "interval: 1m", "interval: 60", /groups\.0\.interval/],
  ["a panel that is not there", RULES, "panelId: 13", "panelId: 99", /a panel that exists, got tocsin-operations 99/],
  ["calms above where it fires", RULES, "- 300", "- 3000", /calm at or below/],
  ["an unset variable in a label", RULES, "component: ingest", "component: $COMPONENT", /no single \$/],
  ["an empty contact", CONTACTS, /url: .*/, 'url: ""', /contactPoints\.0/],
  ["a variable in a contact", CONTACTS, /url: .*/, "url: http://$HOST/", /no single \$/],
  [
    "a receiver nobody defined",
    POLICIES,
    "receiver: tocsin-oncall",
    "receiver: tocsin-oncal",
    /one of the receivers .*got tocsin-oncal$/,
  ],
  ["no dead man's switch", POLICIES, "- watchdog", "- watchcat", /a rule that always fires and its route/],
  ["not YAML", POLICIES, "apiVersion: 1", "apiVersion: [1", /policies\.yaml.*expected YAML/],
];

describe("the check finds", () => {
  test.each(MISTAKES)("%s", async (_name, file, from, to, says) => {
    const text = boardFiles().get(file) ?? "";
    const broken = text.replace(from, () => to);
    expect(broken, "the mistake must change the file").not.toBe(text);
    const files: Files = new Map([...boardFiles(), [file, broken]]);
    const seen = inspect(files).faults;
    // Running every SQL takes a while: only when nothing was wrong to the eye.
    const faults = seen.length > 0 ? seen : await checkBoards(store, files);
    expect(faults.map((f) => `${f.file}: ${f.where}: expected ${f.expected}, got ${f.got}`).join("\n")).toMatch(
      new RegExp(says.source, "m"),
    );
  });

  test("too many panels", async () => {
    const board = JSON.parse(boardFiles().get(BOARD) ?? "");
    const more = [20, 21].map((id) => ({ ...board.panels[1], id, gridPos: { x: 0, y: 100 + id, w: 4, h: 1 } }));
    const files: Files = new Map([[BOARD, JSON.stringify({ ...board, panels: [...board.panels, ...more] })]]);
    expect(inspect(files).faults).toContainEqual(expect.objectContaining({ expected: "at most 20 panels", got: "21" }));
  });

  test("a file Grafana would stumble over", async () => {
    const files: Files = new Map([...boardFiles(), ["provisioning/alerting/README.md", "hello"]]);
    expect(inspect(files).faults).toMatchObject([{ file: "provisioning/alerting/README.md" }]);
  });
});

describe("macros", () => {
  const choice: Choice = {
    from: new Date(0),
    to: new Date(60_500),
    intervalSeconds: 30,
    variables: { region: ["a'b", "c"], carrier: [] },
  };
  test("are expanded as the plugin does", () => {
    expect(expand("$__timeFilter(at)", choice)).toBe("at >= toDateTime(0) AND at <= toDateTime(60)");
    expect(expand("$__timeFilter_ms(at)", choice)).toContain("fromUnixTimestamp64Milli(60500)");
    expect(expand("$__timeInterval(f(at, 1))", choice)).toBe(
      "toStartOfInterval(toDateTime(f(at, 1)), INTERVAL 30 second)",
    );
    expect(expand(chosen("r", "region"), choice)).toBe("r IN ('a\\'b','c')");
    expect(expand(chosen("r", "carrier"), choice)).toBe("1=1");
    expect(() => expand("$__timeInterval(at", choice)).toThrow("expected a closing parenthesis");
  });
});

describe("the command line", () => {
  const run = async (...args: string[]) => {
    const lines: string[] = [];
    const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
    const shared: Store = { ...store, close: async () => {} };
    registerDashboards(program, async () => shared, { out: (text) => lines.push(text) });
    for (const command of program.commands)
      for (const sub of command.commands) sub.exitOverride().configureOutput({ writeErr: () => {} });
    await program.parseAsync(["dashboards", ...args], { from: "user" });
    return lines;
  };

  test("build writes what was asked for, check says ok", async () => {
    const out = mkdtempSync(join(tmpdir(), "tocsin-grafana-"));
    try {
      const lines = await run(
        "build",
        "--out",
        out,
        "--alert-url",
        "https://pager.example/hook",
        "--clickhouse-port",
        "8443",
      );
      expect(lines).toHaveLength(7);
      expect(readFileSync(join(out, CONTACTS), "utf8")).toContain("url: https://pager.example/hook");
      expect(readFileSync(join(out, "provisioning/datasources/tocsin.yaml"), "utf8")).toContain("port: 8443");
      expect(readFileSync(join(out, BOARD), "utf8")).toBe(boardFiles().get(BOARD));
    } finally {
      rmSync(out, { recursive: true });
    }
    expect(JSON.parse((await run("check", "--json")).join(""))).toEqual({ ok: true, faults: [] });
  });

  test("refuses what would stop Grafana from loading", async () => {
    await expect(run("build", "--alert-url", "$PAGER")).rejects.toThrow("expected a URL without $, got $PAGER");
    await expect(run("build", "--clickhouse-port", "http")).rejects.toThrow("expected a port from 1 to 65535");
  });
});
