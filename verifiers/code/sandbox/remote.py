"""Sandboxes on a server, behind the same interface: SandboxFusion's `/run_code`, Piston's `/api/v2/execute`.

    sandbox = SandboxFusion("http://sandbox:8080")
    sandbox.run(Job("print(6 * 7)")).stdout      # b"42\\n"

What isolates is the server's own affair; executions say `remote:` and its name. Time is measured there, and processor
time is not told by either, so `cpu_s` is the time that the server names and `Limits.cpu_s` its time limit.
Faults of the server, of the network, and overload are retried, then `SandboxError`.
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from rewardkit.errors import OptionError
from rewardkit.verifiers.code.sandbox.limits import Execution, Job, SandboxError, Status

_GRACE_S = 30.0
"""For queueing and starting at the server, beyond the program's own limits."""
_LARGEST_REPLY = 256 << 20
_RESULT = "rewardkit_result"
_SOURCE = "rewardkit_source.py"
_STARTER = f"""import os, runpy
fd = os.open({_RESULT!r}, os.O_CREAT | os.O_WRONLY, 0o644)
os.environ["REWARDKIT_RESULT_FD"] = str(fd)
runpy.run_path({_SOURCE!r}, run_name="__main__")
"""
_FUSION_LANGUAGES = {"javascript": "nodejs", "c": "cpp", "c++": "cpp"}


