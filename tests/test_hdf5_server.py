"""The process that reads HDF5: its answers, without the process."""

from __future__ import annotations

import io
import json

import h5py
import numpy as np
import pytest

from ilbench.hdf5_server import serve


@pytest.fixture
def file():
    with h5py.File("a", "w", driver="core", backing_store=False) as file:
        file["group/numbers"] = np.arange(3, dtype="u1")
        yield file


def answers(file, *questions, max_bytes=100):
    asked = io.BytesIO(b"".join(json.dumps(question).encode() + b"\n" for question in questions))
    told = io.BytesIO()
    serve(file, asked, told, max_bytes)
    return told.getvalue()


def test_an_array_is_as_many_bytes_as_the_line_before_says(file):
    assert answers(file, {"ask": "array", "place": "group/numbers"}) == b'{"found": 3}\n\x00\x01\x02'


def test_the_form_of_an_array_is_told_before_it_is_read(file):
    (form,) = map(json.loads, answers(file, {"ask": "form", "place": "group/numbers"}).splitlines())
    assert form == {"found": {"dtype": "|u1", "shape": [3], "num_bytes": 3}}


def test_what_is_missing_or_too_large_is_refused_and_the_next_question_answered(file):
    form = {"ask": "form", "place": "group/numbers"}
    told = answers(file, {"ask": "names", "place": "x"}, form, {"ask": "names", "place": ""}, max_bytes=2)
    assert [list(json.loads(line)) for line in told.splitlines()] == [["refused"], ["refused"], ["found"]]


def test_an_attribute_that_is_no_text_or_number_is_refused(file):
    file.attrs["many"] = np.arange(3)
    told = json.loads(answers(file, {"ask": "attribute", "place": "", "name": "many"}))
    assert told == {"refused": "has an attribute 'many' that is no text or number"}
