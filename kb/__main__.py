"""`python -m kb`: the command line."""

from kb.cli import main

main()
