"""``submission.toml``: what a submission says of itself, read without trusting it."""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from ilbench.arithmetic import Arithmetic
from ilbench.contract.limits import Limits
from ilbench.contract.policy import DEFAULT_WIDTH, MAX_WIDTH
from ilbench.contract.policy_spec import Wire
from ilbench.errors import CorruptFileError, InvalidSubmissionError
from ilbench.importing import is_import_string
from ilbench.plain_text import one_line
from ilbench.reading import read_bytes
from ilbench.runner.submissions.mapping_table import InputTable, MappingTable
from ilbench.runner.submissions.stated_convention import StatedConvention

FILE = "submission.toml"
EXAMPLE = 'entry = "policy:Policy"'
ADAPTED = 'adapter = "sb3" and weights = "model.zip"'
REMOTE = 'place = "remote", address = "127.0.0.1:7000"'
MAX_BYTES = 1 << 13
TOO_LARGE = "put large arguments into a file of the folder, and its name into the arguments"
"""A reader of TOML may take time and memory by the square of the size; this bounds both to very little."""
MAX_NAME = 100
MAX_TEXT = 500
MAX_ITEMS = 1000
MAX_DEPTH = 16
INT_BITS = 64

Int64 = Annotated[int, Field(ge=-(2 ** (INT_BITS - 1)), lt=2 ** (INT_BITS - 1))]


def check_name(text: str) -> str:
    """Returns the name of a submission, with single blanks.

    Raises:
        ValueError: It is empty, too long for a table, or holds a character that cannot be shown.
    """
    name = _one_line(text, MAX_NAME)
    if not name:
        raise ValueError("expected a text, found none")
    return name


def _one_line(text: str, limit: int = MAX_TEXT) -> str:
    """Returns a text without blanks around it, and with single ones in it."""
    for position, character in enumerate(text, start=1):
        if not (character.isprintable() or character.isspace()):
            raise ValueError(
                f"expected printable text, found the character U+{ord(character):04X} at position {position}"
            )
    line = " ".join(text.split())
    if len(line) > limit:
        raise ValueError(f"expected at most {limit} characters, found {len(line)}")
    return line


