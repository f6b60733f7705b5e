"""The proposal offers the NIBRS preset, and knows a column with the type of a victim."""

from pathlib import Path

import pytest

from infra.mapping.proposal import propose
from infra.mapping.settings_file import written

NIBRS = ["13A", "13B", "220", "23F", "240", "290", "35A", "11A"]


def proposed(folder: Path, codes: list[str]) -> str:
    rows = [f"26-{n:06d},{code},OPEN,11/2{n % 9}/2026 08:15" for n, code in enumerate(codes * 6, 1)]
    text = "\n".join(["CASE_NUMBER,OFFENSE_CODE,CASE_STATUS,REPORTED_DATE", *rows]) + "\n"
    (folder / "cases.csv").write_text(text, "utf-8")
    return written(propose(folder))


class TestOffer:
    def test_nibrs_codes_are_offered_the_preset(self, tmp_path: Path):
        text = proposed(tmp_path, [*NIBRS, "ZZ9"])
        assert "8 of 9 offense codes are codes of NIBRS" in text
        assert "\n# extends: nibrs\n" in text

    @pytest.mark.parametrize(
        "codes", [["13-1203", "13-1507", "28-1381"], NIBRS[:3], [*NIBRS[:5], *"ABCDEFG"]]
    )
    def test_other_codes_are_not(self, tmp_path: Path, codes: list[str]):
        assert "\n# extends: nibrs\n" not in proposed(tmp_path, codes)


class TestVictimType:
    def test_the_column_and_its_codes_are_proposed(self, tmp_path: Path):
        rows = [f"26-{n:06d},{n},VIC,Ana,Tolano,{'IBSU'[n % 4]},4/12/1985" for n in range(1, 25)]
        head = "CASE_NUMBER,PERSON_ID,PERSON_ROLE,FIRST_NAME,LAST_NAME,VICTIM_TYPE,DOB"
        (tmp_path / "people.csv").write_text("\n".join([head, *rows]) + "\n", "utf-8")
        text = written(propose(tmp_path))
        assert 'victim_type: "VICTIM_TYPE"' in text
        for code, ours in zip("IBSU", ("person", "organization", "public", "unknown"), strict=True):
            assert f'"{code}": "{ours}"' in text
