"""`code.ast_match`, `code.dataflow_match`, `code.bleu`: how alike a program and a reference program are, unrun.

    build("code.ast_match").verify(Sample(response="```python\\nx = 1\\n```", reference="y = 2"))     # 1.0: same shape

The components of CodeBLEU (Ren et al. 2020), each as a reward of its own, and their combination. A likeness is no
correctness: another right program earns less, and a wrong one may have the same shape. Where there are tests, `code` is
the reward to use.

Parsing runs in a worker process, which is killed and replaced if a program brings a parser down.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import MinLen

from rewardkit.errors import OptionError
from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Deferred, Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score
from rewardkit.verifiers.code.cases import fenced
from rewardkit.verifiers.code.extract import extract_code
from rewardkit.verifiers.code.judge.result import Assurance
from rewardkit.verifiers.code.trees.dataflow import flows
from rewardkit.verifiers.code.trees.grammars import LanguageName
from rewardkit.verifiers.code.trees.ngrams import bleu, keyword_bleu
from rewardkit.verifiers.code.trees.shapes import ShapeTable
from rewardkit.verifiers.code.trees.tree import LONGEST, MODULES, TooComplexError, Tree, parse
from rewardkit.verifiers.visible import shorten

_SOURCE = "CodeBLEU, Ren et al. 2020 (arXiv 2009.10297)"
_REFERENCE = "a program as text, plain or fenced, or a list of several of which the most alike one counts"
_MOST_REFERENCES = 16

_TOTAL = "def total(items):\n    s = 0\n    for item in items:\n        s += item\n    return s\n"
_RENAMED = "def f(xs):\n    acc = 0\n    for x in xs:\n        acc += x\n    return acc\n"
_WHILE = "def total(items):\n    s = 0\n    while items:\n        s += items.pop()\n    return s\n"


def _example(
    response: str, outcome: Outcome, title: str, value: float | None = None, reference: Any = _TOTAL, **options: Any
) -> Example:
    return Example(Sample(prompt="Add up.", response=response, reference=reference), outcome, value, options, title)


def _attack(name: str, response: str, below: float | None = None) -> Attack:
    return Attack(name, Sample(prompt="Add up.", response=response, reference=_TOTAL), below=below)


_EXAMPLES = (
    _example(fenced(_TOTAL), Outcome.CORRECT, "the reference program"),
    _example(fenced("# adds\n" + _TOTAL.replace("s = 0", "s = 0  # so far")), Outcome.CORRECT, "comments don't count"),
    _example("It is " + fenced(_TOTAL, "java"), Outcome.NO_ANSWER, "no program in the language of the reference"),
    _example("I'd loop over the items.", Outcome.NO_ANSWER, "no program"),
    _example(fenced("def total(items:\n    return 0"), Outcome.INCORRECT, "a program that does not parse"),
    _example(fenced(_TOTAL), Outcome.BAD_REFERENCE, "a reference that does not parse", reference="def total(:"),
)
_ATTACKS = (
    _attack("reference_in_a_comment", fenced("\n".join(f"# {line}" for line in _TOTAL.splitlines()))),
    _attack("reference_as_a_text", fenced(f'"""\n{_TOTAL}"""')),
    _attack("only_a_name", fenced("total")),
    _attack("only_pass", fenced("pass")),
    _attack("brackets", fenced("(" * 3000 + ")" * 3000)),
    _attack("broken_copy", fenced(_TOTAL + "\n)(")),
    _attack("among_other_code", fenced(_TOTAL + "".join(f"def f{n}(x):\n    return x[{n}]\n" for n in range(40))), 0.6),
    _attack("one_line_many_times", fenced("s = 0\n" * 400), 0.4),
)


@dataclass(frozen=True, slots=True)
class _Work:
    source: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much two programs share."""

    value: float
    evidence: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class _Similarity(Verifier):
    """What the three rewards have in common."""

    preload: ClassVar[tuple[str, ...]] = MODULES

    language: Annotated[LanguageName, Doc("language of the reference and of the program")] = "python"
    measure: Annotated[
        Literal["f1", "recall"],
        Doc("f1: what both share of both; recall: of the reference alone (CodeBLEU), which further code can't lower"),
    ] = "f1"
    allow_errors: Annotated[bool, Doc("compare programs that do not parse too, by the parts of them that do")] = False

    def begin(self, sample: Sample) -> Score | Deferred:
        """Find the program, and the texts to compare it with."""
        references = _references(sample.reference, self.language)
        if isinstance(references, str):
            return self.bad_reference(references, assurance=str(Assurance.STATIC))
        code = extract_code(sample.response_text, self.language)
        if code is None:
            return self.no_answer(f"The response holds no {self.language} program.", assurance=str(Assurance.STATIC))
        return Deferred(_Work(code.text[: LONGEST + 1], references))

    def finish(self, work: Any) -> Score:
        """Parse and compare."""
        assert isinstance(work, _Work)
        evidence: dict[str, Any] = {"code": shorten(work.source), "assurance": str(Assurance.STATIC)}
        references = []
        for text in work.references:
            try:
                references.append(parse(text, self.language))
            except TooComplexError as error:
                return self.bad_reference(f"The reference {error}.", **evidence)
            if references[-1].error_line is not None and not self.allow_errors:
                reason = f"Line {references[-1].error_line} of the reference does not parse; see allow_errors."
                return self.bad_reference(reason, **evidence)
        try:
            program = parse(work.source, self.language)
            if program.error_line is not None and not self.allow_errors:
                return self.incorrect(f"Line {program.error_line} of the program does not parse.", **evidence)
            found = [self.compare(reference, program) for reference in references]
        except TooComplexError as error:
            return self.undecided(f"The program {error}.", **evidence)
        comparable = [likeness for likeness in found if likeness is not None]
        if not comparable:
            return self.bad_reference("The reference holds nothing to compare.", **evidence)
        best = max(comparable, key=lambda likeness: likeness.value)
        return self.graded(best.value, f"{self.what} by {best.value:.3f}.", **dict(best.evidence), **evidence)

    def verify(self, sample: Sample) -> Score:
        """Judge one sample in this process."""
        begun = self.begin(sample)
        return self.finish(begun.work) if isinstance(begun, Deferred) else begun

    what: ClassVar[str] = ""
    """The beginning of the sentence that the score gives as its reason."""

    @abstractmethod
    def compare(self, reference: Tree, program: Tree) -> Likeness | None:
        """How alike they are; None where the reference holds nothing to compare."""


