"""The tree of expected errors, each with a code that logs and pages may show."""

from collections.abc import Collection
from datetime import datetime, timedelta


class AvisoError(Exception):
    """Base of every expected error. `code` is safe to log; the text has no personal data."""

    code = "error"


class ReasonedError(AvisoError):
    """An error with a reason: a code of our own, safe to store and log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


REPLACED = "replaced"
# With one of these, a person may accept the file as it is.
WAITS = ("trailer", "smaller", "larger", "removed", "emptied")
# Why a feed file is refused; the desk has words for each, with the solution.
REFUSALS = (
    *("name", "gone", REPLACED, "empty", "excel", "zip", "binary", "encoding", "long_line", "cut"),
    *("delimiter", "no_columns", "no_header", "columns_missing", "columns_twice"),
    *("criminal_history", "dates", "dates_iso"),
    *WAITS,
)


class FileRefused(AvisoError):
    """A feed file that cannot be read; nothing of it was imported.

    `reason` is one of `REFUSALS`; `about` names columns or date forms, never a value.
    """

    code = "file_refused"

    def __init__(self, text: str, reason: str, about: str = "") -> None:
        super().__init__(text)
        assert reason in REFUSALS
        self.reason = reason
        self.about = about


class FileWaits(FileRefused):
    """A feed file of which nothing is imported until a person accepts it, for one of `WAITS`.

    `numbers` are rows: now, usual, said (by the trailer), removed (or withdrawn), and what the
    file would do.
    """

    def __init__(self, text: str, reason: str, about: str, numbers: dict[str, int]) -> None:
        super().__init__(text, reason, about)
        self.numbers = numbers


class RowRejected(AvisoError):
    """A feed row that cannot be imported; `column` is the agency's name of the wrong column."""

    code = "row_rejected"

    def __init__(self, code: str, column: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.column = column


class Conflict(AvisoError):
    """A conditional write lost against another writer; read again and decide again."""

    code = "conflict"


class NewerRow(AvisoError):
    """A case has a row of a newer release: what would damage it must wait for that release."""

    code = "newer_row"


class HandOverError(ReasonedError):
    """A message was not certainly handed over."""

    code = "send_error"

    def __init__(self, reason: str, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after  # only when it is known how long to wait


class SendFailed(HandOverError):
    """A provider refused a message for good; this channel is not used again for this notice."""

    code = "send_failed"


class SendDeferred(HandOverError):
    """A provider could not take the message now; no message was handed over."""

    code = "send_deferred"


class SendUnknown(HandOverError):
    """It is unknown whether a hand-over succeeded; treated as a crash (docs/rules.md#6)."""

    code = "send_unknown"


class ReceiptUnreadable(AvisoError):
    """A provider's event in no documented form; it is set aside, and nothing is guessed."""

    code = "receipt_unreadable"


class LinkRefused(AvisoError):
    """A link's token is missing or was not signed by us for this purpose."""

    code = "link_invalid"


class LinkMissing(LinkRefused):
    """The link has no token: a phone cut it off, or somebody typed it."""

    code = "link_missing"


class EnrollmentInvalid(AvisoError):
    """A contact or choice that cannot be stored; `field` and `message` name the sentence shown."""

    code = "enrollment_invalid"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class TooOften(AvisoError):
    """An action that makes us write to people was done too often in a day or an hour.

    `names` are the counters that are full; `until` is when the last of them starts again.
    """

    code = "too_often"

    def __init__(self, names: Collection[str] = (), until: datetime | None = None) -> None:
        super().__init__("a limit is used up")
        self.names = frozenset(names)
        self.until = until


class AccountLocked(ReasonedError):
    """A staff account may not sign in; `reason` is failures, idle or desk."""

    code = "account_locked"


class SignInRefused(ReasonedError):
    """The sign-in service's answer proves no identity."""

    code = "sign_in_refused"


class NotTheirs(AvisoError):
    """This member of the desk may not see a restricted case; the text is the case's number."""

    code = "not_theirs"


class NotVerified(AvisoError):
    """The visitor did not prove who they are; the error does not say why (docs/rules.md#15)."""

    code = "not_verified"
