"""The commands of `python -m deploy`: one file each."""
