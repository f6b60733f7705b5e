"""Read a records system's database and put changed rows into Aviso's feed."""

import argparse
import logging
import random
import signal
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from aviso_agent import dialects, failures, place, settings
from aviso_agent.pull import Run, plan, pull
from aviso_agent.reader import Reader
from aviso_agent.upload import Upload

log = logging.getLogger("aviso_agent")

TRIES = 5  # of one run, while the failure may pass by itself
LONGEST_WAIT = 300  # seconds between two tries

stopping = threading.Event()


def main(arguments: list[str] | None = None) -> int:
    """Run the agent; return the exit code: 0 done, 1 failed, 2 something to correct first."""
    parser = argparse.ArgumentParser(prog="aviso-agent", description=__doc__)
    parser.add_argument("settings", type=Path, help="the YAML file")
    parser.add_argument("--once", action="store_true", help="run each query once, then end")
    parser.add_argument("--dry-run", action="store_true", help="show what would be sent, then end")
    parser.add_argument(
        "--since", type=datetime.fromisoformat, help="send again from this day on, then end"
    )
    asked = parser.parse_args(arguments)
    start_logging()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        chosen = settings.read_settings(asked.settings)
        with place.opened(chosen.state) as places:
            agent = Agent(chosen, places, asked.since)
            if asked.dry_run:
                return agent.show()
            return agent.run() if asked.once or asked.since else agent.serve()
    except failures.AgentError as error:
        log.error("%s", error)
        return 2


def start_logging() -> None:
    """Let this program's lines out, and no other's: libraries may write values into theirs."""
    logging.getLogger().addHandler(logging.NullHandler())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.handlers = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False


class Agent:
    """The settings and the open state file.

    Args:
        since: a time from which every row is sent again, or None.
    """

    def __init__(
        self, chosen: settings.Settings, places: place.Places, since: datetime | None = None
    ) -> None:
        self._settings = chosen
        self._places = places
        self._since = since

    def serve(self) -> int:
        """Run again and again until the process is asked to end; return 0."""
        every = self._settings.every.total_seconds()
        log.info("started every=%ds queries=%d", every, len(self._settings.queries))
        while not stopping.is_set():
            self.run()
            stopping.wait(every)
        log.info("stopped")
        return 0

    def run(self) -> int:
        """Run each query; return 0 if all succeeded. One that fails does not stop the others."""
        failed = 0
        for query in self._settings.queries:
            error = self._run_query(query)
            failed |= error is not None
            if error and failures.is_sign_in(error):
                break  # more tries could lock the database's account
        return failed

    def show(self) -> int:
        """Print what a run would do; return 0 if every query fits."""
        failed = 0
        for query in self._settings.queries:
            try:
                for line in plan(self._run_of(query)):
                    print(line)
            except Exception as error:
                failed = 1
                print(f"{query.kind}: {failures.sentence(error)}")
        return failed

    def _run_query(self, query: settings.Query) -> Exception | None:
        """Run a query, again if that may help; return the error that remains."""
        for wait in waits():
            try:
                log.info("query=%s done rows=%d", query.kind, pull(self._run_of(query)))
            except Exception as error:  # its text may hold values: only a sentence is logged
                again = wait is not None and failures.is_passing(error)
                told = f"in {wait:.0f}s" if again else "no"
                log.error("query=%s retry=%s %s", query.kind, told, failures.sentence(error))
                if not again or stopping.wait(wait):
                    return error
            else:
                return None
        return None

    def _run_of(self, query: settings.Query) -> Run:
        chosen = self._settings
        seconds = int(chosen.statement_timeout.total_seconds())
        engine = dialects.engine(settings.url_with_password(chosen), seconds)
        return Run(
            query=query,
            settings=chosen,
            reader=Reader(engine, query, seconds, chosen.page),
            places=self._places,
            put=lambda name, content: Upload(chosen.bucket).put(name, content),
            now=datetime.now(UTC),
            since=self._since,
        )


def waits() -> Iterator[float | None]:
    """Yield the seconds to wait after each failure, doubled and spread; None after the last."""
    for number in range(TRIES - 1):
        yield min(LONGEST_WAIT, 2 ** (number + 1)) * random.uniform(0.5, 1)
    yield None


if __name__ == "__main__":
    sys.exit(main())
