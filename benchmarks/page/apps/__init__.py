"""The other pages, as their own documentation writes them; one file each."""
