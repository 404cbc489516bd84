from __future__ import annotations

import signal
import subprocess
import sys

import pytest

import ilbench
from ilbench.cli.serve import serve
from ilbench.errors import UsageError
from ilbench.testing.toys import HARBOR


def test_a_policy_is_served_until_it_is_told_to_stop(tmp_path):
    code = "from ilbench.cli import main; main()"
    arguments = ["serve", "random", "--task", "ilbench.testing.toys:HARBOR"]
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True
    ) as server:
        first, second = server.stdout.readline(), server.stdout.readline()
        assert first.startswith("serving random at 127.0.0.1:")
        remote = second.strip().rpartition(" ")[2]
        run = ilbench.run(remote, task=HARBOR, split="test", repeats=1, workers=1, out=tmp_path / "run")
        server.send_signal(signal.SIGINT)
        assert server.wait(20) == 0
    assert run.complete


def test_tls_needs_certificate_and_key(tmp_path):
    with pytest.raises(UsageError, match="TLS needs both files"):
        serve("random", tls_cert=tmp_path / "cert.pem")
