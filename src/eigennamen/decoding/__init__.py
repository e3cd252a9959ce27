"""Writing with an encoder-decoder: what may be written, and how to write it in few passes."""
