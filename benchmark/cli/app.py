"""The tree of commands. Each imports what it needs when it is called, so that ``--help`` is quick."""

from __future__ import annotations

import typer

from ilbench.cli import (
    author,
    bench,
    catalog,
    check,
    compare,
    demonstrating,
    doctor,
    evaluation,
    leaderboard,
    planning,
    replaying,
    score,
    training,
    trajectories,
    verification,
)

app = typer.Typer(
    name="ilbench",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Score imitation-learning policies on success, diversity and generalization.\n\n"
    "A first tour:  ilbench list  →  ilbench demos d3il/avoiding-v2  →  ilbench train bc-mlp "
    "d3il/avoiding-v2  →  ilbench run bc-mlp --task d3il/avoiding-v2 --preset full  →  "
    "ilbench leaderboard runs/*",
)
app.command("list")(catalog.list_tasks)
app.command("show")(catalog.show_task)
app.add_typer(demonstrating.app, name="demos")
app.command("train")(training.train)
app.command("run")(evaluation.run)
app.command("replay")(replaying.replay)
app.command("verify")(verification.verify)
app.command("score")(score.score)
app.command("compare")(compare.compare)
app.command("plan")(planning.plan)
app.command("trajectories")(trajectories.trajectories)
app.command("leaderboard")(leaderboard.leaderboard)
app.command("doctor")(doctor.doctor)
for module, commands in (
    (author, ("contexts", "golden", "references", "digest", "check", "gallery", "paths")),
    (bench, ("harness", "environments", "scoring")),
    (check, ("levels", "coverage", "entropy", "records")),
):
    group = typer.Typer(no_args_is_help=True, help=module.HELP)
    for command in commands:
        group.command(command)(getattr(module, command))
    app.add_typer(group, name=module.__name__.rpartition(".")[2])
    if module is author:
        group.command("all")(author.everything)
