"""The Chat API in AWS: its function, what it is packed in, and the stack around it."""
