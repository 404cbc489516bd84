"""Whether a submission is fit for a long run: read, loaded and tried for a moment, every mistake told."""
