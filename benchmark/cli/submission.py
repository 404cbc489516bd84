"""``ilbench submission``: what one who submits a policy runs before it is scored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ilbench.cli.console import say
from ilbench.cli.options import PolicyPython
from ilbench.errors import UsageError
from ilbench.plain_text import one_line


def new(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="[WEIGHTS] FOLDER", help="With --from the library's file or folder, then the new folder."
        ),
    ],
    library: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="ADAPTER",
            help="Whose file the weights are: onnx, torch-export, torchscript, sb3, …  [default: a policy.py "
            "to be filled in]",
        ),
    ] = "",
    task: Annotated[
        str | None, typer.Option(help="Id of a task whose fields the mapping is tried on.")
    ] = None,
    python: PolicyPython = None,
    build: Annotated[
        bool,
        typer.Option(
            "--build", help="Make FOLDER/.venv of its requirements, by uv or pip, and play one step in it."
        ),
    ] = False,
    author: Annotated[list[str] | None, typer.Option(help="Who made it; give it again for more.")] = None,
    license_id: Annotated[str, typer.Option("--license", help="Of code and weights, such as MIT.")] = "",
    training_data: Annotated[str, typer.Option(help="What it was trained on.")] = "",
    code: Annotated[str, typer.Option(help="Where its code is published: https://…")] = "",
    observation: Annotated[str, typer.Option(help="What it looks at, such as state or image.")] = "",
) -> None:
    """Write the folder of a submission: submission.toml, the weights, requirements.txt.

    Nothing is overwritten. With --task the policy is loaded once: if it cannot be told which field of the
    task feeds which input of the model, submission.toml holds the question.

    Examples:  ilbench submission new --from sb3 model.zip ./mine --task d3il/avoiding-v3

    ilbench submission new ./mine
    """
    from ilbench.front.submitting import new_submission

    expected = 2 if library else 1
    if len(paths) != expected:
        raise UsageError(
            f"expected {'weights and the new folder' if library else 'the new folder alone'}, found "
            f"{len(paths)} paths" + ("" if library else "; weights go with --from")
        )
    made = new_submission(
        paths[-1],
        library=library,
        weights=paths[0] if library else None,
        task=task,
        python=python,
        build=build,
        authors=author or (),
        license=license_id,
        training_data=training_data,
        code=code,
        observation=observation,
    )
    say(f"written: {made.folder}: {', '.join(map(one_line, made.files))}")
    if made.built_by:
        say(f"its environment was made by {made.built_by}")
    if made.tried:
        say(f"it has played a step of {made.tried}")
    if made.problem:
        say(f"to be filled in, see submission.toml: {one_line(made.problem)}", is_aside=True)
        raise SystemExit(1)
