"""The first cell of the notebook."""

import numpy as np  # noqa: F401 (for the cells below)


def see(draw):
    """Draw a picture with the functions above, or say what is missing.

    中文：用上面写好的函数画一张图；画不出来就说明缺什么。
    """
    try:
        draw()
    except Exception as error:
        print("No picture yet. 中文：还画不了图。", type(error).__name__)
