"""Rewards for code: programs run in a sandbox, verdicts by data flow."""
