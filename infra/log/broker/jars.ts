import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export const KAFKA_VERSION = "4.4.0";
const LEAST_JAVA = 17;
const RESOLVE_MS = 540_000;

const run = promisify(execFile);

const POM = `<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tocsin</groupId>
  <artifactId>broker</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

/**
 * Apache Kafka's jars in the user's cache, resolved with Maven the first time.
 * @returns the folder with the jars
 * @throws when Java 17 or Maven is missing, or Maven cannot resolve them
 */
export async function kafkaJars(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  await checkJava();
  const cache = join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "tocsin");
  const jars = join(cache, `kafka-${KAFKA_VERSION}`);
  if (await exists(jars)) return jars;
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, "resolving-"));
  try {
    await writeFile(join(work, "pom.xml"), POM);
    const goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=jars"];
    await run("mvn", ["-q", "-B", ...goal], { cwd: work, timeout: RESOLVE_MS }).catch((cause: unknown) => {
      throw new Error(`expected Maven to resolve org.apache.kafka:kafka_2.13:${KAFKA_VERSION}, it did not`, { cause });
    });
    // Whole or not at all: a second process that resolves at the same time finds the folder there.
    await rename(join(work, "jars"), jars).catch(async (error: unknown) => {
      if (!(await exists(jars))) throw error;
    });
    return jars;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function checkJava(): Promise<void> {
  let said: string;
  try {
    const { stdout, stderr } = await run("java", ["-version"]);
    said = stdout + stderr;
  } catch (cause) {
    throw new Error(`expected Java ${LEAST_JAVA} or later as "java", found none`, { cause });
  }
  const major = Number(/version "(?:1\.)?(\d+)/.exec(said)?.[1]);
  if (!(major >= LEAST_JAVA)) throw new Error(`expected Java ${LEAST_JAVA} or later, got ${said.split("\n")[0]}`);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
