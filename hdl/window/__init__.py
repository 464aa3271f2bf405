"""Windows of a map: what a convolution or a pooling reads."""
