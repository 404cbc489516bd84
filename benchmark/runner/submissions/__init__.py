"""Submissions: what is scored, from a text, a folder or an object to a policy that can be played."""
