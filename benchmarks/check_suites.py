"""Are the labels of the shipped suites true? Derives again what can be derived without any verifier of rewardkit.

    python benchmarks/check_suites.py

Prints for each suite how many labels were derived, how many of them differ, and how many are left to people: those
whose point is how an answer is said, not what it is. Cases whose label is a matter of policy are left out.

math and number: readings written by hand for sympy (suite_readings.txt), and the bench's own reader of formulas;
exact and em: the texts; format: one regular expression; json: Python's parser and jsonschema; regex: Python's `re`.
"""

from __future__ import annotations

import functools
import json
import re
import string
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rewardkit.bench.equality import relate
from rewardkit.bench.suite import SUITES, Suite

Row = Mapping[str, Any]

READINGS = Path(__file__).with_name("suite_readings.txt")


@dataclass
class Derived:
    """What became of the labels of one suite."""

    agree: int = 0
    differ: list[Row] = field(default_factory=list)
    by_eye: int = 0
    policy: int = 0


def rows_of(suite: Suite) -> list[dict[str, Any]]:
    """The rows of a suite as they stand in the file."""
    with suite.file() as path:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def check(suite: Suite) -> Derived:
    """Derive every label of a suite that can be derived."""
    derived = Derived()
    derive = DERIVATIONS.get(suite.name, _by_eye)
    for row in rows_of(suite):
        if row["policy"]:
            derived.policy += 1
            continue
        label = derive(row)
        if label is None:
            derived.by_eye += 1
        elif label is bool(row["label"]):
            derived.agree += 1
        else:
            derived.differ.append(row)
    return derived


def _by_eye(row: Row) -> bool | None:
    return None


def derive_value(row: Row) -> bool | None:
    """Whether the answer that a person takes from the response is the value of the reference."""
    if "final" not in row:
        return None
    references = row["reference"] if isinstance(row["reference"], list) else [row["reference"]]
    verdicts = [_same_value(row["final"], str(reference)) for reference in references]
    if True in verdicts:
        return True
    return None if None in verdicts else False


def _same_value(answer: str, reference: str) -> bool | None:
    readings = _readings()
    if answer in readings and reference in readings:
        return _same_in_sympy(readings[answer], readings[reference])
    return {"same": True, "different": False}.get(relate(answer, reference).value)


@functools.cache
def _readings() -> Mapping[str, str]:
    lines = [line for line in READINGS.read_text(encoding="utf-8").split("\n") if line and not line.startswith("# ")]
    return dict(line.split("\t") for line in lines)


@functools.cache
def _sympy(text: str) -> Any:
    import sympy
    from sympy.parsing.sympy_parser import parse_expr

    metre, hour, dollar, euro = sympy.symbols("metre hour dollar euro", positive=True)
    names: dict[str, Any] = {name: sympy.Symbol(name, real=True) for name in ("x", "r", "k", "n", "C")}
    names |= {"m": metre, "cm": metre / 100, "mm": metre / 1000, "km": 1000 * metre, "degree": sympy.pi / 180}
    names |= {"hour": hour, "minute": hour / 60, "second": hour / 3600, "dollar": dollar, "euro": euro}
    value = parse_expr(text, local_dict=names)
    return value.args[0] if isinstance(value, sympy.FiniteSet) and len(value) == 1 else value


def _same_in_sympy(left: str, right: str) -> bool:
    import sympy

    a, b = _sympy(left), _sympy(right)
    kinds = {type(one) for one in (a, b) if isinstance(one, (sympy.MatrixBase, sympy.Tuple, sympy.Set))}
    if not kinds:
        return a == b or (a.is_infinite is not True and sympy.simplify(a - b) == 0)
    if isinstance(a, sympy.FiniteSet) and isinstance(b, sympy.FiniteSet):
        return {sympy.simplify(one) for one in a} == {sympy.simplify(one) for one in b}
    return bool(a == b)


def derive_exact(row: Row) -> bool | None:
    """Whether the answer is the reference, character for character."""
    return row["final"].strip() == row["reference"].strip() if "final" in row else None


def derive_em(row: Row) -> bool | None:
    """Whether the answer is one of the accepted texts without case, ASCII punctuation, articles and spare spaces."""
    if "final" not in row:
        return None
    references = row["reference"] if isinstance(row["reference"], list) else [row["reference"]]
    return _squad(row["final"]) in {_squad(reference) for reference in references}


def _squad(text: str) -> str:
    bare = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(word for word in bare.split() if word not in {"a", "an", "the"})


_NO_TAG = r"(?!</?(?:think|answer)>)"
_SECTION = rf"(?:{_NO_TAG}.)*?{_NO_TAG}[^\s\u200b\u2060](?:{_NO_TAG}.)*?"
_IN_FORMAT = re.compile(rf"\s*<think>{_SECTION}</think>\s*<answer>{_SECTION}</answer>\s*", re.DOTALL)


def derive_format(row: Row) -> bool:
    """Whether the response is a think section and an answer section and nothing else."""
    return _IN_FORMAT.fullmatch(row["response"]) is not None


def _visible(response: str) -> str:
    return re.sub(r"<think>.*?</think>", "", response, flags=re.DOTALL).strip()


def derive_json(row: Row) -> bool | None:
    """Whether the response is JSON without doubled keys, numbers beyond doubles and half pairs, after the schema."""
    import jsonschema

    if "://" in str(row["reference"].get("$ref")):
        return False  # nothing is fetched, so nothing can be confirmed
    try:
        document = json.loads(_visible(row["response"]), object_pairs_hook=_unique, parse_constant=_refuse)
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return False
    return jsonschema.Draft202012Validator(row["reference"]).is_valid(document)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key stands there twice")
    return dict(pairs)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


_SCRIPTS = {r"\p{Greek}": "[Α-Ωα-ωά-ώ]", r"\p{Lu}": "[A-ZА-ЯŁÅÖ]", r"\p{Ll}": "[a-zа-я]"}
"""Classes that `re` does not know, as far as the suite needs them."""


def derive_regex(row: Row) -> bool:
    """Whether the whole visible response matches the pattern."""
    pattern = row["reference"]
    if "(?=" in pattern:
        return False  # no lookaround in patterns that are matched in linear time
    for name, letters in _SCRIPTS.items():
        pattern = pattern.replace(name, letters)
    try:
        return re.fullmatch(pattern, _visible(row["response"]), re.ASCII) is not None
    except re.error:
        return False


DERIVATIONS: Mapping[str, Callable[[Row], bool | None]] = {
    "math": derive_value,
    "number": derive_value,
    "exact": derive_exact,
    "em": derive_em,
    "format": derive_format,
    "json": derive_json,
    "regex": derive_regex,
}


def main() -> int:
    """Print the counts, and the cases that differ."""
    wrong = 0
    print(f"{'suite':<16}{'derived':>9}{'differ':>8}{'by eye':>8}{'policy':>8}")
    for suite in SUITES:
        found = check(suite)
        wrong += len(found.differ)
        derived = found.agree + len(found.differ)
        print(f"{suite.name:<16}{derived:>9}{len(found.differ):>8}{found.by_eye:>8}{found.policy:>8}")
        for row in found.differ:
            print(f"  {row['id']}: labelled {row['label']}: {row['response'][-80:]!r} for {row['reference']!r}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
