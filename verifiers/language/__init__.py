"""The language of a response: whether it is the one expected, and how much of it is another."""
