"""The conversations of this browser: the open one, the list, files, whose they are."""
