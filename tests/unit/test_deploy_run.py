"""What `make deploy` says and does around the changes it makes."""

from pathlib import Path

from infra.deploy import run


def test_going_live_is_said_with_the_agency_whose_stack_it_is(capsys) -> None:
    outputs = {"PortalUrl": "https://p", "StaffUrl": "https://s", "FeedBucket": "feed"}
    run.tell_the_end(outputs, "none", [], Path("police.yaml"))
    assert "make switch TRIAL=off AGENCY=police.yaml" in capsys.readouterr().out
