"""More programs that want the reward without the work: forged lines, lent names, odd values, fooled referees."""

# ruff: noqa: E501  # programs in tables are read best in one line

from collections.abc import Callable
from typing import Any

import pytest

from rewardkit import Outcome, Sample, Score
from rewardkit.verifiers.code.plot import Plot
from rewardkit.verifiers.code.sandbox.local import LocalSandbox
from rewardkit.verifiers.code.sandbox.probe import probe_rung
from rewardkit.verifiers.code.typed import matches, shown
from rewardkit.verifiers.code.verifier import CodeTests

ScoreCode = Callable[..., Score]

CALL = {"fn_name": "solve", "cases": [{"args": [n], "expected": n * n + 286} for n in (3, 12)]}
ASSERTS = ["assert solve(3) == 295", "assert solve(12) == 430"]
NOT_PAID = {Outcome.INCORRECT, Outcome.TIMEOUT, Outcome.CRASHED, Outcome.UNDECIDED}
RESULT = "import os\nfd = int(os.environ['REWARDKIT_RESULT_FD'])\n"
LINK = "import os\nfd = int(os.environ['REWARDKIT_WRITE_FD'])\n"
LEAVES = "\nos._exit(0)\n"

LINES = {
    "a kind that can't be hashed": b"[-1, [1], 0]\n",
    "a kind that is an object": b"[0, {}, 0]\n",
    "a stage of another shape": b'[-1, "compile", 7]\n',
    "an exception of objects": b'[0, "raised", [[1], {}]]\n',
    "a float too large for one": b'[0, "value", {"f": 1' + b"0" * 400 + b"}]\n",
    "a number in a number": b'[0, "value", {"n": ["<i8", {"n": ["<i8", 295]}]}]\n',
    "an integer of no digits": b'[0, "value", {"i": ""}]\n',
    "a scalar that is a number": b'[0, "value", {"n": 5}]\n',
    "an array of another shape": b'[0, "value", {"a": [295]}]\n',
    "two tags": b'[0, "value", {"i": "0x127", "f": "295"}]\n',
    "deep pairs": b'[0, "value", {"d": [["a", ' + b"[" * 940 + b"]" * 940 + b"]]}]\n",
    "pairs of pairs": b'[0, "value", {"d": [[' + b'{"d": [[' * 200 + b"1, 1" + b"]]}" * 200 + b", 1]]}]\n",
    "half a surrogate pair": b'[0, "value", "\\ud800"]\n',
    "numbers that JSON has not": b'[0, "value", NaN]\n[1, "value", Infinity]\n',
    "cases in another order": b'[1, "value", 430]\n[0, "value", 295]\n',
    "a case too many": b'[0, "value", 0]\n' * 3,
    "no line's end": b'[0, "value", 295]',
    "a line of noughts": b"\0" * 100_000 + b"\n",
}  # fmt: skip

FRAMES = {
    "a greeting of a number": b'{"compile": 5}\n',
    "a greeting of one part": b'{"load": ["SyntaxError"]}\n',
    "a greeting of objects": b'{"load": [{}, []]}\n',
    "no greeting": b"{}\n" * 50,
    "kinds of numbers": b'{"loaded": true}\n{"kinds": {"solve": 7}}\n{"value": 295}\n',
    "a module in place of a function": b'{"loaded": true}\n{"kinds": {"solve": "module"}}\n',
    "a library in place of a function": b'{"loaded": true}\n{"kinds": {"solve": "library"}}\n',
    "changed arguments that are not there": (
        b'{"loaded": true}\n{"kinds": {"solve": "function"}}\n{"value": 0, "changed": {"9": 1, "x": 2}}\n'
    ),
    "an exception of no type": b'{"loaded": true}\n{"kinds": {"solve": "function"}}\n{"raised": 3}\n',
    "an exception that tests pass by": (
        b'{"loaded": true}\n{"kinds": {"solve": "function"}}\n{"raised": ["SkippedError", "", "SkipTest"]}\n'
    ),
    "an object of another's": b'{"loaded": true}\n{"kinds": {"solve": "function"}}\n{"value": {"o": ["int", [295]]}}\n',
    "an array of objects": (
        b'{"loaded": true}\n{"kinds": {"solve": "function"}}\n{"value": {"a": ["S2000000000", [1], ["a"]]}}\n'
    ),
    "a scalar of an object": (
        b'{"loaded": true}\n{"kinds": {"solve": "function"}}\n{"value": {"n": ["<f8", {"o": ["A", 0]}]}}\n'
    ),
    "a coroutine of nothing": b'{"loaded": true}\n{"kinds": {"solve": "function"}}\n{"value": {"o": ["coroutine", -1]}}\n',
    "callbacks without end": b'{"loaded": true}\n' + b'{"callback": [-1, [1]]}\n' * 2000,
    "half a frame": b'{"loaded": true}\n{"kinds": {"solve": "func',
    "a frame without end": b'{"loaded": "' + b"x" * (4 << 20),
}  # fmt: skip

