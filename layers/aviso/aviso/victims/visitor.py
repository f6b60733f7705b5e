"""Who asks on the portal, and when: the router makes one for each request, each act takes it."""

from datetime import datetime

from aviso.domain.model import Consent
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen


class PortalVisitor(Frozen, frozen=True, kw_only=True):
    """A person who asks now, under the agency's settings; their session says whose case it is."""

    language: str  # the page's, in which consent is given
    source: str  # the network address; only a hash of it is kept
    settings: Settings
    now: datetime

    @property
    def consent(self) -> Consent:
        """The consent of a form that is sent now, to the text that the agency shows now."""
        return Consent(
            version=self.settings.consent_version,
            at=self.now,
            language=self.language,
            source="portal",
        )
