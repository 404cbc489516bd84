"""Videos of a LeRobotDataset: H.264 that loses nothing, so that every pixel is the demonstration's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ilbench.contract.task import installed_version
from ilbench.errors import MissingPackageError

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

PACKAGE = "av"
OPTIONS: Mapping[str, str] = {"crf": "0", "g": "2", "preset": "veryfast"}
"""Lossless, and every second picture stands by itself: training reads single pictures anywhere."""


def check_can_encode() -> None:
    """Checks that videos can be encoded here.

    Raises:
        MissingPackageError: The encoder is not installed.
    """
    if installed_version(PACKAGE) is None:
        raise MissingPackageError("a LeRobotDataset with pictures", PACKAGE, "video")


class LosslessVideo:
    """A video file under way; `close` ends it.

    Args:
        path: The file.
        rate: Pictures per second.
        shape: Height, width, channels of each picture.
    """

    def __init__(self, path: Path, rate: Fraction, shape: tuple[int, ...]) -> None:
        import av

        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._container = av.open(str(path), "w")
        self._stream: Any = self._container.add_stream("libx264rgb", rate=rate)
        self._stream.height, self._stream.width = shape[:2]
        self._stream.pix_fmt = "rgb24"
        self._stream.options = dict(OPTIONS)

    def add(self, pictures: NDArray[np.uint8]) -> None:
        """Appends pictures, shape ``(T, height, width, 3)``."""
        import av

        for picture in pictures:
            self._container.mux(self._stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))

    @property
    def num_bytes(self) -> int:
        """How much of it lies on the disk so far."""
        return self._path.stat().st_size

    def close(self) -> None:
        """Writes what is left and closes the file."""
        self._container.mux(self._stream.encode())
        self._container.close()


def description(rate: float, shape: tuple[int, ...]) -> dict[str, Any]:
    """Returns what ``meta/info.json`` says of such a video."""
    return {
        "video.height": shape[0],
        "video.width": shape[1],
        "video.codec": "h264",
        "video.pix_fmt": "gbrp",
        "video.is_depth_map": False,
        "video.fps": rate,
        "video.channels": shape[2],
        "has_audio": False,
    }
