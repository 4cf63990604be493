"""Remote back ends against a real HTTP server that speaks the protocols and runs the programs it is sent."""

import base64
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rewardkit.errors import OptionError
from rewardkit.verifiers.code.sandbox import Job, Limits, SandboxError, Status
from rewardkit.verifiers.code.sandbox.remote import Piston, SandboxFusion


class Server(ThreadingHTTPServer):
    """Runs Python for real; `faults` are answers to give first."""

    faults: list[tuple[int, object]]
    requests: list[dict]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append({"path": self.path, "token": self.headers.get("Authorization"), **body})
        if self.server.faults:
            code, answer = self.server.faults.pop(0)
        elif self.path == "/run_code":
            code, answer = 200, self.run_fusion(body)
        elif self.path == "/api/v2/execute":
            code, answer = 200, self.run_piston(body)
        else:
            code, answer = 404, {"message": "no such path"}
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def run_fusion(self, body: dict) -> dict:
        with tempfile.TemporaryDirectory() as folder:
            for name, content in body["files"].items():
                Path(folder, name).write_bytes(base64.b64decode(content))
            ended = execute(folder, body["code"], body["stdin"], [], body["run_timeout"])
            fetched = {n: Path(folder, n) for n in body["fetch_files"]}
            files = {n: base64.b64encode(p.read_bytes()).decode() for n, p in fetched.items() if p.exists()}
        if ended is None:
            result = {"status": "TimeLimitExceeded", "execution_time": body["run_timeout"], "return_code": None}
            return {"status": "Failed", "message": "", "compile_result": None, "run_result": result, "files": files}
        result = {"status": "Finished" if ended.returncode == 0 else "Error", "execution_time": 0.1,
                  "return_code": ended.returncode, "stdout": ended.stdout, "stderr": ended.stderr}  # fmt: skip
        status = "Success" if ended.returncode == 0 else "Failed"
        return {"status": status, "message": "", "compile_result": None, "run_result": result, "files": files}

    def run_piston(self, body: dict) -> dict:
        with tempfile.TemporaryDirectory() as folder:
            for file in body["files"][1:]:
                Path(folder, file["name"]).write_bytes(base64.b64decode(file["content"]))
            code = body["files"][0]["content"]
            ended = execute(folder, code, body["stdin"], body["args"], body["run_timeout"] / 1000)
        if ended is None:
            run = {"stdout": "", "stderr": "", "code": None, "signal": "SIGKILL", "status": "TO", "wall_time": 500}
        else:
            run = {"stdout": ended.stdout, "stderr": ended.stderr, "code": ended.returncode, "signal": None,
                   "status": None if ended.returncode == 0 else "RE", "cpu_time": 50, "wall_time": 100}  # fmt: skip
        return {"language": body["language"], "version": "3.11.0", "run": run}


