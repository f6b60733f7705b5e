"""`aviso staff`: accounts of the desk, for when no administrator can."""

from datetime import datetime
from typing import Any

import click

from infra.cli.common import MOMENT, Commands, acting, acting_as_deployed, examples


@click.group(cls=Commands, epilog=examples("staff lock ana --agency police.yaml"))
def staff() -> None:
    """Lock or unlock an account of the desk, say what it saw."""


@staff.command(epilog=examples("staff lock ana"))
@click.argument("account")
@acting
def lock(_: object, actor: Any, account: str) -> None:
    """Lock an account and end its sessions."""
    from infra.ops import staff

    staff.lock(account, actor)


@staff.command(epilog=examples("staff unlock ana"))
@click.argument("account")
@acting
def unlock(_: object, actor: Any, account: str) -> None:
    """Unlock an account."""
    from infra.ops import staff

    staff.unlock(account, actor)


@staff.command("sign-in-again", epilog=examples("staff sign-in-again ana"))
@click.argument("account")
@acting
def sign_in_again(_: object, actor: Any, account: str) -> None:
    """Give an account a new password and authenticator."""
    from infra.ops import staff

    staff.sign_in_again(account, actor)


@staff.command(epilog=examples("staff seen ana --since 2026-11-20T08:00Z"))
@click.argument("account")
@click.option("--since", type=MOMENT, required=True, help="The first moment.")
@acting_as_deployed
def seen(outputs: dict[str, str], actor: Any, account: str, since: datetime) -> None:
    """Print what an account saw and did (it is recorded)."""
    from infra.ops import seen

    seen.show(account, since, outputs["AuditBucket"], actor)
