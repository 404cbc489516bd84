"""The example of a plug-in: found through its entry point, and clear about what is missing."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ilbench.contract.registry import find_task, load_registry

EXAMPLE = Path(__file__).parents[1] / "examples" / "libero"
GOAL = "libero-goal/open-the-middle-drawer-of-the-cabinet-v1"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Returns a folder with the example installed by pip, built from a copy."""
    folder = tmp_path_factory.mktemp("libero")
    shutil.copytree(EXAMPLE, folder / "source")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder / "site"]
    subprocess.run([*command, folder / "source"], check=True, capture_output=True)
    return folder / "site"


@pytest.fixture
def plugin(installed, monkeypatch):
    monkeypatch.syspath_prepend(installed)
    monkeypatch.delenv("ILBENCH_LIBERO_PYTHON", raising=False)
    importlib.invalidate_caches()
    yield importlib.import_module("ilbench_libero.env")
    for name in [name for name in sys.modules if name.partition(".")[0] == "ilbench_libero"]:
        del sys.modules[name]


def interpreter(tmp_path, name="python", text='#!/bin/sh\nexec "{}" "$@"\n'):
    path = tmp_path / name
    path.write_text(text.format(sys.executable))
    path.chmod(0o755)
    return path


@pytest.fixture
def server(plugin, monkeypatch):
    """Returns the module that runs in LIBERO's process."""
    monkeypatch.syspath_prepend(Path(plugin.__file__).parent)
    yield importlib.import_module("server")
    for name in ("server", "wire"):
        sys.modules.pop(name, None)


# --- found


def test_its_130_tasks_are_found_through_the_entry_point(plugin):
    registry = load_registry()
    sizes = {
        suite: len(registry.select(suite=suite)) for suite in registry.suites if suite.startswith("libero")
    }
    expected = {
        "libero-spatial": 10,
        "libero-object": 10,
        "libero-goal": 10,
        "libero-10": 10,
        "libero-90": 90,
    }
    assert sizes == expected


def test_the_command_line_lists_them_without_libero(installed):
    environment = {**os.environ, "PYTHONPATH": str(installed), "COLUMNS": "160"}
    command = [sys.executable, "-c", "from ilbench.cli import main; main()", "list", "--suite", "libero-goal"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=installed)
    assert "open-the-middle-drawer-of-the-cabinet" in ran.stdout.replace("\n", "")


def test_a_policy_is_told_the_instruction_without_its_scene(plugin):
    told = {task.id: task.description()["summary"] for task in load_registry().values()}
    assert told[GOAL] == "open the middle drawer of the cabinet"
    assert (
        told["libero-90/kitchen-scene10-close-the-top-drawer-of-the-cabinet-v1"]
        == "close the top drawer of the cabinet"
    )


def test_contexts_are_the_stored_initial_states_and_those_of_the_generator(plugin):
    task = find_task(GOAL)
    assert task.contexts("test") == tuple({"init_state": index} for index in range(50))
    made = importlib.import_module("ilbench_libero.tasks").make_contexts()
    assert {name: list(task.contexts(name)) for name in task.split_names} == made


def test_other_versions_of_libero_are_another_spec(plugin):
    task = find_task(GOAL)
    assert task.env_options["versions"] == {"hf-libero": "0.1.4", "robosuite": "1.4.0", "mujoco": "3.3.0"}
    other = dataclasses.replace(
        task,
        env_options={**task.env_options, "versions": {**task.env_options["versions"], "mujoco": "3.2.0"}},
    )
    assert other.spec_digest() != task.spec_digest()


# --- what is missing


def test_without_an_interpreter_the_message_says_how_to_make_one(plugin):
    with pytest.raises(plugin.LiberoUnavailableError, match=r"ILBENCH_LIBERO_PYTHON does not name .*-m venv"):
        find_task(GOAL).make_env()


def test_an_interpreter_that_is_not_there_is_named(plugin, monkeypatch):
    monkeypatch.setenv("ILBENCH_LIBERO_PYTHON", "/nowhere/python")
    with pytest.raises(plugin.LiberoUnavailableError, match="is /nowhere/python, which is no interpreter"):
        find_task(GOAL).make_env()


