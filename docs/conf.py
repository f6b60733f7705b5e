"""The documentation site: `make docs` shows it, `make check` builds it and fails at a broken link.

The site is the same Markdown that the repository shows. Its navigation is made from the lists in
docs/README.md, one part for each reader. It loads nothing from the network: the script that draws
diagrams comes from .tools/npm, and the theme uses the reader's own fonts.
"""

import html
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[1]
DIAGRAMS = ROOT / ".tools/npm/node_modules/@mermaid-js/tiny/dist"

project = "Aviso"
copyright = "the authors of Aviso, Apache-2.0"
root_doc = "README"
include_patterns = ["*.md", "docs/**.md", "infra/agent/README.md"]
exclude_patterns = [".*", "build", "**/__pycache__"]
extensions = ["myst_parser"]
nitpicky = True
suppress_warnings = ["toc.multiple_toc_parents"]  # a page can be for more than one reader

myst_enable_extensions = ["html_image"]
myst_heading_anchors = 4
myst_fence_as_directive = ["mermaid"]

html_theme = "furo"
html_title = "Aviso"
html_copy_source = False
html_show_sphinx = False
html_static_path = [str(DIAGRAMS)]

FOLDER_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s:#]+)\)")
NAMED_PLACE = re.compile(r'^<a id="([^"]+)"></a>\n?', re.MULTILINE)
READERS = "docs/README"  # lists every page by reader
DECISIONS = "docs/decisions/README"
PART = re.compile(r"^## (.+)\n((?:(?!## ).*\n?)*)", re.MULTILINE)
LISTED_PAGE = re.compile(r"^- \[[^\]]+\]\(([^)#]+)\.md\)", re.MULTILINE)
LISTED_DECISION = re.compile(r"^\| \d+ \| \[[^\]]+\]\(([^)]+)\.md\)", re.MULTILINE)
START = "mermaid.initialize({startOnLoad: true, theme: 'neutral'});"


class Diagram(Directive):
    """A Mermaid diagram, which the reader's browser draws."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the diagram's text, which is also what a reader without scripts sees."""
        text = html.escape("\n".join(self.content))
        return [nodes.raw("", f'<pre class="mermaid">{text}</pre>', format="html")]


def contents(pages: list[str], caption: str) -> str:
    """Return a table of contents for the sidebar, which does not show on the page itself."""
    return "\n".join(
        ["", "```{toctree}", ":hidden:", f":caption: {caption}", "", *pages, "```", ""]
    )


def navigation(page: str) -> str:
    """Return what the sidebar shows below a page: parts by reader, or the decisions in order."""
    if page == root_doc:
        parts = PART.findall((ROOT / f"{READERS}.md").read_text("utf-8"))
        listed = [(title, LISTED_PAGE.findall(part)) for title, part in parts]
        return contents([READERS], "Start") + "".join(
            contents([f"docs/{name}".replace("docs/../", "") for name in pages], title)
            for title, pages in listed
        )
    if page == DECISIONS:
        return contents(
            LISTED_DECISION.findall((ROOT / f"{page}.md").read_text("utf-8")), "Decisions"
        )
    return ""


def prepare(app: Sphinx, page: str, source: list[str]) -> None:
    """Add the navigation, and say in MyST what the Markdown of GitHub says otherwise.

    A link to a folder becomes plain text, because the site has no folders.
    """
    folder = (ROOT / page).parent
    text = NAMED_PLACE.sub(r"(\1)=\n", source[0])
    text = FOLDER_LINK.sub(lambda link: link[1] if (folder / link[2]).is_dir() else link[0], text)
    source[0] = text + navigation(page)


def add_diagram_script(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None
) -> None:
    """Load the script on the pages that have a diagram."""
    if 'class="mermaid"' in context.get("body", ""):
        app.add_js_file("mermaid.tiny.js")
        app.add_js_file(None, body=START)


def write_start_page(app: Sphinx, error: Exception | None) -> None:
    """Lead from the site's root to its first page."""
    if error is None:
        page = f'<!doctype html><meta http-equiv="refresh" content="0; url={root_doc}.html">'
        (Path(app.outdir) / "index.html").write_text(page + "<title>Aviso</title>\n", "utf-8")


def setup(app: Sphinx) -> None:
    """Connect this file to Sphinx."""
    app.add_directive("mermaid", Diagram)
    app.connect("source-read", prepare)
    app.connect("html-page-context", add_diagram_script)
    app.connect("build-finished", write_start_page)
