"""Where the sample agency's settings are, on which every proposal is based."""

from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[1] / "agency/sample.yaml"
