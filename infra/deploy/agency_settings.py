"""The agency's settings for a command that acts on an AWS account, compiled."""

from pathlib import Path
from typing import Any

from infra.deploy.progress import say
from infra.deploy.stacks import DeployError
from infra.repository import ROOT


def compile_settings(agency: Path) -> Any:
    """Compile the agency's settings, and return them.

    Raises:
        DeployError: with each mistake on a line.
    """
    from infra.compiler.compile import SettingsMistakes, load
    from infra.compiler.kept import use

    say(f"settings: checking {agency}")
    try:
        if load(agency)["agency"].get("try_drafts", False):
            raise DeployError(
                "agency.try_drafts is true: it is for testing a draft language on your own machine "
                "with 'make run'. Set it to false, and take drafts out of agency.languages."
            )
        use(agency, ROOT / "templates")
    except SettingsMistakes as error:
        raise DeployError(f"the settings have mistakes:\n{error}") from None
    from aviso.domain.settings import Settings

    return Settings.current()
