"""bc-rnn: single actions from a mixture of Gaussians, by a recurrent network over the last observations.

BC-RNN of robomimic (Mandlekar et al. 2021): an LSTM (Hochreiter and Schmidhuber 1997) reads the last ten
observations, a mixture as in `ilbench.baselines.bc_gmm` is its head. There the state of the network is kept
over ten steps and then begun anew; here it is begun anew at every step, ten observations back, so that an
action depends on these alone. Training sees exactly such windows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor, nn

from ilbench.baselines.bc_gmm import MixtureCloning, MixtureConfig
from ilbench.baselines.chunks import ChunkConfig
from ilbench.baselines.layers import Linear
from ilbench.baselines.transformer import TokenwiseNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrentConfig(MixtureConfig):
    """Configuration of `RecurrentCloning`; `width` is that of the LSTM, `blocks` and `trunk` are not used."""

    history: int = 10
    chunk: int = 1
    execute: int = 1

    @classmethod
    def for_task(cls, task: Mapping[str, Any]) -> Self:
        """Returns the defaults for a task's public description: as of a chunk, but of single actions."""
        shared = ChunkConfig.for_task(task)
        names = ("steps", "octaves", "pairs", "width")
        return cls(batch_size=100, learning_rate=1e-3, **{name: getattr(shared, name) for name in names})


class RecurrentCloning(TokenwiseNetwork, MixtureCloning):
    """An LSTM with a mixture as its head; see the module."""

    config: RecurrentConfig

    def make_network(self, num_marks: int, num_outputs: int) -> None:
        """Sets the encoder of one observation, the LSTM and `feature_size`."""
        self.make_encoder()
        self.gates = Linear(2 * self.config.width, 4 * self.config.width)
        # Remembering is what it begins with (Jozefowicz et al. 2015).
        nn.init.ones_(self.gates.bias.data[: self.config.width])
        self.leave = Linear(self.config.width, num_outputs)

    def forward(self, chunks: Tensor, *seen: Tensor) -> Tensor:
        """Returns ``(B, num_outputs)`` of what is seen; the chunks are not looked at."""
        tokens = seen[0].view(len(seen[0]), self.history, -1)
        hidden = kept = tokens.new_zeros(len(tokens), self.config.width)
        for token in tokens.unbind(1):
            gates = self.gates(torch.cat([token, hidden], dim=1))
            forget, enter, show, new = gates.chunk(4, dim=1)
            kept = forget.sigmoid() * kept + enter.sigmoid() * new.tanh()
            hidden = show.sigmoid() * kept.tanh()
        result: Tensor = self.leave(hidden)
        return result
