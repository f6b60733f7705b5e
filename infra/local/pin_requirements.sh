#!/usr/bin/env bash
# Pin every requirement with hashes, for every platform, and without the address of any index.
# UPGRADE=--upgrade takes the newest versions that fit.
set -euo pipefail
cd "$(dirname "$0")/../.."

pin() { # file without ending, then more options
  local name=$1; shift
  .tools/uv/bin/uv pip compile --quiet "${FOR:---universal}" --python-version "${PYTHON:-3.13}" --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-annotate --no-header ${UPGRADE:-} "$@" \
    "$name.in" --output-file "$name.txt"
}

# No function imports boto3; email-validator asks no name server.
runtime=(boto3 s3transfer dnspython)
pin layers/dependencies/requirements "${runtime[@]/#/--no-emit-package=}"
pin layers/letters/requirements
pin layers/staff/requirements
pin infra/compiler/requirements
pin requirements-dev
pin infra/local/requirements-sam
pin infra/local/requirements-ministack
pin infra/local/requirements-checkov
pin infra/local/requirements-docs
pin infra/local/requirements-cosmic-ray
pin infra/local/requirements-node
# The last release without a token, with the packages of its own month.
FOR=--exclude-newer=2026-04-01 pin infra/local/requirements-localstack
PYTHON=3.11 pin infra/local/requirements-uv

# The agent runs on a city's server, on any Python that `make` accepts; tests use the same versions.
for part in sqlserver oracle postgresql mysql keyring; do
  PYTHON=3.11 pin infra/agent/requirements-$part --constraint requirements-dev.txt
done

# npm packages: hashes and no addresses, neither of the registry nor of those who ask for money.
.venv/bin/python -m infra.local.pin_npm

# What `make bench` measures us beside; boto3 is the runtime's, under all of them.
pin benchmarks/requirements-runtime --constraint requirements-dev.txt
peers=(boto3 botocore s3transfer jmespath python-dateutil urllib3)
for peer in fastapi flask; do pin "benchmarks/requirements-$peer" "${peers[@]/#/--no-emit-package=}"; done
pin benchmarks/requirements-chalice --no-deps