class RemoteSandbox(ABC):
    """What both protocols share: requests, retries, and refusals."""

    def __init__(
        self, url: str, *, retries: int = 3, backoff_s: float = 0.5, headers: Mapping[str, str] | None = None
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise OptionError(f"the address of a sandbox server starts with http:// or https://, not {url!r}")
        self._url = url.rstrip("/")
        self._retries = retries
        self._backoff_s = backoff_s
        self._headers = {"Content-Type": "application/json", **(headers or {})}
        self._is_closed = False

    @property
    @abstractmethod
    def isolation(self) -> str:
        """remote: and the name of the protocol."""

    @abstractmethod
    def run(self, job: Job) -> Execution:
        """Run a job to its end."""

    async def arun(self, job: Job) -> Execution:
        """`run` for asyncio, in a thread."""
        return await asyncio.to_thread(self.run, job)

    def duet(self, tests: Job, solution: Job) -> tuple[Execution, Execution]:
        """Not possible: these servers run one program at a time and join none by pipes."""
        raise SandboxError(f"{self.isolation} can't join two programs; tests written as code need a local sandbox")

    def close(self) -> None:
        """Refuse later jobs; there is nothing to end here."""
        self._is_closed = True

    def _post(self, path: str, body: dict[str, Any], limit_s: float) -> dict[str, Any]:
        """The reply to a request, tried again after faults of the server."""
        if self._is_closed:
            raise SandboxError("the sandbox is closed")
        request = urllib.request.Request(self._url + path, json.dumps(body).encode(), self._headers, method="POST")
        reason = ""
        for attempt in range(self._retries + 1):
            if attempt:
                time.sleep(self._backoff_s * 2 ** (attempt - 1))
            try:
                with urllib.request.urlopen(request, timeout=limit_s + _GRACE_S) as reply:
                    found = json.loads(reply.read(_LARGEST_REPLY))
            except urllib.error.HTTPError as error:
                said = error.read(500).decode(errors="replace")
                reason = f"HTTP {error.code}: {said}"
                if error.code < 500 and error.code not in (408, 429):
                    break  # our request is wrong; it will be wrong again
                continue
            except (OSError, http.client.HTTPException, ValueError) as error:
                reason = f"{type(error).__name__}: {error}"
                continue
            if isinstance(found, dict) and (reason := self._fault(found)) == "":
                return found
            reason = reason or "the reply is no JSON object"
        raise SandboxError(f"{self.isolation} at {self._url} failed: {reason}")

    def _fault(self, reply: Mapping[str, Any]) -> str:
        """What the server says went wrong on its side; empty if nothing."""
        return ""


class SandboxFusion(RemoteSandbox):
    """A server that speaks SandboxFusion's protocol."""

    @property
    def isolation(self) -> str:
        return "remote:sandboxfusion"

    def run(self, job: Job) -> Execution:
        files = {name: base64.b64encode(content).decode() for name, content in job.files.items()}
        code, fetch = job.source, list(job.collect)
        if job.language == "python":
            files[_SOURCE] = base64.b64encode(job.source.encode("utf-8", "surrogatepass")).decode()
            code = _STARTER
            fetch.append(_RESULT)
        body = {
            "code": code,
            "language": _FUSION_LANGUAGES.get(job.language, job.language),
            "stdin": job.stdin.decode("utf-8", "replace"),
            "files": files,
            "fetch_files": fetch,
            "compile_timeout": job.limits.wall_limit_s,
            "run_timeout": job.limits.cpu_s,
            "memory_limit_MB": job.limits.memory_mb,
        }
        reply = self._post("/run_code", body, 2 * job.limits.wall_limit_s)
        compiled, ran = reply.get("compile_result") or {}, reply.get("run_result") or {}
        last = ran or compiled
        has_timed_out = "TimeLimitExceeded" in (compiled.get("status"), ran.get("status"))
        code_out = last.get("return_code")
        fetched = {n: base64.b64decode(c) for n, c in (reply.get("files") or {}).items() if isinstance(c, str)}
        return _execution(
            self.isolation,
            job,
            has_timed_out=has_timed_out,
            exit_code=code_out if isinstance(code_out, int) else None,
            stdout=str(last.get("stdout") or ""),
            stderr=str(last.get("stderr") or ""),
            seconds=float(last.get("execution_time") or 0.0),
            result=fetched.pop(_RESULT, b""),
            files=fetched,
        )

    def _fault(self, reply: Mapping[str, Any]) -> str:
        if reply.get("status") == "SandboxError":
            return str(reply.get("message") or "SandboxError without a message")
        return "" if reply.get("run_result") or reply.get("compile_result") else f"no result in {str(reply)[:200]}"


class Piston(RemoteSandbox):
    """A server that speaks Piston's protocol, which gives back neither files nor `result`."""

    def __init__(self, url: str, *, versions: Mapping[str, str] | None = None, **options: Any) -> None:
        super().__init__(url, **options)
        self._versions = dict(versions or {})

    @property
    def isolation(self) -> str:
        return "remote:piston"

    def run(self, job: Job) -> Execution:
        if job.collect:
            raise SandboxError("remote:piston gives no files back; jobs that collect files need another sandbox")
        files = [{"name": "main.py" if job.language == "python" else "main", "content": job.source}]
        for name, content in job.files.items():
            files.append({"name": name, "content": base64.b64encode(content).decode(), "encoding": "base64"})
        body = {
            "language": job.language,
            "version": self._versions.get(job.language, "*"),
            "files": files,
            "stdin": job.stdin.decode("utf-8", "replace"),
            "args": list(job.argv),
            "run_timeout": int(job.limits.cpu_s * 1000),
            "compile_timeout": int(job.limits.wall_limit_s * 1000),
            "run_memory_limit": job.limits.memory_mb << 20,
        }
        reply = self._post("/api/v2/execute", body, 2 * job.limits.wall_limit_s)
        compiled, ran = reply.get("compile") or {}, reply.get("run") or {}
        last = compiled if compiled.get("code") not in (None, 0) or not ran else ran
        status = last.get("status")
        is_killed = last.get("signal") == "SIGKILL" and status in (None, "TO")
        seconds = float(last.get("wall_time") or 0) / 1000
        exit_code = last.get("code")
        return _execution(
            self.isolation,
            job,
            has_timed_out=status == "TO" or (is_killed and "time" in str(last.get("message") or "SIGKILL by timeout")),
            exit_code=exit_code if isinstance(exit_code, int) else None,
            stdout=str(last.get("stdout") or ""),
            stderr=str(last.get("stderr") or ""),
            seconds=float(last.get("cpu_time") or 0) / 1000 or seconds,
            has_flooded=status in ("OL", "EL"),
        )

    def _fault(self, reply: Mapping[str, Any]) -> str:
        ran = reply.get("run") or reply.get("compile")
        if not isinstance(ran, dict):
            return f"no result in {str(reply)[:200]}"
        return str(ran.get("message") or "internal error") if ran.get("status") == "XX" else ""


def _execution(
    isolation: str,
    job: Job,
    *,
    has_timed_out: bool,
    exit_code: int | None,
    stdout: str,
    stderr: str,
    seconds: float,
    result: bytes = b"",
    files: Mapping[str, bytes] | None = None,
    has_flooded: bool = False,
) -> Execution:
    limit = job.limits.output_bytes
    outputs = [stdout.encode(errors="replace"), stderr.encode(errors="replace"), result]
    if has_timed_out:
        status = Status.TIME_LIMIT
    elif has_flooded or any(len(output) > limit for output in outputs):
        status = Status.OUTPUT_LIMIT
    elif exit_code == 0:
        status = Status.OK
    else:
        status = Status.MEMORY_LIMIT if "MemoryError" in stderr.rstrip().rpartition("\n")[2] else Status.FAILED
    return Execution(
        status,
        stdout=outputs[0][:limit],
        stderr=outputs[1][:limit],
        result=outputs[2][:limit],
        exit_code=exit_code,
        cpu_s=seconds,
        wall_s=seconds,
        isolation=isolation,
        files=files or {},
    )
