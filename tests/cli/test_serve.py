from __future__ import annotations

import signal
import subprocess
import sys

import pytest

import ilbench
from ilbench.cli.serve import serve
from ilbench.errors import UsageError
from ilbench.testing.toys import HARBOR

TOY = "ilbench.testing.toys:HARBOR"


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


def serving(port):
    code = "from ilbench.cli import main; main()"
    arguments = ["serve", "random", "--listen", f"127.0.0.1:{port}", "--task", TOY]
    server = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)
    return server, int(server.stdout.readline().rpartition(":")[2])


@pytest.mark.slow  # three processes that import everything
def test_a_run_outlives_its_server_and_goes_on_with_the_next_one(tmp_path):
    how = {"task": HARBOR, "split": "test", "repeats": 4, "workers": 1}
    server, port = serving(0)
    servers = [server]

    def kill_once(progress):
        if progress.done == 10 and len(servers) == 1:
            servers[0].kill()
            servers.append(serving(port)[0])

    gone_on = ilbench.run(f"remote:127.0.0.1:{port}", out=tmp_path / "run", progress=kill_once, **how)
    servers[1].kill()
    assert [server.wait(10) for server in servers] == [-signal.SIGKILL] * 2
    at_home = ilbench.run("random", out=tmp_path / "home", **how)
    assert records_of(gone_on) == records_of(at_home)


def records_of(run):
    return sorted((record.id, record.digest()) for record in run.records)


def test_tls_needs_certificate_and_key(tmp_path):
    with pytest.raises(UsageError, match="TLS needs both files"):
        serve("random", tls_cert=tmp_path / "cert.pem")