OF_TESTS: dict[str, tuple[str, Any]] = {
    "judges itself by a module of its own": (
        "class math:\n    isclose = staticmethod(lambda *a, **k: True)\ndef solve(x): return 0",
        ["assert math.isclose(solve(2), 4.5)"]),
    "judges itself by an object named as a library": (
        "class L:\n    def __getattr__(self, name): return lambda *a, **k: True\nnp = L()\ndef solve(x): return 0",
        ["assert np.allclose(solve(2), 4.5)"]),
    "judges itself by a comparison of its own": (
        "def isclose(*a, **k): return True\nallclose = array_equal = isclose\ndef solve(x): return 0",
        ["assert isclose(solve(2), 4.5)"]),
    "ends the loop that judges it": (
        "def solve(x): raise StopIteration", ["for got, want in zip(map(solve, [1, 2]), [1, 4]): assert got == want"]),
    "ends the generator that judges it": (
        "def solve(x): raise StopIteration", ["assert all(map(lambda n: solve(n) == 7, [1, 2]))"]),
    "ends a loop by a derived exception": (
        "class E(StopIteration): ...\ndef solve(x): raise E", ["assert all(map(lambda n: solve(n) == 7, [1, 2]))"]),
    "an object that agrees to all": (
        "class A:\n    def __getattr__(self, name): return lambda *a: True\n    def __bool__(self): return True\n"
        "def solve(x): return A()", ["assert solve(2).startswith('ab')", "assert solve(2).issubset({1})"]),
    "a builtin of its own": (
        "def list(*a): return 0\nclass S:\n    def solve(self, x): return 0",
        {"asserts": ["assert s.solve(3) == list((3,))"], "setup": "s = S()"}),
    "an exception in place of a function": ("class solve(Exception): ...", ASSERTS),
    "a coroutine that is never awaited": (
        "async def solve(x): return 0",
        "from solution import solve\nasync def test_a():\n    assert await solve(3) == 295\n"
        "def test_b():\n    assert solve(3)\n"),
    "an empty iterator": ("def solve(x): return iter(())", ["assert list(solve(3)) == [295]", "assert next(solve(3)) == 295"]),
    "a method that hands the expected value back": (
        "class A:\n    def __init__(self): self.seen = []\n    def __eq__(self, o): return True\n    __hash__ = None\n"
        "    def index(self, v): return v\ndef solve(x): return A()", ["assert solve(3) == 295"]),
    "an attribute that is another each time": (
        "class A:\n    n = 0\n    @property\n    def value(self):\n        A.n += 1\n        return A.n\ndef solve(x): return A()",
        ["a = solve(3)\nassert a.value == a.value == 295"]),
    "a callback called for its result": (
        "def solve(check):\n    for n in range(100): check(n)\n    return 0", ["seen = []\nassert solve(seen.append) == 295"]),
    "the tests' callback by its frames": (
        "import sys\ndef solve(f):\n    try: return f.__closure__[0].cell_contents\n    except Exception: return 0",
        ["want = 295\nassert solve(lambda: want) == 295"]),
    "closes its descriptors": ("import os\ndef solve(n):\n    os.closerange(3, 64)\n    return 295", ["assert solve(3) == 295"]),
    "answers twice": (
        LINK + "def solve(n):\n    os.write(fd, b'{\"value\": 0}\\n' * 5)\n    return 295", ASSERTS),
    "never answers": ("import time\ndef solve(n): time.sleep(100)", ASSERTS),
    "a flood of frames": (LINK + "def solve(n):\n    while True: os.write(fd, b'{\"callback\": [0, [1]]}\\n' * 1000)", ASSERTS),
    "its own encoder": (
        "import sys\nm = sys.modules['__main__']\nfor k, v in list(vars(m).items()):\n"
        "    if callable(v) and k not in ('Server',): setattr(m, k, lambda *a, **k: 295)\ndef solve(n): return 0", ASSERTS),
    "types that lie about their order": (
        "class M(type):\n    def mro(c): return [c, int, object]\nclass I(int, metaclass=M): ...\ndef solve(n): return I()", ASSERTS),
    "a text that formats as another": (
        "class T(str):\n    __eq__ = lambda s, o: True\n    __hash__ = lambda s: hash('295')\n    __format__ = lambda s, f: '295'\n"
        "    __str__ = __repr__ = lambda s: '295'\ndef solve(n): return T('0')",
        ["assert f'{solve(3)}' == '295'", "assert {solve(3): 1}.get('295')"]),
    "a mapping that has everything": (
        "class D(dict):\n    __missing__ = lambda s, k: 295\n    get = lambda s, k, d=None: 295\n    __contains__ = lambda s, k: True\n"
        "def solve(n): return D()", ["assert solve(3)[3] == 295", "assert 3 in solve(3)"]),
    "a list that is as long as one likes": (
        "class L(list):\n    __len__ = lambda s: 295\n    __iter__ = lambda s: iter([295])\ndef solve(n): return L()",
        ["assert len(solve(3)) == 295"]),
}  # fmt: skip

