import type { Command } from "commander";
import { registerScoreDetectors } from "../../../forecasting/cli/score-detectors.ts";
import { registerScoreIncidents } from "./score-incidents.ts";

export function registerScore(program: Command): void {
  const score = program.command("score");
  registerScoreDetectors(score);
  registerScoreIncidents(score);
}
