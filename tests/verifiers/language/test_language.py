from __future__ import annotations

import itertools
import subprocess
import sys
from typing import Any

import pytest

from rewardkit.errors import MissingExtraError, OptionError
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score, check
from rewardkit.verifiers.language import switch
from rewardkit.verifiers.language.language import Language
from rewardkit.verifiers.language.languages import BLOCKS, NAMES, find_code, scripts_of
from rewardkit.verifiers.language.prose import is_wordy, prose
from rewardkit.verifiers.language.switch import CodeSwitch

pytest.importorskip("lingua")

SAID = {
    "en": "First we work out how many apples there are. Then we subtract those that were eaten, and six remain.",
    "de": "Zuerst berechnen wir, wie viele Äpfel es gibt. Dann ziehen wir die gegessenen ab, und sechs bleiben übrig.",
    "fr": "D'abord nous calculons combien il y a de pommes. Ensuite nous retirons celles qui ont été mangées.",
    "es": "Primero calculamos cuántas manzanas hay. Luego restamos las que se comieron, y quedan seis en total.",
    "pt": "Primeiro calculamos quantas maçãs existem. Depois subtraímos as que foram comidas, e restam seis.",
    "it": "Prima calcoliamo quante mele ci sono. Poi togliamo quelle che sono state mangiate, e ne restano sei.",
    "nl": "Eerst berekenen we hoeveel appels er zijn. Daarna trekken we de opgegeten appels ervan af.",
    "pl": "Najpierw obliczamy, ile jest jabłek. Potem odejmujemy te, które zostały zjedzone, i zostaje sześć.",
    "tr": "Önce kaç tane elma olduğunu hesaplıyoruz. Sonra yenilenleri çıkarıyoruz ve geriye altı tane kalıyor.",
    "vi": "Trước tiên chúng ta tính xem có bao nhiêu quả táo. Sau đó trừ đi những quả đã ăn và còn lại sáu quả.",
    "sw": "Kwanza tunahesabu idadi ya matufaha yaliyopo. Kisha tunaondoa yale yaliyoliwa na yanabaki sita.",
    "ru": "Сначала мы считаем, сколько всего яблок. Затем вычитаем те, что были съедены, и остаётся шесть.",
    "uk": "Спочатку ми рахуємо, скільки всього яблук. Потім віднімаємо ті, що були з'їдені, і лишається шість.",
    "ar": "أولاً نحسب عدد التفاح الموجود. ثم نطرح التفاح الذي تم أكله، فيبقى ستة تفاحات في النهاية.",
    "hi": "पहले हम गिनते हैं कि कितने सेब हैं। फिर हम खाए गए सेब घटाते हैं और छह सेब बच जाते हैं।",
    "th": "ก่อนอื่นเรานับว่ามีแอปเปิลกี่ลูก จากนั้นลบลูกที่ถูกกินไป และเหลือหกลูก",
    "zh": "首先我们数一数一共有多少个苹果。然后减去已经吃掉的苹果，最后还剩下六个。",
    "ja": "まずりんごがいくつあるかを数えます。次に食べた分を引くと、六つ残ることになります。",
    "ko": "먼저 사과가 모두 몇 개인지 세어 봅니다. 그런 다음 먹은 것을 빼면 여섯 개가 남습니다.",
}


def judge(verifier: Language | CodeSwitch, response: str, prompt: str = "", **data: object) -> Score:
    score = verifier.verify(Sample(prompt=prompt, response=response, data=data))
    check(score, verifier.range)
    return score


@pytest.mark.parametrize("code", SAID)
def test_each_language_is_told_from_every_other(code: str) -> None:
    verifier = Language(expected=code)
    for other, text in SAID.items():
        outcome = judge(verifier, text).outcome
        assert outcome is (Outcome.CORRECT if other == code else Outcome.INCORRECT), other


@pytest.mark.parametrize("code", SAID)
def test_the_language_of_the_prompt_is_the_expected_one(code: str) -> None:
    other = "en" if code != "en" else "de"
    assert judge(Language(), SAID[code], prompt=SAID[code]).outcome is Outcome.CORRECT
    assert judge(Language(), SAID[other], prompt=SAID[code]).outcome is Outcome.INCORRECT


