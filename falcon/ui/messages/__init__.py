"""The conversation on the screen, and what a person does with a message."""
