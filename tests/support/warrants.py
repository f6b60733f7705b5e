"""A request for a warrant, as an import writes it into a case that is there."""

from msgspec.structs import replace

from infra.harness.builders import NOW


def ask_for_a_warrant(number: str) -> None:
    """Give a stored case the status WARRANT, and each date that comes with it."""
    from aviso.storage import cases

    there = cases.read_case(number).report
    assert there
    dates = {"status_at": NOW, "warrant_at": NOW, "prosecutor_at": NOW, "row_time": NOW}
    cases.write_row(number, replace(there, status="WARRANT", digest="2", **dates), there)
