"""From the names that a person gives to `rewardkit bench` to contestants that are built in processes of their own."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from rewardkit import registry
from rewardkit.bench.contest import Contestant
from rewardkit.bench.peer import Peer, adapter_folders, adapter_names, brief, is_peer, named
from rewardkit.errors import UsageError, nearest
from rewardkit.execution.local import Executor, LocalExecutor
from rewardkit.execution.scorer import Scorer
from rewardkit.gates.node import Node
from rewardkit.recipe import is_recipe
from rewardkit.registry import load_plugin
from rewardkit.run import build_reward, describe_reward


def contestant(name: str, options: Sequence[str], plugins: Sequence[str]) -> Contestant:
    """The reward that a person names, to be built in a process of its own.

    Raises:
        RewardkitError: it can't be built here either; nothing needs to be started to find that out.
    """
    for where in plugins:
        load_plugin(where)
    with LocalExecutor(workers=1) as executor:
        build_reward(name, options, executor)
    return _rewarding(name, options, plugins)


def _rewarding(name: str, options: Sequence[str], plugins: Sequence[str]) -> Contestant:
    return Contestant(name, functools.partial(_build_reward, name, tuple(options), tuple(plugins)))


def peer(name: str, plugins: Sequence[str], taken: Sequence[str] = ()) -> Contestant:
    """A peer that a person names: a registered reward or recipe, an adapter by name or file, or a dotted path.

    A name that nobody knows is an error here; what can't be imported is told by the contest, as the peer's failure. A
    file or path goes by its last words (`module:function`, the stem of the file), or whole where those are `taken`.
    """
    if is_peer(name):
        Peer.of(name)
        short = brief(name)
        shown = name if short in taken else short
        return Contestant(shown, functools.partial(_build_peer, shown, name))
    if is_recipe(name) or name in registry.names():
        return _rewarding(name, [], plugins)
    folders = adapter_folders()
    if (file := named(name, folders)) is not None:
        return Contestant(name, functools.partial(_build_peer, name, file))
    known = nearest(name, [*adapter_names(folders), *registry.names()])
    hint = f"{known}; or give FILE.py or package.module:function"
    raise UsageError(f"no reward and no adapter is called {name!r}; {hint}")


def _build_reward(
    name: str, options: Sequence[str], plugins: Sequence[str], executor: Executor
) -> tuple[Node, dict[str, Any]]:
    for where in plugins:
        load_plugin(where)
    return build_reward(name, options, executor), {"reward": describe_reward(name, options)}


def _build_peer(name: str, where: str, executor: Executor) -> tuple[Node, dict[str, Any]]:
    found = Peer.of(where).check()
    return Scorer(name, found, executor), found.describe()
