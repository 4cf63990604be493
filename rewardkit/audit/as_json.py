"""Shares, correlations and decisions as JSON values: each with its interval and its count."""

from __future__ import annotations

from typing import Any

from rewardkit.audit.decisions import Decision
from rewardkit.audit.ratios import Share
from rewardkit.bench.preference.moments import Correlation
from rewardkit.bench.statistics import Rate


def decision_json(decision: Decision) -> dict[str, Any]:
    """A decision, as JSON values."""
    return {
        "gate": decision.gate,
        "kind": decision.kind,
        "name": decision.name,
        "fires": decision.fires,
        "fired": rate_json(Rate(decision.fired, decision.rows)),
        "never_fires": decision.is_mute,
        "always_fires": decision.is_constant,
    }


def correlation_json(found: Correlation) -> dict[str, Any]:
    """A correlation, as JSON values."""
    return {"r": found.r, "low": found.low, "high": found.high, "n": found.n}


def share_json(found: Share) -> dict[str, Any]:
    """A share over groups, as JSON values."""
    return {"value": found.value, "low": found.low, "high": found.high, "groups": found.groups}


def rate_json(rate: Rate) -> dict[str, Any]:
    """A share of rows, as JSON values."""
    low, high = rate.interval if rate.total else (None, None)
    return {"value": rate.value, "low": low, "high": high, "count": rate.count, "of": rate.total}
