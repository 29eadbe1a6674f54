import { FOLDER, SOURCE } from "./source.ts";

/** Where things are in the installation the files are made for. Every one has a default: an empty URL would stop
 *  Grafana from loading any alerting file at all. Secrets are not here: Grafana takes them from its environment. */
export type Places = {
  readonly clickhouseHost: string;
  readonly clickhousePort: number;
  readonly clickhouseDatabase: string;
  readonly clickhouseUser: string;
  /** Receives alerts as Grafana's webhook JSON. */
  readonly alertUrl: string;
  /** Receives warnings about Grafana's own queries; the team, not the pager. */
  readonly teamUrl: string;
  /** Expects to hear from the watchdog every few minutes and alarms when it does not. */
  readonly deadManUrl: string;
  readonly runbookUrl: string;
  /** Folder of the board files as Grafana sees it. */
  readonly boardsPath: string;
};

/** Nobody listens there: Grafana loads, and shows each notification as undelivered until somebody is named. */
const NOBODY = "http://127.0.0.1:9/tocsin-contact-not-set";
export const PLACES: Places = {
  clickhouseHost: "127.0.0.1",
  clickhousePort: 8123,
  clickhouseDatabase: "default",
  clickhouseUser: "default",
  alertUrl: NOBODY,
  teamUrl: NOBODY,
  deadManUrl: NOBODY,
  runbookUrl: "http://127.0.0.1:7070/runbooks",
  boardsPath: "/var/lib/grafana/dashboards/tocsin",
};

export const dataSources = (places: Places) => ({
  apiVersion: 1,
  datasources: [
    {
      name: "Tocsin ClickHouse",
      type: SOURCE.type,
      uid: SOURCE.uid,
      access: "proxy",
      editable: false,
      jsonData: {
        host: places.clickhouseHost,
        port: places.clickhousePort,
        protocol: "http",
        secure: false,
        username: places.clickhouseUser,
        defaultDatabase: places.clickhouseDatabase,
      },
      secureJsonData: { password: "$CLICKHOUSE_PASSWORD" },
    },
  ],
});

export const boardProviders = (places: Places) => ({
  apiVersion: 1,
  providers: [
    {
      name: "tocsin",
      orgId: 1,
      type: "file",
      folder: FOLDER,
      disableDeletion: false,
      allowUiUpdates: false,
      updateIntervalSeconds: 30,
      options: { path: places.boardsPath, foldersFromFilesStructure: false },
    },
  ],
});

const webhook = (name: string, uid: string, url: string, disableResolveMessage: boolean) => ({
  orgId: 1,
  name,
  receivers: [{ uid, type: "webhook", disableResolveMessage, settings: { url, httpMethod: "POST" } }],
});

export const contactPoints = (places: Places) => ({
  apiVersion: 1,
  contactPoints: [
    webhook("tocsin-oncall", "tocsin-oncall", places.alertUrl, false),
    webhook("tocsin-team", "tocsin-team", places.teamUrl, false),
    webhook("tocsin-dead-man", "tocsin-dead-man", places.deadManUrl, true),
  ],
});

/** The whole tree: provisioning replaces what was there. First match wins. */
export const policies = {
  apiVersion: 1,
  policies: [
    {
      orgId: 1,
      receiver: "tocsin-team",
      group_by: ["grafana_folder", "alertname"],
      group_wait: "30s",
      group_interval: "5m",
      repeat_interval: "12h",
      routes: [
        {
          receiver: "tocsin-dead-man",
          object_matchers: [["component", "=", "watchdog"]],
          group_wait: "0s",
          group_interval: "1m",
          repeat_interval: "4m",
        },
        // A query that failed or found nothing is ours to mend, not a reason to wake anybody.
        { receiver: "tocsin-team", object_matchers: [["alertname", "=~", "DatasourceError|DatasourceNoData"]] },
        {
          receiver: "tocsin-oncall",
          object_matchers: [
            ["team", "=", "tocsin"],
            ["severity", "=", "critical"],
          ],
          group_by: ["component"],
          repeat_interval: "4h",
        },
      ],
    },
  ],
} as const;
