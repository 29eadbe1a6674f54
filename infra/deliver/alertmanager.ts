import type { PageEffect } from "./effect.ts";
import { post, receiverUrl } from "./http.ts";
import type { Attempt, Sink } from "./sink.ts";

export interface AlertmanagerOptions {
  /** Where Alertmanager is, with its route prefix if it has one. */
  readonly url: string;
  /** Wall clock, ms. */
  readonly clock: () => number;
  readonly name?: string;
  readonly language?: "zh-CN" | "en";
  /** How often open pages are sent again, ms: Alertmanager forgets what it does not hear of. Default 60,000. */
  readonly resendMs?: number;
  readonly timeoutMs?: number;
  /** Lets plain HTTP leave this machine. Default false. */
  readonly allowHttp?: boolean;
}

/** As Prometheus does it: an open alert holds for four resends, so that a missed one does not end it. */
const HOLDS_FOR = 4;
const AT_A_TIME = 100;
const NAMES: Readonly<Record<string, string>> = {
  incident: "TocsinIncident",
  clock: "TocsinClockBreached",
  warning: "TocsinForecastWarning",
  digest: "TocsinDigest",
};

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/**
 * Sends pages to Alertmanager's API v2.
 * @throws TypeError for a URL that would send them in the clear
 */
export function createAlertmanager({ url, clock, ...options }: AlertmanagerOptions): Sink {
  const { name = "alertmanager", language = "zh-CN", resendMs = 60_000, timeoutMs = 10_000 } = options;
  const base = receiverUrl(url, options.allowHttp ?? false);
  const endpoint = new URL(`${base.pathname.replace(/\/$/, "")}/api/v2/alerts`, base);

  const send = (pages: readonly PageEffect[], signal: AbortSignal): Promise<Attempt> => {
    const now = clock();
    const body = JSON.stringify(pages.flatMap((page) => alertsOf(page, language, now, HOLDS_FOR * resendMs)));
    return post({ url: endpoint, headers: {}, body, timeoutMs, signal, now });
  };

  return {
    name,
    takes: ["page"],
    async deliver(effect, signal) {
      if (effect.kind !== "page") return { kind: "refused", detail: "Alertmanager takes pages" };
      return send([effect], signal);
    },
    refresh: {
      everyMs: resendMs,
      async send(pages, signal) {
        for (let i = 0; i < pages.length; i += AT_A_TIME) {
          // Severities a page once had were ended when it changed.
          const part = pages.slice(i, i + AT_A_TIME).map((page) => ({ ...page, severities: [page.severity] }));
          const attempt = await send(part, signal);
          if (attempt.kind !== "delivered") return attempt;
        }
        return { kind: "delivered", detail: `${pages.length} open` };
      },
    },
  };
}

/**
 * A page as alerts: labels are what Alertmanager knows an alert by, so a page that became graver is a new alert,
 * and the one under its old severity ends.
 * @param now      wall clock, ms; times of a replay that lie ahead of it are cut to it
 * @param holdsMs  how long an open alert holds without being sent again
 */
export function alertsOf(page: PageEffect, language: "zh-CN" | "en", now: number, holdsMs: number): Alert[] {
  const startsAt = Math.min(page.openedAt, now);
  const over = Math.max(startsAt, Math.min(page.at, now));
  const annotations = annotationsOf(page, language);
  return page.severities.map((severity) => {
    const open = severity === page.severity && page.change !== "resolved";
    return {
      labels: {
        alertname: NAMES[page.subjectKind] ?? "TocsinPage",
        severity,
        page_id: page.pageId,
        ...(page.region === "" ? {} : { region: page.region }),
      },
      annotations,
      startsAt: new Date(startsAt).toISOString(),
      endsAt: new Date(open ? now + holdsMs : over).toISOString(),
    };
  });
}

function annotationsOf(page: PageEffect, language: "zh-CN" | "en"): Record<string, string> {
  const body = record(page.message.body);
  const text = record(body[language]);
  const of = (key: string) => (typeof text[key] === "string" ? text[key] : "");
  const description = ["what", "where", "howBad", "why"].map(of).filter((part) => part !== "");
  return {
    summary: of("title") || String(page.message.title ?? page.pageId),
    description: description.join("\n"),
    action: of("whatToDo"),
    ...(typeof body.runbook === "string" ? { runbook_url: body.runbook } : {}),
  };
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
