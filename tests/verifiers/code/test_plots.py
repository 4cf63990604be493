"""What plotting programs draw: seen or not, as expected or not, and claims that no figure stands behind."""

import base64
import json
import zlib
from typing import Any

import pytest

pytest.importorskip("matplotlib")

from rewardkit import Outcome, Sample, Score
from rewardkit.verifiers.code.cases import fenced
from rewardkit.verifiers.code.drivers import plots as driver
from rewardkit.verifiers.code.plot import Plot
from rewardkit.verifiers.code.plots.claims import Failure, read_claim
from rewardkit.verifiers.code.plots.image import difference, read_png

HEAD = "import matplotlib.pyplot as plt\nimport numpy as np\n"


def score(code: str, reference: Any = None, **options: Any) -> Score:
    return Plot(**options).verify(Sample(response=fenced(HEAD + code), reference=reference))


DRAWN = {
    "line": "plt.plot([1, 2, 3])",
    "scatter": "plt.scatter([1, 2], [2, 1])",
    "scatter ": "plt.plot([1, 2], [2, 1], 'o')",
    "bar": "plt.bar(['a', 'b'], [2, 1])",
    "bar ": "plt.hist([1, 2, 2, 3])",
    "barh": "plt.barh(['a', 'b'], [2, 1])",
    "pie": "plt.pie([1, 2, 3])",
    "area": "plt.fill_between([1, 2, 3], [1, 2, 1])",
    "segments": "plt.vlines([1, 2], 0, 1)",
    "image": "plt.imshow(np.eye(3))",
    "contour": "plt.contour(np.outer(range(5), range(5)))",
    "surface": "plt.subplot(projection='3d').plot_surface(*np.meshgrid(range(3), range(3)), np.eye(3))",
    "patch": "plt.gca().add_patch(plt.Circle((0.5, 0.5), 0.2))",
}


@pytest.mark.parametrize("kind", DRAWN)
def test_marks_of_every_kind_are_seen(kind: str) -> None:
    scored = score(DRAWN[kind])
    assert scored.outcome is Outcome.CORRECT, scored.reason
    assert scored.evidence["marks"][0]["kind"] == kind.strip()
    assert score(DRAWN[kind], HEAD + DRAWN[kind]).outcome is Outcome.CORRECT


@pytest.mark.parametrize(
    "code",
    [
        "plt.plot([1, 2])\nplt.savefig('a.png')\nplt.close('all')",
        "plt.plot([1, 2])\nplt.savefig('a.png')\nplt.clf()",
        "def main():\n    plt.plot([1, 2])\n    plt.show()\nif __name__ == '__main__':\n    main()",
        "fig, (a, b) = plt.subplots(1, 2, layout='constrained')\nb.plot([1, 2], 'w')\nb.set_facecolor('k')",
        "plt.style.use('dark_background')\nplt.plot([1, 2], 'w')",
        "from matplotlib.figure import Figure\nf = Figure()\nf.subplots().plot([1, 2])",
        "import pandas as pd\npd.DataFrame({'a': [1, 2]}).plot()",
        "plt.plot([1, 2])\nplt.xlim(50, 60)\nplt.autoscale()",
        "plt.plot([1, 2])\nimport sys\nsys.exit(0)",
        "plt.figure(figsize=(60, 1))\nplt.plot([1, 2])",
    ],
)
def test_ways_to_draw_that_count(code: str) -> None:
    if "pandas" in code:
        pytest.importorskip("pandas")
    scored = score(code)
    assert scored.outcome is Outcome.CORRECT, scored.reason