VALUES = {
    "true in a list": ("def solve(n): return [True, 2]", [1, 2]),
    "a set for a list": ("def solve(n): return {1, 2}", [1, 2]),
    "a generator": ("def solve(n):\n    yield from (1, 2)", [1, 2]),
    "bytes for a text": ("def solve(n): return b'ab'", "ab"),
    "a text that is normalised": ("def solve(n): return 'e\\u0301'", "é"),
    "a text for a number": ("def solve(n): return '7'", 7),
    "a complex number": ("def solve(n): return 7 + 0j", 7),
    "a large number, one off": ("def solve(n): return 10 ** 40 + 1", 10**40),
    "a large number as a float": ("def solve(n): return float(2 ** 53 + 2)", 2**53 + 1),
    "no number": ("def solve(n): return float('nan')", 0.0),
    "infinity": ("def solve(n): return float('inf')", 1.7e308),
    "near nothing": ("def solve(n): return 1e-9", 0.0),
    "a tiny number as nothing": ("def solve(n): return 0.0", 1e-13),
    "keys of two types": ("def solve(n): return {1: 1, '1': 2}", {"1": 2}),
    "an empty list for None": ("def solve(n): return []", None),
    "None for an empty text": ("def solve(n): return None", ""),
    "one level too many": ("def solve(n): return [[1, 2]]", [1, 2]),
    "a subclass that is another": ("class L(list):\n    __getitem__ = lambda s, i: [1, 2]\ndef solve(n): return L()", [1, 2]),
    "an array of a wrong shape": ("import numpy as np\ndef solve(n): return np.array([1, 2, 3, 4])", [[1, 2], [3, 4]]),
}  # fmt: skip

OUTPUTS = {
    "full-width digits": ("7", "print('７')"),
    "a leading zero": ("7", "print('07')"),
    "a plus sign": ("7", "print('+7')"),
    "an underscore": ("10", "print('1_0')"),
    "hexadecimal": ("10", "print('0xa')"),
    "a hexadecimal float": ("3.0", "print((3.0).hex())"),
    "an exponent past all": ("1.7e308", "print('1e400')"),
    "no number": ("1.0", "print('nan')"),
    "a zero byte": ("7", "print('7\\0')"),
    "a zero byte before": ("7", "print('\\x007')"),
    "a backspace": ("7", "print('8\\b7')"),
    "an invisible character": ("7", "print('\\u200b7')"),
    "a mark of byte order": ("7", "print('\\ufeff7')"),
    "a line that is overwritten": ("7", "print('0\\r7')"),
    "every line at once": ("1\n2", "print('1 2')"),
    "a line too many": ("1", "print('1\\n2')"),
    "a blank line between": ("1\n2", "print('1\\n\\n2')"),
    "bytes that are no text": ("7", "import sys\nsys.stdout.buffer.write(b'7\\xff')"),
    "another letter that looks the same": ("AB", "print('\\u0410B')"),
    "a letter composed": ("é", "print('e\\u0301')"),
    "a line of megabytes": ("7", "print('7' * (3 << 20))"),
    "a mebibyte of blanks and another digit": ("7", "print(' ' * (1 << 19) + '8')"),
}  # fmt: skip