def test_an_interpreter_without_libero_says_what_it_lacks(plugin, monkeypatch, tmp_path):
    if importlib.util.find_spec("libero") is not None:
        pytest.skip("LIBERO is installed here")
    monkeypatch.setenv("ILBENCH_LIBERO_PYTHON", str(interpreter(tmp_path)))
    with pytest.raises(
        plugin.LiberoUnavailableError,
        match=r"hf-libero: none.*must not be ILBench's: pip install hf-libero==0.1.4",
    ):
        find_task(GOAL).make_env()


def test_a_process_that_dies_is_reported_with_its_last_words(plugin, monkeypatch, tmp_path):
    dying = interpreter(tmp_path, text="#!/bin/sh\necho no GL here >&2; exit 3\n")
    monkeypatch.setenv("ILBENCH_LIBERO_PYTHON", str(dying))
    with pytest.raises(plugin.LiberoError, match="exit code 3; its last words: no GL here"):
        find_task(GOAL).make_env()


def test_a_process_that_does_not_answer_is_ended(plugin, tmp_path):
    silent = plugin.LiberoProcess(interpreter(tmp_path, text="#!/bin/sh\nexec sleep 60\n"))
    with pytest.raises(plugin.LiberoError, match=r"did not answer within 0\.2 s"):
        silent.ask(b"m", b"{}", 0.2)
    silent.close()
    with pytest.raises(plugin.LiberoError, match="closed"):
        silent.ask(b"m", b"{}", 0.2)


def test_an_unknown_request_is_a_fault_and_the_process_lives_on(plugin, tmp_path):
    process = plugin.LiberoProcess(interpreter(tmp_path))
    for _ in range(2):
        with pytest.raises(plugin.LiberoError, match="no request is called"):
            process.ask(b"?", b"", 60.0)
    process.close()


def test_missing_assets_are_named_with_the_places_that_lack_them(server, tmp_path, monkeypatch):
    assets = tmp_path / "assets"
    for name in server.ASSETS[:-1]:
        (assets / name).mkdir(parents=True)
    monkeypatch.setenv("ILBENCH_LIBERO_ASSETS", str(assets))
    with pytest.raises(
        server.NotInstalledError, match=rf"{assets} lacks {server.ASSETS[-1]}\..*snapshot_download"
    ):
        server.find_assets(tmp_path)
    (assets / server.ASSETS[-1]).mkdir()
    assert server.find_assets(tmp_path) == assets


# --- what travels


def test_libero_gets_a_configuration_that_it_does_not_have_to_ask_for(server, tmp_path, monkeypatch):
    monkeypatch.setenv("LIBERO_CONFIG_PATH", "")
    server.configure(tmp_path, tmp_path / "assets")
    written = json.loads((Path(os.environ["LIBERO_CONFIG_PATH"]) / "config.yaml").read_text())
    assert written["assets"] == str(tmp_path / "assets")
    assert written["init_states"] == str(tmp_path / "init_files")


def test_an_observation_arrives_as_it_was_sent(plugin):
    wire = importlib.import_module("ilbench_libero.wire")
    rng = np.random.default_rng(0)
    sent = {name: rng.integers(0, 200, shape).astype(dtype) for name, shape, dtype in plugin.LAYOUT}
    received, done = wire.unpack(wire.pack(sent, True, plugin.LAYOUT), plugin.LAYOUT)
    assert done
    for name, shape, dtype in plugin.LAYOUT:
        np.testing.assert_array_equal(received[name], sent[name])
        assert (received[name].shape, received[name].dtype) == (shape, dtype)
    with pytest.raises(ValueError, match="bytes"):
        wire.unpack(wire.pack(sent, True, plugin.LAYOUT) + b"0", plugin.LAYOUT)


def test_stored_initial_states_are_read_without_torch_and_nothing_else_is(server, tmp_path):
    torch = pytest.importorskip("torch")
    states = np.random.default_rng(0).normal(size=(50, 92))
    torch.save(states, tmp_path / "a.pruned_init", pickle_protocol=2)
    np.testing.assert_array_equal(server.load_array(tmp_path / "a.pruned_init"), states)
    with zipfile.ZipFile(tmp_path / "b.pruned_init", "w") as archive:
        archive.writestr("archive/data.pkl", b"cposix\nsystem\n(S'true'\ntR.")
    with pytest.raises(Exception, match=r"asks for posix\.system"):
        server.load_array(tmp_path / "b.pruned_init")
