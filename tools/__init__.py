"""What the Makefile calls: install, run, test, check. Standard library only."""
