"""What each message must have in every language, and where its words must be."""

from pathlib import Path

import pytest

from aviso.domain.model import Kind
from infra.message_checks.alike import BLOCKS, OTHERS, alike

ARREST = "locales/en/messages/arrest.txt"


def write(templates: Path, added: str = "") -> None:
    """Write all messages in English, with words after the last block of the arrest."""
    folder = templates / "locales/en/messages"
    folder.mkdir(parents=True)
    for name, wanted in {f"{kind}.txt": BLOCKS for kind in Kind}.items() | OTHERS.items():
        blocks = (f"{{% block {block} %}}News.{{% endblock %}}\n" for block in sorted(wanted))
        (folder / name).write_text("{% set day = 1 %}\n" + "".join(blocks))
    with (templates / ARREST).open("a") as file:
        file.write(added)


class TestMessage:
    def test_has_all_its_words_in_blocks(self, tmp_path: Path) -> None:
        write(tmp_path)
        assert list(alike((tmp_path,), ["en"])) == []

    @pytest.mark.parametrize("beside", ["Call us.", "{% if day %}Call us.{% endif %}"])
    def test_may_say_nothing_beside_them(self, tmp_path: Path, beside: str) -> None:
        write(tmp_path, f"\n{beside}\n")
        (problem,) = alike((tmp_path,), ["en"])
        assert ARREST in problem
        assert "'Call us.' is in no block" in problem
