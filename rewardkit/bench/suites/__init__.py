"""The labelled suites as files, one case a line; `rewardkit.bench.suite` finds and reads them.

Keys, in this order: `id`, `prompt`, `reference`, `response`, `label` (1 right, 0 wrong), `category`, `source` (`own`,
the code of a known hazard, or the public issue that taught the case), `policy` (whether the label depends on a
convention), columns that the entry reads (`labels`, `options`, `choices`), `final` (the answer that a person takes
from the response, where there is one), and `why` (a sentence that says why the label is so). Prompts, references and
responses are our own. Characters that can't be seen are written as escapes.
"""
