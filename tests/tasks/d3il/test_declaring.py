from __future__ import annotations

from ilbench.tasks.d3il.declaring import beyond, image_variant, planar_state, presets, splits
from ilbench.tasks.d3il.rod_tasks import PUSHING


def test_the_full_preset_is_d3ils_number_of_episodes():
    full = presets(num_test=60, num_repeats=18)["full"]
    assert (full.num_contexts, full.num_repeats) == (60, 18)


def test_starts_outside_of_the_ranges_have_five_severities_that_are_on_file():
    shifts = [split for split in splits(60, beyond("cube", "range", 12)) if split.name.startswith("shift/")]
    assert [split.severity for split in shifts] == [1, 2, 3, 4, 5]
    assert all(split.of is None and not split.overlay for split in shifts)


def test_a_state_names_the_rod_then_each_object():
    (field,) = planar_state(["red"])
    assert field.components[:4] == ("commanded x", "commanded y", "measured x", "measured y")
    assert field.components[4:] == ("red x", "red y", "red sin yaw", "red cos yaw")


def test_an_image_variant_plays_the_same_episodes():
    seen = image_variant(PUSHING, count=5)
    assert (seen.id, seen.contexts_of) == ("d3il/pushing-image-v2", PUSHING.data)
    assert seen.contexts("test") == PUSHING.contexts("test")
    assert [field.name for field in seen.observation] == ["state", "fixed", "wrist"]
