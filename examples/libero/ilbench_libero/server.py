"""LIBERO's process: run by the interpreter of LIBERO's virtual environment, asked by `ilbench_libero.env`.

It imports neither ILBench nor its dependencies: ``python server.py READ_FD WRITE_FD GUEST_FOLDER``, where the
last is the folder of `ilbench.guest`.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import pickle
import shutil
import sys
import tempfile
import traceback
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import wire  # type: ignore[import-not-found, unused-ignore] # the folder of this script is on its path

ASSETS = (
    "articulated_objects",
    "scenes",
    "stable_hope_objects",
    "stable_scanned_objects",
    "turbosquid_objects",
)
"""Folders of meshes and textures that neither of LIBERO's packages on PyPI holds."""

ASSETS_VARIABLE = "ILBENCH_LIBERO_ASSETS"
"""Names the folder of assets, where it is not one of LIBERO's own places."""

STILL = np.array([0.0] * 6 + [-1.0])
"""No motion, and an open hand."""

ARRAY_PARTS = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
}


class NotInstalledError(Exception):
    """Something that the user has to install: what, where, and how."""


def main() -> None:
    """Answers until the adapter closes the pipe."""
    read_fd, write_fd = int(sys.argv[1]), int(sys.argv[2])
    sys.path.append(sys.argv[3])
    from channel import Channel, ChannelClosedError  # type: ignore[import-not-found]

    server = Server()
    channel = Channel(read_fd, write_fd)
    while True:
        try:
            kind, payload = channel.receive()
        except ChannelClosedError:
            return
        try:
            answer = server.answer(kind, payload)
        except NotInstalledError as error:
            channel.send(wire.MISSING, str(error).encode())
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            text = f"{type(error).__name__}: {error} ({last.filename}:{last.lineno})"
            channel.send(wire.FAULT, text.encode()[:8000])
        else:
            channel.send(wire.DONE, answer)


class Server:
    """One LIBERO environment."""

    def __init__(self) -> None:
        self._env: Any = None
        self._layout: wire.Layout = []
        self._starts = np.zeros(0)
        self._wait_steps = 0

    def answer(self, kind: bytes, payload: bytes) -> bytes:
        """Returns the answer to a request, see `wire`."""
        if kind == wire.MAKE:
            self._make(json.loads(payload))
            return b""
        if kind == wire.RESET:
            return self._reset(json.loads(payload))
        if kind == wire.STEP:
            return self._step(np.frombuffer(payload, dtype=np.float32).astype(np.float64))
        if kind == wire.STATE:
            state: bytes = np.asarray(self._env.get_sim_state(), dtype=np.float64).tobytes()
            return state
        raise ValueError(f"no request is called {kind!r}")

    def _make(self, wanted: dict[str, Any]) -> None:
        root = find_libero(wanted["versions"])
        assets = find_assets(root)
        configure(root, assets)
        try:
            import libero.libero  # type: ignore[import-not-found]

            libero.libero._assets_path_cache = str(assets)  # else it may ask the network
            from libero.libero.envs import OffScreenRenderEnv  # type: ignore[import-not-found]
        except ImportError as error:
            raise NotInstalledError(f"LIBERO cannot be imported by {sys.executable}: {error}") from error
        name = Path(wanted["suite"], wanted["task"])
        self._starts = load_array(root / "init_files" / name.with_name(f"{name.name}.pruned_init"))
        self._layout = [(name, tuple(shape), dtype) for name, shape, dtype in wanted["layout"]]
        self._wait_steps = wanted["wait_steps"]
        pixels = self._layout[0][1][0]
        self._env = OffScreenRenderEnv(
            bddl_file_name=str(root / "bddl_files" / name.with_name(f"{name.name}.bddl")),
            camera_heights=pixels,
            camera_widths=pixels,
        )

    def _reset(self, context: dict[str, int]) -> bytes:
        np.random.seed(context.get("seed", 0))  # noqa: NPY002 - where LIBERO draws from
        observation = self._env.reset()
        if "init_state" in context:
            observation = self._env.set_init_state(self._starts[context["init_state"]])
        done = False
        for _ in range(self._wait_steps):
            observation, _, done, _ = self._env.step(STILL)
        return self._packed(observation, done)

    def _step(self, action: np.ndarray[Any, Any]) -> bytes:
        observation, _, done, _ = self._env.step(action)
        return self._packed(observation, done)

    def _packed(self, named: dict[str, Any], done: bool) -> bytes:
        hand = ("robot0_eef_pos", "robot0_eef_quat", "robot0_gripper_qpos")
        observation = {
            "agentview": named["agentview_image"][::-1, ::-1],
            "wrist": named["robot0_eye_in_hand_image"][::-1, ::-1],
            "state": np.concatenate([named[key] for key in hand]),
        }
        answer: bytes = wire.pack(observation, bool(done), self._layout)
        return answer


