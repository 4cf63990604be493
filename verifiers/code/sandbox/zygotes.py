"""A zygote as its supervisor sees it: a process, the socket to it, and what runs there."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from dataclasses import dataclass, field

from rewardkit.verifiers.code.sandbox import layout
from rewardkit.verifiers.code.sandbox.inside import scratch
from rewardkit.verifiers.code.sandbox.limits import Isolation
from rewardkit.verifiers.code.sandbox.unit import Unit

_REAP_S = 1.0


@dataclass(eq=False, slots=True)
class Zygote:
    """One zygote, from its start to its end."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    flavour: str
    complaints: int
    """A memory file with what it wrote to standard error."""
    is_ready: bool = False
    units: dict[int, Unit] = field(default_factory=dict)
    """By the numbers of their runs."""
    reason: str = ""
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def start(cls, rung: Isolation, flavour: str, folders: tuple[tuple[str, str], ...]) -> Zygote:
        """Start the process: by exec, with an environment made anew and no descriptor but its own."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        config_file = os.memfd_create("config")
        complaints = os.memfd_create("complaints")
        try:
            command, config = layout.configure(rung, flavour, folders)
            if rung != "namespaces":
                scratch.sweep(config["scratch"])
            os.pwrite(config_file, json.dumps(config).encode(), 0)
            stage = "enter" if rung == "namespaces" else "serve"
            process = subprocess.Popen(
                [*command, str(theirs.fileno()), str(config_file), stage],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                pass_fds=(theirs.fileno(), config_file),
                env={**config["environment"], **layout.BIND_NOW},
                cwd="/",
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            os.close(complaints)
            raise
        finally:
            theirs.close()
            os.close(config_file)
        ours.setblocking(False)
        return cls(process, ours, flavour, complaints)

    def send(self, message: bytes, descriptors: list[int]) -> bool:
        """Whether it got there; if not, the zygote has ended."""
        try:
            self.control.setblocking(True)
            socket.send_fds(self.control, [message], descriptors)
            self.control.setblocking(False)
        except OSError:
            return False
        return True

    def last_words(self) -> str:
        """Let go of one that hung up, and say why it ended."""
        self.control.close()
        code = self.reap(_REAP_S)
        said = os.pread(self.complaints, 4000, 0).decode(errors="replace").strip().rpartition("\n")[2]
        os.close(self.complaints)
        return self.reason or said or (f"signal {-code}" if code < 0 else f"exit code {code}")

    def reap(self, patience_s: float) -> int:
        """Wait for its end, which is near; then make sure of it."""
        try:
            return self.process.wait(timeout=patience_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def disown(self) -> None:
        """In a forked child: drop what was inherited; there is nothing to wait for."""
        self.control.close()
        os.close(self.complaints)
        self.process.returncode = 0