@pytest.mark.parametrize(
    "extra",
    [
        "```python\nfor apple in apples:\n    eaten += apple.count  # how many\nprint(len(apples) - eaten)\n```",
        "$$\\text{apples} - \\text{eaten} = 10 - 4 = 6 \\quad \\text{so}$$",
        "`apples.remove(eaten).count()`",
        "https://example.org/how-many-apples-were-eaten-by-the-children-of-the-village",
        "Sie sagte: \u201eYou have eaten four of them already\u201c.",
        "> You have eaten four of them already.",
        "<div class='how-many-apples'><b></b></div>",
    ],
)
def test_what_is_in_no_language_changes_no_verdict(extra: str) -> None:
    text = f"{SAID['de']}\n{extra}\n"
    assert judge(Language(expected="de"), text).outcome is Outcome.CORRECT
    assert judge(CodeSwitch(expected="de", by="detector"), text).value == 1.0


@pytest.mark.parametrize(
    "guise", ["```\n{}\n```", "${}$", "`{}`", "\u201e{}\u201c", "> {}", "\\[{}\\]", "```python\n{}", "<p>{}</p>"]
)
def test_sentences_in_the_guise_of_code_stay_sentences(guise: str) -> None:
    text = guise.format(SAID["en"])
    assert judge(Language(expected="de"), text).outcome is Outcome.INCORRECT
    assert judge(Language(expected="en"), text).outcome is Outcome.CORRECT


def test_thinking_and_answer_are_judged_apart() -> None:
    mixed = f"<think>{SAID['en'] * 5}</think>{SAID['de']}"
    told = judge(Language(expected="de"), mixed)
    assert told.outcome is Outcome.INCORRECT
    assert "thinking" in told.reason
    assert judge(Language(expected="de", part="answer"), mixed).outcome is Outcome.CORRECT
    assert judge(Language(expected="en", part="thinking"), mixed).outcome is Outcome.CORRECT
    assert judge(Language(expected="en", part="response", min_share=0.6), mixed).outcome is Outcome.CORRECT


def test_a_short_answer_is_left_to_the_thinking() -> None:
    assert judge(Language(expected="de"), f"<think>{SAID['de']}</think>42").outcome is Outcome.CORRECT
    assert judge(Language(expected="de"), f"<think>{SAID['en']}</think>42").outcome is Outcome.INCORRECT


@pytest.mark.parametrize("text", ["42", "OK.", "x + y = z", "Paris", "$a$ `b`", "Tom, Ann"])
def test_what_is_too_short_to_tell_is_undecided_and_not_wrong(text: str) -> None:
    assert judge(Language(expected="de"), text).outcome is Outcome.UNDECIDED


def test_close_languages_are_undecided_and_not_wrong() -> None:
    danish = "Først regner vi ud, hvor mange æbler der er. Så trækker vi dem fra, der er blevet spist."
    assert judge(Language(expected="nb"), danish).outcome in (Outcome.UNDECIDED, Outcome.CORRECT)


def test_fewer_languages_and_the_better_models_agree() -> None:
    for accuracy in ("low", "high"):
        verifier = Language(expected="de", languages=("de", "English"), accuracy=accuracy)  # type: ignore[arg-type]  # a literal
        assert judge(verifier, SAID["de"]).outcome is Outcome.CORRECT
        assert judge(verifier, SAID["en"]).outcome is Outcome.INCORRECT


@pytest.mark.parametrize("asked", [None, 7, "klingon", "fr"])
def test_a_row_that_asks_for_no_known_language_is_unavailable(asked: object) -> None:
    score = judge(Language(language_field="lang", languages=("de", "en")), SAID["de"], lang=asked)
    assert score.outcome is Outcome.UNAVAILABLE
    assert "'lang'" in score.reason


