import platform

from ilbench import processor


def test_the_name_is_the_models_own(monkeypatch, tmp_path):
    told = tmp_path / "cpuinfo"
    told.write_text("processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon: the third\n")
    monkeypatch.setattr(processor, "CPUINFO", told)
    assert processor.processor_name() == "Xeon: the third"


def test_where_linux_does_not_tell_python_does(monkeypatch, tmp_path):
    monkeypatch.setattr(processor, "CPUINFO", tmp_path / "none")
    assert processor.processor_name() == platform.processor()
