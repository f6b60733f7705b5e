"""The stamp of a counted row: what a case says of a victim at that moment."""

import pytest

from aviso.domain.model import Holder
from aviso.domain.report_dimensions import Stamp, stamp_of
from infra.harness.builders import a_case, a_contact


class TestEnrolled:
    @pytest.mark.parametrize(
        ("holder", "enrolled"), [(None, True), (Holder(first_name="Ines", last_name="Vega"), False)]
    )
    def test_means_a_contact_of_the_victims_own(self, settings, holder, enrolled):
        contact = a_contact("+15205550133", level="code", holder=holder)
        case = a_case().with_victim().with_enrollment("v1", contact).case
        assert Stamp.read(stamp_of(case, "v1", settings)).enrolled is enrolled
