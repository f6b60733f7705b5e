"""Print what each check of `make deploy` says when it fails: `.venv/bin/python -m` and its name."""

from infra.deploy import account_checks
from tests.support.deploy_checks import FAILING
from tests.support.deploy_checks.calls import ANSWERS, stubbed

for check, calls, changes, *_ in FAILING:
    for found in account_checks.ask(check, stubbed(*calls), ANSWERS | changes):
        print(f"{found.level:>5}  {found.check}: {found.message}")  # noqa: T201
