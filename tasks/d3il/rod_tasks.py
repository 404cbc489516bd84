"""The tasks of a rod on a table, declared: Avoiding, Aligning, Pushing, Sorting, Inserting."""

from __future__ import annotations

from math import comb

from ilbench.contract.fields import Field
from ilbench.contract.task import DemonstrationPlan, Preset, Split, Task
from ilbench.tasks.d3il import aligning, avoiding, inserting, pushing, sorting
from ilbench.tasks.d3il.avoiding_modes import MODES
from ilbench.tasks.d3il.declaring import (
    DEMONSTRATION_NOISE_M,
    ROD_DEPARTURES,
    RODS,
    SOURCE,
    beyond,
    image_variant,
    planar_state,
    presets,
    rod_action,
    splits,
)
from ilbench.tasks.d3il.shifts import NUM_SHIFTED, SEVERITIES, with_disturbances

_AVOIDING_STATE = Field(
    name="state",
    shape=(4,),
    unit="m",
    description="Commanded and measured position of the rod on the table, after the action.",
    components=("commanded x", "commanded y", "measured x", "measured y"),
)
_AVOIDING_TEST = (
    "The same start and field as train: D3IL has no other, and the environment is deterministic. "
    "Held-out episodes differ by the policy's seed alone, so this split measures success and "
    "diversity, not generalization; a deterministic policy plays the same episode every time."
)
_AVOIDING_SHIFTS = {
    "context-range": f"The start is {1000 * avoiding.OUTSIDE_M:.0f} mm times the severity to the sides and "
    "back.",
    "obstacle-moved": f"Every cylinder is moved {1000 * avoiding.SEVERITY_STEP_M:.0f} mm times the severity "
    "to the left or right, and every row as far to the front or back. The observation does not show it.",
}
_AVOIDING_DEPARTURES = (
    "Here also: a mode also where a row is jumped over; cylinders that a context places, and no contact with "
    "the table. The horizon is the 250 steps of D3IL's environment class; its Gym id says 150, and "
    "its evaluator cannot hold more than 150 steps and scores longer episodes as 0. Friction and masses "
    "are no shift here, as nothing is pushed."
)


def _avoiding_splits() -> tuple[Split, ...]:
    """Returns the splits of Avoiding: D3IL's one start and field, but in the shifts that draw them."""
    return (
        Split(name="train", num_contexts=1, description="D3IL's one start in D3IL's one field."),
        Split(name="test", num_contexts=1, description=_AVOIDING_TEST),
        *(
            Split(
                name=f"shift/{name}-{severity}",
                num_contexts=avoiding.NUM_SHIFTED,
                severity=severity,
                description=text,
            )
            for name, text in _AVOIDING_SHIFTS.items()
            for severity in SEVERITIES
        ),
    )


AVOIDING = with_disturbances(
    RODS.task(
        "avoiding-v3",
        summary="Move a rod through three rows of cylinders to a finish line without touching one.",
        env=".avoiding_env:AvoidingEnv",
        horizon=250,
        observation=(_AVOIDING_STATE,),
        make_contexts=".avoiding:make_contexts",
        splits=_avoiding_splits(),
        presets={
            "smoke": Preset(num_contexts=1, num_repeats=8, shift=Preset(num_contexts=8)),
            "standard": Preset(num_contexts=1, num_repeats=100, shift=Preset(num_contexts=16, num_repeats=6)),
            "full": Preset(num_contexts=1, num_repeats=480, shift=Preset(num_contexts=16, num_repeats=30)),
        },
        modes=MODES,
        expert=".avoiding_expert:AvoidingExpert",
        demonstrations=DemonstrationPlan(
            count=96,
            balanced_modes=True,
            description="Four demonstrations a mode. The expert plans a smooth path through the passages of "
            "the asked mode, with clearances and a pace of its own each time, and follows it with a "
            "wandering hand that it keeps correcting. Modes begin alike and part shortly before the first "
            "cylinder.",
        ),
        source=f"{SOURCE}From there: geometry, start, finish line, modes, control period, action, 96 "
        f"demonstrations, 480 episodes. {ROD_DEPARTURES}{_AVOIDING_DEPARTURES}",
    ),
    "avoiding",
    kinds=("sensor-noise", "action-delay"),
    num_contexts=1,
)

