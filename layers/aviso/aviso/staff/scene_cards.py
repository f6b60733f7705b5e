"""Printing cards for the scene, at the desk, by an officer or at a shell."""

from io import BytesIO

from aviso.staff import acts
from aviso.staff.actor import Actor
from aviso.victims import scene_cards


def sheets(n: int, portal_url: str, actor: Actor) -> bytes:
    """Make this many sheets of cards; return the PDF."""
    from aviso.letters.scene_cards import ON_A_SHEET, render  # loaded for nothing else

    actor.note(acts.PRINT_SCENE_CARDS.audit, "", subject=str(n * ON_A_SHEET))
    codes, out = scene_cards.issue(n * ON_A_SHEET, actor.now), BytesIO()
    render(codes, actor.now + scene_cards.LASTS, portal_url, actor.settings, out)
    return out.getvalue()
