import { expect, test } from "vitest";
import { alertsOf } from "../../infra/deliver/alertmanager.ts";
import type { PageEffect } from "../../infra/deliver/effect.ts";

const T = Date.UTC(2017, 10, 24);
const text = { title: "标题", what: "何事", where: "何地", howBad: "多严重", why: "为何", whatToDo: "怎么办" };
const page = (over: Partial<PageEffect>): PageEffect => ({
  kind: "page",
  effectId: "p.1.opened",
  lane: "p",
  at: T,
  message: {
    title: "标题 · title",
    body: { "zh-CN": text, en: { title: "title" }, runbook: "https://example.test/r" },
  },
  pageId: "p",
  change: "opened",
  subjectKind: "incident",
  severity: "warning",
  region: "440000",
  openedAt: T,
  severities: ["warning"],
  ...over,
});

test("an open page holds beyond now and says what to do", () => {
  expect(alertsOf(page({}), "zh-CN", T + 60_000, 240_000)).toEqual([
    {
      labels: { alertname: "TocsinIncident", severity: "warning", page_id: "p", region: "440000" },
      annotations: {
        summary: "标题",
        description: "何事\n何地\n多严重\n为何",
        action: "怎么办",
        runbook_url: "https://example.test/r",
      },
      startsAt: "2017-11-24T00:00:00.000Z",
      endsAt: "2017-11-24T00:05:00.000Z",
    },
  ]);
});

test("a page that became graver ends the alert of its old severity; its end ends both", () => {
  const grown = page({ change: "grew", at: T + 1000, severity: "critical", severities: ["critical", "warning"] });
  const ends = (effect: PageEffect) =>
    alertsOf(effect, "en", T + 60_000, 240_000).map(({ labels, endsAt }) => [labels.severity, Date.parse(endsAt) - T]);
  expect(ends(grown)).toEqual([
    ["critical", 300_000],
    ["warning", 1000],
  ]);
  expect(ends({ ...grown, change: "resolved", at: T + 5000 })).toEqual([
    ["critical", 5000],
    ["warning", 5000],
  ]);
});

test("times of a replay that lie ahead of the wall clock are cut to it, and no alert ends before it starts", () => {
  const [alert] = alertsOf(page({ change: "resolved", at: T + 9000, openedAt: T + 8000 }), "en", T, 1);
  expect([alert?.startsAt, alert?.endsAt]).toEqual(["2017-11-24T00:00:00.000Z", "2017-11-24T00:00:00.000Z"]);
});

test("a body that is not ours still makes an alert", () => {
  const [alert] = alertsOf(page({ message: { title: "t", body: "?" }, region: "", subjectKind: "new" }), "en", T, 1);
  expect(alert?.labels).toEqual({ alertname: "TocsinPage", severity: "warning", page_id: "p" });
  expect(alert?.annotations).toEqual({ summary: "t", description: "", action: "" });
});