def _plain(value: Any, where: str = "", depth: int = 0) -> Any:
    """Returns a value as it is, if JSON can hold it."""
    place = f" at {where!r}" if where else ""
    if depth > MAX_DEPTH:
        raise ValueError(f"expected at most {MAX_DEPTH} levels, found more{place}")
    if isinstance(value, dict):
        for key, inner in value.items():
            _plain(inner, f"{where}.{key}" if where else key, depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _plain(inner, f"{where}[{index}]", depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"expected finite numbers, found {value}{place}")
    elif isinstance(value, int) and value.bit_length() >= INT_BITS:
        raise ValueError(f"expected whole numbers of {INT_BITS} bits, found a greater one{place}")
    elif not isinstance(value, str | int | float):
        raise ValueError(
            f"expected texts, numbers, true, false, lists and tables, found a {type(value).__name__}{place}"
        )
    return value


Line = Annotated[str, AfterValidator(_one_line)]


class InvalidSubmissionFileError(InvalidSubmissionError):
    """Fields of a ``submission.toml`` that are not valid; the message names the first.

    Attributes:
        problems: All of them, a line each, at least one.
    """

    def __init__(self, file: Path, problems: tuple[str, ...]) -> None:
        super().__init__(f"{file}: {problems[0]}")
        self.problems = problems


class SubmissionFile(BaseModel):
    """The content of ``submission.toml``.

    Texts are of one line: blanks around them go, and characters that cannot be shown are refused.

    Attributes:
        name: Shown in tables; at most 100 characters.
        entry: Import string of the policy, relative to the folder: ``policy:Policy``; None with an adapter.
        adapter: Name of the adapter that loads the weights instead, such as ``sb3``.
        weights: The file or folder that it loads, relative to the folder.
        mapping: Which field of the task feeds which input of the model, see `MappingTable`.
        place: ``remote`` for a policy behind a server, which then is all that acts.
        address: Where the server is: ``HOST:PORT``, or ``tls://HOST:PORT``.
        wire: What it speaks: ``ilbench``, ``openpi`` or ``vla-eval``.
        authors: Who made it.
        arguments: Keyword arguments of the entry point: texts, finite numbers, lists and tables. What is
            large belongs into a file of the folder, whose name is then an argument.
        width: Rows of every batched call, 1 to 1024: more for a policy that is cheaper by the batch.
        python: Interpreter of the policy's own environment, relative to the folder or absolute; it needs
            Python 3.8 or later with NumPy, and nothing of this project.
        requirements: A file of the folder that says what to install for it, such as ``requirements.txt``.
        arithmetic: ``fixed`` for the same bits on every processor, ``native`` for whatever is fastest. If not
            given: as the harness computes, or ``native`` with a `python` of its own.
        tasks: Ids of the tasks that it plays; empty for any.
        observation: What it looks at, such as ``state`` or ``image``.
        training_data: What it was trained on.
        training_seed: Seed of its training.
        license: License of code and weights; the key ``licence`` is read too.
        code: Where the code is published.
        convention: What the policy's actions mean, compared with the tasks' before anything is played.
        limits: What it needs where it runs in a sandbox, if that is more than usual.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, AfterValidator(check_name)]
    entry: Line | None = None
    adapter: Line | None = None
    weights: Line | None = None
    mapping: MappingTable | None = None
    place: Literal["remote"] | None = None
    address: Line | None = None
    wire: Wire = "ilbench"
    authors: Annotated[list[Line], Field(max_length=MAX_ITEMS)] = []
    arguments: Annotated[dict[str, Any], AfterValidator(_plain)] = {}
    width: Annotated[int, Field(ge=1, le=MAX_WIDTH)] = DEFAULT_WIDTH
    python: Line | None = None
    requirements: Line | None = None
    arithmetic: Arithmetic | None = None
    tasks: Annotated[list[Line], Field(max_length=MAX_ITEMS)] = []
    observation: Line = ""
    training_data: Line = ""
    training_seed: Int64 | None = None
    license: Annotated[Line, Field(validation_alias=AliasChoices("license", "licence"))] = ""
    code: Line = ""
    convention: StatedConvention = StatedConvention()
    limits: Limits = Limits()


def read_submission_file(folder: Path) -> tuple[SubmissionFile, str]:
    """Returns what ``submission.toml`` of a folder says, and the SHA-256 of its bytes.

    Raises:
        InvalidSubmissionError: There is none, or it is not valid; the message names file, field, what was
            found and what was expected.
    """
    file = folder / FILE
    data = _bytes(folder, file)
    try:
        content = SubmissionFile.model_validate(tomllib.loads(_text(file, data)))
    except ValidationError as error:
        problems = tuple(one_line(_explain(problem)) for problem in error.errors())
        raise InvalidSubmissionFileError(file, problems) from error
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, and numbers of too many digits
        why = "nested too deep" if isinstance(error, RecursionError) else one_line(str(error))
        raise InvalidSubmissionError(f"{file}: not valid TOML: {why}") from error
    if problem := _problem_of_what_acts(content):
        raise InvalidSubmissionError(f"{file}: {problem}")
    return content, hashlib.sha256(data).hexdigest()


def _problem_of_what_acts(content: SubmissionFile) -> str:
    """Returns why it is not said what acts, or said twice; empty where it is said once."""
    if content.place == "remote" or content.address is not None:
        return _problem_of_server(content)
    if content.adapter is None:
        if content.entry is None:
            return f"field 'entry' is missing; add a line such as: {EXAMPLE}; or lines such as: {ADAPTED}"
        if content.weights is not None or content.mapping is not None:
            which = "weights" if content.weights is not None else "mapping"
            return f"field {which!r} goes with an adapter; give 'adapter', or leave it out beside 'entry'"
        if not is_import_string(content.entry):
            return f"field 'entry': expected an import string, such as {EXAMPLE}, found {content.entry!r}"
        return ""
    if content.entry is not None:
        return "fields 'entry' and 'adapter': expected one of the two, found both; leave one out"
    return "" if content.weights else f"field 'weights' is missing; the lines are such as: {ADAPTED}"


def _problem_of_server(content: SubmissionFile) -> str:
    """Returns what is wrong with what is said of a server; empty where nothing is."""
    if content.place is None or content.address is None:
        lacking = "place" if content.place is None else "address"
        return f"field {lacking!r} is missing; the lines are such as: {REMOTE}"
    for name in ("entry", "adapter", "weights", "python"):
        if getattr(content, name) is not None:
            return f"field {name!r} means nothing for a remote policy, whose server has it; leave it out"
    if content.wire == "ilbench" and (content.mapping is not None or content.arguments):
        which = "mapping" if content.mapping is not None else "arguments"
        return f"field {which!r} goes with the wires of other projects; leave it out beside wire 'ilbench'"
    return ""


def _bytes(folder: Path, file: Path) -> bytes:
    """Returns the bytes of the file, if it is one and is not too large."""
    try:
        return read_bytes(file, MAX_BYTES, remedy=TOO_LARGE)
    except CorruptFileError as error:
        if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError | ValueError):
            raise InvalidSubmissionError(
                f"{folder} is not a submission: it has no {FILE}; it needs at least the lines: "
                f'name = "my policy" and {EXAMPLE}'
            ) from error
        raise InvalidSubmissionError(str(error)) from error


def _text(file: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidSubmissionError(
            f"{file}:{line}: expected UTF-8, found the byte 0x{data[error.start]:02x}; save the file as UTF-8"
        ) from error


def _explain(first: ErrorDetails) -> str:
    field = ".".join(map(str, first["loc"]))
    if first["type"] == "missing":
        return f"field {field!r} is missing"
    if first["type"] == "extra_forbidden":
        return f"field {field!r} is unknown; known: {', '.join(_known_beside(first['loc']))}"
    if first["type"] == "value_error":
        return f"field {field!r}: {first['ctx']['error']}"
    return f"field {field!r}: {first['msg']}, found {_shown(first['input'])}"


def _known_beside(place: tuple[int | str, ...]) -> Iterable[str]:
    """Returns the names of the fields of the table that a field is in."""
    if place[0] != "mapping" or len(place) == 1:
        return SubmissionFile.model_fields
    return (MappingTable if len(place) == 2 else InputTable).model_fields


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else f"a list of {len(value)}"
    if isinstance(value, int) and value.bit_length() > INT_BITS:
        return f"a number of {value.bit_length()} bits"
    return repr(value)
