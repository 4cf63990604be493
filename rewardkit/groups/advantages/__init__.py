"""Advantage functions: rewards of a batch and its groups in, `Shaped` out. One family a file."""
