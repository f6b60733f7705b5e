"""Each error as a sentence with the way out, and without values.

The text of a database's or a driver's error may contain values of a row, so it is never shown: only
the error's class and its code are.
"""

import re
import sqlite3

from botocore import exceptions
from sqlalchemy import exc

CODE = re.compile(r"[0-9A-Z]{5}|ORA-\d{5}|DPY-\d{4}|\d{4}")  # SQLSTATE, Oracle's and MySQL's
SIGN_IN = ("28", "ORA-01017", "ORA-28000", "1045")

REFUSED = {
    "AccessDenied": "AWS refused the upload. The role needs s3:PutObject on the bucket's "
    "incoming/*, and its name must be aviso-feed, or the key must admit it; see README.md, AWS.",
    "NoSuchBucket": "The bucket does not exist. Compare `bucket.name` with the output FeedBucket.",
    "InvalidAccessKeyId": "AWS does not know the access key. Compare it with the one in IAM.",
    "SignatureDoesNotMatch": "AWS refused the signature. Enter the secret access key again.",
    "ExpiredToken": "The AWS credentials have expired. Check how this server renews them.",
    "RequestTimeTooSkewed": "This server's clock is wrong. Set it by NTP.",
    "PermanentRedirect": "The bucket is in another region. Correct `bucket.region`.",
    "AuthorizationHeaderMalformed": "The bucket is in another region. Correct `bucket.region`.",
}


class AgentError(Exception):
    """What a person must repair; the text is a sentence without values of rows."""


def is_passing(error: Exception) -> bool:
    """Whether trying again soon may help: a lost connection, a time-out, an AWS fault."""
    if is_sign_in(error):
        return False
    match error:
        case exc.DBAPIError(connection_invalidated=True) | exc.TimeoutError():
            return True
        case exc.OperationalError() | exc.InterfaceError():
            return True
        case exceptions.ClientError():
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            return status >= 500 or aws_code(error) in {"SlowDown", "RequestTimeout", "Throttling"}
        case exceptions.HTTPClientError() | exceptions.IncompleteReadError():
            return True
    return False


def is_sign_in(error: Exception) -> bool:
    """Whether the database refused user or password; tries again could lock the account."""
    return isinstance(error, exc.DBAPIError) and database_code(error).strip().startswith(SIGN_IN)


def aws_code(error: exceptions.ClientError) -> str:
    """Return the code of AWS's answer, such as AccessDenied."""
    return error.response.get("Error", {}).get("Code", "unknown")


def database_code(error: exc.DBAPIError) -> str:
    """Return the database's code for an error, empty if the driver gives none."""
    first = error.orig.args[0] if error.orig and error.orig.args else ""
    for found in (
        getattr(error.orig, "sqlstate", None),
        getattr(first, "full_code", None),
        first,
    ):
        if CODE.fullmatch(str(found)):
            return f" {found}"
    return ""


def sentence(error: Exception) -> str:
    """Return what went wrong and what to do, without any value of a row."""
    match error:
        case AgentError():
            return str(error)
        case exceptions.ClientError():
            code = aws_code(error)
            return REFUSED.get(code, "AWS refused the upload.") + f" ({code})"
        case exceptions.NoCredentialsError() | exceptions.PartialCredentialsError():
            return "No AWS credentials were found. See README.md, AWS."
        case exceptions.ProfileNotFound():
            return "The AWS profile in `bucket.profile` is not in the AWS configuration file."
        case exceptions.BotoCoreError():
            return f"AWS was not reached ({type(error).__name__}). Check network and credentials."
        case sqlite3.Error():
            return (
                "The state file could not be written. Is the disk full? The rows that are not "
                "noted are sent again."
            )
        case exc.NoSuchModuleError() | ImportError():
            return (
                "The database's driver is not installed. Install the requirements file of this "
                "database; see README.md, Install."
            )
        case exc.DBAPIError():
            return _database_sentence(error)
    return f"The agent failed ({type(error).__name__}). Please report it with the agent's version."


def _database_sentence(error: exc.DBAPIError) -> str:
    what = f"({type(error).__name__}{database_code(error)})"
    if is_sign_in(error):
        return (
            f"The database refused the sign-in {what}. Correct `database.user` or the password. "
            "This run tries no other query, so that the account is not locked."
        )
    if isinstance(error, exc.ProgrammingError):
        return (
            f"The database refused the query {what}. A table, a column or the right to read it is "
            "missing, or the statement has a mistake. Run it in your SQL tool as the agent's user."
        )
    if isinstance(error, exc.OperationalError | exc.InterfaceError):
        return (
            f"The database was not reached, refused the sign-in or was too slow {what}. Check "
            "`database.url`, user and password, and run the query in your SQL tool."
        )
    return (
        f"The database did not answer the query {what}. Look up the code, and run the "
        "query in your SQL tool as the agent's user."
    )
