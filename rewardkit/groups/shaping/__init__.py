"""Rewards made of rewards before the advantages: mixing, and what lengths, probabilities and entropies add."""
