from typing import Any

from numpy.typing import ArrayLike, NDArray

def normalize(v: ArrayLike) -> NDArray[Any]: ...
