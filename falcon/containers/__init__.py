"""One file per wire format. A codec does no I/O: request out, bytes in, events out."""
