"""Tool calls: whether a response calls the tools that it should, with the arguments that it should."""
