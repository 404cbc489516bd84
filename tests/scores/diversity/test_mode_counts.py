import pytest
from made_up import shown

from ilbench.scores import MismatchedRecordsError, behavior_entropy


def test_a_mode_beyond_the_tasks_modes_is_refused():
    with pytest.raises(MismatchedRecordsError, match=r"mode 4.*modes 0 to 3"):
        behavior_entropy(shown([0, 4]), num_modes=4)