CHECKER = "got = open('output').read().split()\nprint(int(len(got) == 1 and int(got[0]) % 7 == 0))"
FOR_CHECKERS = {
    "the checker's own words": "print('1\\n1\\n1')",
    "a number of gigabytes": "print('7' * 100000)",
    "not a number": "print('True')",
    "nothing": "pass",
    "paths of files": "print('expected')",
    "a verdict on the result descriptor": "import os\nos.write(3, b'1\\n')\nprint(8)",
    "a bare exception in the checker": "print('7\\x00')",
    "a module beside it": "open('json.py', 'w').write('raise SystemExit(0)')\nopen('output', 'w').write('7')\nprint(8)",
}
INTERACTOR = (
    "import sys\nsecret = int(open('input').read())\nfor _ in range(12):\n    guess = int(input())\n"
    "    if guess == secret:\n        print('yes', flush=True)\n        sys.exit(0)\n"
    "    print('more' if guess < secret else 'less', flush=True)\nsys.exit(1)"
)
FOR_INTERACTORS = {
    "says yes itself": "print('yes')",
    "leaves at once": "import os\nos._exit(0)",
    "every number at once": "print(*range(100000), sep='\\n')",
    "no number": "print('nan')",
    "closes its output": "import os\nos.close(1)",
    "waits for ever": "input()",
    "a line without end": "while True: print('5', end='')",
    "reads the referee's files": "print(open('input').read())",
}

LANGUAGES = {
    ("c", "a file of the machine is included"): '#include "/etc/shadow"\nint main() {}',
    ("c", "the environment as data"): '__asm__(".incbin \\"/proc/self/environ\\"");\nint main() {}',
    ("c", "an array of gigabytes"): "char a[1UL << 33] = {1};\nint main() { return a[0]; }",
    ("c", "a program of gigabytes"): '__asm__(".fill 0x7fffffff, 8, 1");\nint main() {}',
    ("c", "an assembler that repeats"): '__asm__(".rept 1000000000\\n nop\\n.endr");\nint main() {}',
    ("c", "right, then a crash"): '#include <stdio.h>\nint main() { puts("295"); fflush(stdout); __builtin_trap(); }',
    ("c", "every descriptor"): (
        '#include <unistd.h>\nint main() { for (int i = 3; i < 64; i++) write(i, "295\\n", 4); return 0; }'
    ),
    (
        "bash",
        "files and processes",
    ): "cat expected output /proc/*/environ /proc/*/cmdline 2>/dev/null | grep -aoE '29[5]'",
    ("bash", "a fork bomb"): ":(){ :|:& };:",
    ("bash", "a child that outlives it"): "(sleep 0.2; echo 295) &\necho 0",
    ("javascript", "a child"): "console.log(require('child_process').execSync('cat expected; echo 0').toString())",
    ("javascript", "right, then a failure"): "process.stdout.write('295\\n', () => process.exit(5))",
}


@pytest.mark.parametrize("name", LINES)
def test_a_forged_line_of_calls_is_a_claim_or_nothing(score_code: ScoreCode, name: str) -> None:
    score = score_code(RESULT + f"os.write(fd, {LINES[name]!r})" + LEAVES, CALL, timeout=1.0)
    assert (score.value, score.outcome in NOT_PAID) == (0.0, True), score.reason


@pytest.mark.parametrize("name", FRAMES)
def test_a_forged_frame_to_the_tests_is_a_claim_or_nothing(score_code: ScoreCode, name: str) -> None:
    code = LINK + f"data = {FRAMES[name]!r}\nwhile data: data = data[os.write(fd, data):]" + LEAVES
    score = score_code(code, ASSERTS, timeout=1.0)
    assert (score.value, score.outcome in NOT_PAID) == (0.0, True), score.reason


@pytest.mark.parametrize("name", OF_TESTS)
def test_a_program_that_fools_its_tests_is_not_paid(score_code: ScoreCode, name: str) -> None:
    code, tests = OF_TESTS[name]
    score = score_code(code, tests, timeout=1.0)
    if name == "closes its descriptors":
        assert score.value == 0.0, score.reason
        return
    assert (score.value, score.outcome in NOT_PAID) == (0.0, True), score.reason


@pytest.mark.parametrize("name", VALUES)
def test_a_value_of_another_type_or_size_is_not_paid(score_code: ScoreCode, name: str) -> None:
    code, expected = VALUES[name]
    score = score_code(code, {"fn_name": "solve", "cases": [{"args": [1], "expected": expected}]})
    assert score.outcome is Outcome.INCORRECT, score.reason


@pytest.mark.parametrize("rule", ["exact", "tokens"])
@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_that_only_looks_alike_is_not_paid(score_code: ScoreCode, name: str, rule: str) -> None:
    expected, code = OUTPUTS[name]
    score = score_code(code, {"inputs": [""], "outputs": [expected]}, rule=rule, tolerance=1e-6)
    is_by_words = rule == "tokens" and name in ("every line at once", "a blank line between")
    assert (score.outcome is Outcome.CORRECT) is is_by_words, score.reason


