"""Windows of a map by their definition."""

import numpy as np


def windows(x, kernel, stride=(1, 1), dilation=(1, 1), padding=(0, 0, 0, 0), pad_value=0):
    """w[f, oy, ox, ky, kx] = x[f, oy * sy - top + ky * dy, ox * sx - left + kx * dx].

    Parameters
    ----------
    x : array (frames, H, W, C), also of objects
    kernel, stride, dilation : (vertical, horizontal)
    padding : (top, left, bottom, right)
    pad_value : what every channel is outside the map

    Returns
    -------
    array (frames, OH, OW, KH, KW, C)
    """
    frames, height, width, channels = x.shape
    top, left, bottom, right = padding
    sizes = (height + top + bottom, width + left + right)
    padded = np.full((frames, *sizes, channels), pad_value, x.dtype)
    padded[:, top : top + height, left : left + width] = x
    out = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(sizes, kernel, stride, dilation)]
    y, xs = (
        s * np.arange(o)[:, None] + d * np.arange(k)
        for o, k, s, d in zip(out, kernel, stride, dilation)
    )
    return padded[:, y[:, None, :, None], xs[None, :, None, :]]
