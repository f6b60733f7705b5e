// Decides calls with Cloud Copilot's IAM engine; run by `policy_engine.py` in the folder of its
// packages.
//
// Reads lines {cases: [simulation, ...]} from standard input until it ends. Writes a line for each,
// with the engine's verdict on each case ("Allowed", "ExplicitlyDenied" or "ImplicitlyDenied") and
// what it could not make sense of.
const { createRequire } = require("node:module");
const { createInterface } = require("node:readline");

const { runSimulation } = createRequire(`${process.cwd()}/`)("@cloud-copilot/iam-simulate");

async function main() {
  for await (const line of createInterface({ input: process.stdin })) {
    const found = [];
    for (const simulation of JSON.parse(line).cases) {
      const answer = await runSimulation(simulation, {});
      found.push({
        verdict: answer.overallResult ?? "",
        errors: answer.errors ?? null,
        ignored: answer.result?.ignoredContextKeys ?? answer.results?.flatMap((each) => each.ignoredContextKeys ?? []) ?? [],
      });
    }
    process.stdout.write(`${JSON.stringify(found)}\n`);
  }
}

main();
