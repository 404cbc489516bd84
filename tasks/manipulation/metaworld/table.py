"""The 50 environments of Meta-World v3: what each asks for, what it shows, what its contexts vary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

QuaternionOrder: TypeAlias = Literal["xyzw", "wxyz", "none"]
"""How an object's quaternion is laid out: Meta-World mixes both orders; ``none``: zeros, or a constant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one environment has of its own.

    Attributes:
        name: Meta-World's name without its version.
        summary: What has to be done, in one sentence.
        varies: What the contexts vary, and over which ranges.
        objects: What the one or two object entries of the observation hold.
        quaternions: The order of each object's quaternion.
        expert: Its module in this package, and class.
        noise: Strength of the noise that demonstrations are executed with.
        version: Of this project's task.
    """

    name: str
    summary: str
    varies: str
    objects: tuple[str, ...]
    quaternions: tuple[QuaternionOrder, ...] = ("wxyz",)
    expert: str = "experts:ScriptedExpert"
    noise: float = 0.1
    version: int = 1

    @property
    def env_name(self) -> str:
        """Meta-World's name, with its version."""
        return f"{self.name}-v3"


ROWS = (
    Row(
        name="assembly",
        summary="Pick up a round nut by its handle and put it over a peg.",
        varies="peg in 20 × 10 cm; the nut starts at one place",
        objects=("nut handle",),
    ),
    Row(
        name="basketball",
        summary="Pick up a ball and drop it into a basket.",
        varies="ball in 20 × 10 cm, basket in 20 × 5 cm",
        objects=("ball",),
        expert="laws:BasketballExpert",
    ),
    Row(
        name="bin-picking",
        summary="Pick up a cube in one bin and put it into the other.",
        varies="cube in 18 × 10 cm; the bins stand still",
        objects=("cube",),
    ),
    Row(
        name="box-close",
        summary="Pick up a lid by its handle and put it on a box.",
        varies="lid in 10 × 5 cm, box in 20 × 10 cm",
        objects=("lid",),
        expert="laws:BoxCloseExpert",
    ),
    Row(
        name="button-press-topdown",
        summary="Press a button from above.",
        varies="button in 20 × 10 cm",
        objects=("button",),
    ),
    Row(
        name="button-press-topdown-wall",
        summary="Press a button from above, behind a wall.",
        varies="button in 20 × 10 cm",
        objects=("button",),
    ),
    Row(
        name="button-press",
        summary="Press a button from the front.",
        varies="button in 20 × 5 cm",
        objects=("button",),
    ),
    Row(
        name="button-press-wall",
        summary="Press a button from the front, behind a wall.",
        varies="button in 10 × 5 cm",
        objects=("button",),
    ),
    Row(
        name="coffee-button",
        summary="Press the button of a coffee machine.",
        varies="machine in 20 × 10 cm",
        objects=("button",),
        quaternions=("none",),
    ),
    Row(
        name="coffee-pull",
        summary="Pull a mug from under a coffee machine to a goal.",
        varies="mug and machine in 10 × 5 cm, goal in 20 × 10 cm",
        objects=("mug",),
        quaternions=("xyzw",),
    ),
    Row(
        name="coffee-push",
        summary="Push a mug to its place under a coffee machine.",
        varies="mug in 20 × 10 cm, machine in 10 × 5 cm",
        objects=("mug",),
        quaternions=("xyzw",),
    ),
    Row(
        name="dial-turn",
        summary="Turn a dial by half a turn.",
        varies="dial in 20 × 10 cm",
        objects=("dial",),
    ),
    Row(
        name="disassemble",
        summary="Lift a round nut off the peg it is on.",
        varies="peg with nut in 10 × 15 cm",
        objects=("nut handle",),
        expert="laws:DisassembleExpert",
    ),
    Row(
        name="door-close",
        summary="Push an open door shut.",
        varies="door in 10 × 10 cm",
        objects=("door handle",),
        quaternions=("xyzw",),
    ),
    Row(
        name="door-lock",
        summary="Turn the lock of a door down.",
        varies="door in 20 × 5 cm",
        objects=("lock",),
    ),
    Row(
        name="door-open",
        summary="Pull a door open by its handle.",
        varies="door in 10 × 10 cm",
        objects=("door handle",),
        quaternions=("xyzw",),
        expert="laws:DoorOpenExpert",
    ),
    Row(
        name="door-unlock",
        summary="Turn the lock of a door to the side.",
        varies="door in 20 × 5 cm",
        objects=("lock",),
    ),
    Row(
        name="hand-insert",
        summary="Pick up a block and put it deep into a hole in the table.",
        varies="block in 20 × 10 cm, goal in 8 × 8 cm",
        objects=("block",),
    ),
    Row(
        name="drawer-close",
        summary="Push an open drawer shut.",
        varies="drawer along 20 cm",
        objects=("drawer handle",),
        quaternions=("none",),
    ),
    Row(
        name="drawer-open",
        summary="Pull a drawer open by its handle.",
        varies="drawer along 20 cm",
        objects=("drawer handle",),
    ),
    Row(
        name="faucet-open",
        summary="Turn a faucet counter-clockwise.",
        varies="faucet in 10 × 5 cm",
        objects=("faucet handle",),
    ),
    Row(
        name="faucet-close",
        summary="Turn a faucet clockwise.",
        varies="faucet in 20 × 5 cm",
        objects=("faucet handle",),
    ),
    Row(
        name="hammer",
        summary="Pick up a hammer and drive in a nail with it.",
        varies="hammer in 20 × 10 cm; the nail is at one place",
        objects=("hammer", "nail"),
        quaternions=("wxyz", "wxyz"),
    ),
    Row(
        name="handle-press-side",
        summary="Press down a handle that points to the side.",
        varies="handle in 10 × 10 cm",
        objects=("handle",),
        quaternions=("none",),
    ),
    Row(
        name="handle-press",
        summary="Press down a handle.",
        varies="handle in 20 × 10 cm",
        objects=("handle",),
        quaternions=("none",),
    ),
    Row(
        name="handle-pull-side",
        summary="Pull up a handle that points to the side.",
        varies="handle in 10 × 10 cm",
        objects=("handle",),
        quaternions=("none",),
    ),
    Row(
        name="handle-pull",
        summary="Pull up a handle.",
        varies="handle in 20 × 10 cm",
        objects=("handle",),
        quaternions=("none",),
    ),
    Row(
        name="lever-pull",
        summary="Pull a lever up by a quarter turn.",
        varies="lever in 20 × 10 cm",
        objects=("lever",),
        quaternions=("xyzw",),
    ),
    Row(
        name="pick-place-wall",
        summary="Pick up a puck and carry it over a wall to a goal in the air.",
        varies="puck in 10 × 5 cm, goal in 10 × 5 × 25 cm",
        objects=("puck",),
        quaternions=("xyzw",),
    ),
    Row(
        name="pick-out-of-hole",
        summary="Pick up a puck out of a hole and carry it to a goal in the air.",
        varies="goal in 20 × 10 × 15 cm; the puck starts at one place",
        objects=("puck",),
    ),
    Row(
        name="pick-place",
        summary="Pick up a puck and carry it to a goal in the air.",
        varies="puck in 20 × 10 cm, goal in 20 × 10 × 25 cm behind it, at least 15 cm apart in the plane",
        objects=("puck",),
        quaternions=("xyzw",),
        expert="experts:PickPlaceExpert",
        noise=0.15,
        version=2,
    ),
    Row(
        name="plate-slide",
        summary="Slide a plate forward into a cabinet.",
        varies="cabinet in 20 × 5 cm; the plate starts at one place",
        objects=("plate",),
        quaternions=("xyzw",),
    ),
    Row(
        name="plate-slide-side",
        summary="Slide a plate to the side into a cabinet.",
        varies="cabinet in 5 × 12 cm; the plate starts at one place",
        objects=("plate",),
        quaternions=("xyzw",),
    ),
    Row(
        name="plate-slide-back",
        summary="Slide a plate out of a cabinet, toward the robot.",
        varies="goal along 20 cm; the plate starts at one place",
        objects=("plate",),
        quaternions=("xyzw",),
    ),
    Row(
        name="plate-slide-back-side",
        summary="Slide a plate out of a cabinet, to the side.",
        varies="goal along 20 cm; the plate starts at one place",
        objects=("plate",),
        quaternions=("xyzw",),
    ),
    Row(
        name="peg-insert-side",
        summary="Pick up a peg and insert it sideways into a hole in a box.",
        varies="peg in 20 × 20 cm, box in 10 × 30 cm",
        objects=("peg",),
        quaternions=("xyzw",),
        expert="laws:PegInsertExpert",
    ),
    Row(
        name="peg-unplug-side",
        summary="Pull a peg sideways out of a hole.",
        varies="peg and hole in 10 × 20 cm",
        objects=("peg end",),
    ),
    Row(
        name="soccer",
        summary="Push a ball into a goal.",
        varies="ball in 20 × 10 cm, goal in 20 × 10 cm",
        objects=("ball",),
        quaternions=("xyzw",),
        expert="laws:DragExpert",
    ),
    Row(
        name="stick-push",
        summary="Pick up a stick and push a thermos to a goal with it.",
        varies="stick in 5 × 4 cm, goal along 5 cm; the thermos starts at one place",
        objects=("stick", "thermos"),
        quaternions=("xyzw", "none"),
    ),
    Row(
        name="stick-pull",
        summary="Pick up a stick, put it through the handle of a thermos and pull that to a goal.",
        varies="stick in 10 × 10 cm, goal in 10 × 10 cm less a strip of 1 mm that the thermos cannot reach; "
        "the thermos starts at one place",
        objects=("stick", "thermos handle"),
        quaternions=("xyzw", "none"),
        expert="laws:StickPullExpert",
    ),
    Row(
        name="push",
        summary="Push a puck over the table to a goal.",
        varies="puck in 20 × 10 cm, goal in 20 × 10 cm",
        objects=("puck",),
        quaternions=("xyzw",),
    ),
    Row(
        name="push-wall",
        summary="Push a puck around a wall to a goal.",
        varies="puck in 10 × 5 cm, goal in 10 × 5 cm",
        objects=("puck",),
        quaternions=("xyzw",),
    ),
    Row(
        name="push-back",
        summary="Pull a block over the table toward the robot, to a goal.",
        varies="block in 20 × 5 cm, goal in 20 × 10 cm",
        objects=("block",),
        quaternions=("xyzw",),
        expert="laws:DragExpert",
    ),
    Row(
        name="reach",
        summary="Move the hand to a goal in the air.",
        varies="goal in 20 × 10 × 25 cm; a puck that does not matter in 20 × 10 cm",
        objects=("puck",),
        quaternions=("xyzw",),
    ),
    Row(
        name="reach-wall",
        summary="Move the hand to a goal in the air behind a wall.",
        varies="goal in 10 × 5 × 25 cm; a puck that does not matter in 10 × 5 cm",
        objects=("puck",),
        quaternions=("xyzw",),
    ),
    Row(
        name="shelf-place",
        summary="Pick up a block and put it on a shelf.",
        varies="block in 20 × 10 cm, shelf in 20 × 10 cm",
        objects=("block",),
        quaternions=("xyzw",),
        expert="laws:ShelfPlaceExpert",
    ),
    Row(
        name="sweep-into",
        summary="Sweep a cube into a hole in the table.",
        varies="cube in 20 × 10 cm; the hole is at one place",
        objects=("cube",),
        quaternions=("xyzw",),
        expert="laws:DragExpert",
    ),
    Row(
        name="sweep",
        summary="Sweep a cube sideways off the table.",
        varies="cube in 20 × 10 cm; the goal is beside it",
        objects=("cube",),
    ),
    Row(
        name="window-open",
        summary="Slide a window open by its handle.",
        varies="window in 20 × 20 cm",
        objects=("window handle",),
        quaternions=("none",),
    ),
    Row(
        name="window-close",
        summary="Slide a window shut by its handle.",
        varies="window along 15 cm",
        objects=("window handle",),
        quaternions=("none",),
    ),
)
"""In Meta-World's order."""
