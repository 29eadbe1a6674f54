import { existsSync } from "node:fs";
import Fastify, { type FastifyInstance } from "fastify";
import { type Browser, chromium, type Page } from "playwright-core";
import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { livePage } from "../../dashboards/live/plugin.ts";
import type { Store } from "../../infra/store/port.ts";
import { emptyStore } from "./open.ts";
import * as rows from "./rows.ts";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const found = existsSync(CHROMIUM);
const NASTY = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>';
const { T0, HOUR } = rows;

test.runIf(!found && process.env.CI === "true")("a browser is there", () => {
  expect(found, `expected Chromium at ${CHROMIUM} (or at CHROMIUM)`).toBe(true);
});

describe.skipIf(!found)(`the live page in a browser (needs ${CHROMIUM})`, () => {
  let store: Store;
  let app: FastifyInstance;
  let browser: Browser;
  let url: string;
  let broken = false;

  beforeAll(async () => {
    store = await emptyStore();
    const fragile: Store = {
      ...store,
      query: (sql, params) => (broken ? Promise.reject(new Error("gone")) : store.query(sql, params)),
    };
    app = Fastify();
    const status = { phase: "running", speed: 300, eventsPerSecond: 1234, pending: 5, progress: 0.5 } as const;
    const regionName = (code: string) => (code === "440000" ? "广东" : code);
    await app.register(livePage({ store: fragile, registry: new Registry(), status: () => status, regionName }));
    url = await app.listen({ host: "127.0.0.1", port: 0 });
    const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];
    browser = await chromium.launch({ executablePath: CHROMIUM, args });
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
    await store?.close();
  });

  /** Whatever the page complains about, blocked content included, is an error. */
  async function open(path: string, width: number): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (line) => complaints.push(`${line.type()} ${line.text()}`));
    page.on("request", (request) => {
      if (!request.url().startsWith(url)) complaints.push(`asked ${request.url()}`);
    });
    await page.goto(url + path);
    await page.waitForSelector("#tiles div");
    return { page, complaints };
  }
  const text = async (page: Page, selector: string) => (await page.locator(selector).textContent()) ?? "";

  test("says what is empty, in both languages", async () => {
    const { page, complaints } = await open("/?lang=en", 1280);
    expect(await text(page, "#stalled")).toContain("No parcel stands still.");
    expect(await text(page, "#chart")).toContain("No event has been processed yet.");
    await page.click("nav a[lang=zh-CN]");
    await page.waitForSelector("#tiles div");
    expect(await text(page, "#stalled")).toContain("没有停滞的包裹。");
    expect(await page.getAttribute("html", "lang")).toBe("zh-CN");
    expect(await text(page, "nav a[aria-current]")).toBe("中文");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("shows data as text: markup from a customer does nothing", async () => {
    const nasty = { carrier: NASTY, hub: NASTY, order_id: NASTY, subject_id: NASTY, region: NASTY };
    await store.insert("finding_changes", [rows.findingChange({ ...nasty, kind: "stalled_<b>" })]);
    await store.insert("actions", [
      rows.action({ order_id: NASTY, steps: [NASTY], verdict: NASTY, cause: "__proto__" }),
    ]);
    await store.insert("page_changes", [rows.pageChange({ title: NASTY, severity: NASTY })]);
    await store.insert("incident_changes", [rows.incidentChange({ dimension: NASTY, value: NASTY, measure: NASTY })]);
    await store.insert("judgements", [rows.judgement({ dimension: NASTY, value: NASTY, alarm: true })]);
    await store.insert("complaint_events", [rows.complaintEvent({ text: NASTY })]);
    await store.insert("progress", [rows.progress({ watermark: T0 + HOUR, received: 3 })]);
    const { page, complaints } = await open("/?lang=en", 1280);
    await page.waitForSelector("#stalled td");
    await page.waitForSelector("#pages td");
    for (const section of ["#stalled", "#actions", "#pages", "#incidents", "#findings"])
      expect(await text(page, section), section).toContain("<img src=x");
    expect(await page.locator("main img, main script").count()).toBe(0);
    expect(await page.evaluate("window.hit")).toBeUndefined();
    expect(await page.locator("#chart rect.c-alarm").count()).toBe(1);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("says what an incident touches, what drives it and what would help", async () => {
    const causes = [
      { name: "hub=武汉 & stage=customs", share: 0.82, low: 0.75, high: 0.9 },
      { name: "type=wrong_item", share: 0.1, low: 0.02, high: 0.2 },
      { name: "channel=__proto__", share: 0.05, low: 0, high: 0.1 },
    ];
    const said = {
      parcels: 1200,
      cases: 3,
      customers: 0,
      causes: JSON.stringify(causes),
      remedy: "priority_clearance",
    };
    await store.insert("incident_changes", [rows.incidentChange({ incident_id: "i2", value: "440000", ...said })]);
    const { page, complaints } = await open("/?lang=en", 1280);
    await page.getByText("Ask for priority clearance").waitFor();
    const row = page.locator("#incidents tr", { hasText: "广东" });
    expect(await row.textContent()).toContain("1,200 parcels · 3 complaints");
    expect(await row.textContent()).not.toContain("customers");
    expect(await row.textContent()).toContain("hub 武汉 · stage customs 82%");
    expect(await row.textContent()).toContain("complaint type wrong item 10%");
    expect(await row.locator("meter").count()).toBe(2);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("fits a phone, and its tables are still tables", async () => {
    const { page } = await open("/?lang=zh-CN", 390);
    await page.waitForSelector("#stalled td");
    await page.waitForSelector("#pages td");
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
    expect(await page.getByRole("table").count()).toBeGreaterThanOrEqual(4);
    expect(await page.getByRole("table").first().getByRole("row").count()).toBeGreaterThan(0);
    await page.close();
  });

  test("can be read in the light and in the dark (WCAG AA)", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page } = await open("/?lang=en", 1280);
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate(LOW_CONTRAST), colorScheme).toEqual([]);
      await page.close();
    }
  });

  test("says when the data is gone, and recovers", async () => {
    const { page } = await open("/?lang=en", 1280);
    await page.getByText("Live", { exact: true }).waitFor();
    broken = true;
    await page.getByText("The store does not answer, retrying").waitFor({ timeout: 20_000 });
    broken = false;
    await page.getByText("Live", { exact: true }).waitFor({ timeout: 20_000 });
    await page.context().setOffline(true);
    await page.getByText("Connection lost, retrying").waitFor({ timeout: 20_000 });
    await page.close();
  }, 70_000);
});

/** Texts whose contrast with what is behind them is under 4.5 : 1. Runs in the page. */
const LOW_CONTRAST = `(() => {
  const parse = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (let n = node; n; n = n.parentElement) {
      const c = parse(getComputedStyle(n).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("body *")]
    .filter((n) => n.checkVisibility() && [...n.childNodes].some((c) => c.nodeType === 3 && c.data.trim() !== ""))
    .map((n) => {
      const style = getComputedStyle(n);
      const [a, b] = [light(parse(n instanceof SVGElement ? style.fill : style.color)), light(behind(n))];
      return [n.tagName + "." + n.className, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
    })
    .filter(([, ratio]) => ratio < 4.5);
})()`;
