from __future__ import annotations

import pytest

from ilbench.tasks.d3il.panda_masses import FLANGE, HAND, LINKS, ROD, ROD_TIP, Mass, finger, joined


def test_what_moves_weighs_what_the_original_arm_weighs():
    fingers = [*finger(1), *finger(-1)]
    parts = [*(link.mass for link in LINKS), FLANGE, HAND, ROD, ROD_TIP, *fingers]
    assert sum(part.kg for part in parts) == pytest.approx(15.81, abs=0.005)


def test_two_points_on_a_line_turn_about_their_middle_but_not_about_the_line():
    point = Mass(kg=2.0, center=(0.0, 0.0, 0.0), inertia=(0.0, 0.0, 0.0))
    kg, center, moments = joined([point.moved((0.0, 0.0, 0.3)), point.moved((0.0, 0.0, -0.1))])
    assert (kg, center) == (4.0, pytest.approx((0.0, 0.0, 0.1)))
    assert moments == pytest.approx((0.16, 0.16, 0.0, 0.0, 0.0, 0.0))


def test_principal_axes_are_turned_into_the_frame_of_the_body():
    quarter_about_z = (1.0, 0.0, 0.0, 1.0)
    mass = Mass(kg=1.0, center=(0.0, 0.0, 0.0), inertia=(1.0, 2.0, 3.0), axes=quarter_about_z)
    assert joined([mass])[2] == pytest.approx((2.0, 1.0, 3.0, 0.0, 0.0, 0.0))
