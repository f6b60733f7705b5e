"""Which country or territory a phone is in, and whether the agency sends texts there. Pure.

The library is imported on use: no page that shows a case needs it (docs/decisions/text-regions.md).
"""

from collections.abc import Collection
from functools import lru_cache

from aviso.domain.model import Channel
from aviso.domain.settings import Settings


@lru_cache(maxsize=1000)
def region(phone: str) -> str:
    """Return the region of a phone in E.164, such as US, PR or MX; empty when it has none.

    +1 is not enough: 25 countries and territories share it, at very different prices.
    """
    import phonenumbers

    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(phone)) or ""
    except phonenumbers.NumberParseException:
        return ""


def can_text(phone: str, regions: Collection[str]) -> bool:
    """Whether the agency sends texts to the region of a phone."""
    return region(phone) in regions


def can_reach(channel: Channel, address: str, settings: Settings) -> bool:
    """Whether the agency can write to an address: it texts only the regions of its settings."""
    return channel is not Channel.SMS or can_text(address, settings.messages.text_regions)
