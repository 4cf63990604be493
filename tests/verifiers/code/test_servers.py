"""The entry `code` on a sandbox server: what runs there, and what is UNAVAILABLE rather than wrong."""

import base64
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from rewardkit import Outcome, Score
from rewardkit.errors import OptionError
from rewardkit.verifiers.code.verifier import CodeTests

ScoreCode = Callable[..., Score]

SUM = {"inputs": ["3 4\n", "-5 2\n"], "outputs": ["7\n", "-3\n"]}
TWICE = {"fn_name": "twice", "inputs": [[2], [5]], "outputs": [4, 10]}


class Fusion(BaseHTTPRequestHandler):
    """As much of SandboxFusion's protocol as programs in Python need."""

    requests: list[dict[str, Any]]

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.requests.append(body)
        data = json.dumps(run(body)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def run(body: dict[str, Any]) -> dict[str, Any]:
    if body["language"] != "python":
        return {"status": "Success", "run_result": {"status": "Finished", "return_code": 0, "stdout": "7\n"}}
    with tempfile.TemporaryDirectory() as folder:
        for name, content in body["files"].items():
            Path(folder, name).write_bytes(base64.b64decode(content))
        command = [sys.executable, "-I", "-c", body["code"]]
        try:
            ended = subprocess.run(
                command,
                cwd=folder,
                input=body["stdin"],
                capture_output=True,
                text=True,
                timeout=body["run_timeout"],
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"status": "Failed", "run_result": {"status": "TimeLimitExceeded"}}
        paths = {name: Path(folder, name) for name in body["fetch_files"]}
        files = {name: base64.b64encode(path.read_bytes()).decode() for name, path in paths.items() if path.exists()}
    result = {"status": "Finished", "return_code": ended.returncode, "stdout": ended.stdout, "stderr": ended.stderr}
    return {"status": "Success", "run_result": result, "files": files}


@pytest.fixture
def server() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    handler = type("Handler", (Fusion,), {"requests": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"sandboxfusion:http://127.0.0.1:{running.server_port}", handler.requests
        running.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("code", "reference", "outcome"),
    [
        ("a, b = map(int, input().split())\nprint(a + b)", SUM, Outcome.CORRECT),
        ("a, b = map(int, input().split())\nprint(a - b)", SUM, Outcome.INCORRECT),
        ("raise SystemExit(1)", SUM, Outcome.INCORRECT),
        ("while True: pass", SUM, Outcome.TIMEOUT),
        ("def twice(n): return n * 2", TWICE, Outcome.CORRECT),
        ("def twice(n): return n ** 2", TWICE, Outcome.INCORRECT),
        ("class Solution:\n    def twice(self, n): return n + n", TWICE, Outcome.CORRECT),
    ],
)
def test_programs_are_judged_on_a_server_as_they_are_here(
    score_code: ScoreCode, server: Any, code: str, reference: Any, outcome: Outcome
) -> None:
    address, _ = server
    score = score_code(code, reference, server=address, timeout=1.0)
    assert score.outcome is outcome, score.reason
    assert score.evidence["isolation"] == "remote:sandboxfusion"


def test_expected_values_are_not_sent_to_the_server(score_code: ScoreCode, server: Any) -> None:
    address, requests = server
    score_code("def twice(n): return n * 2", {**TWICE, "outputs": [987654, 10]}, server=address)
    sent = [json.dumps(request) for request in requests]
    sent += [base64.b64decode(file).decode() for request in requests for file in request["files"].values()]
    assert requests
    assert not any("987654" in text for text in sent)


def test_a_server_compiles_with_its_own_tools(score_code: ScoreCode, server: Any) -> None:
    address, requests = server
    score = score_code("package main", {"inputs": ["3 4"], "outputs": ["7"]}, language="go", server=address)
    assert score.outcome is Outcome.CORRECT, score.reason
    assert [(request["language"], request["code"].strip()) for request in requests] == [("go", "package main")]


def test_what_a_server_can_not_do_is_nobodys_wrong_answer(score_code: ScoreCode, server: Any) -> None:
    address, _ = server
    program = "def twice(n): return n * 2"
    score = score_code(program, ["assert twice(2) == 4"], server=address)
    assert score.outcome is Outcome.UNAVAILABLE, score.reason
    assert "local sandbox" in score.reason
    score = score_code(program, TWICE, server=address.replace("sandboxfusion:", "piston:"))
    assert score.outcome is Outcome.UNAVAILABLE, score.reason
    assert "piston" in score.reason


@pytest.mark.parametrize("address", ["http://host", "fusion:http://host", "piston:host", "sandboxfusion:"])
def test_an_address_that_names_no_server_is_refused(address: str) -> None:
    with pytest.raises(OptionError):
        CodeTests(server=address)