@pytest.mark.parametrize("name", FOR_CHECKERS)
def test_a_checker_is_not_fooled(score_code: ScoreCode, name: str) -> None:
    score = score_code(FOR_CHECKERS[name], {"inputs": [""], "outputs": ["7"], "checker": CHECKER}, timeout=1.0)
    assert score.outcome is Outcome.INCORRECT, score.reason


@pytest.mark.parametrize("name", FOR_INTERACTORS)
def test_an_interactor_is_not_fooled(score_code: ScoreCode, name: str) -> None:
    reference = {"inputs": ["700\n"], "outputs": [""], "interactor": INTERACTOR}
    score = score_code(FOR_INTERACTORS[name], reference, timeout=1.0)
    assert (score.value, score.outcome in NOT_PAID) == (0.0, True), score.reason


@pytest.mark.parametrize(("language", "name"), LANGUAGES)
def test_other_languages_win_nothing_by_force(score_code: ScoreCode, language: str, name: str) -> None:
    reference = {"inputs": ["3\n"], "outputs": ["295\n"]}
    score = score_code(LANGUAGES[language, name], reference, language=language, timeout=1.0)
    if score.outcome is Outcome.UNAVAILABLE:
        pytest.skip(score.reason)
    assert (score.value, score.outcome in NOT_PAID) == (0.0, True), score.reason


@pytest.mark.parametrize(
    "line",
    [b"[]", b"5", b'["program", 3]', b'["program", "nowhere", ["A", "b"]]', b'["setup", 1, 1]', b'["units", 5]',
     b'["units", ["a"]]\n["unit", 0, "passed", 7, 1]', b'["units", ["a", "b"]]\n["unit", 0, "passed", ["", ""], "x"]',
     b'["unsplittable"]', b'["end", {}]', b'[{}, 1]'],
)  # fmt: skip
def test_a_forged_line_in_one_process_breaks_nothing(score_code: ScoreCode, line: bytes) -> None:
    score = score_code(RESULT + f"os.write(fd, {line + bytes([10])!r})" + LEAVES, ASSERTS, in_process=True)
    assert score.outcome in {Outcome.INCORRECT, Outcome.BAD_REFERENCE}, score.reason


@pytest.mark.parametrize(
    "claim",
    ["{}", '{"figures": 5}', '{"figures": [{}]}', '{"error": 5}', '{"error": ["a", "b"]}', '{"error": [[], {}, 1]}',
     '{"figures": [{"png": "", "marked": "", "bare": "", "axes": [], "title": ""}]}', "[" * 5000, "\\xff"],
)  # fmt: skip
def test_a_forged_plot_is_no_plot(claim: str) -> None:
    code = f"```python\n{RESULT}os.write(fd, b'{claim}\\n'){LEAVES}```"
    score = Plot().verify(Sample(prompt="Plot.", response=code))
    assert (score.value, score.outcome in NOT_PAID) == (0.0, True), score.reason


def test_what_starts_no_process_is_judged_without_namespaces() -> None:
    found = probe_rung("landlock")
    if not found.works:
        pytest.skip(found.reason)
    programs: list[tuple[str, Any]] = [
        ("print(int(input()) + 1)", {"inputs": ["1\n"], "outputs": ["2\n"]}),
        ("def solve(n): return n * n + 286", CALL),
        ("def solve(n): return n * n + 286", ASSERTS),
    ]
    with LocalSandbox("landlock") as sandbox:
        for code, reference in programs:
            begun = CodeTests().begin(Sample(response=f"```python\n{code}\n```", reference=reference))
            assert not isinstance(begun, Score)
            score = CodeTests().judge(begun.work, sandbox)
            assert (score.outcome, score.evidence["isolation"]) == (Outcome.CORRECT, "landlock"), score.reason


def test_claims_of_any_depth_are_compared_and_shown() -> None:
    claim: Any = 1
    for _ in range(5000):
        claim = [claim]
    for claimed in (claim, {"d": [["a", claim]]}, {"t": claim}, {"n": ["<i8", claim]}):
        assert not matches([1], claimed)
        assert len(shown(claimed)) <= 200
    assert matches(0.0, 5e-17)
    assert not matches(1e-13, 0.0)
    assert not matches(0.0, 1e-9)
    assert not matches(0, 1e-17)
