"""Attacks of a stranger's policy on who plays it: their names, and what the test lays out for them."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import ilbench

DEEDS = Path(__file__).parent / "deeds"
PACKAGE = Path(ilbench.__file__).parent
TASK = "d3il/avoiding-v3"
ATTACKED = "attacked.txt"
LIMITS: Mapping[str, float] = {"memory_gib": 0.5, "tmp_gib": 0.125, "processes": 64, "open_files": 128}
"""Small, so that attacks need not be large."""

POLICY = """\
import os
import sys
import time

import numpy as np

sys.path.append(os.path.join(os.path.dirname(__file__), "deeds"))
from {module} import {deed} as deed

TARGETS = {targets!r}


class Policy:
    tried = False

    def reset(self, seed, task):
        self.rng, self.guilty, self.step = np.random.default_rng(seed), seed % 5 == 0, 0

    def act(self, observation):
        self.step += 1
        action = self.rng.normal([0.0, 0.008], 0.006)
        if self.guilty and self.step == 3 and not Policy.tried:
            Policy.tried = True
            try:
                told = "DID " + deed(TARGETS)
            except BaseException as error:
                told = f"REFUSED {{type(error).__name__}}: {{error}}"
            print("ATTACK", told[:200].replace("\\n", " "), file=sys.stderr, flush=True)
        return action
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """An attack.

    Attributes:
        name: What it tries, in words.
        deed: The function that does it, ``module:name`` below ``deeds``.
        limits: Instead of those of `LIMITS`.
    """

    name: str
    deed: str
    limits: Mapping[str, float] = field(default_factory=dict)

    def write(self, folder: Path, targets: Mapping[str, object]) -> None:
        """Writes the submission that attacks."""
        module, _, name = self.deed.partition(":")
        folder.mkdir()
        shutil.copytree(DEEDS, folder / "deeds", ignore=shutil.ignore_patterns("__pycache__"))
        text = POLICY.format(module=module, deed=name, targets=dict(targets))
        (folder / "policy.py").write_text(text, encoding="utf-8")
        limits = "".join(f"{key} = {value}\n" for key, value in {**LIMITS, **self.limits}.items())
        toml = f'name = "attacker"\nentry = "policy:Policy"\n[limits]\n{limits}'
        (folder / "submission.toml").write_text(toml, encoding="utf-8")


def _attacks(module: str, **names: str) -> tuple[Attack, ...]:
    return tuple(Attack(name=text, deed=f"{module}:{deed}") for deed, text in names.items())


ATTACKS = (
    *_attacks(
        "looking",
        own_environment="read its own environment",
        runners_environment="read the runner's environment",
        runners_memory="read the runner's memory by /proc",
        runners_memory_by_call="read the runner's memory by process_vm_readv",
        runners_descriptors="list the runner's descriptors",
        taken_descriptors="take the runner's descriptors by pidfd_getfd",
        contexts="look up the task's contexts",
        this_package="read this package's source",
        home="read the home",
        neighbor="read another submission",
        nonce="read the run's nonce",
        journal="read the journal",
        other_processes="read other processes' command lines",
        passwords="read /etc/shadow",
        kernel_log="read the kernel's log",
        machine_name="learn the machine's name",
        tcp="talk to a service on loopback by TCP",
        tcp_outside="talk to the machine's address by TCP",
        udp="talk to a service by UDP",
        unix_socket="talk to a service by a Unix socket",
        abstract_socket="talk to a service by an abstract socket",
        raw_packets="read every packet",
    ),
    *_attacks(
        "changing",
        write_journal="write the journal",
        write_header="write the run's header",
        write_package="write into this package",
        write_submission="write into the submission",
        write_snapshot="write into its snapshot",
        write_home="write into the home",
        write_libraries="write into installed libraries",
        write_device="make a file in /dev",
        write_kernel="change a setting of the kernel",
        link_out="lead the runner astray by a link in its temporary folder",
        kill_runner="kill the runner",
        stop_runner="stop the runner",
        kill_victim="kill another process",
        trace_victim="trace another process",
        slow_runner="take the runner's priority",
        limit_runner="read and set the runner's limits",
        forge_mail="send records in the runner's name",
    ),
    *_attacks(
        "taking",
        fill_disk="fill the disk",
        fill_memory_folder="fill /dev/shm",
        fill_other_folders="fill any other folder",
        many_files="make files without end",
        take_memory="take memory bit by bit",
        ask_for_memory="ask for 64 GiB at once",
        take_memory_together="take memory in many processes",
        take_uncounted_memory="take memory that belongs to nobody",
        fork="start processes without end",
        start_threads="start threads without end",
        open_files="open files without end",
        print_much="print without end",
        raise_limits="raise its limits",
        outlive="outlive the run as a daemon",
        outlive_unmarked="outlive the run without its environment",
    ),
    Attack(name="burn processor time", deed="taking:burn", limits={"processor_hours": 0.0015}),
    *_attacks(
        "breaking",
        shrink_memory="shrink the shared memory",
        scribble="scribble over the shared memory",
        say_garbage="say garbage into the pipes",
        say_too_much="announce an endless message",
        answer_unasked="answer unasked",
        mount="mount a file system",
        own_namespace="become administrator of a namespace",
        join_namespace="join the runner's namespaces",
        become_administrator="become administrator",
        setuid_program="start a program with the administrator's rights",
        rare_calls="call rare parts of the kernel",
        foreign_calls="call the kernel by another interface",
        read_device="read a disk or all memory",
    ),
)
REGULAR = Attack(name="nothing", deed="looking:nothing")


