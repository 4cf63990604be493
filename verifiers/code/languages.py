"""Languages: how a program of each is compiled and run, with the tools of this machine.

    runnable = prepare("int main(){}", "c", sandbox)      # a Runnable, or a CompileError
    sandbox.run(runnable.job("", Settings()))

A source is compiled once, in one sandbox, and what comes out is kept by the hash of the source; it runs in others that
hold nothing but it. Python needs no compiler: the sandbox's own interpreters run it.
"""

from __future__ import annotations

import collections
import hashlib
import os
import re
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rewardkit.verifiers.code.sandbox import Job, Limits, Sandbox, SandboxError, Status
from rewardkit.verifiers.code.toolchains import compiler_sandbox, toolchain_of

if TYPE_CHECKING:
    from rewardkit.verifiers.code.judge.result import Settings

_CACHED_BYTES = 256 << 20
_NOT_STARTED = (126, 127)
"""Exit codes by which a shell says that there is no such tool."""


@dataclass(frozen=True, slots=True)
class CompileError:
    """The compiler refused the source."""

    message: str


@dataclass(frozen=True, slots=True)
class Language:
    """How programs of a language become processes; in commands `{tool}`, `{name}` and `{memory}` stand for what is
    found, for the program's name and for its megabytes."""

    source: str
    """Name of the source file."""
    run: tuple[str, ...]
    compile: tuple[str, ...] = ()
    """Empty: the source itself is run."""
    check: tuple[str, ...] = ()
    """Parses a source that is not compiled, without running it."""
    product: str = "program"
    """The file that compiling makes."""
    tools: tuple[str, ...] = ()
    """Programs that must be there, the first one of which is `{tool}`."""
    open_files: int = 64
    processes: int = 0
    """Processes and threads that its runtime starts of its own."""
    memory_mb: int = 0
    """Memory that its runtime needs on top of the program's."""


_JAVA = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_GCC = ("-O2", "-o", "program")

LANGUAGES: Mapping[str, Language] = {
    "c": Language("main.c", ("./program",), ("{gcc}", "-std=gnu17", *_GCC, "main.c", "-lm"), tools=("gcc",)),
    "cpp": Language("main.cpp", ("./program",), ("{g++}", "-std=gnu++20", *_GCC, "main.cpp"), tools=("g++",)),
    "java": Language(
        "{name}.java",
        ("{java}", "-Xmx{memory}m", "-Xss64m", *_JAVA, "-cp", "program.jar", "{name}"),
        ("{sh}", "-c", "{javac} -J-XX:+UseSerialGC -d classes {name}.java && {jar} cf program.jar -C classes ."),
        product="program.jar",
        tools=("java", "javac", "jar", "sh"),
        open_files=1024,
        processes=64,
        memory_mb=1024,
    ),
    "javascript": Language(
        "main.js",
        ("{node}", "main.js"),
        check=("{node}", "--check", "main.js"),
        tools=("node",),
        open_files=256,
        processes=32,
        memory_mb=256,
    ),
    "bash": Language(
        "main.sh", ("{bash}", "main.sh"), check=("{bash}", "-n", "main.sh"), tools=("bash",), processes=32
    ),
    "go": Language(
        "main.go",
        ("./program",),
        ("{sh}", "-c", "GOCACHE=/tmp/go HOME=/tmp GO111MODULE=off {go} build -o program main.go"),
        tools=("go", "sh"),
        open_files=256,
        processes=32,
        memory_mb=128,
    ),
    "rust": Language(
        "main.rs",
        ("./program",),
        ("{rustc}", "-O", "--edition", "2021", "-o", "program", "main.rs"),
        tools=("rustc", "cc"),
    ),
}

_COMPILING = Limits(
    cpu_s=30.0,
    memory_mb=2048,
    output_bytes=16 << 20,
    file_bytes=128 << 20,
    open_files=1024,
    processes=64,
    scratch_mb=512,
)
_JAVA_CLASS = re.compile(r"^[ \t]{0,8}public[ \t]{1,8}(?:final[ \t]{1,8})?class[ \t]{1,8}(\w{1,100})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Runnable:
    """A program that is ready to run, any number of times."""

    language: str
    source: str = ""
    """Python, and programs that a server compiles."""
    argv: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)

    def job(self, stdin: str, settings: Settings) -> Job:
        """One run of it."""
        data = stdin.encode("utf-8", "surrogatepass")
        limits = settings.limits
        if self.language == "python":
            return Job(self.source, stdin=data, limits=limits, flavour=settings.flavour_for(self.source))
        if not self.argv:
            return Job(self.source, language=self.language, argv=(self.language,), stdin=data, limits=limits)
        language = LANGUAGES[self.language]
        argv = tuple(_fill(part, {"memory": str(limits.memory_mb)}) for part in self.argv)
        limits = replace(
            limits,
            open_files=max(limits.open_files, language.open_files),
            processes=max(limits.processes, language.processes),
            memory_mb=limits.memory_mb + language.memory_mb,
        )
        return Job(language=self.language, argv=argv, stdin=data, files=self.files, limits=limits)


