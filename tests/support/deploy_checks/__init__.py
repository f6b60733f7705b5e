"""Every check of `make deploy` with an account in which it fails, and one in which it passes."""

from tests.support.deploy_checks import account, services, stacks

FAILING = [*account.FAILING, *stacks.FAILING, *services.FAILING]
PASSING = [*account.PASSING, *stacks.PASSING, *services.PASSING]
