"""Import a feed file that waits and is right.

Aviso does not import a file with far fewer or far more rows than usual, another number than its
trailer says, or most rows removed or withdrawn, until a person has looked. The command does what a
supervisor does at the desk: it writes to the audit trail who accepted the file, and has the version
that was looked at imported. The next files are compared with the accepted one.
"""

from aviso.staff import feed_files
from aviso.staff.actor import Actor


def accept(key: str, actor: Actor) -> None:
    """Accept a file that waits, as the inbox names it.

    Raises:
        SystemExit: when no such file waits.
    """
    try:
        file = feed_files.waiting_as(key)
    except LookupError:
        raise SystemExit(
            f"No file '{key}' waits for a person. Name it as the desk does, with incoming/ before "
            "it. If it came before the last upgrade, have it sent again."
        ) from None
    feed_files.accept(file, actor)
    print(f"{key} is being imported. Its summary will be under summaries/.")