_ALIGNING_STATE = Field(
    name="state",
    shape=(20,),
    unit="m",
    description="Rod (commanded, measured), pose of the box and of its target, after the action. "
    "Orientations are unit quaternions with w >= 0.",
    components=(
        *(f"{kind} {axis}" for kind in ("commanded", "measured") for axis in "xyz"),
        *(
            f"{thing} {part}"
            for thing in ("box", "target")
            for part in ("x", "y", "z", "qw", "qx", "qy", "qz")
        ),
    ),
)
_ALIGNING_DEPARTURES = (
    "Aligning: 60 x 18 episodes in the full preset, as in the paper (its "
    "scripts run 60 x 8). The mode is the side of the walls on which the rod's end was, below their rim, "
    "for most of the box's way, and undefined without such a way; D3IL looks at the rod's place in the "
    "last step alone, and takes a rod above the box for inside. The box's height counts as in D3IL: the "
    "target is 9 mm higher, so 15.5 mm are left sideways."
)

ALIGNING = with_disturbances(
    RODS.task(
        "aligning-v2",
        summary="Bring an open box to a pose, by pushing its walls from inside or from outside.",
        env_options={"rules": RODS.path(".aligning:Aligning"), "planar": False},
        horizon=400,
        observation=(_ALIGNING_STATE,),
        action=rod_action("xyz"),
        make_contexts=".aligning:make_contexts",
        draw_fresh=".aligning:draw_fresh",
        splits=splits(60, "Box and target are 12 mm times the severity outside their ranges, at most."),
        modes=aligning.MODES,
        expert=".aligning_expert:AligningExpert",
        demonstrations=DemonstrationPlan(
            count=400,
            balanced_modes=True,
            noise=0.005,
            description="A scripted expert that steers the box as if it had a wheel: it chooses wall, corner "
            "or offset by the way left, from what is observed at each step, and grips anew where that is "
            "shorter.",
        ),
        source=f"{SOURCE}{ROD_DEPARTURES}{_ALIGNING_DEPARTURES}",
    ),
    "aligning",
)
ALIGNING_IMAGE = image_variant(ALIGNING, count=24)

_PUSHING_DEPARTURES = (
    "Pushing: geometry, ranges, horizon, thresholds, 30 x 16 episodes in the full "
    "preset as in D3IL. Every success has a mode: D3IL reports none where a cube was in the other zone "
    "before. Where contexts are drawn, cubes begin with at least 90 mm between their centers, so that they "
    "never touch; D3IL's ranges allow 50 mm, and its test contexts come down to 73 mm."
)

PUSHING = with_disturbances(
    RODS.task(
        "pushing-v2",
        summary="Push a red and a green cube into two zones, either cube into either zone.",
        env_options={"rules": RODS.path(".pushing:Pushing")},
        horizon=400,
        observation=planar_state(tuple(pushing.CUBES)),
        make_contexts=".pushing:make_contexts",
        draw_fresh=".pushing:draw_fresh",
        splits=splits(60, beyond("cube", "range", 15)),
        presets=presets(num_test=30, num_repeats=16),
        modes=pushing.MODES,
        expert=".pushing_expert:PushingExpert",
        demonstrations=DemonstrationPlan(
            count=400,
            balanced_modes=True,
            noise=DEMONSTRATION_NOISE_M,
            description="100 demonstrations a mode. The expert goes behind the first cube and pushes it to "
            "its zone, steering by how the cube turns, then the other; both go around what is in their way. "
            "Pace, tremor and the places within the zones vary. What it does follows from where things are, "
            "but for the mode: pairing and order are only seen once the rod has chosen its cube and side.",
        ),
        source=f"{SOURCE}{ROD_DEPARTURES}{_PUSHING_DEPARTURES}",
    ),
    "pushing",
)

_SORTING_DEPARTURES = (
    "Sorting: platform, bins, slots, horizon, modes (at most one cube registered a control step), "
    "and 60 x {repeats} episodes in the full preset as in D3IL. A cube is in a bin when "
    "its center is between its walls; D3IL counts it 5 mm earlier, when it may still lie on one. "
    "Where the last cubes drop in one step, that nearest to its bin is registered first, so "
    "that every success has a mode. Cubes begin at rest on the platform, at least 4 mm apart; D3IL "
    "drops them from inside it, and its slots allow overlaps. The walls' lengths and the "
    "{demonstrations} demonstrations are our choice. Clutter in shift/more-objects fills "
    "slots that are free: at most four cubes with two to sort, two with four, none with six."
)


