"""Adapters, an open registry: whose policies are loaded from a file of theirs, without a line of code.

A package adds its own through the entry-point group ``ilbench.adapters``, whose value is an import string of
one `Adapter` or of a sequence of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from ilbench import guest
from ilbench.contract.policy import Place
from ilbench.digest import bytes_digest
from ilbench.errors import InvalidSubmissionError, UnknownNameError
from ilbench.plugins import by_name, load_plugins

ENTRY_POINTS = "ilbench.adapters"
GUEST = "ilbench_guest."
"""What the guest package is called in a policy's process."""
OURS = Path(guest.__file__).parent / "adapters"
SHARED = (
    *("mapping.py", "feeds.py", "rows.py", "torch_random.py", "lane_copies.py", "spaces.py"),
    "robosuite_actions.py",
)
"""Files of `OURS` that an adapter may import."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """How policies of a library are loaded from a file, or a folder, of theirs.

    Its class takes ``(path, mapping, **options)``: the weights, what `ilbench.guest.adapters.mapping` reads,
    and the submission's `arguments`. It has a form of ``docs/policies.md``, best that for all lanes.

    Attributes:
        name: The prefix, ``sb3:model.zip``, and the value of ``adapter`` in ``submission.toml``.
        library: Distribution that it needs in the policy's environment.
        entry: Import string of its class in the policy's process, such as
            ``ilbench_guest.adapters.sb3:Policy``.
        summary: What it plays, in one line.
        example: A text that names such a policy.
        requirements: Of an environment for it, pinned as they were tried.
        executes_code: Whether loading a file of the library can run code that the file holds.
        beside: Endings of files beside the weights that belong to them: ``.data`` of ``policy.onnx.data``.
        template: A ``policy.py`` that ``ilbench submission new`` writes for files that it cannot load itself;
            ``WEIGHTS`` stands for the file's name.
        endings: Of files that it can load, where there is a template for others.
        folder: Where the module of `entry` lies, where it is not of the guest package.
    """

    name: str
    library: str
    entry: str
    summary: str
    example: str
    requirements: tuple[str, ...]
    executes_code: bool
    beside: tuple[str, ...] = ()
    template: str = ""
    endings: tuple[str, ...] = ()
    folder: Path | None = None

    @property
    def search_path(self) -> tuple[str, ...]:
        """Folders to be put on the import path of the policy's process."""
        return () if self.folder is None else (str(self.folder),)

    def needs_code_for(self, weights: Path) -> bool:
        """Returns whether a file is one that a policy has to be written for, from the template."""
        return bool(self.template) and weights.suffix not in self.endings

    def entry_in(self, place: Place) -> str:
        """Returns the import string of its class in a place: in the workers the guest package is ours.

        Raises:
            InvalidSubmissionError: It is of another package, and knows the guest package as a process does.
        """
        if place != "inline":
            return self.entry
        if self.folder is not None:
            raise InvalidSubmissionError(
                f"the adapter {self.name!r} is of another package and needs a process of the policy's own; "
                "leave out --place inline"
            )
        return f"{guest.__name__}.{self.entry.removeprefix(GUEST)}"

    def sources(self) -> Mapping[str, str]:
        """Returns the digest of each file of its code, by name.

        Raises:
            InvalidSubmissionError: There is no such file.
        """
        module = self.entry.partition(":")[0]
        if self.folder is None:
            files = [OURS / f"{module.rpartition('.')[2]}.py", *(OURS / name for name in SHARED)]
        else:
            files = sorted(self.folder.rglob("*.py"))
        try:
            return {
                f"{ENTRY_POINTS}/{file.name}": f"file:{bytes_digest(file.read_bytes())}" for file in files
            }
        except OSError as error:
            raise InvalidSubmissionError(
                f"the adapter {self.name!r}: its file {error.filename} cannot be read ({error.strerror})"
            ) from error

    def check_library(self, packages: Mapping[str, str] | None, python: str) -> None:
        """Checks that the policy's interpreter has the library.

        Args:
            packages: Its distributions; None for the interpreter that runs this.
            python: What it is called in the error.

        Raises:
            InvalidSubmissionError: It has not.
        """
        names = (d.name for d in distributions()) if packages is None else packages
        # One that begins so is a build of it: onnxruntime-gpu.
        if not any(_normal(name or "").startswith(_normal(self.library)) for name in names):
            raise InvalidSubmissionError(
                f"the adapter {self.name!r} needs {self.library}, which {python} does not have; install it "
                "there, name an interpreter that has it (--python PATH), or make an environment beside the "
                f"policy: ilbench submission new --from {self.name} WEIGHTS FOLDER --build"
            )


def _normal(distribution: str) -> str:
    """Returns a distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def load_adapters() -> Mapping[str, Adapter]:
    """Returns the adapters of all installed packages, by name.

    Raises:
        DuplicateNameError: Two share a name.
        PluginError: An entry point cannot be loaded, or leads to something else.
    """
    return by_name(load_plugins(ENTRY_POINTS, Adapter), "adapter")


def find_adapter(name: str) -> Adapter:
    """Returns the adapter of a name.

    Raises:
        UnknownNameError: There is none.
    """
    adapters = load_adapters()
    if name not in adapters:
        raise UnknownNameError("adapter", name, adapters)
    return adapters[name]
