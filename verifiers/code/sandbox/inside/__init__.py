"""What runs inside the sandbox's processes: the zygote and the programs forked from it.

Nothing here imports rewardkit or a third-party library: these files are copied into the sandbox's own root, where
they are all there is beside the interpreter.
"""
