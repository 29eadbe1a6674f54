/** The data source every panel and rule reads from. Its uid is fixed, so that boards work wherever they are loaded. */
export const SOURCE = { type: "grafana-clickhouse-datasource", uid: "tocsin-clickhouse" } as const;
/** Grafana's own: server-side expressions. */
export const EXPRESSION = { type: "__expr__", uid: "__expr__" } as const;
export const FOLDER = "Tocsin";
