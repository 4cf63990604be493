"""Values of expression trees, in three kinds of arithmetic that each answer one question within bounds.

| arithmetic | answers | exact |
|---|---|---|
| `Exact` | are two rational expressions the same? | yes: fractions; names stand for large random integers |
| `Floats` | do two expressions differ clearly? | no: a large difference is a proof, closeness is none |
| `Decimals` | do real expressions agree to 30 digits? | to the digits it claims |

A tree that an arithmetic can't value raises `NoValueError`; one whose value is absurdly large (`9^{9^{9^9}}`) raises
`TooLargeError` before anything large is computed. Names get values that depend on the name, the number of the point and
the two answers that are compared: the same in every process, so verdicts never change between runs, and not to be known
before an answer is written, so that no answer can be made to agree at them.
"""

from __future__ import annotations

import functools
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Generic, TypeVar

from rewardkit.verifiers.math.expression import Call, Node, Number, Symbol, put

T = TypeVar("T")

REGIMES = ((0.31, 2.9), (0.31, 2.9), (2.0, 11.0), (17.0, 61.0), (17.0, 61.0))
"""Where the values of names lie, a pair for each sample point: near one, and far enough out for shifted logarithms."""


class NoValueError(Exception):
    """This arithmetic has no value for the tree: a pole, a function it lacks, a name it can't sample."""


class TooLargeError(NoValueError):
    """The value would be too large or too small to compute, in any arithmetic."""


COUNTERS = frozenset("nmkjN")
"""Names that stand for whole numbers where an expression counts; see `expression.counts`."""


def whole(name: str, point: int, salt: str = "") -> int:
    """A whole number from 2 on for a name that counts; points differ in parity, and further points are neighbours."""
    if point >= len(REGIMES):
        return 2 + (point + int(24 * chance(name, 0, salt))) % 24
    return 2 + 7 * point + int(7 * chance(name, point, salt))


MAX_TERMS = 64
"""Terms of a sum up to a name."""


class Meter:
    """What comparisons have spent, in microseconds or so on a machine of 2020.

    One for all comparisons of a pair of answers, so that many of them are bounded as a single one is; the count is of
    operations, not of time, so that verdicts don't depend on the load of the machine.
    """

    def __init__(self, limit: int, texts: Sequence[str] = ()) -> None:
        self.limit = limit
        self._texts = texts
        self.spent = 0

    @functools.cached_property
    def salt(self) -> str:
        """What the sample points of these comparisons depend on; see `salt_of`."""
        return salt_of(*self._texts) if self._texts else ""

    def take(self, amount: int) -> None:
        self.spent += amount

    @property
    def is_empty(self) -> bool:
        """Whether no more may be spent."""
        return self.spent > self.limit


def salt_of(*texts: str) -> str:
    """What makes the sample points of one comparison its own."""
    return hashlib.blake2b("\n".join(texts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


@functools.lru_cache(maxsize=4096)
def chance(name: str, point: int, salt: str = "") -> float:
    """A number in (0, 1) that depends on the name, the point and the salt alone."""
    digest = hashlib.blake2b(f"{salt}:{point}:{name}".encode("utf-8", "surrogatepass"), digest_size=6).digest()
    return (int.from_bytes(digest) + 0.5) / 2.0**48


class Arithmetic(ABC, Generic[T]):
    """How numbers, names and operations become values of type `T`; `value` folds a tree with it."""

    salt = ""
    """What the values of names depend on beside name and point."""

    log_base_ten = False
    """Whether `log` without a base is the decimal logarithm; school books and calculus books disagree."""

    @property
    def proves(self) -> bool:
        """Whether the digits of what was computed so far are beyond doubt."""
        return True

    def value(self, node: Node) -> T:
        """The value of a tree.

        Raises:
            NoValueError: there is none in this arithmetic.
        """
        try:
            return self._value(node)
        except (ArithmeticError, ValueError) as error:
            raise NoValueError(str(error)) from error

    def _value(self, node: Node) -> T:
        if type(node) is Number:
            return self.number(node.value)
        if type(node) is Symbol:
            return self.symbol(node.name)
        assert isinstance(node, Call)
        head = node.head
        if head == "sum_to":
            return self._series(node)
        arguments = [self._value(a) for a in node.arguments]
        if head == "*":
            return self.product(arguments)
        if head == "^":
            return self.power(arguments[0], arguments[1])
        if head == "+":
            return self.sum(arguments)
        if head == "root":
            return self.root(arguments[0], arguments[1])
        if head == "degree":
            return arguments[0]
        if head == "log" and len(arguments) == 1:
            if not self.log_base_ten:
                return self.function("ln", arguments)
            arguments.append(self.number(Fraction(10)))
        return self.function(head, arguments)

    def _series(self, node: Call) -> T:
        """A sum up to the value of a name, where that is a whole number and not a large one."""
        term, name, start = node.arguments
        assert isinstance(name, Symbol)
        assert isinstance(start, Number)
        end: Any = self.symbol(name.name)
        first = int(start.value)
        if end != int(end.real) or not first <= end.real <= first + MAX_TERMS:
            raise NoValueError("no whole number of terms")
        return self.sum([self._value(put(term, name, k)) for k in range(first, int(end.real) + 1)])

    @abstractmethod
    def number(self, value: Fraction) -> T: ...
    @abstractmethod
    def symbol(self, name: str) -> T: ...
    @abstractmethod
    def sum(self, terms: Sequence[T]) -> T: ...
    @abstractmethod
    def product(self, factors: Sequence[T]) -> T: ...
    @abstractmethod
    def ratio(self, one: T, other: T) -> T: ...
    @abstractmethod
    def power(self, base: T, exponent: T) -> T: ...
    @abstractmethod
    def root(self, base: T, index: T) -> T: ...
    @abstractmethod
    def function(self, name: str, arguments: Sequence[T]) -> T: ...
