"""The report of a labelled run: one HTML page that holds all it needs, for people who judge a reward.

    write_report("report.html", result, judged)

| file | what |
|---|---|
| `write.py` | puts the page together, under a Content-Security-Policy that allows its own script and nothing else |
| `chosen.py` | which wrong verdicts the page carries, and how much of their texts |
| `embed.py` | JSON and text that can't end their element, whatever a model wrote |
| `markup.py` | HTML as a tree; text becomes text and never markup |
| `sections.py` | headline, speed, tests, notes, and how it was measured |
| `slices.py` | where contestants err: heat maps and tables by category and source |
| `browser.py` | the section of the wrong verdicts, with its filters |
| `figures.py` | how a rate or a time is written |
| `charts.py`, `heat.py` | what is drawn, as Vega-Lite specifications |
| `drawing.py` | from a specification to SVG, without anything that could act |
| `page.html`, `page.css`, `page.js` | the frame, the looks, and the browser of wrong verdicts |

The figures and charts are in the page as it is written and need no script; only filtering the wrong verdicts, the
choice of the theme and the download do.
"""
