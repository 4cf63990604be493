"""Programs as syntax trees, and how alike two of them are: their shape, their flow of data, their tokens."""
