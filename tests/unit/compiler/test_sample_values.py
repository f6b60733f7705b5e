"""Which settings still have the sample agency's made-up values."""

from infra.compiler import sample_values
from infra.compiler.compile import load
from infra.deploy import deployment
from infra.repository import ROOT

SAMPLE = ROOT / "infra/agency/sample.yaml"


class TestSampleValues:
    def test_of_the_sample_are_all_that_victims_would_read(self):
        left = sample_values.left(load(SAMPLE))
        for name in ("agency.phone", "custody_phone", "messages.sms_sender", "resources.phone"):
            assert name in left
        assert len(left) == len(set(left))

    def test_of_an_agency_of_its_own_are_none(self):
        own = {
            "agency": {"name": "Sonora Police", "phone": "209-555-2345"},
            "resources": [{"phone": "988", "url": "https://988lifeline.org"}],
        }
        assert sample_values.left(own) == []

    def test_one_that_is_left_is_named(self):
        own = {"receivers": {"jail": {"email": "x@jail.example.org", "deadline": "4 hours"}}}
        assert sample_values.left(own) == ["receivers.jail"]


class TestDeploy:
    def test_says_which_are_left_and_the_way_out(self, capsys):
        (line,) = deployment.open_settings(SAMPLE)
        assert "custody_phone" in line
        assert "Write yours into sample.yaml" in line
        assert line in capsys.readouterr().out
