"""The one tree of errors the product expects, each with a code that logs and pages may show."""


class AvisoError(Exception):
    """Base of every expected error. `code` is safe to log; the text never holds personal data."""

    code = "error"


class FileRefused(AvisoError):
    """A feed file that cannot be read at all; nothing of it was imported."""

    code = "file_refused"


class Conflict(AvisoError):
    """A conditional write lost against another writer; read again and decide anew."""

    code = "conflict"


class IllegalMove(AvisoError):
    """A notice was asked to make a move the state table does not allow."""

    code = "illegal_move"


class SendFailed(AvisoError):
    """A provider refused a message for good; this channel is spent for this notice."""

    code = "send_failed"


class SendDeferred(AvisoError):
    """A provider could not take the message now; nothing left the house."""

    code = "send_deferred"


class SendUnknown(AvisoError):
    """The hand-over neither succeeded nor failed for sure; treated as a crash (rule 6)."""

    code = "send_unknown"


class SettingsInvalid(AvisoError):
    """The agency's settings file breaks its schema; the text names the line."""

    code = "settings_invalid"


class EnrollmentInvalid(AvisoError):
    """A contact or choice that cannot be stored; `field` and `message` key a sentence to show."""

    code = "enrollment_invalid"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class NotVerified(AvisoError):
    """The visitor did not prove who they are; says nothing about why (rule 15)."""

    code = "not_verified"