@register(
    "code.ast_match",
    reference=_REFERENCE,
    source=f"the syntactic match of {_SOURCE}, with operators and as F1",
    examples=[
        *_EXAMPLES,
        _example(fenced(_RENAMED), Outcome.CORRECT, "other names, the same shape"),
        _example(fenced(_WHILE), Outcome.PARTIAL, "another loop"),
        _example(fenced(_WHILE), Outcome.CORRECT, "the more alike of two", reference=[_TOTAL, _WHILE]),
        _example(fenced("return s"), Outcome.INCORRECT, "nothing in common", reference="x = [1]"),
    ],
    attacks=[*_ATTACKS, _attack("other_operators", fenced(_TOTAL.replace("+=", "-=")), 1.0)],
    extra="code",
    requires=MODULES,
)
@dataclass(frozen=True)
class AstMatch(_Similarity):
    """How alike the shapes of the program and of the reference are: the share of sub-trees that both have.

    A sub-tree is a node of the syntax tree with all below it, without names and literals; each of the reference is
    matched once. Comments, docstrings, white space and punctuation don't count, and the program is never run.
    """

    what: ClassVar[str] = "The syntax trees are alike"

    operators: Annotated[
        bool, Doc("tell sub-trees with other operators or keywords apart; CodeBLEU's own code does not")
    ] = True

    def compare(self, reference: Tree, program: Tree) -> Likeness | None:
        """By their sub-trees."""
        table = ShapeTable(self.operators)
        return _overlap(table.count(reference), table.count(program), self.measure)


@register(
    "code.dataflow_match",
    reference=_REFERENCE,
    source=f"the data-flow match of {_SOURCE}; GraphCodeBERT, Guo et al. 2021 (arXiv 2009.08366)",
    examples=[
        *_EXAMPLES,
        _example(fenced(_RENAMED), Outcome.CORRECT, "other names, the same flow"),
        _example(fenced(_WHILE), Outcome.PARTIAL, "another flow"),
        _example(fenced("print('hi')"), Outcome.BAD_REFERENCE, "a reference without variables", reference="pass"),
    ],
    attacks=[*_ATTACKS, _attack("nothing_flows", fenced("def total(items):\n    pass"))],
    extra="code",
    requires=MODULES,
)
@dataclass(frozen=True)
class DataflowMatch(_Similarity):
    """How alike the data flows of the program and of the reference are: the share of flows that both have.

    A flow says of one place in the program which variables or literals its value comes from, with numbers for names.
    Operators, calls and control flow don't count. A reference without any flow is a BAD_REFERENCE, not a match.
    """

    what: ClassVar[str] = "The data flows are alike"

    def compare(self, reference: Tree, program: Tree) -> Likeness | None:
        """By their flows."""
        return _overlap(Counter(flows(reference)), Counter(flows(program)), self.measure)


