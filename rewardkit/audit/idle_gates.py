"""What is said of a gate that never fires, or always does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rewardkit.audit.decisions import Decision
from rewardkit.audit.severity import Finding, Severity


def told_of(decision: Decision) -> Finding | None:
    """The finding on a decision; None for one that fires on some rows and not on others."""
    if not decision.is_mute and not decision.is_constant:
        return None
    gate = repr(decision.gate) if decision.gate else "the whole"
    severity, text = _TOLD[decision.fires](decision.name, gate, decision)
    return Finding(severity, f"{text}: {decision.fired:,} of {decision.rows:,} rows", decision.gate)


def _stops(name: str, gate: str, decision: Decision) -> tuple[Severity, str]:
    if decision.is_constant:
        return Severity.SERIOUS, f"gate {name!r} of {gate} stops every row, so nothing behind it is ever run"
    return Severity.WARNING, f"gate {name!r} of {gate} never fires"


def _closes(name: str, gate: str, decision: Decision) -> tuple[Severity, str]:
    if decision.is_constant:
        return Severity.WARNING, f"{name!r} of {gate} is never run: its only_if never holds"
    return Severity.WARNING, f"the only_if of {name!r} in {gate} always holds"


def _pays(_name: str, gate: str, decision: Decision) -> tuple[Severity, str]:
    often = "always" if decision.is_constant else "never"
    return Severity.WARNING, f"the bonus of {gate} is {often} paid"


def _asks(name: str, gate: str, decision: Decision) -> tuple[Severity, str]:
    if decision.is_constant:
        return Severity.WARNING, f"{name!r} of {gate} is asked about every row: what comes before it decides nothing"
    return Severity.NOTE, f"{name!r} of {gate} is never asked"


def _takes(name: str, gate: str, decision: Decision) -> tuple[Severity, str]:
    often = "every row" if decision.is_constant else "no row"
    return Severity.NOTE, f"case {name!r} of {gate} gets {often}"


def _passes(_name: str, gate: str, decision: Decision) -> tuple[Severity, str]:
    often = "always" if decision.is_constant else "never"
    return Severity.WARNING, f"{gate} ({decision.kind}) {often} lets a row through"


def _cuts(_name: str, gate: str, decision: Decision) -> tuple[Severity, str]:
    if decision.is_constant:
        return Severity.WARNING, f"{gate} ({decision.kind}) cuts every value"
    return Severity.NOTE, f"{gate} ({decision.kind}) never cuts a value"


_TOLD: Mapping[str, Callable[[str, str, Decision], tuple[Severity, str]]] = {
    "stops": _stops,
    "closes": _closes,
    "pays the bonus of": _pays,
    "is asked about": _asks,
    "takes": _takes,
    "passes": _passes,
    "lets through": _passes,
    "cuts": _cuts,
}
