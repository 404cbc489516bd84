"""The commands of the suites, as values; their functions are in each suite's module ``commands``.

They stand here and not there, since ``ilbench --help`` reads them, and a suite's package declares its tasks
as soon as it is imported.
"""

from ilbench.cli.command import Command

COMMANDS = (
    Command(name="d3il", summary="Tools of the D3IL suite."),
    Command(
        name="d3il physics",
        summary="Compare a task's physics step with a finer one.",
        function="ilbench.tasks.d3il.commands:physics",
    ),
    Command(name="robosuite", summary="Tools of the robosuite suite."),
    Command(
        name="robosuite speed",
        summary="Measure tasks beside robosuite's own step and MuJoCo alone.",
        function="ilbench.tasks.manipulation.robosuite.commands:speed",
    ),
    Command(name="ogbench", summary="Tools of OGBench's point mazes."),
    Command(
        name="ogbench record",
        summary="Record data by OGBench's recipe.",
        function="ilbench.tasks.navigation.commands:record",
    ),
)
