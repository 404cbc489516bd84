"""Whether two policies differ, how policies rank, and how many episodes that takes."""