@pytest.mark.parametrize("asked", ["de", "DE", "de-AT", "German", "german"])
def test_a_row_asks_by_code_or_name(asked: str) -> None:
    assert judge(Language(language_field="lang"), SAID["de"], lang=asked).outcome is Outcome.CORRECT


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"expected": "Germn"}, "did you mean 'german'"),
        ({"expected": "de", "language_field": "lang"}, "give expected"),
        ({"languages": ("de",)}, "two distinct"),
        ({"languages": ("de", "German")}, "two distinct"),
        ({"languages": ("de", "en"), "expected": "fr"}, "not among"),
        ({"min_share": 0.3}, "min_share"),
    ],
)
def test_options_that_can_not_be_meant_are_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(OptionError, match=why):
        Language(**options)


@pytest.mark.parametrize("code", [c for c in SAID if scripts_of(c) != ("Latin",)])
def test_the_share_by_script_is_that_of_words(code: str) -> None:
    verifier = CodeSwitch(expected=code)
    assert judge(verifier, SAID[code]).value == 1.0
    assert judge(verifier, SAID["en"]).value == 0.0
    both = judge(verifier, f"{SAID[code]} {SAID['en']}").value
    assert both is not None
    assert 0.0 < both < 1.0


def test_worked_share_of_target_language_words() -> None:
    verifier = CodeSwitch(expected="zh")
    assert judge(verifier, "答案是 six 个").value == pytest.approx(0.8)
    assert judge(CodeSwitch(expected="zh", free_share=0.2), "答案是 six 个").value == 1.0
    assert judge(CodeSwitch(expected="zh", free_share=0.1), "答案是 six 个").value == pytest.approx(1 - 0.1 / 0.9)


def test_only_the_detector_tells_languages_of_one_script_apart() -> None:
    text = f"{SAID['de']} {SAID['en']}"
    assert judge(CodeSwitch(expected="de"), text).value == 1.0
    told = judge(CodeSwitch(expected="de", by="detector"), text).value
    assert told == pytest.approx(0.45, abs=0.15)


def test_the_order_of_languages_changes_no_share() -> None:
    orders = [" ".join(pair) for pair in itertools.permutations((SAID["de"], SAID["zh"]), 2)]
    shares = {judge(CodeSwitch(expected="zh"), text).value for text in orders}
    assert len(shares) == 1
    assert shares.pop() == pytest.approx(0.62, abs=0.1)


def test_by_detector_without_the_extra_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switch.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="language"):
        CodeSwitch(expected="de", by="detector")
    CodeSwitch(expected="de")


def test_verdicts_are_the_same_in_every_process() -> None:
    code = (
        "from rewardkit.verifiers.language.language import *\n"
        "from rewardkit.sample import Sample\n"
        "import sys\n"
        "print(Language(expected='de').verify(Sample(response=sys.argv[1])).evidence)"
    )
    text = f"{SAID['de']} {SAID['en']} {SAID['nl']}"
    told = {
        subprocess.run([sys.executable, "-c", code, text], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(told) == 1


def test_importing_the_entries_loads_no_detector() -> None:
    code = "import rewardkit.verifiers.language.language, sys; print('lingua' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_table_of_languages_is_the_detector_s() -> None:
    from lingua import Language as Known

    theirs = {known.iso_code_639_1.name.lower(): known.name for known in Known.all()}
    assert theirs == dict(NAMES)
    assert all(set(scripts_of(code)) <= set(BLOCKS) for code in NAMES)
    assert find_code("zh-Hant") == "zh"


@pytest.mark.parametrize(
    ("stretch", "wordy"),
    [
        ("x = 1", False),
        ("return {'a': [1, 2], 'b': (3, 4)}", False),
        ("SELECT name FROM users WHERE id = 7 AND age > 3;", False),
        ("\\frac{a}{b} + \\sum_{i=1}^{n} x_i", False),
        ("this is simply a sentence", True),
        ("这只是一个普通的句子，没有任何代码在里面", True),
    ],
)
def test_code_is_told_from_sentences(stretch: str, wordy: bool) -> None:
    assert is_wordy(stretch) is wordy


def test_quotes_stay_where_they_are_most_of_the_text() -> None:
    assert "eaten" in prose("Sie sagt: \u201cThe apples were eaten by the others\u201d.")
    assert "eaten" not in prose("Sie sagte uns am Abend noch das Folgende dazu: \u201cThey were eaten\u201d.")
