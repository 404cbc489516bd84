"""Videos of episodes: captioned pictures, encoded as the H.264 that browsers play."""

from __future__ import annotations

import io
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ilbench.contract.headless import choose_backend
from ilbench.contract.task import Task, installed_version
from ilbench.errors import ILBenchError, MissingPackageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

PACKAGE = "av"
FRAMES_PER_SECOND = 30
UNTIMED_FRAMES_PER_SECOND = 10
"""For tasks whose steps have no duration, such as moves on a grid."""

END_S = 1.0
"""How long the last picture stands."""

MIN_SIDE = 480
"""Smaller pictures are enlarged by a whole factor, so that a pixel of a grid stays sharp."""

QUALITY = "20"
"""x264's constant rate factor: 18 cannot be told from the original, 23 is x264's own."""

BAR_HEIGHT = 44
FONT_SIZE = 14
WHITE, GREEN, RED = (235, 235, 235), (120, 220, 120), (240, 130, 120)


class UnfilmableTaskError(ILBenchError):
    """A task whose environment draws nothing."""


def check_can_film(task: Task) -> None:
    """Checks that videos can be encoded here, and that the task's environment can be drawn.

    Raises:
        MissingPackageError: The encoder or the simulator is not installed; says how to install it.
        UnfilmableTaskError: The environment knows no ``render_mode="rgb_array"``.
    """
    if installed_version(PACKAGE) is None:
        raise MissingPackageError("a video", PACKAGE, "video")
    missing = task.missing_package()
    if missing is not None:
        raise MissingPackageError(f"task {task.id!r}", missing, task.extra)
    choose_backend()
    env = task.make_env()
    metadata: Mapping[str, Any] = env.metadata
    env.close()
    if "rgb_array" not in metadata.get("render_modes", ()):
        raise UnfilmableTaskError(
            f"{task.id} cannot be filmed: its environment {task.env} names no 'rgb_array' in "
            'metadata["render_modes"]'
        )


def pace(control_hz: float | None) -> tuple[int, Fraction]:
    """Returns how many control steps pass from picture to picture, and the pictures per second.

    A video runs in real time, as near to 30 pictures per second as whole steps allow (within 20 to 45
    for tasks of 20 Hz or more); at 10 steps per second where a step has no duration.

    >>> pace(20.0), pace(1 / 0.035), pace(100.0), pace(None)
    ((1, Fraction(20, 1)), (1, Fraction(200, 7)), (3, Fraction(100, 3)), (1, Fraction(10, 1)))
    """
    if control_hz is None:
        return 1, Fraction(UNTIMED_FRAMES_PER_SECOND)
    stride = max(1, round(control_hz / FRAMES_PER_SECOND))
    return stride, Fraction(control_hz / stride).limit_denominator(1000)


class Film:
    """A video under way. It lives in memory: a disk never sees half of it.

    Args:
        rate: Pictures per second.
        title: Kept in the file's metadata.
    """

    def __init__(self, rate: Fraction, title: str) -> None:
        import av

        self._rate = rate
        self._content = io.BytesIO()
        self._container = av.open(self._content, "w", format="mp4")
        self._container.metadata["title"] = title
        self._stream: Any = None
        self._last: NDArray[np.uint8] | None = None

    def add(self, picture: NDArray[np.uint8], lines: tuple[str, str], color: tuple[int, int, int]) -> None:
        """Appends a picture with a caption of two lines beneath it.

        Args:
            picture: Shape (height, width, 3), uint8; of the same shape throughout.
            lines: The caption.
            color: Color of its second line.
        """
        frame = captioned(enlarged(picture), lines, color)
        if self._stream is None:
            self._stream = self._container.add_stream("libx264", rate=self._rate)
            self._stream.height, self._stream.width = frame.shape[:2]
            self._stream.pix_fmt = "yuv420p"  # what browsers play
            self._stream.options = {"crf": QUALITY}
        self._encode(frame)
        self._last = frame

    def finish(self) -> bytes | None:
        """Returns the MP4 file, its last picture standing for a second; None of a film without pictures."""
        if self._last is not None:
            for _ in range(round(END_S * self._rate)):
                self._encode(self._last)
            self._container.mux(self._stream.encode())
        self._container.close()
        return None if self._last is None else self._content.getvalue()

    def _encode(self, frame: NDArray[np.uint8]) -> None:
        import av

        self._container.mux(self._stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))


def enlarged(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Returns the picture, each pixel repeated so that the shorter side has at least `MIN_SIDE`."""
    factor = math.ceil(MIN_SIDE / min(picture.shape[:2]))
    return picture if factor == 1 else picture.repeat(factor, axis=0).repeat(factor, axis=1)


def captioned(
    picture: NDArray[np.uint8], lines: tuple[str, str], color: tuple[int, int, int]
) -> NDArray[np.uint8]:
    """Returns the picture on a bar with the caption; both sides are even, as H.264 wants them."""
    from PIL import Image, ImageDraw, ImageFont

    height, width = picture.shape[:2]
    image = Image.new("RGB", (width + width % 2, height + BAR_HEIGHT + (height + BAR_HEIGHT) % 2))
    image.paste(Image.fromarray(picture), (0, 0))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(FONT_SIZE)
    for number, (line, fill) in enumerate(zip(lines, (WHITE, color), strict=True)):
        draw.text((8, height + 4 + 18 * number), line, fill=fill, font=font)
    return np.asarray(image)
