import type { IncidentChange, OpenPage } from "./page.ts";

/** What parcels that do not move show as: their flow, and those of them that stand still. Two views of one trouble. */
const VIEWS: Readonly<Record<string, "flow" | "stalls">> = {
  handover: "flow",
  throughput: "flow",
  stalls: "stalls",
};

export const placeOf = ({ dimension, value }: Pick<IncidentChange, "dimension" | "value">): string =>
  `${dimension}|${value}`;

/**
 * The open incident that is the other view of the same trouble in the same place: it has its page, and needs no second.
 * @param pages  open pages by incident, in the order they were opened
 */
export function otherView(pages: ReadonlyMap<string, OpenPage>, incident: IncidentChange): string | undefined {
  const view = VIEWS[incident.measure];
  if (view === undefined) return undefined;
  for (const [incidentId, { about }] of pages) {
    if (!about || about.place !== placeOf(incident)) continue;
    const other = VIEWS[about.measure];
    if (other !== undefined && other !== view) return incidentId;
  }
  return undefined;
}
