export const OPERATIONS_UID = "tocsin-operations";

/** Panels by name; alert rules point at them by these numbers, which therefore never change their meaning. */
export const PANEL = {
  openIncidents: 1,
  openStalls: 2,
  promisesAtRisk: 3,
  responsesOverdue: 4,
  awaitingApproval: 5,
  frontierLag: 6,
  alerts: 7,
  incidents: 8,
  complaints: 9,
  findings: 10,
  forecast: 11,
  events: 12,
  rejected: 13,
  lag: 14,
  deliveries: 15,
  tables: 16,
  stalled: 17,
  actions: 18,
  pages: 19,
} as const;
