"""This project's commands, in the order of ``ilbench --help``."""

from ilbench.cli.command import Command

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
        summary="Generate a task's demonstrations, import those of others, export or inspect them. "
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
        function="ilbench.cli.reports:score",
    ),
    Command(
        name="compare",
        summary="Compare two policies on the episodes that both have played, with all their training seeds.",
        function="ilbench.cli.comparing:compare",
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
        summary="Make the leaderboard of runs: only complete runs of one preset are ranked.",
        function="ilbench.cli.reports:leaderboard",
    ),
    Command(
        name="doctor",
        summary="Check the installation: simulators and versions, rendering, golden trajectories, storage.",
        function="ilbench.cli.maintenance:doctor",
    ),
    Command(
        name="bench",
        summary="Measure the runner beside a bare loop over the same environment, with the random baseline.",
        function="ilbench.cli.benchmarking:bench",
    ),
    Command(
        name="maintain", summary="For authors of tasks: write the files that a task ships, and check them."
    ),
    *(
        Command(name=f"maintain {name}", summary=summary, function=f"ilbench.cli.{function}")
        for name, summary, function in (
            ("contexts", "Write contexts.json from the task's generator.", "maintenance:contexts"),
            (
                "golden",
                "Record golden.json: the actions and states that doctor replays.",
                "maintenance:golden",
            ),
            ("references", "Measure random, expert and the demonstrations.", "maintenance:references"),
            ("gallery", "Draw start and end of an expert's episode of every task.", "maintenance:gallery"),
            ("paths", "Draw the paths of a task's standard demonstrations.", "maintenance:paths"),
            ("physics", "Compare a D3IL task's physics step with a finer one.", "maintenance:physics"),
            ("robosuite-speed", "Measure tasks beside robosuite's own step.", "maintenance:robosuite_speed"),
            ("ogbench-data", "Record data by OGBench's recipe in a point maze.", "maintenance:ogbench_data"),
            ("duplicates", "Count the test levels that are also in train.", "maintenance:duplicates"),
            ("digests", "Write the ledger of spec digests.", "maintenance:digests"),
            ("entropy-bias", "Compare the entropy estimators with the truth.", "maintenance:entropy_bias"),
            ("scoring-speed", "Measure how long a leaderboard takes.", "maintenance:scoring_speed"),
            ("coverage", "Check 95 % intervals and 5 % tests.", "calibrating:coverage"),
        )
    ),
)
