"""`code.forbidden`: whether a Python program keeps to constructs that are required or forbidden, by its syntax tree.

build("code.forbidden", {"forbidden": ["use:sorted", "import:numpy"], "required": ["recursion"]})
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from rewardkit.errors import OptionError
from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Cost, Deferred, Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score
from rewardkit.verifiers.code.cases import fenced
from rewardkit.verifiers.code.extract import extract_code
from rewardkit.verifiers.code.judge.result import Assurance
from rewardkit.verifiers.code.languages import CompileError
from rewardkit.verifiers.code.sandbox import Sandbox, SandboxError
from rewardkit.verifiers.code.static import Facts, facts_of, with_retries
from rewardkit.verifiers.visible import shorten

_KINDS = ("import", "use", "define", "node")
_RULES = {"forbidden": ["use:sorted", "use:list.sort", "use:.sort"], "required": ["define:arrange"]}
_LOOP = "def arrange(x):\n    while swap(x):\n        continue\n    return x\n"


def _example(code: str, outcome: Outcome, title: str, reference: Any = None, **options: Any) -> Example:
    sample = Sample(prompt="Sort without sorted().", response=fenced(code), reference=reference)
    return Example(sample, outcome, options=options if reference is not None else options or _RULES, title=title)


def _attack(name: str, code: str) -> Attack:
    return Attack(name, Sample(prompt="Sort without sorted().", response=fenced(code)), _RULES)


@register(
    "code.forbidden",
    reference="none, or a mapping with the lists `forbidden` and `required` of the row, in addition to the options",
    source="own",
    examples=[
        _example(_LOOP, Outcome.CORRECT, "nothing forbidden, all that is required"),
        _example("def arrange(x):\n    return sorted(x)", Outcome.INCORRECT, "a forbidden function"),
        _example("def f(x):\n    return x", Outcome.INCORRECT, "a definition is missing"),
        _example("def f(n):\n    return n and f(n - 1)", Outcome.CORRECT, "of the row", {"required": ["recursion"]}),
        _example("def arrange(x):\n    return eval('sor' + 'ted')(x)", Outcome.UNDECIDED, "names made when it runs"),
        _example("def arrange(x:", Outcome.INCORRECT, "a program that does not compile"),
        _example(_LOOP, Outcome.BAD_REFERENCE, "an unknown kind of rule", {"required": ["loop"]}),
    ],
    attacks=[
        _attack("under_another_name", "import builtins as b\ndef arrange(x):\n    return b.sorted(x)"),
        _attack("bound_to_a_name", "s = sorted\ndef arrange(x):\n    return s(x)"),
        _attack("as_a_method", "def arrange(x):\n    x.sort()\n    return x"),
        _attack("of_a_call", "def arrange(x):\n    y = list(x)\n    [*y].sort()\n    return y"),
        _attack("by_getattr", "def arrange(x):\n    getattr(x, 'so' + 'rt')()\n    return x"),
        _attack("in_a_text", "def arrange(x):\n    exec('x.sort()')\n    return x"),
        _attack("required_in_a_comment", "# def arrange(x): ...\nprint(1)"),
        _attack("required_in_a_text", "s = 'def arrange(x): ...'"),
    ],
)
@dataclass(frozen=True)
class Forbidden(Verifier):
    """Whether a Python program uses nothing forbidden and all that is required, by its syntax tree; it is never run.

    A rule is a kind and a name: `import:numpy` (the module or one inside it), `use:sorted`, `use:os.system`,
    `use:.sort` (a name, one of a module, a method, whether called or not), `define:solve` (a function or class),
    `node:While` (a kind of node of Python's module ast), or `recursion` (a function that calls itself by name).
    Imports under other names are followed. A program that makes names when it runs (eval, getattr...) is UNDECIDED
    where anything is forbidden to be used or imported, because its text does not say what it uses.
    """

    cost: ClassVar[Cost] = Cost.SANDBOX

    forbidden: Annotated[tuple[str, ...], Doc("rules that no part of the program may meet")] = ()
    required: Annotated[tuple[str, ...], Doc("rules that the program must meet")] = ()
    allow_weak: Annotated[bool, Doc("accept a sandbox from which files of the machine can be read")] = False

    def __post_init__(self) -> None:
        for rule in (*self.forbidden, *self.required):
            problem = _problem(rule)
            if problem is not None:
                raise OptionError(problem)

    def begin(self, sample: Sample) -> Score | Deferred:
        """Find the program and gather the rules."""
        own = sample.reference if isinstance(sample.reference, Mapping) else {}
        forbidden, required = (_rules(own.get(name)) for name in ("forbidden", "required"))
        if forbidden is None or required is None:
            return self.bad_reference("The row's forbidden and required must be lists of texts.", **_evidence("none"))
        problem = next((p for rule in (*forbidden, *required) if (p := _problem(rule)) is not None), None)
        if problem is not None:
            return self.bad_reference(f"The row's rules can't be used: {problem}.", **_evidence("none"))
        rules = ((*self.forbidden, *forbidden), (*self.required, *required))
        if not any(rules):
            return self.bad_reference("Neither the options nor the row hold a rule.", **_evidence("none"))
        code = extract_code(sample.response_text, "python")
        if code is None:
            return self.no_answer("The response holds no Python program.", **_evidence("none"))
        return Deferred((code.text, *rules))

    def finish(self, work: Any) -> Score:
        """Parse the program in a sandbox and compare."""
        source, forbidden, required = work
        try:
            return with_retries(self.allow_weak, lambda sandbox: self._judged(source, forbidden, required, sandbox))
        except SandboxError as error:
            return self.unavailable(f"The program could not be parsed: {error}", **_evidence("none"))

    def verify(self, sample: Sample) -> Score:
        """Judge one sample, waiting for its sandbox."""
        begun = self.begin(sample)
        return self.finish(begun.work) if isinstance(begun, Deferred) else begun

    def _judged(self, source: str, forbidden: tuple[str, ...], required: tuple[str, ...], sandbox: Sandbox) -> Score:
        evidence: dict[str, Any] = {"code": shorten(source), **_evidence(sandbox.isolation)}
        facts = facts_of(source, sandbox)
        if isinstance(facts, CompileError):
            return self.incorrect(f"The program does not compile: {facts.message}", **evidence)
        broken = [rule for rule in forbidden if meets(facts, rule)]
        missing = [rule for rule in required if not meets(facts, rule)]
        evidence |= {"forbidden_found": broken, "required_missing": missing}
        if broken:
            return self.incorrect(f"The program has what is forbidden: {', '.join(broken)}.", **evidence)
        if missing:
            return self.incorrect(f"The program lacks what is required: {', '.join(missing)}.", **evidence)
        if facts.dynamic and any(rule.startswith(("use:", "import:")) for rule in forbidden):
            names = ", ".join(facts.dynamic)
            return self.undecided(f"The program makes or finds names when it runs ({names}).", **evidence)
        return self.correct("The program keeps to the rules.", **evidence)


def meets(facts: Facts, rule: str) -> bool:
    """Whether a program has what a rule names."""
    kind, _, name = rule.partition(":")
    if kind == "recursion":
        return facts.recursive
    if kind == "import":
        return any(found == name or found.startswith(name + ".") for found in facts.imports)
    if kind == "define":
        return name in facts.definitions
    if kind == "node":
        return name in facts.nodes
    if name.startswith("."):
        return any(found.endswith(name) for found in facts.uses)
    return any(found in (name, f"builtins.{name}") or found.startswith(name + ".") for found in facts.uses)


def _problem(rule: str) -> str | None:
    """Why a rule can't be used, or None.

    >>> _problem("node:While"), _problem("loop")
    (None, "'loop' is no rule; expected recursion, or import:, use:, define: or node: with a name")
    """
    kind, _, name = rule.partition(":")
    if rule != "recursion" and (kind not in _KINDS or not name):
        return f"{rule!r:.80} is no rule; expected recursion, or import:, use:, define: or node: with a name"
    if kind == "node" and not isinstance(getattr(ast, name, None), type):
        return f"{name!r:.80} is no kind of node of Python's module ast, such as While or ListComp"
    return None


def _rules(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return ()
    is_list = isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(v, str) for v in value)
    return tuple(value) if is_list else None


def _evidence(isolation: str) -> dict[str, str]:
    return {"isolation": isolation, "assurance": str(Assurance.STATIC)}
