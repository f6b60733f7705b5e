"""Starts MiniStack, the laptop's AWS, and records every permission that it checked.

Runs in MiniStack's own environment (`.tools/ministack`), started by `stack.py`. Thirteen things are
added to it, all outside the product:
- each IAM decision about a function's role goes to ACCESS_LOG as one JSON line, so that "no call
  was denied" and "no unused permission is granted" can be counted;
- each start and end of a function goes to AT_WORK as a plus or a minus, and each look at all
  streams and queues that found nothing as a dot, so that one can wait until none is at work or due;
- a REST API's id is made of its stack's name and logical id, so that the portal's address is
  known before the first deployment, as it is on AWS with a custom domain;
- SAM gets the parameters' values when it translates a template, as it does on AWS;
- a REST API gets a new definition under its own id, and its stages stay, as on AWS: MiniStack makes
  another API, so that visitors would find none;
- the gateway responses in an API's definition are imported, as AWS does;
- a function that fails, or of which none is free, gets the gateway's own page, as on AWS;
- a function that is started by its alias gets the alias's ARN, whatever started it, so that it
  continues by the same alias, as on AWS (Step Functions and EventBridge name the version here);
- calls count as made over TLS, which the bucket and topic policies require;
- the branding of the sign-in pages, a resource type that it does not support, counts as made;
- an update of a stream's trigger keeps the size of its batches a number: as the text of a
  template's parameter it would stop every stream;
- a layer is unpacked once, not at each start of a function: it is read-only;
- where tests ask for it, functions are forked from a process that has their packages (`forked.py`);
- a call of a function ends with its last log line: a function marks the end of each call in its
  log, where MiniStack waits 50 ms for lines that may not come;
- IAM gets the partition keys that a call on a table names (`dynamodb:LeadingKeys`), each item of
  a transaction separately.
"""

import gc
import hashlib
import io
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import forked  # beside this file: the repository is not on this interpreter's path
from api_id import api_id
from ministack import app
from ministack.core import iam_actions, iam_evaluator, lambda_runtime
from ministack.services import apigateway_v1, lambda_svc, sts
from ministack.services.cloudformation import changesets, provisioners