@register(
    "code.bleu",
    reference=_REFERENCE,
    source=_SOURCE,
    examples=[
        *_EXAMPLES,
        _example(fenced(_RENAMED), Outcome.PARTIAL, "other names"),
        _example(fenced(_RENAMED), Outcome.CORRECT, "shape and flow alone", weights=[0, 0, 0.5, 0.5]),
        _example(fenced("print('hi')"), Outcome.CORRECT, "a reference without flow", reference="print('hi')"),
    ],
    attacks=[
        _attack("reference_in_a_comment", fenced("\n".join(f"# {line}" for line in _TOTAL.splitlines()))),
        _attack("reference_as_a_text", fenced(f'"""\n{_TOTAL}"""')),
        _attack("only_a_name", fenced("total"), 0.05),
        _attack("only_pass", fenced("pass"), 0.05),
        _attack("broken_copy", fenced(_TOTAL + "\n)(")),
        _attack("one_line_many_times", fenced("s = 0\n" * 400), 0.2),
        _attack("keywords_alone", fenced("for def in return s"), 0.05),
        _attack("among_other_code", fenced(_TOTAL + "".join(f"def f{n}(x):\n    return x\n" for n in range(40))), 0.4),
    ],
    extra="code",
    requires=MODULES,
)
@dataclass(frozen=True)
class CodeBleu(_Similarity):
    """How alike the program and the reference are: the weighted mean of tokens, keywords, shape and data flow.

    The four parts are BLEU over the tokens of the grammar, BLEU with five times the weight on keywords, and the
    rewards `code.ast_match` and `code.dataflow_match`. Where the reference has no data flow the other three share its
    weight.
    """

    what: ClassVar[str] = "The programs are alike"

    weights: Annotated[
        tuple[float, ...], MinLen(4), Doc("of tokens, keywords, shape and data flow; only their ratios count")
    ] = (0.25, 0.25, 0.25, 0.25)
    operators: Annotated[
        bool, Doc("tell sub-trees with other operators or keywords apart; CodeBLEU's own code does not")
    ] = True

    def __post_init__(self) -> None:
        if len(self.weights) != 4 or min(self.weights) < 0 or not 0 < sum(self.weights) < float("inf"):
            raise OptionError("weights are four numbers from 0 up: tokens, keywords, shape, data flow")
        if sum(self.weights) == self.weights[3]:
            raise OptionError("weights of data flow alone are the reward code.dataflow_match")

    def compare(self, reference: Tree, program: Tree) -> Likeness | None:
        """By all four parts."""
        tokens, own = reference.tokens, program.tokens
        table = ShapeTable(self.operators)
        shape = _overlap(table.count(reference), table.count(program), self.measure)
        if not tokens or shape is None:
            return None
        flow = _overlap(Counter(flows(reference)), Counter(flows(program)), self.measure)
        parts = {
            "tokens": bleu(tokens, own),
            "keywords": keyword_bleu(tokens, own, reference.keywords | program.keywords),
            "shape": shape.value,
            "data_flow": None if flow is None else flow.value,
        }
        pairs = [(w, v) for w, v in zip(self.weights, parts.values(), strict=True) if v is not None]
        total = sum(weight for weight, _ in pairs)
        if all(value == 1.0 for weight, value in pairs if weight):
            return Likeness(1.0, (("components", parts),))
        return Likeness(sum(weight / total * value for weight, value in pairs), (("components", parts),))


def _overlap(
    reference: Counter[Hashable] | Counter[Any], program: Counter[Hashable] | Counter[Any], measure: str
) -> Likeness | None:
    """What two bags share, each thing as often as the rarer bag has it; None where the reference's is empty."""
    of_reference, of_program = reference.total(), program.total()
    if not of_reference:
        return None
    shared = (reference & program).total()
    value = shared / of_reference if measure == "recall" else 2 * shared / (of_reference + of_program)
    evidence = (("shared", shared), ("of_reference", of_reference), ("of_program", of_program))
    return Likeness(value, evidence)


def _references(value: Any, language: str) -> tuple[str, ...] | str:
    """The texts of a reference, or why there is none."""
    texts: Sequence[Any] = [value] if isinstance(value, str) else value if isinstance(value, (list, tuple)) else []
    if not texts or len(texts) > _MOST_REFERENCES or not all(isinstance(text, str) for text in texts):
        return f"The reference must be a program as text, or a list of up to {_MOST_REFERENCES}."
    found = []
    for text in texts:
        code = extract_code(text, language) if "```" in text else None
        found.append(code.text if code else text)
    return tuple(found) if all(text.strip() for text in found) else "The reference is empty."
