"""Lossless videos, decoded again."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from ilbench.demonstrations.exports import lerobot_video
from ilbench.errors import MissingPackageError

av = pytest.importorskip("av", reason="videos are encoded by PyAV, of the extra 'video'")


def test_every_pixel_comes_back(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (5, 33, 35, 3), dtype=np.uint8)
    video = lerobot_video.LosslessVideo(tmp_path / "new" / "a.mp4", Fraction(25, 2), (33, 35, 3))
    video.add(pictures[:2])
    video.add(pictures[2:])
    video.close()
    with av.open(str(tmp_path / "new" / "a.mp4")) as file:
        frames = list(file.decode(video=0))
    assert np.array_equal(np.stack([frame.to_ndarray(format="rgb24") for frame in frames]), pictures)
    assert [round(frame.time * 12.5) for frame in frames] == [0, 1, 2, 3, 4]
    said = lerobot_video.description(12.5, (33, 35, 3))
    assert (said["video.pix_fmt"], said["video.height"]) == (frames[0].format.name, frames[0].height)


def test_a_missing_encoder_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(lerobot_video, "installed_version", lambda name: None)
    with pytest.raises(MissingPackageError, match="needs the package 'av'"):
        lerobot_video.check_can_encode()
