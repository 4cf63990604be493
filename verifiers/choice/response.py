"""What a whole response chooses: its final answer, else the sentences and lines that state a choice.

    claims_of("Dolphins feed milk, so B) dolphin.", options)    # [Claim(labels=("B",))]

The final answer (tag, box, ####, "the answer is") comes first. What the response says behind it must not contradict it,
and may replace it only when it takes it back. Without a final answer, or when that names no option, the choice may be
stated otherwise: "I choose B", "Option B is correct", "so B) dolphin", "Verdict: B", B alone on the first or last line.
"""

from __future__ import annotations

import re
from dataclasses import replace

from rewardkit.verifiers.choice.claim import LONGEST, Claim, read_claim
from rewardkit.verifiers.choice.options import Options
from rewardkit.verifiers.choice.statements import Frames, Statement, agreed, find_statements
from rewardkit.verifiers.choice.structured import json_answers
from rewardkit.verifiers.extraction import Answer, final_answer, find_phrases
from rewardkit.verifiers.retraction import is_taken_back, takes_back
from rewardkit.verifiers.wrapping import distinct

_NOUNS = r"(?:option|choice|pick|selection|letter|vote|guess|alternative|decision|conclusion|verdict|answer choice)"
_SELF = r"(?:i|we)(?:['’](?:d|ll|ve|m|re)| would| will| must| have(?: to)?| am| are| should)?"
_FRAMES = Frames(
    before=rf"{_SELF}(?: (?:therefore|thus|hence|now|finally|confidently))?"
    r" (?:choose|chose|chosen|pick|picked|select|selected"
    r"|go(?:ing)? with|went with|opt for|vote for|settle (?:on|for)|say)\b"
    rf"|(?:(?:my|the|our) )(?:(?:final|best|correct|right|only|most likely) ){{0,2}}{_NOUNS}"
    r" (?:is|must be|should be|would be|has to be)\b(?: therefore| thus| clearly)?"
    r"|the (?:(?:correct|right|best|only) )?answer (?:must|should|would|has to|can only) be\b"
    r"|the (?:correct|right|best|only) answer (?:here|among (?:these|them)|in this case|of these) is\b"
    r"|the (?:only )?(?:option|choice|one|answer) that (?:best )?(?:fits|matches|applies|works|remains)(?: best)? is\b"
    r"|(?:(?:that|this|which|it) )?(?:only )?leav(?:es|ing) (?:us )?(?:with )?(?:only )?"
    r"|we(?:['’]re| are) left with (?:only )?|it (?:must|has to|can only) be\b"
    r"|(?:going with|opting for|choosing|selecting)|so (?:is|are)\b"
    # German, French, Spanish, Portuguese, Italian, Russian
    r"|(?:die )?(?:richtige|korrekte) (?:option|wahl|antwort) ist|richtig ist|ich (?:wähle|nehme)"
    r"|la bonne (?:option|proposition) est|(?:je|j['’]ai) chois(?:is|i)|l['’]option (?:correcte|juste) est"
    r"|la (?:opción|alternativa) correcta es|(?:yo )?(?:elijo|escojo|selecciono)|la correcta es"
    r"|a (?:alternativa|opção) correta é|(?:eu )?escolho|l['’]opzione (?:corretta|giusta) è|scelgo"
    r"|(?:правильный|верный) вариант(?: ответа)?(?: это)?\s?[—–:-]?|я выбираю"
    # Chinese, Japanese, Korean
    r"|(?:我|应该|應該|应|應|本题|正确答案)?(?:选择?|選擇?)(?:的是|择的是)?|正确的?(?:选项|答案)(?:是|为|應為|应为)"
    r"|正(?:しい)?(?:選択肢|解|答)は|選択肢は|정답은|(?:저는|나는)",
    after=r"\s(?:is|are) (?:therefore |thus |clearly |definitely |indeed |obviously |the )?"
    r"(?:(?:only |single |one |most )?(?:correct|right|best|appropriate|suitable)"
    r"(?: (?:answer|option|choice|one|response|fit))?"
    r"|(?:answer|one|winner))"
    r"|\s(?:fits best|it is|remains|is what remains|is left)"
    r"|\sist (?:richtig|korrekt|die richtige (?:antwort|option))|\sest (?:la bonne réponse|correcte?|la réponse)"
    r"|\ses (?:la )?(?:correcta|respuesta correcta|opción correcta)"
    r"|\sé (?:a )?(?:correta|resposta correta|alternativa correta)"
    r"|\sè (?:la )?(?:corretta|risposta corretta|risposta giusta)|\s[—–-] правильный (?:ответ|вариант)"
    r"|\s?是?正确(?:的|答案|选项)?|\s?是对的|\s?が(?:正解|正しい)(?:です)?|\s?[이가] (?:정답|맞)(?:입니다|다|습니다)?",
    keys=rf"{_NOUNS}|answer|solution|result|response|output|prediction|correct|auswahl|wahl|elección|choix|escolha|scelta|выбор"
    r"|选择|选项|選択|선택|结论|結論|결론|fazit|conclusión|вывод",
    conclusions=r"(?:(?:it|this|that|the answer)(?:['’]s| is| must be| has to be| can only be) |no, |選?)",
)
_ADJECTIVE_ONLY = re.compile(
    r"(?:is|are) (?:\w+ )?(?:correct|right|appropriate|suitable)\b(?! (?:answer|option|choice|one))", re.IGNORECASE
)
_ASKS_FOR_EXCEPTION = re.compile(r"\b(?:not|except|incorrect|false|wrong|least|never|untrue)\b|n['’]t\b", re.IGNORECASE)
_DENIAL = re.compile(r"\b(?:not|neither|nor|none|never|no)\b|n['’]t\b|不", re.IGNORECASE)