@pytest.mark.parametrize(
    "code",
    [
        "fig, ax = plt.subplots()\nax.grid(True)",
        "plt.plot([])",
        "plt.scatter([1, 2], [1, 2], s=0)",
        "plt.bar(['a'], [0])",
        "plt.plot([1, 2], color='white')",
        "plt.plot([1, 2])\nplt.gca().set_visible(False)",
        "plt.plot([1, 2])\nplt.gca().lines[0].remove()",
        "plt.plot([1, 2])\nplt.cla()",
        "plt.imshow(np.ones((3, 3, 3)))",
        "plt.axes([2, 2, 0.5, 0.5]).plot([1, 2])",
    ],
)
def test_what_nobody_can_see_does_not_count(code: str) -> None:
    scored = score(code)
    assert scored.outcome is Outcome.INCORRECT, scored.evidence


LINE = {"marks": [{"kind": "line", "x": [0, 1, 2], "y": [0, 1, 4], "label": "squares"}]}
POINTS = {"marks": [{"kind": "scatter", "x": [1, 2, 3], "y": [3, 2, 1]}]}
TEXTS = {"marks": [{"kind": "line"}], "title": "A title", "xlabel": "x", "legend": ["one"]}


@pytest.mark.parametrize(
    ("code", "reference", "outcome"),
    [
        ("plt.plot([0, 1, 4], label='squares')", LINE, Outcome.CORRECT),
        ("plt.plot([0, 1, 4.0001], label='squares')", LINE, Outcome.CORRECT),
        ("plt.plot([0, 1, 4.1], label='squares')", LINE, Outcome.INCORRECT),
        ("plt.plot([0, 1, 4])", LINE, Outcome.INCORRECT),
        ("plt.plot([0, 1, 4, 9], label='squares')", LINE, Outcome.INCORRECT),
        ("plt.plot([2, 1, 0], [4, 1, 0], label='squares')", LINE, Outcome.INCORRECT),
        ("plt.plot([0, 1, 4], 'o', label='squares')", LINE, Outcome.INCORRECT),
        ("plt.scatter([3, 1, 2], [1, 3, 2])", POINTS, Outcome.CORRECT),
        ("plt.scatter([3, 1, 2], [3, 2, 1])", POINTS, Outcome.INCORRECT),
        ("plt.plot([1, 2], label='one')\nplt.title('A  title')\nplt.xlabel('x')\nplt.legend()", TEXTS, Outcome.CORRECT),
        ("plt.plot([1, 2], label='one')\nplt.title('A title')\nplt.xlabel('x')", TEXTS, Outcome.INCORRECT),
        ("plt.plot([1, 2])", {"title": "x"}, Outcome.INCORRECT),
        ("plt.plot([1, 2])\nplt.suptitle('x')", {"title": "x"}, Outcome.CORRECT),
        ("plt.plot([1, 2])\nplt.plot([2, 1])", HEAD + "plt.plot([2, 1])\nplt.plot([1, 2])", Outcome.CORRECT),
        ("plt.plot([1, 2])", HEAD + "plt.plot([1, 2])\nplt.title('t')", Outcome.CORRECT),
    ],
)
def test_expected_marks_and_texts(code: str, reference: Any, outcome: Outcome) -> None:
    scored = score(code, reference)
    assert scored.outcome is outcome, scored.evidence


def test_options_of_the_comparison() -> None:
    program = HEAD + "plt.plot([1, 2])\nplt.title('t')"
    assert score("plt.plot([1, 2])", program, texts=True).outcome is Outcome.INCORRECT
    assert score("plt.plot([1, 2])\nplt.title('t')", program, texts=True).outcome is Outcome.CORRECT
    assert score("plt.plot([1, 2])\nplt.axhline(1)", program).outcome is Outcome.INCORRECT
    assert score("plt.plot([1, 2])\nplt.axhline(1)", program, allow_extra=True).outcome is Outcome.CORRECT
    assert score("plt.plot([1, 2])\nplt.axhline(1)", program, partial="fraction").value == pytest.approx(0.5)
    assert score("plt.plot([1, 2.1])", program, tolerance=0.2).outcome is Outcome.CORRECT
    image = score("plt.plot([1, 2])", keep_image=True).evidence["png"]
    pixels = read_png(image)
    assert pixels is not None
    assert pixels.shape == (240, 320, 3)


