"""Where policies live: in the worker, in a process of their own, or looking into the simulator."""
