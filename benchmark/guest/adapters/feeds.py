"""Feeds: how one input of a model is made of a task's fields.

Order: the field, or several flattened and one after the other; of a vector a slice or named components; the
layout of an image; the stack of its history; ``x * scale``, then ``(x - mean) / std``; the dtype.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Array = np.ndarray[Any, Any]
    Step = Callable[[Array], Array]
    Fields = Mapping[str, Mapping[str, Any]]
    Shape = Sequence[int | None]

IMAGE_DIMENSIONS = 3


class FeedError(Exception):
    """An input that cannot be made of what the task shows."""


class InputFeed:
    """Makes an input of observations, each ``(width, *shape)`` or ``(width, history, *shape)``.

    Args:
        spec: ``field``, the name of one or a list of names; ``slice`` or ``components`` of a vector;
            ``layout``, ``scale``, ``mean``, ``std``, ``dtype``.
        fields: Those of the task, by name, as its description has them.
        history: How many of the last observations there are.
        stack: Whether these become one, along the last axis, or the channels of an image; the oldest first.

    Attributes:
        shape: Of a row.
        dtype: NumPy name.

    Raises:
        FeedError: The task has no such field, component or entry.
    """

    def __init__(
        self, spec: Mapping[str, Any], fields: Fields, history: int = 1, *, stack: bool = False
    ) -> None:
        field = spec["field"]
        self._names: list[str] = [field] if isinstance(field, str) else list(field)
        for name in self._names:
            if name not in fields:
                raise FeedError(f"the task has no field {name!r}; it has: {', '.join(fields)}")
        self._spec = spec
        self._flat = not isinstance(field, str)
        self._steps: list[Step] = []
        self._is_picture = False
        self._scaled = any(key in spec for key in ("scale", "mean", "std"))
        self._history, self._stack = history, stack and history > 1
        inner, self.dtype = self._joined(fields)
        inner = self._chosen(inner, fields)
        inner = self._laid_out(inner)
        self.shape = self._stacked(inner)
        self._scale()

    def __call__(self, observations: Mapping[str, Array]) -> Array:
        """Returns the input of all rows."""
        found = [observations[name] for name in self._names]
        if self._flat:
            lead = 1 if self._history == 1 else 2
            found = [one.reshape((*one.shape[:lead], -1)) for one in found]
        value = found[0] if len(found) == 1 else np.concatenate(found, -1)
        for step in self._steps:
            value = step(value)
        return value.astype(self.dtype, "C", copy=False)

    def fitted(self, shape: Shape | None, dtype: str | None) -> InputFeed:
        """Returns this feed, in the dtype that the model wants, and its layout where only that differs.

        Raises:
            FeedError: The model wants another shape, or real numbers of a picture of bytes without saying
                their range.
        """
        if shape is not None and not _fits(self.shape, shape):
            moved = (*self.shape[:-3], self.shape[-1], *self.shape[-3:-1])
            if not self._is_picture or "layout" in self._spec or not _fits(moved, shape):
                raise FeedError(f"it takes {shown(shape)}, and is fed {shown(self.shape)}")
            self._steps.append(_to_channels_first)
            self.shape = moved
        wanted = self._spec.get("dtype") or dtype
        if wanted is None:
            return self
        if self._is_picture and not self._scaled and np.dtype(wanted).kind == "f" and self.dtype == "uint8":
            raise FeedError(
                "it takes real numbers and is fed the bytes of a picture: say scale = 0.00392156862745098 "
                "for [0, 1], or scale = 1.0 for [0, 255]"
            )
        if (
            np.dtype(self.dtype).kind == "f"
            and np.dtype(wanted).kind not in "fc"
            and "dtype" not in self._spec
        ):
            raise FeedError(f"it takes {wanted}, and is fed {self.dtype}")
        self.dtype = str(np.dtype(wanted))
        return self

    def _joined(self, fields: Fields) -> tuple[tuple[int, ...], str]:
        """Returns shape and dtype of the field, or of several one after the other."""
        shapes = [tuple(fields[name]["shape"]) for name in self._names]
        dtype = str(np.result_type(*(np.dtype(fields[name]["dtype"]) for name in self._names)))
        if self._flat:
            return (sum(int(np.prod(shape)) for shape in shapes),), dtype
        self._is_picture = len(shapes[0]) == IMAGE_DIMENSIONS
        return shapes[0], dtype

    def _chosen(self, shape: tuple[int, ...], fields: Fields) -> tuple[int, ...]:
        """Enters the step that takes some entries of a vector; returns the shape."""
        spec = self._spec
        if "slice" not in spec and "components" not in spec:
            return shape
        if len(shape) != 1:
            raise FeedError(f"a slice is of a vector, and {self._names[0]} has the shape {shown(shape)}")
        if "slice" in spec:
            start, stop = spec["slice"]
            if not 0 <= start < stop <= shape[0]:
                raise FeedError(f"slice = [{start}, {stop}] is no part of the {shape[0]} entries of a row")
            self._steps.append(lambda value: value[..., start:stop])
            return (stop - start,)
        declared = [name for field in self._names for name in fields[field]["components"]]
        index = [at for wanted in spec["components"] for at in _places(wanted, declared, shape[0])]
        self._steps.append(lambda value: value[..., index])
        return (len(index),)

    def _laid_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        layout = self._spec.get("layout")
        if layout is None:
            return shape
        if len(shape) != IMAGE_DIMENSIONS:
            raise FeedError(f"layout = {layout!r} is of an image, and the shape is {shown(shape)}")
        if layout == "HWC":
            return shape
        self._steps.append(_to_channels_first)
        return (shape[2], shape[0], shape[1])

    def _stacked(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if not self._stack:
            return shape if self._history == 1 else (self._history, *shape)
        axis = 0 if self._spec.get("layout") == "CHW" else len(shape) - 1
        self._steps.append(lambda value: np.concatenate(np.moveaxis(value, 1, 0), axis + 1))
        return (*shape[:axis], shape[axis] * self._history, *shape[axis + 1 :])

    def _scale(self) -> None:
        spec = self._spec
        if "scale" in spec:
            scale = np.float32(spec["scale"])
            self._steps.append(lambda value: value * scale)
        if "mean" in spec or "std" in spec:
            mean, std = (
                self._per_channel(spec.get(key, default)) for key, default in (("mean", 0), ("std", 1))
            )
            self._steps.append(lambda value: (value - mean) / std)
        if self._scaled:
            self.dtype = "float32"

    def _per_channel(self, numbers: Any) -> Array:
        """Returns a number, or one a channel, in the shape that NumPy spreads over a row."""
        array = np.asarray(numbers, np.float32)
        channels_first = self._spec.get("layout") == "CHW"
        channels = self.shape[-IMAGE_DIMENSIONS if channels_first else -1]
        if array.ndim and len(array) != channels:
            raise FeedError(
                f"mean and std have {len(array)} numbers, expected one, or one for each of {channels}"
            )
        return array.reshape((-1, 1, 1)) if array.ndim and channels_first else array


def shown(shape: Shape) -> str:
    """Returns a shape in words: ``(4)``, ``(any, 96, 96, 3)``."""
    return f"({', '.join('any' if size is None else str(size) for size in shape)})"


def _to_channels_first(value: Array) -> Array:
    return np.moveaxis(value, -1, -3)


def _fits(ours: Sequence[int], theirs: Shape) -> bool:
    return len(ours) == len(theirs) and all(t is None or t == o for o, t in zip(ours, theirs))  # noqa: B905


def _places(wanted: str, declared: Sequence[str], count: int) -> list[int]:
    """Returns where a component is: one of that name, or all whose names begin with it and a blank."""
    if len(declared) != count:
        raise FeedError(f"the task names no components of these {count} entries; say slice = [start, stop]")
    found = [at for at, name in enumerate(declared) if name == wanted]
    found = found or [at for at, name in enumerate(declared) if name.startswith(f"{wanted} ")]
    if not found:
        raise FeedError(f"no component is named {wanted!r}, or begins so; there are: {', '.join(declared)}")
    return found
