"""Rewards against repetition: repeated n-grams, compressibility, diversity of n-grams."""