@pytest.mark.parametrize(
    "reference",
    [3, "", {}, {"marks": []}, {"marks": [{"kind": "blob"}]}, {"marks": [{"kind": "line", "z0": 1}]}, {"colour": "red"},
     {"marks": [{"kind": "line", "y": [True]}]}, {"title": 3}, {"legend": "a"}, {"program": 3}, "plt.plot(", "x = 1"],
)  # fmt: skip
def test_references_that_can_not_be_used(reference: Any) -> None:
    assert score("plt.plot([1, 2])", reference).outcome is Outcome.BAD_REFERENCE


@pytest.mark.parametrize(
    ("code", "outcome", "word"),
    [
        ("while True: pass", Outcome.TIMEOUT, "time"),
        ("x = [0] * 10 ** 9", Outcome.CRASHED, "memory"),
        ("plt.plot([1, 2], [1])", Outcome.INCORRECT, "ValueError"),
        ("def f(:", Outcome.INCORRECT, "SyntaxError"),
        ("plt.plot([1, 2])\nimport os\nos._exit(0)", Outcome.INCORRECT, "ended"),
        ("plt.figure(figsize=(1e9, 1e9)).subplots().plot([1, 2])", Outcome.CRASHED, "memory"),
    ],
)
def test_programs_that_fail(code: str, outcome: Outcome, word: str) -> None:
    scored = score(code, timeout=2.0, memory_mb=400)
    assert scored.outcome is outcome, scored.reason
    assert word in scored.reason


def test_assurance_says_what_stands_against_a_forged_claim() -> None:
    assert score("plt.plot([0, 1, 4], label='squares')", LINE).evidence["assurance"] == "data_flow"
    assert score("plt.plot([0, 1])", {"marks": [{"kind": "line"}]}).evidence["assurance"] == "in_process"
    assert score("plt.plot([0, 1])").evidence["assurance"] == "in_process"


def png(width: int = 4, height: int = 4, fill: int = 255) -> str:
    import numpy

    return driver._png(numpy.full((height, width, 3), fill, dtype="uint8"))


def claim(**changes: Any) -> bytes:
    mark = {"kind": "line", "label": "", "x": [1.0], "y": [1.0], "z": [], "points": 1, "ink": 50}
    axes = {"title": "", "xlabel": "", "ylabel": "", "legend": [], "marks": [mark]}
    return (
        json.dumps(
            {"figures": [{"title": "", "axes": [axes], "png": png(), "marked": png(), "bare": png(fill=0), **changes}]}
        ).encode()
        + b"\n"
    )


def test_a_claim_counts_only_in_the_shape_that_the_driver_writes() -> None:
    [figure] = read_claim(claim())  # type: ignore[misc]  # no failure
    assert len(figure.marks) == 1
    [figure] = read_claim(claim(bare=png()))  # type: ignore[misc]
    assert figure.marks == [], "the picture shows no mark"
    [figure] = read_claim(claim(bare=png(5, 4, 0)))  # type: ignore[misc]
    assert figure.marks == [], "pictures that can't be compared"
    large = base64.b64encode(zlib.compress(b"\0" * 10_000_000)).decode()
    for forged in (claim(png="x"), claim(png=large), claim(axes=[3]), claim(axes=[[]] * 100), claim(title=None)):
        assert isinstance(read_claim(forged), Failure)
    for forged in (
        b"",
        b"{}\n",
        b"[" * 100_000 + b"\n",
        claim() * 2,
        b"null\n",
        b'{"error": 3}\n',
        b'{"figures": {}}\n',
    ):
        assert isinstance(read_claim(forged), Failure)


def test_pictures_differ_by_pixels_that_can_be_told_apart() -> None:
    white, grey, faint = (read_png(png(fill=fill)) for fill in (255, 200, 250))
    assert white is not None
    assert grey is not None
    assert faint is not None
    assert (difference(white, grey), difference(white, faint)) == (16, 0)