def execute(
    folder: str, code: str, stdin: str, arguments: list[str], seconds: float
) -> "subprocess.CompletedProcess[str] | None":
    command = [sys.executable, "-I", "-c", code, *arguments]
    try:
        return subprocess.run(
            command, cwd=folder, input=stdin, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return None


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as running:
        running.faults, running.requests = [], []
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture(params=[SandboxFusion, Piston])
def sandbox(request, server):
    return request.param(f"http://127.0.0.1:{server.server_port}/", backoff_s=0.01)


ENDS = [
    ("print(int(input()) + 1)", {"stdin": b"41"}, Status.OK, b"42\n"),
    ("raise SystemExit(3)", {}, Status.FAILED, b""),
    ("raise MemoryError", {}, Status.MEMORY_LIMIT, b""),
    ("while True: pass", {"limits": Limits(cpu_s=0.5)}, Status.TIME_LIMIT, b""),
    ("print('x' * 5000)", {"limits": Limits(output_bytes=1000)}, Status.OUTPUT_LIMIT, b"x" * 1000),
    ("print(open('data.bin', 'rb').read())", {"files": {"data.bin": b"\xff\0"}}, Status.OK, b"b'\\xff\\x00'\n"),
]


@pytest.mark.parametrize(("source", "options", "status", "stdout"), ENDS)
def test_every_end_has_its_status(sandbox, source, options, status, stdout):
    execution = sandbox.run(Job(source, **options))
    assert (execution.status, execution.stdout) == (status, stdout)
    assert execution.isolation == sandbox.isolation
    assert execution.isolation.startswith("remote:")


def test_sandboxfusion_gives_files_and_the_result_back(server):
    sandbox = SandboxFusion(f"http://127.0.0.1:{server.server_port}", headers={"Authorization": "Bearer x"})
    source = "import os\nos.write(int(os.environ['REWARDKIT_RESULT_FD']), b'r')\nopen('out', 'w').write('y')"
    execution = sandbox.run(Job(source, collect=("out", "missing")))
    assert (execution.result, dict(execution.files)) == (b"r", {"out": b"y"})
    assert server.requests[0]["token"] == "Bearer x"
    assert server.requests[0]["memory_limit_MB"] == 512


@pytest.mark.parametrize(
    "fault", [(500, {"message": "busy"}), (503, b"<html>"), (429, {"message": "slow"}), (200, b"no JSON")]
)
def test_faults_of_the_server_are_retried(sandbox, server, fault):
    server.faults = [fault, fault]
    assert sandbox.run(Job("print(1)")).stdout == b"1\n"
    assert len(server.requests) == 3


def test_lasting_faults_are_no_verdict(sandbox, server):
    server.faults = [(500, {"message": "broken"})] * 10
    with pytest.raises(SandboxError, match="HTTP 500"):
        sandbox.run(Job("print(1)"))
    assert len(server.requests) == 4


def test_a_wrong_request_is_not_repeated(sandbox, server):
    server.faults = [(400, {"message": "brainfuck-9 runtime is unknown"})]
    with pytest.raises(SandboxError, match="runtime is unknown"):
        sandbox.run(Job("print(1)"))
    assert len(server.requests) == 1


def test_what_the_server_calls_its_own_fault_is_no_verdict(server):
    address = f"http://127.0.0.1:{server.server_port}"
    server.faults = [(200, {"status": "SandboxError", "message": "no pod", "run_result": None})] * 9
    with pytest.raises(SandboxError, match="no pod"):
        SandboxFusion(address, backoff_s=0.01).run(Job("1"))
    server.faults = [(200, {"run": {"status": "XX", "message": "isolate failed", "code": None}})] * 9
    with pytest.raises(SandboxError, match="isolate failed"):
        Piston(address, backoff_s=0.01).run(Job("1"))


def test_a_server_that_is_not_there_is_no_verdict():
    with pytest.raises(SandboxError, match="failed"):
        SandboxFusion("http://127.0.0.1:9", retries=1, backoff_s=0.01).run(Job("1"))
    with pytest.raises(OptionError, match="http://"):
        Piston("localhost:2000")


def test_what_a_protocol_can_not_do_is_said(sandbox):
    with pytest.raises(SandboxError, match="can't join two programs"):
        sandbox.duet(Job("1"), Job("2"))
    sandbox.close()
    with pytest.raises(SandboxError, match="closed"):
        sandbox.run(Job("1"))


def test_piston_gives_no_files_back(server):
    with pytest.raises(SandboxError, match="no files"):
        Piston(f"http://127.0.0.1:{server.server_port}").run(Job("1", collect=("x",)))


def test_asyncio_reaches_a_server_too(sandbox):
    import asyncio

    async def many() -> list[bytes]:
        return [e.stdout for e in await asyncio.gather(*(sandbox.arun(Job(f"print({n})")) for n in range(4)))]

    assert asyncio.run(many()) == [b"0\n", b"1\n", b"2\n", b"3\n"]
