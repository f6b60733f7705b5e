// Decides calls with Cloud Copilot's IAM engine; run by `engine.py` in the folder of its packages.
//
// Reads {cases: [simulation, ...]} from standard input, and writes for each the engine's verdict
// ("Allowed", "ExplicitlyDenied" or "ImplicitlyDenied") and what it could not make sense of.
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");

const { runSimulation } = createRequire(`${process.cwd()}/`)("@cloud-copilot/iam-simulate");

async function main() {
  const { cases } = JSON.parse(readFileSync(0, "utf8"));
  const found = [];
  for (const simulation of cases) {
    const answer = await runSimulation(simulation, {});
    found.push({
      verdict: answer.overallResult ?? "",
      errors: answer.errors ?? null,
      ignored: answer.result?.ignoredContextKeys ?? answer.results?.flatMap((each) => each.ignoredContextKeys ?? []) ?? [],
    });
  }
  process.stdout.write(JSON.stringify(found));
}

main();
