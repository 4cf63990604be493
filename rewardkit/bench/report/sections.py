"""The parts of the page that hold figures: headline, speed, tests, notes, and how it was measured.

All figures come from the `Result` whose JSON the page carries, and are written as the terminal writes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePath
from xml.etree.ElementTree import Element

from rewardkit.bench.render import labelled_tables, percent
from rewardkit.bench.report import charts
from rewardkit.bench.report.drawing import draw
from rewardkit.bench.report.figures import BASES, NAMES, alive, cell, sentence, short
from rewardkit.bench.report.markup import Child, table, tag
from rewardkit.bench.results import Result, Standing
from rewardkit.bench.statistics import Rate

_HEADLINES = {
    "false_positive": ("False positives", "wrong responses that it rewards"),
    "false_negative": ("False negatives", "right responses that it does not reward"),
    "abstained": ("Abstentions", "responses that it gives no value"),
}
_SPEED = (
    ("Rows a second", "on a logarithmic axis; more is better", charts.throughput),
    (
        "Latency in milliseconds",
        "median (dot) and 99th percentile (diamond), logarithmic; less is better",
        charts.latency,
    ),
    ("Memory in megabytes", "highest resident memory of the largest process; less is better", charts.memory),
)


def headline(result: Result) -> Element:
    """The reward's three rates, each with a chart of all contestants, and the table of all rates."""
    standings = alive(result)
    cards = [
        tag(
            "article",
            tag("h3", title),
            tag(
                "p",
                tag("strong", percent(rate.value), class_="big", data_rate=name),
                tag("span", words, class_="what"),
            ),
            tag("p", _counts(rate, name), class_="interval"),
            draw(
                charts.rates(standings, name),
                f"{title} by contestant with 95 % intervals; the table of rates says the same",
            ),
            class_="card",
        )
        for name, (title, words) in _HEADLINES.items()
        for rate in [result.reward.counts.rates[name]]
    ]
    return tag(
        "section",
        tag("h2", "Error rates", id="rates-heading"),
        tag("div", *cards, class_="cards"),
        tag("p", *_key(result), class_="key"),
        _rates(result),
        id="rates",
        aria_labelledby="rates-heading",
    )


def notes(result: Result) -> Element | None:
    """What limits the figures; None where nothing does."""
    if not result.notes:
        return None
    items = [tag("li", note) for note in result.notes]
    return tag(
        "section",
        tag("h2", "What limits these figures", id="notes-heading"),
        tag("ul", *items),
        id="notes",
        class_="callout",
        aria_labelledby="notes-heading",
    )


def speed(result: Result) -> Element | None:
    """Throughput, latency and memory; None where nothing was measured."""
    standings = alive(result)
    tables = [one for one in labelled_tables(result) if one.title == "speed"]
    if not any(one.speed.rows_per_s or one.speed.p50_ms for one in standings):
        return None
    cards = [
        tag("article", tag("h3", title), tag("p", words, class_="what"),
            draw(spec(standings), f"{title} by contestant; the table below says the same"), class_="card")
        for title, words, spec in _SPEED
    ]  # fmt: skip
    rows = [
        (
            one.name,
            short(one.speed.rows_per_s),
            *(_ms(v) for v in (one.speed.p50_ms, one.speed.p99_ms)),
            _mb(one.speed.peak_mb),
        )
        for one in standings
    ]
    columns = ("Contestant", "Rows a second", "Median latency", "99th percentile", "Memory")
    return tag(
        "section",
        tag("h2", "Speed and memory", id="speed-heading"),
        tag("div", *cards, class_="cards"),
        *(table("Speed and memory", columns, rows, note=sentence(one.note)) for one in tables),
        id="speed",
        aria_labelledby="speed-heading",
    )


def details(result: Result) -> Element:
    """Disagreements, outcomes and faults, as tables."""
    parts: list[Child] = []
    tables = {one.title: one for one in labelled_tables(result)}
    for name, title in _TITLES.items():
        if name in tables:
            one = tables[name]
            columns = [column[:1].upper() + column[1:] if len(column) > 1 else column for column in one.columns]
            parts.append(table(title, columns, one.rows, left=one.left, note=one.note and one.note + "."))
    faults = [(one.name, f["outcome"], f["reason"], f"{f['rows']:,}") for one in alive(result) for f in one.faults]
    if faults:
        note = "Rows that ended without a verdict, by a crash, or at the deadline; the most frequent reasons."
        parts.append(table("Faults", ("Contestant", "Outcome", "Reason", "Rows"), faults, left=3, note=note))
    return tag(
        "section",
        tag("h2", "Disagreements and outcomes", id="tests-heading"),
        *parts,
        id="tests",
        aria_labelledby="tests-heading",
    )


