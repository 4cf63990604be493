"""`Peer`: somebody else's grader as a verifier, judged like one of ours and isolated from us.

    Peer.of("some_package.grading:is_correct")                              # called as (response, reference)
    Peer.of("pkg.mod:compute_score(solution_str=response, ground_truth=reference)")
    Peer.of("benchmarks/peers/math_verify.py")                              # a file with a function `judge`

A peer runs in a worker process that is killed at the deadline, in whose main thread its own alarms work. What it says
becomes a score: True or False, a number in [0, 1], or None where it gives no verdict. A peer that raises, hangs or dies
costs its row, which is then not rewarded (CRASHED, TIMEOUT), as in a training run; the reason says so.

An adapter file is a few lines around an import, and the place for what can't be said in a spec:

| name | what |
|---|---|
| `judge(response, reference)` | text and any JSON value in; bool, number in [0, 1] or None out |
| `REQUIRES` | modules that must be importable, loaded before any clock starts |
| `PACKAGES` | distributions whose versions stand in the results |
| its docstring | the first line describes it |
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib
import importlib.util
import math
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from rewardkit.errors import MissingExtraError, UsageError, nearest
from rewardkit.reward import Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score

FIELDS = ("response", "reference", "prompt", "data")
"""What a peer may be called with: three fields of a sample, and its further columns as a mapping."""

_SPEC = re.compile(r"([A-Za-z_][\w.]{0,200}):([A-Za-z_][\w.]{0,200})(?:\(([^()]{0,500})\))?")
_PLACEHOLDER = re.compile(r"[A-Za-z_]\w{0,99}")

Arguments = tuple[tuple[str, str], ...]
"""(parameter, field) pairs in order; the parameter is empty where the field is passed by position."""

_BY_POSITION: Arguments = (("", "response"), ("", "reference"))


@dataclass(frozen=True)
class Peer(Verifier):
    """A grader by its dotted path or adapter file."""

    where: str
    """`module:function`, or the absolute path of an adapter file."""
    arguments: Arguments = _BY_POSITION
    modules: tuple[str, ...] = ()
    """What it imports; worker processes load these once, before any row's clock starts."""

    @classmethod
    def of(cls, spec: str) -> Peer:
        """The peer that a person names, imported once to see that it can be.

        Raises:
            UsageError: the spec is malformed, or there is no such module, file or function.
            MissingExtraError: it needs a module that is not installed.
        """
        if spec.endswith(".py"):
            file = Path(spec).resolve()
            if not file.is_file():
                raise UsageError(f"there is no adapter file {spec!r}")
            return cls(str(file), modules=_requires(file))
        match = _SPEC.fullmatch(spec.strip())
        if match is None:
            raise UsageError(f"{spec!r} names no peer; expected package.module:function or an adapter file.py")
        module, function, call = match.groups()
        return cls(f"{module}:{function}", _arguments(spec, call), (module,))

    @property
    def preload(self) -> tuple[str, ...]:  # type: ignore[override]  # of a class elsewhere; here each peer has its own
        """Its modules, without those whose import would fail: that is the business of `check`."""
        return tuple(module for module in self.modules if module in sys.modules)

    def check(self) -> Peer:
        """Itself, once it is imported; see `of` for the errors."""
        load(self.where)
        return self

    def describe(self) -> dict[str, Any]:
        """What results say of it: where it is, its first line, the versions of its packages."""
        module, _ = load(self.where)
        lines = (module.__doc__ or "").strip().splitlines() if self.where.endswith(".py") else []
        packages = getattr(module, "PACKAGES", ()) or (module.__name__.split(".")[0],)
        return {"peer": self.where, "about": lines[0] if lines else "", "packages": versions(packages)}

    def verify(self, sample: Sample) -> Score:
        """What the peer says, as a score."""
        _, function = load(self.where)
        values = {
            "response": sample.response_text,
            "reference": sample.reference,
            "prompt": sample.prompt_text,
            "data": dict(sample.data),
        }
        positional = [values[name] for parameter, name in self.arguments if not parameter]
        named = {parameter: values[name] for parameter, name in self.arguments if parameter}
        try:
            said = function(*positional, **named)
        except (MemoryError, RecursionError):
            raise
        except Exception as error:  # noqa: BLE001  # whatever a peer raises is what is being measured here
            text = f"{type(error).__name__}: {error}"[:300]
            return Score.of(Outcome.CRASHED, f"the peer raised {text}", evidence={"error": text})
        return self._score(said)

    def _score(self, said: Any) -> Score:
        if said is None:
            return self.unavailable("the peer gives no verdict (None)")
        if isinstance(said, (list, tuple)) and len(said) == 1:
            said = said[0]
        try:
            value = float(said)
        except (TypeError, ValueError):
            return self.unavailable(f"the peer returned {type(said).__name__}; expected bool, number or None")
        if not math.isfinite(value) or not 0 <= value <= 1:
            return self.unavailable(f"the peer returned {value!r}; expected a number in [0, 1]")
        return self.graded(value, f"the peer says {said!r}"[:200])

    def __reduce__(self) -> tuple[Any, ...]:
        return _loaded, (self.where, self.arguments, self.modules)


