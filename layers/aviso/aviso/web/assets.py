"""Stylesheets, icon and script. Their names change with their content: cached for a year."""

from aviso_compiled.assets import ASSETS

from aviso.web.response import Response

NAMED = {name: (content_type, text) for name, content_type, text in ASSETS.values()}


def show(method: str, name: str) -> Response:
    """Return an asset of this build."""
    if method != "GET":
        return Response(status=405, body="", content_type="text/plain")
    found = NAMED.get(name)
    if found is None:
        return Response(status=404, body="", content_type="text/plain")
    content_type, text = found
    return Response(
        status=200,
        body=text,
        content_type=content_type,
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )
