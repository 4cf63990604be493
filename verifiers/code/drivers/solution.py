"""Inside the solution's sandbox of a duet: serves the program's names to the tests in the other sandbox.

Requests come as lines of JSON, `[operation, ...]`, and each gets one line back:

    ["kinds", [name...]]                    {"kinds": {name: function, class, exception:BASE, module, library, value or
                                            missing}}
    ["call", target, [args], {kwargs}]      {"value": encoded, "changed": {position: encoded}}
                                            or {"raised": [type, message, builtin base]}, as may all others
    ["read", name]                          {"value": encoded}
    ["get", target, name]                   the same, or {"method": true}
    ["set", target, name, value]            the same
    ["truth", target]                       the same, true or false
    ["await", target]                       the same, what a coroutine returns

A target is a name of the program, or the handle of an object that it returned. Arguments that a call changed in place
go back, so that the caller can change its own. While a call runs the program may call a function of the tests that it
was given: it writes {"callback": [number, [args]]} and reads one line with the result.
"""

import builtins
import json
import os
import sys
import types
from typing import Any

from rewardkit.verifiers.code.drivers.decoding import Decoder
from rewardkit.verifiers.code.drivers.encoding import Encoder, TooLargeError, describe, dumps, type_name
from rewardkit.verifiers.code.drivers.library import is_taken

MAX_HELD = 10_000


class Server:
    """Answers the requests of the tests."""

    def __init__(self, source: str) -> None:
        self._requests = os.fdopen(int(os.environ["REWARDKIT_READ_FD"]), "rb")
        self._write, self._out = os.write, int(os.environ["REWARDKIT_WRITE_FD"])
        self._held: list[Any] = []
        self._names = types.ModuleType("solution").__dict__
        self._source = source
        self._loads = json.loads
        self._operations: dict[str, Any] = {
            "kinds": self._kinds,
            "read": self._read,
            "call": self._call,
            "get": self._get,
            "set": self._set,
            "truth": self._truth,
            "await": self._await,
        }

    def serve(self) -> None:
        """Load the program, say how that went, and answer until the tests hang up."""
        module = types.ModuleType("solution")
        sys.modules["solution"] = module
        self._names = module.__dict__
        stage = "compile"
        try:
            program = compile(self._source, "solution.py", "exec")
            stage = "load"
            exec(program, self._names)
        except BaseException as error:  # noqa: BLE001  # whatever the program raises is its result
            self._send({stage: describe(error)})
            return
        self._send({"loaded": True})
        while line := self._requests.readline():
            self._send(self._answer(self._loads(line)))

    def _answer(self, request: list[Any]) -> dict[str, Any]:
        operation, *rest = request
        try:
            reply: dict[str, Any] = self._operations[operation](*rest)
            return reply
        except TooLargeError as error:
            return {"large": str(error)}
        except BaseException as error:  # noqa: BLE001  # whatever the program raises is its result
            return {"raised": [*describe(error), builtin_base(type(error))]}

    def _send(self, reply: dict[str, Any]) -> None:
        line = dumps(reply) + b"\n"
        while line:
            line = line[self._write(self._out, line) :]

    def _kinds(self, names: list[str]) -> dict[str, Any]:
        return {"kinds": {name: kind_of(self._names, name) for name in names}}

    def _call(self, target: Any, args: list[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
        function = self._target(target)
        values = [self._decode(arg) for arg in args]
        named = {name: self._decode(arg) for name, arg in kwargs.items()}
        returned = function(*values, **named)
        reply: dict[str, Any] = {"value": self._encode(returned)}
        changed = {i: after for i, arg in enumerate(args) if (after := self._changed(arg, values[i])) is not None}
        if changed:
            reply["changed"] = changed
        return reply

    def _changed(self, before: Any, value: Any) -> Any:
        if type(before) not in (list, dict) or (type(before) is dict and not before.keys() & {"d", "s", "Q", "y", "a"}):
            return None
        after = self._encode(value)
        return None if after == before else after

    def _read(self, name: str) -> dict[str, Any]:
        return {"value": self._encode(self._names[name])}

    def _get(self, target: Any, name: str) -> dict[str, Any]:
        value = getattr(self._target(target), name)
        if isinstance(value, (types.MethodType, types.BuiltinMethodType)):
            return {"method": True}
        return {"value": self._encode(value)}

    def _set(self, target: Any, name: str, value: Any) -> dict[str, Any]:
        setattr(self._target(target), name, self._decode(value))
        return {"value": None}

    def _truth(self, target: Any) -> dict[str, Any]:
        return {"value": bool(self._target(target))}

    def _await(self, target: Any) -> dict[str, Any]:
        import asyncio

        return {"value": self._encode(asyncio.run(self._target(target)))}

    def _target(self, target: Any) -> Any:
        """What is meant by a name of the program, a handle, or [target, attribute]."""
        if type(target) is str:
            return self._names[target]
        if type(target) is list:
            return getattr(self._target(target[0]), target[1])
        return self._held[target]

    def _encode(self, value: Any) -> Any:
        return Encoder(self._hold, draws=True).encode(value)

    def _hold(self, value: Any, kind: str) -> list[Any]:
        if len(self._held) >= MAX_HELD:
            raise TooLargeError("too many objects")
        self._held.append(value)
        return [kind, len(self._held) - 1]

    def _decode(self, value: Any) -> Any:
        return Decoder(self._own).decode(value)

    def _own(self, kind: str, handle: Any) -> Any:
        """An object or a name of ours that comes back, or a function of the tests."""
        if kind == "callback":
            return lambda *args: self._call_back(handle, args)
        return self._target(handle)

    def _call_back(self, number: int, args: tuple[Any, ...]) -> Any:
        self._send({"callback": [number, [self._encode(arg) for arg in args]]})
        while type(reply := self._loads(self._requests.readline())) is list:
            self._send(self._answer(reply))  # what the tests ask for while they work on the call
        if "raised" in reply:
            raise RuntimeError(reply["raised"])
        return self._decode(reply["value"])


def kind_of(names: dict[str, Any], name: str) -> str:
    """What a name of the program stands for, as far as the tests need to know."""
    if name not in names:
        return "missing"
    value = names[name]
    if is_taken(name, value):
        return "library"
    if isinstance(value, type) and issubclass(value, BaseException):
        return "exception:" + builtin_base(value)
    if isinstance(value, type):
        return "class"
    if isinstance(value, types.ModuleType):
        return "module"
    return "function" if callable(value) else "value"


def builtin_base(kind: type) -> str:
    """The nearest builtin class that an exception class comes from.

    >>> builtin_base(KeyError), builtin_base(type("Mine", (ValueError,), {}))
    ('KeyError', 'ValueError')
    """
    bases: tuple[type, ...] = type.__dict__["__mro__"].__get__(kind)
    return next((type_name(base) for base in bases if vars(builtins).get(base.__name__) is base), "Exception")


def run_solution(source: str) -> None:
    """Serve the names of the program `source` to the tests."""
    leave = os._exit
    Server(source).serve()
    leave(0)