def tools_of(language: str) -> Mapping[str, str]:
    """The paths of a language's tools; raises `MissingToolError`."""
    return toolchain_of(language, LANGUAGES[language].tools).tools


def check_command(language: str) -> tuple[str, ...]:
    """The command that parses a source without running it; raises `MissingToolError`."""
    words = tools_of(language)
    return tuple(_fill(part, words) for part in LANGUAGES[language].check)


def prepare(source: str, language: str, sandbox: Sandbox) -> Runnable | CompileError:
    """The program, compiled where its language asks for it.

    Raises:
        MissingToolError: a tool is missing.
        SandboxError: our side failed.
    """
    if language == "python":
        return Runnable("python", source)
    if sandbox.isolation.startswith("remote"):
        return Runnable(language, source)
    how = LANGUAGES[language]
    public = _JAVA_CLASS.search(source) if language == "java" else None
    toolchain = toolchain_of(language, how.tools)
    words = {**toolchain.inside(sandbox.isolation), "name": public.group(1) if public else "Main"}
    argv = tuple(_fill(part, words) for part in how.run)
    data = source.encode("utf-8", "surrogatepass")
    if not how.compile:
        return Runnable(language, argv=argv, files={how.source: data})
    job = Job(
        language=language,
        argv=tuple(_fill(part, words) for part in how.compile),
        files={_fill(how.source, words): data},
        limits=_COMPILING,
        collect=(how.product,),
    )
    built = _builds.get(language, data, job, how.product, compiler_sandbox(sandbox, toolchain))
    return built if isinstance(built, CompileError) else Runnable(language, argv=argv, files={how.product: built})


def _fill(text: str, words: Mapping[str, str]) -> str:
    for key, value in words.items():
        text = text.replace("{" + key + "}", value)
    return text


class _Builds:
    """What compilers made, by the hash of the source; two threads that want the same wait for one compiler."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: collections.OrderedDict[bytes, Future[bytes | CompileError]] = collections.OrderedDict()

    def get(self, language: str, source: bytes, job: Job, product: str, sandbox: Sandbox) -> bytes | CompileError:
        key = hashlib.sha256(repr((language, job.argv)).encode() + source).digest()
        with self._lock:
            future = self._made.get(key)
            is_first = future is None
            if future is None:
                future = self._made[key] = Future()
            else:
                self._made.move_to_end(key)
        if is_first:
            try:
                future.set_result(_compile(job, product, sandbox))
            except BaseException as error:  # noqa: BLE001  # it reaches every thread that waits, this one too
                with self._lock:
                    self._made.pop(key, None)
                future.set_exception(error)
            self._trim()
        return future.result()

    def _trim(self) -> None:
        with self._lock:
            while len(self._made) > 1 and self._size() > _CACHED_BYTES:
                self._made.popitem(last=False)

    def _size(self) -> int:
        done = [future.result() for future in self._made.values() if future.done() and not future.exception()]
        return sum(len(made) for made in done if isinstance(made, bytes))


def _compile(job: Job, product: str, sandbox: Sandbox) -> bytes | CompileError:
    execution = sandbox.run(job)
    made = execution.files.get(product)
    if execution.status is Status.OK and made is not None:
        return made
    if execution.exit_code in _NOT_STARTED:
        raise SandboxError(f"the compiler could not be started: {execution.stderr[:200].decode('utf-8', 'replace')}")
    if execution.status is not Status.FAILED:
        return CompileError(f"compiling ran past the {execution.status.value}")
    text = (execution.stderr or execution.stdout)[:4000].decode("utf-8", "replace").strip()
    first = next((line for line in text.splitlines() if "error" in line), text[:200])
    return CompileError(first[:300] or "the compiler made nothing and said nothing")


_builds = _Builds()


def _after_fork() -> None:
    global _builds  # noqa: PLW0603  # a lock that another thread held at the fork would never be released
    _builds = _Builds()


os.register_at_fork(after_in_child=_after_fork)
