import type { Command } from "commander";
import { registerScoreDetectors } from "../../../forecasting/cli/score-detectors.ts";

export function registerScore(program: Command): void {
  registerScoreDetectors(program.command("score"));
}
