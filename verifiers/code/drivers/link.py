"""Inside the tests' sandbox of a duet: the program's names, as stubs that ask the other sandbox.

Nothing of the program runs here. A function is a stub that sends its arguments and returns what came back as plain
values; a class is a stub whose instances stay on the other side as `Remote` objects, of which methods and attributes
can be used, and which are asked whether they are true: that is a claim like any value. Anything else one could do with
an object would believe the program where a value is compared (compare, print, iterate), so it raises
`UnsplittableError`, and the row says that it can't be judged this way.
"""

import builtins
import json
import os
from typing import Any

from rewardkit.verifiers.code.drivers.decoding import Decoder
from rewardkit.verifiers.code.drivers.encoding import MAX_BYTES, Encoder, TooLargeError, dumps
from rewardkit.verifiers.code.drivers.library import module_named, taken

MAX_LINE = 4 * MAX_BYTES


_NEED_MORE = (UnicodeError, ExceptionGroup)  # they can't be made from a message alone


class UnsplittableError(BaseException):
    """The tests do something that two processes can't share."""


class DiedError(BaseException):
    """The program ended, or stopped to speak the protocol."""


class ProgramError(Exception):
    """An exception of a type of the program's own."""


class Link:
    """The line to the solution's sandbox."""

    def __init__(self) -> None:
        self._replies = os.fdopen(int(os.environ["REWARDKIT_READ_FD"]), "rb")
        self._out = int(os.environ["REWARDKIT_WRITE_FD"])
        self._callbacks: list[Any] = []
        self._exceptions: dict[str, type[Exception]] = {}
        self.calls = 0
        self.expects_stops = True
        """Whether the tests know of StopIteration; where they don't, one would end a loop of theirs unseen."""
        self.greeting = self._receive()
        for said in self.greeting.values():
            if said is not True and not (type(said) is list and [type(part) for part in said] == [str, str]):
                raise DiedError("the program broke the protocol")

    def resolve(self, name: str) -> Any:
        """The stub for one name of the program; raises KeyError where it has none."""
        return self.resolve_all([name])[name]

    def resolve_all(self, names: list[str]) -> dict[str, Any]:
        """The stubs for those of `names` that the program has."""
        kinds = self.ask(["kinds", names]).get("kinds")
        if type(kinds) is not dict:
            raise DiedError("the program broke the protocol")
        known = {name: str(kinds.get(name, "missing")) for name in names}
        bound = {name: self._stub(name, kind) for name, kind in known.items() if kind != "missing"}
        return {name: value for name, value in bound.items() if value is not None or known[name] == "value"}

    def _stub(self, name: str, kind: str) -> Any:
        if kind == "module":  # imported by the name that the tests use: what the program calls so may be anything
            return module_named(name)
        if kind == "library":
            return taken(name)
        if kind == "value":
            self.calls += 1
            return self._value(self.ask(["read", name]))
        if kind == "class":
            return StubClass(self, name)
        if kind.startswith("exception:"):
            return self._exception(name, kind.partition(":")[2])
        return StubFunction(self, name)

    def call(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call something on the other side; arguments that it changed in place change here too."""
        self.calls += 1
        encoded = [self._encode(arg) for arg in args]
        reply = self.ask(["call", target, encoded, {name: self._encode(arg) for name, arg in kwargs.items()}])
        changed = reply.get("changed")
        if type(changed) is dict:
            for position, value in changed.items():
                replace(args[int(position)], self._decode(value))
        return self._value(reply)

    def get(self, target: Any, name: str) -> Any:
        """An attribute of something on the other side."""
        self.calls += 1
        reply = self.ask(["get", target, name])
        return StubFunction(self, [target, name]) if "method" in reply else self._value(reply)

    def is_true(self, target: Any) -> bool:
        """The truth value of something on the other side."""
        answer = self._value(self.ask(["truth", target]))
        if type(answer) is not bool:
            raise DiedError("the program broke the protocol")
        return answer

    def set(self, target: Any, name: str, value: Any) -> None:
        """Set an attribute of something on the other side."""
        self._value(self.ask(["set", target, name, self._encode(value)]))

    def ask(self, request: list[Any]) -> dict[str, Any]:
        """Send a request and wait for its reply, running functions of the tests that the program calls meanwhile."""
        self._send(request)
        while "callback" in (reply := self._receive()):
            number, args = reply["callback"]
            try:
                self._send({"value": self._encode(self._callbacks[number](*(self._decode(arg) for arg in args)))})
            except Exception as error:  # noqa: BLE001  # it goes back to who called
                self._send({"raised": type(error).__name__})
        return reply

    def _send(self, message: Any) -> None:
        line = dumps(message) + b"\n"
        try:
            while line:
                line = line[os.write(self._out, line) :]
        except OSError as error:
            raise DiedError("the program ended") from error

    def _receive(self) -> dict[str, Any]:
        line = self._replies.readline(MAX_LINE)
        if len(line) == MAX_LINE:
            raise TooLargeError("the program returned too much")
        if not line.endswith(b"\n"):
            raise DiedError("the program ended")
        try:
            reply = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DiedError("the program broke the protocol") from error
        if type(reply) is not dict:
            raise DiedError("the program broke the protocol")
        return reply

    def _value(self, reply: dict[str, Any]) -> Any:
        if "value" in reply:
            return self._decode(reply["value"])
        if "large" in reply:
            raise TooLargeError("the program returned too much")
        raised = reply.get("raised")
        if type(raised) is not list or len(raised) != 3:
            raise DiedError("the program broke the protocol")
        raise self._error(*map(str, raised))

    def _error(self, name: str, message: str, base: str) -> Exception:
        kind = self._exceptions.get(name) or getattr(builtins, name, None)
        if kind is None and base not in ("Exception", "BaseException"):
            kind = getattr(builtins, base, None)
        if kind is StopIteration and not self.expects_stops:
            kind = RuntimeError
        error: Exception = ProgramError(message)
        if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, _NEED_MORE):
            error = kind(message)
        error.__dict__["of_program"] = name
        return error

    def _exception(self, name: str, base: str) -> type[Exception]:
        """A class of ours that stands for the program's exception class of that name."""
        kind = getattr(builtins, base, None)
        parent = kind if isinstance(kind, type) and issubclass(kind, Exception) else Exception

        def count(error: Exception, *args: Any) -> None:
            self.calls += 1

        return self._exceptions.setdefault(name, type(name, (parent,), {"__init__": count}))

    def _encode(self, value: Any) -> Any:
        return Encoder(self._hold, draws=True).encode(value)

    def _hold(self, value: Any, kind: str) -> list[Any]:
        if isinstance(value, Remote):
            return ["object", value.__dict__["handle"]]
        if isinstance(value, StubFunction):
            return ["object", value.__dict__["target"]]
        if callable(value):
            self._callbacks.append(value)
            return ["callback", len(self._callbacks) - 1]
        raise UnsplittableError(f"the tests hand an object of type {kind} to the program")

    def _decode(self, value: Any) -> Any:
        try:
            return Decoder(self._object).decode(value)
        except (ValueError, RecursionError) as error:
            raise DiedError("the program broke the protocol") from error

    def _object(self, kind: str, handle: Any) -> Any:
        """What stands for an object of the program; a coroutine is one here, too, which runs there."""
        return self._awaited(handle) if kind == "coroutine" else Remote(self, kind, handle)

    async def _awaited(self, handle: Any) -> Any:
        return self._value(self.ask(["await", handle]))


class StubFunction:
    """A function or method of the program."""

    def __init__(self, link: Link, target: Any) -> None:
        self.__dict__["link"] = link
        self.__dict__["target"] = target
        self.__dict__["__name__"] = target if isinstance(target, str) else target[1]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        link: Link = self.__dict__["link"]
        return link.call(self.__dict__["target"], args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        link: Link = self.__dict__["link"]
        return link.get(self.__dict__["target"], name)


class StubClass(StubFunction):
    """A class of the program: calling it makes an object that stays on the other side."""

    def __instancecheck__(self, value: Any) -> bool:
        return isinstance(value, Remote) and value.__dict__["kind"] == self.__dict__["target"]

    def __mro_entries__(self, bases: Any) -> Any:
        raise UnsplittableError(f"the tests derive a class from the program's {self.__dict__['target']}")


_PREDICATES = {
    name for kind in (str, set, float) for name in dir(kind) if name.startswith(("is", "startswith", "endswith"))
}
"""Methods by which tests judge plain values; of an object of the program they would be its word."""


class Remote:
    """An object of the program that stayed on the other side; equal to nothing but itself."""

    def __init__(self, link: Link, kind: str, handle: int) -> None:
        self.__dict__.update(link=link, kind=kind, handle=handle)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in _PREDICATES:
            _refuse(name)(self)
        link: Link = self.__dict__["link"]
        return link.get(self.__dict__["handle"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        link: Link = self.__dict__["link"]
        link.set(self.__dict__["handle"], name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        link: Link = self.__dict__["link"]
        return link.call(self.__dict__["handle"], args, kwargs)

    def __bool__(self) -> bool:
        link: Link = self.__dict__["link"]
        return link.is_true(self.__dict__["handle"])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Remote) and other is not self:
            raise UnsplittableError(f"the tests compare two objects of the program ({self.__dict__['kind']})")
        return other is self

    __hash__ = object.__hash__


def _refuse(operation: str) -> Any:
    def method(self: Remote, *args: Any) -> Any:
        raise UnsplittableError(f"the tests use {operation} of an object of the program ({self.__dict__['kind']})")

    return method


_OPERATIONS = (
    "len iter next getitem setitem delitem contains lt le gt ge add radd sub rsub mul rmul truediv floordiv mod pow "
    "and or xor neg pos abs int float index enter exit await aiter str repr format"
)
for _operation in _OPERATIONS.split():
    setattr(Remote, f"__{_operation}__", _refuse(f"__{_operation}__"))


def replace(old: Any, new: Any) -> None:
    """Make a mutable argument hold what the program left in its copy."""
    if type(old) is not type(new):
        return
    if isinstance(old, (list, bytearray)):
        old[:] = new
    elif isinstance(old, (dict, set)):
        old.clear()
        old.update(new)
    elif hasattr(old, "extend") and hasattr(old, "clear"):
        old.clear()
        old.extend(new)
    elif hasattr(old, "__array__") and old.shape == new.shape:
        old[...] = new
