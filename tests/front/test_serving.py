from __future__ import annotations

import pytest

from ilbench.errors import UsageError
from ilbench.front import serving
from ilbench.testing.toys import HARBOR


@pytest.fixture
def token(tmp_path):
    (tmp_path / "token").write_text("secret")
    return tmp_path / "token"


def test_a_server_listens_where_it_is_told():
    with serving.serve("random", "127.0.0.1:0", tasks=[HARBOR], connections=3) as server:
        assert server.address.is_loopback
        assert server.address.port > 0


@pytest.mark.parametrize("how", [{}, {"token": True}])
def test_other_machines_are_not_served_without_token_and_tls(how, token):
    named = token if how else None
    with (
        pytest.raises(UsageError, match="can be reached from other machines"),
        serving.serve("random", "0.0.0.0:0", tasks=[HARBOR], token_file=named),
    ):
        pass


@pytest.mark.parametrize("listen", ["", "7000", "localhost"])
def test_what_is_no_address_is_refused(listen):
    with (
        pytest.raises(UsageError, match="where to listen: expected HOST:PORT"),
        serving.serve("random", listen),
    ):
        pass


def test_an_address_that_is_taken_is_an_error_that_says_so():
    with serving.serve("random", tasks=[HARBOR]) as server:
        taken = pytest.raises(serving.CannotListenError, match=r"cannot listen at .*Address already in use")
        with taken, serving.serve("random", str(server.address), tasks=[HARBOR]):
            pass


def test_openpis_wire_serves_one_task():
    with (
        pytest.raises(UsageError, match="serves one task, found 2"),
        serving.serve("random", tasks=[HARBOR, HARBOR], wire="openpi"),
    ):
        pass


def test_a_folder_is_served_for_the_tasks_that_it_names(tmp_path):
    (tmp_path / "submission.toml").write_text('name = "mine"\nentry = "a:B"\ntasks = ["d3il/avoiding-v3"]\n')
    assert [task.id for task in serving._offered(tmp_path, ())] == ["d3il/avoiding-v3"]
