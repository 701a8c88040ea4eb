geyser._geyser.__prefix__:
    \from numpy.typing import NDArray
