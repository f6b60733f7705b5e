"""A feed file with an unusual number of rows: what it would do, and a supervisor's decision."""

from collections.abc import Callable, Mapping

from aviso.staff import acts, feed_files
from aviso.staff.actor import Actor
from aviso.storage.inbox_entries import RejectedRows
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect
from aviso.web.staff import pages
from aviso.web.staff.confirmation import Confirmation, ask, confirmed

DECISIONS: Mapping[str, Callable[[RejectedRows, Actor], None]] = {
    "file_accept": feed_files.accept,
    "file_reject": feed_files.reject,
}
# What a file would do, in the order in which the page says it.
EFFECTS = ("new", "changed", "withdrawn", "missing", "unread")


def decide(request: Request, actor: Actor) -> Response:
    """Show what the file would do, ask for confirmation of a decision, and carry it out."""
    file = feed_files.waiting(request.form.get("task", ""))
    does = request.form.get("do", "")
    if not does:
        return _page(request, actor, file)
    if does not in DECISIONS:
        raise RefusedError(400)
    if not confirmed(request):
        # Meanwhile another file may come under the same task, or the file wait for another reason.
        fields = {"task": file.name, "do": does, "version": file.acceptance}
        lines = [file.file, *_numbers(file, request)]
        return ask(request, actor, Confirmation(act=acts.ACTS[does], fields=fields, also=lines))
    if request.form.get("version") != file.acceptance:
        return _page(request, actor, file)
    DECISIONS[does](file, actor)
    return redirect("inbox")


def _page(request: Request, actor: Actor, file: RejectedRows) -> Response:
    actor.note("file_viewed", "", subject=file.file)
    return pages.page(
        request,
        actor,
        "feed_file",
        file=file,
        numbers=_numbers(file, request),
        effects=_effects(file),
    )


def _numbers(file: RejectedRows, request: Request) -> list[str]:
    """Return the sentences about the number of rows."""
    words = pages.strings(request.language)
    shown = (name for name in ("now", "usual", "said", "removed") if name in file.numbers)
    return [words[f"desk_waits_{name}"].format(n=file.numbers[name]) for name in shown]


def _effects(file: RejectedRows) -> dict[str, int]:
    return {name: file.numbers[name] for name in EFFECTS if file.numbers.get(name)}
