import json
from dataclasses import replace

import pytest

from ilbench.checks import doctor
from ilbench.checks.golden import write_golden
from ilbench.checks.starts import write_starts
from ilbench.contract.registry import Registry
from ilbench.contract.shipped import load_resource


def edited(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    load_resource.cache_clear()


def shipped(task):
    """Writes what the doctor replays of a task; returns the file with the golden trajectory."""
    write_starts(task)
    return write_golden(task)


def found_on(task):
    (finding,) = doctor.examine_tasks([task])
    return finding


def test_a_supported_python_is_fine_and_another_is_an_error():
    assert doctor.examine_python((3, 11)).status == "ok"
    assert doctor.examine_python((3, 13)).status == "error"
    assert "python3.11" in doctor.examine_python((3, 10)).remedy


def test_a_missing_package_comes_with_its_pip_command(task):
    missing = replace(task, packages=("numpy", "no-such-simulator"), extra="procgen")
    numpy, simulator = doctor.examine_packages([missing])
    assert numpy.status == "ok"
    assert (simulator.subject, simulator.status) == ("no-such-simulator", "warning")
    assert simulator.remedy == "pip install -c constraints.txt -e '.[procgen]'"


def test_a_task_whose_package_is_missing_is_not_replayed(task):
    (finding,) = doctor.examine_tasks([replace(task, packages=("no-such-simulator",))])
    assert (finding.subject, finding.status) == ("toys/shore-v1", "warning")
    assert finding.remedy == "pip install -c constraints.txt -e '.[all]'"


def test_another_version_than_recorded_is_a_warning_with_the_pin(task):
    edited(shipped(task), packages={"numpy": "1.0.0"})
    (finding,) = doctor.examine_packages([task])
    assert (finding.status, finding.remedy) == ("warning", "pip install 'numpy==1.0.0'")
    assert "toys/shore-v1 expect 1.0.0" in finding.message


def test_a_drift_names_the_task_and_the_package(task):
    edited(shipped(task), packages={"numpy": "1.0.0"})
    (bad,) = doctor.examine_tasks([replace(task, env_options={"drift": 0.01})])
    assert (bad.subject, bad.status) == ("toys/shore-v1", "error")
    assert "instead of 1.0.0" in bad.message
    assert bad.remedy == "pip install 'numpy==1.0.0'"


def test_a_simulator_that_crashes_costs_only_its_own_task(task):
    shipped(task)
    crashing = replace(task, env="ilbench_toys.shore:CrashingEnv")
    broken, fine = doctor.examine_tasks([crashing, task])
    assert (broken.status, fine.status) == ("error", "ok")
    assert "the simulator crashed" in broken.message


def test_a_cache_that_takes_no_files_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    assert doctor.examine_cache(tmp_path).status == "ok"
    assert doctor.examine_cache(tmp_path / "file" / "cache").status == "error"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_rendering_either_works_or_comes_with_packages_to_install():
    pytest.importorskip("mujoco")
    finding = doctor.examine_rendering()
    assert finding.status == "ok" or "libegl1" in finding.remedy


def test_without_any_renderer_the_packages_are_named(monkeypatch):
    monkeypatch.setattr(doctor, "RENDERERS", {"nonsense": "libnonsense"})
    finding = doctor.examine_rendering()
    assert (finding.status, finding.remedy) == ("warning", "apt-get install libnonsense")


def test_the_examination_covers_the_installation_and_each_task(task, monkeypatch, tmp_path):
    monkeypatch.setenv("ILBENCH_HOME", str(tmp_path / "cache"))
    shipped(task)
    findings = list(doctor.examine(Registry([task])))
    subjects = [finding.subject for finding in findings]
    assert set(subjects) >= {"python", "numpy", "cache", "toys/shore-v1"}
    assert all("\n" not in finding.message + finding.remedy for finding in findings)


def test_a_task_that_plays_as_published_says_how_much_was_played(task):
    shipped(task)
    finding = found_on(task)
    assert (finding.status, finding.replay) == ("ok", "as published")
    assert f"first steps of {task.split('test').num_contexts} test contexts" in finding.message


def test_starts_that_differ_are_an_error_though_the_golden_trajectory_replays(task):
    write_starts(replace(task, env_options={"drift": 1e-12}))
    write_golden(task)
    finding = found_on(task)
    assert (finding.status, finding.replay) == ("error", "otherwise")
    assert "test contexts the simulator differs in the first steps (0, 1)" in finding.message


def test_with_the_recorded_packages_and_arithmetic_a_difference_is_to_be_reported(task):
    shipped(task)
    finding = found_on(replace(task, env_options={"drift": 0.01}))
    assert "packages and arithmetic are as recorded" in finding.message
    assert finding.remedy == "report it to this project, with this line"


def test_in_native_arithmetic_the_fixed_one_is_advised(task, monkeypatch):
    shipped(task)
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    finding = found_on(replace(task, env_options={"drift": 0.01}))
    assert finding.remedy == "unset ILBENCH_ARITHMETIC, or set ILBENCH_ARITHMETIC=fixed"


def test_pictures_that_differ_alone_point_at_the_drivers(task):
    pictured = replace(task, tags=frozenset({"image"}))
    write_golden(pictured)
    write_starts(replace(pictured, observation=task.observation[:1]))
    finding = found_on(pictured)
    assert "what is observed, not the simulator, differs" in finding.message
    assert "so graphics drivers differ" in finding.message


def test_the_summary_counts_tasks_by_how_they_play(task):
    shipped(task)
    findings = [*doctor.examine_tasks([task, replace(task, packages=("no-such-simulator",))])]
    assert doctor.summary(findings) == "2 tasks: 1 as published, 1 not installed"