def _more_objects(num_cubes: int) -> tuple[Split, ...]:
    return tuple(
        Split(
            name=f"shift/more-objects-{count}",
            num_contexts=NUM_SHIFTED,
            severity=count,
            description=(
                f"The first test contexts with {count} gray cube{'s' * (count > 1)} more in slots left free: "
                "in the way, not to be sorted, and not in the state."
            ),
        )
        for count in range(1, 7 - num_cubes)
    )


def _sorting(num_cubes: int, horizon: int, repeats: int, demonstrations: int) -> Task:
    return with_disturbances(
        RODS.task(
            f"sorting-{num_cubes}-v2",
            summary=f"Push {num_cubes} cubes over the edge of a platform, each into the bin of its color.",
            env_options={"rules": RODS.path(f".sorting:Sorting{num_cubes}")},
            horizon=horizon,
            observation=planar_state(sorting.names(num_cubes)),
            make_contexts=f".sorting:make_contexts_{num_cubes}",
            draw_fresh=f".sorting:draw_fresh_{num_cubes}",
            splits=splits(sorting.NUM_TEST, beyond("cube", "slot", 10), _more_objects(num_cubes)),
            presets=presets(sorting.NUM_TEST, repeats),
            modes=tuple(", ".join(order) for order in sorting.orders(num_cubes)),
            expert=".sorting_expert:SortingExpert",
            demonstrations=DemonstrationPlan(
                count=demonstrations,
                balanced_modes=True,
                noise=DEMONSTRATION_NOISE_M,
                description=f"{demonstrations // comb(num_cubes, num_cubes // 2)} demonstrations a mode. The "
                "expert takes the cube of the next color that is easiest to reach and to bring to its bin, "
                "and pushes it over the edge, around the other cubes; one that bars the way is first moved "
                "aside. Which color is next is not seen before the rod has chosen its cube.",
            ),
            source=f"{SOURCE}{ROD_DEPARTURES}"
            + _SORTING_DEPARTURES.format(repeats=repeats, demonstrations=demonstrations),
        ),
        f"sorting-{num_cubes}",
    )


SORTING_2 = _sorting(2, horizon=500, repeats=8, demonstrations=300)
SORTING_4 = _sorting(4, horizon=700, repeats=18, demonstrations=180)
SORTING_6 = _sorting(6, horizon=1200, repeats=20, demonstrations=200)
SORTING_4_IMAGE = image_variant(SORTING_4, count=12)

_INSERTING_EXPERT = (
    "20 demonstrations an order, all of which finish the task. The expert pushes a cube to the "
    "entrance in whatever attitude, then face on and steering, so that its edges come parallel to "
    "the walls: along a lane until it is level with its pocket, and in. It goes around what is in "
    "its way, shifts the rod on a face without sliding on it, and pushes a cube level that comes in "
    "beside its pocket. Pace, tremor and lane vary. What it does follows from where things are, but "
    "for the order, which shows in the cube that the rod goes for."
)
_INSERTING_DEPARTURES = (
    "Inserting: walls, cubes, targets, ranges, start, horizon and threshold as in D3IL's code, which has "
    "the environment only: no protocol, no data loader. So 120 scripted demonstrations, beside the 800 of "
    "people that can be imported, and 60 x 18 episodes in the full preset, as for Sorting-4 and Stacking, "
    "are of our choosing. A cube that left its target counts from when it "
    "came back, in D3IL from when it first came; two cubes that come at once give no mode, in D3IL the "
    "order of their names. Cubes begin at least 80 mm from each other and from the rod, center to "
    "center, so that they never touch; D3IL's ranges allow 71 mm."
)

INSERTING = with_disturbances(
    RODS.task(
        "inserting-v2",
        summary="Push a red, a green and a blue cube through narrow gates into their pockets, in any order.",
        env_options={"rules": RODS.path(".inserting:Inserting")},
        horizon=2000,
        observation=planar_state(tuple(inserting.CUBES)),
        make_contexts=".inserting:make_contexts",
        draw_fresh=".inserting:draw_fresh",
        splits=splits(60, beyond("cube", "range", 10)),
        presets=presets(num_test=60, num_repeats=18, num_standard=2),
        modes=inserting.MODES,
        expert=".inserting_expert:InsertingExpert",
        demonstrations=DemonstrationPlan(count=120, balanced_modes=True, description=_INSERTING_EXPERT),
        source=f"{SOURCE}{ROD_DEPARTURES}{_INSERTING_DEPARTURES}",
    ),
    "inserting",
)