_OPTION_PHRASE = re.compile(
    r"\b((?:correct|right|best|final) )(?:option|choice|alternative|letter)(s?)\b(?=\**\s{0,3}(?:is\b|are\b|:))",
    re.IGNORECASE,
)
_COLON_LABEL = {label: re.compile(rf"^([ \t]{{0,8}}\**{label}\**\s?)[:：]", re.MULTILINE) for label in "AB"}
_OPTION_LINE = re.compile(r"\s{0,8}(?:[-*•]\s{1,4})?\**[(\[]?[A-Z0-9][)\].:](?:\s|$)")

TAKEN_BACK = "the response takes it back and gives no other"
CONTRADICTED = "the response also states another choice"


def in_answer_words(text: str) -> str:
    """`text` with this family's words in the shared words of `extraction`: "the correct option is" is "the correct
    answer is"; and where a line begins with "B:" too, "A:" is a label and not short for "Answer:"."""
    text = _OPTION_PHRASE.sub(r"\1answer\2", text)
    if _COLON_LABEL["B"].search(text):
        text = _COLON_LABEL["A"].sub(r"\1)", text)
    return text


def claims_of(visible: str, answer: Answer | None, options: Options, prompt: str = "") -> list[Claim]:
    """What the response claims, one claim for each box; empty when it claims nothing that can be told.

    `visible` is the response outside its thinking, in answer words, `answer` its final answer. The prompt says whether
    an exception is asked for: then "A is correct" tells of A and does not choose it.
    """
    said = json_answers(visible)
    if said is not None:
        return _all([read_claim(part, options) for part in said])
    is_exception = _ASKS_FOR_EXCEPTION.search(prompt[-4096:]) is not None
    if answer is None:
        whole = read_claim(visible.strip(), options, is_framed=False, is_whole=True)
        return [whole] if whole is not None else _listed(_stated(visible, options, is_exception))
    claims = _answered(visible, answer, options)
    rest = answer.text[:LONGEST] + "\n" + answer.after if answer.rule == "phrase" else answer.after
    later = _stated(rest, options, is_exception, has_answer=answer.rule == "phrase")
    if is_taken_back(answer):
        return [later if later is not None and claims != [later] else Claim((), TAKEN_BACK)]
    if not claims:
        is_denial = _DENIAL.search(answer.text[:LONGEST]) is not None
        return [] if answer.rule != "phrase" or is_denial else _listed(_stated(visible, options, is_exception))
    chosen = {label for claim in claims for label in claim.labels}
    if later is not None and not chosen.issuperset(later.labels):
        return [replace(claims[-1], fault=CONTRADICTED)]
    return claims


