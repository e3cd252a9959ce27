"""Output formats of the generative method: how spans become the text that an encoder-decoder writes, and back."""
