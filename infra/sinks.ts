import type { Settings } from "./config/settings.ts";
import { createAlertmanager } from "./deliver/alertmanager.ts";
import type { Sink } from "./deliver/sink.ts";
import { createWebhook } from "./deliver/webhook.ts";

/** The receivers the settings name. */
export function sinksOf({ webhook, alertmanager, language }: Settings, clock: () => number): Sink[] {
  const sinks: Sink[] = [];
  if (webhook.url !== undefined && webhook.secret !== undefined) {
    sinks.push(createWebhook({ url: webhook.url, secret: webhook.secret, clock }));
  }
  if (alertmanager.url !== undefined) sinks.push(createAlertmanager({ url: alertmanager.url, clock, language }));
  return sinks;
}
