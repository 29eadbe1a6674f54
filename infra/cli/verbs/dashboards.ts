import type { Command } from "commander";
import { registerDashboards } from "../../../dashboards/cli.ts";
import { checkingStore } from "../checking-store.ts";

export const registerDashboardsVerb = (program: Command): void => registerDashboards(program, checkingStore);
