"""`exact`, `em` and `f1`: text against text, from character for character to shared tokens.

    build("em").verify(Sample(response="The answer is the Eiffel Tower.", reference=["Eiffel Tower", "La Tour Eiffel"]))

All three judge the final answer where the response gives one, else the whole response outside its thinking. A
stretch of a sentence ("The answer is Paris. It lies...") is taken both whole and up to the end of its first sentence,
without its full stop; the better one counts. An empty answer is never rewarded, nor is any by an empty reference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Gt, Le

from rewardkit.registry import Attack, Example, register
from rewardkit.reward import Doc, Verifier
from rewardkit.sample import Sample
from rewardkit.score import Outcome, Score
from rewardkit.verifiers.text.candidates import Part, find_candidates
from rewardkit.verifiers.text.squad import normalise_answer, token_f1, tokens_of
from rewardkit.verifiers.visible import has_visible, shorten

_OF = Doc("what is compared: the final answer, or the whole response when it gives none; or always the whole")
_SQUAD = "Rajpurkar et al., SQuAD (2016), evaluation script v1.1"
_EMPTY = "The response, or the place for its answer, is empty."
_HEDGED = "The response gives several answers that differ."
_TAKEN_BACK = "The response takes its answer back right after giving it."
_MONUMENT = "Who designed it?"


def _accepted(reference: object) -> tuple[str, ...] | str:
    """The accepted texts that say something after normalisation, or why there are none."""
    texts = [reference] if isinstance(reference, str) else reference
    if not isinstance(texts, (list, tuple)):
        return f"it is of type {type(reference).__name__}; expected text or a list of texts"
    wrong = [text for text in texts if not isinstance(text, str)]
    if wrong:
        return f"it holds a value of type {type(wrong[0]).__name__}; expected texts only"
    accepted = tuple(text for text in texts if has_visible(normalise_answer(text)))
    return accepted or "nothing is left of it without punctuation and articles"


@register(
    "exact",
    reference="the text",
    source="own",
    examples=[
        Example(
            Sample(response="<answer>Paris</answer>", reference="Paris"), Outcome.CORRECT, title="the final answer"
        ),
        Example(Sample(response=" Paris\n", reference="Paris"), Outcome.CORRECT, title="the whole response, stripped"),
        Example(Sample(response="The answer is Paris.", reference="Paris"), Outcome.CORRECT, title="without full stop"),
        Example(Sample(response="paris", reference="Paris"), Outcome.INCORRECT, title="case counts"),
        Example(
            Sample(response="PARIS", reference="Paris"),
            Outcome.CORRECT,
            options={"ignore_case": True},
            title="unless it is ignored",
        ),
        Example(
            Sample(response="The answer is Paris.", reference="Paris"),
            Outcome.INCORRECT,
            options={"of": "whole"},
            title="the whole response only",
        ),
        Example(Sample(response="<answer></answer>", reference="Paris"), Outcome.NO_ANSWER, title="empty"),
        Example(Sample(response="Paris", reference="  "), Outcome.BAD_REFERENCE, title="an empty reference"),
    ],
    attacks=[
        Attack("contained", Sample(response="Paris, London, Rome", reference="Paris")),
        Attack("prefix", Sample(response="Par", reference="Paris")),
        Attack("close_spelling", Sample(response="Pariss", reference="Paris")),
        Attack("in_another_tag", Sample(response="<note>Paris</note>", reference="Paris")),
        Attack("two_boxes", Sample(response="\\boxed{Rome} or \\boxed{Paris}", reference="Paris")),
        Attack("zero_width_reference", Sample(response="", reference="\u200b ")),
        Attack("corrected_away", Sample(response="The answer is Paris.\nThe answer is Rome.", reference="Paris")),
    ],
)
@dataclass(frozen=True)
class Exact(Verifier):
    """Whether the response's answer is the reference, character for character.

    White space around both does not count unless `strip` is off, and never around a final answer, whose place has
    no edges; one wrapping around the whole of a final answer (`code`, **bold**, a \\text command) counts neither.
    Case counts unless `ignore_case` is on. An answer that the next words take back ("Paris. No wait, that's wrong.") is
    incorrect, here and in `em` and `f1`.
    """

    is_bounded = True

    of: Annotated[Part, _OF] = "answer"
    strip: Annotated[bool, Doc("drop white space around the response and the reference")] = True
    ignore_case: Annotated[bool, Doc("compare without regard to case")] = False

    def verify(self, sample: Sample) -> Score:
        reference = sample.reference
        if not isinstance(reference, str):
            return self.bad_reference(f"The reference is of type {type(reference).__name__}; expected text.")
        if not has_visible(reference):
            return self.bad_reference("The reference is empty.")
        found = find_candidates(sample.response_text, self.of)
        if not found.texts:
            return self.no_answer(_EMPTY)
        evidence = {"answer": shorten(found.texts[0]), "expected": shorten(reference)}
        if found.is_hedged:
            return self.incorrect(_HEDGED, answers=[shorten(text, 80) for text in found.texts[:8]])
        if found.is_taken_back:
            return self.incorrect(_TAKEN_BACK, answers=[shorten(found.texts[0], 80)])
        expected = self._comparable(reference)
        if any(self._comparable(text) == expected for text in found.texts):
            return self.correct("The answer is the reference.", **evidence)
        return self.incorrect(f"{shorten(found.texts[0], 80)!r} is not {shorten(reference, 80)!r}.", **evidence)

    def _comparable(self, text: str) -> str:
        text = text.strip() if self.strip else text
        return text.casefold() if self.ignore_case else text


@register(
    "em",
    reference="the text, or a list of texts of which any will do",
    source=_SQUAD,
    examples=[
        Example(
            Sample(prompt=_MONUMENT, response="The answer is Gustave Eiffel.", reference="Gustave Eiffel"),
            Outcome.CORRECT,
            title="the final answer",
        ),
        Example(
            Sample(response="<answer>an  Eiffel-Tower!</answer>", reference="The EiffelTower"),
            Outcome.CORRECT,
            title="case, punctuation and articles do not count",
        ),
        Example(
            Sample(response="the U.S.", reference=["United States", "US"]),
            Outcome.CORRECT,
            title="any of several texts",
        ),
        Example(Sample(response="Eiffel", reference="Eiffel Tower"), Outcome.INCORRECT, title="part of it"),
        Example(Sample(response="<answer>the</answer>", reference="Paris"), Outcome.NO_ANSWER, title="nothing is left"),
        Example(Sample(response="the", reference=["The", "!"]), Outcome.BAD_REFERENCE, title="an empty reference"),
    ],
    attacks=[
        Attack("every_accepted_text", Sample(response="United States US", reference=["United States", "US"])),
        Attack("contained", Sample(response="Paris, London, Rome", reference="Paris")),
        Attack("only_articles", Sample(response="a an the", reference=["the", "Paris"])),
        Attack("only_punctuation", Sample(response="...", reference=["!!!", "Paris"])),
        Attack("close_spelling", Sample(response="Eifel Tower", reference="Eiffel Tower")),
        Attack("tokens_in_another_order", Sample(response="Tower Eiffel", reference="Eiffel Tower")),
        Attack("two_boxes", Sample(response="\\boxed{Rome} or \\boxed{Paris}", reference="Paris")),
    ],
)
@dataclass(frozen=True)
class ExactMatch(Verifier):
    """Whether the answer is one of the accepted texts after SQuAD's normalisation.

    Normalisation lowers case, deletes ASCII punctuation, drops a, an and the, and collapses white space. An accepted
    text of which nothing is left is passed over; when all are, the reference can't be used.

    Stated limits: to this normalisation -5 and 5, 1.5 and 15, x+y and x-y are the same, as are a name and the name with
    a sign or a question mark ("Au", "-Au", "Au?"), or with an article. Use `exact`, `number` or `math` there.
    """

    is_bounded = True

    of: Annotated[Part, _OF] = "answer"

    def verify(self, sample: Sample) -> Score:
        accepted = _accepted(sample.reference)
        if isinstance(accepted, str):
            return self.bad_reference(f"The reference can't be used: {accepted}.")
        found = find_candidates(sample.response_text, self.of)
        answers = [text for text in map(normalise_answer, found.texts) if has_visible(text)]
        if not answers:
            return self.no_answer(_EMPTY)
        if found.is_hedged:
            return self.incorrect(_HEDGED, answers=[shorten(text, 80) for text in answers[:8]])
        if found.is_taken_back:
            return self.incorrect(_TAKEN_BACK, answers=[shorten(found.texts[0], 80)])
        matched = next((text for text in accepted if normalise_answer(text) in answers), None)
        evidence = {"answer": shorten(answers[0]), "expected": [shorten(text, 80) for text in accepted[:8]]}
        if matched is not None:
            return self.correct(f"The answer matches {shorten(matched, 80)!r}.", **evidence)
        return self.incorrect(f"{shorten(answers[0], 80)!r} matches none of the {len(accepted)} accepted.", **evidence)


@register(
    "f1",
    reference="the text, or a list of texts of which the best one counts",
    source=_SQUAD,
    examples=[
        Example(
            Sample(prompt=_MONUMENT, response="The answer is Gustave Eiffel.", reference="Gustave Eiffel"),
            Outcome.CORRECT,
            title="every token, and no other",
        ),
        Example(
            Sample(response="<answer>Eiffel</answer>", reference="Gustave Eiffel"),
            Outcome.PARTIAL,
            2 / 3,
            title="precision 1, recall 1/2",
        ),
        Example(
            Sample(response="<answer>Eiffel</answer>", reference=["Gustave Eiffel", "Eiffel"]),
            Outcome.CORRECT,
            title="the best of the accepted texts",
        ),
        Example(
            Sample(response="<answer>Eiffel</answer>", reference="Gustave Eiffel"),
            Outcome.INCORRECT,
            options={"threshold": 0.7},
            title="below the threshold",
        ),
        Example(Sample(response="Le Corbusier", reference="Gustave Eiffel"), Outcome.INCORRECT, title="nothing shared"),
        Example(Sample(response="<answer></answer>", reference="Eiffel"), Outcome.NO_ANSWER, title="empty"),
        Example(Sample(response="Eiffel", reference=3), Outcome.BAD_REFERENCE, title="a reference that is no text"),
    ],
    attacks=[
        Attack("only_articles", Sample(response="a an the", reference="the tower")),
        Attack("substring_of_a_token", Sample(response="Tow", reference="Tower")),
        Attack("close_spelling", Sample(response="Towar", reference="Tower")),
        Attack("two_boxes", Sample(response="\\boxed{Rome} or \\boxed{Paris}", reference="Paris")),
        Attack("repeated_token", Sample(response="Paris " * 40, reference="Paris France"), below=0.05),
        Attack("many_words", Sample(response="Paris " + "London Rome Berlin " * 30, reference="Paris"), below=0.05),
        Attack(
            "prompt_restated_with_shared_words",
            Sample(
                prompt="Which iron tower stands in Paris on the Champ de Mars?",
                response="Which iron tower stands in Paris on the Champ de Mars?",
                reference="Eiffel Tower",
            ),
            below=0.2,
        ),
        Attack(
            "shared_words_below_a_threshold",
            Sample(response="Which tower stands in Paris?", reference="Eiffel Tower"),
            {"threshold": 0.5},
        ),
    ],
)
@dataclass(frozen=True)
class TokenF1(Verifier):
    """How many tokens the answer shares with the best of the accepted texts: SQuAD's F1, in [0, 1].

    Both are normalised as for `em` and split at white space. The order of tokens does not count. A stray word in
    common earns a little, also one that the question already has, so use it as a graded signal beside a stricter
    reward, or set `threshold`: then F1 at or above it is correct and anything below it is incorrect.
    """

    is_bounded = True

    of: Annotated[Part, _OF] = "answer"
    threshold: Annotated[
        float | None, Doc("F1 from which an answer is correct; without it, F1 is the value"), Gt(0), Le(1)
    ] = None

    def verify(self, sample: Sample) -> Score:
        accepted = _accepted(sample.reference)
        if isinstance(accepted, str):
            return self.bad_reference(f"The reference can't be used: {accepted}.")
        found = find_candidates(sample.response_text, self.of)
        answers = [tokens for tokens in map(tokens_of, found.texts) if tokens]
        if not answers:
            return self.no_answer(_EMPTY)
        if found.is_hedged:
            return self.incorrect(_HEDGED, answers=[shorten(text, 80) for text in found.texts[:8]])
        if found.is_taken_back:
            return self.incorrect(_TAKEN_BACK, answers=[shorten(found.texts[0], 80)])
        f1, best = _best(answers, accepted)
        evidence = {"answer": shorten(found.texts[0]), "expected": shorten(best), "f1": f1}
        if self.threshold is None:
            return self.graded(f1, f"Token F1 is {f1:.3f} against {shorten(best, 80)!r}.", **evidence)
        if f1 >= self.threshold:
            return self.correct(f"Token F1 {f1:.3f} reaches {self.threshold:g}.", **evidence)
        return self.incorrect(f"Token F1 {f1:.3f} stays below {self.threshold:g}.", **evidence)


def _best(answers: Sequence[Counter[str]], accepted: Sequence[str]) -> tuple[float, str]:
    """The best F1 of any answer against any accepted text, and that text."""
    return max(
        ((max(token_f1(answer, tokens_of(text)) for answer in answers), text) for text in accepted),
        key=lambda pair: pair[0],
    )
