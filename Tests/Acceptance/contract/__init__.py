"""The parts of contract.py."""