_TITLES = {"disagreements": "Disagreements (McNemar's test)", "outcomes": "Outcomes"}


def method(result: Result) -> Element:
    """How it was measured: data, machine, versions, seed and settings, and what each contestant is."""
    data, settings, machine = result.data, result.settings, result.machine
    memory = f", {machine['memory_gib']:.0f} GiB" if machine["memory_gib"] else ""
    excluded = "".join(f"; {count:,} excluded by {column}" for column, count in data["excluded"].items())
    threshold = settings["threshold"]
    facts = {
        "Data": ", ".join(data["files"]),
        "Cases": f"{data['right'] + data['wrong']:,}: {data['right']:,} right and {data['wrong']:,} wrong responses "
        f"(of {data['rows']:,} rows{excluded}; {data['unusable']:,} unusable)",
        "Fingerprint": data["fingerprint"],
        "Columns": data["columns"],
        "Rewarded": "at the top of the range" if threshold is None else f"at a value of {threshold:g} or more",
        "Machine": f"{machine['processor']}, {machine['cores']} cores{memory}, {machine['system']}",
        "Versions": ", ".join(f"{n} {v}" for n, v in {"python": machine["python"], **machine["packages"]}.items()),
        "Limits": f"{settings['workers']} worker(s) for each contestant, {settings['deadline_s']:g} s and "
        f"{settings['memory_mb']:,} MB a row",
        "Timing": settings["order"],
        "Seed": str(settings["seed"]),
        "Intervals": "Wilson score intervals, 95 %; rows without a value are in no denominator but of the rates that "
        "name them",
    }
    listed = [part for name, fact in facts.items() for part in (tag("dt", name), tag("dd", fact))]
    rows = [
        (one.name, one.role, f"{one.range[0]:g} to {one.range[1]:g}", f"{one.threshold:g}", _about(one))
        for one in result.contestants
    ]
    columns = ("Contestant", "Role", "Range", "Rewarded from", "What it is")
    return tag(
        "section",
        tag("h2", "How it was measured", id="method-heading"),
        tag("dl", *listed, class_="facts"),
        table("Contestants", columns, rows, left=5),
        id="method",
        aria_labelledby="method-heading",
    )


def summary(result: Result) -> str:
    """What the page is about, in a sentence or two."""
    data, peers = result.data, [one.name for one in result.contestants[1:]]
    files = ", ".join(PurePath(file).name for file in data["files"])
    against = f" Against {', '.join(peers)}." if peers else ""
    return (
        f"{data['right'] + data['wrong']:,} responses from {files}: {data['right']:,} are right and "
        f"{data['wrong']:,} wrong.{against}"
    )


def _rates(result: Result) -> Element:
    names = [name for name in NAMES if name not in ("rewarded_wrong", "unrewarded_right")]
    if any(one.counts.abstained for one in alive(result)):
        names = list(NAMES)
    rows: list[list[Child]] = []
    for one in result.contestants:
        label = tag("span", one.name, class_=one.role)
        if one.error is not None:
            rows.append([label, tag("td", f"No figures: {one.error}", colspan=str(len(names)), class_="soft")])
        else:
            rows.append([label, *(cell(one.counts.rates[name]) for name in names)])
    note = "Share, 95 % interval, and counts. Rows without a value (None) count only where a column names them."
    return table("All rates", ("Contestant", *(NAMES[name] for name in names)), rows, note=note)


def _counts(rate: Rate, name: str) -> str:
    if rate.value is None:
        return f"There are no {BASES[name]} with a value."
    low, high = rate.interval
    return f"{rate.count:,} of {rate.total:,}; 95 % interval {100 * low:.2f} to {100 * high:.2f} %"


def _key(result: Result) -> Iterator[Child]:
    yield tag("span", class_="dot reward-dot", aria_hidden="true")
    yield f" {result.reward.name}, the reward  "
    if len(alive(result)) > 1:
        yield tag("span", class_="dot peer-dot", aria_hidden="true")
        yield " peers  "
    yield "Whiskers are 95 % intervals."


def _about(one: Standing) -> str:
    if one.error is not None:
        return one.error
    if "reward" in one.about:
        return json.dumps(one.about["reward"], ensure_ascii=False, default=str)
    return str(one.about.get("about") or one.about.get("peer") or "")


def _ms(value: float | None) -> str:
    return short(value) + (" ms" if value is not None else "")


def _mb(value: float | None) -> str:
    return "not measured" if value is None else f"{value:,.0f} MB"