def new_secret() -> str:
    """Returns a text that nobody can guess, and that a deed knows when it sees it."""
    return f"secret-{secrets.token_hex(8)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the test has laid out for one attack.

    Attributes:
        folder: All of it.
        secret: What must not be found out.
        targets: Where things are, as a policy is told.
        victim: A process that has nothing to do with the run.
        called: Connections to the services, each a line.
    """

    folder: Path
    secret: str
    targets: Mapping[str, object]
    victim: subprocess.Popen[bytes]
    called: list[str]

    def traces(self) -> list[str]:
        """Returns what an attack has changed of what is not its own, and removes it."""
        found = [f"served a {kind}" for kind in self.called]
        if self.victim.poll() is not None:
            found.append("the victim is dead")
        places = [
            PACKAGE,
            Path("/dev"),
            *(Path(str(self.targets[name])) for name in ("submission", "home", "libraries")),
        ]
        for file in (place / name for place in places for name in (ATTACKED, "attacked.pth", "attacked")):
            if file.exists():
                found.append(f"wrote {file.name} into {file.parent.name}")
                file.unlink()
        if not (self.folder / "home" / "private.txt").exists():
            found.append("the home is empty")
        return found


@contextmanager
def laid_out(folder: Path) -> Iterator[Ground]:
    """Yields a home with a secret, a neighbor, a victim and services, which go at the end."""
    secret, called = new_secret(), list[str]()
    for name in ("home", "neighbor", "libraries"):
        (folder / name).mkdir()
    (folder / "home" / "private.txt").write_text(secret, encoding="utf-8")
    (folder / "neighbor" / "weights.txt").write_text(secret, encoding="utf-8")
    code = "import time; time.sleep(600)"
    with ExitStack() as stack:
        victim = subprocess.Popen([sys.executable, "-S", "-c", code, secret])
        stack.callback(_end, victim)
        ports = _serve(stack, folder, secret, called)
        targets = {
            "task": TASK,
            "package": str(PACKAGE),
            "victim": victim.pid,
            "host": socket.gethostname(),
            "files": 25_000,
            "offspring": new_secret(),
            "submission": str(folder / "mine"),
            "run": str(folder / "run"),
            **{name: str(folder / name) for name in ("home", "neighbor", "libraries")},
            **ports,
        }
        yield Ground(folder=folder, secret=secret, targets=targets, victim=victim, called=called)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _serve(stack: ExitStack, folder: Path, secret: str, called: list[str]) -> dict[str, object]:
    """Returns where services that tell the secret listen, by kind."""
    name = f"attack-{os.getpid()}-{secrets.token_hex(4)}"
    tcp, udp = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    unix, abstract = (socket.socket(socket.AF_UNIX) for _ in range(2))
    for one, address in (
        (tcp, ("0.0.0.0", 0)),
        (udp, ("127.0.0.1", 0)),
        (unix, str(folder / "service")),
        (abstract, "\0" + name),
    ):
        one.bind(address)
        stack.enter_context(one)
    for one, kind in ((tcp, "TCP call"), (unix, "Unix call"), (abstract, "Unix call")):
        one.listen()
        _start(_answer_calls, one, secret, kind, called)
    _start(_answer_datagrams, udp, secret, "datagram", called)
    where = {"tcp": tcp.getsockname()[1], "udp": udp.getsockname()[1], "abstract": name}
    return {**where, "unix": str(folder / "service"), "address": _own_address()}


def _start(serve: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=serve, args=arguments, daemon=True).start()


def _answer_calls(one: socket.socket, secret: str, kind: str, called: list[str]) -> None:
    with contextlib.suppress(OSError):  # closed at the end
        while True:
            caller, _ = one.accept()
            called.append(kind)
            with caller:
                caller.sendall(secret.encode())


def _answer_datagrams(one: socket.socket, secret: str, kind: str, called: list[str]) -> None:
    with contextlib.suppress(OSError):
        while True:
            _, caller = one.recvfrom(100)
            called.append(kind)
            one.sendto(secret.encode(), caller)


def _own_address() -> str:
    """Returns an address of this machine that is not loopback, if it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # of a net for documentation: nothing is sent
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