def find_libero(versions: dict[str, str]) -> Path:
    """Returns the folder ``libero/libero`` of the installed package.

    Raises:
        NotInstalledError: It or a package that it simulates with is missing, or has another version.
    """
    wrong = {}
    for name, expected in versions.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "none"
        if found != expected:
            wrong[name] = found
    spec = importlib.util.find_spec("libero")
    if wrong or spec is None or spec.origin is None:
        pins = " ".join(f"{name}=={expected}" for name, expected in versions.items())
        there = ", ".join(f"{name}: {found}" for name, found in wrong.items()) or "no module libero"
        raise NotInstalledError(
            f"LIBERO is not installed for {sys.executable} in the versions that these tasks are defined by "
            f"({there}). In a virtual environment of its own, which must not be ILBench's: pip install {pins}"
        )
    return Path(spec.origin).parent / "libero"


def find_assets(root: Path) -> Path:
    """Returns LIBERO's folder of assets; the network is not asked for it, as LIBERO itself would.

    Raises:
        NotInstalledError: There is none.
    """
    named = os.environ.get(ASSETS_VARIABLE)
    usual = [root / "assets", Path.home() / ".cache" / "libero" / "assets"]
    places = [Path(named).expanduser()] if named else usual
    for place in places:
        if not missing_assets(place):
            return place
    lost = "; ".join(f"{place} lacks {', '.join(missing_assets(place))}" for place in places)
    raise NotInstalledError(
        f"LIBERO's assets (meshes, textures, scenes) are in no package, and not here: {lost}. On a machine "
        'that reaches the Hugging Face hub: pip install huggingface_hub && python -c "from huggingface_hub '
        "import snapshot_download as get; get('lerobot/libero-assets', repo_type='dataset', "
        "local_dir='assets')\"; "
        f"or take libero/libero/assets of LIBERO's Git repository. Then: export {ASSETS_VARIABLE}=assets"
    )


def missing_assets(folder: Path) -> list[str]:
    """Returns which of LIBERO's folders of assets are missing there."""
    return [name for name in ASSETS if not (folder / name).is_dir()]


def configure(root: Path, assets: Path) -> None:
    """Gives LIBERO, for this process alone, the ``config.yaml`` that it would ask for on the terminal."""
    folder = Path(tempfile.mkdtemp(prefix="ilbench-libero-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    places = {"benchmark_root": ".", "bddl_files": "bddl_files", "init_states": "init_files"}
    places["datasets"] = "../datasets"
    content = {key: str(root / place) for key, place in places.items()} | {"assets": str(assets)}
    (folder / "config.yaml").write_text(json.dumps(content), encoding="utf-8")  # JSON is YAML
    os.environ["LIBERO_CONFIG_PATH"] = str(folder)


class _ArrayUnpickler(pickle.Unpickler):
    """Reads arrays and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ARRAY_PARTS:
            raise pickle.UnpicklingError(f"asks for {module}.{name}")
        return super().find_class(module, name)


def load_array(file: Path) -> np.ndarray[Any, Any]:
    """Returns the array in a file that PyTorch wrote, without PyTorch."""
    with zipfile.ZipFile(file) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        with archive.open(name) as content:
            array: np.ndarray[Any, Any] = _ArrayUnpickler(content).load()
    return array


if __name__ == "__main__":
    main()
