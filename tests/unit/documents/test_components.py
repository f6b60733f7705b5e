"""The software bill of materials lists what the layers pin."""

from infra.documents.components import bill_of_materials, components
from infra.repository import ROOT

PINS = "Botocore_x==1.44.8 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"


class TestComponents:
    def test_have_name_version_and_hashes(self):
        (one,) = components(PINS)
        assert (one["purl"], one["version"]) == ("pkg:pypi/botocore-x@1.44.8", "1.44.8")
        assert [hash["content"] for hash in one["hashes"]] == ["aa", "bb"]


class TestBill:
    def test_has_every_pin_of_the_layers_once(self):
        files = [path.read_text("utf-8") for path in ROOT.glob("layers/*/requirements.txt")]
        pinned = {line.split()[0] for text in files for line in text.splitlines() if "==" in line}
        found = bill_of_materials(ROOT)["components"]
        assert {f"{one['name']}=={one['version']}" for one in found} == pinned
        assert all(one["hashes"] for one in found)
