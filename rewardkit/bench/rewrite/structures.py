"""Rewrites of answers with parts: lists, intervals, inequalities, equations; and of options, yes and no, and words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from random import Random

from rewardkit.bench.answers import split_top
from rewardkit.bench.evaluation import names_in
from rewardkit.bench.expression import read_formula
from rewardkit.bench.kinds import OPTIONS, Kind, Material, option_label
from rewardkit.bench.rewrite.spelling import Spelling, bare

_SOLUTIONS = re.compile(
    r"\b(?:solve|solutions?|roots?|zeroe?s|find all|determine all|possible values|"
    r"all (?:[a-z]{2,12} ){0,2}(?:values|integers|numbers|primes|pairs|triples|x))\b",
    re.IGNORECASE,
)
_IN_ORDER = re.compile(
    r"respectively|\bin (?:that|this|increasing|decreasing|ascending|descending) order|\bterms?\b|smallest and|"
    r"least and|first.{1,20}second|sequence",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"integer|natural number|whole number|^n\b|\bn$|\bhow many", re.IGNORECASE)
_UNION = re.compile(r"\s?(?:\\cup(?![a-zA-Z])|∪)\s?")
_ENDS = re.compile(r"(?:\\left)?([(\[])(.{1,120}),(.{1,120}?)(?:\\right)?([)\]])")
_SIGNS = ((r"\\leq?(?![a-zA-Z])|<=|≤", "\\le"), (r"\\geq?(?![a-zA-Z])|>=|≥", "\\ge"), (r"<", "<"), (r">", ">"))
_MIRRORED = {"\\le": "\\ge", "\\ge": "\\le", "<": ">", ">": "<"}


def _list_items(m: Material) -> tuple[str, list[str], str]:
    text = bare(m)
    opening, closing = ("\\{", "\\}") if text.startswith("\\{") and text.endswith("\\}") else ("", "")
    inner = text[len(opening) : len(text) - len(closing)]
    return opening, [item.strip() for item in split_top(inner, ",")], closing


def _is_any_order(m: Material) -> bool:
    """Whether the question asks for everything that satisfies something: then the order of a list means nothing."""
    prompt = m.sample.prompt_text
    return _SOLUTIONS.search(prompt) is not None and _IN_ORDER.search(prompt) is None


def list_reordered(m: Material, draw: Random) -> Iterator[str]:
    opening, items, closing = _list_items(m)
    if opening or _is_any_order(m):
        yield opening + ", ".join(reversed(items)) + closing


def list_with_and(m: Material, draw: Random) -> Iterator[str]:
    opening, items, _ = _list_items(m)
    if not opening and len(items) > 1:
        joint = draw.choice((" and ", " \\text{ and } "))
        yield ", ".join(items[:-1]) + joint + items[-1]


def list_as_set(m: Material, draw: Random) -> Iterator[str]:
    opening, items, _ = _list_items(m)
    if opening:
        yield ", ".join(items)
    elif _is_any_order(m) and "=" not in m.reference:
        yield f"\\{{{', '.join(items)}\\}}"


def list_in_boxes(m: Material, draw: Random) -> Iterator[str]:
    _, items, _ = _list_items(m)
    if len(items) > 1:
        yield "}$ and $\\boxed{".join(items)


def union_reordered(m: Material, draw: Random) -> Iterator[str]:
    parts = _UNION.split(bare(m))
    if len(parts) > 1:
        yield " \\cup ".join(reversed(parts))


def _is_of_x(m: Material) -> bool:
    """Whether the interval is one of values of x."""
    return m.names("x") and "range" not in m.sample.prompt_text.lower()


def membership(m: Material, draw: Random) -> Iterator[str]:
    if _is_of_x(m):
        yield f"x \\in {bare(m)}"


def interval_as_inequality(m: Material, draw: Random) -> Iterator[str]:
    found = _ENDS.fullmatch(bare(m))
    if found is None or _UNION.search(bare(m)) or not _is_of_x(m):
        return
    opening, low, high, closing = (g.strip() for g in found.groups())
    below, above = ("<" if opening == "(" else "\\le"), ("<" if closing == ")" else "\\le")
    if "\\infty" not in low + high:
        yield f"{low} {below} x {above} {high}"
    elif "\\infty" not in low:
        yield f"x {_MIRRORED[below]} {low}"
    elif "\\infty" not in high:
        yield f"x {above} {high}"


def _one_sided(m: Material) -> tuple[str, str, str] | None:
    """Left side, sign and right side of an inequality with one sign."""
    for pattern, sign in _SIGNS:
        parts = re.split(pattern, bare(m))
        if len(parts) == 2:
            return parts[0].strip(), sign, parts[1].strip()
    return None


def inequality_flipped(m: Material, draw: Random) -> Iterator[str]:
    found = _one_sided(m)
    if found is not None:
        left, sign, right = found
        yield f"{right} {_MIRRORED[sign]} {left}"


def inequality_as_interval(m: Material, draw: Random) -> Iterator[str]:
    found = _one_sided(m)
    if found is None or _WHOLE.search(f"{bare(m)} {m.sample.prompt_text}"):
        return
    left, sign, right = found
    if not re.fullmatch(r"[a-zA-Z]", left):
        left, sign, right = right, _MIRRORED[sign], left
    is_above, is_closed = sign in {">", "\\ge"}, sign.startswith("\\")
    if re.fullmatch(r"[a-zA-Z]", left):
        if is_above:
            yield f"{'[' if is_closed else '('}{right}, \\infty)"
        else:
            yield f"(-\\infty, {right}{']' if is_closed else ')'}"


def sides_swapped(m: Material, draw: Random) -> Iterator[str]:
    left, _, right = bare(m).partition("=")
    yield f"{right.strip()} = {left.strip()}"


def value_only(m: Material, draw: Random) -> Iterator[str]:
    """5 for `x = 5`."""
    found = re.fullmatch(r"\s?[a-zA-Z]\s?=([^a-zA-Z=]{1,40}|[^=]{1,80})", bare(m))
    value = None if found is None else read_formula(found.group(1))
    if found is not None and value is not None and not names_in(value):
        yield found.group(1).strip()


def all_on_one_side(m: Material, draw: Random) -> Iterator[str]:
    left, _, right = bare(m).partition("=")
    if (
        right.strip() != "0"
        and not re.search(r"(?:[a-zA-Z]\}?\)?|\^\{-1\})\s?\(", left)
        and not any(re.fullmatch(r"\s?[a-zA-Z]\s?", side) for side in (left, right))
    ):
        yield f"{left.strip()} - ({right.strip()}) = 0"


def _label(m: Material) -> str:
    return option_label(m.reference, m.options) or ""


def label_in_brackets(m: Material, draw: Random) -> Iterator[str]:
    yield draw.choice(("({})", "{})", "[{}]", "**{}**", "**({})**")).replace("{}", _label(m))


def label_with_word(m: Material, draw: Random) -> Iterator[str]:
    yield draw.choice(("option {}", "Option {}", "option ({})", "choice {}", "Choice ({})")).replace("{}", _label(m))


def label_and_text(m: Material, draw: Random) -> Iterator[str]:
    label, text = _label(m), m.options[_label(m)]
    yield draw.choice(("{l}) {t}", "({l}) {t}", "{l}. {t}", "{l}: {t}", "{l}, {t}")).format(l=label, t=text)


def label_in_command(m: Material, draw: Random) -> Iterator[str]:
    yield draw.choice(("\\text{{{}}}", "\\textbf{{{}}}", "\\text{{({})}}", "\\mathrm{{{}}}")).format(_label(m))


def label_small(m: Material, draw: Random) -> Iterator[str]:
    yield draw.choice(("{}", "({})")).replace("{}", _label(m).lower())


def text_for_label(m: Material, draw: Random) -> Iterator[str]:
    text = m.options[_label(m)]
    if option_label(text, m.options) == _label(m):
        yield text


def label_for_text(m: Material, draw: Random) -> Iterator[str]:
    yield _label(m)


def other_case(m: Material, draw: Random) -> Iterator[str]:
    text = m.reference.strip()
    if "\\" not in text:
        yield from (t for t in (text.lower(), text.upper(), text.capitalize()) if t != text)


def explained(m: Material, draw: Random) -> Iterator[str]:
    yield draw.choice(("{}, because it follows from the definition", "{}. This follows from the definition")).replace(
        "{}", m.reference.strip()
    )


def yes_as_true(m: Material, draw: Random) -> Iterator[str]:
    pairs = {"yes": "true", "no": "false", "true": "yes", "false": "no"}
    yield pairs.get(m.reference.strip().lower(), m.reference)


def quoted(m: Material, draw: Random) -> Iterator[str]:
    yield draw.choice(('"{}"', "'{}'", "“{}”", "`{}`")).replace("{}", m.reference.strip())


def text_bare(m: Material, draw: Random) -> Iterator[str]:
    found = re.fullmatch(r"\\text\s?\{([^{}]{1,200})\}", m.reference.strip())
    if found is not None:
        yield found.group(1)


_SETS = frozenset((Kind.SET,))
_INTERVALS = frozenset((Kind.INTERVAL,))
_INEQUALITIES = frozenset((Kind.INEQUALITY,))
_EQUATIONS = frozenset((Kind.EQUATION,))
_LABELS = frozenset((Kind.OPTION,))
_BOOLEANS = frozenset((Kind.BOOLEAN,))
_TEXTS = frozenset((Kind.TEXT,))

STRUCTURES: Sequence[Spelling] = (
    Spelling("list_reordered", _SETS, "the order of a list of solutions means nothing", list_reordered),
    Spelling("list_with_and", _SETS, "1, 2 and 3 is the list", list_with_and),
    Spelling("list_as_set", _SETS, "braces around the list, or none", list_as_set),
    Spelling("list_in_boxes", _SETS, "every solution in its own box", list_in_boxes, is_sure=True),
    Spelling("union_reordered", _INTERVALS, "the order of a union means nothing", union_reordered),
    Spelling("membership", _INTERVALS, "x lies in the interval", membership, is_sure=True),
    Spelling("interval_as_inequality", _INTERVALS, "the interval as an inequality", interval_as_inequality),
    Spelling("inequality_flipped", _INEQUALITIES, "2 < x is x > 2", inequality_flipped),
    Spelling("inequality_as_interval", _INEQUALITIES, "the inequality as an interval", inequality_as_interval),
    Spelling("sides_swapped", _EQUATIONS, "the sides of an equation the other way round", sides_swapped),
    Spelling("all_on_one_side", _EQUATIONS, "an equation with 0 on the right", all_on_one_side),
    Spelling("value_only", _EQUATIONS, "5 for x = 5", value_only),
    Spelling("label_in_brackets", _LABELS, "the letter in brackets or with a stop", label_in_brackets, is_sure=True),
    Spelling("label_with_word", _LABELS, "option C", label_with_word, is_sure=True),
    Spelling("label_and_text", OPTIONS, "the letter and the text of its option", label_and_text, is_sure=True),
    Spelling("label_in_command", _LABELS, "the letter in a text command", label_in_command, is_sure=True),
    Spelling("label_in_small_letters", _LABELS, "c for C", label_small, is_sure=True, is_policy=True),
    Spelling("text_for_label", _LABELS, "the text of the option", text_for_label),
    Spelling("label_for_text", frozenset((Kind.OPTION_TEXT,)), "the letter of the option", label_for_text),
    Spelling("other_case_yes_no", _BOOLEANS, "case means nothing in yes and no", other_case),
    Spelling("yes_explained", _BOOLEANS, "yes, with a reason", explained, is_sure=True),
    Spelling("yes_as_true", _BOOLEANS, "true for yes", yes_as_true, is_sure=True, is_policy=True),
    Spelling("other_case", _TEXTS, "another case", other_case, is_policy=True),
    Spelling("quoted", _TEXTS, "in quotation marks", quoted, is_sure=True, is_policy=True),
    Spelling("text_command_dropped", _TEXTS, "without the text command", text_bare),
)