_access, _at_work = (
    os.open(os.environ[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for name in ("ACCESS_LOG", "AT_WORK")
)
_enforce = iam_evaluator.enforce
KEYS = "dynamodb:LeadingKeys"
COLLECTED = 50_000  # new objects until Python looks for cycles, of which there are few
UNPACKED = Path(tempfile.gettempdir()) / "layers"
CALL_ENDS = "\0"
ANSWERED = "        _real_stdout.flush()\n\nrun()"  # the end of a call in MiniStack's program
MARKED = ANSWERED.replace("\n\n", '\n        os.write(2, b"\\0\\n")\n\n')
NO_ANSWER = (429, 502)  # of MiniStack, when a function is throttled or fails
# What a definition says of an API, by the names of MiniStack's tables.
DEFINED = ("_resources", "_authorizers_v1", "_models", "_gateway_responses", "_documentation_parts")
NOT_OF_A_FUNCTION = {"Content-Type": "application/json"}
_unpacking = threading.Lock()
_starts = threading.local()
_names: dict[int, tuple[bytes, str]] = {}  # archives, and their unpacked folders


def _counted_execute(*args: Any) -> Any:
    """Run a function as MiniStack does, and record when it starts and ends."""
    os.write(_at_work, b"+")
    try:
        return _execute(*args)
    finally:
        os.write(_at_work, b"-")


def _counted_look() -> Any:
    """Look at the streams as MiniStack does, last of all sources, and record if all was quiet."""
    found = _look_at_streams()
    if not found:
        os.write(_at_work, b".")
    return found


def _logged_enforce(access_key_id: str, iam_action: str, *args: Any, **kwargs: Any) -> Any:
    """Decide as MiniStack does, and record the decision for a role's session."""
    if isinstance(table := kwargs.get("resource_arn"), _Item):
        kwargs["resource_arn"] = str(table)
        kwargs["service_context"] = {**(kwargs.get("service_context") or {}), KEYS: table.keys}
    denied = _enforce(access_key_id, iam_action, *args, **kwargs)
    session = sts._sessions.get(access_key_id)
    if session is not None:
        line = json.dumps(
            {
                "role": str(session.get("Arn", "")).partition(":assumed-role/")[2],
                "action": iam_action,
                "resource": kwargs.get("resource_arn", "*"),
                "allowed": denied is None,
                "keys": (kwargs.get("service_context") or {}).get(KEYS, []),
            }
        )
        os.write(_access, f"{line}\n".encode())
    return denied


class _Item(str):
    """The ARN of a table, with the keys of one part of a transaction."""

    keys: list[str]


def _keys_of(asked: dict[str, Any]) -> list[str]:
    """Return the partition keys in a call, or in one part of it; our tables name them pk."""
    named = [asked.get("Key") or asked.get("Item") or {}]
    for table in (asked.get("RequestItems") or {}).values():
        named += table.get("Keys", ()) if isinstance(table, dict) else ()
    return [str(key["pk"]["S"]) for key in named if "S" in key.get("pk", {})]


def _context_with_keys(body: bytes) -> dict[str, Any]:
    context: dict[str, Any] = _service_context(body)
    keys = _keys_of(json.loads(body or b"{}"))
    return {**context, KEYS: keys} if keys else context


def _checks_with_keys(action: str, body: bytes, *args: Any) -> list[tuple[str, str]]:
    """Check each part of a transaction by its one key, as AWS does."""
    checks = _transaction_checks(action, body, *args)
    if not checks:
        return []
    parts = [one for part in json.loads(body)["TransactItems"] for one in part.values()]
    found = []
    for (one_action, arn), part in zip(checks, parts, strict=True):
        item = _Item(arn)
        item.keys = _keys_of(part)
        found.append((one_action, item))
    return found


def _known_api_id(tags: Any) -> tuple[str | None, None]:
    if not isinstance(tags, dict) or "aws:cloudformation:logical-id" not in tags:
        return None, None
    wanted = api_id(tags["aws:cloudformation:stack-name"], tags["aws:cloudformation:logical-id"])
    return (None if apigateway_v1.find_api_scope(wanted) else wanted), None


def _import_with_gateway_responses(spec: dict[str, Any], *args: Any, **kwargs: Any) -> str:
    """Import an API as MiniStack does, with its gateway responses."""
    made = str(_import_rest_api(spec, *args, **kwargs))
    for kind, response in spec.get("x-amazon-apigateway-gateway-responses", {}).items():
        status, _, body = apigateway_v1._put_gateway_response(made, kind, response)
        if status != 201:
            raise ValueError(f"the gateway response {kind} was refused: {body!r}")
    return made


def _defined_in_place(
    made: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str | None = None
) -> tuple[str, dict[str, Any]]:
    """Update a REST API; a new definition takes the old one's place."""
    if new.get("Body") == old.get("Body"):
        updated: tuple[str, dict[str, Any]] = _update_rest_api(made, old, new, stack, logical_id)
        return updated
    other, _ = provisioners._apigw_rest_api_create(logical_id or made, new, stack)
    apigateway_v1._rest_apis[made] = apigateway_v1._rest_apis[other] | {"id": made}
    for part in DEFINED:
        of = getattr(apigateway_v1, part)
        of[made] = of[other]
    apigateway_v1._delete_rest_api(other)
    return made, provisioners._apigw_rest_api_attrs(made)


async def _proxy_with_gateway_page(*args: Any, **kwargs: Any) -> Any:
    """Answer as MiniStack does, but with the gateway's page for a function that gave no answer."""
    answer = await _invoke_proxy(*args, **kwargs)
    if isinstance(answer, tuple) and answer[0] in NO_ANSWER and answer[1] == NOT_OF_A_FUNCTION:
        return apigateway_v1._gw_error("DEFAULT_5XX", "Internal server error")
    return answer


def _apply_transforms_with_parameters(
    template: dict[str, Any], provided: Any = None, *args: Any
) -> Any:
    """Translate a template as MiniStack does, with the parameters given as their defaults."""
    values = {p["Key"]: p["Value"] for p in provided or () if "Value" in p}
    declared = template.get("Parameters", {})
    known = {n: p | {"Default": values.get(n, p.get("Default"))} for n, p in declared.items()}
    given = {n: p for n, p in known.items() if p["Default"] is not None}
    return _apply_transforms(template | {"Parameters": declared | given}, provided, *args)


def _as_started(func: Any, qualifier: str | None) -> tuple[Any, Any]:
    """Find a version as MiniStack does; an alias's target has the ARN of the alias."""
    record, config = _effective_record(func, qualifier)
    if not config or qualifier not in func.get("aliases", {}):
        return record, config
    named = config | {"FunctionArn": f"{func['config']['FunctionArn']}:{qualifier}"}
    return {**record, "config": named}, named


class _Layer:
    """What MiniStack opens as a layer's archive: a file with the name of the unpacked layer."""

    def __init__(self, file: str) -> None:
        self.file = Path(file)

    def __enter__(self) -> "_Layer":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def namelist(self) -> list[str]:
        """Return no name to check: the build made the archive."""
        return []

    def extractall(self, path: str) -> None:
        """Put a link to the unpacked layer at a path, where an empty folder is."""
        Path(path).rmdir()
        Path(path).symlink_to(UNPACKED / self.file.read_text())


def _spawn_with_links(worker: Any) -> None:
    """Start a function as MiniStack does, with links to its layers."""
    _starts.one = True
    try:
        _spawn(worker)
    finally:
        _starts.one = False


def _layer_or_name(attached: Any) -> bytes | None:
    """Return a layer's archive; where a function starts, only the name of the unpacked layer.

    To write and to read tens of megabytes again would take most of the time of a start.
    """
    archive: bytes | None = _resolve_layer_zip(attached)
    return _unpacked(archive).encode() if archive and getattr(_starts, "one", False) else archive


def _unpacked(archive: bytes) -> str:
    """Unpack an archive unless that is done; return the name of its folder."""
    with _unpacking:
        if id(archive) not in _names:
            name = hashlib.sha256(archive).hexdigest()
            if not (UNPACKED / name).exists():
                with zipfile.ZipFile(io.BytesIO(archive)) as files:
                    files.extractall(UNPACKED / f"{name}.half")
                (UNPACKED / f"{name}.half").rename(UNPACKED / name)
            _names[id(archive)] = archive, name  # while it is kept, no other has its id
        return _names[id(archive)][1]


def _open(file: str) -> Any:
    return _Layer(file) if Path(file).name.startswith("layer_") else zipfile.ZipFile(file)


def _with_size(mapping: str, old: Any, new: dict[str, Any], stack: str) -> Any:
    """Update a stream's trigger; the size of its batches may come as a text."""
    size = {"BatchSize": int(new["BatchSize"])} if "BatchSize" in new else {}
    return _update_trigger(mapping, old, new | size, stack)


def _read_log(worker: Any) -> None:
    """Pass on each line that a function logs; its end is the end of its last call."""
    lines = worker._stderr_queue
    for line in worker._proc.stderr:
        lines.put(line.rstrip("\n"))
    lines.put(CALL_ENDS)


def _log_of_a_call(worker: Any, *_: Any, **__: Any) -> str:
    """Return what a function logged in the call that has just ended."""
    lines = []
    while not (line := worker._stderr_queue.get(timeout=10)).endswith(CALL_ENDS):
        lines.append(line)
    return "\n".join([*lines, line.removesuffix(CALL_ENDS)]).rstrip("\n")


def _program_that_marks(program: str) -> str:
    """Return the program that runs a Python function, marking the end of each call in its log."""
    if program.count(ANSWERED) != 1:
        raise ValueError("MiniStack runs functions in another way: see infra/local/aws_server.py")
    return program.replace(ANSWERED, MARKED)


def _end_with_parent(parent: int) -> None:
    """End this process group when its parent process ends for any reason."""
    while os.getppid() == parent:
        time.sleep(1)
    os.killpg(os.getpgrp(), signal.SIGTERM)


_effective_record = lambda_svc._effective_func_record_for_qualifier
lambda_svc._effective_func_record_for_qualifier = _as_started
lambda_runtime.zipfile = SimpleNamespace(
    ZipFile=_open, BadZipFile=zipfile.BadZipFile, LargeFileError=zipfile.LargeZipFile
)
if forked.wanted():  # every function is a Python program
    lambda_runtime.subprocess = SimpleNamespace(**vars(subprocess) | {"Popen": forked.started})
lambda_runtime._PYTHON_WORKER_SCRIPT = _program_that_marks(lambda_runtime._PYTHON_WORKER_SCRIPT)
_spawn = lambda_runtime.Worker._spawn
lambda_runtime.Worker._spawn = _spawn_with_links
_resolve_layer_zip = lambda_svc._resolve_layer_zip
lambda_svc._resolve_layer_zip = _layer_or_name
lambda_runtime.Worker._read_stderr = _read_log
lambda_runtime.Worker._drain_stderr_bounded = _log_of_a_call
_execute = lambda_svc._execute_function_dispatch
lambda_svc._execute_function_dispatch = _counted_execute
_look_at_streams = lambda_svc._poll_dynamodb_streams
lambda_svc._poll_dynamodb_streams = _counted_look
iam_evaluator.enforce = _logged_enforce
_service_context = iam_actions.dynamodb_service_context
iam_actions.dynamodb_service_context = _context_with_keys
_transaction_checks = iam_actions.dynamodb_transaction_checks
iam_actions.dynamodb_transaction_checks = _checks_with_keys
apigateway_v1._resolve_custom_rest_api_id = _known_api_id
_invoke_proxy = apigateway_v1._invoke_lambda_proxy_v1
apigateway_v1._invoke_lambda_proxy_v1 = _proxy_with_gateway_page
_import_rest_api = apigateway_v1._import_rest_api
apigateway_v1._import_rest_api = _import_with_gateway_responses
_apply_transforms = changesets._apply_transforms
changesets._apply_transforms = _apply_transforms_with_parameters
provisioners._RESOURCE_HANDLERS["AWS::Cognito::ManagedLoginBranding"] = {
    "create": lambda name, _properties, stack: (f"{stack}-{name}", {}),
    "update": lambda made, _old, _new, _stack: (made, {}),
    "delete": lambda _made, _properties: None,
}
_apis = provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::RestApi"]
_update_rest_api = _apis["update"]
_apis["update"] = _defined_in_place
_triggers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]
_update_trigger = _triggers["update"]
_triggers["update"] = _with_size
# Nothing leaves this machine, so a call over plain HTTP counts as one over TLS.
_pin_request_origin = app.pin_request_origin
app.pin_request_origin = lambda source, _secure: _pin_request_origin(source, True)

if __name__ == "__main__":
    gc.freeze()
    gc.set_threshold(COLLECTED)
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    app.main()
