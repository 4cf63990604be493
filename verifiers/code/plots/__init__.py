"""What plotting programs draw: what they claim, what was expected, and whether both agree."""
