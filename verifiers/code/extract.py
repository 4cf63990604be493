"""The program in a response: which fenced block is meant, or the whole text where there is no fence.

    extract_code("Here:\\n```python\\nprint(1)\\n```\\nIt prints 1.", None).text     # 'print(1)\\n'

The last block of the right language outside the thinking is the program; among several, the last one that defines what
the tests ask for. A block that is never closed counts where no closed one does. A program may also be the completion of
a prompt that ends inside a function (`complete`). Everything is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rewardkit.verifiers.extraction import find_tags, outside_thinking
from rewardkit.verifiers.format.fences import Block, fenced_blocks
from rewardkit.verifiers.visible import has_visible

LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "python": ("python", "py", "python3", "py3", "ipython", "ipython3", "pypy", "pypy3", "sage"),
    "c": ("c", "c99", "c11", "c17"),
    "cpp": ("cpp", "c++", "cc", "cxx", "c++17", "c++20", "hpp"),
    "java": ("java",),
    "javascript": ("javascript", "js", "node", "nodejs", "mjs"),
    "bash": ("bash", "sh", "shell", "zsh"),
    "go": ("go", "golang"),
    "rust": ("rust", "rs"),
}
"""Languages by name, each with the words that stand after a fence for it."""

_LANGUAGE_OF = {tag: language for language, tags in LANGUAGES.items() for tag in tags}

_CODE_LINE = re.compile(
    r"^[ \t]{0,40}(?:"
    r"(?:import|from)[ ]{1,4}[\w.]{1,80}(?:[ ]{1,4}(?:import|as)\b|[ \t]{0,8}(?:$|,|;))"
    r"|(?:async[ ]{1,4})?(?:def|class|fn|func|function|struct|impl|pub)[ ]{1,4}\w{1,100}"
    r"|(?:for|while|if|elif|with|try|else|except|match|case|switch)\b[^\n]{0,300}[:{][ \t]{0,8}(?:$|\#|//)"
    r"|(?:return|yield|raise|assert|await|del|pass|break|continue)\b(?![ ]{1,4}\w{1,40}[ ]{1,4}\w{1,40}[ ]{1,4}\w)"
    r"|@\w|\#include|\#!|(?:package|using|public|static|const|let)[ ]{1,4}\w"
    r"|[\w.]{1,60}(?:\[[^\]\n]{1,60}\])?(?:[ ]{0,2},[ ]{0,2}[\w.]{1,60}){0,8}(?:[ ]{0,2}:[ ]{0,2}[\w\[\], .]{1,60})?"
    r"[ ]{0,4}[-+*/%|&^]{0,2}=(?!=)"
    r"|[\w.]{1,80}\([^\n]{0,400}\)[;]?[ \t]{0,8}(?:$|\#|//)"
    r")",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Code:
    """A program that was found in a response."""

    text: str
    language: str
    """A key of `LANGUAGES`."""
    how: Literal["fence", "open fence", "tag", "whole"]
    """Where it stood: a fenced block, one that is never closed, an answer tag, or the whole visible text."""


def extract_code(response: str, language: str | None, names: Sequence[str] = ()) -> Code | None:
    """The program of a response, or None where there is none.

    Args:
        language: The language that is asked for, a key of `LANGUAGES`; None: what the fence says, else Python.
        names: Functions or classes that the tests use; a block that defines one goes before others.

    >>> extract_code("<think>```python\\nx\\n```</think>```py\\ny\\n```\\n```text\\n7\\n```", None).text
    'y\\n'
    >>> extract_code("```python\\nprint(1)", "python").how, extract_code("I don't know.", None)
    ('open fence', None)
    """
    visible = outside_thinking(response, is_markup=False)
    tags = [span.content for span in find_tags(visible)]
    within = tags[-1] if tags and ("```" in tags[-1] or "```" not in visible) else visible
    blocks = [*_candidates(fenced_blocks(within), language, "fence")]
    if not blocks:
        blocks = [*_candidates(_open_block(within), language, "open fence")]
    defining = [block for block in blocks if any(defines(block.text, name) for name in names)]
    if blocks:
        return (defining or blocks)[-1]
    if "```" in within or not looks_like_code(within):
        return None
    return Code(within.strip("\n"), language or "python", "tag" if within is not visible else "whole")


def defines(text: str, name: str) -> bool:
    """Whether a Python program defines a function or class of that name, at any depth.

    >>> defines("class Solution:\\n    def f(self): ...", "f"), defines("f(1)", "f")
    (True, False)
    """
    escaped = re.escape(name)
    definition = rf"^[ \t]{{0,40}}(?:async[ ]{{1,4}})?(?:def|class)[ \t]{{1,8}}{escaped}\b|^{escaped}[ ]?="
    return re.search(definition, text, re.MULTILINE) is not None


def looks_like_code(text: str) -> bool:
    """Whether any line looks like one of a program rather than of prose.

    >>> looks_like_code("This answer is correct. Score: 1.0."), looks_like_code("    return x + 1")
    (False, True)
    """
    return has_visible(text) and _CODE_LINE.search(text) is not None


def _open_block(text: str) -> list[Block]:
    """The block that is opened last and never closed, if any."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    closed = fenced_blocks(text)
    return fenced_blocks(f"{text}\n{'`' * max(longest, 3)}")[len(closed) :]


