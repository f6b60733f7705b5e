"""The agent's settings: one YAML file, checked. Each mistake is a sentence with line and key."""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy
import yaml

from aviso_agent.dialects import DRIVERS, TLS
from aviso_agent.failures import AgentError
from aviso_agent.file_writer import FORMATS
from aviso_agent.query_check import check_query

# People first: when an arrest comes, its suspect and the victims are there (docs of the feed).
KINDS = ("people", "cases", "arrests")
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
NEEDED: Any = object()
WRONG = (ValueError, TypeError, KeyError, sqlalchemy.exc.ArgumentError, ZoneInfoNotFoundError)
SPAN = "a time such as 5 minutes or 6 hours"
T = TypeVar("T")
PASSWORD = re.compile(r"(?i)\w*(password|passwd|pwd) *=")
DURATION = re.compile(r"(\d+) (second|minute|hour|day)s?")


@dataclass(frozen=True, kw_only=True)
class Query:
    """One query of the agency."""

    kind: str
    sql: str
    place: str  # the column that says when a row last changed
    is_rowversion: bool  # of SQL Server; otherwise a time
    key: tuple[str, ...]
    overlap: timedelta
    start: datetime | None


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """Where the files go."""

    name: str
    region: str
    account: str
    prefix: str
    profile: str | None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that the YAML file says."""

    url: sqlalchemy.URL
    password: tuple[str, str] | None  # `env` or `keyring`, and the name there
    statement_timeout: timedelta
    page: int
    bucket: Bucket
    state: Path
    every: timedelta
    heartbeat: timedelta
    form: str
    zone: ZoneInfo
    rows_per_file: int
    queries: tuple[Query, ...]


class Mapped:
    """A mapping of the file, whose keys are taken one by one; what is left at the end is wrong."""

    def __init__(self, node: yaml.Node, path: str, file: str) -> None:
        self._path = path
        self._file = file
        self._node = node
        if not isinstance(node, yaml.MappingNode):
            self.fail("must be a list of `key: value` lines")
        self._nodes: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if key.value in self._nodes:
                self._nodes[key.value] = value
                self.fail("is there twice; keep one", key.value)
            self._nodes[str(key.value)] = value
        self._taken: set[str] = set()

    def fail(self, what: str, key: str = "") -> NoReturn:
        """Raise the sentence for a key, or for the mapping itself."""
        node = self._nodes.get(key, self._node) if key else self._node
        name = f"{self._path}{key}" if key else self._path.rstrip(".") or "the file"
        raise AgentError(f"{self._file}, line {node.start_mark.line + 1}: {name} {what}.")

    def has(self, key: str) -> bool:
        """Whether the file has a key."""
        return key in self._nodes

    def checked(self, key: str, read: Callable[[Any], T], what: str, default: Any = NEEDED) -> T:
        """Return a value as `read` understands it.

        Args:
            read: returns the value, or raises ValueError, TypeError or KeyError.
            what: what it must be, for the sentence.
            default: what the file would say; without it, the key is needed.
        """
        self._taken.add(key)
        if key in self._nodes:
            value = yaml.SafeLoader("").construct_object(self._nodes[key], deep=True)
        elif default is NEEDED:
            self.fail(f"is missing; it must be {what}", key)
        else:
            value = default
        try:
            return read(value)
        except AgentError as error:
            self.fail(f"is refused: {str(error).removesuffix('.')}", key)
        except WRONG:
            self.fail(f"must be {what}", key)

    def text(self, key: str, what: str, default: Any = NEEDED, form: str = r"\S.*") -> str:
        """Return a text of a form."""
        return self.checked(key, lambda value: _matching(value, form), what, default)

    def optional(self, key: str, what: str) -> str | None:
        """Return a text, or None if the file does not have the key."""
        self._taken.add(key)
        return self.text(key, what) if key in self._nodes else None

    def part(self, key: str) -> "Mapped":
        """Return a mapping inside this one."""
        self._taken.add(key)
        if key not in self._nodes:
            self.fail("is missing", key)
        return Mapped(self._nodes[key], f"{self._path}{key}.", self._file)

    def end(self, known: Iterable[str] = ()) -> None:
        """Refuse keys that nothing asked for.

        Args:
            known: more keys that would be right here.
        """
        right = sorted(self._taken.union(known))
        for key in self._nodes:
            if key not in right:
                self.fail(f"is unknown here; known are {', '.join(right)}", key)


def read_settings(file: Path) -> Settings:
    """Return the settings of a file.

    Raises:
        AgentError: with line and key of the first mistake.
    """
    try:
        node = yaml.compose(file.read_text("utf-8"), yaml.SafeLoader)
    except OSError as error:
        raise AgentError(f"{file} cannot be read ({type(error).__name__}).") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise AgentError(f"{file}, line {line}: this is not YAML ({error.problem}).") from None
    if node is None:
        raise AgentError(f"{file} is empty. Copy the example of README.md.")
    return _settings(Mapped(node, "", str(file)))


def _settings(top: Mapped) -> Settings:
    database = top.part("database")
    url = database.checked("url", _url, "an address such as mssql+pyodbc://server/RMS?driver=...")
    if user := database.optional("user", "the name of the agent's user"):
        url = url.set(username=user)
    if database.text("tls", "required or none", "required", "required|none") == "required":
        form, add = TLS[url.get_backend_name()]
        if not any(re.match(form, said, re.IGNORECASE) for said in _said(url)):
            database.fail(f"must encrypt: add {add} to it, or write `tls: none`", "url")
    made = Settings(
        url=url,
        password=_password(database),
        statement_timeout=database.checked("statement_timeout", _duration, SPAN, "60 seconds"),
        page=database.checked("page", _count, "a number of rows from 1 to 50000", 2000),
        bucket=_bucket(top.part("bucket")),
        state=top.checked("state", _path, "the path of a file in a folder that exists"),
        every=top.checked("every", _duration, SPAN, "5 minutes"),
        heartbeat=top.checked("heartbeat", _duration, SPAN, "6 hours"),
        form=top.text("format", " or ".join(FORMATS), "csv", "|".join(FORMATS)),
        zone=top.checked("time_zone", ZoneInfo, "a time zone such as America/Phoenix"),
        rows_per_file=top.checked("rows_per_file", _count, "from 1 to 50000", 50000),
        queries=_queries(top.part("queries"), url.get_backend_name()),
    )
    database.end()
    top.end()
    return made


def _queries(part: Mapped, dialect: str) -> tuple[Query, ...]:
    found = tuple(_query(part.part(kind), kind, dialect) for kind in KINDS if part.has(kind))
    part.end(KINDS)
    if not found:
        part.fail(f"must have at least one of {', '.join(KINDS)}")
    return found


def _query(part: Mapped, kind: str, dialect: str) -> Query:
    rowversion = part.optional("rowversion", "a column of the type rowversion")
    if rowversion and dialect != "mssql":
        part.fail("is only for SQL Server; use `place` with a column of times", "rowversion")
    if rowversion and part.has("place"):
        part.fail("and `place` are both there; keep one", "rowversion")
    changed = "the column that says when a row last changed"
    made = Query(
        kind=kind,
        sql=part.checked("sql", lambda value: check_query(str(value), dialect), "one SELECT"),
        place=rowversion or part.text("place", changed),
        is_rowversion=bool(rowversion),
        key=part.checked("key", _names, "the list of columns that identify a row"),
        overlap=part.checked("overlap", _duration, SPAN, "15 minutes"),
        start=part.checked("start", _start, "a day such as 2026-01-31", None),
    )
    if rowversion and made.start:
        part.fail("is a time, and a rowversion has none; put the time into the query", "start")
    part.end()
    return made


def _bucket(part: Mapped) -> Bucket:
    made = Bucket(
        name=part.text("name", "the output FeedBucket of the stack", form=r"[a-z0-9.-]{3,63}"),
        region=part.text("region", "a region such as us-west-2", form=r"[a-z]+(-[a-z]+)+-\d"),
        account=part.text("account", "the account's 12 digits, in quotes", form=r"\d{12}"),
        prefix=part.text("prefix", "a folder such as incoming/", "incoming/", r"[\w/-]+/"),
        profile=part.optional("profile", "a profile of the AWS configuration file"),
    )
    part.end()
    return made


def _password(database: Mapped) -> tuple[str, str] | None:
    if not database.has("password"):
        return None
    part = database.part("password")
    found = [(way, name) for way in WAYS if (name := part.optional(way, "a name"))]
    part.end(WAYS)
    if len(found) != 1:
        part.fail("must be one of `env: <variable>` and `keyring: <service>`")
    return found[0]


def url_with_password(settings: Settings) -> sqlalchemy.URL:
    """Return the database's address with the password from where the settings say.

    Raises:
        AgentError: if it is not there.
    """
    if settings.password is None:
        return settings.url
    way, name = settings.password
    if not (found := WAYS[way](name, settings.url.username or "")):
        raise AgentError(
            f"The database's password is not in the {way} entry {name}. Set it for the user under "
            "whom the agent runs; see README.md, Credentials."
        )
    return settings.url.set(password=found)


def _from_keyring(service: str, user: str) -> str | None:
    import keyring  # only where the settings ask for it: it is not in every requirements file

    found: str | None = keyring.get_password(service, user)
    return found


WAYS: Mapping[str, Callable[[str, str], str | None]] = {
    "env": lambda name, _: os.environ.get(name),
    "keyring": _from_keyring,
}


def _matching(value: Any, form: str) -> str:
    if not re.fullmatch(form, str(value)):
        raise ValueError
    return str(value)


def _url(value: Any) -> sqlalchemy.URL:
    url = sqlalchemy.make_url(str(value))
    dialect = url.get_backend_name().replace("mariadb", "mysql")
    if url.password is not None or any(PASSWORD.match(said) for said in _said(url)):
        raise AgentError("a password must not be in this file. Use `password`")
    if dialect not in DRIVERS:
        raise AgentError(f"the agent knows {', '.join(DRIVERS)}")
    return url.set(drivername=DRIVERS[dialect])


def _said(url: sqlalchemy.URL) -> list[str]:
    """Return each `key=value` behind an address, and inside its `odbc_connect`."""
    said = [f"{key}={value}" for key, value in url.query.items()]
    inside = str(url.query.get("odbc_connect", "")).split(";")
    return [part.strip() for part in (*said, *inside)]


def _duration(value: Any) -> timedelta:
    match = DURATION.fullmatch(str(value))
    if not match or not int(match[1]):
        raise ValueError
    return timedelta(seconds=int(match[1]) * UNITS[match[2]])


def _count(value: Any) -> int:
    if not 1 <= int(value) <= 50000:
        raise ValueError
    return int(value)


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
        raise ValueError
    return tuple(value)


def _path(value: Any) -> Path:
    path = Path(str(value))
    if not path.parent.is_dir() or path.is_dir():
        raise ValueError
    return path


def _start(value: Any) -> datetime | None:
    return None if value is None else datetime.fromisoformat(str(value))
