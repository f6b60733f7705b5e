"""`./aviso`: the root of the command line."""

import sys

import click

from infra.cli import cases, data, feed, messages, stacks, staff, texts
from infra.cli.common import Commands, examples
from infra.repository import version


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples("held", "switch --kill on --by 'Ana Ruiz' --agency police.yaml", "feed --help")
    + '\n\nCompletion: eval "$(_AVISO_COMPLETE=bash_source ./aviso)", or zsh_source, fish_source.',
)
@click.version_option(version(), prog_name="aviso")
def aviso() -> None:
    """Operate a portal of Aviso.

    --agency names the settings that it was deployed with. Without it, a command acts on the portal
    of 'make run'. Exit codes: 0 done, 1 a finding or a refusal, 2 wrong use.
    """


@aviso.result_callback()
def ended(code: int | None) -> None:
    """Exit with what the command returned."""
    sys.exit(code or 0)


for command in (
    *(messages.held, messages.release, messages.switch, messages.maintenance, messages.preview),
    *(messages.letters, staff.staff, cases.case, feed.feed, data.data, texts.texts),
    *(stacks.new_key, stacks.deploy, stacks.destroy, stacks.adopt),
):
    aviso.add_command(command)


def main() -> None:
    """Run the command that was typed."""
    try:
        aviso.main(prog_name="aviso")
    except Exception as error:
        match type(error).__name__:
            case "NoCredentialsError":
                sys.exit("No AWS credentials were found; sign in and name AWS_PROFILE.")
            case "SettingsMistakes" | "FileRefused":
                sys.exit(str(error))
        raise


if __name__ == "__main__":
    main()
