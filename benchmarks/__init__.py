"""Ours beside the peers: `./dev bench [NAME ...]` prints ratios of one run on one machine."""