def _candidates(blocks: Sequence[Block], language: str | None, how: Literal["fence", "open fence"]) -> list[Code]:
    """The blocks that may hold the program: those of the language, or else those of no stated language."""
    filled = [block for block in blocks if has_visible(block.content)]
    tagged = [
        Code(block.content, _LANGUAGE_OF[block.language], how)
        for block in filled
        if block.language in _LANGUAGE_OF and language in (None, _LANGUAGE_OF[block.language])
    ]
    plain = [Code(block.content, language or "python", how) for block in filled if not block.language]
    return tagged or plain


def prompt_head(prompt: str, name: str) -> tuple[str, str] | None:
    """The code of a prompt that ends inside the function `name`: what stands before the function, and all of it.

    The prompt is code itself, or holds it in a fence; None where it does not begin such a function.

    >>> prompt_head("import math\\n\\ndef f(x):\\n    '''doc'''\\n", "f")
    ('import math\\n\\n', "import math\\n\\ndef f(x):\\n    '''doc'''\\n")
    """
    start = re.compile(rf"^(?:async[ ]{{1,4}})?def[ \t]{{1,8}}{re.escape(name)}\b", re.MULTILINE)
    for text in [block.content for block in fenced_blocks(prompt)] + ([] if "```" in prompt else [prompt]):
        found = [match.start() for match in start.finditer(text)]
        if found:
            return text[: found[-1]], text if text.endswith("\n") else text + "\n"
    return None


def complete(head: str, body: str) -> str:
    """A prompt's unfinished function with the body that a response gives.

    >>> complete("def f(x):\\n", "return x"), complete("def f(x):\\n", "if x:\\n        return 1\\n    return 2")
    ('def f(x):\\n    return x', 'def f(x):\\n    if x:\\n        return 1\\n    return 2')
    """
    if not body.lstrip("\r\n").startswith((" ", "\t")):
        body = body.lstrip()
        if lost_its_indent(body):
            body = "    " + body  # white space around a completion is often lost on the way
        else:
            body = "\n".join("    " + line if line.strip() else line for line in body.split("\n"))
    return head + body


def lost_its_indent(body: str) -> bool:
    """Whether only the first line of an indented block stands at the margin, and not the block as a whole.

    Lines inside brackets and texts don't count. A block at the margin comes back to it, or is one compound statement
    whose lines are all as deep as its first one or deeper.

    >>> lost_its_indent("x = [\\n      1]\\n    return x"), lost_its_indent("if x:\\n    y()\\n    return 1")
    (True, False)
    """
    first, *others = _logical_lines(body) or [""]
    indents = [len(line) - len(line.lstrip(" \t")) for line in others]
    if not indents or 0 in indents:
        return False
    if not first.rstrip().endswith(":"):
        return True
    return indents[0] > 4 or min(indents) < indents[0]


_TOKEN = re.compile(
    r"(?P<quotes>\"{3}|'{3})|\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?|\#[^\n]*|\\\n|(?P<opens>[(\[{])|(?P<closes>[)\]}])"
    r"|(?P<end>\n)",
    re.DOTALL,
)


def _logical_lines(text: str) -> list[str]:
    """The lines of a Python program that begin statements: none of comments, nor inside brackets and texts."""
    lines, depth, start, position = [], 0, 0, 0
    comment = -1
    while (token := _TOKEN.search(text, position)) is not None:
        position = token.end()
        if token["quotes"]:
            close = text.find(token["quotes"], position)
            position = len(text) if close < 0 else close + 3
        elif token["opens"] or token["closes"]:
            depth = max(0, depth + (1 if token["opens"] else -1))
        elif token["end"] and not depth:
            lines.append(text[start : token.start() if comment < 0 else comment])
            start, comment = position, -1
        elif token.group().startswith("#") and not depth:
            comment = token.start()
    lines.append(text[start:] if comment < 0 else text[start:comment])
    return [line for line in lines if line.strip()]
