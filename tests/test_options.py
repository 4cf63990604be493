"""Options come from a dataclass, and values from outside are checked against it without being converted."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge

from rewardkit.errors import OptionError
from rewardkit.options import NamedOptionError, OptionSchema
from rewardkit.reward import Doc


@dataclass(frozen=True)
class Curve:
    """A type that is written in a form of its own."""

    height: float


def curve(spec: Any) -> Curve:
    if not isinstance(spec, (int, float)):
        raise OptionError(f"a curve is a number, not {spec!r}")
    return Curve(float(spec))


@dataclass(frozen=True)
class Thing:
    """Something with options."""

    child: object
    size: Annotated[int, Doc("how large"), Ge(1)]
    kind: Literal["round", "square"] = "round"
    names: tuple[str, ...] = ()
    over: Annotated[Curve, Doc("its course")] = Curve(1.0)  # it is frozen
    kept: list[int] = field(default_factory=list, init=False)


SCHEMA = OptionSchema("thing 'x'", Thing, ["child"], {Curve: curve})


def test_what_is_left_out_or_made_by_the_class_itself_is_no_option() -> None:
    assert [o.name for o in SCHEMA.options] == ["size", "kind", "names", "over"]
    assert (SCHEMA.options[0].type, SCHEMA.options[0].doc, SCHEMA.options[0].required) == (
        "int >= 1",
        "how large",
        True,
    )


def test_values_become_what_the_class_takes() -> None:
    found = SCHEMA.validated({"size": 2, "names": ["a"], "over": 3})
    assert found == {"size": 2, "names": ("a",), "over": Curve(3.0)}


@pytest.mark.parametrize(
    ("options", "option", "message"),
    [
        ({"sise": 1}, "sise", "thing 'x' has no option 'sise'; did you mean 'size'"),
        ({"size": 0}, "size", "greater than or equal to 1; got 0, expected int >= 1"),
        ({"size": True}, "size", "got True"),
        ({"size": "1"}, "size", "got '1'"),
        ({"size": 1, "kind": "oval"}, "kind", "expected 'round' or 'square'"),
        ({"size": 1, "over": "high"}, "over", "option 'over': a curve is a number, not 'high'"),
    ],
)
def test_a_fault_names_its_option(options: dict[str, Any], option: str, message: str) -> None:
    with pytest.raises(NamedOptionError, match=message) as caught:
        SCHEMA.validated(options)
    assert caught.value.option == option


@pytest.mark.parametrize(("options", "message"), [({}, "needs the option 'size'"), ({"size": {1}}, "JSON values")])
def test_a_fault_of_the_whole_is_an_option_error(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        SCHEMA.validated(options)
