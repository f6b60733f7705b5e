"""The stack itself: deploy, destroy, take over data, replace a key."""

from pathlib import Path

import click

from infra.cli.common import FILE, by, examples, on_stack
from infra.repository import SAMPLE

whose = click.option("--agency", type=FILE, envvar="AGENCY", help="Settings; answers name it.")
stack = click.option("--stack", default="", envvar="STACK", help="The stack's name.")
region = click.option("--region", default="", envvar="REGION", help="Its region.")


@click.command(epilog=examples("deploy --agency police.yaml --dry-run"))
@click.option("--agency", type=FILE, default=SAMPLE, envvar="AGENCY", help="The settings.")
@click.option("--dry-run", is_flag=True, help="Check and report, change nothing.")
def deploy(agency: Path, *, dry_run: bool) -> None:
    """Check an AWS account and deploy to it."""
    from infra.deploy.deployment import deploy

    deploy(agency, dry_run=dry_run)


@click.command(
    epilog=examples("destroy --agency police.yaml", "destroy --stack aviso --data delete")
)
@click.option("--data", type=click.Choice(["keep", "delete"]), default="keep", help="(keep)")
@region
@stack
@whose
def destroy(agency: Path | None, stack: str, region: str, data: str) -> None:
    """Delete the portal, after you typed its name; keep its data."""
    from infra.deploy.destroy import destroy

    destroy(agency, stack, region, data)


@click.command(epilog=examples("adopt aviso --agency police.yaml"))
@click.argument("kept")
@region
@stack
@whose
def adopt(kept: str, agency: Path | None, stack: str, region: str) -> None:
    """Copy the data that a destroyed stack kept into a new one."""
    from infra.deploy.adopt import adopt

    if not stack and not agency:
        raise click.UsageError("Say which stack takes the data over: --agency or --stack.")
    adopt(kept, agency, stack, region)


@click.command("new-key", epilog=examples("new-key --by 'Ana Ruiz' --agency police.yaml"))
@click.confirmation_option(prompt="Old links stop working, visits and sessions end. Go on?")
@by
@on_stack
def new_key(agency: Path, by: str) -> None:
    """Replace a signing key that leaked."""
    from infra.ops import new_key

    new_key.run(agency, by)
