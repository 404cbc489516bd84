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
    Command(
        name="d3il replay",
        summary="Play people's recorded commands, and compare with the recordings.",
        function="ilbench.tasks.d3il.commands:replay",
    ),
    Command(
        name="d3il speed",
        summary="Measure tasks beside MuJoCo alone and beside D3IL.",
        function="ilbench.tasks.d3il.commands:speed",
    ),
    Command(name="robosuite", summary="Tools of the robosuite suite."),
    Command(
        name="robosuite speed",
        summary="Measure tasks beside robosuite's own step and MuJoCo alone.",
        function="ilbench.tasks.manipulation.robosuite.commands:speed",
    ),
    Command(name="pusht", summary="Tools of the PushT suite."),
    Command(
        name="pusht replay",
        summary="Play people's recorded actions and compare.",
        function="ilbench.tasks.manipulation.pusht.commands:replay",
    ),
    Command(name="kitchen", summary="Tools of the Franka kitchen."),
    Command(
        name="kitchen replay",
        summary="Play people's recorded actions and compare.",
        function="ilbench.tasks.manipulation.gymnasium_robotics.commands:replay_kitchen",
    ),
    Command(name="adroit", summary="Tools of the Adroit suite."),
    Command(
        name="adroit replay",
        summary="Play people's recorded actions and compare.",
        function="ilbench.tasks.manipulation.gymnasium_robotics.commands:replay_adroit",
    ),
    Command(
        name="adroit weights",
        summary="Install the trained policies that are its experts.",
        function="ilbench.tasks.manipulation.gymnasium_robotics.commands:weights",
    ),
    Command(name="ogbench", summary="Tools of OGBench's point mazes."),
    Command(
        name="ogbench record",
        summary="Record data by OGBench's recipe.",
        function="ilbench.tasks.navigation.commands:record",
    ),
)
