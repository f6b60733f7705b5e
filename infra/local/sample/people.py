"""The people on a made-up case: victims, suspects, and victims' representatives."""

import unicodedata
from datetime import datetime, timedelta
from random import Random

from infra.local.sample import names

Row = dict[str, str]

HOMICIDES = ("13-1102", "13-1103", "13-1104", "13-1105", "13-2926")
OF_CHILDREN = ("13-1405", "13-1410", "13-1417", "13-3212", "13-3554", "13-3560", "13-3623")
DOMESTIC = "13-3601"
FAMILY = ("SPOUSE", "EX-SPOUSE", "PARTNER", "EX-PARTNER", "SIBLING", "PARENT")
OTHERS = ("STRANGER", "STRANGER", "ACQUAINTANCE", "NEIGHBOR", "")


class Cast:
    """Generates the people of one case; what two of them share is shared on purpose."""

    def __init__(self, chance: Random, case: int, offense: str, reported: datetime) -> None:
        self.chance = chance
        self.case = case
        self.offense = offense
        self.reported = reported
        self.phones = chance.sample(names.PHONES, 12)
        self.count = 0

    def people(self) -> list[Row]:
        """Return the rows of everyone on the case."""
        victims = [self.victim() for _ in range(self.some(80, 14, 6))]
        suspects = [self.suspect() for _ in range(self.some(75, 20, 5) - self.one_in(3))]
        if self.offense in HOMICIDES:
            victims[0] |= {"deceased": "Y"}
        home = {k: victims[0][k] for k in ("street", "city", "region", "postal_code", "phone")}
        for other in victims[1:]:
            if self.one_in(2):
                other.update(home)  # one household, one telephone
        if suspects and (self.offense == DOMESTIC or self.one_in(40)):
            suspects[0] |= {k: v for k, v in home.items() if k != "phone" or self.one_in(2)}
        elif suspects and self.one_in(40):
            suspects[0] |= {"phone": victims[0]["phone"]}
        spoken_for = [v for v in victims if v["minor"] == "Y" or v["deceased"] == "Y"]
        speakers = [self.speaker(v) for v in spoken_for if not self.one_in(7)]
        return victims + suspects + speakers

    def victim(self) -> Row:
        """Return a victim's row."""
        minor = self.offense in OF_CHILDREN or self.one_in(16)
        domestic = self.offense == DOMESTIC
        return self.person("VIC", minor=minor) | {
            "minor": "Y" if minor else self.pick("N", "N", ""),
            "deceased": "N",
            "confidential_address": "Y" if self.one_in(200) else "N",
            "safe_to_contact": "N" if self.one_in(15 if domestic else 80) else "Y",
            "rights": self.pick("R", "R", "R", "W", "U", "U", "", "", "", ""),
            "relationship": self.pick(*FAMILY) if domestic else self.pick(*OTHERS),
        }

    def suspect(self) -> Row:
        """Return a suspect's row; often little is known."""
        row = self.person("SUS", minor=self.one_in(12))
        if self.one_in(3):
            row |= {"street": "", "city": "", "region": "", "postal_code": ""}
        return row | {"language": "", "email": ""}

    def speaker(self, victim: Row) -> Row:
        """Return the guardian of a minor, or the next of kin of a dead victim."""
        role = "NOK" if victim["deceased"] == "Y" else "GRD"
        row = self.person(role) | {"for_person": victim["id"], "last_name": victim["last_name"]}
        keep = ("street", "city", "region", "postal_code", "language")
        return row | {name: victim[name] for name in keep}

    def person(self, role: str, *, minor: bool = False) -> Row:
        """Return what any person's row has."""
        self.count += 1
        spanish = self.one_in(2)
        first, last = (self.pick(*part) for part in (names.SPANISH if spanish else names.ENGLISH))
        age = self.chance.randint(4, 17) if minor else self.chance.randint(18, 84)
        born = self.reported - timedelta(days=age * 365.25 + self.chance.randint(1, 300))
        phone = "" if self.one_in(4) else self.phones.pop()
        return {
            "id": f"N{self.case:06d}{self.count:02d}",
            "role": role,
            "first_name": first,
            "last_name": last,
            "birth_date": born.strftime("%m/%d/%Y"),
            "phone": self.written(phone),
            "phone_type": (self.pick("H", "B") if self.one_in(8) else "C") if phone else "",
            "email": self.email(first, last) if self.chance.random() < 0.45 else "",
            "street": f"{self.chance.randint(1, 99)}{self.chance.randint(10, 99)} "
            + self.pick(*names.STREETS),
            "city": names.CITY,
            "region": names.REGION,
            "postal_code": self.pick(*names.POSTAL_CODES),
            "language": self.pick("SPA", "SPA", "ENG") if spanish else self.pick("ENG", "ENG", ""),
        }

    def email(self, first: str, last: str) -> str:
        """Return an address that nobody else on any case has."""
        plain = unicodedata.normalize("NFKD", f"{first}.{last}").encode("ascii", "ignore").decode()
        name = "".join(c for c in plain.lower() if c.isalnum() or c == ".").strip(".")
        domain = self.pick("example.com", "example.org")
        return f"{name}.{self.case}{self.count}@{domain}".replace("..", ".")

    def written(self, phone: str) -> str:
        """Return a phone in one clerk's way of writing or another's."""
        area, _, rest = phone.partition("-")
        return self.pick(phone, phone, f"({area}) {rest}", phone.replace("-", "")) if phone else ""

    def pick(self, *among: str) -> str:
        """Return one of these."""
        return self.chance.choice(among)

    def one_in(self, many: int) -> bool:
        """Return True once in this many times."""
        return self.chance.randrange(many) == 0

    def some(self, *weights: int) -> int:
        """Return one, two and so on, by these weights."""
        return self.chance.choices(range(1, len(weights) + 1), weights)[0]
