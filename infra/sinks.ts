import type { Settings } from "./config/settings.ts";
import { createAlertmanager } from "./deliver/alertmanager.ts";
import type { Sink } from "./deliver/sink.ts";
import { createWebhook } from "./deliver/webhook.ts";

/** The receivers the settings name. */
export function sinksOf({ webhook, alertmanager, language }: Settings, clock: () => number): Sink[] {
  const sinks: Sink[] = [];
  if (webhook.url !== undefined && webhook.secret !== undefined) {
    const { url, secret, timeout: timeoutMs, allowHttp } = webhook;
    sinks.push(createWebhook({ url, secret, clock, timeoutMs, allowHttp }));
  }
  if (alertmanager.url !== undefined) {
    const { url, allowHttp } = alertmanager;
    sinks.push(createAlertmanager({ url, clock, language, allowHttp }));
  }
  return sinks;
}