def _listed(claim: Claim | None) -> list[Claim]:
    return [] if claim is None else [claim]


def _all(claims: list[Claim | None]) -> list[Claim]:
    """The claims, when every part claims something."""
    known = [claim for claim in claims if claim is not None]
    return known if len(known) == len(claims) else []


def _stated(text: str, options: Options, is_exception: bool, *, has_answer: bool = False) -> Claim | None:
    """What the statements in `text` claim together; with `has_answer` it begins with the answer, which is none."""
    read: list[tuple[Statement, Claim]] = []
    for statement in find_statements(text, _FRAMES):
        if (has_answer and statement.start == 0) or (is_exception and _says_only_right(text, statement)):
            continue
        is_whole = statement.kind != "frame"
        claim = read_claim(statement.text, options, is_framed=False, is_whole=is_whole)
        if claim is not None:
            read.append((statement, claim))
    if has_answer or not read:
        read = [(statement, claim) for statement, claim in read if statement.kind in ("frame", "closed")]
    ordered = [(statement, replace(claim, labels=tuple(sorted(claim.labels)))) for statement, claim in read]
    claim, is_contradictory = agreed(ordered)
    if claim is None:
        return None
    if is_contradictory:
        return Claim(tuple(dict.fromkeys(label for _, one in read for label in one.labels)), CONTRADICTED)
    last = max(statement.start for statement, _ in read if statement.kind != "line")
    return Claim(claim.labels, TAKEN_BACK) if takes_back(text[last : last + 400], has_answer=True) else claim


def _says_only_right(text: str, statement: Statement) -> bool:
    """Whether a statement says that an option is right, not that it is the answer."""
    end = text.find("\n", statement.start + 1)
    sentence = text[statement.start : len(text) if end < 0 else end] + "."
    return statement.kind == "closed" and _ADJECTIVE_ONLY.search(sentence) is not None


def _answered(visible: str, answer: Answer, options: Options) -> list[Claim]:
    """What the final answer claims, one claim for each box; empty when any part of it claims nothing."""
    parts = distinct(answer.cluster) if answer.rule != "phrase" else (_with_following_options(visible, answer),)
    parts = json_answers(parts[0]) or parts if len(parts) == 1 else parts
    return _all([_claim(part, options, is_framed=answer.rule != "phrase") for part in parts])


def _claim(part: str, options: Options, *, is_framed: bool) -> Claim | None:
    """What one tag, box or phrase claims; a tag or box may hold a whole sentence: "The answer is B."."""
    claim = read_claim(part, options, is_framed=is_framed)
    if claim is None and is_framed:
        inner = final_answer(part, ("phrase",))
        if inner is not None:
            return read_claim(inner.text, options, is_framed=False)
        return _stated(part, options, is_exception=False)
    return claim


def _with_following_options(visible: str, answer: Answer) -> str:
    """The answer of a phrase; when it stood on a later line than the phrase, with the option lines right below it.

    "The correct answers are:\\nA) 2\\nC) 7" gives both; a restated question gives all its options, and so chooses none.
    """
    if len(answer.text) > LONGEST:
        return answer.text
    phrase = find_phrases(visible)[-1]
    if "\n" not in visible[phrase.start : phrase.end].strip():
        return answer.text
    lines = [answer.text]
    for line in visible[phrase.end : phrase.end + LONGEST].splitlines():
        if line.strip() and not _OPTION_LINE.match(line):
            break
        if line.strip():
            lines.append(line)
    return "\n".join(lines)
