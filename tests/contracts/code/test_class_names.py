"""One name for one thing: a class name of the product or its tools says which class it is."""

import ast
from collections import defaultdict
from collections.abc import Iterator

from infra.repository import ROOT

FOLDERS = ("layers", "functions", "infra")
ALONE = ROOT / "infra/agent"  # installs without the rest, and has its own settings


def class_names(source: str) -> Iterator[str]:
    """Yield the public classes of a module."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name


class TestClassNames:
    def test_each_is_defined_once(self):
        places = defaultdict(list)
        files = [f for folder in FOLDERS for f in sorted((ROOT / folder).rglob("*.py"))]
        for file in (f for f in files if ALONE not in f.parents):
            for name in class_names(file.read_text(encoding="utf-8")):
                places[name].append(file.relative_to(ROOT).as_posix())
        assert len(places) > 100
        twice = {name: files for name, files in places.items() if len(files) > 1}
        assert not twice, f"rename the less central one to the precise term: {twice}"

    def test_a_class_of_a_module_is_read(self):
        source = "class Line: ...\nclass _Own: ...\ndef f():\n    class Inner: ..."
        assert list(class_names(source)) == ["Line"]
