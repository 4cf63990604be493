"""How each kind of tests is judged: runs of a program, calls of a function, tests that are code themselves."""
