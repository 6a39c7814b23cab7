"""The first cell of the notebook."""

import numpy as np  # noqa: F401


def see(draw):
    """Draw a picture with the functions above, or say which line keeps it from being drawn.

    中文：用上面写好的函数画一张图；画不出来就指出停在哪一行。
    """
    import os
    import traceback

    try:
        draw()
    except ImportError as error:
        name = (error.name or "matplotlib").split(".")[0]
        print("No picture: {0} is not installed. 中文：画不了图：没有安装 {0}。".format(name))
    except Exception as error:
        import matplotlib.pyplot as plt

        plt.close("all")  # no half-drawn picture
        print("No picture yet. 中文：还画不了图。", f"{type(error).__name__}: {error}")
        for frame in traceback.extract_tb(error.__traceback__)[1:]:
            if not os.path.exists(frame.filename):  # a cell of the notebook
                print("  in {0}, line {1}: {2} 中文：  {0}，第 {1} 行：{2}".format(
                    frame.name, frame.lineno, frame.line))
