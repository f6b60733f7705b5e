"""Functions of local AWS in tests: each a process of its own, from a server with their packages."""

import os
import subprocess
import sys

import pytest

from infra.local import forked

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forked on Linux only")
SAYS = """
import os, sys
print(sys.stdin.readline().strip(), os.getcwd(), os.environ["MINE"], __file__, flush=True)
print("an error", file=sys.stderr, flush=True)
sys.stdin.readline()
"""
IMPORTS = "import jwt, os; print(jwt.PROCESS, os.getpid(), flush=True)"


@pytest.fixture
def start(tmp_path):
    """Give a function that starts a program with a layer of packages, and one of the product."""
    layers = [tmp_path / name for name in ("packages", "product")]
    for layer, module in zip(layers, ("jwt.py", "aviso.py"), strict=True):
        (layer / "python").mkdir(parents=True)
        (layer / "python" / module).write_text("import os\nPROCESS = os.getpid()\n")
    (layers[1] / "python/aviso").mkdir()
    begun: list[forked.Process] = []

    def started(text, **environment):
        program = tmp_path / f"program_{len(begun)}.py"
        program.write_text(text)
        env = {**os.environ, **environment, forked.LAYERS: os.pathsep.join(map(str, layers))}
        begun.append(forked.started([sys.executable, str(program)], cwd=str(tmp_path), env=env))
        return begun[-1]

    yield started
    for process in begun:
        process.kill()
        process.wait(30)
        for file in (process.stdin, process.stdout, process.stderr):
            file.close()
    for server in forked.servers.values():
        server.link.close()
        assert server.process.wait(30) == 0  # it ends with local AWS
    forked.servers.clear()


class TestProcess:
    def test_has_a_folder_environment_and_files_of_its_own(self, start, tmp_path) -> None:
        one, other = start(SAYS, MINE="a"), start(SAYS, MINE="b")
        for number, process in enumerate((one, other)):
            process.stdin.write(f"line {number}\n")
        for number, process in enumerate((one, other)):
            said = process.stdout.readline().split()
            program = str(tmp_path / f"program_{number}.py")
            assert said == ["line", str(number), str(tmp_path), "ab"[number], program]
            assert process.stderr.readline() == "an error\n"

    def test_has_the_packages_from_the_server(self, start) -> None:
        found = [tuple(start(IMPORTS).stdout.readline().split()) for _ in range(2)]
        (server,) = forked.servers.values()
        assert {imported for imported, _ in found} == {str(server.process.pid)}
        assert len({own for _, own in found}) == 2

    def test_imports_the_product_itself(self, start, tmp_path) -> None:
        start("").wait(30)
        ((folder,),) = forked.servers
        assert folder == str(tmp_path / "packages/python")

    def test_is_ended_and_seen_to_end(self, start) -> None:
        process = start("import time; time.sleep(60)")
        assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0)
        process.terminate()
        assert process.wait(30) == 0
        assert process.poll() == 0
        process.kill()  # nobody: another process may have the id by now


class TestMeasurement:
    def test_starts_every_function_anew(self, monkeypatch) -> None:
        assert forked.wanted()
        monkeypatch.delenv(forked.ASKED)
        assert not forked.wanted()
