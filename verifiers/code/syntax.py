"""`code.syntax`: whether the program in a response parses or compiles; nothing of it is run.

build("code.syntax").verify(Sample(response="```python\\nprint(1)\\n```"))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge

from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Cost, Deferred, Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score
from rewardkit.verifiers.code.cases import fenced
from rewardkit.verifiers.code.extract import extract_code
from rewardkit.verifiers.code.judge.result import Assurance
from rewardkit.verifiers.code.languages import CompileError
from rewardkit.verifiers.code.sandbox import Sandbox, SandboxError
from rewardkit.verifiers.code.static import compiles, facts_of, with_retries
from rewardkit.verifiers.visible import shorten


def _example(response: str, outcome: Outcome, title: str, **options: Any) -> Example:
    return Example(Sample(prompt="Write a program.", response=response), outcome, options=options, title=title)


def _attack(name: str, code: str) -> Attack:
    return Attack(name, Sample(prompt="Write a program.", response=fenced(code)))


@register(
    "code.syntax",
    reference="none; it is not looked at",
    source="own; the lowest tier of CodeRL",
    examples=[
        _example(fenced("def double(x):\n    return 2 * x"), Outcome.CORRECT, "a program that compiles"),
        _example(fenced("def double(x)\n    return 2 * x"), Outcome.INCORRECT, "a colon is missing"),
        _example(fenced("raise SystemExit(1)"), Outcome.CORRECT, "what it would do does not matter"),
        _example(fenced("for f in *; do echo $f; done", "bash"), Outcome.CORRECT, "another language", language="bash"),
        _example("I can't write that.", Outcome.NO_ANSWER, "no program"),
    ],
    attacks=[
        _attack("prose_that_parses", "hello"),
        _attack("only_comments", "# a program\n# that does nothing"),
        _attack("only_pass", "pass"),
        _attack("only_a_docstring", '"""print(1)"""'),
        _attack("only_imports", "import os\nimport sys"),
        _attack("deep_nesting", "x = " + "(" * 3000 + ")" * 3000),
        _attack("stray_return", "return 42"),
    ],
)
@dataclass(frozen=True)
class Syntax(Verifier):
    """Whether the program in the response parses, or compiles where its language has a compiler; it is never run.

    The program is found as the reward `code` finds it. A Python program must also hold `min_statements` statements
    that do something, so that neither a word nor a comment counts as a program.
    """

    cost: ClassVar[Cost] = Cost.SANDBOX

    language: Annotated[
        Literal["auto", "python", "c", "cpp", "java", "javascript", "bash", "go", "rust"],
        Doc("language of the program; auto: what the fence says, else Python"),
    ] = "auto"
    min_statements: Annotated[
        int, Ge(0), Doc("Python statements that it needs beside imports, pass, constants and bare names")
    ] = 1
    allow_weak: Annotated[bool, Doc("accept a sandbox from which files of the machine can be read")] = False

    def begin(self, sample: Sample) -> Score | Deferred:
        """Find the program."""
        code = extract_code(sample.response_text, None if self.language == "auto" else self.language)
        if code is None:
            return self.no_answer("The response holds no program.", **_evidence("none"))
        return Deferred((code.text, code.language))

    def finish(self, work: Any) -> Score:
        """Parse or compile it in a sandbox."""
        source, language = work
        try:
            return with_retries(self.allow_weak, lambda sandbox: self._judged(source, language, sandbox))
        except SandboxError as error:
            return self.unavailable(f"The program could not be compiled: {error}", **_evidence("none"))

    def verify(self, sample: Sample) -> Score:
        """Judge one sample, waiting for its sandbox."""
        begun = self.begin(sample)
        return self.finish(begun.work) if isinstance(begun, Deferred) else begun

    def _judged(self, source: str, language: str, sandbox: Sandbox) -> Score:
        evidence = {"language": language, "code": shorten(source), **_evidence(sandbox.isolation)}
        error, statements = None, self.min_statements
        if language == "python":
            facts = facts_of(source, sandbox)
            if isinstance(facts, CompileError):
                error = facts
            else:
                statements = facts.statements
        else:
            error = compiles(source, language, sandbox)
        if error is not None:
            return self.incorrect(f"The program does not compile: {error.message}", **evidence)
        if statements < self.min_statements:
            return self.incorrect(f"The program has {statements} statements that do something.", **evidence)
        return self.correct("The program compiles.", **evidence)


def _evidence(isolation: str) -> dict[str, str]:
    return {"isolation": isolation, "assurance": str(Assurance.STATIC)}
