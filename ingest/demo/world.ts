import type { RegionRegistry } from "../regions/registry.ts";
import type { Agenda } from "./agenda.ts";
import type { Emit } from "./event.ts";
import type { Pain } from "./pain.ts";
import type { Story } from "./story.ts";
import type { Yards } from "./yard.ts";

/** What every part of the story can see and touch. */
export type World = {
  readonly story: Story;
  readonly regions: RegionRegistry;
  readonly agenda: Agenda;
  readonly emit: Emit;
  readonly yards: Yards;
  readonly pain: Pain;
};
