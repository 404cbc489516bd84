"""This project's commands, in the order of ``ilbench --help``."""

from ilbench.cli.command import Command


def _group(name: str, *rows: tuple[str, ...]) -> tuple[Command, ...]:
    """Returns the commands of one file; a row is name, summary and, where it differs, the function's name."""
    return tuple(
        Command(
            name=f"{name} {row[0]}",
            summary=row[1],
            function=f"ilbench.cli.{name}:{row[-1] if row[2:] else row[0]}",
        )
        for row in rows
    )


COMMANDS = (
    Command(
        name="list",
        summary="List the tasks, or the named lists of tasks.",
        function="ilbench.cli.list:list_tasks",
    ),
    Command(
        name="show",
        summary="Show everything about one task: fields, splits, success rule, modes, references, source.",
        function="ilbench.cli.show:show",
    ),
    Command(
        name="demos",
        summary="Generate a task's demonstrations, import or download those of others, export, inspect. "
        "'ilbench demos TASK' is short for 'ilbench demos generate TASK'.",
        function="ilbench.cli.demos:generate",
    ),
    Command(
        name="demos generate",
        summary="Generate a task's demonstrations, or find them in the cache.",
        function="ilbench.cli.demos:generate",
    ),
    Command(
        name="demos import",
        summary="Import demonstrations that others recorded, as Minari datasets with the fields of ours.",
        function="ilbench.cli.demos:import_",
    ),
    Command(
        name="demos download",
        summary="Fetch demonstrations of others from their public address, and import them; without a name, "
        "list what there is.",
        function="ilbench.cli.demos_download:download",
    ),
    Command(
        name="demos export",
        summary="Write a task's demonstrations in a format of others.",
        function="ilbench.cli.demos:export",
    ),
    Command(
        name="demos inspect",
        summary="Show the quality of demonstrations: how good, how various, how consistent they are.",
        function="ilbench.cli.demos_inspect:inspect",
    ),
    Command(
        name="train",
        summary="Train a baseline on a task's demonstrations; a stopped training goes on where it was.",
        function="ilbench.cli.train:train",
    ),
    Command(
        name="run",
        summary="Score a policy. The same command resumes a stopped run.",
        function="ilbench.cli.run:run",
    ),
    Command(
        name="reproduce",
        summary="Make a published number again: demonstrations, training, run, and a verdict.",
        function="ilbench.cli.reproduce:reproduce",
    ),
    Command(
        name="ledger",
        summary="Make the runs of the ledger that are missing, the cheapest first, or list them.",
        function="ilbench.cli.ledger:ledger",
    ),
    Command(
        name="submission",
        summary="For those who submit a policy: begin a folder, pack what it played.",
    ),
    *_group(
        "submission",
        ("new", "Write the folder of a submission, from a file of another library or from nothing."),
    ),
    Command(
        name="submission check",
        summary="Look at a submission before a long run: every mistake that can be found, in one go.",
        function="ilbench.cli.submission_check:check",
    ),
    Command(
        name="serve",
        summary="Serve a policy to runs on other machines.",
        function="ilbench.cli.serve:serve",
    ),
    Command(
        name="replay",
        summary="Play one episode of a run again, and check that it ends as recorded.",
        function="ilbench.cli.replay:replay",
    ),
    Command(
        name="verify",
        summary="Play the same episodes under other workers and lanes, and killed; compare the records.",
        function="ilbench.cli.verify:verify",
    ),
    Command(
        name="score",
        summary="Recompute the scores of runs from their episodes: value, interval and n.",
        function="ilbench.cli.score:score",
    ),
    Command(
        name="compare",
        summary="Compare two policies on the episodes that both have played, with all their training seeds.",
        function="ilbench.cli.compare:compare",
    ),
    Command(
        name="power",
        summary="Plan a comparison: the episodes and training seeds needed to see a difference.",
        function="ilbench.cli.power:power",
    ),
    Command(
        name="trajectories",
        summary="Score how various a run's successes are as paths, beside demonstrations.",
        function="ilbench.cli.trajectories:trajectories",
    ),
    Command(
        name="leaderboard",
        summary="Make the leaderboard of runs, or check bundles before they stand on one. "
        "'ilbench leaderboard RUN...' is short for 'ilbench leaderboard make RUN...'.",
        function="ilbench.cli.leaderboard:leaderboard",
    ),
    Command(
        name="leaderboard make",
        summary="Make the leaderboard of runs: only complete runs of one preset are ranked.",
        function="ilbench.cli.leaderboard:leaderboard",
    ),
    Command(
        name="leaderboard check",
        summary="Check bundles: files, header, every record, scores. Nothing of them is executed.",
        function="ilbench.cli.leaderboard_check:check",
    ),
    Command(
        name="submission pack",
        summary="Pack a run into a bundle: records, code, card, and a manifest of all that.",
        function="ilbench.cli.pack:pack",
    ),
    Command(
        name="doctor",
        summary="Check versions, rendering, storage, and that each task plays as published.",
        function="ilbench.cli.doctor:doctor",
    ),
    Command(name="plot", summary="Draw demonstrations, and the policies that learned from them."),
    *_group(
        "plot",
        ("paths", "Draw the paths of demonstrations, or of a run, from above, colored by mode."),
        ("modes", "Draw how often demonstrations and policies show each mode."),
        ("returns", "Draw the returns of demonstrations and of policies that learned from them."),
    ),
    Command(name="author", summary="For authors of tasks: write what a task ships, and check it."),
    *_group(
        "author",
        ("all", "Write all that a new task ships, in the right order, and check it.", "everything"),
        ("contexts", "Write contexts.json from the task's generator."),
        ("golden", "Record golden.json and starts.json, which doctor replays."),
        ("references", "Measure random, expert and the demonstrations: measured.json."),
        ("digest", "Enter the task's spec digest in the ledger of its package."),
        ("check", "Try every promise of the contract on a task."),
        ("gallery", "Draw start and end of an expert's episode of every task of a suite."),
    ),
    Command(name="bench", summary="Measure what this machine needs: the harness, environments, scoring."),
    *_group(
        "bench",
        ("harness", "Measure the runner beside a bare loop over the same environment."),
        ("places", "Measure what each place of a policy costs, beside the loops of other projects."),
        ("environments", "Measure each task's references, steps a second and reset time."),
        ("adapters", "Measure what a file of another library takes and costs, beside its own call."),
        ("scoring", "Measure how long a leaderboard of many records takes, and its memory."),
    ),
    Command(
        name="check", summary="Check what ships: held-out levels, intervals, tests, estimators, records."
    ),
    *_group(
        "check",
        ("levels", "Count the test levels that are also in train or validation."),
        ("coverage", "Count how often the intervals cover, and how wide they are."),
        ("errors", "Count how often tests call equal policies different."),
        ("entropy", "Compare the entropy estimators with the truth."),
        ("records", "Compare the records of published runs with their ledger."),
    ),
    Command(
        name="check determinism",
        summary="Train and play shortly on emulated processors, and compare the digests.",
        function="ilbench.cli.determinism:determinism",
    ),
)
