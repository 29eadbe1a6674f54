#!/usr/bin/env node
// Runs the TypeScript sources as they are: tsx strips the types, so there is nothing to build.
import { register } from "tsx/esm/api";

register();
await import("./main.ts");