def is_peer(name: str) -> bool:
    """Whether a name given by a person means a peer and not a reward: a dotted path with a colon, or a .py file."""
    return name.endswith(".py") or ":" in name


def brief(spec: str) -> str:
    """The last words of a spec, for tables.

    >>> brief("pkg.mod:fn(a=response)"), brief("some/where/mine.py")
    ('mod:fn', 'mine')
    """
    if spec.endswith(".py"):
        return Path(spec).stem
    module, _, function = spec.split("(", maxsplit=1)[0].rpartition(":")
    return f"{module.rpartition('.')[2]}:{function}"


def named(name: str, folders: Sequence[Path]) -> str | None:
    """The adapter file that a plain name such as `math-verify` means, if one of `folders` has it.

    >>> named("no-such-peer", []) is None
    True
    """
    wanted = name.replace("-", "_") + ".py"
    for folder in folders:
        if (file := folder / wanted).is_file():
            return str(file)
    return None


def adapter_folders() -> list[Path]:
    """Where adapter files are looked for by name: `benchmarks/peers` here, and beside an installed checkout."""
    checkout = Path(__file__).resolve().parents[2]
    return [folder for root in (Path.cwd(), checkout) if (folder := root / "benchmarks" / "peers").is_dir()]


def adapter_names(folders: Sequence[Path]) -> list[str]:
    """The names that `named` knows."""
    return sorted({file.stem.replace("_", "-") for folder in folders for file in folder.glob("[a-z]*.py")})


@functools.cache
def load(where: str) -> tuple[ModuleType, Callable[..., Any]]:
    """The module and function of a peer, imported once a process: `module:function`, `FILE.py:function`, `FILE.py`.

    Raises:
        UsageError: it can't be imported, or has no such function.
        MissingExtraError: a module that it needs is not installed.
    """
    path, function = (where, "judge") if where.endswith(".py") else where.rsplit(":", 1)
    try:
        module = _import_file(Path(path)) if path.endswith(".py") else importlib.import_module(path)
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"the peer {where} needs {error.name!r}, which is not installed") from error
    except Exception as error:  # importing other people's code may raise anything; the person gets to see it
        raise UsageError(f"the peer {where} can't be imported: {type(error).__name__}: {error}") from error
    found: Any = module
    for part in function.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        names = [name for name in vars(module) if callable(getattr(module, name)) and not name.startswith("_")]
        raise UsageError(f"{path} has no function {function!r}; {nearest(function, names)}")
    return module, found


def versions(packages: Sequence[str]) -> dict[str, str]:
    """The installed version of each distribution, of those that are installed."""
    found = {}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _loaded(where: str, arguments: Arguments, modules: tuple[str, ...]) -> Peer:
    """A peer whose function is imported already, so that a worker never imports on a row's clock."""
    return Peer(where, arguments, modules).check()


def _import_file(file: Path) -> ModuleType:
    name = f"rewardkit_peer_{hashlib.sha256(str(file).encode()).hexdigest()[:8]}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None  # a name that ends in .py always has a loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _requires(file: Path) -> tuple[str, ...]:
    """The adapter's `REQUIRES`, read without running it: running it is left to processes that may be killed."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return ()  # importing it will tell what is wrong, as this peer's failure and nobody else's
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "REQUIRES" for target in statement.targets
        ):
            try:
                return tuple(str(name) for name in ast.literal_eval(statement.value))
            except (ValueError, TypeError) as error:
                raise UsageError(f"{file}: REQUIRES must be a tuple of module names") from error
    return ()


def _arguments(spec: str, call: str | None) -> Arguments:
    if call is None:
        return _BY_POSITION
    found: list[tuple[str, str]] = []
    for part in filter(None, (piece.strip() for piece in call.split(","))):
        parameter, sign, name = (piece.strip() for piece in part.rpartition("="))
        if name not in FIELDS:
            raise UsageError(f"{spec!r}: a peer can't be called with {name!r}; {nearest(name, FIELDS)}")
        if sign and not _PLACEHOLDER.fullmatch(parameter):
            raise UsageError(f"{spec!r}: {parameter!r} is no name of a parameter")
        if found and found[-1][0] and not sign:
            raise UsageError(f"{spec!r}: fields passed by position come before named ones")
        found.append((parameter, name))
    if not found:
        raise UsageError(f"{spec!r}: a peer is called with at least one of {', '.join(FIELDS)}")
    return tuple(found)
